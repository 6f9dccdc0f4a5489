#include "probes/target.h"

#include <stdlib.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/wire/channel.h"

/* The first table: enough for most manifests, and little. */
#define TABLE_MIN 32U

struct targets {
    struct attempt_context *context;
    struct attempt **by_id; /* owned; grows with the highest id */
    uint32_t size;
    size_t count;            /* attempts, waiting ones too */
    struct link waiting;     /* for descriptors, in the order in which they came */
    size_t descriptors;      /* that those under way may need */
    size_t descriptors_most; /* that they may have */
};

/* The attempt in whose link or deadline something is. */
#define ATTEMPT_OF(pointer, member) ((struct attempt *)(void *)((char *)(pointer)-offsetof(struct attempt, member)))

struct targets *targets_new(struct attempt_context *context, size_t descriptors)
{
    struct targets *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return NULL;
    t->context = context;
    t->descriptors_most = descriptors;
    link_init(&t->waiting);
    return t;
}

void targets_free(struct targets *t)
{
    if (t == NULL)
        return;
    for (uint32_t id = 0; id < t->size; id++)
        attempt_free(t->by_id[id]);
    free(t->by_id);
    free(t);
}

void targets_cancel(struct targets *t, uint32_t id)
{
    struct attempt *a = id < t->size ? t->by_id[id] : NULL;
    if (a == NULL)
        return;
    if (a->state != ATTEMPT_WAITING)
        t->descriptors -= a->descriptors;
    attempt_free(a);
    t->by_id[id] = NULL;
    t->count--;
}

static int make_room(struct targets *t, uint32_t id)
{
    uint32_t size = t->size == 0 ? TABLE_MIN : t->size;
    while (size <= id)
        size *= 2;
    if (size != t->size) {
        struct attempt **table =
            realloc(t->by_id, size * sizeof(*table)); /* NOLINT(bugprone-sizeof-expression): pointers */
        if (table == NULL)
            return -1;
        for (uint32_t i = t->size; i < size; i++)
            table[i] = NULL;
        t->by_id = table;
        t->size = size;
    }
    return deadlines_reserve(&t->context->deadlines, t->count + 1);
}

int targets_begin(struct targets *t, uint32_t id, const unsigned char *message, size_t len,
                  const int files[WIRE_TLS_FILE_COUNT])
{
    targets_cancel(t, id);
    struct attempt *a = make_room(t, id) == 0 ? attempt_new(t->context, message, len) : NULL;
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++) {
        cleanup_fd int file = files[i];
        if (a != NULL)
            a->tls_files[i] = fd_steal(&file);
    }
    if (a == NULL)
        return -1;
    t->by_id[id] = a;
    t->count++;
    link_move(&t->waiting, &a->link);
    return 0;
}

/* The first of those that wait starts when it fits, or when there is nothing whose end would make room. */
static void start_waiting(struct targets *t)
{
    t->context->knocking.crowded = false;
    while (!link_alone(&t->waiting)) {
        struct attempt *a = ATTEMPT_OF(t->waiting.next, link);
        size_t watched = watches_count(t->context->watches);
        size_t busy = t->descriptors > watched ? t->descriptors : watched;
        a->descriptors = attempt_descriptors(a);
        t->context->knocking.crowded = t->descriptors > 0 && busy + a->descriptors > t->descriptors_most;
        if (t->context->knocking.crowded)
            return;
        t->descriptors += a->descriptors;
        link_out(&a->link);
        attempt_launch(a, clock_mono_us());
    }
}

uint64_t targets_next_us(const struct targets *t)
{
    const struct deadline *first = deadlines_first(&t->context->deadlines);
    return first == NULL ? CLOCK_NEVER : first->at_us;
}

void targets_advance(struct targets *t, uint64_t now_us)
{
    while (targets_next_us(t) <= now_us)
        attempt_go_on(ATTEMPT_OF(deadlines_first(&t->context->deadlines), due), now_us);
}

/* Returns as targets_report(). */
static int tell(struct targets *t, struct attempt *a, int channel_fd, struct err *e)
{
    if (a->state == ATTEMPT_JUDGED) {
        int sent = channel_send(channel_fd, &a->verdict, sizeof(a->verdict), e);
        if (sent != 1)
            return sent;
        attempt_told(a);
    }
    if (a->linger)
        link_out(&a->link);
    else
        targets_cancel(t, a->request.id);
    return 1;
}

int targets_report(struct targets *t, int channel_fd, struct err *e)
{
    struct link *changed = &t->context->changed;
    do {
        while (!link_alone(changed)) {
            int told = tell(t, ATTEMPT_OF(changed->next, link), channel_fd, e);
            if (told != 1)
                return told;
        }
        start_waiting(t);
    } while (!link_alone(changed));
    return 1;
}
