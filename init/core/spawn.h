/*
 * spawn - start a program; the caller knows at once whether it really started.
 */
#ifndef MUSTER_CORE_SPAWN_H
#define MUSTER_CORE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/base/err.h"
#include "init/core/signals.h"

/* Number under which a helper role finds its channel. */
#define SPAWN_CHANNEL_FD 3

struct spawn_spec {
    const char *path;      /* program file, or NULL: argv[0] is looked up in PATH */
    char *const *argv;     /* NULL-terminated; borrowed */
    char *const *envp;     /* NULL-terminated; borrowed */
    const char *directory; /* working directory, or NULL to stay */
    int output_fd;         /* stdout and stderr; -1 = inherited */
    int channel_fd;        /* becomes SPAWN_CHANNEL_FD; -1 = none */
    signal_mask mask;      /* signal mask of the program */
    bool keep_stdin;       /* else /dev/null */
    bool foreground;       /* give it the terminal if we have it */
};

/*
 * spawn - fork, new process group, exec.
 *
 * @exec_errno  filled: 0, or why it could not be started (e is then set too).
 *
 * All other descriptors of ours are close-on-exec. A script without "#!" runs through /bin/sh, as every shell does it.
 * Returns the pid, or -1 with ERR_SYS. Waits for the exec, not longer.
 */
pid_t spawn(const struct spawn_spec *spec, int *exec_errno, struct err *e);

/*
 * spawn_exit_code - what a shell would say of an exec failure: 127 not found, 126 everything else.
 */
int spawn_exit_code(int exec_errno);

#endif
