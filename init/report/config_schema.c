#include "init/report/config_schema.h"

#include <string.h>

#include "init/base/jsonw.h"
#include "init/report/config_ere.h"
#include "init/report/config_known.h"
#include "init/report/config_pattern.h"
#include "init/report/config_text.h"

#define SCHEMA_URI "https://json-schema.org/draft/2020-12/schema"
/* "^(?:" and ")$" around the longest. */
#define ANCHORED_MAX (CONFIG_PATTERN_MAX + 16)
/* UTF-8: bytes of one character at most. */
#define CHARACTER_BYTES 4
#define BASE64_DIGITS 4
#define BASE64_BYTES 3

struct schema {
    const struct manifest *manifest;
    struct arena *arena;
    struct jsonw *w;
    char *pattern; /* of ANCHORED_MAX bytes */
};

/* The variable's own pattern, anchored; NULL without one, or when it is of the items of a list. */
static const char *own_pattern(const struct schema *s, const struct variable *v)
{
    struct buf out;
    bool anchored = false;
    buf_init(&out, s->pattern, ANCHORED_MAX);
    buf_puts(&out, "^(?:");
    if (!v->pattern || v->type == VALUE_LIST || config_ere_translate(v->pattern, &out, &anchored) != 0)
        return NULL;
    buf_puts(&out, ")$");
    return s->pattern;
}

static const char *type_pattern(const struct schema *s, const struct variable *v)
{
    struct buf out;
    buf_init(&out, s->pattern, ANCHORED_MAX);
    buf_puts(&out, "^(?:");
    if (!config_pattern_type(v, &out))
        return NULL;
    buf_puts(&out, ")$");
    return out.overflow ? NULL : s->pattern;
}

/* At least @bytes, where only characters can be counted: beyond ASCII there are fewer of them. */
static void write_min_bytes(const struct schema *s, int64_t bytes)
{
    jsonw_array(s->w, "anyOf");
    jsonw_object(s->w, NULL);
    jsonw_int(s->w, "minLength", bytes);
    jsonw_object_end(s->w);
    jsonw_object(s->w, NULL);
    jsonw_int(s->w, "minLength", (bytes + CHARACTER_BYTES - 1) / CHARACTER_BYTES);
    jsonw_string(s->w, "pattern", "[^\\x00-\\x7f]");
    jsonw_object_end(s->w);
    jsonw_array_end(s->w);
}

static int64_t base64_length(int64_t bytes)
{
    return (bytes / BASE64_BYTES + (bytes % BASE64_BYTES != 0)) * BASE64_DIGITS;
}

static void write_base64_lengths(const struct schema *s, const struct variable *v)
{
    if (v->has_min && v->min > 0 && v->min < INT32_MAX)
        jsonw_int(s->w, "minLength", base64_length(v->min));
    if (v->has_max && v->max >= 0 && v->max < INT32_MAX)
        jsonw_int(s->w, "maxLength", base64_length(v->max));
}

static void write_lengths(const struct schema *s, const struct variable *v)
{
    bool text = v->type == VALUE_STRING || v->type == VALUE_SECRET;
    if (text && v->has_max && v->max >= 0)
        jsonw_int(s->w, "maxLength", v->max);
    if (text && v->has_min && v->min > 1)
        write_min_bytes(s, v->min);
    else if (v->type != VALUE_SECRET)
        jsonw_uint(s->w, "minLength", 1);
}

static void write_choices(const struct schema *s, const struct variable *v)
{
    if (v->choice_count == 0 || v->type == VALUE_LIST)
        return;
    jsonw_array(s->w, "enum");
    for (size_t i = 0; i < v->choice_count; i++)
        jsonw_string(s->w, NULL, v->choices[i]);
    jsonw_array_end(s->w);
}

/* What a value has to be, as members of the object that is open. */
static void write_rules(const struct schema *s, const struct variable *v)
{
    write_choices(s, v);
    const char *form = type_pattern(s, v);
    if (form)
        jsonw_string(s->w, "pattern", form);
    if (v->type == VALUE_BASE64)
        write_base64_lengths(s, v);
    else if (!form || v->type == VALUE_SECRET)
        write_lengths(s, v);
    if (v->type == VALUE_REGEX)
        jsonw_uint(s->w, "maxLength", PATTERN_MAX);
    if (v->type == VALUE_JSON)
        jsonw_string(s->w, "contentMediaType", "application/json");
    const char *pattern = own_pattern(s, v);
    if (!pattern)
        return;
    jsonw_array(s->w, "allOf");
    jsonw_object(s->w, NULL);
    jsonw_string(s->w, "pattern", pattern);
    jsonw_object_end(s->w);
    jsonw_array_end(s->w);
}

static void write_value(const struct schema *s, const struct variable *v)
{
    if (!v->empty_is_unset) {
        write_rules(s, v);
        return;
    }
    jsonw_array(s->w, "anyOf");
    jsonw_object(s->w, NULL);
    jsonw_string(s->w, "const", "");
    jsonw_object_end(s->w);
    jsonw_object(s->w, NULL);
    write_rules(s, v);
    jsonw_object_end(s->w);
    jsonw_array_end(s->w);
}

static void write_notes(const struct schema *s, const struct variable *v)
{
    const char *shown;
    bool masked = false;
    if (v->description)
        jsonw_string(s->w, "description", v->description);
    if (v->deprecated) {
        jsonw_bool(s->w, "deprecated", true);
        jsonw_string(s->w, "$comment", v->deprecated);
    }
    if (config_text_hides(v))
        jsonw_bool(s->w, "writeOnly", true);
    if (config_text_default(v, v->default_value, s->arena, &shown) == DEFAULT_PLAIN)
        jsonw_string(s->w, "default", shown);
    if (v->example && !config_text_hides(v)) {
        const char *example = config_text_mask(v, v->example, s->arena, &masked);
        jsonw_array(s->w, "examples");
        jsonw_string(s->w, NULL, example);
        jsonw_array_end(s->w);
    }
}

static void write_alias(const struct schema *s, const struct variable *v, const struct alias *alias)
{
    jsonw_object(s->w, alias->name);
    jsonw_string(s->w, "description", arena_printf(s->arena, "another name of %s", v->name));
    if (alias->deprecated) {
        jsonw_bool(s->w, "deprecated", true);
        jsonw_string(s->w, "$comment", alias->deprecated);
    }
    jsonw_string(s->w, "$ref", arena_printf(s->arena, "#/properties/%s", v->name));
    jsonw_object_end(s->w);
}

static void write_file(const struct schema *s, const struct variable *v, const char *name)
{
    const char *file = config_text_file_of(s->manifest, v, name, s->arena);
    if (!file)
        return;
    jsonw_object(s->w, file);
    jsonw_string(s->w, "description", arena_printf(s->arena, "path of a file that holds %s", name));
    jsonw_string(s->w, "type", "string");
    if (!v->empty_is_unset)
        jsonw_uint(s->w, "minLength", 1);
    jsonw_object_end(s->w);
}

static void write_variable(const struct schema *s, const struct variable *v)
{
    jsonw_object(s->w, v->name);
    write_notes(s, v);
    jsonw_string(s->w, "type", "string");
    /* Otherwise its rules stand below, together with when they hold. */
    if (!v->only_when)
        write_value(s, v);
    jsonw_object_end(s->w);
    for (size_t i = 0; i < v->alias_count; i++)
        write_alias(s, v, &v->aliases[i]);
    write_file(s, v, v->name);
    for (size_t i = 0; i < v->alias_count; i++)
        write_file(s, v, v->aliases[i].name);
}

/* In the environments where it has a default of its own, or need not be set, nothing is asked for. */
static struct condition exempt(const struct schema *s, const struct variable *v, bool required)
{
    const char **names = arena_alloc(s->arena, v->override_count + 1, sizeof(*names));
    struct condition c = {.kind = CONDITION_ENVIRONMENT, .values = names};
    for (size_t i = 0; i < v->override_count; i++) {
        const struct variable_override *o = &v->overrides[i];
        bool wanted = o->has_required && o->required;
        if (required ? wanted : o->default_value || (o->has_required && !o->required))
            names[c.value_count++] = o->environment;
    }
    return c;
}

/* When it has to be set; NULL for never. */
static const struct condition *when_required(const struct schema *s, const struct variable *v)
{
    struct condition *parts = arena_alloc(s->arena, 6, sizeof(*parts));
    struct condition *any = &parts[3];
    struct condition *excepted = &parts[5];
    size_t any_count = 0;
    size_t count = 0;
    if (v->default_value)
        return NULL;
    any[any_count] = exempt(s, v, true);
    any_count += any[any_count].value_count > 0;
    if (v->required_when)
        any[any_count++] = *v->required_when;
    if (!v->required && any_count == 0)
        return NULL;
    if (!v->required)
        parts[count++] = (struct condition){.kind = CONDITION_ANY, .parts = any, .part_count = any_count};
    *excepted = exempt(s, v, false);
    if (excepted->value_count > 0)
        parts[count++] = (struct condition){.kind = CONDITION_NOT, .parts = excepted, .part_count = 1};
    if (v->only_when)
        parts[count++] = *v->only_when;
    struct condition *all = arena_alloc(s->arena, 1, sizeof(*all));
    *all = (struct condition){.kind = CONDITION_ALL, .parts = parts, .part_count = count};
    return all;
}

/* Begin {"if": @when, "then":, or nothing where it always holds: *@key is what to write the consequence under. Returns
 * false when it never does. */
static bool begin_when(const struct schema *s, const struct condition *when, const char **key)
{
    enum known known = config_known(s->manifest, when, true, s->arena);
    *key = known == KNOWN_SCHEMA ? "then" : NULL;
    if (known != KNOWN_SCHEMA)
        return known == KNOWN_ALWAYS;
    jsonw_object(s->w, NULL);
    config_known_write(s->w, "if", s->manifest, when, true, s->arena);
    return true;
}

static void end_when(const struct schema *s, const char *key)
{
    if (key)
        jsonw_object_end(s->w);
}

/* Whether there is only one way to give it a value, which "required" is enough for. */
static bool has_one_name(const struct schema *s, const struct variable *v)
{
    return v->alias_count == 0 && !v->empty_is_unset && !config_text_file_of(s->manifest, v, v->name, s->arena);
}

static bool is_always_required(const struct schema *s, const struct variable *v)
{
    const struct condition *when = when_required(s, v);
    return when && config_known(s->manifest, when, true, s->arena) == KNOWN_ALWAYS;
}

static void write_plainly_required(const struct schema *s)
{
    jsonw_array(s->w, "required");
    for (size_t i = 0; i < s->manifest->variable_count; i++) {
        const struct variable *v = &s->manifest->variables[i];
        if (has_one_name(s, v) && is_always_required(s, v))
            jsonw_string(s->w, NULL, v->name);
    }
    jsonw_array_end(s->w);
}

static void write_required(const struct schema *s, const struct variable *v)
{
    const char *key;
    const struct condition *when = when_required(s, v);
    if (!when || (has_one_name(s, v) && is_always_required(s, v)) || !begin_when(s, when, &key))
        return;
    config_known_set(s->w, key, s->manifest, v, s->arena);
    end_when(s, key);
}

/* The rules of a variable that means something only sometimes. */
static void write_when_used(const struct schema *s, const struct variable *v)
{
    const char *key;
    if (!v->only_when || !begin_when(s, v->only_when, &key))
        return;
    jsonw_object(s->w, key);
    jsonw_object(s->w, "properties");
    for (size_t i = 0; i <= v->alias_count; i++) {
        jsonw_object(s->w, i < v->alias_count ? v->aliases[i].name : v->name);
        write_value(s, v);
        jsonw_object_end(s->w);
    }
    jsonw_object_end(s->w);
    jsonw_object_end(s->w);
    end_when(s, key);
}

/* NAME and NAME_FILE both, where an empty one is one. */
static void write_conflict(const struct schema *s, const struct variable *v)
{
    const char *file = config_text_file_of(s->manifest, v, v->name, s->arena);
    if (!file || v->empty_is_unset)
        return;
    jsonw_object(s->w, NULL);
    jsonw_object(s->w, "not");
    jsonw_array(s->w, "required");
    jsonw_string(s->w, NULL, v->name);
    jsonw_string(s->w, NULL, file);
    jsonw_array_end(s->w);
    jsonw_object_end(s->w);
    jsonw_object_end(s->w);
}

static void put_prefixes(const struct schema *s, struct buf *out)
{
    buf_puts(out, "^(?:");
    for (size_t i = 0; i < s->manifest->prefixes.count; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : "|", s->manifest->prefixes.items[i]);
    buf_putc(out, ')');
}

/* Names that begin like the manifest's own have to be in it. */
static void write_names(const struct schema *s)
{
    const struct manifest *m = s->manifest;
    struct buf prefixes;
    if (m->prefixes.count == 0)
        return;
    buf_init(&prefixes, s->pattern, ANCHORED_MAX);
    put_prefixes(s, &prefixes);
    jsonw_object(s->w, "propertyNames");
    jsonw_object(s->w, "if");
    jsonw_string(s->w, "pattern", s->pattern);
    jsonw_object_end(s->w);
    jsonw_object(s->w, "then");
    jsonw_array(s->w, "enum");
    for (size_t i = 0; i < m->variable_count; i++) {
        const struct variable *v = &m->variables[i];
        for (size_t k = 0; k <= v->alias_count; k++) {
            const char *name = k < v->alias_count ? v->aliases[k].name : v->name;
            const char *file = config_text_file_of(m, v, name, s->arena);
            jsonw_string(s->w, NULL, name);
            if (file)
                jsonw_string(s->w, NULL, file);
        }
    }
    jsonw_array_end(s->w);
    jsonw_object_end(s->w);
    jsonw_object_end(s->w);
}

void config_schema(const struct manifest *m, struct arena *a, struct buf *out)
{
    struct jsonw w;
    const struct schema s = {.manifest = m, .arena = a, .w = &w, .pattern = arena_alloc(a, ANCHORED_MAX, 1)};
    jsonw_init(&w, out, true);
    jsonw_object(&w, NULL);
    jsonw_string(&w, "$schema", SCHEMA_URI);
    jsonw_string(&w, "title", arena_printf(a, "The environment of %s", m->name ? m->name : m->source));
    if (m->description)
        jsonw_string(&w, "description", m->description);
    jsonw_string(&w, "type", "object");
    jsonw_object(&w, "properties");
    for (size_t i = 0; i < m->variable_count; i++)
        write_variable(&s, &m->variables[i]);
    jsonw_object_end(&w);
    jsonw_object(&w, "additionalProperties");
    jsonw_string(&w, "type", "string");
    jsonw_object_end(&w);
    write_names(&s);
    write_plainly_required(&s);
    jsonw_array(&w, "allOf");
    for (size_t i = 0; i < m->variable_count; i++) {
        write_required(&s, &m->variables[i]);
        write_when_used(&s, &m->variables[i]);
        write_conflict(&s, &m->variables[i]);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    buf_putc(out, '\n');
}
