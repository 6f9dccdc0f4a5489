#include "init/report/config_uses.h"

#include <string.h>

#include "init/config/condition.h"
#include "init/config/environment.h"
#include "init/config/placeholder.h"

/* One search. */
struct search {
    const char *name; /* of the variable */
    bool environment; /* it says which environment this is */
    bool hit;
    struct config_uses *out;
};

static void add(struct config_uses *out, const char *kind, const char *name, const char *how)
{
    if (out->count == CONFIG_USES_MAX) {
        out->more++;
        return;
    }
    out->items[out->count++] = (struct config_use){.kind = kind, .name = name, .how = how};
}

static void compare(void *ctx, const char *name)
{
    struct search *s = ctx;
    s->hit = s->hit || (name ? strcmp(name, s->name) == 0 : s->environment);
}

static bool in_text(struct search *s, const char *text)
{
    s->hit = false;
    if (text)
        placeholder_variables(text, compare, s);
    return s->hit;
}

static bool in_texts(struct search *s, const struct strings *texts)
{
    bool hit = false;
    for (size_t i = 0; i < texts->count && !hit; i++)
        hit = in_text(s, texts->items[i]);
    return hit;
}

static bool in_condition(struct search *s, const struct condition *c)
{
    s->hit = false;
    if (c)
        condition_variables(c, compare, s);
    return s->hit;
}

static bool in_values(struct search *s, const struct pairs *pairs)
{
    bool hit = false;
    for (size_t i = 0; i < pairs->count && !hit; i++)
        hit = in_text(s, pairs->values[i]);
    return hit;
}

static bool in_probe(struct search *s, const struct probe *p)
{
    const char *const texts[] = {p->url,    p->key,     p->body, p->server,          p->address, p->proxy,
                                 p->tls.ca, p->tls.key, p->path, p->tls.certificate, p->process, p->tls.server_name};
    bool hit = in_texts(s, &p->databases) || in_texts(s, &p->command) || in_values(s, &p->headers);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !hit; i++)
        hit = in_text(s, texts[i]);
    return hit;
}

static bool in_process(struct search *s, const struct process_options *p)
{
    return in_text(s, p->user) || in_text(s, p->groups) || in_text(s, p->directory) || in_values(s, &p->environment);
}

static bool is_listed(const struct search *s, const struct strings *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], s->name) == 0)
            return true;
    }
    return false;
}

static void look_at_variable(struct search *s, const struct variable *v)
{
    bool in_override = false;
    for (size_t i = 0; i < v->override_count && !in_override; i++)
        in_override = in_text(s, v->overrides[i].default_value);
    if (in_text(s, v->default_value))
        add(s->out, "variable", v->name, "default");
    if (in_override || (s->environment && v->override_count > 0))
        add(s->out, "variable", v->name, "environments");
    if (in_condition(s, v->required_when))
        add(s->out, "variable", v->name, "required_when");
    if (in_condition(s, v->only_when))
        add(s->out, "variable", v->name, "only_when");
}

static void look_at_service(struct search *s, const struct service *service)
{
    if (is_listed(s, &service->needs))
        add(s->out, "service", service->name, "needs");
    if (in_probe(s, &service->probe))
        add(s->out, "service", service->name, "probe");
    if (in_texts(s, &service->run))
        add(s->out, "service", service->name, "run");
    if (in_process(s, &service->process))
        add(s->out, "service", service->name, "process");
}

static bool in_action(struct search *s, const struct step_action *a)
{
    return in_text(s, a->path) || in_text(s, a->content) || in_text(s, a->from) || in_text(s, a->target) ||
           in_text(s, a->url);
}

/* An implied one is told with the action that makes it. */
static bool in_artifact(struct search *s, const struct artifact *a)
{
    return (!a->implied && in_text(s, a->path)) || (!a->cleanup_shell && in_texts(s, &a->cleanup));
}

static void look_at_step(struct search *s, const struct step *step)
{
    bool listed = false;
    for (size_t i = 0; i < step->artifact_count && !listed; i++)
        listed = in_artifact(s, &step->artifacts[i]);
    if (!step->shell && in_texts(s, &step->command))
        add(s->out, "step", step->id, "command");
    if (in_action(s, &step->action))
        add(s->out, "step", step->id, step_action_name(step->action.kind));
    if (in_process(s, &step->process))
        add(s->out, "step", step->id, "process");
    if (in_condition(s, step->when))
        add(s->out, "step", step->id, "when");
    if (s->environment && step->environments.count > 0)
        add(s->out, "step", step->id, "environments");
    if (listed)
        add(s->out, "step", step->id, "artifacts");
}

static void look_at_test(struct search *s, const struct test *test)
{
    if (in_texts(s, &test->command))
        add(s->out, "test", test->name, "command");
    if (in_probe(s, &test->probe))
        add(s->out, "test", test->name, "probe");
    if (s->environment && test->environments.count > 0)
        add(s->out, "test", test->name, "environments");
}

void config_uses(const struct manifest *m, const struct variable *v, struct arena *a, struct config_uses *out)
{
    struct search s = {.name = v->name, .environment = v->field && strcmp(v->field, "environment") == 0, .out = out};
    *out = (struct config_uses){.items = arena_alloc(a, CONFIG_USES_MAX, sizeof(struct config_use))};
    for (size_t i = 0; i < m->variable_count; i++)
        look_at_variable(&s, &m->variables[i]);
    for (size_t i = 0; i < m->service_count; i++)
        look_at_service(&s, &m->services[i]);
    for (size_t i = 0; i < m->step_count; i++)
        look_at_step(&s, &m->steps[i]);
    for (size_t i = 0; i < m->test_count; i++)
        look_at_test(&s, &m->tests[i]);
}

static bool admits(const struct setting *s, const struct strings *secrets)
{
    const struct environment_options o = {.secrets = secrets ? secrets->items : NULL};
    return environment_admits(s, &o);
}

/* A program, or a template that may refer to anything. */
static bool step_receives(const struct step *step)
{
    return step->command.count > 0 || (step->action.kind == DO_WRITE && step->action.from);
}

void config_receivers(const struct manifest *m, const struct setting *s, struct arena *a, struct config_uses *out)
{
    *out = (struct config_uses){.items = arena_alloc(a, CONFIG_USES_MAX, sizeof(struct config_use))};
    if (s->variable->delivery == DELIVER_NONE)
        return;
    for (size_t i = 0; i < m->service_count; i++) {
        const struct service *service = &m->services[i];
        if ((service->run.count > 0 || service->probe.command.count > 0) && admits(s, service->secrets))
            add(out, "service", service->name, NULL);
    }
    for (size_t i = 0; i < m->step_count; i++) {
        if (step_receives(&m->steps[i]) && admits(s, m->steps[i].secrets))
            add(out, "step", m->steps[i].id, NULL);
    }
    for (size_t i = 0; i < m->test_count; i++) {
        const struct test *test = &m->tests[i];
        if ((test->command.count > 0 || test->probe.command.count > 0) && admits(s, test->secrets))
            add(out, "test", test->name, NULL);
    }
    if (admits(s, m->main_secrets))
        add(out, "main", NULL, NULL);
}
