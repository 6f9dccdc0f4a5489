#include "tests/sim/world_steps.h"

#include <errno.h>
#include <signal.h>

#include "init/base/clock.h"

static const uint8_t retry_exits[] = {1, 75};

static void make_node(struct world *w, struct node *node)
{
    node->records = world_chance(w, 50);
    node->prepares = world_chance(w, 50);
    node->rolls_back = world_chance(w, 80);
    node->skip_satisfies = w->benign || world_chance(w, 80);
    node->attempt_max = (uint32_t)world_random(w, 4);
    node->attempt_pause_us = world_chance(w, 20) ? 0 : world_some_time(w);
    node->attempt_pause_max_us = world_chance(w, 50) ? 0 : world_some_time(w);
    node->jitter = (uint8_t)world_random(w, 51);
    node->attempts_timeout_us = w->benign || world_chance(w, 70) ? 0 : world_some_time(w);
    node->retry_exits = retry_exits;
    node->retry_exit_count = world_chance(w, 30) ? 2 : 0;
}

/* One attempt less than there are fails, in a way that is worth another one; in a bad world any number, in any way. */
static void make_behaviour(struct world *w, const struct node *node, struct behaviour *b)
{
    bool bad = !w->benign && world_chance(w, w->bad_percent);
    b->bad_status = 1 << 8;
    b->bad_tries = node->attempt_max > 1 ? (uint32_t)world_random(w, node->attempt_max) : 0;
    b->verify_ok = world_chance(w, 70);
    b->prepare_ok = b->record_ok = true;
    b->rollback = w->benign || world_chance(w, 70) ? ROLLBACK_DONE : (enum rollback_state)world_random(w, 5);
    b->silent_percent = !w->benign && world_chance(w, 3) ? 50 : 0;
    if (bad) {
        b->bad_tries = (uint32_t)world_random(w, 4);
        b->bad_status = world_chance(w, 50) ? SIGSEGV : (int)world_random(w, 4) << 8;
        b->bad_errno = world_chance(w, 80) ? 0 : world_chance(w, 50) ? ENOENT : EAGAIN;
        b->prepare_ok = world_chance(w, 80);
        b->record_ok = world_chance(w, 50);
    }
}

static void make_past(struct world *w, struct step_past *past)
{
    static const enum step_status statuses[] = {STEP_PENDING, STEP_FAILED, STEP_COMPLETED, STEP_COMPLETED,
                                                STEP_SKIPPED};
    past->status = statuses[world_random(w, sizeof statuses / sizeof statuses[0])];
    past->attempts =
        past->status == STEP_COMPLETED || past->status == STEP_FAILED ? 1 + (uint32_t)world_random(w, 3) : 0;
    past->verify = past->status == STEP_COMPLETED && world_chance(w, 70);
    past->kept = past->status == STEP_PENDING && world_chance(w, 30);
    past->why = past->status == STEP_SKIPPED ? "manual" : NULL;
}

void world_steps_make(struct world *w, size_t i)
{
    make_node(w, &w->nodes[i]);
    make_behaviour(w, &w->nodes[i], &w->behaviour[i]);
    if (w->seed % 2 == 0) {
        make_past(w, &w->past[i]);
    }
    w->last_status[i] = w->told_status[i] = (int)w->past[i].status;
    w->told_satisfied[i] = w->past[i].status == STEP_SKIPPED && w->nodes[i].skip_satisfies;
}

void world_steps_answer(struct world *w, const struct occurrence *o, struct engine_event *out)
{
    const struct behaviour *b = &w->behaviour[o->node];
    out->attempt = o->tag;
    switch (o->kind) {
    case OCCUR_VERIFIED:
        out->ok = b->verify_ok;
        w->doubtful[o->node] |= !out->ok;
        break;
    case OCCUR_PREPARED:
        out->ok = b->prepare_ok;
        if (out->ok && o->tag == engine_state(w->engine, o->node)->attempts) {
            w->prepared[o->node] = o->tag;
        }
        break;
    case OCCUR_RECORDED:
        out->ok = b->record_ok;
        break;
    default:
        out->rollback = b->rollback;
        break;
    }
}
