/*
 * ending - when the main process has ended: TERM to whatever is left, some time, KILL.
 *
 * As PID 1 everything in our namespace is ours to end; otherwise our children and what was orphaned to us.
 */
#ifndef MUSTER_CORE_ENDING_H
#define MUSTER_CORE_ENDING_H

#include <stdbool.h>
#include <stdint.h>

struct ending {
    uint64_t kill_at_us; /* CLOCK_NEVER before it has begun, and once KILL was sent */
    uint64_t lost_at_us; /* give up on what KILL does not end */
    bool begun;
    bool over;
};

/*
 * ending_init - not begun.
 */
void ending_init(struct ending *x);

/*
 * ending_begin - send TERM (and CONT, or a stopped process would not see it). Over at once with a grace of 0 or when there
 * is no child left.
 */
void ending_begin(struct ending *x, uint64_t grace_us, uint64_t now_us);

/*
 * ending_timer, ending_wake - time has passed; when it matters next, or CLOCK_NEVER.
 */
void ending_timer(struct ending *x, uint64_t now_us);
uint64_t ending_wake(const struct ending *x);

/*
 * ending_hurry - a second termination signal: KILL now.
 */
void ending_hurry(struct ending *x, uint64_t now_us);

/*
 * ending_alone - the reaper found that no child is left.
 */
void ending_alone(struct ending *x);

#endif
