#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/digest.h"
#include "init/base/exit_code.h"
#include "init/setup/recorder.h"
#include "init/wire/channel.h"
#include "tests/unit/suites.h"

static char base[64];
static int ends[2];
static struct err e;

static void setup(void)
{
    snprintf(base, sizeof(base), "/tmp/muster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    ck_assert_int_eq(channel_pair(ends, &e), 0);
}

static void teardown(void)
{
    static const char *const names[] = {"file", "link", "folder", "fifo"};
    int fd = open(base, O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlinkat(fd, names[i], 0);
        (void)unlinkat(fd, names[i], AT_REMOVEDIR);
    }
    close(fd);
    ck_assert_int_eq(rmdir(base), 0);
    close(ends[0]);
    close(ends[1]);
}

static void ask(uint32_t id, const char *name)
{
    struct wire_record_request request = {.type = WIRE_RECORD, .id = id};
    snprintf(request.path, sizeof(request.path), "%s%s%s", name[0] == '/' ? "" : base, name[0] == '/' ? "" : "/", name);
    ck_assert_int_eq(channel_send(ends[0], &request, sizeof(request), &e), 1);
}

/* Everything is in the channel before the recorder reads: it answers all of it, then sees the end. */
static int run(void)
{
    ck_assert_int_eq(shutdown(ends[0], SHUT_WR), 0);
    return recorder_main(ends[1]);
}

static struct wire_recorded answer(uint32_t id)
{
    union wire_message m;
    size_t len;
    ck_assert_int_eq(channel_receive(ends[0], &m, &len, &e), 1);
    ck_assert_int_eq(wire_check_recorder(&m, len, id + 1, &e), 0);
    ck_assert_uint_eq(m.recorded.id, id);
    return m.recorded;
}

static void make_file(const char *content, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/file", base);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(content, f);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(measures_a_file)
{
    make_file("abc", 0640);
    ask(7, "file");
    ck_assert_int_eq(run(), EXIT_OK);
    struct wire_recorded found = answer(7);
    ck_assert_int_eq(found.error, 0);
    ck_assert_uint_eq(found.facts.kind, WIRE_FILE_REGULAR);
    ck_assert_uint_eq(found.facts.size, 3);
    ck_assert_uint_eq(found.facts.mode, 0640);
    ck_assert_uint_eq(found.facts.uid, geteuid());
    char hex[DIGEST_HEX_MAX];
    digest_hex(found.facts.digest, hex);
    /* FIPS 180-2, appendix B.1 */
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

START_TEST(measures_a_file_of_many_blocks)
{
    make_file("", 0600);
    char path[128];
    snprintf(path, sizeof(path), "%s/file", base);
    static unsigned char content[300000];
    for (size_t i = 0; i < sizeof(content); i++) {
        content[i] = (unsigned char)(i * 7 / 3);
    }
    FILE *f = fopen(path, "w");
    ck_assert_uint_eq(fwrite(content, 1, sizeof(content), f), sizeof(content));
    ck_assert_int_eq(fclose(f), 0);
    uint8_t expected[DIGEST_BYTES];
    digest_of(content, sizeof(content), expected);
    ask(0, "file");
    ck_assert_int_eq(run(), EXIT_OK);
    struct wire_recorded found = answer(0);
    ck_assert_uint_eq(found.facts.size, sizeof(content));
    ck_assert_mem_eq(found.facts.digest, expected, DIGEST_BYTES);
}
END_TEST

START_TEST(measures_the_link_not_its_target)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/link", base);
    ck_assert_int_eq(symlink("/nowhere", path), 0);
    ask(1, "link");
    ck_assert_int_eq(run(), EXIT_OK);
    struct wire_recorded found = answer(1);
    uint8_t expected[DIGEST_BYTES];
    digest_of("/nowhere", 8, expected);
    ck_assert_int_eq(found.error, 0);
    ck_assert_uint_eq(found.facts.kind, WIRE_FILE_SYMLINK);
    ck_assert_uint_eq(found.facts.size, 8);
    ck_assert_mem_eq(found.facts.digest, expected, DIGEST_BYTES);
}
END_TEST

START_TEST(knows_folders_and_special_files)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/folder", base);
    ck_assert_int_eq(mkdir(path, 0750), 0);
    snprintf(path, sizeof(path), "%s/fifo", base);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ask(1, "folder");
    ask(2, "fifo");
    ask(3, "/dev/null");
    ck_assert_int_eq(run(), EXIT_OK);
    struct wire_recorded folder = answer(1);
    ck_assert_uint_eq(folder.facts.kind, WIRE_FILE_DIRECTORY);
    ck_assert_uint_eq(folder.facts.mode, 0750);
    /* Neither hangs on a pipe without a writer. */
    ck_assert_uint_eq(answer(2).facts.kind, WIRE_FILE_OTHER);
    ck_assert_uint_eq(answer(3).facts.kind, WIRE_FILE_OTHER);
}
END_TEST

START_TEST(tells_what_is_not_there)
{
    make_file("x", 0600);
    ask(1, "missing");
    ask(2, "file/below");
    ask(3, "file");
    ck_assert_int_eq(run(), EXIT_OK);
    struct wire_recorded missing = answer(1);
    ck_assert_int_eq(missing.error, ENOENT);
    ck_assert_uint_eq(missing.facts.kind, WIRE_FILE_NONE);
    ck_assert_int_eq(answer(2).error, ENOTDIR);
    /* One that fails does not stop the next. */
    ck_assert_int_eq(answer(3).error, 0);
}
END_TEST

/* A file of the proc file system says it has no bytes and then yields some: size and content disagree. */
START_TEST(content_that_does_not_fit_its_size_is_stale)
{
    ask(1, "/proc/version");
    ck_assert_int_eq(run(), EXIT_OK);
    ck_assert_int_eq(answer(1).error, ESTALE);
}
END_TEST

START_TEST(refuses_a_broken_request)
{
    struct wire_record_request request = {.type = WIRE_RECORD};
    memset(request.path, 'a', sizeof(request.path));
    ck_assert_int_eq(channel_send(ends[0], &request, sizeof(request), &e), 1);
    ck_assert_int_eq(run(), EXIT_INTERNAL);
}
END_TEST

START_TEST(refuses_another_message)
{
    struct wire_cancel cancel = {.type = WIRE_CANCEL};
    ck_assert_int_eq(channel_send(ends[0], &cancel, sizeof(cancel), &e), 1);
    ck_assert_int_eq(run(), EXIT_INTERNAL);
}
END_TEST

START_TEST(ends_with_its_channel)
{
    ck_assert_int_eq(run(), EXIT_OK);
}
END_TEST

Suite *suite_recorder(void)
{
    Suite *s = suite_create("recorder");
    TCase *t = tcase_create("recorder");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, measures_a_file);
    tcase_add_test(t, measures_a_file_of_many_blocks);
    tcase_add_test(t, measures_the_link_not_its_target);
    tcase_add_test(t, knows_folders_and_special_files);
    tcase_add_test(t, tells_what_is_not_there);
    tcase_add_test(t, content_that_does_not_fit_its_size_is_stale);
    tcase_add_test(t, refuses_a_broken_request);
    tcase_add_test(t, refuses_another_message);
    tcase_add_test(t, ends_with_its_channel);
    suite_add_tcase(s, t);
    return s;
}
