/*
 * A binary heap that holds every node all the time, by when it wants to be woken: nodes only move, so there is nothing to
 * allocate, insert or look for.
 */
#include "init/base/clock.h"
#include "init/engine/internal.h"

static uint64_t wanted(const struct engine *en, size_t slot)
{
    const struct node_state *st = &en->states[en->heap[slot]];
    uint64_t at = st->next_us < st->deadline_us ? st->next_us : st->deadline_us;
    return at < st->attempt_deadline_us ? at : st->attempt_deadline_us;
}

static void swap(struct engine *en, size_t a, size_t b)
{
    uint16_t node = en->heap[a];
    en->heap[a] = en->heap[b];
    en->heap[b] = node;
    en->work[en->heap[a]].slot = (uint16_t)a;
    en->work[en->heap[b]].slot = (uint16_t)b;
}

static void move(struct engine *en, size_t slot)
{
    while (slot > 0 && wanted(en, slot) < wanted(en, (slot - 1) / 2)) {
        swap(en, slot, (slot - 1) / 2);
        slot = (slot - 1) / 2;
    }
    for (;;) {
        size_t least = slot;
        for (size_t child = 2 * slot + 1; child <= 2 * slot + 2 && child < en->graph->count; child++) {
            if (wanted(en, child) < wanted(en, least)) {
                least = child;
            }
        }
        if (least == slot) {
            return;
        }
        swap(en, slot, least);
        slot = least;
    }
}

void alarm_init(struct engine *en)
{
    for (size_t i = 0; i < en->graph->count; i++) {
        en->states[i].next_us = CLOCK_NEVER;
        en->states[i].deadline_us = CLOCK_NEVER;
        en->states[i].attempt_deadline_us = CLOCK_NEVER;
        en->heap[i] = (uint16_t)i;
        en->work[i].slot = (uint16_t)i;
    }
}

void alarm_set(struct engine *en, size_t i, uint64_t *field, uint64_t at_us)
{
    if (*field != at_us) {
        *field = at_us;
        move(en, en->work[i].slot);
    }
}

void alarm_clear(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    alarm_set(en, i, &st->next_us, CLOCK_NEVER);
    alarm_set(en, i, &st->deadline_us, CLOCK_NEVER);
    alarm_set(en, i, &st->attempt_deadline_us, CLOCK_NEVER);
}

size_t alarm_first(const struct engine *en, uint64_t *at_us)
{
    if (en->graph->count == 0) {
        *at_us = CLOCK_NEVER;
        return 0;
    }
    *at_us = wanted(en, 0);
    return en->heap[0];
}
