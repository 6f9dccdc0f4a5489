#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/engine/backoff.h"
#include "init/engine/internal.h"
#include "init/engine/outcome.h"

/* Change the status if the table allows it. false: nothing changed. */
static bool become(struct engine *en, size_t i, enum service_status to)
{
    struct node_state *st = &en->states[i];
    const struct node *node = &en->graph->nodes[i];
    enum service_status from = st->status.service;
    if (from == to || !service_may_become(from, to)) {
        return false;
    }
    st->status.service = to;
    if (node->required && !node->inactive) {
        en->unhealthy += from == SERVICE_HEALTHY;
        en->unhealthy -= to == SERVICE_HEALTHY;
    }
    return true;
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
    engine_release(en, i);
}

/* Still on its way up for the first time: probed at the pace of the 1/128 rule. */
static bool coming_up(const struct engine *en, size_t i)
{
    return !en->work[i].released && !en->work[i].given_up;
}

static bool supervised(const struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    return en->phase == ENGINE_READY && en->options.keep_calling && node->interval_us > 0 && node->probed &&
           !en->work[i].dead;
}

/*
 * How long to leave a failing service alone under supervision: an eighth of the time it has been failing, so that a short
 * outage is seen to end soon and a long one costs little; never more often than once a second nor than its interval, and
 * never less often than that.
 */
static uint64_t failing_delay(const struct engine *en, size_t i)
{
    uint64_t delay = (en->now_us - en->states[i].failing_since_us) / 8;
    if (delay < FAILING_MIN_US) {
        delay = FAILING_MIN_US;
    }
    uint64_t interval = en->graph->nodes[i].interval_us;
    return delay < interval ? delay : interval;
}

/* When node @i, of which a verdict is known, is to be probed again. */
static void plan_next(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    uint64_t delay;
    if (st->probing) {
        return;
    }
    if (coming_up(en, i)) {
        delay = backoff_delay(en->now_us - st->called_us, backoff_random(&en->random));
        if (verdict_is_permanent(st->verdict.verdict) && delay < PERMANENT_PAUSE_US) {
            delay = PERMANENT_PAUSE_US;
        }
    } else if (supervised(en, i)) {
        delay = st->failures > 0 ? failing_delay(en, i) : en->graph->nodes[i].interval_us;
        delay = backoff_jitter(delay, backoff_random(&en->random));
    } else {
        alarm_set(en, i, &st->next_us, CLOCK_NEVER);
        return;
    }
    alarm_set(en, i, &st->next_us, en->now_us + delay);
}

static void healthy(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    uint64_t failing_since = st->failing_since_us;
    st->failures = 0;
    st->failing_since_us = 0;
    alarm_set(en, i, &st->deadline_us, CLOCK_NEVER);
    if (become(en, i, SERVICE_HEALTHY)) {
        en->work[i].given_up = false;
        st->outage_us = st->healthy_us != 0 && failing_since != 0 ? en->now_us - failing_since : 0;
        st->healthy_us = en->now_us;
        action_push(en, ACTION_CHANGED, i);
        engine_release(en, i);
    }
}

static void failed_once(struct engine *en, size_t i, enum verdict_class before)
{
    struct node_state *st = &en->states[i];
    st->failures++;
    if (st->failures == 1) {
        st->failing_since_us = en->now_us;
    }
    if (st->status.service == SERVICE_HEALTHY && st->failures < en->graph->nodes[i].failure_threshold) {
        return;
    }
    if (become(en, i, SERVICE_UNHEALTHY) || st->verdict.verdict != before) {
        action_push(en, ACTION_CHANGED, i);
    }
}

/* A service that waits for one that is not coming up is not checked; a step keeps waiting, and the run fails with it. */
static bool lose_hope(struct engine *en, size_t i, size_t by)
{
    enum node_kind kind = en->graph->nodes[i].kind;
    if (kind == NODE_TEST) {
        test_blocked(en, i, by);
    }
    if (kind != NODE_SERVICE || en->states[i].status.service != SERVICE_STARTING) {
        return false;
    }
    service_stop(en, i, "dependency");
    return true;
}

/*
 * Service @i is not coming up: neither is what waits for it. The first required node among them fails the run.
 */
static void hopeless(struct engine *en, size_t i, const char *what, const char *detail)
{
    size_t head = 0;
    size_t tail = 0;
    bool fatal = en->graph->nodes[i].required;
    en->hopeless[tail++] = (uint16_t)i;
    while (head < tail) {
        size_t by = en->hopeless[head++];
        const struct node *node = &en->graph->nodes[by];
        for (size_t k = 0; k < node->block_count; k++) {
            size_t waiting = node->blocks[k];
            if (en->work[waiting].released || en->states[waiting].called_us != 0) {
                continue;
            }
            fatal = fatal || en->graph->nodes[waiting].required;
            if (lose_hope(en, waiting, by)) {
                en->hopeless[tail++] = (uint16_t)waiting;
            }
        }
    }
    if (fatal && en->phase == ENGINE_CALLING) {
        engine_fail(en, EXIT_DEPENDENCY, "service %s %s%s", en->graph->nodes[i].name, what, detail);
    }
}

/* A wrong password stays wrong: what waits for the service is told so now, not when the time is up. */
static bool is_permanent(const struct engine *en, size_t i)
{
    const struct node_state *st = &en->states[i];
    uint32_t limit = en->graph->nodes[i].give_up_after;
    return coming_up(en, i) && limit > 0 && st->cause_count >= limit && verdict_is_permanent(st->verdict.verdict);
}

static void give_up(struct engine *en, size_t i)
{
    en->work[i].given_up = true;
    alarm_set(en, i, &en->states[i].deadline_us, CLOCK_NEVER);
    plan_next(en, i);
    hopeless(en, i, "is not healthy, and waiting does not help: ", en->states[i].verdict.text);
}

void service_verdict(struct engine *en, size_t i, enum verdict_class before)
{
    if (en->states[i].verdict.verdict == VERDICT_OK) {
        healthy(en, i);
    } else {
        failed_once(en, i, before);
        if (is_permanent(en, i)) {
            give_up(en, i);
            return;
        }
    }
    plan_next(en, i);
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
    if (en->graph->nodes[i].notified) {
        return; /* its own word is waited for */
    }
    if (en->graph->nodes[i].probed) {
        attempt_start(en, i, en->states[i].deadline_us);
    } else {
        healthy(en, i);
    }
}

void service_take_up(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (become(en, i, SERVICE_STARTING)) {
        st->why = NULL; /* stopped for a dependency that has come up after all */
    }
    st->called_us = en->now_us;
    alarm_set(en, i, &st->deadline_us, bring_up_limit(en, i));
    action_push(en, ACTION_CHANGED, i);
    if (en->graph->nodes[i].runs) {
        process_run(en, i);
    } else {
        first_call(en, i);
    }
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

static void unhealthy(struct engine *en, size_t i)
{
    if (en->states[i].failures == 0) {
        en->states[i].failing_since_us = en->now_us;
    }
    en->states[i].failures++;
    become(en, i, SERVICE_UNHEALTHY);
    action_push(en, ACTION_CHANGED, i);
}

void service_exit(struct engine *en, size_t i, const char *text)
{
    struct node_state *st = &en->states[i];
    char outcome[WIRE_TEXT_MAX];
    outcome_describe(st->wait_status, st->exec_errno, outcome, sizeof outcome);
    attempt_cancel(en, i);
    alarm_clear(en, i);
    if (st->exec_errno != 0) {
        verdict_note(en, i, VERDICT_COMMAND, "%s", text != NULL ? text : outcome);
    } else {
        verdict_note(en, i, VERDICT_DIED, "its process %s", outcome);
    }
    en->work[i].dead = true;
    en->work[i].given_up = true;
    unhealthy(en, i);
    hopeless(en, i, "is not healthy: ", st->verdict.text);
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
        st->response_us = en->now_us - st->called_us;
        healthy(en, i);
    } else if (st->status.service == SERVICE_HEALTHY) {
        verdict_note(en, i, VERDICT_DIED, "it says that it is stopping");
        unhealthy(en, i);
    }
}

/* What a service that has not become healthy failed to do. */
static const char *silence(const struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    if (node->runs && !en->work[i].started) {
        return "its process did not start";
    }
    return node->notified ? "its process did not say that it is ready" : "no answer";
}

static void timed_out(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    uint64_t timeout = en->graph->nodes[i].timeout_us;
    char span[OUTCOME_SPAN_MAX];
    outcome_span(timeout > 0 ? timeout : en->now_us - st->called_us, span);
    attempt_cancel(en, i);
    alarm_set(en, i, &st->deadline_us, CLOCK_NEVER);
    if (st->failures == 0) {
        verdict_note(en, i, VERDICT_TIMEOUT, "%s within %s", silence(en, i), span);
        unhealthy(en, i);
    }
    st->timed_out = true;
    en->work[i].given_up = true;
    plan_next(en, i);
    hopeless(en, i, "was not healthy within ", span);
}

void service_timer(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->deadline_us <= en->now_us) {
        timed_out(en, i);
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
    unhealthy(en, i);
}

bool service_overdue(struct engine *en, size_t i, const char *text)
{
    struct node_state *st = &en->states[i];
    if (st->called_us == 0 || st->status.service == SERVICE_HEALTHY || st->status.service == SERVICE_STOPPED) {
        return false;
    }
    if (st->failures == 0) {
        attempt_cancel(en, i);
        verdict_note(en, i, VERDICT_TIMEOUT, "%s: %s", silence(en, i), text);
        unhealthy(en, i);
    }
    st->timed_out = true;
    return en->graph->nodes[i].required;
}

void service_ready(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (en->graph->nodes[i].inactive || st->called_us == 0) {
        return;
    }
    if (!coming_up(en, i)) {
        plan_next(en, i);
    } else if (st->deadline_us > en->deadline_us && en->deadline_us > en->now_us) {
        alarm_set(en, i, &st->deadline_us, en->deadline_us);
    }
}
