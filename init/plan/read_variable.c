#include <stddef.h>
#include <string.h>

#include "init/base/text.h"
#include "init/config/profile.h"
#include "init/plan/read.h"

/* More names for one variable than this is a mistake. */
#define ALIASES_MAX 8
#define CHOICES_MAX 256

static const struct names field_names = {profile_fields, PROFILE_FIELD_COUNT, "field of the profile"};

static void read_field(struct reader *r, const struct json *n, void *field)
{
    int found = reader_word(r, n, &field_names);

    if (found >= 0)
        *(const char **)field = profile_fields[found];
}

static void read_type(struct reader *r, const struct json *n, void *field)
{
    const char *words[VALUE_TYPE_COUNT];

    for (int t = 0; t < VALUE_TYPE_COUNT; t++)
        words[t] = value_type_name((enum value_type)t);
    int found = reader_word(r, n, &(struct names){words, VALUE_TYPE_COUNT, "variable type"});
    if (found >= 0)
        *(enum value_type *)field = (enum value_type)found;
}

/* A default is the text that could stand in the environment; for comfort it may be written as a number or a boolean. */
static void read_default(struct reader *r, const struct json *n, void *field)
{
    char digits[64];
    struct buf b = BUF_OVER(digits);
    struct jsonw w;
    const char **text = field;

    switch (json_type(n)) {
    case JSON_STRING:
        *text = arena_strdup(r->arena, json_string(n));
        return;
    case JSON_BOOL:
        *text = json_true(n) ? "true" : "false";
        return;
    case JSON_NUMBER:
        jsonw_init(&w, &b, false);
        json_write(&w, NULL, n);
        *text = arena_strdup(r->arena, digits);
        return;
    default:
        reader_fault(r, "type", "expected a string, a number, true or false, found %s", json_type_name(json_type(n)));
    }
}

static const char *alias_element(struct reader *r, const struct json *n)
{
    if (!reader_expect(r, n, JSON_STRING))
        return NULL;
    if (!text_is_variable_name(json_string(n))) {
        problem_hint(reader_fault(r, "name", "\"%s\" is not a valid variable name", json_string(n)),
                     "letters, digits and underscores, not beginning with a digit");
        return NULL;
    }
    return arena_strdup(r->arena, json_string(n));
}

static void read_aliases(struct reader *r, const struct json *n, void *entry)
{
    struct variable *v = entry;
    struct strings list = {0};

    if (!reader_list(r, n, ALIASES_MAX, alias_element, &list))
        return;
    struct alias *aliases = arena_alloc(r->arena, list.count + 1, sizeof(*aliases));
    for (size_t i = 0; i < list.count; i++)
        aliases[i].name = list.items[i];
    v->aliases = aliases;
    v->alias_count = list.count;
}

static void read_values(struct reader *r, const struct json *n, void *entry)
{
    struct variable *v = entry;
    struct strings list = {0};

    if (!reader_list(r, n, CHOICES_MAX, reader_line, &list))
        return;
    if (json_count(n) == 0)
        reader_fault(r, "value", "the list of values is empty");
    v->choices = list.items;
    v->choice_count = list.count;
}

static bool read_bound(struct reader *r, const struct json *n, int64_t *bound)
{
    if (!reader_expect(r, n, JSON_NUMBER))
        return false;
    if (json_integer(n, bound))
        return true;
    reader_fault(r, "value", "a whole number is expected here");
    return false;
}

static void read_min(struct reader *r, const struct json *n, void *entry)
{
    struct variable *v = entry;

    v->has_min = read_bound(r, n, &v->min);
}

static void read_max(struct reader *r, const struct json *n, void *entry)
{
    struct variable *v = entry;

    v->has_max = read_bound(r, n, &v->max);
}

static void read_empty(struct reader *r, const struct json *n, void *field)
{
    int found = reader_word(r, n, &empty_rule_names);

    if (found >= 0)
        *(bool *)field = found == 1;
}

/* Only merge.c acts on it, before this; here it only has to be well formed. */
static void read_override(struct reader *r, const struct json *n, void *field)
{
    (void)field;
    reader_expect(r, n, JSON_BOOL);
}

#define OFFSET(member) offsetof(struct variable, member)

static const struct key keys[] = {
    {.name = "type", .kind = KEY_OWN, .required = true, .offset = OFFSET(type), .read = read_type},
    {.name = "field", .kind = KEY_OWN, .offset = OFFSET(field), .read = read_field},
    {.name = "description", .kind = KEY_LINE, .offset = OFFSET(description)},
    {.name = "required", .kind = KEY_BOOL, .offset = OFFSET(required)},
    {.name = "secret", .kind = KEY_BOOL, .offset = OFFSET(secret)},
    {.name = "default", .kind = KEY_OWN, .offset = OFFSET(default_value), .read = read_default},
    {.name = "aliases", .kind = KEY_OWN, .read = read_aliases},
    {.name = "min", .kind = KEY_OWN, .read = read_min},
    {.name = "max", .kind = KEY_OWN, .read = read_max},
    {.name = "values", .kind = KEY_OWN, .read = read_values},
    {.name = "empty", .kind = KEY_OWN, .offset = OFFSET(empty_is_unset), .read = read_empty},
    {.name = "allow_userinfo", .kind = KEY_BOOL, .offset = OFFSET(allow_userinfo)},
    {.name = "override", .kind = KEY_OWN, .read = read_override},
};
const struct key_table variable_keys = {"a variable", keys, sizeof(keys) / sizeof(keys[0])};

#define BIT(type) (1U << (type))

/* Keys that only mean something for some types. */
static const struct {
    const char *key;
    unsigned types;
    const char *text;
} only_for[] = {
    {"min", BIT(VALUE_INT) | BIT(VALUE_PORT) | BIT(VALUE_REDIS_URL), "int, port and redis-url"},
    {"max", BIT(VALUE_INT) | BIT(VALUE_PORT) | BIT(VALUE_REDIS_URL), "int, port and redis-url"},
    {"values", BIT(VALUE_ENUM), "enum"},
    {"allow_userinfo", BIT(VALUE_HTTP_URL) | BIT(VALUE_WS_URL), "http-url and ws-url"},
};

static void check_keys_of_type(struct reader *r, const struct json *n, enum value_type type)
{
    for (size_t i = 0; i < sizeof(only_for) / sizeof(only_for[0]); i++) {
        if (!json_get(n, only_for[i].key) || only_for[i].types & BIT(type))
            continue;
        size_t up = json_pointer_push(&r->at, only_for[i].key);
        reader_fault(r, "value", "\"%s\" means nothing for type %s, only for %s", only_for[i].key,
                     value_type_name(type), only_for[i].text);
        json_pointer_pop(&r->at, up);
    }
}

static void check_default(struct reader *r, const struct variable *v)
{
    size_t up = json_pointer_push(&r->at, "default");

    value_check(v, r->at.text, v->default_value, r->problems);
    if (v->secret)
        problem_hint(problem_warn(r->problems, "secret.default", r->at.text, "a secret with a default is no secret"),
                     "whoever can read the manifest can read it: set it in the environment");
    json_pointer_pop(&r->at, up);
}

void read_variable(struct reader *r, const struct json *n, const char *name, void *entry)
{
    struct variable *v = entry;
    size_t errors = r->problems->errors;

    *v = (struct variable){.name = name, .type = VALUE_STRING};
    reader_object(r, n, &variable_keys, v);
    if (v->type == VALUE_SECRET)
        v->secret = true;
    if (r->problems->errors != errors)
        return;
    check_keys_of_type(r, n, v->type);
    if (v->type == VALUE_ENUM && v->choice_count == 0)
        problem_hint(reader_fault(r, "required", "a variable of type enum needs \"values\""),
                     "list the accepted words: \"values\": [\"one\", \"two\"]");
    if (v->has_min && v->has_max && v->min > v->max)
        reader_fault(r, "value", "\"min\" is greater than \"max\"");
    if (v->default_value && r->problems->errors == errors)
        check_default(r, v);
}
