/*
 * The queue of actions. It cannot overflow: an action that waits for a node is not queued a second time, and the others go
 * with a change of phase that happens once in a life.
 */
#include <signal.h>

#include "init/engine/internal.h"

static bool is_running(const struct engine *en, size_t i)
{
    return en->states[i].running;
}

static bool is_probing(const struct engine *en, size_t i)
{
    return en->states[i].probing;
}

static bool is_verifying(const struct engine *en, size_t i)
{
    return en->work[i].stage == STAGE_VERIFY;
}

static bool is_preparing(const struct engine *en, size_t i)
{
    return en->work[i].stage == STAGE_PREPARE;
}

static bool is_recording(const struct engine *en, size_t i)
{
    return en->work[i].stage == STAGE_RECORD;
}

static bool is_undoing(const struct engine *en, size_t i)
{
    return en->undoing == i;
}

/* Of each kind, how many can wait: for one node, or in a life. Something that happens while it does may make it pointless. */
static const struct {
    uint8_t per_node, per_life;
    bool (*still_wanted)(const struct engine *en, size_t i); /* NULL = always */
} kinds[] = {
    [ACTION_CHANGED] = {.per_node = 1},
    [ACTION_RUN] = {.per_node = 1, .still_wanted = is_running},
    [ACTION_PROBE] = {.per_node = 1, .still_wanted = is_probing},
    [ACTION_CANCEL] = {.per_node = 1},
    [ACTION_KILL] = {.per_node = 2, .still_wanted = is_running}, /* a gentle signal, and KILL */
    [ACTION_VERIFY] = {.per_node = 1, .still_wanted = is_verifying},
    [ACTION_PREPARE] = {.per_node = 1, .still_wanted = is_preparing},
    [ACTION_RECORD] = {.per_node = 1, .still_wanted = is_recording},
    [ACTION_ROLLBACK] = {.per_node = 1, .still_wanted = is_undoing},
    [ACTION_LOST] = {.per_node = 1},
    [ACTION_READY] = {.per_life = 1},
    [ACTION_FAILED] = {.per_life = 1},
    [ACTION_STOPPED] = {.per_life = 1},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

/* pending_bit() has the last one for KILL. */
_Static_assert(KINDS <= 15, "one bit each in node_work.pending");

static uint16_t pending_bit(const struct engine_action *action)
{
    bool kill = action->kind == ACTION_KILL && action->signal == SIGKILL;
    return (uint16_t)(1U << (kill ? 15U : (unsigned)action->kind));
}

static void queue_add(struct engine *en, struct engine_action action)
{
    if (kinds[action.kind].per_node > 0) {
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
    for (size_t kind = 0; kind < KINDS; kind++) {
        en->queue_size += kinds[kind].per_node * en->graph->count + kinds[kind].per_life;
    }
    en->queue = arena_alloc(a, en->queue_size, sizeof *en->queue);
}

bool action_waits(const struct engine *en, enum engine_action_kind kind, size_t i)
{
    struct engine_action action = {.kind = kind};
    return (en->work[i].pending & pending_bit(&action)) != 0;
}

bool engine_take(struct engine *en, struct engine_action *out)
{
    while (en->queue_count > 0) {
        *out = en->queue[en->queue_head];
        en->queue_head = (en->queue_head + 1) % en->queue_size;
        en->queue_count--;
        if (kinds[out->kind].per_node > 0) {
            en->work[out->node].pending &= (uint16_t)~pending_bit(out);
        }
        if (kinds[out->kind].still_wanted == NULL || kinds[out->kind].still_wanted(en, out->node)) {
            return true;
        }
    }
    return false;
}
