#include "init/config/settle.h"

#include <string.h>

#include "init/config/placeholder.h"
#include "init/config/shown.h"

static void settle(struct resolver *r, struct setting *s);

static struct work *work_of(const struct resolver *r, const struct setting *s)
{
    return &r->works[s - r->config->settings];
}

/* The one of that name, settled; NULL when none is declared. */
static struct setting *settled(struct resolver *r, const char *name)
{
    const struct setting *found = config_find(r->config, name);
    struct setting *s = found ? &r->config->settings[found - r->config->settings] : NULL;
    if (s)
        settle(r, s);
    return s;
}

static void settle_environment(struct resolver *r)
{
    if (!r->environment)
        return;
    settle(r, r->environment);
    r->environment_value = r->environment->value;
}

const struct variable_override *resolver_override(const struct resolver *r, const struct variable *v)
{
    for (size_t i = 0; i < v->override_count && r->environment_value; i++) {
        if (strcmp(v->overrides[i].environment, r->environment_value) == 0)
            return &v->overrides[i];
    }
    return NULL;
}

static void settle_named(void *ctx, const char *name)
{
    struct resolver *r = ctx;
    if (name)
        (void)settled(r, name);
    else
        settle_environment(r);
}

static const char *value_named(void *ctx, const char *name)
{
    const struct resolver *r = ctx;
    const struct setting *s = config_find(r->config, name);
    return s ? s->value : NULL;
}

static bool holds(struct resolver *r, const struct condition *c)
{
    condition_variables(c, settle_named, r);
    return condition_holds(c, r->environment ? r->environment->variable->name : NULL, value_named, r);
}

static bool is_broken(struct resolver *r, struct setting *s);

/* What a default takes in from others. */
struct intake {
    struct resolver *resolver;
    bool tainted;
    bool broken;
};

static void take_in(void *ctx, const char *name)
{
    struct intake *in = ctx;
    struct setting *s = settled(in->resolver, name);
    if (!s)
        return;
    in->tainted = in->tainted || (s->value && s->tainted);
    in->broken = in->broken || is_broken(in->resolver, s);
}

/* Whether something is or will be told about it; others that are made of it then say nothing. */
static bool is_broken(struct resolver *r, struct setting *s)
{
    struct work *w = work_of(r, s);
    if (w->progress != PROGRESS_DONE || s->inactive)
        return false;
    if (!w->judged) {
        size_t errors = r->scratch->errors;
        w->judged = true;
        w->broken = w->found.broken || w->refused || w->spoilt || (!s->value && s->required);
        if (!w->broken && s->value)
            value_check(s->variable, s->name, s->value, r->scratch);
        w->broken = w->broken || r->scratch->errors > errors;
    }
    return w->broken;
}

static void expand_default(struct resolver *r, struct setting *s, struct work *w, const char *text)
{
    struct intake in = {.resolver = r};
    const char *name = NULL;
    placeholder_variables(text, take_in, &in);
    int rc = config_expand(r->config, text, r->arena, &s->value, &name);
    w->spoilt = in.broken;
    if (rc == 0) {
        s->tainted = in.tainted;
    } else if (rc == 1) {
        w->lacking = name;
    } else if (!in.broken) {
        w->refused_rule = rc == -2 ? "value.unset" : "ref.syntax";
        w->refused = rc == -2 ? name : "the variables in its default cannot be replaced";
    }
}

static void use_default(struct resolver *r, struct setting *s, struct work *w)
{
    const struct variable *v = s->variable;
    const struct variable_override *o = resolver_override(r, v);
    bool overridden = o && o->default_value;
    const char *text = overridden ? o->default_value : v->default_value;
    if (!text)
        return;
    if (strchr(text, '$'))
        expand_default(r, s, w, text);
    else
        s->value = text;
    if (s->value && s->value[0] == '\0' && (r->sources.options->empty_is_unset || v->empty_is_unset))
        s->value = NULL;
    if (!s->value)
        return;
    s->source = overridden ? SOURCE_OVERRIDE : SOURCE_DEFAULT;
    s->origin = overridden ? arena_printf(r->arena, "default for %s", o->environment) : "default";
}

static void settle_inactive(struct resolver *r, struct setting *s)
{
    s->inactive = true;
    s->source = SOURCE_UNSET;
    if (!s->value)
        return;
    (void)shown_set(s, r->arena);
    s->unused = s->value;
    s->value = s->shown = NULL;
}

static void settle(struct resolver *r, struct setting *s)
{
    const struct variable *v = s->variable;
    struct work *w = work_of(r, s);
    if (w->progress != PROGRESS_NONE)
        return;
    w->progress = PROGRESS_BUSY;
    source_look_up(&r->sources, v, &w->found);
    s->name = w->found.name;
    s->origin = w->found.origin;
    if (v->override_count > 0)
        settle_environment(r);
    bool active = !v->only_when || holds(r, v->only_when);
    const struct variable_override *o = resolver_override(r, v);
    bool required = o && o->has_required ? o->required : v->required;
    s->required = active && (required || (v->required_when && holds(r, v->required_when)));
    s->value = w->found.value;
    s->source = w->found.source;
    if (!active) {
        settle_inactive(r, s);
    } else {
        if (!s->value && !w->found.broken)
            use_default(r, s, w);
        if (s->value)
            w->too_short = shown_set(s, r->arena);
    }
    w->progress = PROGRESS_DONE;
}

void settle_all(struct resolver *r)
{
    size_t count = r->config->count;
    r->works = arena_alloc(r->arena, count + 1, sizeof(*r->works));
    r->scratch = arena_alloc(r->arena, 1, sizeof(*r->scratch));
    r->scratch->count = PROBLEMS_MAX;
    for (size_t i = 0; i < count && !r->environment; i++) {
        const char *field = r->config->settings[i].variable->field;
        if (field && strcmp(field, "environment") == 0)
            r->environment = &r->config->settings[i];
    }
    settle_environment(r);
    for (size_t i = 0; i < count; i++)
        settle(r, &r->config->settings[i]);
}
