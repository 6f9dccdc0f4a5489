#include <stddef.h>
#include <string.h>

#include "init/base/text.h"
#include "init/config/profile.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

/* More names for one variable than this is a mistake. */
#define ALIASES_MAX 8
#define CHOICES_MAX 256
#define SCHEMES_MAX 16
/* The longest that url_parse() takes. */
#define SCHEME_MAX 15

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

static void read_default(struct reader *r, const struct json *n, void *field)
{
    const char *text = reader_scalar(r, n);

    if (text && reference_check(r, text, REFERENCE_TEXT))
        *(const char **)field = text;
}

static void read_name(struct reader *r, const struct json *n, void *field)
{
    const char *name = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return;
    if (text_is_variable_name(name))
        *(const char **)field = arena_strdup(r->arena, name);
    else
        problem_hint(reader_fault(r, "name", "\"%s\" is not a valid variable name", name),
                     "letters, digits and underscores, not beginning with a digit");
}

static const struct key keys_of_alias[] = {
    {.name = "name", .kind = KEY_OWN, .required = true, .offset = offsetof(struct alias, name), .read = read_name},
    {.name = "deprecated", .kind = KEY_LINE, .offset = offsetof(struct alias, deprecated)},
};
const struct key_table alias_keys = {"an alias", keys_of_alias, sizeof(keys_of_alias) / sizeof(keys_of_alias[0])};

/* Names alone, or objects that say more about them. */
static void read_aliases(struct reader *r, const struct json *n, void *entry)
{
    struct variable *v = entry;
    size_t index = 0;
    size_t kept = 0;

    if (!reader_array(r, n, ALIASES_MAX))
        return;
    struct alias *aliases = arena_alloc(r->arena, json_count(n) + 1, sizeof(*aliases));
    for (const struct json *child = json_first(n); child; child = json_next(child)) {
        size_t up = json_pointer_index(&r->at, index++);
        if (json_type(child) == JSON_OBJECT)
            reader_object(r, child, &alias_keys, &aliases[kept]);
        else
            read_name(r, child, &aliases[kept].name);
        kept += aliases[kept].name != NULL;
        json_pointer_pop(&r->at, up);
    }
    v->aliases = aliases;
    v->alias_count = kept;
}

static bool read_words(struct reader *r, const struct json *n, size_t max,
                       const char *(*element)(struct reader *r, const struct json *n), struct strings *out)
{
    if (!reader_list(r, n, max, element, out))
        return false;
    if (json_count(n) == 0)
        reader_fault(r, "value", "the list is empty");
    return true;
}

static void read_values(struct reader *r, const struct json *n, void *entry)
{
    struct variable *v = entry;
    struct strings list = {0};

    if (!read_words(r, n, CHOICES_MAX, reader_line, &list))
        return;
    v->choices = list.items;
    v->choice_count = list.count;
}

static const char *scheme_element(struct reader *r, const struct json *n)
{
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789+.-";
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return NULL;
    if (*s >= 'a' && *s <= 'z' && s[strspn(s, rest)] == '\0' && strlen(s) <= SCHEME_MAX)
        return arena_strdup(r->arena, s);
    problem_hint(reader_fault(r, "value", "\"%s\" is not a URL scheme in lower case", s),
                 "write what stands before the colon: \"https\"");
    return NULL;
}

static void read_schemes(struct reader *r, const struct json *n, void *entry)
{
    struct variable *v = entry;
    struct strings list = {0};

    if (!read_words(r, n, SCHEMES_MAX, scheme_element, &list))
        return;
    v->schemes = list.items;
    v->scheme_count = list.count;
}

static void read_pattern(struct reader *r, const struct json *n, void *field)
{
    char why[128];
    const char *pattern = reader_line(r, n);
    const char *fault = pattern ? value_pattern_fault(pattern, why, sizeof(why)) : NULL;

    if (fault)
        problem_hint(reader_fault(r, "pattern", "this is no pattern that can be used: %s", fault),
                     "a POSIX extended regular expression of at most %d bytes; the whole value has to match",
                     PATTERN_MAX);
    else if (pattern)
        *(const char **)field = pattern;
}

static const char *path_rule_element(struct reader *r, const struct json *n)
{
    int found = reader_word(r, n, &path_rule_names);

    return found >= 0 ? path_rule_names.items[found] : NULL;
}

static void read_must(struct reader *r, const struct json *n, void *field)
{
    struct strings list = {0};
    unsigned rules = 0;

    if (!read_words(r, n, path_rule_names.count, path_rule_element, &list))
        return;
    for (size_t i = 0; i < list.count; i++)
        rules |= 1U << names_find(&path_rule_names, list.items[i]);
    if (rules & PATH_FILE && rules & PATH_DIRECTORY)
        reader_fault(r, "value", "no path is a file and a directory");
    *(unsigned *)field = rules;
}

static void read_separator(struct reader *r, const struct json *n, void *field)
{
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return;
    if (strlen(s) == 1 && s[0] >= ' ' && s[0] <= '~' && !text_is_variable_name(s) && (s[0] < '0' || s[0] > '9'))
        *(char *)field = s[0];
    else
        problem_hint(reader_fault(r, "value", "a separator is one character of ASCII, and no letter or digit"),
                     "write \",\", \";\", \":\", \"|\" or \" \"");
}

static void read_items(struct reader *r, const struct json *n, void *field)
{
    const char *words[VALUE_TYPE_COUNT];
    size_t count = 0;

    for (int t = 0; t < VALUE_TYPE_COUNT; t++) {
        if (t != VALUE_SECRET && t != VALUE_JSON && t != VALUE_LIST)
            words[count++] = value_type_name((enum value_type)t);
    }
    int found = reader_word(r, n, &(struct names){words, count, "type of items"});
    if (found >= 0)
        *(enum value_type *)field = (enum value_type)value_type_from_name(words[found]);
}

static void read_empty(struct reader *r, const struct json *n, void *field)
{
    int found = reader_word(r, n, &empty_rule_names);

    if (found >= 0)
        *(bool *)field = found == 1;
}

static void read_file(struct reader *r, const struct json *n, void *field)
{
    if (reader_expect(r, n, JSON_BOOL))
        *(bool *)field = !json_true(n);
}

static void read_delivery(struct reader *r, const struct json *n, void *field)
{
    int found = reader_word(r, n, &delivery_names);

    if (found >= 0)
        *(enum delivery *)field = (enum delivery)(found + 1);
}

/* Only merge.c acts on it, before this; here it only has to be well formed. */
static void read_override(struct reader *r, const struct json *n, void *field)
{
    (void)field;
    reader_expect(r, n, JSON_BOOL);
}

/* What depends on the type, or on other variables, is read when these are known. */
static void read_later(struct reader *r, const struct json *n, void *field)
{
    (void)r;
    (void)n;
    (void)field;
}

#define OFFSET(member) offsetof(struct variable, member)

static const struct key keys[] = {
    {.name = "type", .kind = KEY_OWN, .required = true, .offset = OFFSET(type), .read = read_type},
    {.name = "field", .kind = KEY_OWN, .offset = OFFSET(field), .read = read_field},
    {.name = "description", .kind = KEY_LINE, .offset = OFFSET(description)},
    {.name = "example", .kind = KEY_LINE, .offset = OFFSET(example)},
    {.name = "required", .kind = KEY_BOOL, .offset = OFFSET(required)},
    {.name = "required_when", .kind = KEY_OWN, .read = read_later},
    {.name = "only_when", .kind = KEY_OWN, .read = read_later},
    {.name = "secret", .kind = KEY_BOOL, .offset = OFFSET(secret)},
    {.name = "default", .kind = KEY_OWN, .offset = OFFSET(default_value), .read = read_default},
    {.name = "environments", .kind = KEY_OWN, .read = read_later},
    {.name = "aliases", .kind = KEY_OWN, .read = read_aliases},
    {.name = "deprecated", .kind = KEY_LINE, .offset = OFFSET(deprecated)},
    {.name = "min", .kind = KEY_OWN, .read = read_later},
    {.name = "max", .kind = KEY_OWN, .read = read_later},
    {.name = "values", .kind = KEY_OWN, .read = read_values},
    {.name = "schemes", .kind = KEY_OWN, .read = read_schemes},
    {.name = "pattern", .kind = KEY_OWN, .offset = OFFSET(pattern), .read = read_pattern},
    {.name = "must", .kind = KEY_OWN, .offset = OFFSET(path_rules), .read = read_must},
    {.name = "items", .kind = KEY_OWN, .offset = OFFSET(item_type), .read = read_items},
    {.name = "separator", .kind = KEY_OWN, .offset = OFFSET(separator), .read = read_separator},
    {.name = "empty", .kind = KEY_OWN, .offset = OFFSET(empty_is_unset), .read = read_empty},
    {.name = "allow_userinfo", .kind = KEY_BOOL, .offset = OFFSET(allow_userinfo)},
    {.name = "file", .kind = KEY_OWN, .offset = OFFSET(no_file), .read = read_file},
    {.name = "deliver", .kind = KEY_OWN, .offset = OFFSET(delivery), .read = read_delivery},
    {.name = "override", .kind = KEY_OWN, .read = read_override},
};
const struct key_table variable_keys = {"a variable", keys, sizeof(keys) / sizeof(keys[0])};

static bool has_type(const struct json *n)
{
    const char *type = json_string(json_get(n, "type"));

    return type && value_type_from_name(type) >= 0;
}

void read_check_value(struct reader *r, const struct variable *v, const char *value)
{
    struct variable rules = *v;

    /* Whether a file is there shows where the container runs. The example may be what is being checked. */
    rules.path_rules = 0;
    rules.example = NULL;
    value_check(&rules, r->at.text, value, r->problems);
}

void read_check_default(struct reader *r, const struct variable *v, const char *value)
{
    if (reference_found(value))
        return;
    read_check_value(r, v, value);
    if (v->secret)
        problem_hint(problem_warn(r->problems, "secret.default", r->at.text, "a secret with a default is no secret"),
                     "whoever can read the manifest can read it: set it in the environment");
}

static void check_given(struct reader *r, const struct variable *v)
{
    size_t up = json_pointer_push(&r->at, "default");

    if (v->default_value)
        read_check_default(r, v, v->default_value);
    json_pointer_pop(&r->at, up);
    json_pointer_push(&r->at, "example");
    if (v->example)
        read_check_value(r, v, v->example);
    json_pointer_pop(&r->at, up);
}

static void remember_broken(struct reader *r, const struct variable *v)
{
    struct broken *b = arena_alloc(r->arena, 1, sizeof(*b));

    *b = (struct broken){.variable = v, .next = r->broken};
    r->broken = b;
}

void read_variable(struct reader *r, const struct json *n, const char *name, void *entry)
{
    struct variable *v = entry;
    size_t errors = r->problems->errors;

    *v = (struct variable){.name = name, .type = VALUE_STRING, .separator = ','};
    reader_object(r, n, &variable_keys, v);
    if (v->type == VALUE_SECRET)
        v->secret = true;
    if (has_type(n))
        read_type_rules(r, n, v);
    if (r->problems->errors == errors)
        check_given(r, v);
    if (r->problems->errors != errors)
        remember_broken(r, v);
}
