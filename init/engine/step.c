/*
 * Steps and tests: jobs that are run once and come to an end.
 */
#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/engine/internal.h"
#include "init/engine/outcome.h"

static bool is_step(const struct engine *en, size_t i)
{
    return en->graph->nodes[i].kind == NODE_STEP;
}

static bool become(struct engine *en, size_t i, enum step_status step, enum test_status test)
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

/* Both stamps: a record of something that took no time still ends after it began (data model). */
static void stamp_end(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->called_us == 0) {
        st->called_us = en->now_us;
    }
    st->ended_us = en->now_us > st->called_us ? en->now_us : st->called_us + 1;
}

bool job_under_way(const struct engine *en, size_t i)
{
    const struct node_state *st = &en->states[i];
    return is_step(en, i) ? st->status.step == STEP_IN_PROGRESS : st->status.test == TEST_RUNNING;
}

void job_skip(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    const char *why = is_step(en, i) ? "manual" : "environment";
    stamp_end(en, i);
    en->states[i].why = node->inactive && node->inactive_why != NULL ? node->inactive_why : why;
    become(en, i, STEP_SKIPPED, TEST_SKIPPED);
    engine_release(en, i);
}

void test_blocked(struct engine *en, size_t i, size_t by)
{
    const struct node_state *cause = &en->states[by];
    stamp_end(en, i);
    verdict_note(en, i, (enum verdict_class)cause->verdict.verdict, "service %s is not healthy%s%.160s",
                 en->graph->nodes[by].name, cause->verdict.text[0] != '\0' ? ": " : "", cause->verdict.text);
    become(en, i, STEP_FAILED, TEST_ERROR);
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

/* The job is over. What that means for others matters only as long as nothing else has ended the run. */
static void finish(struct engine *en, size_t i, enum step_status step, enum test_status test)
{
    alarm_clear(en, i);
    en->work[i].recording = false;
    stamp_end(en, i);
    become(en, i, step, test);
    en->busy--;
    if (!engine_running(en)) {
        return;
    }
    if (is_step(en, i)) {
        if (step == STEP_COMPLETED) {
            engine_release(en, i);
        } else {
            engine_fail(en, EXIT_STEP_FAILED, "step %s failed: %.160s", en->graph->nodes[i].name,
                        en->states[i].verdict.text);
        }
    } else if (test == TEST_PASSED || !en->graph->nodes[i].required) {
        engine_release(en, i);
    } else {
        test_counts(en, i);
    }
}

/* The command ended as it should. */
static void command_done(struct engine *en, size_t i)
{
    const struct step *step = en->graph->nodes[i].step;
    if (is_step(en, i) && step != NULL && step->artifact_count > 0) {
        en->work[i].recording = true;
        alarm_set(en, i, &en->states[i].deadline_us, en->now_us + RECORD_TIMEOUT_US);
        action_push(en, ACTION_RECORD, i);
    } else {
        finish(en, i, STEP_COMPLETED, TEST_PASSED);
    }
}

void job_take_up(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    struct node_state *st = &en->states[i];
    uint64_t limit = node->timeout_us > 0 ? en->now_us + node->timeout_us : CLOCK_NEVER;
    st->called_us = en->now_us;
    en->busy++;
    become(en, i, STEP_IN_PROGRESS, TEST_RUNNING);
    if (node->runs) {
        st->attempts++;
        alarm_set(en, i, &st->deadline_us, limit);
        process_run(en, i);
    } else if (node->probed && !is_step(en, i)) {
        attempt_start(en, i, limit);
    } else {
        command_done(en, i);
    }
}

void job_verdict(struct engine *en, size_t i)
{
    switch ((enum verdict_class)en->states[i].verdict.verdict) {
    case VERDICT_OK:
        finish(en, i, STEP_COMPLETED, TEST_PASSED);
        break;
    case VERDICT_TIMEOUT:
        en->states[i].timed_out = true;
        finish(en, i, STEP_FAILED, TEST_ERROR);
        break;
    case VERDICT_INTERNAL:
        finish(en, i, STEP_FAILED, TEST_ERROR);
        break;
    default:
        finish(en, i, STEP_FAILED, TEST_FAILED);
        break;
    }
}

/* It did not end by itself: the reason is ours, whatever its status says. */
static void note_cause(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    char span[OUTCOME_SPAN_MAX];
    st->timed_out = en->work[i].cause == CAUSE_TIMEOUT || en->work[i].cause == CAUSE_DEADLINE;
    if (en->work[i].cause == CAUSE_TIMEOUT) {
        outcome_span(en->work[i].recording ? RECORD_TIMEOUT_US : en->graph->nodes[i].timeout_us, span);
        verdict_note(en, i, VERDICT_TIMEOUT, "%stimed out after %s",
                     en->work[i].recording ? "measuring its artifacts " : "", span);
    } else if (en->work[i].cause == CAUSE_DEADLINE) {
        verdict_note(en, i, VERDICT_TIMEOUT, "%s", en->reason);
    } else {
        verdict_note(en, i, VERDICT_EXIT, "interrupted");
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
    if (en->work[i].cause != CAUSE_NONE) {
        note_cause(en, i);
        finish(en, i, STEP_FAILED, TEST_ERROR);
        return;
    }
    if (st->exec_errno == 0 && st->wait_status == 0) {
        alarm_set(en, i, &st->deadline_us, CLOCK_NEVER);
        command_done(en, i);
        return;
    }
    enum verdict_class class = class_of_end(st);
    outcome_describe(st->wait_status, st->exec_errno, outcome, sizeof outcome);
    const char *why = st->exec_errno != 0 && text != NULL ? text : outcome;
    verdict_note(en, i, class, "%s", why);
    finish(en, i, STEP_FAILED, class == VERDICT_EXIT ? TEST_FAILED : TEST_ERROR);
}

void job_recorded(struct engine *en, size_t i, bool ok, const char *text)
{
    if (!en->work[i].recording) {
        return;
    }
    if (ok) {
        finish(en, i, STEP_COMPLETED, TEST_PASSED);
        return;
    }
    verdict_note(en, i, VERDICT_EXIT, "%s", text != NULL ? text : "its artifacts are not as declared");
    finish(en, i, STEP_FAILED, TEST_FAILED);
}

void job_blame_deadline(struct engine *en, size_t i)
{
    if (en->work[i].cause == CAUSE_NONE) {
        en->work[i].cause = CAUSE_DEADLINE;
    }
}

void job_abort(struct engine *en, size_t i, enum job_cause cause)
{
    if (!job_under_way(en, i)) {
        return;
    }
    if (en->work[i].cause == CAUSE_NONE) {
        en->work[i].cause = cause;
    }
    if (!en->states[i].running) {
        attempt_cancel(en, i);
        note_cause(en, i);
        finish(en, i, STEP_FAILED, TEST_ERROR);
    } else if (!en->states[i].stopping) {
        stop_terminate(en, i, JOB_GRACE_US);
    }
}

void job_timer(struct engine *en, size_t i)
{
    if (en->states[i].deadline_us <= en->now_us) {
        job_abort(en, i, CAUSE_TIMEOUT);
    }
}
