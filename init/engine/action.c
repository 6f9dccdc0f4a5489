/*
 * The queue of actions. It cannot overflow: an action that waits for a node is not queued a second time, and the others go
 * with a change of phase that happens once in a life.
 */
#include <signal.h>

#include "init/engine/internal.h"

#define ACTION_KINDS_PER_NODE 8U /* CHANGED, RUN, PROBE, CANCEL, RECORD, LOST, and KILL with two signals */
#define ACTIONS_PER_LIFE 3U      /* READY, FAILED, STOPPED */

static uint16_t pending_bit(const struct engine_action *action)
{
    bool kill = action->kind == ACTION_KILL && action->signal == SIGKILL;
    return (uint16_t)(1U << (kill ? 15U : (unsigned)action->kind));
}

static bool about_node(enum engine_action_kind kind)
{
    return kind != ACTION_READY && kind != ACTION_FAILED && kind != ACTION_STOPPED;
}

static void queue_add(struct engine *en, struct engine_action action)
{
    if (about_node(action.kind)) {
        uint16_t bit = pending_bit(&action);
        if ((en->work[action.node].pending & bit) != 0) {
            return;
        }
        en->work[action.node].pending |= bit;
    }
    en->queue[(en->queue_head + en->queue_count) % en->queue_size] = action;
    en->queue_count++;
}

void action_push(struct engine *en, enum engine_action_kind kind, size_t i)
{
    queue_add(en, (struct engine_action){.kind = kind, .node = i, .exit_code = en->exit_code});
}

void action_probe(struct engine *en, size_t i, uint64_t timeout_us)
{
    queue_add(en, (struct engine_action){.kind = ACTION_PROBE, .node = i, .timeout_us = timeout_us});
}

void action_kill(struct engine *en, size_t i, int sig)
{
    queue_add(en, (struct engine_action){.kind = ACTION_KILL, .node = i, .signal = sig});
}

void action_init(struct engine *en, struct arena *a)
{
    en->queue_size = ACTION_KINDS_PER_NODE * en->graph->count + ACTIONS_PER_LIFE;
    en->queue = arena_alloc(a, en->queue_size, sizeof *en->queue);
}

bool action_waits(const struct engine *en, enum engine_action_kind kind, size_t i)
{
    struct engine_action action = {.kind = kind};
    return (en->work[i].pending & pending_bit(&action)) != 0;
}

/* Something that happened while the action was waiting has made it pointless. */
static bool pointless(const struct engine *en, const struct engine_action *action)
{
    switch (action->kind) {
    case ACTION_RUN:
    case ACTION_KILL:
        return !en->states[action->node].running;
    case ACTION_PROBE:
        return !en->states[action->node].probing;
    case ACTION_RECORD:
        return !en->work[action->node].recording;
    default:
        return false;
    }
}

bool engine_take(struct engine *en, struct engine_action *out)
{
    while (en->queue_count > 0) {
        *out = en->queue[en->queue_head];
        en->queue_head = (en->queue_head + 1) % en->queue_size;
        en->queue_count--;
        if (about_node(out->kind)) {
            en->work[out->node].pending &= (uint16_t)~pending_bit(out);
        }
        if (!pointless(en, out)) {
            return true;
        }
    }
    return false;
}
