/*
 * What a line may say, and what it changes.
 */
#include <stdio.h>
#include <string.h>

#include "init/base/text.h"
#include "init/setup/history.h"
#include "init/setup/history_store.h"

/* Again and again by hand, but only what was begun comes to an end. */
static const bool rollback_edges[ROLLBACK_STATE_COUNT][ROLLBACK_STATE_COUNT] = {
    [ROLLBACK_NOT_ASKED] = {[ROLLBACK_PENDING] = true},
    [ROLLBACK_PENDING] =
        {[ROLLBACK_PENDING] = true, [ROLLBACK_DONE] = true, [ROLLBACK_PARTIAL] = true, [ROLLBACK_FAILED] = true},
    [ROLLBACK_DONE] = {[ROLLBACK_PENDING] = true},
    [ROLLBACK_PARTIAL] = {[ROLLBACK_PENDING] = true},
    [ROLLBACK_FAILED] = {[ROLLBACK_PENDING] = true},
};

static int refuse_state(const struct entry *en, const char *what, enum step_status status, struct err *e)
{
    return err_set(e, ERR_MANIFEST, 0, "step %s cannot %s: it is %s", en->step_id, what, step_status_name(status));
}

static int check_step(const struct past_step *s, const struct entry *en, struct err *e)
{
    enum step_status status = s != NULL ? s->status : STEP_PENDING;
    uint32_t attempts = s != NULL ? s->attempts : 0;
    if (en->from != status) {
        return err_set(e, ERR_MANIFEST, 0, "step %s is %s by then, not %s", en->step_id, step_status_name(status),
                       step_status_name(en->from));
    }
    if (!step_may_become(en->from, en->to)) {
        return err_set(e, ERR_MANIFEST, 0, "step %s cannot become %s: it is %s", en->step_id, step_status_name(en->to),
                       step_status_name(status));
    }
    uint32_t expected = en->to == STEP_IN_PROGRESS ? attempts + 1 : attempts;
    if (expected == 0 && en->to == STEP_IN_PROGRESS) {
        return err_set(e, ERR_MANIFEST, 0, "step %s has had more attempts than can be counted", en->step_id);
    }
    if (en->attempt != expected) {
        return err_set(e, ERR_MANIFEST, 0, "step %s is at attempt %u, not %u", en->step_id, (unsigned)expected,
                       (unsigned)en->attempt);
    }
    return 0;
}

static int check_reopen(const struct past_step *s, const struct entry *en, struct err *e)
{
    enum step_status status = s != NULL ? s->status : STEP_PENDING;
    if (status == STEP_PENDING || status == STEP_IN_PROGRESS || s->generation == UINT32_MAX) {
        return refuse_state(en, "be done anew", status, e);
    }
    return 0;
}

static int check_new_path(const struct past_step *s, const struct entry *en, struct err *e)
{
    bool known = s != NULL && past_artifact_find(s, en->artifact_path) != NULL;
    if (!known && s != NULL && s->artifact_count == HISTORY_ARTIFACTS_MAX) {
        return err_set(e, ERR_MANIFEST, 0, "step %s has more than %d artifacts", en->step_id, HISTORY_ARTIFACTS_MAX);
    }
    return 0;
}

static int check_before(const struct past_step *s, const struct entry *en, struct err *e)
{
    enum step_status status = s != NULL ? s->status : STEP_PENDING;
    if (status == STEP_COMPLETED || status == STEP_SKIPPED) {
        return refuse_state(en, "have a before-image", status, e);
    }
    if ((en->before.kind != WIRE_FILE_NONE) != (en->backup != NULL)) {
        return err_set(e, ERR_MANIFEST, 0, "what was there before step %s and its \"backup\" do not agree",
                       en->step_id);
    }
    return check_new_path(s, en, e);
}

static int check_after(const struct past_step *s, const struct entry *en, struct err *e)
{
    enum step_status status = s != NULL ? s->status : STEP_PENDING;
    return status == STEP_IN_PROGRESS ? check_new_path(s, en, e) : refuse_state(en, "leave anything", status, e);
}

static int check_rollback(const struct past_step *s, const struct entry *en, struct err *e)
{
    if (s == NULL || s->status == STEP_IN_PROGRESS) {
        return refuse_state(en, "be taken back", s != NULL ? s->status : STEP_PENDING, e);
    }
    if (!rollback_edges[s->rollback][en->rollback]) {
        return err_set(e, ERR_MANIFEST, 0, "the rollback of step %s cannot become %s: it is %s", en->step_id,
                       rollback_state_name(en->rollback), rollback_state_name(s->rollback));
    }
    return 0;
}

static int check_taken_back(const struct past_step *s, const struct entry *en, struct err *e)
{
    if (s == NULL || s->rollback != ROLLBACK_PENDING) {
        return err_set(e, ERR_MANIFEST, 0, "step %s is not being taken back", en->step_id);
    }
    if (past_artifact_find(s, en->artifact_path) == NULL) {
        return err_set(e, ERR_MANIFEST, 0, "step %s has no artifact %.128s", en->step_id, en->artifact_path);
    }
    return 0;
}

/* Each once, attempts and artifacts behind their step. */
static int check_snapshot_item(const struct past_step *s, const struct entry *en, struct err *e)
{
    bool is_step = en->kind == ENTRY_SNAPSHOT_STEP;
    bool full = !is_step && s != NULL &&
                (en->kind == ENTRY_SNAPSHOT_ATTEMPT
                     ? s->recent_count == HISTORY_ATTEMPTS_MAX
                     : s->artifact_count == HISTORY_ARTIFACTS_MAX || past_artifact_find(s, en->artifact_path) != NULL);
    if ((s != NULL) == is_step || full || (is_step && en->generation == 0)) {
        return err_set(e, ERR_MANIFEST, 0, "the snapshot of step %s is not as it can be", en->step_id);
    }
    return 0;
}

static int check_place(const struct history *h, const struct entry *en, struct err *e)
{
    bool item = en->kind > ENTRY_SNAPSHOT;
    if (item != (h->snapshot_left > 0)) {
        return err_set(e, ERR_MANIFEST, 0,
                       item ? "a snapshot is only at the beginning" : "its snapshot is not complete");
    }
    if (en->kind == ENTRY_SNAPSHOT && h->lines > 0) {
        return err_set(e, ERR_MANIFEST, 0, "a snapshot is only at the beginning");
    }
    if (en->kind != ENTRY_SESSION && en->kind != ENTRY_SNAPSHOT && strcmp(en->session, h->session) != 0) {
        return err_set(e, ERR_MANIFEST, 0, "it belongs to a session that has not begun");
    }
    return 0;
}

static bool is_about_step(enum entry_kind kind)
{
    return kind >= ENTRY_STEP && kind != ENTRY_SNAPSHOT;
}

int history_check(const struct history *h, const struct entry *en, struct err *e)
{
    if (check_place(h, en, e) != 0) {
        return -1;
    }
    if (!is_about_step(en->kind)) {
        return 0;
    }
    const struct past_step *s = history_find(h, en->step_id);
    if (!text_is_step_id(en->step_id)) {
        return err_set(e, ERR_MANIFEST, 0, "its \"step_id\" is no id of a step");
    }
    if (!store_has_room(h, s) || (s == NULL && h->step_count == HISTORY_STEPS_MAX)) {
        return err_set(e, ERR_MANIFEST, 0, "there are more steps and artifacts than fit (%d steps, %zu MiB)",
                       HISTORY_STEPS_MAX, HISTORY_BYTES_MAX >> 20);
    }
    switch (en->kind) {
    case ENTRY_STEP:
        return check_step(s, en, e);
    case ENTRY_REOPEN:
        return check_reopen(s, en, e);
    case ENTRY_BEFORE:
        return check_before(s, en, e);
    case ENTRY_AFTER:
        return check_after(s, en, e);
    case ENTRY_ROLLBACK:
        return check_rollback(s, en, e);
    case ENTRY_TAKEN_BACK:
        return check_taken_back(s, en, e);
    default:
        return check_snapshot_item(s, en, e);
    }
}

static void begin_attempt(struct history *h, struct past_step *s, const struct entry *en)
{
    struct past_attempt *attempt = store_attempt(h, s);
    s->attempts = en->attempt;
    attempt->number = en->attempt;
    store_text(h, &attempt->started_at, en->started_at);
    store_text(h, &attempt->definition_sha256, en->definition_sha256);
    store_text(h, &s->started_at, en->started_at);
    store_text(h, &s->definition_sha256, en->definition_sha256);
    store_text(h, &s->inputs, en->inputs);
    s->rollback = ROLLBACK_NOT_ASKED;
}

static void end_attempt(struct history *h, struct past_step *s, const struct entry *en)
{
    struct past_attempt *attempt = s->recent_count > 0 ? &s->recent[s->recent_count - 1] : NULL;
    if (attempt == NULL) { /* a snapshot without it */
        return;
    }
    attempt->status = en->to;
    store_text(h, &attempt->completed_at, en->completed_at);
    store_text(h, &attempt->error, en->error);
}

static void apply_step(struct history *h, struct past_step *s, const struct entry *en)
{
    if (en->to == STEP_IN_PROGRESS) {
        begin_attempt(h, s, en);
    } else if (en->from == STEP_IN_PROGRESS) {
        end_attempt(h, s, en);
    }
    /* What is skipped when it has completed already did so when it did. */
    if (en->to != STEP_SKIPPED || en->from == STEP_IN_PROGRESS) {
        store_text(h, &s->completed_at, en->to == STEP_IN_PROGRESS ? NULL : en->completed_at);
    }
    store_text(h, &s->error, en->to == STEP_FAILED ? en->error : NULL);
    store_text(h, &s->skip_reason, en->to == STEP_SKIPPED ? en->skip_reason : NULL);
    store_text(h, &s->skip_source, en->to == STEP_SKIPPED ? en->skip_source : NULL);
    s->status = en->to;
}

/* Done anew, a step has before-images of its own; but what a rollback has not put back is still to be. */
static void forget_artifacts(struct past_step *s, bool taken_back_only)
{
    for (size_t i = 0; i < s->artifact_count; i++) {
        struct past_artifact *a = &s->artifacts[i];
        if (a->taken_back || !taken_back_only) {
            a->has_before = false;
            a->has_after = false;
        }
    }
}

static void apply_reopen(struct history *h, struct past_step *s, const struct entry *en)
{
    forget_artifacts(s, strcmp(en->why, "rollback") == 0);
    s->status = STEP_PENDING;
    s->generation++;
    s->attempts = 0;
    s->rollback = ROLLBACK_NOT_ASKED;
    store_text(h, &s->started_at, NULL);
    store_text(h, &s->completed_at, NULL);
    store_text(h, &s->error, NULL);
    store_text(h, &s->skip_reason, NULL);
    store_text(h, &s->skip_source, NULL);
    store_text(h, &s->reopened, en->why);
}

static void apply_before(struct history *h, struct past_artifact *a, const struct entry *en)
{
    static const struct wire_facts nothing = {.kind = WIRE_FILE_NONE};
    store_text(h, &a->resolved, en->resolved);
    store_text(h, &a->backup, en->backup);
    a->before = en->before;
    a->after = nothing;
    a->has_before = true;
    a->has_after = false;
    a->taken_back = false;
}

static void apply_after(struct past_artifact *a, const struct entry *en)
{
    a->after = en->after;
    a->has_after = true;
    a->taken_back = false;
}

static void apply_snapshot_step(struct history *h, struct past_step *s, const struct entry *en)
{
    s->status = en->to;
    s->generation = en->generation;
    s->attempts = en->attempt;
    s->rollback = en->rollback;
    store_text(h, &s->definition_sha256, en->definition_sha256);
    store_text(h, &s->inputs, en->inputs);
    store_text(h, &s->started_at, en->started_at);
    store_text(h, &s->completed_at, en->completed_at);
    store_text(h, &s->error, en->error);
    store_text(h, &s->skip_reason, en->skip_reason);
    store_text(h, &s->skip_source, en->skip_source);
    store_text(h, &s->reopened, en->why);
}

static void apply_snapshot_attempt(struct history *h, struct past_step *s, const struct entry *en)
{
    struct past_attempt *attempt = store_attempt(h, s);
    attempt->number = en->attempt;
    attempt->status = en->to;
    store_text(h, &attempt->started_at, en->started_at);
    store_text(h, &attempt->completed_at, en->completed_at);
    store_text(h, &attempt->error, en->error);
    store_text(h, &attempt->definition_sha256, en->definition_sha256);
}

static void apply_snapshot_artifact(struct history *h, struct past_artifact *a, const struct entry *en)
{
    store_text(h, &a->resolved, en->resolved);
    store_text(h, &a->backup, en->backup);
    a->has_before = en->has_before;
    a->has_after = en->has_after;
    a->taken_back = en->taken_back;
    a->before = en->before;
    a->after = en->after;
}

static void apply_session(struct history *h, const struct entry *en)
{
    snprintf(h->session, sizeof(h->session), "%s", en->session);
    if (en->config_digest != NULL) {
        snprintf(h->config_digest, sizeof(h->config_digest), "%s", en->config_digest);
    }
}

static void apply_to_step(struct history *h, struct past_step *s, const struct entry *en)
{
    switch (en->kind) {
    case ENTRY_STEP:
        apply_step(h, s, en);
        break;
    case ENTRY_REOPEN:
        apply_reopen(h, s, en);
        break;
    case ENTRY_BEFORE:
        apply_before(h, store_artifact(h, s, en->artifact_path), en);
        break;
    case ENTRY_AFTER:
        apply_after(store_artifact(h, s, en->artifact_path), en);
        break;
    case ENTRY_ROLLBACK:
        s->rollback = en->rollback;
        break;
    case ENTRY_TAKEN_BACK:
        store_artifact(h, s, en->artifact_path)->taken_back = en->outcome <= RESTORE_REMOVED;
        break;
    case ENTRY_SNAPSHOT_STEP:
        apply_snapshot_step(h, s, en);
        break;
    case ENTRY_SNAPSHOT_ATTEMPT:
        apply_snapshot_attempt(h, s, en);
        break;
    default:
        apply_snapshot_artifact(h, store_artifact(h, s, en->artifact_path), en);
        break;
    }
}

void history_apply(struct history *h, const struct entry *en)
{
    h->snapshot_left -= en->kind > ENTRY_SNAPSHOT;
    h->lines++;
    if (is_about_step(en->kind)) {
        apply_to_step(h, store_step(h, en->step_id), en);
        return;
    }
    apply_session(h, en);
    if (en->kind == ENTRY_SNAPSHOT) {
        h->snapshot_left = en->lines;
    }
}
