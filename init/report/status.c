#include "init/report/status.h"

#include <stdio.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/text.h"
#include "init/report/entities.h"
#include "init/report/view.h"

#define SCHEMA "muster.status/1"
/* A document of more nodes is read by programs: no indentation. */
#define PRETTY_NODES_MAX 100
#define SUMMARY_MAX 1024
#define SUMMARY_NAMES_MAX 10

const char *run_phase_name(enum run_phase p)
{
    static const char *const names[] = {
        [PHASE_CONFIGURATION] = "configuration",
        [PHASE_CALLING] = "calling",
        [PHASE_STARTING] = "starting",
        [PHASE_READY] = "ready",
        [PHASE_FAILED] = "failed",
        [PHASE_STOPPING] = "stopping",
        [PHASE_STOPPED] = "stopped",
        [PHASE_COMPLETE] = "complete",
    };
    return names[p];
}

/* What is counted of each kind, and in which words. */
static const struct count_words {
    enum node_kind kind;
    const char *noun;
    const char *good;
} count_words[] = {
    {NODE_SERVICE, "service", "healthy"},
    {NODE_STEP, "step", "completed"},
    {NODE_TEST, "test", "passed"},
};
#define COUNT_WORDS (sizeof(count_words) / sizeof(count_words[0]))

struct tally {
    size_t wanted;  /* readiness needs them */
    size_t missing; /* of these, not there */
};

static struct tally count_kind(const struct status_view *v, enum node_kind kind)
{
    struct tally t = {0};
    for (size_t i = 0; i < v->graph->count; i++) {
        const struct node *n = &v->graph->nodes[i];
        if (n->kind != kind || !n->required || n->inactive || n->skipped) {
            continue;
        }
        t.wanted++;
        t.missing += view_missing(v, i);
    }
    return t;
}

static void name_missing(const struct status_view *v, size_t i, const char *between, struct buf *out)
{
    buf_printf(out, "%s%s (", between, v->graph->nodes[i].name);
    view_reason(v, i, out);
    buf_putc(out, ')');
}

static void summarise_missing(const struct status_view *v, const struct count_words *words, const char *between,
                              struct buf *out)
{
    struct tally t = count_kind(v, words->kind);
    if (t.missing == 0) {
        return;
    }
    buf_printf(out, "%s%zu of %zu %s%s not %s: ", between, t.missing, t.wanted, words->noun, t.wanted == 1 ? "" : "s",
               words->good);
    size_t told = 0;
    for (size_t i = 0; i < v->graph->count && told < SUMMARY_NAMES_MAX; i++) {
        if (v->graph->nodes[i].kind == words->kind && view_missing(v, i)) {
            name_missing(v, i, told++ > 0 ? ", " : "", out);
        }
    }
    if (t.missing > told) {
        buf_printf(out, " and %zu more", t.missing - told);
    }
}

/* Readiness does not wait for them, but who reads that it is ready may want to know. */
static void summarise_optional(const struct status_view *v, struct buf *out)
{
    size_t told = 0;
    for (size_t i = 0; i < v->graph->count; i++) {
        if (view_optional_missing(v, i) && told++ < SUMMARY_NAMES_MAX) {
            name_missing(v, i, told == 1 ? "; without " : ", ", out);
        }
    }
    if (told > SUMMARY_NAMES_MAX) {
        buf_printf(out, " and %zu more", told - SUMMARY_NAMES_MAX);
    }
}

static void summarise_good(const struct status_view *v, struct buf *out)
{
    buf_puts(out, run_phase_name(v->phase));
    const char *between = ": ";
    for (size_t k = 0; k < COUNT_WORDS; k++) {
        struct tally t = count_kind(v, count_words[k].kind);
        if (t.wanted > 0) {
            buf_printf(out, "%s%zu %s%s %s", between, t.wanted, count_words[k].noun, t.wanted == 1 ? "" : "s",
                       count_words[k].good);
            between = ", ";
        }
    }
    summarise_optional(v, out);
}

static void summarise_problems(const struct status_view *v, struct buf *out)
{
    const struct problems *p = v->problems;
    buf_printf(out, "%zu mistake%s in the %s: ", p->errors, p->errors == 1 ? "" : "s",
               v->config != NULL ? "configuration" : "manifest");
    size_t told = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (!p->items[i].warning) {
            buf_printf(out, "%s%s (%s)", told++ > 0 ? ", " : "", p->items[i].where, p->items[i].rule);
        }
    }
}

static void summarise_run(const struct status_view *v, struct buf *out)
{
    bool failed = v->phase == PHASE_FAILED && v->engine != NULL;
    buf_puts(out, failed ? engine_reason(v->engine) : "");
    size_t before = out->len;
    for (size_t k = 0; k < COUNT_WORDS; k++) {
        const char *between = out->len > before ? "; " : before > 0 ? ": " : "";
        summarise_missing(v, &count_words[k], between, out);
    }
    if (out->len == 0 && v->phase == PHASE_STARTING) {
        bool told = v->main_message != NULL && v->main_message[0] != '\0';
        buf_printf(out, "main process has not said that it is ready%s%s", told ? ": " : "",
                   told ? v->main_message : "");
    } else if (out->len == 0) {
        summarise_good(v, out);
    }
}

/* The exit code is known. */
static bool has_ended(const struct status_view *v)
{
    return v->phase == PHASE_FAILED || v->phase == PHASE_STOPPING || v->phase == PHASE_STOPPED;
}

void status_summary(const struct status_view *v, char *out, size_t cap)
{
    struct buf b;
    buf_init(&b, out, cap);
    if (v->problems != NULL && v->problems->errors > 0) {
        summarise_problems(v, &b);
    } else if (v->graph == NULL) {
        buf_puts(&b, "the configuration is being checked");
    } else if (v->taking_back && v->phase != PHASE_FAILED) {
        buf_puts(&b, v->phase != PHASE_STOPPED ? "set-up is being taken back"
                     : v->exit_code == 0       ? "set-up was taken back"
                                               : "not everything could be taken back");
    } else if (has_ended(v) && v->phase != PHASE_FAILED) {
        buf_printf(&b, "%s: the main process ended with code %d", run_phase_name(v->phase), v->exit_code);
    } else {
        summarise_run(v, &b);
    }
    out[text_utf8_span(out, b.len)] = '\0';
}

static void write_times(struct jsonw *w, const struct status_view *v, uint64_t now_us)
{
    uint64_t started = v->engine != NULL ? engine_started_us(v->engine) : 0;
    uint64_t ready = view_ready_us(v);
    char text[CLOCK_TEXT_MAX];
    clock_format(&v->anchor, started, 3, text);
    jsonw_string(w, "started_at", started != 0 ? text : NULL);
    jsonw_ms(w, "elapsed_ms", started != 0 && now_us > started ? now_us - started : 0);
    if (ready != 0) {
        jsonw_ms(w, "ready_after_ms", ready - started);
    } else {
        jsonw_null(w, "ready_after_ms");
    }
}

static bool is_ready(const struct status_view *v)
{
    return v->phase == PHASE_COMPLETE || (v->phase == PHASE_READY && v->engine != NULL && engine_ready(v->engine));
}

static void write_header(struct jsonw *w, const struct status_view *v, uint64_t now_us)
{
    char text[CLOCK_TEXT_MAX];
    clock_format(&v->anchor, now_us, 3, text);
    jsonw_string(w, "schema", SCHEMA);
    jsonw_uint(w, "sequence", v->sequence);
    jsonw_string(w, "muster_version", v->facts.muster_version);
    jsonw_string(w, "written_at", text);
    jsonw_string(w, "session", v->session);
    if (v->journal != NULL) {
        jsonw_uint(w, "journal_sequence", v->journal->sequence);
    } else {
        jsonw_null(w, "journal_sequence");
    }
    jsonw_string(w, "phase", run_phase_name(v->phase));
    jsonw_bool(w, "ready", is_ready(v));
    write_times(w, v, now_us);
    if (has_ended(v)) {
        jsonw_int(w, "exit_code", v->exit_code);
    } else {
        jsonw_null(w, "exit_code");
    }
    char summary[SUMMARY_MAX];
    status_summary(v, summary, sizeof(summary));
    jsonw_string(w, "summary", summary);
    jsonw_bool(w, "brief", v->brief);
    jsonw_object(w, "owner");
    jsonw_int(w, "pid", getpid());
    jsonw_object_end(w);
}

static void write_problems(struct jsonw *w, const struct problems *p)
{
    jsonw_array(w, "problems");
    for (size_t i = 0; p != NULL && i < p->count; i++) {
        const struct problem *item = &p->items[i];
        jsonw_object(w, NULL);
        jsonw_string(w, "severity", item->warning ? "warning" : "error");
        jsonw_string(w, "rule", item->rule);
        jsonw_string(w, "where", item->where);
        jsonw_string(w, "text", item->text);
        jsonw_string(w, "hint", item->hint[0] != '\0' ? item->hint : NULL);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

typedef void entity_fn(struct jsonw *w, const struct status_view *v, size_t i);

static void write_nodes(struct jsonw *w, const char *key, const struct status_view *v, enum node_kind kind,
                        entity_fn *write)
{
    jsonw_array(w, key);
    for (size_t i = 0; v->graph != NULL && i < v->graph->count; i++) {
        if (v->graph->nodes[i].kind == kind && (kind != NODE_TEST || entity_test_has_result(v, i))) {
            v->brief ? entity_brief(w, v, i) : write(w, v, i);
        }
    }
    jsonw_array_end(w);
}

static void write_artifact(struct jsonw *w, const struct status_view *v, const struct artifact_record *r)
{
    const struct past_step *p = v->history != NULL ? history_find(v->history, r->step_id) : NULL;
    artifact_write(w, NULL, r, p != NULL ? past_artifact_find(p, r->path) : NULL, v->state_path);
}

void status_write(struct jsonw *w, const struct status_view *v, uint64_t now_us)
{
    jsonw_object(w, NULL);
    write_header(w, v, now_us);
    if (v->config != NULL) {
        profile_write(w, "profile", v->config);
    } else {
        jsonw_null(w, "profile");
    }
    write_problems(w, v->problems);
    write_nodes(w, "services", v, NODE_SERVICE, entity_service);
    write_nodes(w, "tests", v, NODE_TEST, entity_test);
    write_nodes(w, "steps", v, NODE_STEP, entity_step);
    jsonw_array(w, "artifacts");
    for (size_t i = 0; v->artifacts != NULL && !v->brief && i < v->artifacts->count; i++) {
        write_artifact(w, v, &v->artifacts->items[i]);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static bool try_write(const struct status_view *v, uint64_t now_us, bool pretty, struct buf *b)
{
    struct jsonw w;
    buf_reset(b);
    jsonw_init(&w, b, pretty);
    status_write(&w, v, now_us);
    buf_putc(b, '\n');
    return !b->overflow;
}

int status_publish(const struct statedir *s, struct status_view *v, uint64_t now_us, char *scratch, size_t cap,
                   struct err *e)
{
    v->sequence++;
    if (s->fd < 0) {
        return 0;
    }
    struct buf b;
    buf_init(&b, scratch, cap < STATUS_TEXT_MAX ? cap : STATUS_TEXT_MAX);
    bool pretty = v->graph == NULL || v->graph->count <= PRETTY_NODES_MAX;
    bool fits = (pretty && try_write(v, now_us, true, &b)) || try_write(v, now_us, false, &b);
    if (!fits && !v->brief) {
        v->brief = true;
        fits = try_write(v, now_us, false, &b);
    }
    if (!fits) {
        return err_set(e, ERR_LIMIT, 0, "cannot write %s: it would be larger than %zu bytes", STATUS_FILE, b.cap - 1);
    }
    if (file_replace(s->fd, STATUS_FILE, b.data, b.len, 0600, e) != 0) {
        e->code = ERR_STATE;
        return err_wrap(e, "state directory %s", s->path);
    }
    return 0;
}

bool status_mark(const struct statedir *s, char *scratch, size_t cap, struct journal_mark *out)
{
    struct err unreadable;
    struct problems problems = {.errors = 0};
    size_t len = 0;
    if (s->fd < 0 || file_read(s->fd, STATUS_FILE, scratch, cap, &len, &unreadable) != 0) {
        return false;
    }
    cleanup_json struct json *root = json_parse(scratch, len, false, &problems);
    const char *session = json_string(json_get(root, "session"));
    int64_t sequence = 0;
    if (session == NULL || !json_integer(json_get(root, "journal_sequence"), &sequence) || sequence < 0) {
        return false;
    }
    snprintf(out->session, sizeof(out->session), "%s", session);
    out->sequence = (uint64_t)sequence;
    return true;
}
