#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/base/match.h"
#include "init/core/local_probe.h"
#include "tests/unit/suites.h"

/* Half past the first of January, 1970. */
#define NOW_US (1800 * US_PER_S)

static char path[64];
static char text[WIRE_TEXT_MAX];
static struct service service;
static struct node node;

static void setup(void)
{
    snprintf(path, sizeof(path), "/tmp/muster-test-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    service = (struct service){.name = "it", .probe = {.kind = PROBE_FILE}};
    node = (struct node){.service = &service, .probe_path = path, .shown_target = "it"};
}

static void teardown(void)
{
    (void)unlink(path);
}

static enum verdict_class look(void)
{
    struct buf why = BUF_OVER(text);
    buf_reset(&why);
    return local_probe(&node, NOW_US, &why);
}

static void contain(const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    ck_assert_int_eq(fd_write_all(fd, bytes, len), 0);
    (void)close(fd);
}

static void change_at(time_t seconds)
{
    const struct timespec times[] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

START_TEST(a_file_is_there_or_not)
{
    ck_assert_int_eq(look(), VERDICT_OK);
    node.probe_path = "/no/such/file";
    ck_assert_int_eq(look(), VERDICT_MISSING);
    ck_assert_str_eq(text, "it: No such file or directory");
    node.probe_path = "/dev/null/file";
    ck_assert_int_eq(look(), VERDICT_MISSING);
}
END_TEST

/* A loop of links is neither there nor gone. */
START_TEST(what_cannot_be_looked_at_is_not_down)
{
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink(path, path), 0);
    ck_assert_int_eq(look(), VERDICT_MISSING);
    node.down = true;
    ck_assert_int_eq(look(), VERDICT_INTERNAL);
}
END_TEST

START_TEST(a_file_is_fresh_or_stale)
{
    service.probe.fresh_us = 60 * US_PER_S;
    static const struct {
        time_t at;
        enum verdict_class class;
    } cases[] = {{1800, VERDICT_OK}, {1740, VERDICT_OK}, {1739, VERDICT_STALE}, {1900, VERDICT_OK}, {0, VERDICT_STALE}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        change_at(cases[i].at);
        ck_assert_int_eq(look(), cases[i].class);
    }
    ck_assert_str_eq(text, "it was changed 30m ago");
    change_at(-1); /* before 1970 */
    ck_assert_int_eq(look(), VERDICT_STALE);
}
END_TEST

START_TEST(a_file_holds_what_it_has_to)
{
    static char large[MATCH_TEXT_MAX + 16];
    service.probe.expect_body = "{\"contains\":\"ready\"}";
    ck_assert_int_eq(look(), VERDICT_CONTENT);
    contain("all\nready\n", 10);
    ck_assert_int_eq(look(), VERDICT_OK);
    /* What comes behind is not looked at. */
    memset(large, 'x', sizeof(large));
    memcpy(large + MATCH_TEXT_MAX - 5, "ready", 5);
    contain(large, sizeof(large));
    ck_assert_int_eq(look(), VERDICT_OK);
    memcpy(large + MATCH_TEXT_MAX - 5, "xready", 6);
    contain(large, sizeof(large));
    ck_assert_int_eq(look(), VERDICT_CONTENT);
    node.probe_path = "/dev/zero";
    ck_assert_int_eq(look(), VERDICT_CONTENT);
    ck_assert_str_eq(text, "it is not a regular file");
}
END_TEST

/* A child that stays until it is told to go, with a name that has a parenthesis in it. */
static pid_t start_child(void)
{
    int ends[2];
    char ready;
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_NAME, "odd) Z (name");
        (void)!write(ends[1], "", 1);
        for (;;) {
            (void)pause();
        }
    }
    ck_assert_int_gt(pid, 1);
    ck_assert_int_eq(read(ends[0], &ready, 1), 1);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return pid;
}

static void contain_pid(pid_t pid)
{
    char number[32];
    contain(number, (size_t)snprintf(number, sizeof(number), "%d\n", (int)pid));
}

START_TEST(a_process_runs_or_not)
{
    siginfo_t info;
    service.probe = (struct probe){.kind = PROBE_PROCESS, .process = "odd) Z (name"};
    node.probe_path = NULL;
    ck_assert_int_eq(look(), VERDICT_MISSING);
    ck_assert_str_eq(text, "no process odd) Z (name runs");
    pid_t pid = start_child();
    ck_assert_int_eq(look(), VERDICT_OK);
    node.probe_path = path;
    contain_pid(pid);
    ck_assert_int_eq(look(), VERDICT_OK);
    service.probe.process = "another";
    ck_assert_int_eq(look(), VERDICT_MISSING);
    service.probe.process = NULL;
    ck_assert_int_eq(look(), VERDICT_OK);
    /* Dead, but not reaped. */
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(look(), VERDICT_MISSING);
    ck_assert_ptr_nonnull(strstr(text, "is the number of no process that runs"));
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_eq(look(), VERDICT_MISSING);
}
END_TEST

START_TEST(a_number_is_a_number)
{
    static const char *const wrong[] = {"", "x", "-1", "0", "../1", "self", "99999999999999999999"};
    service.probe = (struct probe){.kind = PROBE_PROCESS};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        contain(wrong[i], strlen(wrong[i]));
        ck_assert_int_eq(look(), VERDICT_MISSING);
        ck_assert_str_eq(text, "it does not hold the number of a process");
    }
    contain_pid(getpid());
    ck_assert_int_eq(look(), VERDICT_OK);
}
END_TEST

Suite *suite_local_probe(void)
{
    Suite *s = suite_create("local_probe");
    TCase *t = tcase_create("local_probe");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_file_is_there_or_not);
    tcase_add_test(t, what_cannot_be_looked_at_is_not_down);
    tcase_add_test(t, a_file_is_fresh_or_stale);
    tcase_add_test(t, a_file_holds_what_it_has_to);
    tcase_add_test(t, a_process_runs_or_not);
    tcase_add_test(t, a_number_is_a_number);
    suite_add_tcase(s, t);
    return s;
}
