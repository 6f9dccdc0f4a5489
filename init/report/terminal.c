#include "init/report/terminal.h"

#include <string.h>

#include "init/report/paint.h"
#include "init/report/terminal_line.h"
#include "init/report/view.h"

#define REASON_MAX 512
#define WAITING_LINES_MAX 12
#define WAITING_NAMES_MAX 20

static void tell_hint(const struct status_view *v, size_t i)
{
    const char *hint = view_hint(v, i);
    if (hint[0] != '\0') {
        struct paint p;
        line_begin_detail(&p);
        paint_word(&p, PAINT_NOTE, hint);
        paint_end(&p);
    }
}

static void put_healthy(struct paint *p, const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    const struct node_state *s = view_state(v, i);
    bool again = s->outage_us != 0;
    paint_text(p, again ? "again after " : "after ");
    paint_duration(p, again ? s->outage_us : line_since(s->called_us, s->healthy_us));
    if (n->probed && !again) {
        paint_format(p, ", %u attempt%s", s->attempts, s->attempts == 1 ? "" : "s");
    }
    if (n->probed) {
        paint_text(p, ", answered in ");
        paint_duration(p, s->response_us);
    }
    if (s->restarts > 0) {
        paint_format(p, ", %u restart%s", s->restarts, s->restarts == 1 ? "" : "s");
    }
    if (n->member_count > 0) {
        paint_format(p, ", %u of %zu, %zu needed", s->members_healthy, n->member_count, view_members_needed(v, i));
    }
}

static void put_own_word(struct paint *p, const struct status_view *v, size_t i)
{
    char text[REASON_MAX];
    struct buf b;
    buf_init(&b, text, sizeof(text));
    view_own_word(v, i, &b);
    paint_text(p, text);
}

static void put_starting(struct paint *p, const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    if (view_blocked(v, i)) {
        line_needs(p, v, i);
    } else if (view_failing(v, i) || view_state(v, i)->successes > 0) {
        line_reason(p, v, i);
    } else if (n->notified) {
        put_own_word(p, v, i);
    } else if (n->shown_target != NULL && n->shown_target[0] != '\0') {
        paint_format(p, "for an answer of %s", n->shown_target);
    } else {
        line_reason(p, v, i);
    }
}

/*
 * To the data model a service that does not answer yet is unhealthy. A person who watches it come up for the first time is
 * waiting for it.
 */
static enum service_status shown_status(const struct status_view *v, size_t i)
{
    const struct node_state *s = view_state(v, i);
    bool gone = s->verdict.verdict == VERDICT_DIED || s->verdict.verdict == VERDICT_COMMAND;
    bool coming_up = s->healthy_us == 0 && !s->timed_out && !s->failed_by_test && !gone;
    return s->status.service == SERVICE_UNHEALTHY && coming_up ? SERVICE_STARTING : s->status.service;
}

/* Nothing happens to a service of others when everything ends: it is only not checked any more. */
static bool worth_telling(const struct status_view *v, size_t i, enum service_status status)
{
    const char *why = view_state(v, i)->why;
    return status != SERVICE_STOPPED || v->graph->nodes[i].runs || why == NULL || strcmp(why, "shutdown") != 0;
}

/* Once, by the check that saw it first; true when that is all there is to tell. */
static bool tell_certificate(const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    const struct node_state *s = view_state(v, i);
    if (s->certificate_us == 0 || s->certificate_us != s->last_check_us) {
        return false;
    }
    log_line(LOG_WARNING, "the certificate of service %s ends in %u day%s", n->name, s->verdict.certificate_days,
             s->verdict.certificate_days == 1 ? "" : "s");
    return s->healthy_us != s->last_check_us;
}

static void service_changed(const struct status_view *v, size_t i, uint64_t now_us)
{
    static const struct {
        enum paint_mark mark;
        const char *word;
        bool always;
    } looks[SERVICE_STATUS_COUNT] = {
        [SERVICE_STARTING] = {PAINT_WAIT, "waiting", false},
        [SERVICE_HEALTHY] = {PAINT_GOOD, "healthy", false},
        [SERVICE_UNHEALTHY] = {PAINT_BAD, "unhealthy", true},
        [SERVICE_STOPPED] = {PAINT_NOTE, "stopped", false},
    };
    enum service_status status = shown_status(v, i);
    if (tell_certificate(v, i)) {
        return;
    }
    if (!worth_telling(v, i, status) || (!looks[status].always && !log_shows(LOG_NOTICE))) {
        return;
    }
    struct paint p;
    line_begin(&p, v, i, looks[status].mark, looks[status].word, now_us);
    if (status == SERVICE_STARTING) {
        put_starting(&p, v, i);
    } else if (status == SERVICE_HEALTHY) {
        put_healthy(&p, v, i);
    } else {
        line_reason(&p, v, i);
    }
    paint_end(&p);
    if (status == SERVICE_UNHEALTHY) {
        tell_hint(v, i);
    }
}

static void test_changed(const struct status_view *v, size_t i, uint64_t now_us)
{
    static const struct line_look looks[TEST_STATUS_COUNT] = {
        [TEST_WAITING] = {PAINT_WAIT, "waiting", false, false}, [TEST_RUNNING] = {PAINT_RUN, "running", false, false},
        [TEST_PASSED] = {PAINT_GOOD, "passed", false, true},    [TEST_FAILED] = {PAINT_BAD, "failed", true, false},
        [TEST_SKIPPED] = {PAINT_NOTE, "skipped", false, false}, [TEST_ERROR] = {PAINT_BAD, "error", true, false},
    };
    line_work(v, i, &looks[view_state(v, i)->status.test], now_us);
}

void terminal_changed(const struct status_view *v, size_t i, uint64_t now_us)
{
    switch (v->graph->nodes[i].kind) {
    case NODE_SERVICE:
        service_changed(v, i, now_us);
        break;
    case NODE_STEP:
        terminal_step(v, i, now_us);
        break;
    case NODE_TEST:
        test_changed(v, i, now_us);
        break;
    }
}

void terminal_output(const struct status_view *v, size_t i, const char *line, size_t len)
{
    if (!log_shows(LOG_NOTICE)) {
        return;
    }
    struct paint p;
    paint_start(&p);
    paint_to(&p, line_name_column(), 0);
    paint_text(&p, v->graph->nodes[i].name);
    paint_to(&p, line_name_column() + line_name_width(v), 0);
    paint_text(&p, " | ");
    /* Output is redacted and printable already; it may be longer than one paint_format(). */
    buf_write(&p.text, line, len);
    paint_end(&p);
}

static void tell_waiting_for(const struct status_view *v, size_t i, uint64_t now_us)
{
    const struct node_state *s = view_state(v, i);
    bool failing = view_failing(v, i) && s->failing_since_us != 0;
    struct paint p;
    line_begin_detail(&p);
    paint_text(&p, v->graph->nodes[i].name);
    paint_to(&p, line_name_column() + LINE_GAP + line_name_width(v), 0);
    paint_to(&p, 0, LINE_GAP);
    line_reason(&p, v, i);
    if (s->called_us != 0) {
        paint_text(&p, " (for ");
        paint_duration(&p, line_since(failing ? s->failing_since_us : s->called_us, now_us));
        if (failing && s->attempts > 0) {
            paint_format(&p, ", %u attempt%s", s->attempts, s->attempts == 1 ? "" : "s");
        }
        if (s->restarts > 0) {
            paint_format(&p, ", %u restart%s", s->restarts, s->restarts == 1 ? "" : "s");
        }
        paint_text(&p, ")");
    }
    paint_end(&p);
}

/* Those that only wait for others are named in one line: what holds them up has lines of its own. */
static void tell_blocked(const struct status_view *v)
{
    struct paint p;
    line_begin_detail(&p);
    size_t told = 0;
    for (size_t i = 0; i < v->graph->count; i++) {
        if (view_missing(v, i) && view_blocked(v, i) && told++ < WAITING_NAMES_MAX) {
            paint_text(&p, told == 1 ? "then: " : ", ");
            paint_text(&p, v->graph->nodes[i].name);
        }
    }
    if (told > WAITING_NAMES_MAX) {
        paint_format(&p, " and %zu more", told - WAITING_NAMES_MAX);
    }
    if (told > 0) {
        paint_end(&p);
    }
}

void terminal_waiting(const struct status_view *v, uint64_t now_us)
{
    if (!log_shows(LOG_NOTICE) || v->graph == NULL) {
        return;
    }
    struct paint p;
    paint_start(&p);
    line_time(&p, v, now_us);
    paint_mark(&p, PAINT_WAIT);
    paint_word(&p, PAINT_WAIT, "still waiting for");
    paint_end(&p);
    size_t told = 0;
    for (size_t i = 0; i < v->graph->count; i++) {
        if (view_missing(v, i) && !view_blocked(v, i) && told++ < WAITING_LINES_MAX) {
            tell_waiting_for(v, i, now_us);
        }
    }
    if (told > WAITING_LINES_MAX) {
        line_begin_detail(&p);
        paint_format(&p, "and %zu more", told - WAITING_LINES_MAX);
        paint_end(&p);
    }
    tell_blocked(v);
}

void terminal_main_starting(const struct status_view *v, uint64_t now_us)
{
    if (!log_shows(LOG_NOTICE)) {
        return;
    }
    struct paint p;
    paint_start(&p);
    line_time(&p, v, now_us);
    paint_mark(&p, PAINT_WAIT);
    paint_text(&p, "everything is there; the main process has to say that it is ready");
    paint_end(&p);
}
