/*
 * deadlines - a heap of moments: the nearest is always at hand, and each can be moved. No clock, no I/O.
 */
#ifndef MUSTER_PROBES_DEADLINES_H
#define MUSTER_PROBES_DEADLINES_H

#include <stddef.h>
#include <stdint.h>

/* One moment, a member of what waits for it. Starts as zeros. */
struct deadline {
    uint64_t at_us;
    size_t place; /* in the heap, from 1; 0 = not in it */
};

/* Starts as zeros. */
struct deadlines {
    struct deadline **heap; /* owned; heap[0] is not used */
    size_t count;
    size_t cap; /* places, heap[0] among them */
};

/*
 * deadlines_reserve - room for @count of them, so that deadlines_set() cannot fail.
 *
 * Returns 0, or -1 when out of memory.
 */
int deadlines_reserve(struct deadlines *d, size_t count);

/*
 * deadlines_set - put @e at @at_us, wherever it was; CLOCK_NEVER takes it out. At most as many as were reserved.
 */
void deadlines_set(struct deadlines *d, struct deadline *e, uint64_t at_us);

/*
 * deadlines_first - the nearest one, or NULL.
 */
struct deadline *deadlines_first(const struct deadlines *d);

/*
 * deadlines_free - the heap, not what is in it.
 */
void deadlines_free(struct deadlines *d);

#endif
