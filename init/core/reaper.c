#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/buf.h"
#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/core/session.h"
#include "init/engine/outcome.h"

/* Take what is left in the pipe. A grandchild may hold it open for ever, so the end is not waited for. */
static void drain(struct session *s, struct child *slot, output_line_fn *fn)
{
    struct session_line_target target = {.session = s, .node = slot->node};
    if (slot->output_fd >= 0 && child_read(slot, fn, &target)) {
        output_flush(slot->output, fn, &target);
    }
}

static void node_ended(struct session *s, struct child *slot, int wait_status)
{
    own_process_ended(s, slot->node, wait_status, slot->pid);
    drain(s, slot, session_line);
    logfile_close(&s->own[slot->node]->log);
    session_handle(s, &(struct engine_event){.kind = EVENT_EXIT, .node = slot->node, .wait_status = wait_status});
    s->dirty = true;
}

/* The last line it wrote says best what is wrong. */
static const char *last_line(const struct output *o)
{
    size_t end = o->tail_len;
    while (end > 0 && o->tail[end - 1] == '\n') {
        end--;
    }
    size_t start = end;
    while (start > 0 && o->tail[start - 1] != '\n') {
        start--;
    }
    return o->tail + start;
}

static void probe_ended(struct session *s, struct child *slot, int wait_status)
{
    drain(s, slot, session_no_line);
    fd_close_cleanup(&slot->output_fd);
    slot->output_fd = -1;
    const struct node_state *state = engine_state(s->engine, slot->node);
    if (!state->probing) {
        return;
    }
    struct wire_verdict v = {.type = WIRE_VERDICT,
                             .id = (uint32_t)slot->node,
                             .attempt = state->attempts,
                             .verdict = wait_status == 0 ? VERDICT_OK : VERDICT_EXIT,
                             .elapsed_us = clock_mono_us() - s->attempt_us[slot->node]};
    if (wait_status != 0) {
        char what[64];
        outcome_describe(wait_status, 0, what, sizeof what);
        struct buf text = BUF_OVER(v.text);
        const char *line = last_line(slot->output);
        buf_printf(&text, "the command %s", what);
        if (*line != '\0') {
            buf_printf(&text, ": %.*s", (int)strcspn(line, "\n"), line);
        }
    }
    session_handle(s, &(struct engine_event){.kind = EVENT_VERDICT, .node = slot->node, .verdict = &v});
    session_refresh(s);
}

static void cleanup_ended(struct session *s, struct child *slot, int wait_status)
{
    drain(s, slot, session_line);
    fd_close_cleanup(&slot->output_fd);
    slot->output_fd = -1;
    logfile_close(&s->own[slot->node]->log);
    s->now_us = clock_mono_us();
    steps_cleaned(s, wait_status);
}

static void helper_reaped(struct session *s, struct child *slot, int wait_status)
{
    struct helper *h = slot->role == CHILD_PROBER ? &s->prober : &s->recorder;
    if (h->pid != slot->pid) {
        return; /* replaced already */
    }
    if (h->closed) {
        h->pid = 0;
        return;
    }
    helper_readable(s, h); /* its last words first */
    char text[ERR_TEXT_MAX];
    if (h->why[0] != '\0') {
        (void)snprintf(text, sizeof text, "%s", h->why);
    } else {
        char what[64];
        outcome_describe(wait_status, 0, what, sizeof what);
        (void)snprintf(text, sizeof text, "muster's own %s %s", h->role_name + 1, what);
    }
    log_line(LOG_WARNING, "%s", text);
    helper_ended(s, h, text);
}

static void reaped(struct session *s, pid_t pid, int wait_status)
{
    struct child *slot = children_by_pid(&s->children, pid);
    if (slot == NULL || (WIFSTOPPED(wait_status) && slot->role != CHILD_MAIN)) {
        return; /* an orphan that was given to us; or nothing has ended */
    }
    switch (slot->role) {
    case CHILD_MAIN:
        handover_reaped(s, wait_status);
        if (!s->main.ended) {
            return; /* only stopped */
        }
        break;
    case CHILD_NODE:
        node_ended(s, slot, wait_status);
        break;
    case CHILD_PROBE:
        probe_ended(s, slot, wait_status);
        break;
    case CHILD_CLEANUP:
        slot->role = CHILD_CANCELLED; /* the next one may be started by what comes of this */
        cleanup_ended(s, slot, wait_status);
        break;
    case CHILD_PROBER:
    case CHILD_RECORDER:
        helper_reaped(s, slot, wait_status);
        break;
    case CHILD_CANCELLED:
    case CHILD_FREE:
        break;
    }
    slot->pid = 0;
    child_release(slot);
}

void reaper_run(struct session *s)
{
    for (;;) {
        int wait_status;
        pid_t pid = ending_reap(&wait_status);
        if (pid <= 0) {
            if (pid < 0) {
                ending_alone(&s->ending);
            }
            return;
        }
        reaped(s, pid, wait_status);
    }
}
