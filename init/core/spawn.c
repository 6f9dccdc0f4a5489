#include "init/core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include "init/base/exit_code.h"
#include "init/base/fdio.h"

/* Arguments of a script that is handed to /bin/sh: as many as a manifest may hold, plus the shell's own. */
#define SCRIPT_ARGS_MAX 300
/* For the child until it execs: argument array of a script, a path, and room for a C library with instrumentation. */
#define CHILD_STACK_BYTES (64 * 1024)
/* What is read to tell a script from a binary, as shells do it. */
#define SCRIPT_PROBE_BYTES 80
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum spawn_stage { STAGE_DESCRIPTORS, STAGE_DIRECTORY, STAGE_PRIVILEGE, STAGE_EXEC };

/* Shared between parent and child; the parent is suspended while the child uses it. */
struct launch {
    const struct spawn_spec *spec;
    volatile enum spawn_stage stage;
    volatile int error;
    volatile int privilege_result;
};

/* dup2 that also works when both are the same: the copy must lose close-on-exec. */
static int move_fd(int from, int to)
{
    if (from == to) {
        return fcntl(to, F_SETFD, 0);
    }
    return dup2(from, to);
}

static int redirect(const struct spawn_spec *spec)
{
    if (!spec->keep_stdin) {
        int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null_fd >= 0 && move_fd(null_fd, STDIN_FILENO) < 0) {
            return -1;
        }
    }
    if (spec->output_fd >= 0 &&
        (move_fd(spec->output_fd, STDOUT_FILENO) < 0 || move_fd(spec->output_fd, STDERR_FILENO) < 0)) {
        return -1;
    }
    if (!spec->keep_fds) {
        /* Kernels before 5.11 do not know it; what leaks then is what we were given. */
        (void)syscall(SYS_close_range, (unsigned)SPAWN_CHANNEL_FD, UINT_MAX, CLOSE_RANGE_CLOEXEC);
    }
    for (size_t i = 0; i < spec->given_count; i++) {
        if (fcntl(spec->given_fds[i], F_SETFD, 0) != 0) {
            return -1;
        }
    }
    if (spec->ready_number > STDERR_FILENO && move_fd(spec->ready_fd, spec->ready_number) < 0) {
        return -1;
    }
    if (spec->channel_fd >= 0 && move_fd(spec->channel_fd, SPAWN_CHANNEL_FD) < 0) {
        return -1;
    }
    return 0;
}

static bool is_binary(const char *path)
{
    char head[SCRIPT_PROBE_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
    if (fd >= 0) {
        (void)close(fd);
    }
    for (ssize_t i = 0; i < n && head[i] != '\n'; i++) {
        if (head[i] == '\0') {
            return true;
        }
    }
    return n < 0; /* an empty file is a script that does nothing */
}

/* musl's execvp does not do this, glibc's does; users expect it. */
static void exec_as_script(const char *path, const struct spawn_spec *spec)
{
    char *argv[SCRIPT_ARGS_MAX];
    char shell[] = "/bin/sh";
    char script[PATH_MAX];
    if (is_binary(path)) {
        errno = ENOEXEC;
        return;
    }
    (void)snprintf(script, sizeof script, "%s", path);
    argv[0] = shell;
    argv[1] = script;
    size_t i = 1;
    for (; spec->argv[i] != NULL && i < SCRIPT_ARGS_MAX - 2; i++) {
        argv[i + 1] = spec->argv[i];
    }
    argv[i + 1] = NULL;
    (void)execve(shell, argv, spec->envp);
    errno = ENOEXEC;
}

/* Returns only on failure, with errno: ENOENT means that there is no such file. */
static void exec_file(const char *path, const struct spawn_spec *spec)
{
    (void)execve(path, spec->argv, spec->envp);
    if (errno == ENOEXEC) {
        exec_as_script(path, spec);
    } else if (errno == ENOENT && access(path, F_OK) == 0) {
        errno = ENOEXEC; /* its interpreter is what is missing */
    }
}

static const char *path_of(char *const *envp)
{
    for (; *envp != NULL; envp++) {
        if (strncmp(*envp, "PATH=", 5) == 0) {
            return *envp + 5;
        }
    }
    return DEFAULT_PATH;
}

/* As shells search: the first file that can be executed; failing that, the first that exists tells the error. */
static void exec_in_path(const struct spawn_spec *spec)
{
    int found = ENOENT;
    const char *name = spec->argv[0];
    for (const char *at = path_of(spec->envp); name[0] != '\0';) {
        char file[PATH_MAX];
        size_t len = strcspn(at, ":");
        int n = snprintf(file, sizeof file, "%.*s%s%s", (int)len, at, len == 0 ? "" : "/", name);
        if (n > 0 && (size_t)n < sizeof file) {
            exec_file(file, spec);
            if (found == ENOENT && errno != ENOTDIR) {
                found = errno;
            }
        }
        if (at[len] == '\0') {
            break;
        }
        at += len + 1;
    }
    errno = found;
}

static void exec_program(const struct spawn_spec *spec)
{
    if (spec->path != NULL) {
        exec_file(spec->path, spec);
    } else if (strchr(spec->argv[0], '/') != NULL) {
        exec_file(spec->argv[0], spec);
    } else {
        exec_in_path(spec);
    }
}

static void own_group(const struct spawn_spec *spec)
{
    if (spec->session) {
        (void)setsid();
        (void)ioctl(STDIN_FILENO, TIOCSCTTY, 0); /* works when the terminal has been given up or is ours to take */
        return;
    }
    (void)setpgid(0, 0);
    if (spec->foreground) {
        (void)tcsetpgrp(STDIN_FILENO, getpgrp()); /* SIGTTOU is blocked here */
    }
}

/* The number that it has for itself, in its own PID namespace. */
static void tell_pid(char *text)
{
    char digits[SPAWN_PID_TEXT];
    size_t n = 0;
    for (unsigned long pid = (unsigned long)syscall(SYS_getpid); pid > 0; pid /= 10) {
        digits[n++] = (char)('0' + pid % 10);
    }
    for (size_t i = 0; i < n; i++) {
        text[i] = digits[n - 1 - i];
    }
    text[n] = '\0';
}

/* System calls only: it runs in our memory. */
static int child(void *context)
{
    struct launch *l = context;
    const struct spawn_spec *spec = l->spec;
    own_group(spec);
    l->stage = STAGE_DESCRIPTORS;
    if (redirect(spec) == 0) {
        l->stage = STAGE_DIRECTORY;
        if (spec->directory == NULL || chdir(spec->directory) == 0) {
            l->stage = STAGE_PRIVILEGE;
            l->privilege_result = spec->privilege == NULL ? 0 : privilege_apply(spec->privilege);
            if (l->privilege_result == 0) {
                l->stage = STAGE_EXEC;
                if (spec->pid_text != NULL) {
                    tell_pid(spec->pid_text);
                }
                signals_restore(&spec->signals);
                exec_program(spec);
            }
        }
    }
    l->error = errno;
    _exit(spawn_exit_code(l->error));
}

static int tell(const struct launch *l, struct err *e)
{
    const struct spawn_spec *spec = l->spec;
    int error = l->error;
    switch (l->stage) {
    case STAGE_DESCRIPTORS:
        return err_set(e, ERR_SYS, error, "cannot set up the descriptors of %s", spec->argv[0]);
    case STAGE_DIRECTORY:
        return err_set(e, ERR_SYS, error, "cannot start %s in %s", spec->argv[0], spec->directory);
    case STAGE_PRIVILEGE:
        return err_set(e, ERR_SYS, error, "cannot start %s: cannot %s", spec->argv[0],
                       privilege_step_text(l->privilege_result));
    case STAGE_EXEC:
        break;
    }
    return err_set(e, ERR_SYS, error, "cannot start %s", spec->argv[0]);
}

/* The child never returned from its frames: instrumented builds still hold them for live. */
static void forget_frames(const char *stack)
{
#ifdef __SANITIZE_ADDRESS__
    __asan_unpoison_memory_region(stack, CHILD_STACK_BYTES);
#else
    (void)stack;
#endif
}

pid_t spawn(const struct spawn_spec *spec, int *exec_errno, struct err *e)
{
    _Alignas(16) char stack[CHILD_STACK_BYTES];
    struct launch launch = {.spec = spec};
    pid_t pid = clone(child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &launch);
    forget_frames(stack);
    if (pid < 0) {
        *exec_errno = errno;
        return err_set(e, ERR_SYS, errno, "cannot start %s", spec->argv[0]);
    }
    *exec_errno = launch.error;
    if (launch.error != 0) {
        return tell(&launch, e);
    }
    return pid;
}

int spawn_exit_code(int exec_errno)
{
    return exec_errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}
