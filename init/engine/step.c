/*
 * What only steps do: go on from an earlier run, keep before-images, measure what they left, be skipped.
 */
#include "init/base/exit_code.h"
#include "init/engine/job.h"

void step_recall(struct engine *en, size_t i, const struct step_past *past)
{
    struct node_state *st = &en->states[i];
    struct node_work *work = &en->work[i];
    st->status.step = past->status;
    st->attempts = past->attempts;
    st->why = past->status == STEP_SKIPPED ? past->why : NULL;
    work->unverified = past->status == STEP_COMPLETED && past->verify;
    st->cached = past->status == STEP_COMPLETED && !past->verify;
    work->left = past->attempts > 0 || past->kept;
}

void step_resume(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    if (st->cached) {
        action_push(en, ACTION_CHANGED, i);
    }
    if (st->cached || st->status.step == STEP_SKIPPED) {
        engine_release(en, i);
    }
}

static void ask(struct engine *en, size_t i, enum job_stage stage, enum engine_action_kind kind)
{
    en->work[i].stage = stage;
    alarm_set(en, i, &en->states[i].deadline_us, en->now_us + RECORD_TIMEOUT_US);
    action_push(en, kind, i);
}

void step_verify(struct engine *en, size_t i)
{
    en->busy++;
    ask(en, i, STAGE_VERIFY, ACTION_VERIFY);
}

/* The model knows no way back from completed: this is another record of the step, which begins its life as pending. */
static void reopen(struct engine *en, size_t i, const char *why)
{
    struct node_state *st = &en->states[i];
    st->status.step = STEP_PENDING;
    st->reopened = true;
    st->attempts = 0;
    en->work[i].left = true;
    verdict_note(en, i, VERDICT_CONTENT, "%s", why != NULL ? why : "what it left is not as it was recorded");
    action_push(en, ACTION_CHANGED, i);
    engine_look_at(en, i);
    /* What it needs may have been skipped while nobody had to wait for that. */
    const struct node *node = &en->graph->nodes[i];
    for (size_t k = 0; k < node->need_count; k++) {
        if (is_step(en, node->needs[k]) && en->states[node->needs[k]].status.step == STEP_SKIPPED) {
            step_missed(en, node->needs[k]);
        }
    }
}

void step_verified(struct engine *en, const struct engine_event *ev)
{
    size_t i = ev->node;
    if (en->work[i].stage != STAGE_VERIFY) {
        return;
    }
    alarm_clear(en, i);
    en->work[i].stage = STAGE_NONE;
    en->work[i].unverified = false;
    en->busy--;
    if (ev->ok) {
        en->states[i].cached = true;
        action_push(en, ACTION_CHANGED, i);
        engine_release(en, i);
    } else {
        reopen(en, i, ev->text);
    }
}

void step_prepare(struct engine *en, size_t i)
{
    ask(en, i, STAGE_PREPARE, ACTION_PREPARE);
}

void step_record(struct engine *en, size_t i)
{
    ask(en, i, STAGE_RECORD, ACTION_RECORD);
}

static bool is_answer(const struct engine *en, const struct engine_event *ev, enum job_stage stage)
{
    bool current = ev->attempt == 0 || ev->attempt == en->states[ev->node].attempts;
    return current && en->work[ev->node].stage == stage;
}

void step_prepared(struct engine *en, const struct engine_event *ev)
{
    size_t i = ev->node;
    if (!is_answer(en, ev, STAGE_PREPARE)) {
        return;
    }
    alarm_clear(en, i);
    if (ev->ok && retry_limit(en, i) <= en->now_us) {
        job_abort(en, i, CAUSE_BUDGET);
        return;
    }
    if (ev->ok) {
        job_command(en, i);
        return;
    }
    verdict_note(en, i, VERDICT_INTERNAL, "%s", ev->text != NULL ? ev->text : "its artifacts could not be prepared");
    job_failed(en, i, TEST_ERROR);
}

void step_recorded(struct engine *en, const struct engine_event *ev)
{
    size_t i = ev->node;
    if (!is_answer(en, ev, STAGE_RECORD)) {
        return;
    }
    if (ev->ok) {
        job_finish(en, i, STEP_COMPLETED, TEST_PASSED);
        return;
    }
    verdict_note(en, i, VERDICT_EXIT, "%s", ev->text != NULL ? ev->text : "its artifacts are not as declared");
    job_failed(en, i, TEST_FAILED);
}

void step_skip(struct engine *en, const struct engine_event *ev)
{
    size_t i = ev->node;
    if (!engine_running(en) || !is_step(en, i) || en->states[i].status.step == STEP_SKIPPED) {
        return;
    }
    if (!en->states[i].running) {
        step_skipped(en, i);
        return;
    }
    en->work[i].cause = CAUSE_SKIPPED;
    if (!en->states[i].stopping) {
        stop_terminate(en, i, JOB_GRACE_US);
    }
}

void step_skipped(struct engine *en, size_t i)
{
    struct node_state *st = &en->states[i];
    alarm_clear(en, i);
    line_leave(en, i);
    if (st->status.step != STEP_COMPLETED && st->ended_us == 0) {
        job_stamp_end(en, i);
    }
    st->why = "manual";
    en->work[i].unverified = st->cached = false;
    job_become(en, i, STEP_SKIPPED, TEST_SKIPPED);
    if (job_under_way(en, i)) {
        job_conclude(en, i);
    } else {
        engine_release(en, i);
        step_missed(en, i);
    }
}

void step_missed(struct engine *en, size_t i)
{
    static const char *const kinds[] = {[NODE_SERVICE] = "service", [NODE_STEP] = "step", [NODE_TEST] = "test"};
    if (engine_satisfied(en, i)) {
        return;
    }
    size_t by = hope_lost(en, i);
    if (by != ENGINE_NO_NODE && en->phase == ENGINE_CALLING) {
        const struct node *node = &en->graph->nodes[by];
        engine_fail(en, EXIT_STEP_FAILED, "%s %s needs step %s, which was skipped", kinds[node->kind], node->name,
                    en->graph->nodes[i].name);
    }
}
