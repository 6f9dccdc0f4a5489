#include "init/plan/graph.h"

#include <string.h>

#include "init/base/clock.h"
#include "init/base/json.h"
#include "init/base/text.h"
#include "init/config/condition.h"
#include "init/plan/artifact_paths.h"
#include "init/plan/dependencies.h"
#include "init/plan/expand_node.h"
#include "init/plan/read.h"

static bool lists(const struct strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0)
            return true;
    }
    return false;
}

/* What says where this is, by the model's field; NULL when the manifest has nothing of the kind. */
static const struct setting *environment_setting(const struct config *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const char *field = c->settings[i].variable->field;
        if (field && strcmp(field, "environment") == 0)
            return &c->settings[i];
    }
    return NULL;
}

static bool is_meant_for(const struct strings *environments, const struct setting *here)
{
    return environments->count == 0 || (here && here->value && lists(environments, here->value));
}

static const char *value_of(void *ctx, const char *name)
{
    const struct setting *s = config_find(ctx, name);

    return s ? s->value : NULL;
}

static bool condition_is_met(const struct condition *when, const struct setting *here, const struct config *c)
{
    return !when || condition_holds(when, here ? here->variable->name : NULL, value_of, (void *)(uintptr_t)c);
}

static bool is_configured(const struct service *s, const struct config *c)
{
    for (size_t i = 0; i < s->needs.count; i++) {
        const struct setting *setting = config_find(c, s->needs.items[i]);
        if (!setting || !setting->value)
            return false;
    }
    return true;
}

static struct node service_node(const struct service *s, const struct config *c)
{
    bool active = is_configured(s, c);

    return (struct node){
        .kind = NODE_SERVICE,
        .name = s->name,
        .service = s,
        .inactive = !active,
        .inactive_why = active ? NULL : "not_configured",
        .required = s->required,
        .runs = s->run.count > 0,
        .probed = s->probe.kind != PROBE_NONE && s->ready == READY_BY_PROBE,
        .notified = s->ready != READY_BY_PROBE,
        .timeout_us = s->timeout_us,
        .interval_us = s->interval_us,
        .failure_threshold = s->failure_threshold,
        .give_up_after = s->give_up_after,
        .success_threshold = s->success_threshold,
        .start_period_us = s->start_period_us,
        .retry_min_us = s->retry_min_us,
        .retry_max_us = s->retry_max_us,
        .jitter = s->jitter,
        .down = s->probe.down,
        .when_lost = s->when_lost,
        .restart = s->restart,
        .restart_delay_us = s->restart_delay_us,
        .restart_max_us = s->restart_max_us,
        .restart_limit = s->restart_limit,
        .restart_window_us = s->restart_window_us,
        .stop_signal = s->stop_signal,
        .stop_grace_us = s->stop_grace_us,
        .shown_target = "",
    };
}

static struct node step_node(const struct step *s, const struct setting *here, const struct config *c)
{
    const char *why = !is_meant_for(&s->environments, here) ? "environment"
                      : !condition_is_met(s->when, here, c) ? "condition"
                                                            : NULL;

    return (struct node){
        .kind = NODE_STEP,
        .name = s->id,
        .step = s,
        .inactive = why != NULL,
        .inactive_why = why,
        .required = true,
        .runs = true,
        .timeout_us = s->timeout_us,
        .failure_threshold = 1,
        .stop_grace_us = DEFAULT_STOP_GRACE_US,
        .shown_target = "",
        .records = s->artifact_count > 0,
        .skip_satisfies = s->skip_satisfies,
        .attempt_max = s->retry.max,
        .attempt_pause_us = s->retry.delay_us,
        .attempt_pause_max_us = s->retry.delay_max_us,
        .attempts_timeout_us = s->retry.timeout_us,
        .jitter = s->retry.jitter,
        .retry_exits = s->retry.exits,
        .retry_exit_count = s->retry.exit_count,
    };
}

/* A test that is not meant for this environment is skipped. */
static struct node test_node(const struct test *t, const struct setting *here)
{
    const char *why = is_meant_for(&t->environments, here) ? NULL : "environment";

    return (struct node){
        .kind = NODE_TEST,
        .name = t->name,
        .test = t,
        .inactive = why != NULL,
        .inactive_why = why,
        .required = t->blocking,
        .runs = t->command.count > 0,
        .probed = t->probe.kind != PROBE_NONE,
        .down = t->probe.down,
        .timeout_us = t->timeout_us,
        .failure_threshold = 1,
        .stop_grace_us = DEFAULT_STOP_GRACE_US,
        .shown_target = "",
    };
}

static void make_nodes(const struct manifest *m, const struct config *c, struct arena *a, struct graph *g)
{
    const struct setting *here = environment_setting(c);

    *g = (struct graph){.service_count = m->service_count, .step_count = m->step_count, .test_count = m->test_count};
    g->nodes = arena_alloc(a, m->service_count + m->step_count + m->test_count + 1, sizeof(*g->nodes));
    for (size_t i = 0; i < m->service_count; i++)
        g->nodes[g->count++] = service_node(&m->services[i], c);
    for (size_t i = 0; i < m->step_count; i++)
        g->nodes[g->count++] = step_node(&m->steps[i], here, c);
    for (size_t i = 0; i < m->test_count; i++)
        g->nodes[g->count++] = test_node(&m->tests[i], here);
}

static const char *step_name_at(const void *ctx, size_t i)
{
    const struct graph *g = ctx;

    return g->nodes[g->service_count + i].name;
}

/* Who names steps to skip: how the journal calls it, and where it says so. */
struct skipper {
    const char *source;
    const char *where;
};

static void mark_skipped_one(struct graph *g, const char *id, const struct skipper *by, struct problems *p)
{
    int step = graph_find(g, NODE_STEP, id);
    if (step >= 0) {
        g->nodes[step].skipped = true;
        g->nodes[step].skip_source = by->source;
        return;
    }
    struct problem *item = problem_add(p, "ref.unknown", by->where, "there is no step \"%s\"", id);
    const char *meant = text_nearest(id, step_name_at, g, g->step_count);
    if (meant)
        problem_hint(item, "did you mean \"%s\"?", meant);
}

static void mark_skipped(struct graph *g, const char *list, const struct skipper *by, struct arena *a,
                         struct problems *p)
{
    for (const char *at = list; at && *at != '\0'; at += *at == ',') {
        size_t len = strcspn(at, ",");
        if (len > 0)
            mark_skipped_one(g, arena_strndup(a, at, len), by, p);
        at += len;
    }
}

/* The command line wins. */
static void mark_all_skipped(struct graph *g, const struct graph_options *o, struct arena *a, struct problems *p)
{
    static const struct skipper option = {"option", "--skip"};
    static const struct skipper variable = {"variable", "MUSTER_SKIP"};

    mark_skipped(g, o->skip_too, &variable, a, p);
    for (size_t i = 0; o->skip && o->skip[i]; i++)
        mark_skipped(g, o->skip[i], &option, a, p);
}

/* Edges from a node: to what it needs, or to its members. */
struct edges {
    const uint16_t *items;
    size_t count;
};

/* The reverse of @edges: for each node, those that have an edge to it, in node order. */
static void reverse(const struct edges *edges, size_t count, struct arena *a, struct edges *out)
{
    uint16_t **at = arena_alloc(a, count + 1, sizeof(*at));

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < edges[i].count; k++)
            out[edges[i].items[k]].count++;
    }
    for (size_t i = 0; i < count; i++) {
        if (out[i].count > 0)
            at[i] = arena_alloc(a, out[i].count, sizeof(*at[i]));
        out[i].items = at[i];
    }
    /* Each pointer moves on as its list fills. */
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < edges[i].count; k++)
            *at[edges[i].items[k]]++ = (uint16_t)i;
    }
}

static void set_edges(const struct dependencies *d, struct arena *a, struct graph *g)
{
    struct edges *needs = arena_alloc(a, g->count + 1, sizeof(*needs));
    struct edges *members = arena_alloc(a, g->count + 1, sizeof(*members));
    struct edges *blocks = arena_alloc(a, g->count + 1, sizeof(*blocks));
    struct edges *groups = arena_alloc(a, g->count + 1, sizeof(*groups));

    for (size_t i = 0; i < g->count; i++) {
        const struct node_list *list = &d->needs[i];
        needs[i] = (struct edges){.items = list->items, .count = list->count};
        members[i] = (struct edges){.items = list->items + list->count, .count = list->member_count};
    }
    reverse(needs, g->count, a, blocks);
    reverse(members, g->count, a, groups);
    for (size_t i = 0; i < g->count; i++) {
        struct node *n = &g->nodes[i];
        n->needs = needs[i].items;
        n->need_count = needs[i].count;
        n->blocks = blocks[i].items;
        n->block_count = blocks[i].count;
        n->members = members[i].items;
        n->member_count = members[i].count;
        n->groups = groups[i].items;
        n->group_count = groups[i].count;
    }
}

/* As many members as there are: of those that are not configured none can be healthy. Members come before groups in the order. */
static void set_groups(struct graph *g)
{
    for (size_t k = 0; k < g->count; k++) {
        struct node *n = &g->nodes[g->order[k]];
        uint32_t active = 0;

        for (size_t i = 0; i < n->member_count; i++)
            active += !g->nodes[n->members[i]].inactive;
        if (n->member_count == 0 || n->inactive)
            continue;
        n->at_least = n->service->at_least < active ? n->service->at_least : active;
        n->inactive = active == 0;
        n->inactive_why = active == 0 ? "not_configured" : NULL;
    }
}

/* So is a test of a service that is not there. */
static void set_tests(struct graph *g)
{
    for (size_t t = g->count - g->test_count; t < g->count; t++) {
        struct node *n = &g->nodes[t];

        for (size_t i = 0; i < n->need_count && !n->inactive; i++) {
            const struct node *need = &g->nodes[n->needs[i]];
            if (need->kind != NODE_SERVICE || !need->inactive)
                continue;
            n->inactive = true;
            n->inactive_why = "not_configured";
        }
    }
}

/* Why it cannot run here was meant to be a mistake. */
static void report_required(const struct graph *g, const struct node *n, const struct config *c, struct problems *p)
{
    const struct setting *here = environment_setting(c);
    bool environment = strcmp(n->inactive_why, "environment") == 0;
    struct json_pointer at = {.len = 0};
    size_t i = 0;

    json_pointer_push(&at, "tests");
    json_pointer_push(&at, n->name);
    json_pointer_push(&at, environment ? "environments" : "services");
    if (environment) {
        problem_hint(problem_add(p, "test.required", at.text, "test \"%s\" is required, but not for environment %s",
                                 n->name, here && here->value ? here->value : "unknown"),
                     "run this where it is for, or take \"required\" from the test");
        return;
    }
    while (!g->nodes[n->needs[i]].inactive || g->nodes[n->needs[i]].kind != NODE_SERVICE)
        i++;
    problem_hint(problem_add(p, "test.required", at.text,
                             "test \"%s\" is required, but its service \"%s\" is not configured", n->name,
                             g->nodes[n->needs[i]].name),
                 "set what the service needs, or take \"required\" from the test");
}

static void check_required(const struct graph *g, const struct config *c, struct problems *p)
{
    for (size_t t = g->count - g->test_count; t < g->count; t++) {
        if (g->nodes[t].inactive && g->nodes[t].test->required)
            report_required(g, &g->nodes[t], c, p);
    }
}

/* What may be one path only now. */
static void check_artifacts(const struct manifest *m, const struct graph *g, const char *state_dir, struct arena *a,
                            struct problems *p)
{
    const char *const **paths = arena_alloc(a, m->step_count + 1, sizeof(*paths));

    for (size_t i = 0; i < m->step_count; i++) {
        const struct node *n = &g->nodes[m->service_count + i];
        paths[i] = n->inactive || n->skipped ? NULL : n->artifact_paths;
    }
    artifact_paths_check(m, paths, a, p);
    if (state_dir && *state_dir != '\0')
        artifact_paths_check_state(m, paths, state_dir, p);
}

int graph_build(const struct manifest *m, const struct config *c, const struct graph_options *options, struct arena *a,
                struct graph *out, struct problems *p)
{
    size_t errors = p->errors;
    struct dependencies d;
    struct graph g;

    make_nodes(m, c, a, &g);
    if (options)
        mark_all_skipped(&g, options, a, p);
    dependencies_all(m, a, &d);
    uint16_t *order = arena_alloc(a, g.count + 1, sizeof(*order));
    dependencies_order(&d, m, a, order, "a step waits for all steps of earlier categories", p);
    set_edges(&d, a, &g);
    g.order = order;
    set_groups(&g);
    set_tests(&g);
    for (size_t i = 0; i < g.count; i++) {
        if (!g.nodes[i].inactive || g.nodes[i].kind == NODE_STEP)
            expand_node(&g.nodes[i], (uint32_t)i, c, a, p);
    }
    check_required(&g, c, p);
    check_artifacts(m, &g, options ? options->state_dir : NULL, a, p);
    if (p->errors != errors)
        return -1;
    *out = g;
    return 0;
}

int graph_find(const struct graph *g, enum node_kind kind, const char *name)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->nodes[i].kind == kind && strcmp(g->nodes[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}
