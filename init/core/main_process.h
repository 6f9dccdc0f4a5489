/*
 * main_process - the process that all this is for: started last, signalled, and its exit code is ours.
 *
 * Knows nothing of loops: whoever owns one feeds signals, wait statuses and time.
 */
#ifndef MUSTER_CORE_MAIN_PROCESS_H
#define MUSTER_CORE_MAIN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/base/err.h"
#include "init/core/main_options.h"
#include "init/core/privilege.h"
#include "init/core/signals.h"

struct main_process {
    const struct main_options *options; /* borrowed */
    const struct privilege *privilege;  /* borrowed; NULL = ours */
    pid_t pid;                          /* 0 = not running */
    int pidfd;                          /* owned; -1 = none (old kernel) */
    bool terminal;                      /* standard input is our controlling terminal */
    bool foreground;                    /* it has the terminal, from us */
    bool started, ended;
    int exit_code;        /* once ended, or when it could not be started */
    uint64_t drain_at_us; /* TERM is forwarded then, or CLOCK_NEVER */
    uint64_t kill_at_us;  /* KILL is sent then, or CLOCK_NEVER */
};

/*
 * main_process_init - not started.
 */
void main_process_init(struct main_process *m, const struct main_options *options, const struct privilege *privilege);

/*
 * main_process_start - hand over: environment, signal mask, terminal, inherited descriptors; then let go of what would keep
 * others waiting: those descriptors, standard input and output, the working directory.
 *
 * Where LISTEN_PID of @envp is our pid, it becomes that of the main process: sockets passed to us, sd_listen_fds(3), are its.
 *
 * Returns 0, or -1 with ERR_SYS and exit_code 126 or 127.
 */
int main_process_start(struct main_process *m, char *const *argv, char *const *envp,
                       const struct inherited_signals *signals, struct err *e);

/*
 * main_process_signal - @number came for it: rewrite, delay, forward. Not called for SIGCHLD.
 */
void main_process_signal(struct main_process *m, int number, uint64_t now_us);

/*
 * main_process_timer, main_process_wake - time has passed; when it matters next, or CLOCK_NEVER.
 */
void main_process_timer(struct main_process *m, uint64_t now_us);
uint64_t main_process_wake(const struct main_process *m);

/*
 * main_process_reaped - waitpid(2) gave its status: stopped (then we stop too, if a shell waits for us) or ended.
 */
void main_process_reaped(struct main_process *m, int wait_status);

#endif
