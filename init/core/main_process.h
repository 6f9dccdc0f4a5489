/*
 * main_process - the process that all this is for: started last, signalled, and its exit code is ours.
 *
 * Knows nothing of loops: whoever owns one feeds signals, wait statuses and time.
 */
#ifndef MUSTER_CORE_MAIN_PROCESS_H
#define MUSTER_CORE_MAIN_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/base/err.h"
#include "init/core/main_options.h"
#include "init/core/privilege.h"
#include "init/core/signals.h"

/* What became of our controlling terminal at the start of the main process. */
enum main_terminal {
    MAIN_TERMINAL_KEPT,  /* it has no session of its own */
    MAIN_TERMINAL_NONE,  /* there was none */
    MAIN_TERMINAL_LEFT,  /* whoever leads our session still has it */
    MAIN_TERMINAL_GIVEN, /* we led the session that had it; now it is that of the main process */
};

struct main_process {
    const struct main_options *options; /* borrowed */
    const struct privilege *privilege;  /* borrowed; NULL = ours */
    pid_t pid;                          /* 0 = not running */
    int pidfd;                          /* owned; -1 = none (old kernel) */
    bool terminal;                      /* standard input is our controlling terminal */
    bool foreground;                    /* it has the terminal, from us */
    enum main_terminal given_terminal;
    bool started, ended;
    int exit_code;        /* once ended, or when it could not be started */
    uint64_t drain_at_us; /* TERM is forwarded then, or CLOCK_NEVER */
    uint64_t kill_at_us;  /* KILL is sent then, or CLOCK_NEVER */
    const int *given_fds; /* borrowed; descriptors of ours that it gets, under the same numbers */
    size_t given_count;
};

/*
 * main_process_init - not started.
 */
void main_process_init(struct main_process *m, const struct main_options *options, const struct privilege *privilege);

/*
 * main_process_start - hand over: environment, signal mask, terminal, inherited descriptors; then let go of what would keep
 * others waiting: those descriptors, standard input and output, the working directory.
 *
 * A session of its own takes our controlling terminal along if we lead the session that has it: job control works in it, as it
 * does for a process group of its own in our session.
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
 * main_process_tell - send it @number of our own accord: as it is, now.
 */
void main_process_tell(struct main_process *m, int number);

/*
 * main_process_stop - make it end: the signal that it gets for TERM, now, and KILL @grace_us later.
 */
void main_process_stop(struct main_process *m, uint64_t grace_us, uint64_t now_us);

/*
 * main_process_timer, main_process_wake - time has passed; when it matters next, or CLOCK_NEVER.
 */
void main_process_timer(struct main_process *m, uint64_t now_us);
uint64_t main_process_wake(const struct main_process *m);

/*
 * main_process_reaped - waitpid(2) gave its status: stopped (then we stop too, if a shell waits for us) or ended.
 */
void main_process_reaped(struct main_process *m, int wait_status);

/*
 * main_process_continued - whether a SIGCONT waits to be read. A signal that stops us would erase it, signal(7), so it is to be
 * asked before.
 */
bool main_process_continued(void);

#endif
