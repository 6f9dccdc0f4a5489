#include "init/report/entities.h"

#include <string.h>
#include <sys/wait.h>

#include "init/report/view.h"

/* Names listed in blocked_by: more than a person reads, fewer than would swell the document. */
#define BLOCKERS_MAX 32
#define REASON_MAX 513

static void write_time(struct jsonw *w, const char *key, const struct status_view *v, uint64_t mono_us, int decimals)
{
    char text[CLOCK_TEXT_MAX];
    if (mono_us == 0) {
        jsonw_null(w, key);
        return;
    }
    clock_format(&v->anchor, mono_us, decimals, text);
    jsonw_string(w, key, text);
}

static void write_strings(struct jsonw *w, const char *key, const char *const *items, size_t count)
{
    jsonw_array(w, key);
    for (size_t k = 0; k < count; k++) {
        jsonw_string(w, NULL, items[k]);
    }
    jsonw_array_end(w);
}

static void write_blockers(struct jsonw *w, const struct status_view *v, size_t i, bool waiting)
{
    const struct node *n = &v->graph->nodes[i];
    size_t told = 0;
    jsonw_array(w, "blocked_by");
    for (size_t k = 0; waiting && k < n->need_count && told < BLOCKERS_MAX; k++) {
        if (view_holds_up(v, n->needs[k])) {
            jsonw_string(w, NULL, v->graph->nodes[n->needs[k]].name);
            told++;
        }
    }
    jsonw_array_end(w);
}

/* It waits for others, or was given up because of them. */
static bool service_is_blocked(const struct node_state *s, enum service_status status)
{
    return status != SERVICE_STOPPED || (s->why != NULL && strcmp(s->why, "dependency") == 0);
}

static void write_reason(struct jsonw *w, const char *key, const struct status_view *v, size_t i)
{
    char text[REASON_MAX];
    struct buf reason;
    buf_init(&reason, text, sizeof(text));
    view_reason(v, i, &reason);
    jsonw_string(w, key, text);
}

static const char *tls_version_name(uint8_t version)
{
    return version == 13 ? "1.3" : "1.2";
}

static void write_tls(struct jsonw *w, const struct wire_verdict *verdict)
{
    if (verdict->tls_version == 0) {
        jsonw_null(w, "tls");
        return;
    }
    jsonw_object(w, "tls");
    jsonw_string(w, "version", tls_version_name(verdict->tls_version));
    if (verdict->certificate_days != 0) {
        jsonw_uint(w, "certificate_days", verdict->certificate_days);
    } else {
        jsonw_null(w, "certificate_days");
    }
    jsonw_object_end(w);
}

static void write_redis(struct jsonw *w, const struct node *n, const struct node_state *s)
{
    if (n->notified || n->service->probe.kind != PROBE_REDIS || s->attempts == 0) {
        jsonw_null(w, "redis");
        return;
    }
    jsonw_object(w, "redis");
    jsonw_string(w, "role", s->verdict.redis_role[0] != '\0' ? s->verdict.redis_role : NULL);
    jsonw_bool(w, "loading", s->verdict.redis_loading != 0);
    jsonw_object_end(w);
}

/* A closed set of members: nothing that a target or a peer chose gets a name of its own here. */
static void write_connection(struct jsonw *w, const struct node *n, const struct node_state *s)
{
    const struct wire_verdict *verdict = &s->verdict;
    bool shown = n->shown_target != NULL && n->shown_target[0] != '\0';
    jsonw_object(w, "connection_details");
    jsonw_string(w, "kind", probe_kind_name(n->notified ? PROBE_NONE : n->service->probe.kind));
    jsonw_string(w, "target", shown ? n->shown_target : NULL);
    jsonw_string(w, "resolved_address", verdict->address[0] != '\0' ? verdict->address : NULL);
    if (verdict->http_status != 0) {
        jsonw_uint(w, "http_status", verdict->http_status);
    } else {
        jsonw_null(w, "http_status");
    }
    write_tls(w, verdict);
    write_redis(w, n, s);
    jsonw_uint(w, "attempts", s->attempts);
    bool judged = s->attempts > 0 || verdict->verdict != VERDICT_OK;
    jsonw_string(w, "class", judged ? verdict_class_name((enum verdict_class)verdict->verdict) : NULL);
    jsonw_object_end(w);
}

static bool test_is_about(const struct test *t, const char *service_name)
{
    for (size_t k = 0; k < t->services.count; k++) {
        if (strcmp(t->services.items[k], service_name) == 0) {
            return true;
        }
    }
    return false;
}

/* Which test made the service unhealthy. */
static void write_source(struct jsonw *w, const struct status_view *v, size_t i)
{
    char text[128];
    struct buf source;
    buf_init(&source, text, sizeof(text));
    for (size_t k = 0; view_state(v, i)->failed_by_test && source.len == 0 && k < v->graph->count; k++) {
        const struct node *n = &v->graph->nodes[k];
        enum test_status result = n->kind == NODE_TEST ? view_state(v, k)->status.test : TEST_WAITING;
        bool bad = result == TEST_FAILED || result == TEST_ERROR;
        if (bad && n->test->blocking && test_is_about(n->test, v->graph->nodes[i].name)) {
            buf_printf(&source, "test:%s", n->name);
        }
    }
    jsonw_string(w, "source", source.len > 0 ? text : NULL);
}

static void write_members(struct jsonw *w, const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    if (n->member_count == 0) {
        jsonw_null(w, "members");
        return;
    }
    jsonw_object(w, "members");
    jsonw_uint(w, "healthy", view_state(v, i)->members_healthy);
    jsonw_uint(w, "needed", view_members_needed(v, i));
    jsonw_array(w, "names");
    for (size_t k = 0; k < n->member_count && k < BLOCKERS_MAX; k++) {
        jsonw_string(w, NULL, v->graph->nodes[n->members[k]].name);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

/* Since when, how often, and what to look at. */
static void write_failing(struct jsonw *w, const struct status_view *v, size_t i, enum service_status status)
{
    const struct node_state *s = view_state(v, i);
    const char *hint = status == SERVICE_HEALTHY ? "" : view_hint(v, i);
    write_time(w, "failing_since", v, s->failing_since_us, 3);
    jsonw_uint(w, "failures", s->failures);
    jsonw_uint(w, "restarts", s->restarts);
    jsonw_string(w, "hint", hint[0] != '\0' ? hint : NULL);
}

void entity_service(struct jsonw *w, const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    const struct node_state *s = view_state(v, i);
    enum service_status status = v->engine == NULL && n->inactive ? SERVICE_STOPPED : s->status.service;

    jsonw_object(w, NULL);
    jsonw_string(w, "service_name", n->name);
    jsonw_string(w, "status", service_status_name(status));
    write_time(w, "last_check", v, s->last_check_us, 3);
    if (s->last_check_us != 0) {
        jsonw_ms(w, "response_time_ms", s->response_us);
    } else {
        jsonw_null(w, "response_time_ms");
    }
    if (status == SERVICE_UNHEALTHY) {
        write_reason(w, "error_message", v, i);
    } else {
        jsonw_null(w, "error_message");
    }
    write_connection(w, n, s);
    write_strings(w, "dependencies", n->service->depends_on.items, n->service->depends_on.count);
    jsonw_bool(w, "required", n->required);
    jsonw_string(w, "reason", s->why != NULL ? s->why : n->inactive_why);
    write_blockers(w, v, i, service_is_blocked(s, status));
    jsonw_uint(w, "attempts", s->attempts);
    write_failing(w, v, i, status);
    write_members(w, v, i);
    write_source(w, v, i);
    const char *message = v->messages != NULL && v->messages[i] != NULL ? v->messages[i] : "";
    jsonw_string(w, "message", message[0] != '\0' ? message : NULL);
    jsonw_object_end(w);
}

static void write_ending(struct jsonw *w, const struct node *n, const struct node_state *s)
{
    bool ended = n->runs && s->exec_errno == 0 && s->called_us != 0 && s->ended_us != 0;
    if (ended && WIFEXITED(s->wait_status)) {
        jsonw_int(w, "exit_code", WEXITSTATUS(s->wait_status));
    } else {
        jsonw_null(w, "exit_code");
    }
    if (ended && WIFSIGNALED(s->wait_status)) {
        jsonw_int(w, "signal", WTERMSIG(s->wait_status));
    } else {
        jsonw_null(w, "signal");
    }
    jsonw_bool(w, "timed_out", s->timed_out);
}

static void write_error(struct jsonw *w, const struct status_view *v, size_t i, bool failed)
{
    if (!failed) {
        jsonw_null(w, "error_details");
        return;
    }
    const struct node *n = &v->graph->nodes[i];
    const struct output *o = v->outputs != NULL ? v->outputs[i] : NULL;
    jsonw_object(w, "error_details");
    write_reason(w, "message", v, i);
    write_ending(w, n, view_state(v, i));
    if (o != NULL) {
        jsonw_bytes(w, "output_tail", o->tail, o->tail_len);
    } else {
        jsonw_null(w, "output_tail");
    }
    jsonw_uint(w, "output_bytes", o != NULL ? o->total : 0);
    jsonw_bool(w, "truncated", o != NULL && o->truncated);
    jsonw_object_end(w);
}

/* As declared, with ${NAME} unexpanded, and the target masked: no secret can be in it. */
static void write_test_data(struct jsonw *w, const struct node *n)
{
    const struct test *t = n->test;
    const struct probe *p = &t->probe;
    jsonw_object(w, "test_data");
    if (p->kind == PROBE_NONE) {
        write_strings(w, "command", t->command.items, t->command.count);
    } else {
        jsonw_object(w, "probe");
        jsonw_string(w, "kind", probe_kind_name(p->kind));
        jsonw_string(w, "target", n->shown_target);
        if (p->kind == PROBE_HTTP) {
            jsonw_uint(w, "status_min", p->status_min);
            jsonw_uint(w, "status_max", p->status_max);
        }
        if (p->kind == PROBE_REDIS) {
            write_strings(w, "databases", p->databases.items, p->databases.count);
        }
        if (p->kind == PROBE_EXEC) {
            write_strings(w, "command", p->command.items, p->command.count);
        }
        jsonw_object_end(w);
    }
    jsonw_ms(w, "timeout_ms", t->timeout_us);
    jsonw_object_end(w);
}

bool entity_test_has_result(const struct status_view *v, size_t i)
{
    return view_state(v, i)->status.test >= TEST_PASSED;
}

void entity_test(struct jsonw *w, const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    const struct node_state *s = view_state(v, i);
    enum test_status status = s->status.test;
    /* A skipped test was never taken up: it took as long as deciding that. */
    uint64_t started = s->called_us != 0 ? s->called_us : s->ended_us;
    uint64_t duration = s->ended_us > started ? s->ended_us - started : 1;

    jsonw_object(w, NULL);
    jsonw_string(w, "test_type", test_type_name(n->test->type));
    jsonw_string(w, "test_name", n->name);
    write_time(w, "execution_time", v, started != 0 ? started : v->anchor.mono_us, 3);
    jsonw_ms(w, "duration_ms", duration);
    jsonw_string(w, "status", test_status_name(status));
    write_error(w, v, i, status == TEST_FAILED || status == TEST_ERROR);
    write_test_data(w, n);
    if (v->config != NULL) {
        profile_snapshot(w, "environment_snapshot", v->config, &v->facts);
    } else {
        jsonw_null(w, "environment_snapshot");
    }
    jsonw_string(w, "skip_reason", status == TEST_SKIPPED ? s->why : NULL);
    jsonw_object_end(w);
}

/* What the journal says about step @i, earlier runs included; NULL = nothing. */
static const struct past_step *past_of(const struct status_view *v, size_t i)
{
    return v->history != NULL ? history_find(v->history, v->graph->nodes[i].name) : NULL;
}

static void write_attempts(struct jsonw *w, const struct past_step *p)
{
    jsonw_array(w, "history");
    for (size_t k = 0; p != NULL && k < p->recent_count; k++) {
        const struct past_attempt *a = &p->recent[k];
        jsonw_object(w, NULL);
        jsonw_uint(w, "attempt", a->number);
        jsonw_string(w, "status", step_status_name(a->status));
        jsonw_string(w, "started_at", a->started_at);
        jsonw_string(w, "completed_at", a->completed_at);
        jsonw_string(w, "error", a->error);
        jsonw_string(w, "definition_sha256", a->definition_sha256);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_rollback(struct jsonw *w, const struct node_state *s, const struct past_step *p)
{
    enum rollback_state state = s->rollback != ROLLBACK_NOT_ASKED || p == NULL ? s->rollback : p->rollback;
    jsonw_object(w, "rollback");
    jsonw_string(w, "state", rollback_state_name(state));
    jsonw_string(w, "detail", s->rollback_text[0] != '\0' ? s->rollback_text : NULL);
    jsonw_object_end(w);
}

/* Of a step that is not done in this run, what is on record. */
static void write_step_times(struct jsonw *w, const struct status_view *v, size_t i, const struct past_step *p)
{
    const struct node_state *s = view_state(v, i);
    bool over = s->status.step == STEP_COMPLETED || s->status.step == STEP_FAILED;
    if (p != NULL && (s->cached || s->called_us == 0)) {
        jsonw_string(w, "started_at", p->started_at);
        jsonw_string(w, "completed_at", p->completed_at);
        return;
    }
    uint64_t started = s->status.step != STEP_SKIPPED ? s->called_us : 0; /* it was passed over, not executed */
    uint64_t ended = s->ended_us > started ? s->ended_us : started + 1;
    write_time(w, "started_at", v, started, 6);
    write_time(w, "completed_at", v, over ? ended : 0, 6);
}

void entity_step(struct jsonw *w, const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    const struct node_state *s = view_state(v, i);
    const struct past_step *p = past_of(v, i);
    enum step_status status = s->status.step;

    jsonw_object(w, NULL);
    jsonw_string(w, "step_id", n->step->id);
    jsonw_string(w, "step_name", n->step->name);
    jsonw_string(w, "category", step_category_name(n->step->category));
    jsonw_string(w, "status", step_status_name(status));
    write_step_times(w, v, i, p);
    write_error(w, v, i, status == STEP_FAILED);
    write_strings(w, "prerequisites", n->step->prerequisites.items, n->step->prerequisites.count);
    write_strings(w, "artifacts", n->artifact_paths, n->step->artifact_count);
    jsonw_string(w, "skip_reason", status == STEP_SKIPPED ? s->why : NULL);
    jsonw_string(w, "skip_source", status == STEP_SKIPPED && p != NULL ? p->skip_source : NULL);
    write_blockers(w, v, i, status == STEP_PENDING);
    jsonw_string(w, "definition_sha256", n->step->definition_sha256);
    jsonw_uint(w, "generation", p != NULL ? p->generation : 1);
    jsonw_string(w, "reopened", p != NULL ? p->reopened : NULL);
    jsonw_bool(w, "cached", s->cached);
    jsonw_uint(w, "attempts", p != NULL ? p->attempts : s->attempts);
    write_attempts(w, p);
    write_rollback(w, s, p);
    jsonw_object_end(w);
}

void entity_brief(struct jsonw *w, const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    const struct node_state *s = view_state(v, i);
    jsonw_object(w, NULL);
    switch (n->kind) {
    case NODE_SERVICE:
        jsonw_string(w, "service_name", n->name);
        jsonw_string(w, "status", service_status_name(s->status.service));
        break;
    case NODE_STEP:
        jsonw_string(w, "step_id", n->name);
        jsonw_string(w, "status", step_status_name(s->status.step));
        break;
    case NODE_TEST:
        jsonw_string(w, "test_name", n->name);
        jsonw_string(w, "status", test_status_name(s->status.test));
        break;
    }
    jsonw_bool(w, "required", n->required);
    jsonw_object_end(w);
}
