/*
 * Taking steps back: when the run has failed, before what they need is stopped, dependents first and one at a time. A run
 * that was interrupted is not taken back: the next one goes on with it.
 */
#include <stdio.h>

#include "init/base/exit_code.h"
#include "init/engine/job.h"
#include "init/engine/outcome.h"

static bool is_wanted(const struct engine *en, size_t i)
{
    const struct node_state *st = &en->states[i];
    const struct node_work *work = &en->work[i];
    if (en->options.take_back != NULL) {
        return en->options.take_back[i];
    }
    if (!is_step(en, i) || !en->graph->nodes[i].rolls_back) {
        return false;
    }
    switch (en->options.rollback) {
    case ROLLBACK_STEP:
        return st->status.step == STEP_FAILED && work->by_itself && work->touched;
    case ROLLBACK_SESSION:
        return st->status.step == STEP_COMPLETED || (st->status.step != STEP_SKIPPED && (work->touched || work->left));
    default:
        return false;
    }
}

bool rollback_holds(const struct engine *en, size_t i)
{
    return is_wanted(en, i) && en->states[i].rollback <= ROLLBACK_PENDING;
}

static void become(struct engine *en, size_t i, enum rollback_state state, const char *text)
{
    struct node_state *st = &en->states[i];
    st->rollback = state;
    snprintf(st->rollback_text, sizeof st->rollback_text, "%s", text);
    action_push(en, ACTION_CHANGED, i);
}

/* Whatever came of it, it holds nothing up any more. */
static void settle(struct engine *en, size_t i, enum rollback_state state, const char *text)
{
    en->rollbacks--;
    if (state != ROLLBACK_DONE) {
        en->exit_code = EXIT_ROLLBACK_INCOMPLETE;
    }
    become(en, i, state, text);
    if (en->work[i].holders == 0) {
        engine_look_at(en, i);
    }
}

static void settle_all(struct engine *en)
{
    for (size_t i = 0; i < en->graph->count; i++) {
        if (en->states[i].rollback == ROLLBACK_PENDING) {
            settle(en, i, ROLLBACK_FAILED, "interrupted");
        }
    }
}

void rollback_ask(struct engine *en)
{
    if (en->rollback_asked || en->busy > 0) {
        return;
    }
    en->rollback_asked = true;
    /* Dependents first, since this may be interrupted: nothing then counts as done that was built on what does not. */
    for (size_t k = en->graph->count; k-- > 0;) {
        size_t i = en->graph->order[k];
        if (is_wanted(en, i)) {
            en->rollbacks++;
            become(en, i, ROLLBACK_PENDING, "");
        }
    }
    if (en->rollback_abandoned) {
        settle_all(en);
    }
}

/* Of those that nothing depends on any more the last one that was done; what an earlier run did comes after all others. */
void rollback_next(struct engine *en)
{
    size_t last = ENGINE_NO_NODE;
    if (en->rollbacks == 0 || en->undoing != ENGINE_NO_NODE) {
        return;
    }
    for (size_t i = 0; i < en->graph->count; i++) {
        bool ready = en->states[i].rollback == ROLLBACK_PENDING && en->work[i].holders == 0;
        if (ready && (last == ENGINE_NO_NODE || en->states[i].ended_us >= en->states[last].ended_us)) {
            last = i;
        }
    }
    if (last != ENGINE_NO_NODE) {
        en->undoing = last;
        alarm_set(en, last, &en->states[last].deadline_us, en->now_us + RECORD_TIMEOUT_US);
        action_push(en, ACTION_ROLLBACK, last);
    }
}

static void over(struct engine *en, enum rollback_state state, const char *text)
{
    size_t i = en->undoing;
    en->undoing = ENGINE_NO_NODE;
    alarm_clear(en, i);
    settle(en, i, state, text);
    stop_ended(en, i);
}

void rollback_over(struct engine *en, const struct engine_event *ev)
{
    bool known = ev->rollback == ROLLBACK_DONE || ev->rollback == ROLLBACK_PARTIAL;
    if (en->undoing == ev->node) {
        over(en, known ? ev->rollback : ROLLBACK_FAILED, ev->text != NULL ? ev->text : "");
    }
}

void rollback_timer(struct engine *en)
{
    char span[OUTCOME_SPAN_MAX];
    char text[OUTCOME_SPAN_MAX + 32];
    if (en->states[en->undoing].deadline_us <= en->now_us) {
        outcome_span(RECORD_TIMEOUT_US, span);
        snprintf(text, sizeof text, "not done within %s", span);
        over(en, ROLLBACK_FAILED, text);
    }
}

void rollback_abandon(struct engine *en)
{
    en->rollback_abandoned = true;
    if (en->undoing != ENGINE_NO_NODE) {
        alarm_clear(en, en->undoing);
        en->undoing = ENGINE_NO_NODE;
    }
    settle_all(en);
}
