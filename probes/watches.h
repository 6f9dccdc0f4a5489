/*
 * watches - the descriptors that the prober waits for, whoever's they are: one epoll(7) set and a table by descriptor.
 */
#ifndef MUSTER_PROBES_WATCHES_H
#define MUSTER_PROBES_WATCHES_H

#include <stddef.h>
#include <stdint.h>

struct attempt;
struct watches;

enum watch_owner { WATCH_NONE, WATCH_CHANNEL, WATCH_LIBCURL, WATCH_ATTEMPT };

/* Whose a descriptor is. */
struct watch {
    struct attempt *attempt; /* WATCH_ATTEMPT, else NULL; borrowed */
    int next;                /* WATCH_ATTEMPT: another descriptor of the same attempt, or -1 */
    short events;            /* poll(2)'s */
    unsigned char owner;     /* enum watch_owner */
};

/* A descriptor that is ready. */
struct watch_event {
    int fd;
    short events; /* poll(2)'s */
};

/* Descriptors that one wait tells of; the others come with the next. */
#define WATCH_EVENTS_MAX 64

/*
 * watches_open - an empty set. Returns it (owned), or NULL when out of memory or descriptors. Before the sandbox.
 */
struct watches *watches_open(void);

/*
 * watches_close - the set and the table, not the descriptors in it. NULL is fine.
 */
void watches_close(struct watches *w);

/*
 * watches_set - wait for @events (poll(2)'s) of @fd on behalf of @owner; 0 = not any more.
 *
 * @attempt  WATCH_ATTEMPT: whose; borrowed until its descriptors are forgotten. Its member first_watch links them.
 *
 * A descriptor has one owner: another takes it over, and 0 of somebody else than its owner does nothing. Returns 0, or -1
 * when out of memory.
 */
int watches_set(struct watches *w, int fd, enum watch_owner owner, struct attempt *attempt, short events);

/*
 * watches_forget - none of @attempt's descriptors any more.
 */
void watches_forget(struct watches *w, struct attempt *attempt);

/*
 * watches_find - whose is @fd at this moment? WATCH_NONE when it is nobody's (any more).
 */
struct watch watches_find(const struct watches *w, int fd);

/*
 * watches_count - descriptors in the set.
 */
size_t watches_count(const struct watches *w);

/*
 * watches_wait - until a descriptor is ready, a signal comes, or @timeout_us have passed. Blocks. Kernels before 5.11
 * wait in whole milliseconds.
 *
 * Returns how many of @out were filled.
 */
size_t watches_wait(struct watches *w, uint64_t timeout_us, struct watch_event out[WATCH_EVENTS_MAX]);

#endif
