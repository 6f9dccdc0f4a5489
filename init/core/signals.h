/*
 * signals - the signal mask of an init.
 *
 * Everything is blocked as the first act of main() and read through a signalfd, so that nothing sent to PID 1 is lost and
 * no handler ever runs. The kernel still kills on a real fault: blocking does not hold for those, signal(7).
 */
#ifndef MUSTER_CORE_SIGNALS_H
#define MUSTER_CORE_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "init/base/err.h"

/* Signals 1 to 64 as bits; musl's and glibc's own types leave some real-time signals out. */
typedef uint64_t signal_mask;

#define SIGNAL_BIT(n) ((signal_mask)1 << ((n)-1))
#define SIGNAL_LAST 64

/*
 * signals_block_all - block all 64; reset SIGCHLD to default, since an inherited "ignore" would lose exit codes.
 *
 * @inherited  filled with the mask the process was started with; children get it back.
 */
void signals_block_all(signal_mask *inherited);

/*
 * signals_restore - set the mask, in a child before exec. Async-signal-safe.
 */
void signals_restore(signal_mask mask);

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

#endif
