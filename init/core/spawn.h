/*
 * spawn - start a program; the caller knows at once whether it really started.
 */
#ifndef MUSTER_CORE_SPAWN_H
#define MUSTER_CORE_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "init/base/err.h"
#include "init/core/privilege.h"
#include "init/core/signals.h"

/* Number under which a helper role finds its channel. */
#define SPAWN_CHANNEL_FD 3

/* Any pid in decimal, and a NUL. */
#define SPAWN_PID_TEXT 12

struct spawn_spec {
    const char *path;      /* program file, or NULL: argv[0] is looked up in PATH */
    char *const *argv;     /* NULL-terminated; borrowed */
    char *const *envp;     /* NULL-terminated; borrowed */
    const char *directory; /* working directory, or NULL to stay */
    int output_fd;         /* stdout and stderr; -1 = inherited */
    int channel_fd;        /* becomes SPAWN_CHANNEL_FD; -1 = none */
    int ready_fd;          /* becomes ready_number, above the standard ones; only if ready_number is not 0 */
    int ready_number;
    const int *given_fds; /* descriptors of ours that stay open in it, under the same numbers; borrowed */
    size_t given_count;
    char *pid_text; /* or NULL: the child writes its own pid there, SPAWN_PID_TEXT bytes; it may lie in envp */
    struct inherited_signals signals;
    bool keep_stdin;                   /* else /dev/null */
    bool keep_fds;                     /* descriptors that we were started with stay open in it */
    bool session;                      /* a session of its own, else a process group of its own */
    bool foreground;                   /* give it the terminal of standard input */
    const struct privilege *privilege; /* or NULL: ours */
};

/*
 * spawn - clone, new process group, exec.
 *
 * The child shares our memory until it execs (vfork semantics), so this returns when the program runs or has failed to:
 * whatever is sent to it afterwards reaches the program. All signals must be blocked.
 *
 * @exec_errno  filled: 0, or why it could not be started (e is then set too, naming the step that failed).
 *
 * All other descriptors of ours are close-on-exec. A script without "#!" runs through /bin/sh, as every shell does it.
 * Returns the pid, or -1 with ERR_SYS. Allocates nothing.
 */
pid_t spawn(const struct spawn_spec *spec, int *exec_errno, struct err *e);

/*
 * spawn_exit_code - what a shell would say of an exec failure: 127 not found, 126 everything else.
 *
 * @exec_errno  from spawn(), which reports ENOENT only if there is no such file: a script whose interpreter is missing is
 *              ENOEXEC.
 */
int spawn_exit_code(int exec_errno);

#endif
