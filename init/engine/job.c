/*
 * Steps and tests: jobs that are run once and come to an end.
 */
#include "init/engine/job.h"
#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/engine/outcome.h"

bool job_become(struct engine *en, size_t i, enum step_status step, enum test_status test)
{
    struct node_state *st = &en->states[i];
    if (is_step(en, i)) {
        if (!step_may_become(st->status.step, step)) {
            return false;
        }
        st->status.step = step;
    } else {
        if (!test_may_become(st->status.test, test)) {
            return false;
        }
        st->status.test = test;
    }
    action_push(en, ACTION_CHANGED, i);
    return true;
}

void job_stamp_end(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->called_us == 0) {
        st->called_us = en->now_us;
    }
    st->ended_us = en->now_us > st->called_us ? en->now_us : st->called_us + 1;
}

void job_skip(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    const char *why = is_step(en, i) ? "manual" : "environment";
    job_stamp_end(en, i);
    en->work[i].unverified = en->states[i].cached = false;
    en->states[i].why = node->inactive && node->inactive_why != NULL ? node->inactive_why : why;
    job_become(en, i, STEP_SKIPPED, TEST_SKIPPED);
    engine_release(en, i);
}

void test_blocked(struct engine *en, size_t i, size_t by)
{
    const struct node_state *cause = &en->states[by];
    const char *name = en->graph->nodes[by].name;
    job_stamp_end(en, i);
    if (is_step(en, by)) {
        verdict_note(en, i, VERDICT_COMMAND, "step %s was skipped", name);
    } else {
        verdict_note(en, i, (enum verdict_class)cause->verdict.verdict, "service %s is not healthy%s%.160s", name,
                     cause->verdict.text[0] != '\0' ? ": " : "", cause->verdict.text);
    }
    job_become(en, i, STEP_FAILED, TEST_ERROR);
    if (!en->graph->nodes[i].required) {
        engine_release(en, i);
    }
}

/* A test that readiness needs has not passed: so its services are not well either. */
static void test_counts(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    for (size_t k = 0; k < node->need_count; k++) {
        if (en->graph->nodes[node->needs[k]].kind == NODE_SERVICE) {
            service_fail_by_test(en, node->needs[k], node->name);
        }
    }
    engine_fail(en, EXIT_TEST_FAILED, "test %s failed: %.160s", node->name, en->states[i].verdict.text);
}

/* It failed, and is not attempted again. */
static void step_counts(struct engine *en, size_t i)
{
    const char *name = en->graph->nodes[i].name;
    const char *why = en->states[i].verdict.text;
    if (en->work[i].tries > 1) {
        engine_fail(en, EXIT_STEP_FAILED, "step %s failed after %u attempts: %.160s", name, en->work[i].tries, why);
    } else {
        engine_fail(en, EXIT_STEP_FAILED, "step %s failed: %.160s", name, why);
    }
}

static void conclude_step(struct engine *en, size_t i)
{
    if (en->states[i].status.step == STEP_FAILED) {
        step_counts(en, i);
        return;
    }
    engine_release(en, i);
    step_missed(en, i);
}

void job_conclude(struct engine *en, size_t i)
{
    en->work[i].stage = STAGE_NONE;
    en->busy--;
    if (!engine_running(en)) {
        return;
    }
    if (is_step(en, i)) {
        conclude_step(en, i);
    } else if (en->states[i].status.test == TEST_PASSED || !en->graph->nodes[i].required) {
        engine_release(en, i);
    } else {
        test_counts(en, i);
    }
}

static void leave(struct engine *en, size_t i, enum step_status step, enum test_status test)
{
    alarm_clear(en, i);
    line_leave(en, i);
    job_stamp_end(en, i);
    job_become(en, i, step, test);
}

void job_finish(struct engine *en, size_t i, enum step_status step, enum test_status test)
{
    if (is_step(en, i) && step == STEP_COMPLETED && en->states[i].verdict.verdict != VERDICT_OK) {
        verdict_note(en, i, VERDICT_OK, "%s", ""); /* an attempt before did not go well, or it was done anew */
    }
    leave(en, i, step, test);
    job_conclude(en, i);
}

void job_failed(struct engine *en, size_t i, enum test_status test)
{
    uint64_t pause_us;
    en->work[i].by_itself = en->work[i].cause != CAUSE_INTERRUPTED;
    if (!is_step(en, i) || !engine_running(en) || !retry_wanted(en, i, &pause_us)) {
        job_finish(en, i, STEP_FAILED, test);
        return;
    }
    leave(en, i, STEP_FAILED, test);
    en->work[i].stage = STAGE_PAUSE;
    alarm_set(en, i, &en->states[i].next_us, en->now_us + pause_us);
}

/* The command ended as it should. */
static void command_done(struct engine *en, size_t i)
{
    if (is_step(en, i) && en->graph->nodes[i].records) {
        step_record(en, i);
    } else {
        job_finish(en, i, STEP_COMPLETED, TEST_PASSED);
    }
}

void job_command(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    struct node_state *st = &en->states[i];
    uint64_t limit = node->timeout_us > 0 ? en->now_us + node->timeout_us : CLOCK_NEVER;
    uint64_t all = retry_limit(en, i);
    en->work[i].stage = STAGE_COMMAND;
    if (node->runs) {
        st->attempts += !is_step(en, i);
        en->work[i].touched = true;
        alarm_set(en, i, &st->deadline_us, limit < all ? limit : all);
        process_run(en, i);
    } else if (node->probed && !is_step(en, i)) {
        attempt_start(en, i, limit);
    } else {
        command_done(en, i);
    }
}

void job_begin(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    struct node_work *work = &en->work[i];
    en->busy += !job_under_way(en, i);
    work->stage = STAGE_COMMAND;
    work->cause = CAUSE_NONE;
    work->before = is_step(en, i) ? st->status.step : STEP_PENDING;
    work->begun_us = work->tries == 0 ? en->now_us : work->begun_us;
    work->tries++;
    st->called_us = en->now_us;
    st->ended_us = 0;
    st->wait_status = st->exec_errno = 0;
    st->timed_out = false;
    st->attempts += is_step(en, i);
    job_become(en, i, STEP_IN_PROGRESS, TEST_RUNNING);
    if (is_step(en, i) && en->graph->nodes[i].prepares) {
        step_prepare(en, i);
    } else {
        job_command(en, i);
    }
}

void job_take_up(struct engine *en, size_t i)
{
    if (!is_step(en, i)) {
        job_begin(en, i);
    } else if (en->work[i].unverified) {
        step_verify(en, i);
    } else {
        line_join(en, i);
    }
}

void job_verdict(struct engine *en, size_t i)
{
    switch ((enum verdict_class)en->states[i].verdict.verdict) {
    case VERDICT_OK:
        job_finish(en, i, STEP_COMPLETED, TEST_PASSED);
        break;
    case VERDICT_TIMEOUT:
        en->states[i].timed_out = true;
        job_failed(en, i, TEST_ERROR);
        break;
    case VERDICT_INTERNAL:
        job_failed(en, i, TEST_ERROR);
        break;
    default:
        job_failed(en, i, TEST_FAILED);
        break;
    }
}

/* What took too long. */
static const char *stage_name(enum job_stage stage)
{
    switch (stage) {
    case STAGE_PREPARE:
        return "preparing its artifacts ";
    case STAGE_RECORD:
        return "measuring its artifacts ";
    default:
        return "";
    }
}

/* It did not end by itself: the reason is ours, whatever its status says. */
static void note_cause(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    const struct node *node = &en->graph->nodes[i];
    enum job_stage stage = en->work[i].stage;
    char span[OUTCOME_SPAN_MAX];
    st->timed_out = true;
    switch (en->work[i].cause) {
    case CAUSE_TIMEOUT:
        outcome_span(stage == STAGE_COMMAND ? node->timeout_us : RECORD_TIMEOUT_US, span);
        verdict_note(en, i, VERDICT_TIMEOUT, "%stimed out after %s", stage_name(stage), span);
        break;
    case CAUSE_BUDGET:
        outcome_span(node->attempts_timeout_us, span);
        verdict_note(en, i, VERDICT_TIMEOUT, "timed out: all attempts together took longer than %s", span);
        break;
    case CAUSE_DEADLINE:
        verdict_note(en, i, VERDICT_TIMEOUT, "%s", en->reason);
        break;
    default:
        st->timed_out = false;
        verdict_note(en, i, VERDICT_EXIT, "interrupted");
        break;
    }
}

static enum verdict_class class_of_end(const struct node_state *st)
{
    if (st->exec_errno != 0) {
        return VERDICT_COMMAND;
    }
    /* The low seven bits say how it ended, wait(2): 0 = by itself. */
    return (st->wait_status & 0x7f) == 0 ? VERDICT_EXIT : VERDICT_DIED;
}

void job_exit(struct engine *en, size_t i, const char *text)
{
    struct node_state *st = &en->states[i];
    char outcome[WIRE_TEXT_MAX];
    st->stopping = en->work[i].killed = false;
    if (en->work[i].cause == CAUSE_SKIPPED) {
        step_skipped(en, i);
        return;
    }
    if (en->work[i].cause != CAUSE_NONE) {
        note_cause(en, i);
        job_failed(en, i, TEST_ERROR);
        return;
    }
    if (st->exec_errno == 0 && st->wait_status == 0) {
        command_done(en, i);
        return;
    }
    enum verdict_class class = class_of_end(st);
    outcome_describe(st->wait_status, st->exec_errno, outcome, sizeof outcome);
    const char *why = st->exec_errno != 0 && text != NULL ? text : outcome;
    verdict_note(en, i, class, "%s", why);
    job_failed(en, i, class == VERDICT_EXIT ? TEST_FAILED : TEST_ERROR);
}

void job_blame_deadline(struct engine *en, size_t i)
{
    if (en->work[i].cause == CAUSE_NONE) {
        en->work[i].cause = CAUSE_DEADLINE;
    }
}

/* Nothing was done yet, and nobody was told that it is in progress: it never was. That it has failed would be news without an
 * edge of the model for it. */
static void unbegin(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    st->status.step = en->work[i].before;
    st->attempts--;
    if (--en->work[i].tries == 0) {
        st->called_us = 0;
    } else {
        job_stamp_end(en, i);
    }
    alarm_clear(en, i);
    line_leave(en, i);
    job_conclude(en, i);
}

void job_abort(struct engine *en, size_t i, enum job_cause cause)
{
    if (!job_under_way(en, i)) {
        return;
    }
    if (en->work[i].cause == CAUSE_NONE) {
        en->work[i].cause = cause;
    }
    if (en->states[i].running) {
        if (!en->states[i].stopping) {
            stop_terminate(en, i, JOB_GRACE_US);
        }
    } else if (en->work[i].stage == STAGE_VERIFY || en->work[i].stage == STAGE_PAUSE) {
        alarm_clear(en, i);
        job_conclude(en, i); /* it stays completed, or failed for the reason that is known */
    } else if (en->work[i].stage == STAGE_PREPARE && action_waits(en, ACTION_CHANGED, i)) {
        unbegin(en, i);
    } else {
        attempt_cancel(en, i);
        note_cause(en, i);
        job_failed(en, i, TEST_ERROR);
    }
}

void job_timer(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->next_us <= en->now_us) {
        alarm_set(en, i, &st->next_us, CLOCK_NEVER);
        line_join(en, i);
    }
    if (st->deadline_us > en->now_us) {
        return;
    }
    if (en->work[i].stage == STAGE_VERIFY) {
        static const char silence[] = "it could not be found out in time whether what it left is still there";
        step_verified(en, &(struct engine_event){.kind = EVENT_VERIFIED, .node = i, .text = silence});
    } else {
        bool all = en->work[i].stage == STAGE_COMMAND && retry_limit(en, i) <= en->now_us;
        job_abort(en, i, all ? CAUSE_BUDGET : CAUSE_TIMEOUT);
    }
}
