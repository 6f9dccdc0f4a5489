/* The part of terminal.h that says how it came out: ready; or every cause, its last words, and what to look at. */
#include <string.h>

#include "init/base/exit_code.h"
#include "init/report/paint.h"
#include "init/report/terminal.h"
#include "init/report/view.h"
#include "init/setup/logfile.h"

#define ITEM_COLUMN 2
#define DETAIL_COLUMN 6
#define REASON_MAX 512
#define OUTPUT_LINES_MAX 20
/* A person reads no more; the status file has them all. */
#define CAUSES_MAX 50
#define NAMES_MAX 20

static void begin_detail(struct paint *p)
{
    paint_start(p);
    paint_to(p, DETAIL_COLUMN, 0);
}

static uint64_t between(uint64_t from_us, uint64_t to_us)
{
    return from_us != 0 && to_us > from_us ? to_us - from_us : 0;
}

static void tell_headline(const struct status_view *v, uint64_t now_us)
{
    const char *reason = engine_reason(v->engine);
    struct paint p;
    paint_start(&p);
    paint_mark(&p, PAINT_BAD);
    paint_word(&p, PAINT_BAD, v->exit_code > EXIT_SIGNAL_BASE ? "interrupted" : "failed");
    paint_text(&p, " after ");
    paint_duration(&p, between(engine_started_us(v->engine), now_us));
    if (reason[0] != '\0') {
        paint_text(&p, ": ");
        paint_text(&p, reason);
    }
    paint_end(&p);
}

static void tell_name(const struct status_view *v, size_t i)
{
    static const char *const kinds[] = {[NODE_SERVICE] = "service", [NODE_STEP] = "step", [NODE_TEST] = "test"};
    const struct node *n = &v->graph->nodes[i];
    struct paint p;
    paint_start(&p);
    paint_to(&p, ITEM_COLUMN, 0);
    paint_text(&p, kinds[n->kind]);
    paint_text(&p, " ");
    paint_word(&p, PAINT_BAD, n->name);
    if (n->shown_target != NULL && n->shown_target[0] != '\0') {
        paint_text(&p, "  ");
        paint_text(&p, n->shown_target);
    }
    paint_end(&p);
}

static void tell_last_error(const struct status_view *v, size_t i)
{
    char text[REASON_MAX];
    struct buf reason;
    buf_init(&reason, text, sizeof(text));
    view_reason(v, i, &reason);
    struct paint p;
    begin_detail(&p);
    paint_text(&p, text);
    paint_end(&p);
}

/* "212 attempts, all failed for 29.80 s; the last 180 in the same way" */
static void tell_history(const struct status_view *v, size_t i, uint64_t now_us)
{
    const struct node_state *s = view_state(v, i);
    if (v->graph->nodes[i].kind != NODE_SERVICE || (s->attempts == 0 && s->restarts == 0)) {
        return;
    }
    struct paint p;
    begin_detail(&p);
    paint_format(&p, "%u attempt%s", s->attempts, s->attempts == 1 ? "" : "s");
    if (s->restarts > 0) {
        paint_format(&p, ", %u restart%s", s->restarts, s->restarts == 1 ? "" : "s");
    }
    uint64_t failing = between(s->failing_since_us, now_us);
    if (failing > 0) {
        paint_text(&p, ", failing for ");
        paint_duration(&p, failing);
    }
    if (s->cause_count > 1 && s->cause_count < s->attempts) {
        paint_format(&p, ", the last %u like this", s->cause_count);
    }
    paint_end(&p);
}

static void tell_hint(const struct status_view *v, size_t i)
{
    const char *hint = view_hint(v, i);
    if (hint[0] != '\0') {
        struct paint p;
        begin_detail(&p);
        paint_text(&p, "hint: ");
        paint_text(&p, hint);
        paint_end(&p);
    }
}

/* Where the last lines of the tail begin. */
static const char *last_lines(const struct output *o)
{
    const char *at = o->tail + o->tail_len;
    for (size_t lines = 0; at > o->tail; at--) {
        if (at[-1] == '\n' && ++lines == OUTPUT_LINES_MAX) {
            break;
        }
    }
    return at;
}

static void tell_output(const struct status_view *v, size_t i)
{
    const struct output *o = v->outputs != NULL ? v->outputs[i] : NULL;
    if (o == NULL || o->tail_len == 0) {
        return;
    }
    const char *end = o->tail + o->tail_len;
    for (const char *line = last_lines(o); line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline != NULL ? newline : end;
        struct paint p;
        begin_detail(&p);
        paint_text(&p, "| ");
        buf_write(&p.text, line, (size_t)(stop - line));
        paint_end(&p);
        line = stop + 1;
    }
}

/* Where the rest of what it said is. */
static void tell_log(const struct status_view *v, size_t i)
{
    static const char *const forms[] = {[NODE_SERVICE] = "", [NODE_STEP] = ".step", [NODE_TEST] = ".test"};
    const struct node *n = &v->graph->nodes[i];
    const struct output *o = v->outputs != NULL ? v->outputs[i] : NULL;
    if (o == NULL || o->total == 0 || v->state_path == NULL || v->state_path[0] == '\0') {
        return;
    }
    struct paint p;
    begin_detail(&p);
    paint_format(&p, "log: %s/%s/%s%s.log", v->state_path, LOGFILE_FOLDER, n->name, forms[n->kind]);
    paint_end(&p);
}

/* Before it happens; how it went is told by itself. */
static void tell_rollback(const struct status_view *v, size_t i)
{
    size_t told = 0;
    struct paint p;
    if (v->graph->nodes[i].kind != NODE_STEP || view_state(v, i)->rollback != ROLLBACK_PENDING) {
        return;
    }
    begin_detail(&p);
    paint_text(&p, "will be taken back: ");
    for (size_t k = 0; v->artifacts != NULL && k < v->artifacts->count; k++) {
        if (v->artifacts->items[k].node == i && told++ < NAMES_MAX) {
            paint_text(&p, told == 1 ? "" : ", ");
            paint_text(&p, v->artifacts->items[k].path);
        }
    }
    if (told > NAMES_MAX) {
        paint_format(&p, " and %zu more", told - NAMES_MAX);
    }
    paint_end(&p);
}

static void tell_cause(const struct status_view *v, size_t i, uint64_t now_us)
{
    tell_name(v, i);
    tell_last_error(v, i);
    tell_history(v, i, now_us);
    tell_hint(v, i);
    tell_output(v, i);
    tell_log(v, i);
    tell_rollback(v, i);
}

/* Never taken up, or a test that was not run: what it waited for has a line of its own. */
static bool is_consequence(const struct status_view *v, size_t i)
{
    const struct node_state *s = view_state(v, i);
    bool not_run = v->graph->nodes[i].kind == NODE_TEST && s->attempts == 0;
    return not_run || (s->called_us == 0 && !view_failing(v, i));
}

static void tell_consequences(const struct status_view *v)
{
    struct paint p;
    size_t told = 0;
    for (size_t i = 0; i < v->graph->count; i++) {
        if (!view_missing(v, i) || !is_consequence(v, i) || told++ >= NAMES_MAX) {
            continue;
        }
        if (told == 1) {
            paint_start(&p);
            paint_to(&p, ITEM_COLUMN, 0);
            paint_text(&p, "never started, because of what they wait for: ");
        } else {
            paint_text(&p, ", ");
        }
        paint_text(&p, v->graph->nodes[i].name);
    }
    if (told > NAMES_MAX) {
        paint_format(&p, " and %zu more", told - NAMES_MAX);
    }
    if (told > 0) {
        paint_end(&p);
    }
}

/* Or one that readiness does not wait for itself, but a group of which it is a member. */
static bool is_cause(const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    bool missing = view_missing(v, i);
    for (size_t k = 0; !missing && k < n->group_count; k++) {
        missing = view_missing(v, n->groups[k]) && view_failing(v, i);
    }
    return missing && !is_consequence(v, i);
}

static void tell_causes(const struct status_view *v, uint64_t now_us)
{
    size_t told = 0;
    for (size_t i = 0; i < v->graph->count; i++) {
        if (is_cause(v, i) && told++ < CAUSES_MAX) {
            tell_cause(v, i, now_us);
        }
    }
    if (told > CAUSES_MAX) {
        struct paint p;
        paint_start(&p);
        paint_to(&p, ITEM_COLUMN, 0);
        paint_format(&p, "and %zu more", told - CAUSES_MAX);
        paint_end(&p);
    }
}

static void tell_where(const struct status_view *v)
{
    if (v->state_path == NULL || v->state_path[0] == '\0') {
        return;
    }
    struct paint p;
    paint_start(&p);
    paint_to(&p, ITEM_COLUMN, 0);
    paint_format(&p, "the whole state is in %s/%s", v->state_path, STATUS_FILE);
    paint_end(&p);
}

void terminal_failed(const struct status_view *v, uint64_t now_us)
{
    if (v->graph == NULL || v->engine == NULL) {
        return;
    }
    tell_headline(v, now_us);
    tell_causes(v, now_us);
    tell_consequences(v);
    tell_where(v);
}

/* Readiness did not wait for them; a person may. */
static void tell_optional(const struct status_view *v)
{
    size_t told = 0;
    for (size_t i = 0; i < v->graph->count; i++) {
        if (view_optional_missing(v, i) && told++ < NAMES_MAX) {
            char text[REASON_MAX];
            struct buf reason;
            buf_init(&reason, text, sizeof(text));
            view_reason(v, i, &reason);
            struct paint p;
            paint_start(&p);
            paint_to(&p, ITEM_COLUMN, 0);
            paint_format(&p, "without %s, which is optional", v->graph->nodes[i].name);
            paint_text(&p, ": ");
            paint_text(&p, text);
            paint_end(&p);
        }
    }
    if (told > NAMES_MAX) {
        struct paint p;
        paint_start(&p);
        paint_to(&p, ITEM_COLUMN, 0);
        paint_format(&p, "and without %zu more", told - NAMES_MAX);
        paint_end(&p);
    }
}

void terminal_ready(const struct status_view *v, uint64_t now_us)
{
    if (!log_shows(LOG_NOTICE)) {
        return;
    }
    uint64_t ready = view_ready_us(v);
    struct paint p;
    paint_start(&p);
    paint_mark(&p, PAINT_GOOD);
    paint_text(&p, "ready in ");
    paint_duration(&p, between(engine_started_us(v->engine), ready != 0 ? ready : now_us));
    paint_end(&p);
    tell_optional(v);
}
