#include "probes/watches.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "probes/attempt.h"

/* epoll(7) has its own names for poll(2)'s bits, with the same values. */
_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR && EPOLLHUP == POLLHUP, "Linux");

/* The first table: enough for most manifests, and little. */
#define TABLE_MIN ((size_t)32)

struct watches {
    int epoll;
    size_t count;
    struct watch *by_fd; /* owned */
    size_t size;
};

struct watches *watches_open(void)
{
    struct watches *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return NULL;
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll < 0) {
        free(w);
        return NULL;
    }
    return w;
}

void watches_close(struct watches *w)
{
    if (w == NULL)
        return;
    close(w->epoll);
    free(w->by_fd);
    free(w);
}

static int grow(struct watches *w, size_t needed)
{
    size_t size = w->size == 0 ? TABLE_MIN : w->size;
    while (size < needed)
        size *= 2;
    struct watch *table = realloc(w->by_fd, size * sizeof(*table));
    if (table == NULL)
        return -1;
    for (size_t i = w->size; i < size; i++)
        table[i] = (struct watch){.next = -1};
    w->by_fd = table;
    w->size = size;
    return 0;
}

static void unlink_from_attempt(struct watches *w, int fd)
{
    struct watch *gone = &w->by_fd[fd];
    if (gone->owner != WATCH_ATTEMPT)
        return;
    int *link = &gone->attempt->first_watch;
    while (*link != fd)
        link = &w->by_fd[*link].next;
    *link = gone->next;
}

static void forget(struct watches *w, int fd)
{
    unlink_from_attempt(w, fd);
    w->by_fd[fd] = (struct watch){.next = -1};
    w->count--;
    epoll_ctl(w->epoll, EPOLL_CTL_DEL, fd, NULL); /* fails for one that was closed, which took it out */
}

/* One that was closed has left the set without a word, and its number may be somebody else's by now. */
static int tell_kernel(struct watches *w, int fd, short events, bool known)
{
    struct epoll_event e = {.events = (uint32_t)events, .data.fd = fd};
    if (epoll_ctl(w->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) == 0)
        return 0;
    if (errno != (known ? ENOENT : EEXIST))
        return -1;
    return epoll_ctl(w->epoll, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e);
}

int watches_set(struct watches *w, int fd, enum watch_owner owner, struct attempt *attempt, short events)
{
    struct watch now = watches_find(w, fd);
    if (events == 0) {
        if (now.owner == owner && now.attempt == attempt && owner != WATCH_NONE)
            forget(w, fd);
        return 0;
    }
    if (now.owner == owner && now.attempt == attempt && now.events == events)
        return 0;
    if (((size_t)fd >= w->size && grow(w, (size_t)fd + 1) != 0) ||
        tell_kernel(w, fd, events, now.owner != WATCH_NONE) != 0)
        return -1;
    unlink_from_attempt(w, fd);
    w->count += now.owner == WATCH_NONE;
    w->by_fd[fd] = (struct watch){.attempt = attempt, .next = -1, .events = events, .owner = (unsigned char)owner};
    if (owner == WATCH_ATTEMPT) {
        w->by_fd[fd].next = attempt->first_watch;
        attempt->first_watch = fd;
    }
    return 0;
}

void watches_forget(struct watches *w, struct attempt *attempt)
{
    while (attempt->first_watch >= 0)
        forget(w, attempt->first_watch);
}

struct watch watches_find(const struct watches *w, int fd)
{
    return fd >= 0 && (size_t)fd < w->size ? w->by_fd[fd] : (struct watch){.next = -1};
}

size_t watches_count(const struct watches *w)
{
    return w->count;
}

/* The C library has no function for epoll_pwait2(2) yet. */
static int wait_us(int epoll, struct epoll_event *events, uint64_t timeout_us)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_us / US_PER_S),
                               .tv_nsec = (long)(timeout_us % US_PER_S * 1000)};
    int n = (int)syscall(SYS_epoll_pwait2, epoll, events, WATCH_EVENTS_MAX, &timeout, NULL, 0);
    if (n >= 0 || errno == EINTR)
        return n;
    return epoll_wait(epoll, events, WATCH_EVENTS_MAX, (int)((timeout_us + US_PER_MS - 1) / US_PER_MS));
}

size_t watches_wait(struct watches *w, uint64_t timeout_us, struct watch_event out[WATCH_EVENTS_MAX])
{
    struct epoll_event events[WATCH_EVENTS_MAX];
    int n = wait_us(w->epoll, events, timeout_us);
    for (int i = 0; i < n; i++)
        out[i] = (struct watch_event){.fd = events[i].data.fd, .events = (short)events[i].events};
    return n < 0 ? 0 : (size_t)n;
}
