#include "init/core/spawn.h"
#include "tests/unit/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/fdio.h"

static int run(const char *program, const char *first, const char *second, char *output, size_t cap)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    char words[3][256];
    (void)snprintf(words[0], sizeof words[0], "%s", program);
    (void)snprintf(words[1], sizeof words[1], "%s", first);
    (void)snprintf(words[2], sizeof words[2], "%s", second == NULL ? "" : second);
    char *argv[] = {words[0], words[1], second == NULL ? NULL : words[2], NULL};
    char path[] = "PATH=/usr/bin:/bin";
    char *envp[] = {path, NULL};
    const struct spawn_spec spec = {.argv = argv, .envp = envp, .output_fd = ends[1], .channel_fd = -1};
    int exec_errno = -1;
    struct err e;
    pid_t pid = spawn(&spec, &exec_errno, &e);
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        (void)waitpid(-1, NULL, 0);
        return -exec_errno;
    }
    ck_assert_int_eq(exec_errno, 0);
    size_t used = 0;
    ssize_t n;
    while ((n = read(ends[0], output + used, cap - 1 - used)) > 0) {
        used += (size_t)n;
    }
    output[used] = '\0';
    (void)close(ends[0]);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

START_TEST(runs_and_captures_both_streams)
{
    char text[64];
    ck_assert_int_eq(run("sh", "-c", "echo out; echo err >&2; exit 3", text, sizeof text), 3);
    ck_assert_str_eq(text, "out\nerr\n");
}
END_TEST

START_TEST(exec_failures_are_known_with_their_reason)
{
    char text[64];
    ck_assert_int_eq(run("no-such-program-here", "", NULL, text, sizeof text), -ENOENT);
    ck_assert_int_eq(run("/etc", "", NULL, text, sizeof text), -EACCES);
    ck_assert_int_eq(spawn_exit_code(ENOENT), 127);
    ck_assert_int_eq(spawn_exit_code(EACCES), 126);
    ck_assert_int_eq(spawn_exit_code(ELOOP), 126);
}
END_TEST

START_TEST(a_script_without_an_interpreter_line_runs)
{
    char path[] = "/tmp/muster-script-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write_all(fd, "echo script $1\n", 15), 0);
    ck_assert_int_eq(fchmod(fd, 0755), 0);
    (void)close(fd);
    char text[64];
    ck_assert_int_eq(run(path, "works", NULL, text, sizeof text), 0);
    ck_assert_str_eq(text, "script works\n");
    (void)unlink(path);
}
END_TEST

START_TEST(the_child_gets_the_mask_it_is_to_have)
{
    char text[256];
    struct inherited_signals old;
    signals_block_all(&old);
    ck_assert_int_eq(run("grep", "SigBlk", "/proc/self/status", text, sizeof text), 0);
    signals_restore(&old);
    ck_assert_str_eq(text, "SigBlk:\t0000000000000000\n");
}
END_TEST

START_TEST(the_child_writes_its_pid_into_its_environment)
{
    char program[] = "sh";
    char option[] = "-c";
    char text[] = "test \"$OWN\" = \"$$\"";
    char *argv[] = {program, option, text, NULL};
    char path[] = "PATH=/usr/bin:/bin";
    char own[sizeof "OWN=" + SPAWN_PID_TEXT] = "OWN=";
    char *envp[] = {path, own, NULL};
    const struct spawn_spec spec = {
        .argv = argv, .envp = envp, .output_fd = -1, .channel_fd = -1, .pid_text = own + strlen(own)};
    int exec_errno;
    struct err e;
    pid_t pid = spawn(&spec, &exec_errno, &e);
    ck_assert_int_gt(pid, 0);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* Under its own number; what is not given is closed. */
START_TEST(the_child_gets_the_descriptors_it_is_given)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    int given = fcntl(ends[1], F_DUPFD_CLOEXEC, 300);
    int other = fcntl(ends[1], F_DUPFD_CLOEXEC, 300);
    ck_assert_int_ge(given, 300);
    char program[] = "sh";
    char option[] = "-c";
    char text[128];
    (void)snprintf(text, sizeof text, "test -e /proc/self/fd/%d && test ! -e /proc/self/fd/%d", given, other);
    char *argv[] = {program, option, text, NULL};
    char path[] = "PATH=/usr/bin:/bin";
    char *envp[] = {path, NULL};
    const struct spawn_spec spec = {
        .argv = argv, .envp = envp, .output_fd = -1, .channel_fd = -1, .given_fds = &given, .given_count = 1};
    int exec_errno;
    struct err e;
    pid_t pid = spawn(&spec, &exec_errno, &e);
    ck_assert_int_gt(pid, 0);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(fcntl(given, F_GETFD), FD_CLOEXEC); /* ours as before */
    (void)close(given);
    (void)close(other);
    (void)close(ends[0]);
    (void)close(ends[1]);
}
END_TEST

Suite *suite_spawn(void)
{
    Suite *s = suite_create("spawn");
    TCase *t = tcase_create("spawn");
    tcase_add_test(t, runs_and_captures_both_streams);
    tcase_add_test(t, exec_failures_are_known_with_their_reason);
    tcase_add_test(t, a_script_without_an_interpreter_line_runs);
    tcase_add_test(t, the_child_gets_the_mask_it_is_to_have);
    tcase_add_test(t, the_child_writes_its_pid_into_its_environment);
    tcase_add_test(t, the_child_gets_the_descriptors_it_is_given);
    suite_add_tcase(s, t);
    return s;
}
