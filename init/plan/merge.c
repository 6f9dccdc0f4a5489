#include "init/plan/merge.h"

#include <string.h>

#include "init/base/text.h"
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

static const char *lowers(const struct change *c)
{
    bool bounded = json_type(c->from) == JSON_NUMBER;
    bool still = json_type(c->to) == JSON_NUMBER && json_number(c->to) >= json_number(c->from);

    return bounded && !still ? "a wider range" : NULL;
}

static const char *raises(const struct change *c)
{
    bool bounded = json_type(c->from) == JSON_NUMBER;
    bool still = json_type(c->to) == JSON_NUMBER && json_number(c->to) <= json_number(c->from);

    return bounded && !still ? "a wider range" : NULL;
}

static bool holds(const struct json *array, const char *word)
{
    for (const struct json *n = json_first(array); n; n = json_next(n)) {
        if (word && json_string(n) && strcmp(json_string(n), word) == 0)
            return true;
    }
    return false;
}

static const char *adds_values(const struct change *c)
{
    if (json_type(c->from) != JSON_ARRAY)
        return NULL;
    if (json_type(c->to) != JSON_ARRAY)
        return "more values";
    for (const struct json *n = json_first(c->to); n; n = json_next(n)) {
        if (!holds(c->from, json_string(n)))
            return "more values";
    }
    return NULL;
}

/* Every rule of a variable that can be loosened; a key that is not here may change freely. */
static const struct {
    const char *key;
    const char *(*loosens)(const struct change *c); /* how, or NULL */
} rules[] = {
    {"type", changes_type}, {"field", changes_field}, {"required", takes_true_back}, {"secret", takes_secret_back},
    {"min", lowers},        {"max", raises},          {"values", adds_values},       {"allow_userinfo", becomes_true},
};

static void report_loosening(const char *name, const char *key, const char *how, bool override, struct problems *p)
{
    struct json_pointer at = {.len = 0};

    json_pointer_push(&at, "variables");
    json_pointer_push(&at, name);
    json_pointer_push(&at, key);
    if (override)
        problem_warn(p, "override", at.text, "the builtin rule is loosened, as \"override\" allows: %s", how);
    else
        problem_hint(problem_add(p, "override.needed", at.text, "this loosens the builtin rule: %s", how),
                     "put \"override\": true beside it if it is meant");
}

static void check_variable(const struct json *base, const struct json *user, struct problems *p)
{
    bool override = json_true(json_get(user, "override"));

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct change c = {
            .base_variable = base,
            .from = json_get(base, rules[i].key),
            .to = json_get(user, rules[i].key),
        };
        /* Not mentioned: it stays as it was. */
        const char *how = c.to ? rules[i].loosens(&c) : NULL;
        if (how)
            report_loosening(json_key(user), rules[i].key, how, override, p);
    }
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
    for (const struct json *v = json_first(variables); v; v = json_next(v))
        json_remove(json_get_mutable(variables, json_key(v)), "override");
}
