#include "init/plan/check.h"

#include <string.h>

#include "init/base/json.h"
#include "init/base/name_table.h"
#include "init/plan/artifact_paths.h"
#include "init/plan/dependencies.h"
#include "init/plan/variable_cycles.h"

/* A place in the manifest, built from its parts. */
static struct json_pointer place(const char *collection, const char *entry, const char *key)
{
    struct json_pointer at = {.len = 0};

    json_pointer_push(&at, collection);
    json_pointer_push(&at, entry);
    if (key)
        json_pointer_push(&at, key);
    return at;
}

/* One environment name that a variable answers to. */
struct claim {
    const char *name;
    const struct variable *variable;
    size_t alias;                /* index + 1; 0 = its own name */
    const struct claim *earlier; /* of the same name, or NULL */
};

static void report_claim(const struct claim *c, struct problems *p)
{
    /* Two names of their own are two keys of one object: the parser refuses them. */
    const struct claim *alias = c->alias ? c : c->earlier;
    const struct claim *other = c->alias ? c->earlier : c;

    if (!alias->alias)
        return;
    struct json_pointer at = place("variables", alias->variable->name, "aliases");
    json_pointer_index(&at, alias->alias - 1);
    problem_hint(problem_add(p, "duplicate", at.text, "\"%s\" is a name of %s already", c->name, other->variable->name),
                 "each name can stand for one variable only");
}

/* What is delivered as a file takes the name NAME_FILE. */
static void check_delivery(const struct variable *v, const struct name_table *names, struct arena *a,
                           struct problems *p)
{
    const char *name = arena_printf(a, "%s_FILE", v->name);

    if (v->no_file || name_table_find(names, name, strlen(name)) != NAME_TABLE_NONE)
        problem_hint(problem_add(p, "value", place("variables", v->name, "deliver").text,
                                 "it would be delivered as %s, which means something else", name),
                     "deliver it another way, or give one of the two another name");
}

static void check_variable_names(const struct manifest *m, struct arena *a, struct problems *p)
{
    size_t total = m->variable_count;
    size_t count = 0;

    for (size_t i = 0; i < m->variable_count; i++)
        total += m->variables[i].alias_count;
    struct claim *claims = arena_alloc(a, total + 1, sizeof(*claims));
    struct name_table names;

    name_table_init(&names, total, &claims[0].name, sizeof(*claims), a);
    for (size_t i = 0; i < m->variable_count; i++) {
        const struct variable *v = &m->variables[i];
        for (size_t k = 0; k <= v->alias_count; k++) {
            claims[count] = (struct claim){.name = k ? v->aliases[k - 1].name : v->name, .variable = v, .alias = k};
            uint32_t earlier = name_table_add(&names, (uint32_t)count);
            claims[count].earlier = earlier == NAME_TABLE_NONE ? NULL : &claims[earlier];
            count++;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (claims[i].earlier)
            report_claim(&claims[i], p);
        if (claims[i].alias == 0 && claims[i].variable->delivery == DELIVER_FILE)
            check_delivery(claims[i].variable, &names, a, p);
    }
}

static void check_fields(const struct manifest *m, struct problems *p)
{
    for (size_t i = 0; i < m->variable_count; i++) {
        const struct variable *v = &m->variables[i];
        for (size_t k = 0; v->field && k < i; k++) {
            if (!m->variables[k].field || strcmp(m->variables[k].field, v->field) != 0)
                continue;
            problem_hint(problem_add(p, "duplicate", place("variables", v->name, "field").text,
                                     "%s has the field \"%s\" already", m->variables[k].name, v->field),
                         "only one variable can fill it");
            break;
        }
    }
}

static const struct step *find_step(const struct manifest *m, const char *id)
{
    for (size_t i = 0; i < m->step_count; i++) {
        if (strcmp(m->steps[i].id, id) == 0)
            return &m->steps[i];
    }
    return NULL;
}

static bool check_category_order(const struct manifest *m, struct problems *p)
{
    bool good = true;

    for (size_t i = 0; m->phase_barrier && i < m->step_count; i++) {
        const struct step *s = &m->steps[i];
        for (size_t k = 0; k < s->prerequisites.count; k++) {
            const struct step *before = find_step(m, s->prerequisites.items[k]);
            if (!before || before->category <= s->category)
                continue;
            struct json_pointer at = place("steps", s->id, "prerequisites");
            json_pointer_index(&at, k);
            problem_hint(problem_add(p, "step.category_order", at.text,
                                     "step \"%s\" is in category %s, which comes after %s", before->id,
                                     step_category_name(before->category), step_category_name(s->category)),
                         "move one of them, or set \"phase_barrier\": false");
            good = false;
        }
    }
    return good;
}

static void check_cycles(const struct manifest *m, bool categories_in_order, struct arena *a, struct problems *p)
{
    struct dependencies d;

    dependencies_declared(m, a, &d);
    uint16_t *order = arena_alloc(a, d.count + 1, sizeof(*order));
    bool good = dependencies_order(&d, m, a, order, "one of them has to go first: remove one of these dependencies", p);
    /* What was reported already would only be told again, at greater length. */
    if (!good || !categories_in_order)
        return;
    dependencies_all(m, a, &d);
    dependencies_order(&d, m, a, order,
                       "a step waits for all steps of earlier categories: move one, or set \"phase_barrier\": false",
                       p);
}

void check_manifest(const struct manifest *m, struct arena *a, struct problems *p)
{
    check_variable_names(m, a, p);
    check_fields(m, p);
    variable_cycles(m, a, p);
    artifact_paths_check(m, NULL, a, p);
    check_cycles(m, check_category_order(m, p), a, p);
}
