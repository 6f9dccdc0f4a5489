#include "probes/deadlines.h"

#include <stdlib.h>

#include "init/base/clock.h"

/* The first allocation: enough for most manifests, and little. */
#define RESERVE_MIN ((size_t)32)

int deadlines_reserve(struct deadlines *d, size_t count)
{
    size_t cap = d->cap == 0 ? RESERVE_MIN : d->cap;
    while (cap < count + 1)
        cap *= 2;
    if (cap == d->cap)
        return 0;
    struct deadline **heap = realloc(d->heap, cap * sizeof(*heap)); /* NOLINT(bugprone-sizeof-expression): pointers */
    if (heap == NULL)
        return -1;
    d->heap = heap;
    d->cap = cap;
    return 0;
}

static void put(struct deadlines *d, size_t place, struct deadline *e)
{
    d->heap[place] = e;
    e->place = place;
}

static void sift(struct deadlines *d, size_t place, struct deadline *e)
{
    while (place > 1 && d->heap[place / 2]->at_us > e->at_us) {
        put(d, place, d->heap[place / 2]);
        place /= 2;
    }
    for (size_t child = 2 * place; child <= d->count; child = 2 * place) {
        if (child < d->count && d->heap[child + 1]->at_us < d->heap[child]->at_us)
            child++;
        if (d->heap[child]->at_us >= e->at_us)
            break;
        put(d, place, d->heap[child]);
        place = child;
    }
    put(d, place, e);
}

static void take_out(struct deadlines *d, struct deadline *e)
{
    size_t place = e->place;
    struct deadline *last = d->heap[d->count--];
    if (last != e)
        sift(d, place, last);
    e->place = 0;
}

void deadlines_set(struct deadlines *d, struct deadline *e, uint64_t at_us)
{
    e->at_us = at_us;
    if (at_us != CLOCK_NEVER)
        sift(d, e->place != 0 ? e->place : ++d->count, e);
    else if (e->place != 0)
        take_out(d, e);
}

struct deadline *deadlines_first(const struct deadlines *d)
{
    return d->count == 0 ? NULL : d->heap[1];
}

void deadlines_free(struct deadlines *d)
{
    free(d->heap);
    *d = (struct deadlines){.count = 0};
}
