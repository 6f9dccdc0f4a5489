/*
 * ending - when the main process has ended: TERM to whatever is left, some time, KILL.
 *
 * As PID 1 everything in our namespace is ours to end; otherwise our children and what was orphaned to us.
 */
#ifndef MUSTER_CORE_ENDING_H
#define MUSTER_CORE_ENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* More than these get KILL alone, unless we are PID 1: it can tell all at once. */
#define ENDING_TOLD_MAX 256

struct ending {
    uint64_t kill_at_us; /* CLOCK_NEVER before it has begun, and once KILL was sent */
    uint64_t lost_at_us; /* give up on what KILL does not end */
    bool begun;
    bool over;
    pid_t told[ENDING_TOLD_MAX]; /* have had their TERM */
    size_t told_count;
};

/*
 * ending_init - not begun.
 */
void ending_init(struct ending *x);

/*
 * ending_reap - waitpid(2) for the next child that has ended or stopped.
 *
 * Returns its pid, 0 = none just now, -1 = there is no child at all.
 */
pid_t ending_reap(int *wait_status);

/*
 * ending_begin - send TERM (and CONT, or a stopped process would not see it). Over at once with a grace of 0 or when there
 * is no child left.
 */
void ending_begin(struct ending *x, uint64_t grace_us, uint64_t now_us);

/*
 * ending_turn - time has passed or a child has ended: what was its child is ours now, and gets what it missed.
 */
void ending_turn(struct ending *x, uint64_t now_us);

/*
 * ending_wake - when time matters next, or CLOCK_NEVER.
 */
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
