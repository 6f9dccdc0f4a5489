#include "init/report/view.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "init/base/url.h"

#define NAMES_MAX 4

const struct node_state *view_state(const struct status_view *v, size_t i)
{
    static const struct node_state nothing_yet;
    return v->engine != NULL ? engine_state(v->engine, i) : &nothing_yet;
}

uint64_t view_ready_us(const struct status_view *v)
{
    if (v->engine == NULL || v->phase == PHASE_STARTING) {
        return 0;
    }
    return v->main_ready_us != 0 ? v->main_ready_us : engine_ready_us(v->engine);
}

bool view_failing(const struct status_view *v, size_t i)
{
    const struct node_state *s = view_state(v, i);
    return s->verdict.verdict != VERDICT_OK && (s->attempts > 0 || s->verdict.text[0] != '\0');
}

bool view_holds_up(const struct status_view *v, size_t i)
{
    const struct node_state *s = view_state(v, i);
    bool service = v->graph->nodes[i].kind == NODE_SERVICE;
    bool was_well = service && s->status.service == SERVICE_STOPPED && s->healthy_us != 0 && s->failures == 0;
    return v->engine != NULL && !engine_satisfied(v->engine, i) && !was_well;
}

bool view_missing(const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    if (!n->required || n->inactive) {
        return false;
    }
    return v->engine == NULL || view_holds_up(v, i);
}

bool view_blocked(const struct status_view *v, size_t i)
{
    uint16_t first;
    const struct node_state *s = view_state(v, i);
    return v->engine != NULL && s->called_us == 0 && engine_waits_for(v->engine, i, &first, 1) > 0;
}

void view_waits_for(const struct status_view *v, size_t i, struct buf *out)
{
    uint16_t needs[NAMES_MAX];
    size_t count = v->engine != NULL ? engine_waits_for(v->engine, i, needs, NAMES_MAX) : 0;
    for (size_t k = 0; k < count && k < NAMES_MAX; k++) {
        buf_puts(out, k > 0 ? ", " : "");
        buf_puts(out, v->graph->nodes[needs[k]].name);
    }
    if (count > NAMES_MAX) {
        buf_printf(out, " and %zu more", count - NAMES_MAX);
    }
}

static void write_why(const char *why, struct buf *out)
{
    static const struct {
        const char *code;
        const char *text;
    } words[] = {
        {"not_configured", "not configured"},
        {"dependency", "what it depends on did not come up"},
        {"shutdown", "stopped with everything else"},
        {"environment", "not for this environment"},
        {"manual", "skipped by hand"},
    };
    for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
        if (strcmp(words[k].code, why) == 0) {
            buf_puts(out, words[k].text);
            return;
        }
    }
    buf_puts(out, why);
}

/* "refused: nothing listens there", but not "refused: refused by 127.0.0.1". */
static void write_verdict(const struct wire_verdict *verdict, struct buf *out)
{
    const char *name = verdict_class_name((enum verdict_class)verdict->verdict);
    size_t len = strlen(name);
    if (verdict->text[0] == '\0') {
        buf_puts(out, name);
        return;
    }
    /* A process that died says so itself. */
    if (strncmp(verdict->text, name, len) != 0 && verdict->verdict != VERDICT_DIED) {
        buf_printf(out, "%s: ", name);
    }
    buf_puts(out, verdict->text);
}

static void write_ending(const struct node_state *s, struct buf *out)
{
    if (s->verdict.text[0] != '\0') {
        buf_puts(out, s->verdict.text);
    } else if (s->exec_errno != 0) {
        buf_printf(out, "cannot start it: %s", strerror(s->exec_errno));
    } else if (s->timed_out) {
        buf_puts(out, "took too long");
    } else if (WIFSIGNALED(s->wait_status)) {
        buf_printf(out, "killed by signal %d", WTERMSIG(s->wait_status));
    } else if (WIFEXITED(s->wait_status) && WEXITSTATUS(s->wait_status) != 0) {
        buf_printf(out, "exited with code %d", WEXITSTATUS(s->wait_status));
    } else {
        buf_puts(out, "failed");
    }
}

size_t view_members_needed(const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    return n->at_least > 0 ? n->at_least : 1;
}

/* "1 of 3 healthy, 2 needed; b: refused, c: timeout" */
static void write_members(const struct status_view *v, size_t i, struct buf *out)
{
    const struct node *n = &v->graph->nodes[i];
    const struct node_state *s = view_state(v, i);
    if (s->verdict.verdict == VERDICT_MEMBERS) {
        buf_puts(out, s->verdict.text); /* not changed by what is stopped afterwards */
    } else {
        buf_printf(out, "%u of %zu healthy, %zu needed", s->members_healthy, n->member_count,
                   view_members_needed(v, i));
    }
    size_t told = 0;
    for (size_t k = 0; k < n->member_count && told < NAMES_MAX; k++) {
        if (view_failing(v, n->members[k])) {
            enum verdict_class class = (enum verdict_class)view_state(v, n->members[k])->verdict.verdict;
            buf_printf(out, "%s%s: %s", told++ == 0 ? "; " : ", ", v->graph->nodes[n->members[k]].name,
                       verdict_class_name(class));
        }
    }
}

bool view_optional_missing(const struct status_view *v, size_t i)
{
    const struct node *n = &v->graph->nodes[i];
    return n->kind == NODE_SERVICE && !n->required && !n->inactive && view_holds_up(v, i);
}

void view_own_word(const struct status_view *v, size_t i, struct buf *out)
{
    const struct node *n = &v->graph->nodes[i];
    const char *message = v->messages != NULL && v->messages[i] != NULL ? v->messages[i] : "";
    if (n->service->ready == READY_BY_DESCRIPTOR) {
        buf_printf(out, "for its own word (descriptor %u)", (unsigned)n->service->ready_fd);
    } else if (n->service->ready == READY_BY_LINE) {
        buf_puts(out, "for a line of its output");
    } else {
        buf_puts(out, "for its own word (sd_notify)");
    }
    buf_printf(out, "%s%s", message[0] != '\0' ? ": " : "", message);
}

static void service_reason(const struct status_view *v, size_t i, struct buf *out)
{
    const struct node_state *s = view_state(v, i);
    const struct node *n = &v->graph->nodes[i];
    if (s->status.service == SERVICE_HEALTHY) {
        return;
    }
    if (view_failing(v, i) && n->member_count == 0) {
        write_verdict(&s->verdict, out);
    } else if (s->status.service != SERVICE_STOPPED && view_blocked(v, i)) {
        buf_puts(out, "waits for ");
        view_waits_for(v, i, out);
    } else if (s->why != NULL) {
        write_why(s->why, out);
    } else if (n->member_count > 0) {
        write_members(v, i, out);
    } else if (s->successes > 0) {
        buf_printf(out, "it answers: %u of %u times in a row", s->successes, n->success_threshold);
    } else if (n->notified) {
        buf_puts(out, "waits ");
        view_own_word(v, i, out);
    } else {
        buf_puts(out, s->running ? "its process runs, no answer yet" : "no answer yet");
    }
}

/* Steps and tests: not taken up, at work, or ended. */
static void work_reason(const struct status_view *v, size_t i, bool busy, bool failed, struct buf *out)
{
    const struct node_state *s = view_state(v, i);
    if (failed) {
        write_ending(s, out);
    } else if (busy) {
        buf_puts(out, "is running");
    } else if (s->why != NULL) {
        write_why(s->why, out);
    } else if (view_blocked(v, i)) {
        buf_puts(out, "waits for ");
        view_waits_for(v, i, out);
    } else {
        buf_puts(out, "not started yet");
    }
}

void view_reason(const struct status_view *v, size_t i, struct buf *out)
{
    const struct node_state *s = view_state(v, i);
    switch (v->graph->nodes[i].kind) {
    case NODE_SERVICE:
        service_reason(v, i, out);
        break;
    case NODE_STEP:
        if (s->status.step != STEP_COMPLETED) {
            work_reason(v, i, s->status.step == STEP_IN_PROGRESS, s->status.step == STEP_FAILED, out);
        }
        break;
    case NODE_TEST:
        if (s->status.test != TEST_PASSED) {
            bool failed = s->status.test == TEST_FAILED || s->status.test == TEST_ERROR;
            work_reason(v, i, s->status.test == TEST_RUNNING, failed, out);
        }
        break;
    }
}

static bool in_container(const struct status_view *v)
{
    for (size_t k = 0; v->config != NULL && k < v->config->count; k++) {
        const struct setting *s = &v->config->settings[k];
        if (s->variable->field != NULL && strcmp(s->variable->field, "environment") == 0) {
            return s->value != NULL && strcmp(s->value, "local") != 0;
        }
    }
    return false;
}

static bool is_loopback(const char *target)
{
    struct url u;
    return target != NULL && url_parse(target, strlen(target), &u) == URL_OK && url_host_is_loopback(&u);
}

const char *view_hint(const struct status_view *v, size_t i)
{
    if (!view_failing(v, i)) {
        return "";
    }
    if (v->graph->nodes[i].kind != NODE_SERVICE && view_state(v, i)->verdict.verdict == VERDICT_INTERNAL) {
        return ""; /* it speaks of a service */
    }
    bool own_container = in_container(v) && is_loopback(v->graph->nodes[i].shown_target);
    return verdict_hint((enum verdict_class)view_state(v, i)->verdict.verdict, own_container);
}
