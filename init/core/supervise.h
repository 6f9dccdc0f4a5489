/*
 * supervise - be an init and nothing else: one main process, no manifest, no state directory, no descriptors.
 */
#ifndef MUSTER_CORE_SUPERVISE_H
#define MUSTER_CORE_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

#include "init/core/main_options.h"
#include "init/core/main_process.h"
#include "init/core/signals.h"

/* What happens, for who says it in words of his own. */
enum supervise_event {
    SUPERVISE_STARTED,  /* the main process runs: pid; terminal */
    SUPERVISE_SIGNAL,   /* number has arrived */
    SUPERVISE_SENT,     /* it was sent on, or what the options have instead: another, SIGNAL_AS_IT_IS, SIGNAL_DROPPED */
    SUPERVISE_STOPPING, /* we stop until SIGCONT */
    SUPERVISE_REAPED,   /* some child has ended: pid, wait_status */
    SUPERVISE_ENDED,    /* it was the main process: wait_status; the others get number, or instead */
};

struct supervise_news {
    enum supervise_event event;
    enum main_terminal terminal;
    int number;
    int instead;
    pid_t pid;
    int wait_status;
};

/* All borrowed. */
struct supervise_request {
    const struct main_options *options;
    char *const *argv; /* NULL-terminated; NULL = run nothing: reap orphans until SIGINT or SIGTERM, then return 0 */
    char *const *envp; /* NULL-terminated */
    const struct inherited_signals *signals;
    bool stop_too; /* SIGTSTP, SIGTTIN and SIGTTOU stop us as well, until SIGCONT; not as PID 1, which nothing stops */
    bool tell_reaped; /* a warning for every process that is reaped, but the main one */
    /* Says that the main process could not be started; NULL = in muster's own words. */
    void (*exec_failed)(const char *program, int exec_errno);
    void (*tell)(const struct supervise_news *news); /* or NULL; must not allocate */
};

/*
 * supervise_run - start the main process, forward signals, reap whoever ends, end what is left. Returns the exit code; a
 * failure to start has been logged by then (126, 127), and an unknown user or capability (64).
 *
 * Sleeps in sigtimedwait(2) and nowhere else; allocates nothing once the main process runs.
 */
int supervise_run(const struct supervise_request *request);

/*
 * supervise_parent_death - ask for options->parent_death_signal when our parent ends (prctl(2)); if it has ended already,
 * send it to ourselves: it is blocked, so it waits for whoever reads signals.
 */
void supervise_parent_death(const struct main_options *options);

#endif
