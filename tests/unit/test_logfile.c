#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/setup/logfile.h"
#include "init/setup/output.h"
#include "tests/unit/suites.h"

static char base[64];
static struct statedir dir;
static int folder;

static void setup(void)
{
    snprintf(base, sizeof(base), "/tmp/muster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    struct err e;
    ck_assert_int_eq(statedir_open(base, true, &dir, &e), 0);
    folder = logfile_folder(&dir);
    ck_assert_int_ge(folder, 0);
}

static void teardown(void)
{
    (void)close(folder);
    statedir_close(&dir);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", base, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static const char *content(const char *name)
{
    static char text[4096];
    size_t len;
    struct err e;
    return file_read(folder, name, text, sizeof(text), &len, &e) == 0 ? text : NULL;
}

static void write_lines(struct logfile *l, int from, int to)
{
    for (int i = from; i < to; i++) {
        char line[64];
        snprintf(line, sizeof(line), "line %03d", i);
        logfile_write(l, line, strlen(line));
    }
}

START_TEST(is_made_with_the_first_line_and_private)
{
    struct logfile l;
    struct stat st;
    logfile_init(&l, folder, "web.log", 1000);
    ck_assert_int_ne(fstatat(folder, "web.log", &st, 0), 0);
    write_lines(&l, 1, 3);
    ck_assert_str_eq(content("web.log"), "line 001\nline 002\n");
    ck_assert_int_eq(fstatat(folder, "web.log", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(fstatat(dir.fd, LOGFILE_FOLDER, &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    logfile_close(&l);
    write_lines(&l, 3, 4);
    ck_assert_str_eq(content("web.log"), "line 001\nline 002\nline 003\n");
    logfile_close(&l);
}
END_TEST

/* The newest lines, and never more than the limit. */
START_TEST(keeps_the_newest_lines_within_the_limit)
{
    struct logfile l;
    struct stat newer;
    struct stat older;
    logfile_init(&l, folder, "web.log", 100);
    write_lines(&l, 0, 6); /* 9 bytes each: five fit */
    ck_assert_str_eq(content("web.log"), "line 005\n");
    ck_assert_str_eq(content("web.log.1"), "line 000\nline 001\nline 002\nline 003\nline 004\n");
    write_lines(&l, 6, 1000);
    ck_assert_int_eq(fstatat(folder, "web.log", &newer, 0), 0);
    ck_assert_int_eq(fstatat(folder, "web.log.1", &older, 0), 0);
    ck_assert_int_le(newer.st_size + older.st_size, 100);
    ck_assert_str_eq(content("web.log"), "line 995\nline 996\nline 997\nline 998\nline 999\n");
    logfile_close(&l);
}
END_TEST

START_TEST(what_an_earlier_run_left_counts)
{
    struct logfile l;
    for (int i = 0; i < 2; i++) {
        logfile_init(&l, folder, "web.log", 100);
        write_lines(&l, i * 4, i * 4 + 4);
        logfile_close(&l);
    }
    ck_assert_str_eq(content("web.log"), "line 005\nline 006\nline 007\n");
}
END_TEST

START_TEST(a_line_is_cut_to_half_the_limit)
{
    struct logfile l;
    logfile_init(&l, folder, "web.log", 20);
    logfile_write(&l, "0123456789abcdef", 16);
    ck_assert_str_eq(content("web.log"), "012345678\n");
    logfile_close(&l);
}
END_TEST

START_TEST(what_is_no_file_of_ours_is_left_alone)
{
    struct logfile l;
    ck_assert_int_eq(mkfifoat(folder, "fifo.log", 0600), 0);
    ck_assert_int_eq(symlinkat("/dev/full", folder, "link.log"), 0);
    const char *const names[] = {"fifo.log", "link.log"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        logfile_init(&l, folder, names[i], 1000);
        write_lines(&l, 1, 3);
        ck_assert(l.broken);
        ck_assert_int_eq(l.fd, -1);
    }
}
END_TEST

START_TEST(nothing_is_kept_without_a_folder_or_with_a_limit_of_none)
{
    struct logfile l;
    struct stat st;
    const struct statedir none = {.fd = -1, .lock_fd = -1};
    ck_assert_int_eq(logfile_folder(&none), -1);
    logfile_init(&l, -1, "web.log", 1000);
    write_lines(&l, 1, 3);
    ck_assert(!l.broken);
    logfile_init(&l, folder, "web.log", 0);
    write_lines(&l, 1, 3);
    ck_assert_int_ne(fstatat(folder, "web.log", &st, 0), 0);
}
END_TEST

/* Whatever is shown: a file outlives the terminal. */
START_TEST(output_goes_there_redacted)
{
    static const struct variable variable = {.name = "PASSWORD", .secret = true};
    static struct output o;
    struct setting setting = {.variable = &variable, .value = "correct-horse", .tainted = true};
    const struct config config = {.settings = &setting, .count = 1};
    struct redactor redactor;
    struct arena arena;
    struct logfile l;
    arena_init(&arena);
    redactor_init(&redactor, &config, &arena);
    logfile_init(&l, folder, "web.log", 1000);
    output_init(&o, &redactor, true, &l);
    const char text[] = "one correct-horse\n\x1b[31mtwo\x1b[0m\nthree";
    output_feed(&o, text, strlen(text), NULL, NULL);
    output_flush(&o, NULL, NULL);
    ck_assert_str_eq(content("web.log"), "one ***\ntwo\nthree\n");
    logfile_close(&l);
    arena_free_all(&arena);
}
END_TEST

Suite *suite_logfile(void)
{
    Suite *s = suite_create("logfile");
    TCase *t = tcase_create("logfile");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, is_made_with_the_first_line_and_private);
    tcase_add_test(t, keeps_the_newest_lines_within_the_limit);
    tcase_add_test(t, what_an_earlier_run_left_counts);
    tcase_add_test(t, a_line_is_cut_to_half_the_limit);
    tcase_add_test(t, what_is_no_file_of_ours_is_left_alone);
    tcase_add_test(t, nothing_is_kept_without_a_folder_or_with_a_limit_of_none);
    tcase_add_test(t, output_goes_there_redacted);
    suite_add_tcase(s, t);
    return s;
}
