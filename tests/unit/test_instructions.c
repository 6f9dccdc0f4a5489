#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/setup/action_instructions.h"
#include "init/wire/instructions.h"
#include "tests/unit/suites.h"

#define KEEP INSTRUCT_KEEP
#define SHA256_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static unsigned char packed[INSTRUCTIONS_MAX];
static unsigned char storage[INSTRUCTIONS_MAX];
static struct err e;

/* One of each kind, as small as it may be. */
static const struct instructions valid[] = {
    {.kind = INSTRUCT_WRITE, .mode = 0600, .uid = 1, .gid = KEEP, .path = "/a", .content = "x\ny"},
    {.kind = INSTRUCT_WRITE, .mode = KEEP, .uid = KEEP, .gid = KEEP, .path = "/a", .from = "/template"},
    {.kind = INSTRUCT_WRITE, .mode = KEEP, .uid = KEEP, .gid = KEEP, .path = "/empty"},
    {.kind = INSTRUCT_MKDIR, .mode = KEEP, .uid = KEEP, .gid = KEEP, .parents = 1, .path = "/a/b"},
    {.kind = INSTRUCT_COPY, .mode = KEEP, .uid = KEEP, .gid = KEEP, .path = "/a", .from = "/b"},
    {.kind = INSTRUCT_SYMLINK, .mode = KEEP, .uid = KEEP, .gid = KEEP, .path = "/a", .target = "../b"},
    {.kind = INSTRUCT_CHMOD, .mode = 07777, .uid = KEEP, .gid = KEEP, .recursive = 1, .path = "/a"},
    {.kind = INSTRUCT_CHOWN, .mode = KEEP, .uid = KEEP, .gid = 0, .path = "/a"},
    {.kind = INSTRUCT_DOWNLOAD,
     .mode = KEEP,
     .uid = KEEP,
     .gid = KEEP,
     .algorithm = DIGEST_SHA256,
     .size_max = 1,
     .stall_ms = 1,
     .digest = {1},
     .path = "/a",
     .url = "https://h/"},
};
#define VALID (sizeof(valid) / sizeof(valid[0]))

static const char *text(const char *s)
{
    return s == NULL ? "" : s;
}

static int unpack(const struct instructions *in, struct instructions *out)
{
    size_t len = instructions_size(in);
    ck_assert_uint_ne(len, 0);
    instructions_pack(in, packed);
    return instructions_unpack(packed, len, out, &e);
}

START_TEST(every_kind_survives_packing)
{
    for (size_t i = 0; i < VALID; i++) {
        struct instructions out;
        ck_assert_msg(unpack(&valid[i], &out) == 0, "%zu: %s", i, e.text);
        ck_assert_uint_eq(out.kind, valid[i].kind);
        ck_assert_uint_eq(out.mode, valid[i].mode);
        ck_assert_uint_eq(out.uid, valid[i].uid);
        ck_assert_uint_eq(out.gid, valid[i].gid);
        ck_assert_mem_eq(out.digest, valid[i].digest, sizeof(out.digest));
        ck_assert_str_eq(out.path, valid[i].path);
        ck_assert_str_eq(out.from, text(valid[i].from));
        ck_assert_str_eq(out.target, text(valid[i].target));
        ck_assert_str_eq(out.url, text(valid[i].url));
        ck_assert_str_eq(out.content, text(valid[i].content));
    }
}
END_TEST

static void refused(struct instructions in, const char *words)
{
    struct instructions out;
    ck_assert_msg(unpack(&in, &out) == -1, "taken: %s", words);
    ck_assert_int_eq(e.code, ERR_PROTO);
    ck_assert_msg(strstr(e.text, words) != NULL, "%s: %s", words, e.text);
}

#define CHANGED(i, change)                                                                                             \
    ({                                                                                                                 \
        struct instructions in = valid[i];                                                                             \
        in.change;                                                                                                     \
        in;                                                                                                            \
    })

START_TEST(what_does_not_fit_together_is_refused)
{
    refused(CHANGED(0, kind = 0), "unknown kind");
    refused(CHANGED(0, kind = INSTRUCT_LAST + 1), "unknown kind");
    refused(CHANGED(0, path = "a"), "not absolute");
    refused(CHANGED(0, path = ""), "needs its path");
    refused(CHANGED(0, path = "/a/"), "ends without a name");
    refused(CHANGED(0, path = "/a/.."), "ends without a name");
    refused(CHANGED(0, path = "/a/."), "ends without a name");
    refused(CHANGED(0, mode = 010000), "permissions");
    refused(CHANGED(0, from = "/t"), "both");
    refused(CHANGED(0, url = "http://h"), "has no url");
    refused(CHANGED(0, parents = 1), "options");
    refused(CHANGED(0, recursive = 1), "options");
    refused(CHANGED(0, reserved[1] = 1), "options");
    refused(CHANGED(3, parents = 2), "options");
    refused(CHANGED(4, from = ""), "needs its from");
    refused(CHANGED(4, from = "b"), "source");
    refused(CHANGED(5, target = NULL), "needs its target");
    refused(CHANGED(6, mode = KEEP), "permissions");
    refused(CHANGED(7, gid = KEEP), "needs an owner");
    refused(CHANGED(8, url = NULL), "needs its url");
    refused(CHANGED(8, algorithm = DIGEST_NONE), "check sum");
    refused(CHANGED(8, algorithm = DIGEST_ALGORITHM_COUNT), "check sum");
    refused(CHANGED(8, digest[32] = 1), "check sum");
    refused(CHANGED(8, size_max = 0), "limits");
    refused(CHANGED(8, size_max = UINT64_MAX), "limits");
    refused(CHANGED(8, stall_ms = 0), "limits");
}
END_TEST

START_TEST(every_cut_is_refused)
{
    struct instructions out;
    size_t len = instructions_size(&valid[4]);
    instructions_pack(&valid[4], packed);
    for (size_t i = 0; i < len; i++)
        ck_assert_int_eq(instructions_unpack(packed, i, &out, &e), -1);
    packed[len] = '\0';
    ck_assert_int_eq(instructions_unpack(packed, len + 1, &out, &e), -1);
    packed[0] ^= 1;
    ck_assert_int_eq(instructions_unpack(packed, len, &out, &e), -1);
}
END_TEST

START_TEST(every_text_has_a_limit)
{
    static char longest[INSTRUCT_CONTENT_MAX + 2];
    memset(longest, 'x', sizeof(longest) - 1);
    struct instructions in = valid[0];
    in.content = longest;
    ck_assert_uint_eq(instructions_size(&in), 0);
    in.content = longest + 1;
    struct instructions out;
    ck_assert_int_eq(unpack(&in, &out), 0);
    ck_assert_uint_eq(strlen(out.content), INSTRUCT_CONTENT_MAX);
    in = valid[8];
    in.url = longest + INSTRUCT_CONTENT_MAX - INSTRUCT_URL_MAX;
    ck_assert_uint_eq(instructions_size(&in), 0);
}
END_TEST

START_TEST(a_memfd_is_sealed_and_read_as_often_as_need_be)
{
    const struct step_action a = {.kind = DO_WRITE, .path = "/x", .content = "s3cret", .permissions = "0640"};
    int fd = instructions_memfd(&a, (struct action_owner){.uid = 7, .gid = UINT32_MAX}, &e);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    ck_assert_int_eq(pwrite(fd, "x", 1, 0), -1);
    ck_assert_int_eq(ftruncate(fd, 1), -1);
    for (int i = 0; i < 2; i++) {
        struct instructions in;
        ck_assert_int_eq(instructions_read(fd, storage, &in, &e), 0);
        ck_assert_uint_eq(in.kind, INSTRUCT_WRITE);
        ck_assert_uint_eq(in.mode, 0640);
        ck_assert_uint_eq(in.uid, 7);
        ck_assert_uint_eq(in.gid, KEEP);
        ck_assert_str_eq(in.content, "s3cret");
    }
    close(fd);
}
END_TEST

START_TEST(a_pipe_will_do)
{
    int ends[2];
    struct instructions in;
    ck_assert_int_eq(pipe(ends), 0);
    size_t len = instructions_size(&valid[5]);
    instructions_pack(&valid[5], packed);
    ck_assert_int_eq(write(ends[1], packed, len), (ssize_t)len);
    close(ends[1]);
    ck_assert_int_eq(instructions_read(ends[0], storage, &in, &e), 0);
    ck_assert_str_eq(in.target, "../b");
    close(ends[0]);
}
END_TEST

static int memfd_of(const char *permissions, const char *checksum)
{
    const struct step_action a = {
        .kind = DO_DOWNLOAD, .path = "/x", .url = "http://h/", .permissions = permissions, .checksum = checksum};
    return instructions_memfd(&a, ACTION_OWNER_NONE, &e);
}

START_TEST(permissions_and_checksums_are_read)
{
    static const char *const bad_modes[] = {"", "8", "0800", "00644x", "10644", "644 "};
    for (size_t i = 0; i < sizeof(bad_modes) / sizeof(bad_modes[0]); i++) {
        ck_assert_int_eq(memfd_of(bad_modes[i], "sha256:" SHA256_OF_ABC), -1);
        ck_assert_int_eq(e.code, ERR_MANIFEST);
    }
    static const char *const bad_sums[] = {
        NULL, "", "sha256:", "sha256:12", "md5:12", "sha512:" SHA256_OF_ABC, "sha256:" SHA256_OF_ABC "00"};
    for (size_t i = 0; i < sizeof(bad_sums) / sizeof(bad_sums[0]); i++) {
        ck_assert_int_eq(memfd_of("0644", bad_sums[i]), -1);
        ck_assert_int_eq(e.code, ERR_MANIFEST);
    }
    int fd = memfd_of("04755", "sha512:" SHA256_OF_ABC SHA256_OF_ABC);
    struct instructions in;
    ck_assert_int_eq(instructions_read(fd, storage, &in, &e), 0);
    ck_assert_uint_eq(in.mode, 04755);
    ck_assert_uint_eq(in.algorithm, DIGEST_SHA512);
    ck_assert_uint_eq(in.digest[0], 0xba);
    ck_assert_uint_eq(in.digest[63], 0xad);
    ck_assert_uint_eq(in.size_max, DOWNLOAD_SIZE_MAX);
    ck_assert_uint_eq(in.stall_ms, DOWNLOAD_STALL_MS);
    close(fd);
    ck_assert_str_eq(action_role(DO_DOWNLOAD), "@download");
    ck_assert_str_eq(action_role(DO_WRITE), "@action");
}
END_TEST

Suite *suite_instructions(void)
{
    Suite *s = suite_create("instructions");
    TCase *t = tcase_create("instructions");
    tcase_add_test(t, every_kind_survives_packing);
    tcase_add_test(t, what_does_not_fit_together_is_refused);
    tcase_add_test(t, every_cut_is_refused);
    tcase_add_test(t, every_text_has_a_limit);
    tcase_add_test(t, a_memfd_is_sealed_and_read_as_often_as_need_be);
    tcase_add_test(t, a_pipe_will_do);
    tcase_add_test(t, permissions_and_checksums_are_read);
    suite_add_tcase(s, t);
    return s;
}
