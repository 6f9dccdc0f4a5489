/*
 * Whether and when a process that ended is run again.
 */
#include <errno.h>
#include <stdio.h>

#include "init/base/clock.h"
#include "init/engine/internal.h"
#include "init/engine/outcome.h"

/* What cannot be executed now cannot be later either, unless there merely was no room for it. */
static bool is_wanted(const struct node *node, const struct node_state *st)
{
    if (st->exec_errno != 0 && st->exec_errno != EAGAIN && st->exec_errno != ENOMEM) {
        return false;
    }
    bool failed = st->exec_errno != 0 || st->wait_status != 0;
    return node->restart == RESTART_ALWAYS || (node->restart == RESTART_ON_FAILURE && failed);
}

/* The pause doubles until a process lasts as long as the window. */
static uint64_t next_pause(const struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    const struct node_work *work = &en->work[i];
    bool lasted = node->restart_window_us > 0 && en->now_us - work->begun_us >= node->restart_window_us;
    uint64_t pause = work->pause_us == 0 || lasted ? node->restart_delay_us : 2 * work->pause_us;
    uint64_t longest = node->restart_max_us > 0 ? node->restart_max_us : RESTART_MAX_US;
    pause = pause < longest ? pause : longest;
    return pause > RESTART_MIN_US ? pause : RESTART_MIN_US;
}

/* Restarts are counted in windows that begin with the first of them. */
static bool has_budget(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    struct node_work *work = &en->work[i];
    if (work->window_count == 0 || en->now_us - work->window_us > node->restart_window_us) {
        work->window_us = en->now_us;
        work->window_count = 0;
    }
    return node->restart_limit == 0 || work->window_count < node->restart_limit;
}

bool restart_plan(struct engine *en, size_t i, const char *text)
{
    const struct node *node = &en->graph->nodes[i];
    struct node_state *st = &en->states[i];
    struct node_work *work = &en->work[i];
    enum verdict_class class = st->exec_errno != 0 ? VERDICT_COMMAND : VERDICT_DIED;
    char span[OUTCOME_SPAN_MAX];
    char outcome[WIRE_TEXT_MAX];
    outcome_describe(st->wait_status, st->exec_errno, outcome, sizeof outcome);
    const char *what = class == VERDICT_DIED || text == NULL ? outcome : text;
    const char *whose = class == VERDICT_DIED ? "its process " : "";
    if (!is_wanted(node, st)) {
        verdict_note(en, i, class, "%s%s", whose, what);
        return false;
    }
    if (!has_budget(en, i)) {
        outcome_span(node->restart_window_us, span);
        verdict_note(en, i, class, "its process ended %u times within %s: %.160s", work->window_count + 1, span, what);
        return false;
    }
    work->window_count++;
    work->pause_us = next_pause(en, i);
    work->restarting = true;
    outcome_span(work->pause_us, span);
    verdict_note(en, i, class, "%s%.160s, restart in %s", whose, what, span);
    alarm_set(en, i, &st->next_us, en->now_us + work->pause_us);
    return true;
}

void restart_now(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    struct node_work *work = &en->work[i];
    char outcome[WIRE_TEXT_MAX];
    outcome_describe(st->wait_status, st->exec_errno, outcome, sizeof outcome);
    verdict_note(en, i, VERDICT_DIED, "its process was started again: the one before %.160s", outcome);
    work->restarting = false;
    work->started = false;
    work->anew = true;
    work->given_up = false;
    work->begun_us = en->now_us;
    st->restarts++;
    st->failures = 0;
    alarm_set(en, i, &st->next_us, CLOCK_NEVER);
    service_again(en, i);
    process_run(en, i);
}
