/*
 * When a service is probed again.
 */
#include "init/base/clock.h"
#include "init/engine/backoff.h"
#include "init/engine/internal.h"

struct pace {
    uint64_t min_us, max_us;
    uint64_t knock_min_us;
    unsigned jitter;
};

static struct pace pace_of(const struct node *node)
{
    bool unstated = node->retry_min_us == 0 && node->retry_max_us == 0 && node->jitter == 0;
    uint64_t max_us = node->retry_max_us > 0 ? node->retry_max_us : BACKOFF_MAX_US;
    uint64_t min_us = max_us < BACKOFF_MIN_US ? max_us : BACKOFF_MIN_US;
    struct pace pace = {
        .min_us = node->retry_min_us > 0 ? node->retry_min_us : min_us,
        .max_us = max_us,
        .knock_min_us = node->retry_min_us > 0 ? node->retry_min_us : KNOCK_MIN_US,
        .jitter = unstated ? BACKOFF_JITTER : node->jitter,
    };
    return pace;
}

bool pace_coming_up(const struct engine *en, size_t i)
{
    const struct node_work *work = &en->work[i];
    return (!work->released || work->anew) && !work->given_up;
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

/* The last attempt succeeded, but that was not often enough yet. */
static bool proving(const struct node_state *st)
{
    return st->successes > 0 && st->status.service != SERVICE_HEALTHY;
}

/* While it comes up, by the 1/128 rule. */
static uint64_t rule_delay(const struct engine *en, size_t i, const struct pace *pace)
{
    uint64_t waited = en->now_us - en->work[i].begun_us;
    return backoff_delay(waited, BACKOFF_DIVISOR, pace->min_us, pace->max_us);
}

static uint64_t knock_delay(const struct engine *en, size_t i, const struct pace *pace)
{
    uint64_t waited = en->now_us - en->work[i].begun_us;
    return backoff_delay(waited, KNOCK_DIVISOR, pace->knock_min_us, pace->max_us);
}

static uint64_t delay_of(const struct engine *en, size_t i, const struct pace *pace)
{
    const struct node_state *st = &en->states[i];
    if (proving(st)) {
        return pace->min_us;
    }
    if (!pace_coming_up(en, i)) {
        return st->failures > 0 ? failing_delay(en, i) : en->graph->nodes[i].interval_us;
    }
    if (st->verdict.verdict == VERDICT_REFUSED && st->verdict.tries > 1) {
        return knock_delay(en, i, pace); /* the prober has only come to the end of its patience */
    }
    uint64_t delay = rule_delay(en, i, pace);
    bool permanent = verdict_is_permanent((enum verdict_class)st->verdict.verdict);
    return permanent && delay < PERMANENT_PAUSE_US ? PERMANENT_PAUSE_US : delay;
}

void pace_next(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->probing || en->work[i].restarting) {
        return;
    }
    if (!pace_coming_up(en, i) && !supervised(en, i)) {
        alarm_set(en, i, &st->next_us, CLOCK_NEVER);
        return;
    }
    struct pace pace = pace_of(&en->graph->nodes[i]);
    uint64_t delay = backoff_jitter(delay_of(en, i, &pace), pace.jitter, backoff_random(&en->random));
    alarm_set(en, i, &st->next_us, en->now_us + delay);
}

/* How long nothing but another refusal would be news. */
static uint64_t patience(const struct engine *en, size_t i, uint64_t left_us)
{
    const struct node *node = &en->graph->nodes[i];
    if (node->kind != NODE_SERVICE || node->down || !pace_coming_up(en, i) ||
        en->states[i].verdict.verdict != VERDICT_REFUSED) {
        return 0;
    }
    uint64_t most = KNOCK_PATIENCE_US;
    uint64_t waited = en->now_us - en->work[i].begun_us;
    if (waited < node->start_period_us && node->start_period_us - waited < most) {
        most = node->start_period_us - waited; /* from then on failures count */
    }
    /* Half of it, so that the attempts made are known when the time is up. */
    return left_us / 2 < most ? left_us / 2 : most;
}

void pace_knocks(struct engine *en, size_t i, uint64_t left_us)
{
    struct node_state *st = &en->states[i];
    uint64_t most = patience(en, i, left_us);
    st->patience_us = st->knock_us = st->pause_us = 0;
    if (most == 0) {
        return;
    }
    struct pace pace = pace_of(&en->graph->nodes[i]);
    uint64_t random = backoff_random(&en->random);
    uint64_t knock = backoff_jitter(knock_delay(en, i, &pace), pace.jitter, random);
    uint64_t pause = backoff_jitter(rule_delay(en, i, &pace), pace.jitter, random);
    if (knock < most) {
        st->patience_us = (uint32_t)most;
        st->knock_us = (uint32_t)knock;
        st->pause_us = (uint32_t)(pause < most ? pause : most);
    }
}
