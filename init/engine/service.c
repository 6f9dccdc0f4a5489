#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/engine/internal.h"
#include "init/engine/outcome.h"

/* Change the status if the table allows it, and count what hangs on that. false: nothing changed. */
static bool become(struct engine *en, size_t i, enum service_status to)
{
    struct node_state *st = &en->states[i];
    const struct node *node = &en->graph->nodes[i];
    enum service_status from = st->status.service;
    if (from == to || !service_may_become(from, to)) {
        return false;
    }
    st->status.service = to;
    if (from != SERVICE_HEALTHY && to != SERVICE_HEALTHY) {
        return true;
    }
    if (node->required && !node->inactive) {
        en->unhealthy += from == SERVICE_HEALTHY;
        en->unhealthy -= to == SERVICE_HEALTHY;
    }
    group_member_counts(en, i, to == SERVICE_HEALTHY);
    return true;
}

/* It was healthy. Until the roll is complete it has the same time again to recover; after that it is the policy's turn. */
static void lost(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    action_push(en, ACTION_CHANGED, i);
    if (en->phase == ENGINE_READY && node->when_lost != LOST_REPORT) {
        action_push(en, ACTION_LOST, i);
    } else if (en->phase == ENGINE_CALLING && node->timeout_us > 0) {
        alarm_set(en, i, &en->states[i].deadline_us, en->now_us + node->timeout_us);
    }
}

static bool become_unhealthy(struct engine *en, size_t i)
{
    bool was_healthy = en->states[i].status.service == SERVICE_HEALTHY;
    bool changed = become(en, i, SERVICE_UNHEALTHY);
    if (changed && was_healthy) {
        lost(en, i);
    }
    return changed;
}

void service_stop(struct engine *en, size_t i, const char *why)
{
    if (become(en, i, SERVICE_STOPPED)) {
        en->states[i].why = why;
        action_push(en, ACTION_CHANGED, i);
    }
}

void service_skip(struct engine *en, size_t i)
{
    const char *why = en->graph->nodes[i].inactive_why;
    service_stop(en, i, why != NULL ? why : "not_configured");
    group_member_out(en, i, true);
    engine_release(en, i);
}

void service_healthy(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    uint64_t failing_since = st->failing_since_us;
    st->failures = 0;
    st->failing_since_us = 0;
    alarm_set(en, i, &st->deadline_us, CLOCK_NEVER);
    if (become(en, i, SERVICE_HEALTHY)) {
        en->work[i].given_up = false;
        en->work[i].anew = false;
        group_member_out(en, i, false);
        st->outage_us = st->healthy_us != 0 && failing_since != 0 ? en->now_us - failing_since : 0;
        st->healthy_us = en->now_us;
        action_push(en, ACTION_CHANGED, i);
        engine_release(en, i);
    }
}

static void succeeded_once(struct engine *en, size_t i, enum verdict_class before)
{
    struct node_state *st = &en->states[i];
    if (st->status.service != SERVICE_HEALTHY && ++st->successes < en->graph->nodes[i].success_threshold) {
        st->failures = 0;
        if (before != VERDICT_OK || st->successes == 1) {
            action_push(en, ACTION_CHANGED, i);
        }
        return;
    }
    if (st->verdict.certificate_days != 0 && st->certificate_us == 0) {
        st->certificate_us = en->now_us;
        action_push(en, ACTION_CHANGED, i);
    }
    service_healthy(en, i);
}

static bool in_start_period(const struct engine *en, size_t i)
{
    return en->now_us - en->work[i].begun_us < en->graph->nodes[i].start_period_us;
}

static void failed_once(struct engine *en, size_t i, enum verdict_class before)
{
    struct node_state *st = &en->states[i];
    bool counts = !in_start_period(en, i);
    st->successes = 0;
    st->failures += counts ? attempt_tries(&st->verdict) : 0;
    if (counts && st->failing_since_us == 0) {
        st->failing_since_us = en->now_us;
    }
    if (st->status.service == SERVICE_HEALTHY && (!counts || st->failures < en->graph->nodes[i].failure_threshold)) {
        return;
    }
    bool changed = counts && become_unhealthy(en, i);
    if (changed || st->verdict.verdict != before) {
        action_push(en, ACTION_CHANGED, i);
    }
}

/* Neither is what waits for it. The first required node among them fails the run. */
static void hopeless(struct engine *en, size_t i, const char *what, const char *detail)
{
    group_member_out(en, i, true);
    bool fatal = hope_lost(en, i) != ENGINE_NO_NODE || en->graph->nodes[i].required;
    if (fatal && en->phase == ENGINE_CALLING) {
        engine_fail(en, EXIT_DEPENDENCY, "service %s %s%s", en->graph->nodes[i].name, what, detail);
    }
}

void service_give_up(struct engine *en, size_t i, const char *what)
{
    en->work[i].given_up = true;
    alarm_set(en, i, &en->states[i].deadline_us, CLOCK_NEVER);
    pace_next(en, i);
    hopeless(en, i, what, en->states[i].verdict.text);
}

/* A wrong password stays wrong: what waits for the service is told so now, not when the time is up. */
static bool is_permanent(const struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    const struct node_state *st = &en->states[i];
    uint32_t limit = node->give_up_after;
    return pace_coming_up(en, i) && !node->down && limit > 0 && st->failures >= limit && st->cause_count >= limit &&
           verdict_is_permanent((enum verdict_class)st->verdict.verdict);
}

void service_verdict(struct engine *en, size_t i, enum verdict_class before)
{
    if (en->states[i].verdict.verdict == VERDICT_OK) {
        succeeded_once(en, i, before);
    } else {
        failed_once(en, i, before);
        if (is_permanent(en, i)) {
            service_give_up(en, i, "is not healthy, and waiting does not help: ");
            return;
        }
    }
    pace_next(en, i);
}

/* The bring-up deadline binds what is still coming up after readiness, too: then as each service's own. */
static uint64_t bring_up_limit(const struct engine *en, size_t i)
{
    uint64_t timeout = en->graph->nodes[i].timeout_us;
    uint64_t limit = timeout > 0 ? en->states[i].called_us + timeout : CLOCK_NEVER;
    if (en->phase == ENGINE_READY && en->deadline_us > en->now_us && en->deadline_us < limit) {
        limit = en->deadline_us;
    }
    return limit;
}

/* Its first attempt, or what stands for one. */
static void first_call(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    if (node->member_count > 0) {
        group_look(en, i);
    } else if (node->probed) {
        attempt_start(en, i, en->states[i].deadline_us);
    } else if (!node->notified) { /* else its own word is waited for */
        if (en->states[i].verdict.verdict != VERDICT_OK) {
            verdict_note(en, i, VERDICT_OK, "%s", "");
        }
        service_healthy(en, i);
    }
}

void service_take_up(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (become(en, i, SERVICE_STARTING)) {
        st->why = NULL; /* stopped for a dependency that has come up after all */
    }
    group_member_out(en, i, false);
    st->called_us = en->now_us;
    en->work[i].begun_us = en->now_us;
    alarm_set(en, i, &st->deadline_us, bring_up_limit(en, i));
    action_push(en, ACTION_CHANGED, i);
    if (en->graph->nodes[i].runs) {
        process_run(en, i);
    } else {
        first_call(en, i);
    }
}

/* By way of stopped: the model knows no other. */
void service_again(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    uint64_t timeout = en->graph->nodes[i].timeout_us;
    group_member_out(en, i, false);
    become(en, i, SERVICE_STOPPED);
    become(en, i, SERVICE_STARTING);
    if (st->deadline_us == CLOCK_NEVER && timeout > 0) {
        alarm_set(en, i, &st->deadline_us, en->now_us + timeout);
    }
    action_push(en, ACTION_CHANGED, i);
}

void service_started(struct engine *en, size_t i)
{
    if (en->states[i].running && !en->work[i].started) {
        en->work[i].started = true;
        if (!en->states[i].probing) {
            first_call(en, i);
        }
    }
}

void service_unhealthy(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->failing_since_us == 0) {
        st->failing_since_us = en->now_us;
    }
    st->failures++;
    st->successes = 0;
    become_unhealthy(en, i);
    action_push(en, ACTION_CHANGED, i);
}

void service_exit(struct engine *en, size_t i, const char *text)
{
    attempt_cancel(en, i);
    if (restart_plan(en, i, text)) {
        if (pace_coming_up(en, i) && !en->work[i].released) {
            alarm_set(en, i, &en->states[i].deadline_us, bring_up_limit(en, i));
        }
        service_unhealthy(en, i);
        return;
    }
    en->work[i].dead = true;
    service_unhealthy(en, i);
    service_give_up(en, i, "is not healthy: ");
}

/* It stays failed by a test until that is run again, whatever it says itself. */
void service_told(struct engine *en, const struct engine_event *ev)
{
    size_t i = ev->node;
    struct node_state *st = &en->states[i];
    if (!engine_running(en) || !en->graph->nodes[i].notified || !st->running || st->failed_by_test) {
        return;
    }
    if (ev->ok) {
        verdict_note(en, i, VERDICT_OK, "%s", "");
        st->response_us = en->now_us - en->work[i].begun_us;
        service_healthy(en, i);
    } else if (st->status.service == SERVICE_HEALTHY) {
        verdict_note(en, i, VERDICT_DIED, "it says that it is stopping");
        service_unhealthy(en, i);
    }
}

/* What a service that has not become healthy failed to do. */
static const char *silence(const struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    if (node->runs && !en->work[i].started) {
        return "its process did not start";
    }
    if (node->notified) {
        return "its process did not say that it is ready";
    }
    return en->states[i].successes > 0 ? "too few answers in a row" : "no answer";
}

/* The time is up. What is known already says more than that. */
static void note_silence(struct engine *en, size_t i, const char *between, const char *span)
{
    struct node_state *st = &en->states[i];
    attempt_cancel(en, i);
    if (en->graph->nodes[i].member_count > 0) {
        group_note(en, i);
    } else if (st->last_check_us == 0 || st->verdict.verdict == VERDICT_OK) {
        verdict_note(en, i, VERDICT_TIMEOUT, "%s%s%s", silence(en, i), between, span);
    }
    if (st->status.service != SERVICE_UNHEALTHY) {
        service_unhealthy(en, i);
    }
    st->timed_out = true;
}

static void timed_out(struct engine *en, size_t i)
{
    uint64_t timeout = en->graph->nodes[i].timeout_us;
    char span[OUTCOME_SPAN_MAX];
    outcome_span(timeout > 0 ? timeout : en->now_us - en->states[i].called_us, span);
    note_silence(en, i, " within ", span);
    en->work[i].given_up = true;
    alarm_set(en, i, &en->states[i].deadline_us, CLOCK_NEVER);
    pace_next(en, i);
    hopeless(en, i, "was not healthy within ", span);
}

void service_timer(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->deadline_us <= en->now_us) {
        timed_out(en, i);
    } else if (st->next_us <= en->now_us && en->work[i].restarting) {
        restart_now(en, i);
    } else if (st->next_us <= en->now_us) {
        attempt_start(en, i, st->deadline_us);
    }
}

void service_fail_by_test(struct engine *en, size_t i, const char *test)
{
    struct node_state *st = &en->states[i];
    if (en->graph->nodes[i].inactive) {
        return;
    }
    st->failed_by_test = true;
    verdict_note(en, i, VERDICT_TEST, "test %s failed", test);
    service_unhealthy(en, i);
}

bool service_overdue(struct engine *en, size_t i, const char *text)
{
    const struct node_state *st = &en->states[i];
    if (st->called_us == 0 || st->status.service == SERVICE_HEALTHY || st->status.service == SERVICE_STOPPED) {
        return false;
    }
    note_silence(en, i, ": ", text);
    return en->graph->nodes[i].required;
}

void service_ready(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (en->graph->nodes[i].inactive || st->called_us == 0) {
        return;
    }
    if (!pace_coming_up(en, i)) {
        pace_next(en, i);
    } else if (st->deadline_us > en->deadline_us && en->deadline_us > en->now_us) {
        alarm_set(en, i, &st->deadline_us, en->deadline_us);
    }
}
