/* The part of terminal.h about steps: what they do, what they left, and how they are taken back. */
#include <string.h>

#include "init/base/clock.h"
#include "init/report/artifact_facts.h"
#include "init/report/terminal.h"
#include "init/report/terminal_line.h"
#include "init/report/view.h"

static void tell_artifacts(const struct status_view *v, size_t node)
{
    for (size_t k = 0; v->artifacts != NULL && k < v->artifacts->count; k++) {
        const struct artifact_record *r = &v->artifacts->items[k];
        if (r->node == node) {
            struct paint p;
            line_begin_detail(&p);
            paint_text(&p, r->path);
            paint_to(&p, 0, LINE_GAP);
            artifact_facts(&p, r);
            paint_end(&p);
        }
    }
}

/* Done by an earlier run: there is nothing to tell but that. */
static void tell_cached(const struct status_view *v, size_t i, uint64_t now_us)
{
    const struct past_step *past = v->history != NULL ? history_find(v->history, v->graph->nodes[i].name) : NULL;
    struct paint p;
    if (!log_shows(LOG_NOTICE)) {
        return;
    }
    line_begin(&p, v, i, PAINT_GOOD, "completed", now_us);
    paint_text(&p, "already");
    if (past != NULL && past->completed_at != NULL) {
        paint_format(&p, ", at %s", past->completed_at);
    }
    paint_end(&p);
}

static void tell_attempt(const struct status_view *v, size_t i, uint64_t now_us)
{
    const struct node *n = &v->graph->nodes[i];
    const struct node_state *s = view_state(v, i);
    struct paint p;
    if (!log_shows(LOG_NOTICE)) {
        return;
    }
    line_begin(&p, v, i, PAINT_RUN, "running", now_us);
    paint_text(&p, n->step->name);
    if (s->attempts > 1) {
        paint_format(&p, " (attempt %u)", s->attempts);
    }
    if (s->reopened) {
        paint_text(&p, " again: ");
        paint_text(&p, s->verdict.text);
    }
    paint_end(&p);
}

static void tell_next_attempt(const struct status_view *v, size_t i, uint64_t now_us)
{
    const struct node_state *s = view_state(v, i);
    struct paint p;
    if (s->next_us == CLOCK_NEVER || s->next_us <= now_us || !log_shows(LOG_NOTICE)) {
        return;
    }
    line_begin_detail(&p);
    paint_text(&p, "the next attempt is in ");
    paint_duration(&p, s->next_us - now_us);
    paint_end(&p);
}

void terminal_step(const struct status_view *v, size_t i, uint64_t now_us)
{
    static const struct line_look looks[STEP_STATUS_COUNT] = {
        [STEP_PENDING] = {PAINT_WAIT, "waiting", false, false},
        [STEP_IN_PROGRESS] = {PAINT_RUN, "running", false, false},
        [STEP_COMPLETED] = {PAINT_GOOD, "completed", false, true},
        [STEP_FAILED] = {PAINT_BAD, "failed", true, false},
        [STEP_SKIPPED] = {PAINT_NOTE, "skipped", false, false},
    };
    const struct node_state *s = view_state(v, i);
    const enum step_status status = s->status.step;
    if (s->cached) {
        tell_cached(v, i, now_us);
    } else if (s->called_us == 0 && (status == STEP_COMPLETED || status == STEP_FAILED)) {
        return; /* an earlier run's: its turn comes */
    } else if (status == STEP_IN_PROGRESS) {
        tell_attempt(v, i, now_us);
    } else {
        line_work(v, i, &looks[status], now_us);
    }
    if (status == STEP_COMPLETED && !s->cached && log_shows(LOG_NOTICE)) {
        tell_artifacts(v, i);
    } else if (status == STEP_FAILED) {
        tell_next_attempt(v, i, now_us);
    }
}

void terminal_rollback(const struct status_view *v, size_t i, uint64_t now_us)
{
    static const struct {
        enum paint_mark mark;
        const char *word;
        const char *text;
    } looks[ROLLBACK_STATE_COUNT] = {
        [ROLLBACK_PENDING] = {PAINT_WAIT, "rollback", "will be taken back"},
        [ROLLBACK_DONE] = {PAINT_GOOD, "rollback", "was taken back: everything is as before"},
        [ROLLBACK_PARTIAL] = {PAINT_BAD, "rollback", "was taken back in part"},
        [ROLLBACK_FAILED] = {PAINT_BAD, "rollback", "was not taken back"},
    };
    const struct node_state *s = view_state(v, i);
    struct paint p;
    if (s->rollback == ROLLBACK_NOT_ASKED || (s->rollback <= ROLLBACK_DONE && !log_shows(LOG_NOTICE))) {
        return;
    }
    line_begin(&p, v, i, looks[s->rollback].mark, looks[s->rollback].word, now_us);
    paint_text(&p, looks[s->rollback].text);
    if (s->rollback_text[0] != '\0') {
        paint_text(&p, ": ");
        paint_text(&p, s->rollback_text);
    }
    paint_end(&p);
}
