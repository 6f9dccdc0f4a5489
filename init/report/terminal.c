#include "init/report/terminal.h"

#include <string.h>

#include "init/report/artifact_facts.h"
#include "init/report/paint.h"
#include "init/report/view.h"

/* Columns: "12345.678 s  " then the node's name, its status, the rest. */
#define TIME_WIDTH 13
#define NAME_WIDTH_MAX 24
#define STATUS_WIDTH 10
#define GAP 2
#define REASON_MAX 512
#define WAITING_LINES_MAX 12
#define WAITING_NAMES_MAX 20
/* Where more nodes are than this, nobody's name decides about the columns. */
#define NAMES_LOOKED_AT_MAX 256

static size_t name_width(const struct status_view *v)
{
    size_t width = v->graph->count > NAMES_LOOKED_AT_MAX ? NAME_WIDTH_MAX : 0;
    for (size_t i = 0; i < v->graph->count && width < NAME_WIDTH_MAX; i++) {
        size_t len = strlen(v->graph->nodes[i].name);
        width = len > width ? len : width;
    }
    return width < NAME_WIDTH_MAX ? width : NAME_WIDTH_MAX;
}

static size_t name_column(void)
{
    return TIME_WIDTH + (log_colour() ? 2 : 0);
}

static void put_reason(struct paint *p, const struct status_view *v, size_t i)
{
    char text[REASON_MAX];
    struct buf reason;
    buf_init(&reason, text, sizeof(text));
    view_reason(v, i, &reason);
    paint_text(p, text);
}

static uint64_t since(uint64_t then_us, uint64_t now_us)
{
    return then_us != 0 && now_us > then_us ? now_us - then_us : 0;
}

static void put_time(struct paint *p, const struct status_view *v, uint64_t now_us)
{
    uint64_t elapsed = v->engine != NULL ? since(engine_started_us(v->engine), now_us) : 0;
    paint_format(p, "%5llu.%03llu s", (unsigned long long)(elapsed / US_PER_S),
                 (unsigned long long)(elapsed % US_PER_S / US_PER_MS));
    paint_to(p, TIME_WIDTH, 2);
}

static void begin_event(struct paint *p, const struct status_view *v, size_t i, enum paint_mark mark,
                        const char *status, uint64_t now_us)
{
    size_t names = name_width(v);
    paint_start(p);
    put_time(p, v, now_us);
    paint_mark(p, mark);
    paint_text(p, v->graph->nodes[i].name);
    paint_to(p, name_column() + names, 0);
    paint_to(p, 0, GAP);
    paint_word(p, mark, status);
    paint_to(p, name_column() + names + GAP + STATUS_WIDTH, 0);
    paint_to(p, 0, GAP);
}

/* A line that belongs to the event above it. */
static void begin_detail(struct paint *p)
{
    paint_start(p);
    paint_to(p, name_column() + GAP, 0);
}

static void tell_hint(const struct status_view *v, size_t i)
{
    const char *hint = view_hint(v, i);
    if (hint[0] != '\0') {
        struct paint p;
        begin_detail(&p);
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
    paint_duration(p, again ? s->outage_us : since(s->called_us, s->healthy_us));
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

static void put_needs(struct paint *p, const struct status_view *v, size_t i)
{
    char names[REASON_MAX];
    struct buf b;
    buf_init(&b, names, sizeof(names));
    view_waits_for(v, i, &b);
    paint_text(p, "for ");
    paint_text(p, names);
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
        put_needs(p, v, i);
    } else if (view_failing(v, i) || view_state(v, i)->successes > 0) {
        put_reason(p, v, i);
    } else if (n->notified) {
        put_own_word(p, v, i);
    } else if (n->shown_target != NULL && n->shown_target[0] != '\0') {
        paint_format(p, "for an answer of %s", n->shown_target);
    } else {
        put_reason(p, v, i);
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
    begin_event(&p, v, i, looks[status].mark, looks[status].word, now_us);
    if (status == SERVICE_STARTING) {
        put_starting(&p, v, i);
    } else if (status == SERVICE_HEALTHY) {
        put_healthy(&p, v, i);
    } else {
        put_reason(&p, v, i);
    }
    paint_end(&p);
    if (status == SERVICE_UNHEALTHY) {
        tell_hint(v, i);
    }
}

static void tell_artifacts(const struct status_view *v, size_t node)
{
    for (size_t k = 0; v->artifacts != NULL && k < v->artifacts->count; k++) {
        const struct artifact_record *r = &v->artifacts->items[k];
        if (r->node == node) {
            struct paint p;
            begin_detail(&p);
            paint_text(&p, r->path);
            paint_to(&p, 0, GAP);
            artifact_facts(&p, r);
            paint_end(&p);
        }
    }
}

/* How a step or a test looks in each of its states. */
struct work_look {
    enum paint_mark mark;
    const char *word;
    bool bad;
    bool timed; /* says how long it took */
};

static void work_changed(const struct status_view *v, size_t i, const struct work_look *look, uint64_t now_us)
{
    const struct node_state *s = view_state(v, i);
    if (!look->bad && !log_shows(LOG_NOTICE)) {
        return;
    }
    struct paint p;
    begin_event(&p, v, i, look->mark, look->word, now_us);
    if (look->timed) {
        paint_text(&p, "in ");
        paint_duration(&p, since(s->called_us, s->ended_us));
    } else if (look->mark == PAINT_RUN) {
        const struct step *step = v->graph->nodes[i].step;
        paint_text(&p, step != NULL && step->name != NULL ? step->name : "");
    } else if (look->mark == PAINT_WAIT && view_blocked(v, i)) {
        put_needs(&p, v, i);
    } else {
        put_reason(&p, v, i);
    }
    paint_end(&p);
}

static void step_changed(const struct status_view *v, size_t i, uint64_t now_us)
{
    static const struct work_look looks[STEP_STATUS_COUNT] = {
        [STEP_PENDING] = {PAINT_WAIT, "waiting", false, false},
        [STEP_IN_PROGRESS] = {PAINT_RUN, "running", false, false},
        [STEP_COMPLETED] = {PAINT_GOOD, "completed", false, true},
        [STEP_FAILED] = {PAINT_BAD, "failed", true, false},
        [STEP_SKIPPED] = {PAINT_NOTE, "skipped", false, false},
    };
    enum step_status status = view_state(v, i)->status.step;
    work_changed(v, i, &looks[status], now_us);
    if (status == STEP_COMPLETED && log_shows(LOG_NOTICE)) {
        tell_artifacts(v, i);
    }
}

static void test_changed(const struct status_view *v, size_t i, uint64_t now_us)
{
    static const struct work_look looks[TEST_STATUS_COUNT] = {
        [TEST_WAITING] = {PAINT_WAIT, "waiting", false, false}, [TEST_RUNNING] = {PAINT_RUN, "running", false, false},
        [TEST_PASSED] = {PAINT_GOOD, "passed", false, true},    [TEST_FAILED] = {PAINT_BAD, "failed", true, false},
        [TEST_SKIPPED] = {PAINT_NOTE, "skipped", false, false}, [TEST_ERROR] = {PAINT_BAD, "error", true, false},
    };
    work_changed(v, i, &looks[view_state(v, i)->status.test], now_us);
}

void terminal_changed(const struct status_view *v, size_t i, uint64_t now_us)
{
    switch (v->graph->nodes[i].kind) {
    case NODE_SERVICE:
        service_changed(v, i, now_us);
        break;
    case NODE_STEP:
        step_changed(v, i, now_us);
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
    paint_to(&p, name_column(), 0);
    paint_text(&p, v->graph->nodes[i].name);
    paint_to(&p, name_column() + name_width(v), 0);
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
    begin_detail(&p);
    paint_text(&p, v->graph->nodes[i].name);
    paint_to(&p, name_column() + GAP + name_width(v), 0);
    paint_to(&p, 0, GAP);
    put_reason(&p, v, i);
    if (s->called_us != 0) {
        paint_text(&p, " (for ");
        paint_duration(&p, since(failing ? s->failing_since_us : s->called_us, now_us));
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
    begin_detail(&p);
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
    put_time(&p, v, now_us);
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
        begin_detail(&p);
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
    put_time(&p, v, now_us);
    paint_mark(&p, PAINT_WAIT);
    paint_text(&p, "everything is there; the main process has to say that it is ready");
    paint_end(&p);
}
