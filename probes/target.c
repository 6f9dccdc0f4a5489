#include "probes/target.h"

#include <stdlib.h>

#include "init/base/clock.h"
#include "init/wire/channel.h"

struct targets {
    const struct attempt_context *context;
    uint32_t end; /* all attempts are below this index */
    struct attempt *by_id[TARGETS_MAX];
};

struct targets *targets_new(const struct attempt_context *context)
{
    struct targets *t = calloc(1, sizeof(*t));
    if (t != NULL)
        t->context = context;
    return t;
}

void targets_free(struct targets *t)
{
    if (t == NULL)
        return;
    for (uint32_t id = 0; id < t->end; id++)
        attempt_free(t->by_id[id]);
    free(t);
}

void targets_cancel(struct targets *t, uint32_t id)
{
    if (id >= t->end)
        return;
    attempt_free(t->by_id[id]);
    t->by_id[id] = NULL;
    while (t->end > 0 && t->by_id[t->end - 1] == NULL)
        t->end--;
}

int targets_begin(struct targets *t, uint32_t id, const unsigned char *message, size_t len, uint64_t now_us)
{
    targets_cancel(t, id);
    struct attempt *a = attempt_new(t->context, message, len, now_us);
    if (a == NULL)
        return -1;
    t->by_id[id] = a;
    if (id >= t->end)
        t->end = id + 1;
    return 0;
}

unsigned targets_descriptors(const struct targets *t, struct curl_waitfd *fds)
{
    /* libcurl has its own names for poll(2)'s bits, with the same values; it does not look at POLLHUP and POLLERR,
     * which poll(2) reports anyway. */
    unsigned count = 0;
    for (uint32_t id = 0; id < t->end; id++) {
        const struct attempt *a = t->by_id[id];
        if (a != NULL && a->state == ATTEMPT_EXCHANGE)
            fds[count++] = (struct curl_waitfd){.fd = a->fd, .events = a->events};
    }
    return count;
}

static uint64_t wake_us(const struct attempt *a)
{
    if (a->state == ATTEMPT_EXCHANGE && a->wake_us < a->deadline_us)
        return a->wake_us;
    return a->state == ATTEMPT_JUDGED ? CLOCK_NEVER : a->deadline_us;
}

uint64_t targets_next_us(const struct targets *t)
{
    uint64_t next = CLOCK_NEVER;
    for (uint32_t id = 0; id < t->end; id++) {
        if (t->by_id[id] != NULL && wake_us(t->by_id[id]) < next)
            next = wake_us(t->by_id[id]);
    }
    return next;
}

void targets_advance(struct targets *t, uint64_t now_us)
{
    for (uint32_t id = 0; id < t->end; id++) {
        struct attempt *a = t->by_id[id];
        if (a == NULL)
            continue;
        /* Sockets are non-blocking, so asking one that is not ready costs a system call and nothing else. */
        if (a->state == ATTEMPT_EXCHANGE)
            a->protocol->ready(a, now_us);
        if (a->state != ATTEMPT_JUDGED && now_us >= a->deadline_us)
            attempt_expire(a);
    }
}

int targets_report(struct targets *t, int channel_fd, struct err *e)
{
    int sent = 1;
    for (uint32_t id = 0; id < t->end; id++) {
        struct attempt *a = t->by_id[id];
        if (a != NULL && a->state == ATTEMPT_JUDGED) {
            sent = channel_send(channel_fd, &a->verdict, sizeof(a->verdict), e);
            if (sent != 1)
                return sent;
            a->state = ATTEMPT_LINGER;
        }
        if (a != NULL && a->state == ATTEMPT_LINGER && !a->linger)
            targets_cancel(t, id);
    }
    return 1;
}
