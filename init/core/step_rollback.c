/*
 * Taking a step back, its last artifact first: what came later may lie in what was there before.
 *
 * What is a file goes back to its before-image, unless somebody has changed it since. A clean-up script runs for what has no
 * file; and for a file that was not there before, once it is known to be as the step left it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "init/base/clock.h"
#include "init/base/log.h"
#include "init/core/session.h"
#include "init/core/steps.h"
#include "init/engine/outcome.h"
#include "init/setup/drift.h"
#include "init/setup/journal_lines.h"

/* One clean-up script, TERM is not tried: it has to be idempotent. */
#define CLEANUP_TIMEOUT_US (60 * US_PER_S)

static void go_on(struct session *s, size_t node);

static bool is_file(const struct artifact_record *r)
{
    return artifact_needs_measuring(r);
}

static char *const *cleanup_of(const struct session *s, const struct artifact_record *r)
{
    const struct node *n = &s->loaded->graph.nodes[r->node];
    return n->cleanups != NULL ? n->cleanups[r->index] : NULL;
}

/* The script is for what the step added; what was there before is put back. */
static bool wants_script(const struct session *s, const struct artifact_record *r)
{
    const struct past_artifact *known = steps_known(s, r);
    return cleanup_of(s, r) != NULL && (!is_file(r) || (known != NULL && known->before.kind == WIRE_FILE_NONE));
}

static bool has_after(const struct session *s, const struct artifact_record *r)
{
    const struct past_artifact *known = steps_known(s, r);
    return known != NULL && known->has_after;
}

/* Whether there is anything to take back. */
static bool is_known(const struct session *s, const struct artifact_record *r)
{
    const struct past_artifact *known = steps_known(s, r);
    return is_file(r) ? known != NULL && known->has_before && !known->taken_back : wants_script(s, r);
}

enum wire_type rollback_request(const struct session *s, uint32_t id)
{
    const struct artifact_record *r = &s->artifacts.items[id];
    const struct step_work *w = &s->steps.work[r->node];
    return wants_script(s, r) && has_after(s, r) && !w->measured ? WIRE_RECORD : WIRE_RESTORE;
}

static void tell_failure(const struct session *s, const struct artifact_record *r, const char *text)
{
    const struct past_artifact *known = steps_known(s, r);
    if (known != NULL && known->backup != NULL) {
        log_line(LOG_ERROR, "step %s: %s; what was there before is in %s/%s/%s", r->step_id, text, s->statedir.path,
                 BACKUPS_FOLDER, known->backup);
    } else {
        log_line(LOG_ERROR, "step %s: %s", r->step_id, text);
    }
}

/* One line of the journal for each that has a before-image, and for people what could not be done. */
static void settle(struct session *s, struct artifact_record *r, enum wire_restore_outcome outcome, const char *text)
{
    struct step_work *w = &s->steps.work[r->node];
    struct err e;
    bool good = outcome != RESTORE_CONFLICT && outcome != RESTORE_FAILED;
    if (steps_known(s, r) != NULL &&
        journal_taken_back(&s->journal, r->step_id, r->path, outcome, good ? NULL : text, s->now_us, &e) != 0) {
        log_line(LOG_ERROR, "%s", e.text);
    }
    w->any_done |= good;
    if (!good) {
        tell_failure(s, r, text);
        if (!w->failed) {
            w->failed = true;
            (void)snprintf(w->text, sizeof w->text, "%s", text);
        }
    }
    w->at++;
    go_on(s, r->node);
}

static struct artifact_record *current(struct session *s, size_t node)
{
    size_t seen = 0;
    for (size_t i = s->artifacts.count; i-- > 0;) {
        struct artifact_record *r = &s->artifacts.items[i];
        if (r->node == node && seen++ == s->steps.work[node].at) {
            return r;
        }
    }
    return NULL;
}

static void over(struct session *s, size_t node)
{
    struct step_work *w = &s->steps.work[node];
    const enum rollback_state state = !w->failed ? ROLLBACK_DONE : w->any_done ? ROLLBACK_PARTIAL : ROLLBACK_FAILED;
    w->task = TASK_NONE;
    const struct engine_event event = {.kind = EVENT_ROLLED_BACK, .node = node, .rollback = state, .text = w->text};
    session_handle(s, &event);
}

static void run_script(struct session *s, struct artifact_record *r)
{
    struct err e;
    s->steps.cleaning = r->node;
    s->steps.cleanup_late = false;
    s->steps.cleanup_deadline_us = clock_mono_us() + CLEANUP_TIMEOUT_US;
    if (run_cleanup(s, r->node, cleanup_of(s, r), &e) != 0) {
        s->steps.cleanup_deadline_us = CLOCK_NEVER;
        settle(s, r, RESTORE_FAILED, e.text);
    }
}

static void ask(struct session *s, struct artifact_record *r)
{
    uint32_t id = (uint32_t)(r - s->artifacts.items);
    s->steps.asked[id] = true;
    helper_request(s, &s->recorder, id);
}

/* Not recursive in the number of artifacts: what needs nothing is passed over here. */
static void go_on(struct session *s, size_t node)
{
    struct step_work *w = &s->steps.work[node];
    struct artifact_record *r = current(s, node);
    w->measured = false;
    while (r != NULL && !is_known(s, r)) {
        w->at++;
        r = current(s, node);
    }
    if (r == NULL) {
        over(s, node);
    } else if (wants_script(s, r) && (!is_file(r) || !has_after(s, r))) {
        run_script(s, r);
    } else {
        ask(s, r);
    }
}

void steps_roll_back(struct session *s, size_t node)
{
    if (!steps_undo_stops(s, node)) {
        s->steps.work[node] = (struct step_work){.task = TASK_ROLLBACK};
        go_on(s, node);
    }
}

/* It is as the step left it, so the script may run; or it is gone already. */
static void measured(struct session *s, struct artifact_record *r, const struct wire_recorded *m)
{
    char text[WIRE_TEXT_MAX];
    s->steps.work[r->node].measured = true;
    r->measured = true;
    r->found = *m;
    if (m->error == 0 && m->facts.kind == WIRE_FILE_NONE) {
        settle(s, r, RESTORE_UNCHANGED, "");
    } else if (steps_unchanged(s, r, text, sizeof text)) {
        run_script(s, r);
    } else {
        settle(s, r, m->error == 0 ? RESTORE_CONFLICT : RESTORE_FAILED, text);
    }
}

void rollback_answer(struct session *s, uint32_t id, const union wire_message *m)
{
    struct artifact_record *r = &s->artifacts.items[id];
    if (m->type == WIRE_RECORDED) {
        measured(s, r, &m->recorded);
    } else {
        settle(s, r, (enum wire_restore_outcome)m->restored.outcome, m->restored.text);
    }
}

void rollback_failed(struct session *s, uint32_t id, const char *why)
{
    settle(s, &s->artifacts.items[id], RESTORE_FAILED, why);
}

void steps_cleaned(struct session *s, int wait_status)
{
    const size_t node = s->steps.cleaning;
    struct artifact_record *r = current(s, node);
    const bool late = s->steps.cleanup_late;
    s->steps.cleanup_deadline_us = CLOCK_NEVER;
    if (r == NULL || s->steps.work[node].task != TASK_ROLLBACK) {
        return;
    }
    if (wait_status != 0) {
        char what[64];
        char text[WIRE_TEXT_MAX];
        outcome_describe(wait_status, 0, what, sizeof what);
        (void)snprintf(text, sizeof text, "%.120s: its clean-up script %s", r->path, late ? "took too long" : what);
        settle(s, r, RESTORE_FAILED, text);
    } else if (is_file(r)) {
        s->steps.work[node].measured = true;
        ask(s, r); /* what the script has left is removed all the same */
    } else {
        settle(s, r, RESTORE_REMOVED, "");
    }
}

void steps_timer(struct session *s)
{
    if (s->steps.cleanup_deadline_us <= s->now_us) {
        s->steps.cleanup_late = true;
        s->steps.cleanup_deadline_us = CLOCK_NEVER;
        run_cleanup_kill(s, s->steps.cleaning);
    }
}

uint64_t steps_wake(const struct session *s)
{
    return s->steps.cleanup_deadline_us;
}
