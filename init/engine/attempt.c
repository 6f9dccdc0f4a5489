#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/engine/job.h"
#include "init/engine/outcome.h"

void attempt_start(struct engine *en, size_t i, uint64_t limit_us)
{
    struct node_state *st = &en->states[i];
    const struct node *node = &en->graph->nodes[i];
    if (en->phase == ENGINE_CALLING && en->deadline_us < limit_us) {
        limit_us = en->deadline_us;
    }
    uint64_t timeout = node->probe_timeout_us > 0 ? node->probe_timeout_us : ATTEMPT_TIMEOUT_US;
    uint64_t left = limit_us > en->now_us ? limit_us - en->now_us : 0;
    en->work[i].clipped = timeout > left;
    if (timeout > left) {
        timeout = left;
    }
    if (timeout < ATTEMPT_MIN_US) {
        timeout = ATTEMPT_MIN_US;
    }
    st->probing = true;
    st->attempts++;
    en->work[i].asked_us = en->now_us;
    alarm_set(en, i, &st->next_us, CLOCK_NEVER);
    en->work[i].attempt_us = timeout;
    pace_knocks(en, i, left);
    alarm_set(en, i, &st->attempt_deadline_us,
              en->now_us + st->patience_us + timeout + (node->probe_argv != NULL ? 0 : ATTEMPT_SLACK_US));
    action_probe(en, i, timeout);
}

uint32_t attempt_tries(const struct wire_verdict *verdict)
{
    return verdict->tries > 1 ? verdict->tries : 1;
}

/* Keeps the verdict and counts how often in a row it was of that class. */
static void keep(struct engine *en, size_t i, const struct wire_verdict *verdict)
{
    struct node_state *st = &en->states[i];
    bool again = st->last_check_us != 0 && st->verdict.verdict == verdict->verdict;
    st->cause_count = again ? st->cause_count + attempt_tries(verdict) : 1;
    st->verdict = *verdict;
    st->last_check_us = en->now_us;
}

/* A prober counts in whole milliseconds. */
static bool tells_nothing_new(const struct engine *en, size_t i, const struct wire_verdict *verdict)
{
    const struct node_work *work = &en->work[i];
    bool time_was_up =
        verdict->verdict == VERDICT_TIMEOUT ||
        (verdict->verdict != VERDICT_OK && verdict->elapsed_us / US_PER_MS >= work->attempt_us / US_PER_MS);
    const struct node_state *st = &en->states[i];
    return work->clipped && time_was_up && st->last_check_us != 0 && st->verdict.verdict != VERDICT_OK;
}

/* What is expected is that nothing is there: that has to be clear. No name, no route, no time or no trust say nothing. */
static void turn_round(struct wire_verdict *verdict)
{
    switch ((enum verdict_class)verdict->verdict) {
    case VERDICT_OK:
        verdict->verdict = VERDICT_UP;
        snprintf(verdict->text, sizeof verdict->text, "it answers, but is expected to be down");
        break;
    case VERDICT_REFUSED:
    case VERDICT_RESET:
    case VERDICT_STATUS:
    case VERDICT_CONTENT:
    case VERDICT_EXIT:
    case VERDICT_MISSING:
    case VERDICT_STALE:
        verdict->verdict = VERDICT_OK;
        verdict->text[0] = '\0';
        break;
    default:
        break;
    }
}

void attempt_over(struct engine *en, size_t i, const struct wire_verdict *verdict)
{
    struct node_state *st = &en->states[i];
    enum verdict_class before = (enum verdict_class)st->verdict.verdict;
    struct wire_verdict turned = *verdict;
    if (en->graph->nodes[i].down) {
        turn_round(&turned);
        verdict = &turned;
    }
    st->probing = false;
    alarm_set(en, i, &st->attempt_deadline_us, CLOCK_NEVER);
    if (tells_nothing_new(en, i, verdict)) {
        st->last_check_us = en->now_us;
        st->cause_count++;
    } else {
        keep(en, i, verdict);
    }
    st->response_us = verdict->elapsed_us;
    st->attempts += attempt_tries(verdict) - 1;
    if (en->graph->nodes[i].kind == NODE_SERVICE) {
        service_verdict(en, i, before);
    } else {
        job_verdict(en, i);
    }
}

void attempt_cancel(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->probing) {
        st->probing = false;
        st->response_us = en->now_us - en->work[i].asked_us;
        if (!action_waits(en, ACTION_PROBE, i)) {
            action_push(en, ACTION_CANCEL, i);
        }
    }
    alarm_set(en, i, &st->attempt_deadline_us, CLOCK_NEVER);
}

void attempt_timer(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->attempt_deadline_us > en->now_us) {
        return;
    }
    struct wire_verdict lost = {.type = WIRE_VERDICT, .id = (uint32_t)i, .verdict = VERDICT_TIMEOUT};
    lost.elapsed_us = en->now_us - en->work[i].asked_us;
    if (en->graph->nodes[i].probe_argv != NULL) {
        char span[OUTCOME_SPAN_MAX];
        outcome_span(en->work[i].attempt_us, span);
        snprintf(lost.text, sizeof lost.text, "the command timed out after %s", span);
    } else {
        snprintf(lost.text, sizeof lost.text, "no answer from the prober");
    }
    attempt_cancel(en, i);
    attempt_over(en, i, &lost);
}

void verdict_note(struct engine *en, size_t i, enum verdict_class class, const char *fmt, ...)
{
    struct wire_verdict verdict = {.type = WIRE_VERDICT, .id = (uint32_t)i, .verdict = class};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(verdict.text, sizeof verdict.text, fmt, ap);
    va_end(ap);
    keep(en, i, &verdict);
}
