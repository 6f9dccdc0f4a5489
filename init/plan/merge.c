#include "init/plan/merge.h"

#include <string.h>

#include "init/base/text.h"
#include "init/config/schema.h"
#include "init/plan/builtin.h"

#define BUILTIN_PREFIX "builtin:"

static const char *builtin_name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return builtin_name(i);
}

/* The builtin that was probably meant, or "none": the manifest is checked on top of it, so that its other mistakes are told
 * as well. */
static const struct builtin *report_unknown(const char *given, struct problems *p)
{
    size_t count = 0;

    while (builtin_name(count))
        count++;
    struct problem *item = problem_add(p, "builtin.unknown", "/extends", "there is no builtin manifest \"%s\"", given);
    const char *name =
        strncmp(given, BUILTIN_PREFIX, strlen(BUILTIN_PREFIX)) == 0 ? given + strlen(BUILTIN_PREFIX) : given;
    const char *meant = builtin_find(name) ? name : text_nearest(name, builtin_name_at, NULL, count);
    if (meant)
        problem_hint(item, "did you mean \"" BUILTIN_PREFIX "%s\"?", meant);
    else
        problem_hint(item, "write \"" BUILTIN_PREFIX "devstack\" or \"" BUILTIN_PREFIX "none\"");
    return builtin_find(meant ? meant : "none");
}

static const struct builtin *find_base(const char *given, struct problems *p)
{
    const struct builtin *b = NULL;

    if (strncmp(given, BUILTIN_PREFIX, strlen(BUILTIN_PREFIX)) == 0)
        b = builtin_find(given + strlen(BUILTIN_PREFIX));
    return b ? b : report_unknown(given, p);
}

struct json *merge_base(const struct json *user, struct problems *p)
{
    const struct json *extends = json_get(user, "extends");
    const char *given = json_string(extends);
    const struct builtin *b = find_base(given ? given : BUILTIN_PREFIX "none", p);

    if (extends && !given)
        problem_add(p, "type", "/extends", "expected a string, found %s", json_type_name(json_type(extends)));
    return json_parse(b->text, (size_t)(b->end - b->text), true, p);
}

/* What one key of a variable says in the builtin and in the manifest on top of it; NULL = nothing. */
struct change {
    const struct json *base_variable;
    const struct json *from;
    const struct json *to;
};

static bool differs(const struct change *c)
{
    const char *from = json_string(c->from);
    const char *to = json_string(c->to);

    return from && (!to || strcmp(from, to) != 0);
}

static const char *changes_type(const struct change *c)
{
    return differs(c) ? "another type" : NULL;
}

static const char *changes_field(const struct change *c)
{
    return differs(c) ? "another field" : NULL;
}

static const char *takes_true_back(const struct change *c)
{
    return json_true(c->from) && !json_true(c->to) ? "it was true" : NULL;
}

static const char *takes_secret_back(const struct change *c)
{
    const char *type = json_string(json_get(c->base_variable, "type"));
    bool was = json_true(c->from) || (type && strcmp(type, "secret") == 0);

    return was && !json_true(c->to) ? "it was true" : NULL;
}

static const char *becomes_true(const struct change *c)
{
    return !json_true(c->from) && json_true(c->to) ? "it was false" : NULL;
}

/* A bound as a number: of a duration or a size, the text with its unit. */
static bool bound_of(const struct change *c, const struct json *n, double *out)
{
    const char *type = json_string(json_get(c->base_variable, "type"));
    int64_t whole = 0;

    *out = json_number(n);
    if (json_type(n) == JSON_NUMBER)
        return true;
    if (!type || value_type_from_name(type) < 0 || !json_string(n) ||
        value_bound((enum value_type)value_type_from_name(type), json_string(n), &whole) != 0)
        return false;
    *out = (double)whole;
    return true;
}

static const char *lowers(const struct change *c)
{
    double from = 0;
    double to = 0;

    return bound_of(c, c->from, &from) && !(bound_of(c, c->to, &to) && to >= from) ? "a wider range" : NULL;
}

static const char *raises(const struct change *c)
{
    double from = 0;
    double to = 0;

    return bound_of(c, c->from, &from) && !(bound_of(c, c->to, &to) && to <= from) ? "a wider range" : NULL;
}

static bool holds(const struct json *array, const char *word)
{
    for (const struct json *n = json_first(array); n; n = json_next(n)) {
        if (word && json_string(n) && strcmp(json_string(n), word) == 0)
            return true;
    }
    return false;
}

/* Is there an element in @array that @allowed does not have? */
static bool goes_beyond(const struct json *array, const struct json *allowed)
{
    for (const struct json *n = json_first(array); n; n = json_next(n)) {
        if (!holds(allowed, json_string(n)))
            return true;
    }
    return json_type(array) != JSON_ARRAY;
}

static const char *adds_values(const struct change *c)
{
    return json_type(c->from) == JSON_ARRAY && goes_beyond(c->to, c->from) ? "more values" : NULL;
}

static const char *adds_schemes(const struct change *c)
{
    return json_type(c->from) == JSON_ARRAY && goes_beyond(c->to, c->from) ? "more schemes" : NULL;
}

static const char *drops_checks(const struct change *c)
{
    bool fewer = json_type(c->to) != JSON_ARRAY || goes_beyond(c->from, c->to);

    return json_type(c->from) == JSON_ARRAY && fewer ? "fewer checks" : NULL;
}

static const char *changes_pattern(const struct change *c)
{
    return differs(c) ? "another pattern" : NULL;
}

static const char *changes_items(const struct change *c)
{
    return differs(c) ? "items of another type" : NULL;
}

/* Which of two conditions holds more often cannot be told. */
static const char *changes_requirement(const struct change *c)
{
    return json_type(c->from) == JSON_OBJECT ? "another condition" : NULL;
}

/* Under a condition, the other rules count only while it holds. */
static const char *adds_condition(const struct change *c)
{
    if (json_type(c->to) != JSON_OBJECT)
        return NULL;
    return json_type(c->from) == JSON_OBJECT ? "another condition" : "it meant something always";
}

static const char *delivers_more(const struct change *c)
{
    const char *from = json_string(c->from);

    if (!from || !differs(c) || strcmp(from, "env") == 0)
        return NULL;
    return strcmp(from, "none") == 0 ? "it was handed to nobody" : "it was handed over as a file";
}

/* Every rule of a variable that can be loosened; a key that is not here may change freely. */
static const struct {
    const char *key;
    const char *(*loosens)(const struct change *c); /* how, or NULL */
} rules[] = {
    {"type", changes_type},
    {"field", changes_field},
    {"required", takes_true_back},
    {"required_when", changes_requirement},
    {"only_when", adds_condition},
    {"secret", takes_secret_back},
    {"min", lowers},
    {"max", raises},
    {"values", adds_values},
    {"schemes", adds_schemes},
    {"pattern", changes_pattern},
    {"must", drops_checks},
    {"items", changes_items},
    {"allow_userinfo", becomes_true},
    {"deliver", delivers_more},
};

/* The variable of the user's manifest that is being compared. */
struct comparison {
    struct json_pointer at;
    bool override;
    struct problems *problems;
};

static void report_loosening(struct comparison *c, const char *key, const char *how)
{
    size_t up = json_pointer_push(&c->at, key);

    if (c->override)
        problem_warn(c->problems, "override", c->at.text, "the builtin rule is loosened, as \"override\" allows: %s",
                     how);
    else
        problem_hint(problem_add(c->problems, "override.needed", c->at.text, "this loosens the builtin rule: %s", how),
                     "put \"override\": true beside it if it is meant");
    json_pointer_pop(&c->at, up);
}

/* In one environment a variable is required if that says so, or else if it is everywhere. */
static bool is_required(const struct json *variable, const struct json *environment)
{
    const struct json *own = json_get(environment, "required");

    return json_true(json_type(own) == JSON_BOOL ? own : json_get(variable, "required"));
}

/* What @patch leaves of that in an environment; null takes out what was there. */
static bool stays_required(const struct json *base, const struct json *before, const struct json *patch)
{
    const struct json *own = json_get(patch, "required");

    if (own)
        return is_required(base, patch);
    return is_required(base, json_type(patch) == JSON_NULL ? NULL : before);
}

static void check_environment(struct comparison *c, const struct json *base, const struct json *before,
                              const struct json *patch, const char *name)
{
    size_t up = json_pointer_push(&c->at, name);

    if (is_required(base, before) && !stays_required(base, before, patch))
        report_loosening(c, "required", "it was required there");
    json_pointer_pop(&c->at, up);
}

static void check_environments(struct comparison *c, const struct json *base, const struct json *user)
{
    const struct json *old = json_get(base, "environments");
    const struct json *new = json_get(user, "environments");
    bool removed = new &&json_type(new) != JSON_OBJECT;
    size_t up = json_pointer_push(&c->at, "environments");

    for (const struct json *e = json_first(removed ? old : new); e; e = json_next(e))
        check_environment(c, base, json_get(old, json_key(e)), removed ? NULL : e, json_key(e));
    json_pointer_pop(&c->at, up);
}

static void check_variable(const struct json *base, const struct json *user, struct problems *p)
{
    struct comparison c = {.override = json_true(json_get(user, "override")), .problems = p};

    json_pointer_push(&c.at, "variables");
    json_pointer_push(&c.at, json_key(user));
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct change change = {
            .base_variable = base,
            .from = json_get(base, rules[i].key),
            .to = json_get(user, rules[i].key),
        };
        /* Not mentioned: it stays as it was. */
        const char *how = change.to ? rules[i].loosens(&change) : NULL;
        if (how)
            report_loosening(&c, rules[i].key, how);
    }
    check_environments(&c, base, user);
}

void merge_check(const struct json *base, const struct json *user, struct problems *p)
{
    const struct json *builtin = json_get(base, "variables");

    for (const struct json *v = json_first(json_get(user, "variables")); v; v = json_next(v)) {
        const struct json *old = json_key(v) ? json_get(builtin, json_key(v)) : NULL;
        if (old && json_type(v) == JSON_OBJECT)
            check_variable(old, v, p);
    }
}

void merge_finish(struct json *merged)
{
    struct json *variables = json_get_mutable(merged, "variables");

    json_remove(merged, "$schema");
    json_remove(merged, "extends");
    for (const struct json *v = json_first(variables); v; v = json_next(v)) {
        if (json_get(v, "override"))
            json_remove(json_get_mutable(variables, json_key(v)), "override");
    }
}
