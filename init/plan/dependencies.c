#include "init/plan/dependencies.h"

#include <string.h>

#include "init/base/json.h"
#include "init/base/name_table.h"

/* The needs of one node under construction: each only once. */
struct collector {
    const struct manifest *manifest;
    struct arena *arena;
    uint16_t *items;
    size_t count;
    size_t member_count; /* of them, at the end */
    bool *seen;          /* by node; cleared by keep_needs() */
    struct name_table services, steps;
    size_t self; /* waiting for itself was reported when it was read; here it would be a cycle of its own */
};

static size_t first_step(const struct manifest *m)
{
    return m->service_count;
}

static size_t first_test(const struct manifest *m)
{
    return m->service_count + m->step_count;
}

static size_t node_count(const struct manifest *m)
{
    return m->service_count + m->step_count + m->test_count;
}

static void add_need(struct collector *c, size_t node)
{
    if (c->seen[node] || node == c->self)
        return;
    c->seen[node] = true;
    c->items[c->count++] = (uint16_t)node;
}

/* Unknown names were reported when they were read. */
static void add_names(struct collector *c, const struct name_table *known, size_t first, const struct strings *names)
{
    for (size_t i = 0; i < names->count; i++) {
        uint32_t found = name_table_find(known, names->items[i], strlen(names->items[i]));
        if (found != NAME_TABLE_NONE)
            add_need(c, first + found);
    }
}

static void add_services(struct collector *c, const struct strings *names)
{
    add_names(c, &c->services, 0, names);
}

static void add_steps(struct collector *c, const struct strings *ids)
{
    add_names(c, &c->steps, first_step(c->manifest), ids);
}

static void index_names(struct collector *c)
{
    const struct manifest *m = c->manifest;

    name_table_init(&c->services, m->service_count, m->services ? &m->services->name : NULL, sizeof(*m->services),
                    c->arena);
    name_table_init(&c->steps, m->step_count, m->steps ? &m->steps->id : NULL, sizeof(*m->steps), c->arena);
    for (size_t i = 0; i < m->service_count; i++)
        name_table_add(&c->services, (uint32_t)i);
    for (size_t i = 0; i < m->step_count; i++)
        name_table_add(&c->steps, (uint32_t)i);
}

static void add_earlier_categories(struct collector *c, const struct step *step)
{
    const struct manifest *m = c->manifest;

    for (size_t s = 0; s < m->step_count; s++) {
        if (m->steps[s].category < step->category)
            add_need(c, first_step(m) + s);
    }
}

static void add_before_test(struct collector *c, const struct test *test)
{
    const struct manifest *m = c->manifest;

    for (size_t s = 0; s < m->step_count; s++)
        add_need(c, first_step(m) + s);
    for (size_t t = 0; t < m->test_count; t++) {
        if (m->tests[t].type < test->type)
            add_need(c, first_test(m) + t);
    }
}

static struct node_list keep_needs(struct collector *c)
{
    uint16_t *items = arena_alloc(c->arena, c->count + 1, sizeof(*items));
    struct node_list list = {.items = items, .count = c->count - c->member_count, .member_count = c->member_count};

    for (size_t i = 0; i < c->count; i++) {
        items[i] = c->items[i];
        c->seen[c->items[i]] = false;
    }
    c->count = 0;
    c->member_count = 0;
    c->self++;
    return list;
}

static void collect(const struct manifest *m, bool implied, struct arena *a, struct dependencies *out)
{
    size_t nodes = node_count(m);
    struct collector c = {.manifest = m, .arena = a};
    struct node_list *list;

    c.items = arena_alloc(a, nodes + 1, sizeof(*c.items));
    c.seen = arena_alloc(a, nodes + 1, sizeof(*c.seen));
    index_names(&c);
    out->needs = arena_alloc(a, nodes + 1, sizeof(*out->needs));
    out->count = nodes;
    list = out->needs;
    for (size_t i = 0; i < m->service_count; i++) {
        add_services(&c, &m->services[i].depends_on);
        add_steps(&c, &m->services[i].after);
        size_t needed = c.count;
        add_services(&c, &m->services[i].any_of);
        c.member_count = c.count - needed;
        *list++ = keep_needs(&c);
    }
    for (size_t i = 0; i < m->step_count; i++) {
        add_steps(&c, &m->steps[i].prerequisites);
        add_services(&c, &m->steps[i].services);
        if (implied && m->phase_barrier)
            add_earlier_categories(&c, &m->steps[i]);
        *list++ = keep_needs(&c);
    }
    for (size_t i = 0; i < m->test_count; i++) {
        add_services(&c, &m->tests[i].services);
        if (implied)
            add_before_test(&c, &m->tests[i]);
        *list++ = keep_needs(&c);
    }
}

void dependencies_declared(const struct manifest *m, struct arena *a, struct dependencies *out)
{
    collect(m, false, a, out);
}

void dependencies_all(const struct manifest *m, struct arena *a, struct dependencies *out)
{
    collect(m, true, a, out);
}

enum mark { UNSEEN, OPEN, DONE };

/* A depth-first walk with its own stack: the graph may be as deep as it is large. */
struct walk {
    const struct dependencies *deps;
    const struct manifest *manifest;
    const char *hint;
    struct problems *problems;
    unsigned char *marks;
    uint16_t *stack;
    size_t *next; /* per stack level: the need to look at next */
    size_t depth;
    uint16_t *order;
    size_t ordered;
    bool cyclic;
};

static const char *node_name(const struct manifest *m, size_t node)
{
    if (node < first_step(m))
        return m->services[node].name;
    if (node < first_test(m))
        return m->steps[node - first_step(m)].id;
    return m->tests[node - first_test(m)].name;
}

static const char *node_noun(const struct manifest *m, size_t node)
{
    return node < first_step(m) ? "service" : node < first_test(m) ? "step" : "test";
}

static bool lists(const struct strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0)
            return true;
    }
    return false;
}

/* The list in the manifest that makes @from wait for @to. */
static const char *edge_key(const struct manifest *m, size_t from, size_t to)
{
    bool to_service = to < first_step(m);

    if (from < first_step(m) && to_service)
        return lists(&m->services[from].any_of, node_name(m, to)) ? "any_of" : "depends_on";
    if (from < first_step(m))
        return "after";
    if (from >= first_test(m) || to_service)
        return "services";
    return lists(&m->steps[from - first_step(m)].prerequisites, node_name(m, to)) ? "prerequisites" : "category";
}

static void write_path(const struct walk *w, size_t from, struct buf *out)
{
    const struct manifest *m = w->manifest;
    bool mixed = false;

    for (size_t i = from; i < w->depth; i++)
        mixed = mixed || node_noun(m, w->stack[i]) != node_noun(m, w->stack[from]);
    for (size_t i = from; i <= w->depth; i++) {
        size_t node = w->stack[i < w->depth ? i : from];
        if (i > from)
            buf_puts(out, " -> ");
        if (mixed)
            buf_printf(out, "%s ", node_noun(m, node));
        buf_puts(out, node_name(m, node));
    }
}

static void report_cycle(struct walk *w, uint16_t back)
{
    const struct manifest *m = w->manifest;
    char path[sizeof(((struct problem *)0)->text)];
    struct buf text = BUF_OVER(path);
    struct json_pointer at = {.len = 0};
    size_t from = w->depth;

    w->cyclic = true;
    /* A tangle has more cycles than anybody reads, and each of them can be long. */
    if (w->problems->count == PROBLEMS_MAX)
        return;
    while (w->stack[--from] != back)
        ;
    write_path(w, from, &text);
    json_pointer_push(&at, back < first_step(m) ? "services" : back < first_test(m) ? "steps" : "tests");
    json_pointer_push(&at, node_name(m, back));
    json_pointer_push(&at, edge_key(m, back, from + 1 < w->depth ? w->stack[from + 1] : back));
    problem_hint(problem_add(w->problems, "graph.cycle", at.text, "each waits for the next: %s", path), "%s", w->hint);
}

static void enter(struct walk *w, uint16_t node)
{
    w->marks[node] = OPEN;
    w->stack[w->depth] = node;
    w->next[w->depth++] = 0;
}

static void walk_from(struct walk *w, uint16_t start)
{
    enter(w, start);
    while (w->depth > 0) {
        uint16_t node = w->stack[w->depth - 1];
        const struct node_list *needs = &w->deps->needs[node];

        if (w->next[w->depth - 1] == needs->count + needs->member_count) {
            w->marks[node] = DONE;
            w->order[w->ordered++] = node;
            w->depth--;
            continue;
        }
        uint16_t need = needs->items[w->next[w->depth - 1]++];
        if (w->marks[need] == UNSEEN)
            enter(w, need);
        else if (w->marks[need] == OPEN)
            report_cycle(w, need);
    }
}

bool dependencies_order(const struct dependencies *d, const struct manifest *m, struct arena *a, uint16_t *order,
                        const char *hint, struct problems *p)
{
    struct walk w = {.deps = d, .manifest = m, .hint = hint, .problems = p, .order = order};

    w.marks = arena_alloc(a, d->count + 1, sizeof(*w.marks));
    w.stack = arena_alloc(a, d->count + 1, sizeof(*w.stack));
    w.next = arena_alloc(a, d->count + 1, sizeof(*w.next));
    for (size_t i = 0; i < d->count; i++) {
        if (w.marks[i] == UNSEEN)
            walk_from(&w, (uint16_t)i);
    }
    return !w.cyclic;
}
