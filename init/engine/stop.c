#include <signal.h>

#include "init/base/clock.h"
#include "init/engine/job.h"

void stop_terminate(struct engine *en, size_t i, uint64_t grace_us)
{
    struct node_state *st = &en->states[i];
    int sig = en->graph->nodes[i].stop_signal;
    st->stopping = true;
    action_kill(en, i, sig != 0 ? sig : SIGTERM);
    alarm_set(en, i, &st->deadline_us, en->now_us + grace_us);
}

static void kill_now(struct engine *en, size_t i)
{
    en->states[i].stopping = true;
    en->work[i].killed = true;
    action_kill(en, i, SIGKILL);
    alarm_set(en, i, &en->states[i].deadline_us, en->now_us + LOST_US);
}

void stop_overdue(struct engine *en, size_t i)
{
    if (!en->work[i].killed) {
        kill_now(en, i);
        return;
    }
    en->work[i].lost = true;
    struct engine_event lost = {.kind = EVENT_EXIT, .node = i, .wait_status = SIGKILL};
    process_ended(en, i, &lost);
}

/* Services that failed keep their status for the report; whatever else is not checked any more is stopped. */
static void settle_service(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    bool failed = en->exit_code != 0;
    if (failed && st->status.service == SERVICE_UNHEALTHY) {
        return;
    }
    service_stop(en, i, failed && st->called_us == 0 ? "dependency" : "shutdown");
}

static void quiet(struct engine *en, size_t i)
{
    if (en->graph->nodes[i].kind != NODE_SERVICE) {
        job_abort(en, i, CAUSE_INTERRUPTED);
        return;
    }
    attempt_cancel(en, i);
    alarm_clear(en, i);
    if (!en->states[i].running || process_withdraw(en, i)) {
        settle_service(en, i);
    }
}

static void let_go(struct engine *en, const uint16_t *held, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        if (--en->work[held[k]].holders == 0) {
            engine_look_at(en, held[k]);
        }
    }
}

/* Whom nobody needs any more: a running service is told to end, what does not run lets go of what it needed, as soon as it
 * need not be taken back. */
static void drain(struct engine *en)
{
    rollback_ask(en);
    while (en->list_count > 0) {
        size_t i = engine_next(en);
        const struct node *node = &en->graph->nodes[i];
        if (en->states[i].running) {
            if (!en->states[i].stopping) {
                stop_terminate(en, i, node->stop_grace_us);
            }
        } else if (!rollback_holds(en, i)) {
            let_go(en, node->needs, node->need_count);
            let_go(en, node->members, node->member_count);
        }
    }
    rollback_next(en);
    if (en->running == 0 && en->rollbacks == 0 && en->phase == ENGINE_STOPPING) {
        en->phase = ENGINE_STOPPED;
        action_push(en, ACTION_STOPPED, 0);
    }
}

void stop_begin(struct engine *en)
{
    en->phase = ENGINE_STOPPING;
    en->deadline_us = CLOCK_NEVER;
    while (en->list_count > 0) {
        engine_next(en);
    }
    for (size_t i = 0; i < en->graph->count; i++) {
        quiet(en, i);
    }
    for (size_t i = 0; i < en->graph->count; i++) {
        const struct node *node = &en->graph->nodes[i];
        en->work[i].holders = (uint16_t)(node->block_count + node->group_count);
        if (en->work[i].holders == 0) {
            engine_look_at(en, i);
        }
    }
    drain(en);
}

void stop_ended(struct engine *en, size_t i)
{
    if (en->graph->nodes[i].kind == NODE_SERVICE) {
        settle_service(en, i);
    }
    if (en->work[i].holders == 0) {
        engine_look_at(en, i);
    }
    drain(en);
}

void stop_at_once(struct engine *en)
{
    for (size_t i = 0; i < en->graph->count; i++) {
        if (en->states[i].running && !en->work[i].killed) {
            kill_now(en, i);
        }
    }
    rollback_abandon(en);
    drain(en);
}
