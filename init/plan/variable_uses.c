#include "init/plan/variable_uses.h"

#include <string.h>

#include "init/base/json.h"
#include "init/config/condition.h"
#include "init/config/placeholder.h"
#include "init/plan/variable_index.h"

struct uses {
    const struct manifest *m;
    struct variable_index index;
    bool *referred; /* per variable */
};

static bool lists(const struct strings *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], name) == 0)
            return true;
    }
    return false;
}

/* A command with that list of secrets is handed it. */
static bool command_gets(const struct strings *command, const struct strings *secrets, const char *name)
{
    return command->count > 0 && (!secrets || lists(secrets, name));
}

/* What a template refers to shows when it is read. */
static bool template_gets(const struct step *s, const char *name)
{
    return s->action.kind == DO_WRITE && s->action.from && (!s->secrets || lists(s->secrets, name));
}

static bool any_command_gets(const struct manifest *m, const char *name)
{
    for (size_t i = 0; i < m->service_count; i++) {
        const struct service *s = &m->services[i];
        if (command_gets(&s->run, s->secrets, name) || command_gets(&s->probe.command, s->secrets, name))
            return true;
    }
    for (size_t i = 0; i < m->step_count; i++) {
        const struct step *s = &m->steps[i];
        if (command_gets(&s->command, s->secrets, name) || template_gets(s, name))
            return true;
    }
    for (size_t i = 0; i < m->test_count; i++) {
        const struct test *t = &m->tests[i];
        if (command_gets(&t->command, t->secrets, name) || command_gets(&t->probe.command, t->secrets, name))
            return true;
    }
    return false;
}

static bool is_handed_over(const struct manifest *m, const struct variable *v)
{
    if (v->delivery == DELIVER_NONE)
        return false;
    /* Lists are about secrets only. A URL may be one or not. */
    if (!v->secret && v->type != VALUE_SECRET)
        return true;
    return !m->main_secrets || lists(m->main_secrets, v->name) || any_command_gets(m, v->name);
}

static void refer(void *ctx, const char *name)
{
    struct uses *u = ctx;
    const struct variable *v = name ? variable_index_find(&u->index, name) : NULL;

    if (v)
        u->referred[v - u->index.first] = true;
}

static void look_at_text(struct uses *u, const char *text)
{
    if (text)
        placeholder_variables(text, refer, u);
}

static void look_at_texts(struct uses *u, const struct strings *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        look_at_text(u, texts->items[i]);
}

static void look_at_probe(struct uses *u, const struct probe *p)
{
    look_at_text(u, p->url);
    look_at_texts(u, &p->databases);
    look_at_texts(u, &p->command);
    look_at_text(u, p->path);
}

static void look_at_process(struct uses *u, const struct process_options *o)
{
    look_at_text(u, o->directory);
    for (size_t i = 0; i < o->environment.count; i++)
        look_at_text(u, o->environment.values[i]);
}

static void look_at_action(struct uses *u, const struct step_action *a)
{
    look_at_text(u, a->path);
    look_at_text(u, a->content);
    look_at_text(u, a->from);
    look_at_text(u, a->target);
    look_at_text(u, a->url);
}

static void look_at_step(struct uses *u, const struct step *s)
{
    /* In a text for the shell nothing is replaced. */
    if (!s->shell)
        look_at_texts(u, &s->command);
    look_at_action(u, &s->action);
    look_at_process(u, &s->process);
    if (s->when)
        condition_variables(s->when, refer, u);
    for (size_t i = 0; i < s->artifact_count; i++) {
        look_at_text(u, s->artifacts[i].path);
        if (!s->artifacts[i].cleanup_shell)
            look_at_texts(u, &s->artifacts[i].cleanup);
    }
}

static void look_at_variable(struct uses *u, const struct variable *v)
{
    look_at_text(u, v->default_value);
    for (size_t i = 0; i < v->override_count; i++)
        look_at_text(u, v->overrides[i].default_value);
    if (v->required_when)
        condition_variables(v->required_when, refer, u);
    if (v->only_when)
        condition_variables(v->only_when, refer, u);
}

static void look_everywhere(struct uses *u, struct arena *a)
{
    const struct manifest *m = u->m;

    variable_index_build(&u->index, m->variables, m->variable_count, a);
    u->referred = arena_alloc(a, m->variable_count + 1, sizeof(*u->referred));
    for (size_t i = 0; i < m->variable_count; i++)
        look_at_variable(u, &m->variables[i]);
    for (size_t i = 0; i < m->service_count; i++) {
        look_at_probe(u, &m->services[i].probe);
        look_at_texts(u, &m->services[i].run);
        look_at_process(u, &m->services[i].process);
        for (size_t k = 0; k < m->services[i].needs.count; k++)
            refer(u, m->services[i].needs.items[k]);
    }
    for (size_t i = 0; i < m->step_count; i++)
        look_at_step(u, &m->steps[i]);
    for (size_t i = 0; i < m->test_count; i++) {
        look_at_texts(u, &m->tests[i].command);
        look_at_probe(u, &m->tests[i].probe);
    }
}

static void tell(const struct variable *v, struct problems *p)
{
    struct json_pointer at = {.len = 0};
    bool none = v->delivery == DELIVER_NONE;

    json_pointer_push(&at, "variables");
    json_pointer_push(&at, v->name);
    struct problem *item = problem_warn(
        p, "variable.unused", at.text, "%s is used by nothing: no process gets it%s, and nothing refers to it", v->name,
        none ? " (\"deliver\" is \"none\")" : " (\"main_secrets\" and every \"secrets\" list leave it out)");
    if (none)
        problem_hint(item, "remove it, refer to ${%s}, or hand it over with \"deliver\"", v->name);
    else
        problem_hint(item, "remove it, or name it in the list of the process that needs it");
}

void variable_uses(const struct manifest *m, struct arena *a, struct problems *p)
{
    struct uses u = {.m = m};

    for (size_t i = 0; i < m->variable_count; i++) {
        const struct variable *v = &m->variables[i];
        if (v->field || is_handed_over(m, v))
            continue;
        /* Most manifests hand everything over, and need not be searched. */
        if (!u.referred)
            look_everywhere(&u, a);
        if (!u.referred[i])
            tell(v, p);
    }
}
