#include "init/plan/variable_cycles.h"

#include <string.h>

#include "init/base/json.h"
#include "init/config/placeholder.h"
#include "init/plan/variable_index.h"

enum mark { UNSEEN, OPEN, DONE };

/* One variable that another one refers to. */
struct edge {
    size_t to;
    const char *key;         /* where: "default", … */
    const char *environment; /* … of this one; or NULL */
};

struct edge_list {
    struct edge *items; /* NULL while they are only counted */
    size_t count;
};

/* A depth-first walk with its own stack: the chain may be as long as there are variables. */
struct walk {
    const struct manifest *manifest;
    struct variable_index index;
    struct problems *problems;
    struct edge_list *edges; /* by variable */
    unsigned char *marks;
    size_t *stack;
    size_t *next; /* per stack level: the edge to follow next */
    size_t depth;
    /* While edges are collected. */
    struct edge_list *out;
    const char *key;
    const char *environment;
};

static void add_edge(void *ctx, const char *name)
{
    struct walk *w = ctx;
    const struct variable *to = name ? variable_index_find(&w->index, name) : w->index.environment;

    /* What does not exist was reported when it was read. */
    if (!to)
        return;
    if (w->out->items)
        w->out->items[w->out->count] = (struct edge){(size_t)(to - w->manifest->variables), w->key, w->environment};
    w->out->count++;
}

static void add_edges(struct walk *w, const struct variable *v)
{
    w->environment = NULL;
    w->key = "default";
    if (v->default_value)
        placeholder_variables(v->default_value, add_edge, w);
    w->key = "required_when";
    if (v->required_when)
        condition_variables(v->required_when, add_edge, w);
    w->key = "only_when";
    if (v->only_when)
        condition_variables(v->only_when, add_edge, w);
    w->key = "environments";
    if (v->override_count > 0)
        add_edge(w, NULL);
    for (size_t i = 0; i < v->override_count; i++) {
        w->environment = v->overrides[i].environment;
        if (v->overrides[i].default_value)
            placeholder_variables(v->overrides[i].default_value, add_edge, w);
    }
}

/* Counted first, so that the arena gives what is needed and no more. */
static void collect(struct walk *w, size_t i, struct arena *a)
{
    const struct variable *v = &w->manifest->variables[i];

    w->out = &w->edges[i];
    add_edges(w, v);
    if (w->out->count == 0)
        return;
    w->out->items = arena_alloc(a, w->out->count, sizeof(*w->out->items));
    w->out->count = 0;
    add_edges(w, v);
}

static void report(struct walk *w, size_t back)
{
    char path[sizeof(((struct problem *)0)->text)];
    struct buf text = BUF_OVER(path);
    struct json_pointer at = {.len = 0};
    size_t from = w->depth;

    /* A tangle has more circles than anybody reads. */
    if (w->problems->count == PROBLEMS_MAX)
        return;
    while (w->stack[--from] != back)
        ;
    buf_reset(&text);
    for (size_t i = from; i < w->depth; i++)
        buf_printf(&text, "%s -> ", w->manifest->variables[w->stack[i]].name);
    buf_puts(&text, w->manifest->variables[back].name);
    const struct edge *first = &w->edges[back].items[w->next[from] - 1];
    json_pointer_push(&at, "variables");
    json_pointer_push(&at, w->manifest->variables[back].name);
    json_pointer_push(&at, first->key);
    if (first->environment) {
        json_pointer_push(&at, first->environment);
        json_pointer_push(&at, "default");
    }
    problem_hint(problem_add(w->problems, "graph.cycle", at.text, "each needs the value of the next: %s", path),
                 "one of them has to do without: remove one of these references");
}

static void enter(struct walk *w, size_t i)
{
    w->marks[i] = OPEN;
    w->stack[w->depth] = i;
    w->next[w->depth++] = 0;
}

static void walk_from(struct walk *w, size_t start)
{
    enter(w, start);
    while (w->depth > 0) {
        size_t i = w->stack[w->depth - 1];
        if (w->next[w->depth - 1] == w->edges[i].count) {
            w->marks[i] = DONE;
            w->depth--;
            continue;
        }
        size_t to = w->edges[i].items[w->next[w->depth - 1]++].to;
        if (w->marks[to] == UNSEEN)
            enter(w, to);
        else if (w->marks[to] == OPEN)
            report(w, to);
    }
}

void variable_cycles(const struct manifest *m, struct arena *a, struct problems *p)
{
    struct walk w = {.manifest = m, .problems = p};

    variable_index_build(&w.index, m->variables, m->variable_count, a);
    w.edges = arena_alloc(a, m->variable_count + 1, sizeof(*w.edges));
    w.marks = arena_alloc(a, m->variable_count + 1, sizeof(*w.marks));
    w.stack = arena_alloc(a, m->variable_count + 1, sizeof(*w.stack));
    w.next = arena_alloc(a, m->variable_count + 1, sizeof(*w.next));
    for (size_t i = 0; i < m->variable_count; i++)
        collect(&w, i, a);
    for (size_t i = 0; i < m->variable_count; i++) {
        if (w.marks[i] == UNSEEN)
            walk_from(&w, i);
    }
}
