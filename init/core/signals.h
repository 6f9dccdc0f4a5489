/*
 * signals - the signal mask of an init.
 *
 * Everything is blocked before the C library starts (entry.c), or else as the first act of main(), and read through a signalfd or sigtimedwait(2), so that nothing sent to
 * PID 1 is lost and no handler ever runs. The kernel still kills on a real fault: blocking does not hold for those,
 * signal(7).
 */
#ifndef MUSTER_CORE_SIGNALS_H
#define MUSTER_CORE_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "init/base/err.h"
#include "init/base/signame.h"

/* Signals 1 to 64 as bits; musl's and glibc's own types leave some real-time signals out. */
typedef uint64_t signal_mask;

#define SIGNAL_BIT(n) ((signal_mask)1 << ((n)-1))

/* What we were started with, and what the programs we start get. Ignored signals besides SIGCHLD are never touched. */
struct inherited_signals {
    signal_mask mask;
    bool sigchld_ignored;
};

/*
 * signals_block_all - block all 64; reset SIGCHLD to default, since an inherited "ignore" would lose exit codes.
 *
 * @inherited  filled with how it was before.
 */
void signals_block_all(struct inherited_signals *inherited);

/*
 * signals_restore - in a child before exec. System calls only.
 */
void signals_restore(const struct inherited_signals *inherited);

/*
 * signals_stop_group - as Ctrl-Z would: SIGTSTP to our own process group, ourselves included, although it is blocked.
 *
 * Returns when a shell has continued us; at once where the kernel stops nobody, since nobody could continue us: as PID 1
 * and in an orphaned process group, setpgid(2).
 */
void signals_stop_group(void);

/*
 * signals_open - a non-blocking, close-on-exec signalfd for all signals. Returns it (owned), or -1 with ERR_SYS.
 */
int signals_open(struct err *e);

/*
 * signals_next - next pending signal from @fd, or 0 when there is none.
 *
 * @from_self  filled: this process sent it (a log write to a closed pipe raises SIGPIPE here).
 */
int signals_next(int fd, bool *from_self);

/*
 * signals_wait - without a descriptor: sleep until a signal comes or @until_us (monotonic, CLOCK_NEVER = for ever).
 *
 * Returns its number, or 0 at the time. @from_self as above.
 */
int signals_wait(uint64_t until_us, bool *from_self);

#endif
