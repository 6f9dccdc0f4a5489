/*
 * What a rollback had begun to take back when it was killed: the rest of it, before anything is done anew.
 *
 * Its steps are opened anew, and each could put back its own files when its turn comes. But that is the order in which they were
 * made: a step that is done anew would still see what those after it had left. So everything is put back first, the last one
 * before all others, while whoever is to be done waits. It may be interrupted and come again; clean-up scripts are not run, since
 * the steps are. What cannot be put back is told by its step, which cannot be prepared then.
 */
#include <string.h>

#include "init/core/session.h"
#include "init/core/steps.h"

static const struct past_artifact *left(const struct session *s, const struct artifact_record *r)
{
    const struct past_step *p = history_find(&s->history, r->step_id);
    const bool over = p == NULL || p->status == STEP_COMPLETED || p->status == STEP_SKIPPED;
    const struct past_artifact *known = over ? NULL : past_artifact_find(p, r->path);
    return known != NULL && known->has_before && !known->taken_back ? known : NULL;
}

/* Of a step that has not completed only a rollback leaves what it had left when it did. */
static bool was_interrupted(const struct session *s)
{
    for (size_t i = 0; i < s->artifacts.count; i++) {
        const struct past_artifact *known = left(s, &s->artifacts.items[i]);
        if (known != NULL && known->has_after) {
            return true;
        }
    }
    return false;
}

/* A step that goes on from what its attempt before left, and had not completed, keeps that. */
static bool is_wanted(const struct session *s, const struct artifact_record *r)
{
    const struct past_artifact *known = left(s, r);
    return known != NULL && (known->has_after || !s->loaded->graph.nodes[r->node].step->resume);
}

void steps_plan_undo(struct session *s)
{
    struct graph *g = &s->loaded->graph;
    struct step_undo *u = &s->steps.undo;
    *u = (struct step_undo){.rollback = STEPS_NO_NODE};
    if (s->steps.backups < 0 || !was_interrupted(s)) {
        return;
    }
    u->ids = arena_alloc(&s->loaded->arena, s->artifacts.count, sizeof *u->ids);
    u->waits = arena_alloc(&s->loaded->arena, g->count, sizeof *u->waits);
    for (size_t k = g->count; k-- > 0;) {
        struct node *n = &g->nodes[g->order[k]];
        for (size_t i = n->kind == NODE_STEP ? s->artifacts.count : 0; i-- > 0;) {
            if (s->artifacts.items[i].node == g->order[k] && is_wanted(s, &s->artifacts.items[i])) {
                u->ids[u->count++] = (uint32_t)i;
            }
        }
        n->prepares = n->prepares || n->kind == NODE_STEP; /* also one without artifacts waits for this */
    }
}

/* What waited for it. */
static void go_on(struct session *s)
{
    struct step_undo *u = &s->steps.undo;
    const size_t rollback = u->rollback;
    u->rollback = STEPS_NO_NODE;
    for (size_t i = 0; i < s->loaded->graph.count; i++) {
        /* It may have been given up meanwhile. */
        if (u->waits[i] && engine_state(s->engine, i)->status.step == STEP_IN_PROGRESS) {
            u->waits[i] = false;
            steps_prepare(s, i);
        }
    }
    if (rollback != STEPS_NO_NODE) {
        steps_roll_back(s, rollback);
    }
}

static void undo_next(struct session *s)
{
    struct step_undo *u = &s->steps.undo;
    u->busy = u->next < u->count;
    if (!u->busy) {
        go_on(s);
        return;
    }
    const uint32_t id = u->ids[u->next++];
    s->steps.work[s->artifacts.items[id].node] = (struct step_work){.task = TASK_UNDO};
    s->steps.asked[id] = true;
    helper_request(s, &s->recorder, id);
}

bool steps_undo_first(struct session *s, size_t node)
{
    struct step_undo *u = &s->steps.undo;
    if (u->next == u->count && !u->busy) {
        return false;
    }
    u->waits[node] = true;
    if (!u->busy) {
        undo_next(s);
    }
    return true;
}

static void answered(struct session *s)
{
    const uint32_t id = s->steps.undo.ids[s->steps.undo.next - 1];
    s->steps.asked[id] = false;
    s->steps.work[s->artifacts.items[id].node].task = TASK_NONE;
    undo_next(s);
}

void undo_answer(struct session *s)
{
    answered(s);
}

void undo_unanswered(struct session *s)
{
    struct step_undo *u = &s->steps.undo;
    u->count = u->next; /* without a recorder the rest would fare no better */
    answered(s);
}

bool steps_undo_stops(struct session *s, size_t node)
{
    struct step_undo *u = &s->steps.undo;
    u->count = u->next;
    if (u->busy) {
        u->rollback = node;
    }
    return u->busy;
}
