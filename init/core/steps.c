#include "init/core/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/log.h"
#include "init/core/session.h"
#include "init/setup/control.h"
#include "init/setup/drift.h"
#include "init/setup/image_sweep.h"
#include "init/setup/journal_lines.h"
#include "init/wire/channel.h"

/* ---- what is known ---- */

const struct past_artifact *steps_known(const struct session *s, const struct artifact_record *r)
{
    const struct past_step *past = history_find(&s->history, r->step_id);
    return past != NULL ? past_artifact_find(past, r->path) : NULL;
}

static bool is_kept(const struct past_artifact *known)
{
    return known != NULL && known->has_before && !known->taken_back;
}

bool steps_unchanged(const struct session *s, const struct artifact_record *r, char *text, size_t cap)
{
    static const char *const words[DRIFT_COUNT] = {
        [DRIFT_DELETED] = "does not exist any more", [DRIFT_TYPE] = "is another kind of file now",
        [DRIFT_CHANGED] = "has another content",     [DRIFT_MODE] = "has other permissions",
        [DRIFT_OWNER] = "has another owner",
    };
    if (r->found.error != 0) {
        (void)snprintf(text, cap, "cannot measure %.160s: %s", r->path, strerror(r->found.error));
        return false;
    }
    enum drift drift = facts_differ(&steps_known(s, r)->after, &r->found.facts);
    if (drift != DRIFT_NONE) {
        (void)snprintf(text, cap, "%.200s %s", r->path, words[drift]);
    }
    return drift == DRIFT_NONE;
}

/* ---- a task begins and ends ---- */

/* Does node @a come after node @b in every run? */
static bool comes_after(const struct graph *g, size_t a, size_t b)
{
    size_t at = 0;
    while (g->order[at] != a && g->order[at] != b) {
        at++;
    }
    return g->order[at] == b;
}

/* A step that comes after this one has changed the same path since: it is judged with that one. What one before this one has
 * changed since, this one has to do again. */
static bool is_superseded(const struct session *s, const struct artifact_record *r)
{
    for (size_t i = 0; i < s->artifacts.count; i++) {
        const struct artifact_record *other = &s->artifacts.items[i];
        if (other->node == r->node || strcmp(other->path, r->path) != 0 ||
            !comes_after(&s->loaded->graph, other->node, r->node)) {
            continue;
        }
        const struct past_step *past = history_find(&s->history, other->step_id);
        const struct past_artifact *known = past != NULL ? past_artifact_find(past, other->path) : NULL;
        if (past != NULL && past->status == STEP_COMPLETED && known != NULL && known->has_after && !known->taken_back) {
            return true;
        }
    }
    return false;
}

/* Whether there is anything to do about what is at its path. */
static bool concerns(const struct session *s, const struct artifact_record *r, enum step_task task)
{
    const struct past_artifact *known = steps_known(s, r);
    if (!artifact_needs_measuring(r)) {
        return false;
    }
    if (task == TASK_VERIFY) { /* only what the run that completed it measured */
        return known != NULL && known->has_after && !is_superseded(s, r);
    }
    if (task == TASK_PREPARE && s->steps.backups < 0) { /* in memory only: nothing can be kept */
        return false;
    }
    /* What the attempt before left is kept, what was left to be taken back is not. */
    return task != TASK_PREPARE || !is_kept(known) || known->has_after || !s->loaded->graph.nodes[r->node].step->resume;
}

static void task_over(struct session *s, size_t node)
{
    static const enum engine_event_kind events[] = {
        [TASK_VERIFY] = EVENT_VERIFIED, [TASK_PREPARE] = EVENT_PREPARED, [TASK_RECORD] = EVENT_RECORDED};
    struct step_work *w = &s->steps.work[node];
    const struct engine_event event = {
        .kind = events[w->task], .node = node, .attempt = w->attempt, .ok = !w->failed, .text = w->text};
    w->task = TASK_NONE;
    session_handle(s, &event);
}

static void begin(struct session *s, size_t node, enum step_task task)
{
    struct step_work *w = &s->steps.work[node];
    struct artifact_record *items = s->artifacts.items;
    *w = (struct step_work){.task = task, .attempt = engine_state(s->engine, node)->attempts};
    for (size_t i = 0; i < s->artifacts.count; i++) {
        if (items[i].node == node) {
            items[i].put_back = false;
            s->steps.asked[i] = concerns(s, &items[i], task);
            w->left += s->steps.asked[i];
        }
    }
    if (w->left == 0) {
        task_over(s, node);
        return;
    }
    /* All may be answered, as failures, before the last one is asked for. */
    for (size_t i = 0; i < s->artifacts.count && w->left > 0; i++) {
        if (items[i].node == node && s->steps.asked[i]) {
            helper_request(s, &s->recorder, (uint32_t)i);
        }
    }
}

void steps_verify(struct session *s, size_t node)
{
    begin(s, node, TASK_VERIFY);
}

void steps_prepare(struct session *s, size_t node)
{
    if (!steps_undo_first(s, node)) {
        begin(s, node, TASK_PREPARE);
    }
}

void steps_record(struct session *s, size_t node)
{
    begin(s, node, TASK_RECORD);
}

/* ---- to the recorder ---- */

static enum wire_type request_of(const struct session *s, uint32_t id)
{
    const struct artifact_record *r = &s->artifacts.items[id];
    switch (s->steps.work[r->node].task) {
    case TASK_PREPARE:
        return is_kept(steps_known(s, r)) && !r->put_back ? WIRE_RESTORE : WIRE_KEEP;
    case TASK_ROLLBACK:
        return rollback_request(s, id);
    case TASK_UNDO:
        return WIRE_RESTORE;
    default:
        return WIRE_RECORD;
    }
}

static int too_long(const struct artifact_record *r, struct err *e)
{
    return err_set(e, ERR_LIMIT, 0, "%.100s...: the path is too long", r->path);
}

static bool put(char *out, size_t cap, const char *text)
{
    int n = snprintf(out, cap, "%s", text);
    return n >= 0 && (size_t)n < cap;
}

/* Permissions are set at the path as it was when the before-image was taken: nobody can have led it elsewhere since. */
static int send_record(const struct session *s, int channel, uint32_t id, const struct artifact_record *r,
                       struct err *e)
{
    const struct past_artifact *known = steps_known(s, r);
    const bool sets = s->steps.work[r->node].task == TASK_RECORD && r->declared->permissions != NULL && known != NULL &&
                      known->resolved != NULL;
    struct wire_record_request m = {.type = WIRE_RECORD, .id = id, .algorithm = artifact_algorithm(r->declared)};
    m.mode = sets ? (uint32_t)strtoul(r->declared->permissions, NULL, 8) : 0;
    return put(m.path, sizeof m.path, sets ? known->resolved : r->path) ? channel_send(channel, &m, sizeof m, e)
                                                                        : too_long(r, e);
}

static int send_keep(struct session *s, int channel, uint32_t id, struct artifact_record *r, struct err *e)
{
    struct wire_keep_request m = {.type = WIRE_KEEP, .id = id, .algorithm = artifact_algorithm(r->declared)};
    image_name(s->journal.session, s->journal.sequence, id, r->backup);
    (void)put(m.backup, sizeof m.backup, r->backup);
    return put(m.path, sizeof m.path, r->path) ? channel_send_files(channel, &m, sizeof m, &s->steps.backups, 1, e)
                                               : too_long(r, e);
}

/* What a step left half done is put back whatever it is; what one has completed, only if nobody has changed it since. */
static int send_restore(struct session *s, int channel, uint32_t id, const struct artifact_record *r, struct err *e)
{
    const struct past_artifact *known = steps_known(s, r);
    struct wire_restore_request m = {.type = WIRE_RESTORE, .id = id, .before = known->before, .after = known->after};
    m.shallow = r->declared->shallow;
    m.check = known->has_after && !s->steps.work[r->node].measured;
    bool fits = put(m.path, sizeof m.path, known->resolved) &&
                put(m.backup, sizeof m.backup, known->backup != NULL ? known->backup : "");
    return fits ? channel_send_files(channel, &m, sizeof m, &s->steps.backups, 1, e) : too_long(r, e);
}

int steps_send(struct session *s, int channel, uint32_t id, struct err *e)
{
    struct artifact_record *r = &s->artifacts.items[id];
    switch (request_of(s, id)) {
    case WIRE_KEEP:
        return send_keep(s, channel, id, r, e);
    case WIRE_RESTORE:
        return send_restore(s, channel, id, r, e);
    default:
        return send_record(s, channel, id, r, e);
    }
}

/* ---- from others ---- */

void steps_listen(struct session *s)
{
    struct err e;
    s->steps.control = -1;
    if (s->statedir.fd < 0 || s->loaded->graph.step_count == 0) {
        return;
    }
    s->steps.control = control_open(&s->statedir, &e);
    if (s->steps.control < 0 || loop_watch(s, s->steps.control, SOURCE_CONTROL, 0, &e) != 0) {
        log_line(LOG_WARNING, "%s; no step can be skipped while this runs", e.text);
    }
}

void steps_asked(struct session *s)
{
    struct control_request request;
    while (control_receive(s->steps.control, &request) == 1) {
        int node = graph_find(&s->loaded->graph, NODE_STEP, request.step_id);
        if (node >= 0) {
            s->loaded->graph.nodes[node].skip_source = "command";
            session_handle(s, &(struct engine_event){.kind = EVENT_SKIP, .node = (size_t)node});
        }
    }
}

/* ---- from the recorder ---- */

static void note(struct step_work *w, const char *text)
{
    if (!w->failed) {
        w->failed = true;
        (void)snprintf(w->text, sizeof w->text, "%s", text);
    }
}

static void answered(struct session *s, uint32_t id)
{
    const size_t node = s->artifacts.items[id].node;
    s->steps.asked[id] = false;
    if (--s->steps.work[node].left == 0) {
        task_over(s, node);
    }
}

static void recorded(struct session *s, uint32_t id, const struct wire_recorded *m)
{
    struct artifact_record *r = &s->artifacts.items[id];
    struct step_work *w = &s->steps.work[r->node];
    char text[WIRE_TEXT_MAX];
    r->measured = true;
    r->found = *m;
    bool good =
        w->task == TASK_VERIFY ? steps_unchanged(s, r, text, sizeof text) : artifact_agrees(r, text, sizeof text);
    if (!good) {
        note(w, text);
    }
    answered(s, id);
}

static void kept(struct session *s, uint32_t id, const struct wire_kept *m)
{
    const struct artifact_record *r = &s->artifacts.items[id];
    struct step_work *w = &s->steps.work[r->node];
    const char *backup = m->facts.kind == WIRE_FILE_NONE ? NULL : r->backup;
    struct err e;
    if (m->error != 0) {
        note(w, m->text);
    } else if (journal_before(&s->journal, r->step_id, r->path, m->resolved, backup, &m->facts, s->now_us, &e) != 0) {
        session_fail(s, &e);
        note(w, e.text);
    }
    answered(s, id);
}

/* A folder that others have put something into: it is there, and that is all that its step wants. What was there before it is
 * known still, so that it goes when they go. */
static bool may_stay(const struct session *s, const struct artifact_record *r, const struct wire_restored *m)
{
    return r->declared->shallow && m->outcome == RESTORE_CONFLICT && steps_known(s, r)->before.kind == WIRE_FILE_NONE;
}

static void restored(struct session *s, uint32_t id, const struct wire_restored *m)
{
    struct artifact_record *r = &s->artifacts.items[id];
    if (may_stay(s, r, m)) {
        answered(s, id);
        return;
    }
    if (m->outcome == RESTORE_CONFLICT && steps_known(s, r)->has_after) {
        log_line(LOG_ERROR, "step %s: to keep what is at %s now, and do the step again: muster step retry %s",
                 r->step_id, r->path, r->step_id);
    }
    if (m->outcome == RESTORE_CONFLICT || m->outcome == RESTORE_FAILED) {
        note(&s->steps.work[r->node], m->text);
    } else if (steps_known(s, r)->has_after) {
        /* What a step had completed is back: from here on it counts as what was there before. */
        r->put_back = true;
        helper_request(s, &s->recorder, id);
        return;
    }
    answered(s, id);
}

int steps_answer(struct session *s, union wire_message *m, size_t len, struct err *e)
{
    if (wire_check_recorder(m, len, (uint32_t)s->artifacts.count, e) != 0) {
        return -1;
    }
    const uint32_t id = m->recorded.id;
    if (!s->steps.asked[id] || m->type != (uint32_t)request_of(s, id) + 1) {
        return err_set(e, ERR_PROTO, 0, "the recorder answered what it was not asked");
    }
    const enum step_task task = s->steps.work[s->artifacts.items[id].node].task;
    if (task == TASK_UNDO) {
        undo_answer(s);
    } else if (task == TASK_ROLLBACK) {
        s->steps.asked[id] = false;
        rollback_answer(s, id, m);
    } else if (m->type == WIRE_RECORDED) {
        recorded(s, id, &m->recorded);
    } else if (m->type == WIRE_KEPT) {
        kept(s, id, &m->kept);
    } else {
        restored(s, id, &m->restored);
    }
    return 0;
}

void steps_unanswered(struct session *s, const char *why)
{
    bool undoing = false;
    for (size_t i = 0; i < s->artifacts.count; i++) {
        struct step_work *w = &s->steps.work[s->artifacts.items[i].node];
        undoing |= s->steps.asked[i] && w->task == TASK_UNDO;
        if (!s->steps.asked[i] || w->task == TASK_UNDO) {
            continue;
        }
        if (w->task == TASK_ROLLBACK) {
            s->steps.asked[i] = false;
            rollback_failed(s, (uint32_t)i, why);
        } else {
            note(w, why);
            answered(s, (uint32_t)i);
        }
    }
    if (undoing) {
        undo_unanswered(s);
    }
}
