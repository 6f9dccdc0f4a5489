/*
 * link - a place in a ring: what is added, taken out and found again without a search and without memory of its own.
 */
#ifndef MUSTER_PROBES_LINK_H
#define MUSTER_PROBES_LINK_H

#include <stdbool.h>

/* The head of a ring, or one place in it. A place in no ring is its own ring. */
struct link {
    struct link *prev, *next;
};

static inline void link_init(struct link *l)
{
    l->prev = l->next = l;
}

/* Also whether a place is in no ring. */
static inline bool link_alone(const struct link *l)
{
    return l->next == l;
}

/* Fine for one that is in no ring. */
static inline void link_out(struct link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    link_init(l);
}

/* To the end of @head's ring, out of where it was. */
static inline void link_move(struct link *head, struct link *l)
{
    link_out(l);
    l->prev = head->prev;
    l->next = head;
    head->prev->next = l;
    head->prev = l;
}

#endif
