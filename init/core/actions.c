#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/core/local_probe.h"
#include "init/core/session.h"
#include "init/core/spawn.h"
#include "init/report/terminal.h"

/* The prober has this long after an attempt's deadline before it counts as hung; the engine waits a little longer. */
#define PROBER_SLACK_US (400 * US_PER_MS)

/* A pipe whose read end PID 1 can watch. */
static int open_pipe(struct session *s, struct child *slot, int *write_end, struct err *e)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot open a pipe");
    }
    *write_end = ends[1];
    slot->output_fd = ends[0];
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return loop_watch(s, ends[0], SOURCE_OUTPUT, child_index(&s->children, slot), e);
}

static int open_ready_pipe(struct session *s, enum child_role role, size_t node, int *write_end, struct err *e)
{
    const struct node *n = &s->loaded->graph.nodes[node];
    bool wanted = role == CHILD_NODE && n->service != NULL && n->service->ready == READY_BY_DESCRIPTOR;
    return wanted ? notify_pipe(s, node, write_end, e) : 0;
}

/* Start a node's command or exec probe. Returns 0, or -1 with *exec_errno and e set. */
static int start_child(struct session *s, enum child_role role, size_t node, char *const *argv, int *exec_errno,
                       struct err *e)
{
    const struct node *n = &s->loaded->graph.nodes[node];
    if (role == CHILD_NODE) {
        own_process_fresh(s, node);
    }
    struct child *slot = children_add(&s->children, role, node, 0);
    cleanup_fd int write_end = -1;
    cleanup_fd int ready_fd = -1;
    *exec_errno = EAGAIN;
    if (slot == NULL) {
        return err_set(e, ERR_LIMIT, 0, "cannot start %s: too many processes", argv[0]);
    }
    slot->output = s->outputs[role == CHILD_NODE ? node : s->loaded->graph.count + node];
    output_init(slot->output, &s->redactor, s->options->no_redact, slot->output->file);
    if (open_pipe(s, slot, &write_end, e) == 0 && open_ready_pipe(s, role, node, &ready_fd, e) == 0) {
        const struct spawn_spec spec = {
            .argv = argv,
            .envp = role == CHILD_NODE ? notify_node_environment(s, node) : s->secrets.of_nodes[node]->silent,
            .directory = role != CHILD_NODE ? NULL
                         : n->step != NULL  ? n->step->directory
                                            : n->directory,
            .output_fd = write_end,
            .channel_fd = -1,
            .ready_fd = ready_fd,
            .ready_number = n->service != NULL ? n->service->ready_fd : 0,
            .given_fds = s->secrets.of_nodes[node]->fds,
            .given_count = s->secrets.of_nodes[node]->fd_count,
            .signals = s->options->inherited,
            .privilege = role == CHILD_NODE ? s->own[node]->privilege : NULL,
        };
        pid_t pid = spawn(&spec, exec_errno, e);
        if (pid > 0) {
            slot->pid = pid;
            return 0;
        }
    }
    fd_close_cleanup(&slot->output_fd);
    slot->role = CHILD_FREE;
    return -1;
}

static void run_node(struct session *s, size_t node)
{
    struct err e;
    int exec_errno;
    struct engine_event event = {.kind = EVENT_STARTED, .node = node};
    if (start_child(s, CHILD_NODE, node, s->loaded->graph.nodes[node].argv, &exec_errno, &e) != 0) {
        event.kind = EVENT_EXIT;
        event.exec_errno = exec_errno;
        event.text = e.text;
    }
    session_handle(s, &event);
}

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
    int exec_errno;
    if (start_child(s, CHILD_PROBE, node, n->probe_argv, &exec_errno, &e) != 0) {
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

static void record_node(struct session *s, size_t node)
{
    uint16_t asked = 0;
    for (size_t i = 0; i < s->artifacts.count; i++) {
        if (s->artifacts.items[i].node == node && artifact_needs_measuring(&s->artifacts.items[i])) {
            asked++;
        }
    }
    s->records_left[node] = asked;
    if (asked == 0) {
        session_handle(s, &(struct engine_event){.kind = EVENT_RECORDED, .node = node, .ok = true});
        return;
    }
    for (size_t i = 0; i < s->artifacts.count && s->records_left[node] > 0; i++) {
        if (s->artifacts.items[i].node == node && artifact_needs_measuring(&s->artifacts.items[i])) {
            helper_request(s, &s->recorder, (uint32_t)i);
        }
    }
}

static void tell_change(struct session *s, size_t node)
{
    struct err e;
    if (s->loaded->graph.nodes[node].kind == NODE_STEP && session_journal_step(s, node, &e) != 0) {
        session_fail(s, &e);
    }
    terminal_changed(&s->view, node, s->now_us);
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
    case ACTION_RECORD:
        record_node(s, action->node);
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
