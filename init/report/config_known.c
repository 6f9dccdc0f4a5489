#include "init/report/config_known.h"

#include <string.h>

#include "init/report/config_text.h"

/* One question about one condition. */
struct question {
    const struct manifest *manifest;
    struct arena *arena;
    bool wanted;
};

/* Aliases in their order, then the variable's own name. */
static const char *name_at(const struct variable *v, size_t i)
{
    return i < v->alias_count ? v->aliases[i].name : v->name;
}

static void write_required(struct jsonw *w, const char *name)
{
    jsonw_array(w, "required");
    jsonw_string(w, NULL, name);
    jsonw_array_end(w);
}

/* NAME is there, and is more than empty where empty counts as unset. */
static void write_present(struct jsonw *w, const char *key, const char *name, bool not_empty)
{
    jsonw_object(w, key);
    write_required(w, name);
    if (not_empty) {
        jsonw_object(w, "properties");
        jsonw_object(w, name);
        jsonw_uint(w, "minLength", 1);
        jsonw_object_end(w);
        jsonw_object_end(w);
    }
    jsonw_object_end(w);
}

static void write_any_present(struct jsonw *w, const struct manifest *m, const struct variable *v, bool not_empty,
                              bool with_file, struct arena *a)
{
    jsonw_array(w, "anyOf");
    write_present(w, NULL, v->name, not_empty);
    for (size_t i = 0; i < v->alias_count; i++)
        write_present(w, NULL, v->aliases[i].name, not_empty);
    for (size_t i = 0; with_file && i <= v->alias_count; i++) {
        const char *file = config_text_file_of(m, v, name_at(v, i), a);
        if (file)
            write_present(w, NULL, file, not_empty);
    }
    jsonw_array_end(w);
}

void config_known_set(struct jsonw *w, const char *key, const struct manifest *m, const struct variable *v,
                      struct arena *a)
{
    jsonw_object(w, key);
    write_any_present(w, m, v, v->empty_is_unset, true, a);
    jsonw_object_end(w);
}

/* Nothing at all is given. */
static void write_absent(struct jsonw *w, const struct question *q, const struct variable *v)
{
    jsonw_object(w, NULL);
    jsonw_object(w, "not");
    write_any_present(w, q->manifest, v, false, true, q->arena);
    jsonw_object_end(w);
    jsonw_object_end(w);
}

static const struct variable *variable_of(const struct question *q, const struct condition *c)
{
    if (c->kind == CONDITION_ENVIRONMENT)
        return config_text_environment(q->manifest);
    return config_text_variable(q->manifest, c->variable);
}

static bool has_override(const struct variable *v)
{
    for (size_t i = 0; i < v->override_count; i++) {
        if (v->overrides[i].default_value)
            return true;
    }
    return false;
}

/* What it is when nothing is given: *@out, NULL for unset. Returns false when that depends on others. */
static bool value_if_absent(const struct question *q, const struct variable *v, const char **out)
{
    const char *shown;
    if (has_override(v))
        return false;
    /* A secret's default is never written down, not even in a comparison. */
    switch (config_text_default(v, v->default_value, q->arena, &shown)) {
    case DEFAULT_NONE:
        *out = NULL;
        return true;
    case DEFAULT_PLAIN:
        *out = shown;
        return shown[0] != '\0';
    default:
        return false;
    }
}

static bool is_one_of(const struct condition *c, const char *value)
{
    for (size_t i = 0; value && i < c->value_count; i++) {
        if (strcmp(c->values[i], value) == 0)
            return true;
    }
    return false;
}

/* Whether an environment without the variable answers the question. */
static bool absent_tells(const struct question *q, const struct condition *c, const struct variable *v)
{
    const char *value = NULL;
    if (!value_if_absent(q, v, &value))
        return false;
    if (c->kind == CONDITION_SET || c->kind == CONDITION_UNSET)
        return ((c->kind == CONDITION_SET) == (value != NULL)) == q->wanted;
    return is_one_of(c, value) == q->wanted;
}

/* NAME has one of the words, or has none of them. */
static void write_word(struct jsonw *w, const struct question *q, const struct condition *c, const struct variable *v,
                       const char *name)
{
    jsonw_object(w, NULL);
    write_required(w, name);
    jsonw_object(w, "properties");
    jsonw_object(w, name);
    if (!q->wanted)
        jsonw_object(w, "not");
    jsonw_array(w, "enum");
    for (size_t i = 0; i < c->value_count; i++)
        jsonw_string(w, NULL, c->values[i]);
    if (!q->wanted && v->empty_is_unset)
        jsonw_string(w, NULL, "");
    jsonw_array_end(w);
    if (!q->wanted)
        jsonw_object_end(w);
    jsonw_object_end(w);
    jsonw_object_end(w);
    jsonw_object_end(w);
}

/* A variable that means something only sometimes is unset at other times, whatever is given. */
static enum known known_of_variable(const struct question *q, const struct condition *c, const struct variable *v)
{
    if (!v)
        return q->wanted || c->kind != CONDITION_ENVIRONMENT ? KNOWN_NEVER : KNOWN_ALWAYS;
    if (v->only_when)
        return KNOWN_NEVER;
    bool words = c->kind != CONDITION_SET && c->kind != CONDITION_UNSET;
    bool given_tells = words || (c->kind == CONDITION_SET) == q->wanted;
    bool absent = absent_tells(q, c, v);
    /* With a default it is set whatever is given, but for an empty value that is none. */
    if (!words && given_tells && absent)
        return KNOWN_ALWAYS;
    return given_tells || absent ? KNOWN_SCHEMA : KNOWN_NEVER;
}

static void write_of_variable(struct jsonw *w, const struct question *q, const struct condition *c,
                              const struct variable *v)
{
    jsonw_array(w, "anyOf");
    if (c->kind == CONDITION_EQUALS || c->kind == CONDITION_IN || c->kind == CONDITION_ENVIRONMENT) {
        for (size_t i = 0; i <= v->alias_count; i++)
            write_word(w, q, c, v, name_at(v, i));
    } else if ((c->kind == CONDITION_SET) == q->wanted) {
        jsonw_object(w, NULL);
        write_any_present(w, q->manifest, v, v->empty_is_unset, !v->empty_is_unset, q->arena);
        jsonw_object_end(w);
    }
    if (absent_tells(q, c, v))
        write_absent(w, q, v);
    jsonw_array_end(w);
}

/* All parts have to tell, or one is enough. */
static bool needs_all(const struct question *q, const struct condition *c)
{
    return (c->kind == CONDITION_ALL) == q->wanted;
}

static enum known known_of_parts(const struct question *q, const struct condition *c)
{
    bool all = needs_all(q, c);
    enum known decisive = all ? KNOWN_NEVER : KNOWN_ALWAYS;
    enum known answer = all ? KNOWN_ALWAYS : KNOWN_NEVER;
    for (size_t i = 0; i < c->part_count; i++) {
        enum known part = config_known(q->manifest, &c->parts[i], q->wanted, q->arena);
        if (part == decisive)
            return decisive;
        if (part == KNOWN_SCHEMA)
            answer = KNOWN_SCHEMA;
    }
    return answer;
}

enum known config_known(const struct manifest *m, const struct condition *c, bool wanted, struct arena *a)
{
    const struct question q = {.manifest = m, .arena = a, .wanted = wanted};
    switch (c->kind) {
    case CONDITION_ALL:
    case CONDITION_ANY:
        return known_of_parts(&q, c);
    case CONDITION_NOT:
        return config_known(m, &c->parts[0], !wanted, a);
    default:
        return known_of_variable(&q, c, variable_of(&q, c));
    }
}

static void write_parts(struct jsonw *w, const struct question *q, const struct condition *c)
{
    jsonw_array(w, needs_all(q, c) ? "allOf" : "anyOf");
    for (size_t i = 0; i < c->part_count; i++) {
        if (config_known(q->manifest, &c->parts[i], q->wanted, q->arena) == KNOWN_SCHEMA)
            config_known_write(w, NULL, q->manifest, &c->parts[i], q->wanted, q->arena);
    }
    jsonw_array_end(w);
}

/* The only part that has a say; NULL when there are several. */
static const struct condition *only_part(const struct question *q, const struct condition *c)
{
    const struct condition *found = NULL;
    for (size_t i = 0; i < c->part_count; i++) {
        if (config_known(q->manifest, &c->parts[i], q->wanted, q->arena) != KNOWN_SCHEMA)
            continue;
        if (found)
            return NULL;
        found = &c->parts[i];
    }
    return found;
}

void config_known_write(struct jsonw *w, const char *key, const struct manifest *m, const struct condition *c,
                        bool wanted, struct arena *a)
{
    const struct question q = {.manifest = m, .arena = a, .wanted = wanted};
    bool composed = c->kind == CONDITION_ALL || c->kind == CONDITION_ANY;
    const struct condition *only = composed ? only_part(&q, c) : NULL;
    if (c->kind == CONDITION_NOT || only) {
        config_known_write(w, key, m, only ? only : &c->parts[0], only ? wanted : !wanted, a);
        return;
    }
    jsonw_object(w, key);
    if (composed)
        write_parts(w, &q, c);
    else
        write_of_variable(w, &q, c, variable_of(&q, c));
    jsonw_object_end(w);
}
