#include "init/config/resolve.h"

#include <string.h>

#include "init/config/by_name.h"
#include "init/config/crosscheck.h"
#include "init/config/environment.h"
#include "init/config/redact.h"
#include "init/config/settle.h"
#include "init/config/similar.h"

/* Text of a condition in a message. */
#define CONDITION_TEXT_MAX 160

static void tell_remarks(struct resolver *r, const struct setting *s, const struct found *f)
{
    for (const struct remark *m = f->remarks; m; m = m->next) {
        struct problem *item = problem_add(r->problems, m->rule, s->variable->name, "%s", m->text);
        problem_hint(item, "%s", m->hint);
        problem_source(item, f->origin);
    }
}

/* " when MODE is tls", or nothing when it is required in any case. */
static const char *required_why(const struct resolver *r, const struct setting *s, char out[CONDITION_TEXT_MAX])
{
    struct buf text;
    buf_init(&text, out, CONDITION_TEXT_MAX);
    if (s->variable->required)
        return out;
    const struct variable_override *o = resolver_override(r, s->variable);
    if (o && o->has_required && o->required) {
        buf_printf(&text, " in %s", o->environment);
    } else {
        buf_puts(&text, " when ");
        condition_show(s->variable->required_when, &text);
    }
    return out;
}

static void tell_missing(struct resolver *r, const struct setting *s, const struct work *w)
{
    const struct variable *v = s->variable;
    char why[CONDITION_TEXT_MAX];
    char accepted[sizeof(((struct problem *)0)->accepted)];
    struct problem *item = problem_add(r->problems, "required.missing", v->name, "required%s, but not set%s%s%s",
                                       required_why(r, s, why), w->lacking ? ", and its default needs " : "",
                                       w->lacking ? w->lacking : "", w->lacking ? ", which is not set either" : "");
    if (!item)
        return;
    value_accepted(v, accepted, sizeof(accepted));
    problem_accepted(item, accepted);
    if (similar_hint(&r->similar, v, item))
        return;
    const char *example = v->type == VALUE_SECRET ? NULL : value_example(v);
    if (example)
        problem_hint(item, "set %s, for example %s", v->name, example);
    else
        problem_hint(item, "set %s", v->name);
}

static void mark_default(struct problem *item, const char *environment)
{
    size_t len = strlen(item->text);
    struct buf text = {.data = item->text, .len = len, .cap = sizeof(item->text)};
    if (environment)
        buf_printf(&text, " (this is the manifest's default for %s)", environment);
    else
        buf_puts(&text, " (this is the manifest's default)");
    if (text.overflow)
        item->text[len] = '\0';
}

/* What was found for it is wrong in itself, or not wrong at all. */
static void check(struct resolver *r, struct setting *s)
{
    size_t before = r->problems->count;
    size_t errors = r->problems->errors;
    struct variable v = *s->variable;
    /* A default that a secret went into; what came from outside is told as its type says. */
    v.secret = v.secret || (s->tainted && (s->source == SOURCE_DEFAULT || s->source == SOURCE_OVERRIDE));
    value_check(&v, s->name, s->value, r->problems);
    s->valid = r->problems->errors == errors;
    for (size_t i = before; i < r->problems->count; i++) {
        struct problem *item = &r->problems->items[i];
        problem_source(item, s->origin);
        if (s->source == SOURCE_DEFAULT)
            mark_default(item, NULL);
        else if (s->source == SOURCE_OVERRIDE)
            mark_default(item, r->environment_value);
    }
}

/* Children are to get it in their environment, and cannot: they would not start. */
static void check_room(struct resolver *r, struct setting *s)
{
    const struct variable *v = s->variable;
    bool exported = v->delivery == DELIVER_ENV || (v->delivery == DELIVER_AS_IT_CAME && s->source != SOURCE_FILE);
    if (!s->valid || !exported || strlen(v->name) + strlen(s->value) + sizeof("=") <= CONFIG_EXPAND_MAX)
        return;
    struct problem *item = problem_add(r->problems, "value.large", s->name,
                                       "too large for an environment: the kernel takes no variable beyond 128 KiB");
    problem_hint(item, "hand it over as a file: \"deliver\": \"file\"");
    problem_source(item, s->origin);
    s->valid = false;
}

static void tell_mistakes(struct resolver *r, struct setting *s, const struct work *w)
{
    if (s->inactive)
        return;
    tell_remarks(r, s, &w->found);
    if (w->refused) {
        problem_hint(problem_add(r->problems, w->refused_rule, s->variable->name, "%s", w->refused),
                     "set %s, or what its default is made of", s->variable->name);
    } else if (s->value && !w->spoilt) {
        check(r, s);
        check_room(r, s);
    } else if (!s->value && s->required && !w->spoilt && !w->found.broken) {
        tell_missing(r, s, w);
    }
}

static void tell_deprecated(struct resolver *r, const struct setting *s)
{
    const struct variable *v = s->variable;
    bool from_manifest = s->source == SOURCE_UNSET || s->source == SOURCE_DEFAULT || s->source == SOURCE_OVERRIDE;
    if (from_manifest)
        return;
    if (v->deprecated) {
        struct problem *item = problem_warn(r->problems, "value.deprecated", v->name, "deprecated: %s", v->deprecated);
        problem_hint(item, "do not set %s any more", s->name);
        problem_source(item, s->origin);
    }
    for (size_t i = 0; i < v->alias_count; i++) {
        if (s->name != v->aliases[i].name || !v->aliases[i].deprecated)
            continue;
        struct problem *item =
            problem_warn(r->problems, "name.deprecated", s->name, "deprecated: %s", v->aliases[i].deprecated);
        problem_hint(item, "set %s instead", v->name);
        problem_source(item, s->origin);
    }
}

static void tell_unused(struct resolver *r, const struct setting *s)
{
    char storage[CONDITION_TEXT_MAX];
    struct buf text = BUF_OVER(storage);
    buf_reset(&text);
    condition_show(s->variable->only_when, &text);
    struct problem *item = problem_warn(r->problems, "condition.unused", s->name,
                                        "set, but it means something only when %s: it is not used", storage);
    problem_hint(item, "remove it, or set what it depends on");
    problem_source(item, s->origin);
}

static void tell_warnings(struct resolver *r, struct setting *s, const struct work *w)
{
    if (s->unused || (s->inactive && w->found.broken))
        tell_unused(r, s);
    if (!s->value)
        return;
    tell_deprecated(r, s);
    if (w->found.exposed && s->tainted) {
        struct problem *item = problem_warn(r->problems, "source.permissions", s->name, "%s %s, and it holds a secret",
                                            w->found.exposed, w->found.path);
        problem_hint(item, "chmod it to 0400, and give it to the user that muster runs as");
        problem_source(item, s->origin);
    }
    if (s->valid && w->too_short) {
        struct problem *item = problem_warn(r->problems, "secret.short", s->name,
                                            "%s is too short to be kept out of the output of programs", w->too_short);
        problem_hint(item, "use one of at least %d characters", REDACT_MIN);
        problem_source(item, s->origin);
    }
}

void config_resolve(const struct variable *variables, size_t count, char *const *environ_,
                    const struct resolve_options *options, struct arena *a, struct config *out, struct problems *p)
{
    struct environment environment;
    struct resolver r = {.config = out, .arena = a, .problems = p};
    size_t errors_before = p->errors;
    environment_index(&environment, environ_, a);
    similar_init(&r.similar, variables, count, &environment, options, a);
    *out = (struct config){.state = CONFIG_CONFIGURATION, .count = count};
    out->settings = arena_alloc(a, count + 1, sizeof(*out->settings));
    for (size_t i = 0; i < count; i++)
        out->settings[i] = (struct setting){.variable = &variables[i], .name = variables[i].name, .origin = "not set"};
    by_name_sort(out, a);
    sources_init(&r.sources, out, &environment, options, a, p);
    settle_all(&r);
    for (size_t i = 0; i < count; i++)
        tell_mistakes(&r, &out->settings[i], &r.works[i]);
    for (size_t i = 0; i < count; i++)
        tell_warnings(&r, &out->settings[i], &r.works[i]);
    similar_tell(&r.similar, out, p);
    crosscheck(out, p);
    if (options->strict)
        problems_promote(p);
    if (p->errors == errors_before)
        out->state = CONFIG_VALIDATED;
}
