#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/digest.h"
#include "init/base/exit_code.h"
#include "init/setup/recorder.h"
#include "init/wire/channel.h"
#include "tests/unit/suites.h"

static char base[64];
static int ends[2];
/* So many requests fit into the channel. */
#define ANSWERS_MAX 16
static struct wire_recorded answers[ANSWERS_MAX];
static bool arrived[ANSWERS_MAX];
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
    struct wire_record_request request = {.type = WIRE_RECORD, .id = id, .algorithm = DIGEST_SHA256};
    snprintf(request.path, sizeof(request.path), "%s%s%s", name[0] == '/' ? "" : base, name[0] == '/' ? "" : "/", name);
    ck_assert_int_eq(channel_send(ends[0], &request, sizeof(request), &e), 1);
}

/* Everything is in the channel before the recorder reads: it answers all of it, then sees the end. */
static int run(void)
{
    ck_assert_int_eq(shutdown(ends[0], SHUT_WR), 0);
    return recorder_main(ends[1]);
}

/* They come in any order: this one, with the others kept for later. */
static struct wire_recorded answer(uint32_t id)
{
    while (!arrived[id]) {
        union wire_message m;
        size_t len;
        ck_assert_int_eq(channel_receive(ends[0], &m, &len, &e), 1);
        ck_assert_int_eq(wire_check_recorder(&m, len, ANSWERS_MAX, &e), 0);
        ck_assert_uint_eq(m.type, WIRE_RECORDED);
        ck_assert_msg(!arrived[m.recorded.id], "answered twice");
        arrived[m.recorded.id] = true;
        answers[m.recorded.id] = m.recorded;
    }
    return answers[id];
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

START_TEST(gives_a_file_the_permissions_that_are_declared)
{
    make_file("abc", 0600);
    struct wire_record_request request = {.type = WIRE_RECORD, .id = 2, .algorithm = DIGEST_SHA256, .mode = 0755};
    snprintf(request.path, sizeof(request.path), "%s/file", base);
    ck_assert_int_eq(channel_send(ends[0], &request, sizeof(request), &e), 1);
    ck_assert_int_eq(run(), EXIT_OK);
    ck_assert_uint_eq(answer(2).facts.mode, 0755);
    struct stat st;
    ck_assert_int_eq(stat(request.path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0755);
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
    ck_assert_int_eq(missing.error, 0);
    ck_assert_uint_eq(missing.facts.kind, WIRE_FILE_NONE);
    ck_assert_uint_eq(answer(2).facts.kind, WIRE_FILE_NONE);
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
    struct wire_record_request request = {.type = WIRE_RECORD, .algorithm = DIGEST_SHA256};
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

START_TEST(answers_everything_once)
{
    make_file("x", 0600);
    for (uint32_t i = 0; i < ANSWERS_MAX; i++)
        ask(i, i % 2 == 0 ? "file" : "missing");
    ck_assert_int_eq(run(), EXIT_OK);
    for (uint32_t i = 0; i < ANSWERS_MAX; i++)
        ck_assert_uint_eq(answer(i).facts.kind, i % 2 == 0 ? WIRE_FILE_REGULAR : WIRE_FILE_NONE);
    union wire_message m;
    size_t len;
    ck_assert_int_le(channel_receive(ends[0], &m, &len, &e), 0);
}
END_TEST

static struct wire_keep_request keep_request(void)
{
    struct wire_keep_request q = {.type = WIRE_KEEP, .id = 1, .algorithm = DIGEST_SHA256, .backup = "image"};
    snprintf(q.path, sizeof(q.path), "%s/file", base);
    return q;
}

static void receive(union wire_message *m, size_t expected)
{
    size_t len;
    ck_assert_int_eq(channel_receive(ends[0], m, &len, &e), 1);
    ck_assert_uint_eq(len, expected);
    ck_assert_int_eq(wire_check_recorder(m, len, 2, &e), 0);
}

START_TEST(keeps_and_restores_in_a_folder_that_comes_along)
{
    char path[128];
    union wire_message m;
    make_file("before", 0640);
    struct wire_keep_request q = keep_request();
    snprintf(path, sizeof(path), "%s/folder", base);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    int images = open(path, O_RDONLY | O_DIRECTORY);
    ck_assert_int_eq(channel_send_files(ends[0], &q, sizeof(q), &images, 1, &e), 1);
    pid_t child = fork();
    if (child == 0)
        _exit(recorder_main(ends[1])); /* while this one goes on */
    struct pollfd waiting = {.fd = ends[0], .events = POLLIN};
    ck_assert_int_eq(poll(&waiting, 1, 10000), 1);
    receive(&m, sizeof(m.kept));
    ck_assert_uint_eq(m.kept.facts.size, 6);
    ck_assert_int_eq(faccessat(images, "image.meta", F_OK, 0), 0);

    make_file("after", 0600);
    struct wire_restore_request r = {.type = WIRE_RESTORE, .id = 1, .before = m.kept.facts, .backup = "image"};
    memcpy(r.path, m.kept.resolved, sizeof(r.path));
    ck_assert_int_eq(channel_send_files(ends[0], &r, sizeof(r), &images, 1, &e), 1);
    ck_assert_int_eq(poll(&waiting, 1, 10000), 1);
    receive(&m, sizeof(m.restored));
    ck_assert_msg(m.restored.outcome == RESTORE_RESTORED, "%s", m.restored.text);
    ck_assert_int_eq(unlinkat(images, "image", 0), 0);
    ck_assert_int_eq(unlinkat(images, "image.meta", 0), 0);
    close(images);
    int status;
    ck_assert_int_eq(shutdown(ends[0], SHUT_WR), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_folder_that_did_not_arrive_is_an_error)
{
    union wire_message m;
    struct wire_keep_request q = keep_request();
    ck_assert_int_eq(channel_send(ends[0], &q, sizeof(q), &e), 1);
    ck_assert_int_eq(run(), EXIT_OK);
    receive(&m, sizeof(m.kept));
    ck_assert_int_eq(m.kept.error, EMFILE);
}
END_TEST

static void break_nothing(struct wire_keep_request *q)
{
    q->type = WIRE_RECORD; /* of the wrong length */
}

static void break_name(struct wire_keep_request *q)
{
    snprintf(q->backup, sizeof(q->backup), "../x");
}

static void break_dots(struct wire_keep_request *q)
{
    snprintf(q->backup, sizeof(q->backup), "..");
}

static void break_empty(struct wire_keep_request *q)
{
    q->backup[0] = '\0';
}

static void break_end(struct wire_keep_request *q)
{
    memset(q->backup, 'a', sizeof(q->backup));
}

static void break_algorithm(struct wire_keep_request *q)
{
    q->algorithm = DIGEST_ALGORITHM_COUNT;
}

static void break_path(struct wire_keep_request *q)
{
    memset(q->path, 'a', sizeof(q->path));
}

static void (*const breaks[])(struct wire_keep_request *q) = {break_nothing, break_name,      break_dots, break_empty,
                                                              break_end,     break_algorithm, break_path};

START_TEST(refuses_every_broken_request_to_keep)
{
    struct wire_keep_request q = keep_request();
    int images = open(base, O_RDONLY | O_DIRECTORY);
    breaks[_i](&q);
    ck_assert_int_eq(channel_send_files(ends[0], &q, sizeof(q), &images, 1, &e), 1);
    ck_assert_int_eq(run(), EXIT_INTERNAL);
    close(images);
}
END_TEST

START_TEST(refuses_more_than_one_descriptor)
{
    struct wire_keep_request q = keep_request();
    int two[] = {0, 0};
    two[0] = open(base, O_RDONLY | O_DIRECTORY);
    two[1] = two[0];
    ck_assert_int_eq(channel_send_files(ends[0], &q, sizeof(q), two, 2, &e), 1);
    ck_assert_int_eq(run(), EXIT_INTERNAL);
    close(two[0]);
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
    tcase_add_test(t, gives_a_file_the_permissions_that_are_declared);
    tcase_add_test(t, measures_the_link_not_its_target);
    tcase_add_test(t, knows_folders_and_special_files);
    tcase_add_test(t, tells_what_is_not_there);
    tcase_add_test(t, content_that_does_not_fit_its_size_is_stale);
    tcase_add_test(t, refuses_a_broken_request);
    tcase_add_test(t, refuses_another_message);
    tcase_add_test(t, answers_everything_once);
    tcase_add_test(t, keeps_and_restores_in_a_folder_that_comes_along);
    tcase_add_test(t, a_folder_that_did_not_arrive_is_an_error);
    tcase_add_loop_test(t, refuses_every_broken_request_to_keep, 0, (int)(sizeof(breaks) / sizeof(breaks[0])));
    tcase_add_test(t, refuses_more_than_one_descriptor);
    tcase_add_test(t, ends_with_its_channel);
    suite_add_tcase(s, t);
    return s;
}
