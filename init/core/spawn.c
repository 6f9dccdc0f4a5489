#include "init/core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "init/base/exit_code.h"
#include "init/base/fdio.h"

/* Arguments of a script that is handed to /bin/sh: as many as a manifest may hold, plus the shell's own. */
#define SCRIPT_ARGS_MAX 300

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
    if (spec->channel_fd >= 0 && move_fd(spec->channel_fd, SPAWN_CHANNEL_FD) < 0) {
        return -1;
    }
    return 0;
}

/* musl's execvp does not do this, glibc's does; users expect it. */
static void exec_as_script(const struct spawn_spec *spec)
{
    char *argv[SCRIPT_ARGS_MAX];
    char shell[] = "/bin/sh";
    argv[0] = shell;
    size_t i = 0;
    for (; spec->argv[i] != NULL && i < SCRIPT_ARGS_MAX - 2; i++) {
        argv[i + 1] = spec->argv[i];
    }
    argv[i + 1] = NULL;
    (void)execve(shell, argv, spec->envp);
    errno = ENOEXEC;
}

static _Noreturn void child(const struct spawn_spec *spec, int status_fd)
{
    status_fd = fcntl(status_fd, F_DUPFD_CLOEXEC, SPAWN_CHANNEL_FD + 1); /* out of the way of the channel */
    (void)setpgid(0, 0);
    if (spec->foreground) {
        (void)tcsetpgrp(STDIN_FILENO, getpgrp()); /* SIGTTOU is blocked here */
    }
    if (redirect(spec) == 0 && (spec->directory == NULL || chdir(spec->directory) == 0)) {
        signals_restore(spec->mask);
        if (spec->path != NULL) {
            (void)execve(spec->path, spec->argv, spec->envp);
        } else {
            (void)execvpe(spec->argv[0], spec->argv, spec->envp);
        }
        if (errno == ENOEXEC) {
            exec_as_script(spec);
        }
    }
    int error = errno;
    (void)fd_write_all(status_fd, &error, sizeof error);
    _exit(spawn_exit_code(error));
}

static int read_status(int fd)
{
    int error = 0;
    ssize_t n;
    do {
        n = read(fd, &error, sizeof error);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof error ? error : 0;
}

pid_t spawn(const struct spawn_spec *spec, int *exec_errno, struct err *e)
{
    *exec_errno = 0;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        *exec_errno = errno;
        return err_set(e, ERR_SYS, errno, "cannot start %s", spec->argv[0]);
    }
    cleanup_fd int status_read = ends[0];
    cleanup_fd int status_write = ends[1];
    pid_t pid = fork();
    if (pid < 0) {
        *exec_errno = errno;
        return err_set(e, ERR_SYS, errno, "cannot start %s", spec->argv[0]);
    }
    if (pid == 0) {
        child(spec, status_write);
    }
    (void)setpgid(pid, pid); /* in both processes: whoever comes first */
    (void)close(fd_steal(&status_write));
    *exec_errno = read_status(status_read);
    if (*exec_errno != 0) {
        return err_set(e, ERR_SYS, *exec_errno, "cannot start %s", spec->argv[0]);
    }
    return pid;
}

int spawn_exit_code(int exec_errno)
{
    return exec_errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}
