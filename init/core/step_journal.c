/*
 * The lines of steps in the journal: written before anything relies on what they say.
 */
#include <sys/wait.h>

#include "init/base/clock.h"
#include "init/core/session.h"
#include "init/core/steps.h"
#include "init/setup/journal_lines.h"

/* How its command ended, if it had begun. */
static void put_ending(struct step_line *line, const struct node_state *state)
{
    const int wait_status = state->wait_status;
    if (state->exec_errno != 0 || state->called_us == 0) {
        return;
    }
    line->exited = WIFEXITED(wait_status);
    line->exit_code = WIFEXITED(wait_status) ? (uint32_t)WEXITSTATUS(wait_status) : 0;
    line->signal = WIFSIGNALED(wait_status) ? (uint32_t)WTERMSIG(wait_status) : 0;
}

static int write_status(struct session *s, size_t node, enum step_status to, struct err *e)
{
    const struct node *n = &s->loaded->graph.nodes[node];
    const struct node_state *state = engine_state(s->engine, node);
    const bool over = to == STEP_COMPLETED || to == STEP_FAILED;
    char started[CLOCK_TEXT_MAX];
    char completed[CLOCK_TEXT_MAX];
    clock_format(&s->view.anchor, state->called_us, 6, started);
    clock_format(&s->view.anchor, state->ended_us, 6, completed);
    if (to == STEP_IN_PROGRESS) {
        s->steps.began[node] = clock_anchor_now();
    }
    struct step_line line = {
        .step_id = n->name,
        .to = to,
        .definition_sha256 = n->step->definition_sha256,
        .inputs = s->steps.inputs[node],
        .started_at = to == STEP_IN_PROGRESS ? started : NULL,
        .completed_at = over ? completed : NULL,
        .error = to == STEP_FAILED ? state->verdict.text : NULL,
    };
    if (over) {
        put_ending(&line, state);
        const struct clock_anchor now = clock_anchor_now();
        line.clock_jump_ms = clock_jump_ms(&s->steps.began[node], &now);
    } else if (to == STEP_SKIPPED) {
        line.skip_reason = state->why;
        line.skip_source = n->inactive ? "manifest" : n->skip_source;
    }
    return journal_step(&s->journal, &line, s->now_us, e);
}

static int write_artifacts(struct session *s, size_t node, struct err *e)
{
    for (size_t i = 0; i < s->artifacts.count; i++) {
        const struct artifact_record *r = &s->artifacts.items[i];
        if (r->node == node && r->measured && r->found.error == 0 &&
            journal_after(&s->journal, r->step_id, r->path, &r->found.facts, s->now_us, e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* What an earlier run had completed is not as it was left. */
static int write_reopening(struct session *s, size_t node, struct err *e)
{
    const struct node_state *state = engine_state(s->engine, node);
    if (s->journaled[node] != STEP_COMPLETED || !state->reopened || state->status.step == STEP_SKIPPED) {
        return 0;
    }
    s->journaled[node] = STEP_PENDING;
    return journal_reopen(&s->journal, s->loaded->graph.nodes[node].name, "drift", state->verdict.text, s->now_us, e);
}

static int write_rollback(struct session *s, size_t node, struct err *e)
{
    const enum rollback_state state = engine_state(s->engine, node)->rollback;
    if (state == ROLLBACK_NOT_ASKED || s->steps.rollback[node] == state) {
        return 0;
    }
    /* One that was given up before it began is told as begun, too. */
    if (s->steps.rollback[node] != ROLLBACK_PENDING && state != ROLLBACK_PENDING &&
        journal_rollback(&s->journal, s->loaded->graph.nodes[node].name, ROLLBACK_PENDING, s->now_us, e) != 0) {
        return -1;
    }
    s->steps.rollback[node] = state;
    return journal_rollback(&s->journal, s->loaded->graph.nodes[node].name, state, s->now_us, e);
}

int steps_journal(struct session *s, size_t node, struct err *e)
{
    const enum step_status to = engine_state(s->engine, node)->status.step;
    if (write_reopening(s, node, e) != 0) {
        return -1;
    }
    if (to != (enum step_status)s->journaled[node]) {
        if ((to == STEP_COMPLETED && write_artifacts(s, node, e) != 0) || write_status(s, node, to, e) != 0) {
            return -1;
        }
        s->journaled[node] = (uint8_t)to;
    }
    return write_rollback(s, node, e);
}
