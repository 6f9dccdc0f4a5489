#include "tests/unit/privilege_run.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/core/capability.h"

#define BIT(name) CAPABILITY_BIT(CAP_##name)

struct outcome {
    int result;
    int error;
};

static void become_ordinary(void)
{
    if (geteuid() == 0 && (syscall(SYS_setgroups, 0L, NULL) != 0 ||
                           syscall(SYS_setresgid, ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) != 0 ||
                           syscall(SYS_setresuid, ORDINARY_USER, ORDINARY_USER, ORDINARY_USER) != 0)) {
        _exit(EXIT_FAILURE);
    }
}

static _Noreturn void child(const struct privilege *p, bool ordinary, const struct sock_fprog *filter, int status,
                            int out)
{
    static char *const argv[] = {"cat", "/proc/self/status", "/proc/self/limits", NULL};
    static char *const envp[] = {NULL};
    if (ordinary) {
        become_ordinary();
    }
    if (filter != NULL && (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0 ||
                           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter) != 0)) {
        _exit(EXIT_FAILURE);
    }
    errno = 0;
    struct outcome o = {.result = privilege_apply(p)};
    o.error = errno;
    if (write(status, &o, sizeof o) != (ssize_t)sizeof o || dup2(out, STDOUT_FILENO) < 0) {
        _exit(EXIT_FAILURE);
    }
    if (o.result == 0) {
        (void)execve("/bin/cat", argv, envp);
        _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

void privilege_run(const struct privilege *p, bool ordinary, const struct sock_fprog *filter, struct privilege_run *out)
{
    int status[2];
    int output[2];
    ck_assert_int_eq(pipe2(status, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        child(p, ordinary, filter, status[1], output[1]);
    }
    (void)close(status[1]);
    (void)close(output[1]);
    struct outcome o;
    ck_assert_int_eq(read(status[0], &o, sizeof o), sizeof o);
    size_t len = 0;
    ssize_t n;
    while ((n = read(output[0], out->text + len, sizeof out->text - 1 - len)) > 0) {
        len += (size_t)n;
    }
    out->text[len] = '\0';
    out->result = o.result;
    out->error = o.error;
    (void)close(status[0]);
    (void)close(output[0]);
    int code;
    ck_assert_int_eq(waitpid(pid, &code, 0), pid);
    ck_assert_int_eq(code, 0);
}

bool privileged(void)
{
    static const uint64_t needed =
        BIT(SETUID) | BIT(SETGID) | BIT(SETPCAP) | BIT(KILL) | BIT(CHOWN) | BIT(NET_BIND_SERVICE);
    struct capability_sets sets;
    ck_assert_int_eq(capability_get(&sets), 0);
    return geteuid() == 0 && (sets.effective & needed) == needed;
}
