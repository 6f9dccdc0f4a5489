#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/core/local_probe.h"
#include "init/core/session.h"
#include "init/report/terminal.h"

/* The prober has this long after an attempt's deadline before it counts as hung; the engine waits a little longer. */
#define PROBER_SLACK_US (400 * US_PER_MS)

static void answer(struct session *s, size_t node, enum verdict_class class, const char *text)
{
    struct wire_verdict v = {
        .type = WIRE_VERDICT,
        .id = (uint32_t)node,
        .attempt = engine_state(s->engine, node)->attempts,
        .verdict = class,
        .elapsed_us = clock_mono_us() - s->attempt_us[node],
    };
    (void)snprintf(v.text, sizeof v.text, "%s", text);
    session_handle(s, &(struct engine_event){.kind = EVENT_VERDICT, .node = node, .verdict = &v});
    session_refresh(s);
}

static void look(struct session *s, size_t node)
{
    char text[WIRE_TEXT_MAX];
    struct buf why = BUF_OVER(text);
    buf_reset(&why);
    const uint64_t wall_us = clock_anchor_now().wall_us;
    enum verdict_class class = local_probe(&s->loaded->graph.nodes[node], wall_us, &why);
    (void)redact(&s->redactor, text, why.len); /* it may quote a file */
    answer(s, node, class, text);
}

static void probe_node(struct session *s, const struct engine_action *action)
{
    size_t node = action->node;
    const struct node *n = &s->loaded->graph.nodes[node];
    s->attempt_us[node] = clock_mono_us();
    s->timeout_ms[node] = (uint32_t)(action->timeout_us / US_PER_MS);
    if (n->request != NULL) {
        helper_request(s, &s->prober, (uint32_t)node);
        return;
    }
    if (n->probed_here) {
        look(s, node);
        return;
    }
    struct err e;
    if (run_probe(s, node, &e) != 0) {
        answer(s, node, VERDICT_COMMAND, e.text);
    }
}

static void cancel_probe(struct session *s, size_t node)
{
    struct child *slot = children_find(&s->children, CHILD_PROBE, node);
    if (slot != NULL) {
        child_signal(slot, SIGKILL);
        fd_close_cleanup(&slot->output_fd); /* the next one has the same output */
        slot->output_fd = -1;
        slot->role = CHILD_CANCELLED;
        return;
    }
    if (s->loaded->graph.nodes[node].request == NULL) {
        return;
    }
    uint64_t hung_us = s->attempt_us[node] + s->timeout_ms[node] * US_PER_MS + PROBER_SLACK_US +
                       engine_state(s->engine, node)->patience_us;
    if (s->now_us >= hung_us) {
        helper_abandon(&s->prober, "the prober did not answer and was replaced");
    } else {
        helper_cancel(s, (uint32_t)node);
    }
}

static void kill_node(struct session *s, const struct engine_action *action)
{
    struct child *slot = children_find(&s->children, CHILD_NODE, action->node);
    if (slot != NULL) {
        child_signal(slot, action->signal);
    }
}

static void tell_change(struct session *s, size_t node)
{
    struct err e;
    const bool step = s->loaded->graph.nodes[node].kind == NODE_STEP;
    const bool undoing = step && s->steps.rollback[node] != engine_state(s->engine, node)->rollback;
    const bool moved = !undoing || s->journaled[node] != engine_state(s->engine, node)->status.step;
    if (step && steps_journal(s, node, &e) != 0) {
        session_fail(s, &e);
    }
    if (moved) {
        terminal_changed(&s->view, node, s->now_us);
    }
    if (undoing) {
        terminal_rollback(&s->view, node, s->now_us);
    }
    s->dirty = true;
}

static void become_ready(struct session *s)
{
    if (s->notify.of_main) {
        s->view.phase = PHASE_STARTING;
        s->dirty = true;
        terminal_main_starting(&s->view, s->now_us);
        handover_start(s);
        return;
    }
    struct err e;
    if (session_activate(s, &e) != 0) {
        session_fail(s, &e);
        return;
    }
    if (s->options->main_argv != NULL) {
        handover_start(s);
    } else {
        s->view.phase = PHASE_COMPLETE;
        session_handle(s, &(struct engine_event){.kind = EVENT_STOP});
    }
}

static void become_failed(struct session *s, const struct engine_action *action)
{
    s->exit_code = action->exit_code;
    s->view.phase = PHASE_FAILED;
    s->view.exit_code = action->exit_code;
    s->dirty = true;
    terminal_failed(&s->view, s->now_us);
}

static void carry_out(struct session *s, const struct engine_action *action)
{
    switch (action->kind) {
    case ACTION_CHANGED:
        tell_change(s, action->node);
        break;
    case ACTION_RUN:
        run_node(s, action->node);
        break;
    case ACTION_PROBE:
        probe_node(s, action);
        break;
    case ACTION_CANCEL:
        cancel_probe(s, action->node);
        break;
    case ACTION_KILL:
        kill_node(s, action);
        break;
    case ACTION_VERIFY:
        steps_verify(s, action->node);
        break;
    case ACTION_PREPARE:
        steps_prepare(s, action->node);
        break;
    case ACTION_RECORD:
        steps_record(s, action->node);
        break;
    case ACTION_ROLLBACK:
        steps_roll_back(s, action->node);
        break;
    case ACTION_LOST:
        handover_lost(s, action->node);
        break;
    case ACTION_READY:
        become_ready(s);
        break;
    case ACTION_FAILED:
        become_failed(s, action);
        break;
    case ACTION_STOPPED:
        s->stopped = true;
        if (s->view.phase == PHASE_FAILED || s->options->take_back != NULL) {
            s->exit_code = s->view.exit_code = action->exit_code; /* what was to be taken back may not have been */
        }
        if (s->view.phase == PHASE_STOPPING) {
            s->view.phase = PHASE_STOPPED;
        }
        s->dirty = true;
        break;
    }
}

void actions_run(struct session *s)
{
    struct engine_action action;
    while (engine_take(s->engine, &action)) {
        carry_out(s, &action);
    }
}
