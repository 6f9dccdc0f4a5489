#include "init/plan/reference.h"

#include <string.h>

#include "init/base/text.h"
#include "init/config/placeholder.h"

/* A test for more environments than that is for all of them. */
#define ENVIRONMENTS_MAX 64

static const char *string_at(const void *ctx, size_t i)
{
    const char *const *items = ctx;

    return items[i];
}

/* The names of a collection; none when it is no object, which was reported. */
static const struct known_names *names_of(struct reader *r, const char *collection)
{
    const struct json *object = json_get(r->root, collection);
    struct known_names *k = r->known;

    while (k->collection && strcmp(k->collection, collection) != 0)
        k++;
    if (k->collection)
        return k;
    size_t most = json_type(object) == JSON_OBJECT ? json_count(object) : 0;
    k->collection = collection;
    k->items = arena_alloc(r->arena, most + 1, sizeof(*k->items));
    name_table_init(&k->table, most, k->items, sizeof(*k->items), r->arena);
    for (const struct json *m = most > 0 ? json_first(object) : NULL; m; m = json_next(m)) {
        k->items[k->count] = json_key(m);
        name_table_add(&k->table, (uint32_t)k->count++);
    }
    return k;
}

/* "services" -> "service": what one entry is called. */
static const char *noun_of(const char *collection)
{
    static const char *const nouns[][2] = {
        {"variables", "variable"},
        {"services", "service"},
        {"steps", "step"},
    };

    for (size_t i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++) {
        if (strcmp(nouns[i][0], collection) == 0)
            return nouns[i][1];
    }
    return "test";
}

bool reference_exists(struct reader *r, const char *collection, const char *name)
{
    const struct known_names *known = names_of(r, collection);

    if (name_table_find(&known->table, name, strlen(name)) != NAME_TABLE_NONE)
        return true;
    struct problem *item = reader_fault(r, "ref.unknown", "there is no %s \"%s\"", noun_of(collection), name);
    const char *meant = item ? text_nearest(name, string_at, known->items, known->count) : NULL;
    if (meant)
        problem_hint(item, "did you mean \"%s\"?", meant);
    else
        problem_hint(item, "declare it under \"%s\"", collection);
    return false;
}

static const char *plain_string(struct reader *r, const struct json *n)
{
    return reader_expect(r, n, JSON_STRING) ? arena_strdup(r->arena, json_string(n)) : NULL;
}

static bool is_repeated(const struct strings *list, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(list->items[k], list->items[i]) == 0)
            return true;
    }
    return false;
}

static void check_element(struct reader *r, const char *collection, const struct strings *list, size_t i)
{
    const char *name = list->items[i];
    bool same = r->collection && strcmp(r->collection, collection) == 0;

    if (is_repeated(list, i))
        problem_hint(reader_fault(r, "duplicate", "\"%s\" is listed twice", name), "list it once");
    else if (same && strcmp(r->entry, name) == 0)
        problem_hint(reader_fault(r, "ref.self", "%s \"%s\" waits for itself", noun_of(collection), name),
                     "remove it here");
    else
        reference_exists(r, collection, name);
}

void reference_list(struct reader *r, const struct json *n, const char *collection, struct strings *out)
{
    struct strings list = {0};

    if (!reader_list(r, n, MANIFEST_ARGS_MAX, plain_string, &list))
        return;
    /* With an element left out, indices would name the wrong place; its type was already reported. */
    if (list.count != json_count(n))
        return;
    for (size_t i = 0; i < list.count; i++) {
        size_t up = json_pointer_index(&r->at, i);
        check_element(r, collection, &list, i);
        json_pointer_pop(&r->at, up);
    }
    *out = list;
}

static bool variable_is_secret(const struct reader *r, const char *name)
{
    const struct json *v = json_get(json_get(r->root, "variables"), name);
    const char *type = json_string(json_get(v, "type"));

    return json_true(json_get(v, "secret")) || (type && strcmp(type, "secret") == 0);
}

const struct variable *reference_variable(struct reader *r, const char *name)
{
    const struct variable *v = variable_index_find(&r->variables, name);

    if (!v)
        reference_exists(r, "variables", name);
    return v;
}

bool reference_environments(struct reader *r)
{
    if (r->variables.environment)
        return true;
    problem_hint(reader_fault(r, "ref.unknown", "no variable says in which environment this is"),
                 "declare one with \"field\": \"environment\", or extend builtin:devstack");
    return false;
}

static struct names environment_names(const struct reader *r)
{
    const struct variable *v = r->variables.environment;

    return (struct names){v->choices, v->choice_count, "known environment"};
}

bool reference_environment(struct reader *r, const char *word)
{
    struct names known = environment_names(r);

    return known.count == 0 || reader_choice(r, word, &known) >= 0;
}

static const char *environment_element(struct reader *r, const struct json *n)
{
    const char *word = reader_line(r, n);

    return word && reference_environment(r, word) ? word : NULL;
}

void reference_environment_list(struct reader *r, const struct json *n, bool single, struct strings *out)
{
    if (!reference_environments(r))
        return;
    if (single && json_type(n) == JSON_STRING) {
        const char **items = arena_alloc(r->arena, 2, sizeof(*items));
        items[0] = environment_element(r, n);
        *out = (struct strings){.items = items, .count = items[0] ? 1 : 0};
        return;
    }
    if (single && json_type(n) != JSON_ARRAY)
        reader_fault(r, "type", "expected a string or an array, found %s", json_type_name(json_type(n)));
    else
        reader_list(r, n, ENVIRONMENTS_MAX, environment_element, out);
}

/* Names were checked; may the variable be in a list of secrets? */
static void check_listed(struct reader *r, const struct variable *v)
{
    if (!v->secret && !value_type_is_url(v->type))
        problem_hint(reader_fault(r, "value", "%s is no secret: every command gets it anyway", v->name),
                     "leave it out, or declare it with \"secret\": true");
    else if (v->delivery == DELIVER_NONE)
        problem_hint(reader_fault(r, "value", "%s is handed to nobody", v->name),
                     "leave it out, or remove \"deliver\": \"none\" from the variable");
}

void reference_secrets(struct reader *r, const struct json *n, void *field)
{
    struct strings *list = arena_alloc(r->arena, 1, sizeof(*list));

    reference_list(r, n, "variables", list);
    for (size_t i = 0; i < list->count; i++) {
        const struct variable *v = variable_index_find(&r->variables, list->items[i]);
        size_t up = json_pointer_index(&r->at, i);
        if (v)
            check_listed(r, v);
        json_pointer_pop(&r->at, up);
    }
    *(const struct strings **)field = list;
}

/* What is wrong with a placeholder, and what to do. Texts are not quoted: they may be passwords with a dollar sign. */
static void report_placeholder(struct reader *r, enum placeholder_fault fault, const char *name)
{
    static const char advice[] = "write ${NAME} for a variable and $$ for a dollar sign";
    static const char *const texts[][2] = {
        [PLACEHOLDER_DOLLAR] = {"a dollar sign that begins neither ${NAME} nor $$", advice},
        [PLACEHOLDER_COMMAND] = {"\"$(\": a manifest never runs a command", "write $$ for a dollar sign"},
        [PLACEHOLDER_NAME] = {"\"${\" without a valid variable name behind it", advice},
        [PLACEHOLDER_OPEN] = {"\"${\" without \"}\"", advice},
        [PLACEHOLDER_DEEP] = {"a ${…} within a ${…}, too many times",
                              "four levels are the most; one or two can be read"},
        [PLACEHOLDER_VERBATIM] = {"a dollar sign in a message: it is shown as it is written",
                                  "write $$ for a dollar sign"},
    };

    if (fault == PLACEHOLDER_OPERATOR)
        problem_hint(reader_fault(r, "ref.syntax", "what follows ${%s is neither \"}\" nor \":-\" nor \":?\"", name),
                     "write ${%s:-text} for a text instead, ${%s:?message} to insist", name, name);
    else
        problem_hint(reader_fault(r, "ref.syntax", "%s", texts[fault][0]), "%s", texts[fault][1]);
}

static bool check_name(struct reader *r, const char *name, enum reference_use use)
{
    if (!reference_exists(r, "variables", name))
        return false;
    if (use == REFERENCE_TEXT || !variable_is_secret(r, name))
        return true;
    if (use == REFERENCE_ARGUMENT)
        problem_hint(
            reader_fault(r, "secret.argument", "%s is secret, and arguments can be seen in the process list", name),
            "the command finds it in its environment; in a shell line write \"$$%s\"", name);
    else
        problem_hint(reader_fault(r, "secret.recorded", "%s is secret, and paths are shown and recorded", name),
                     "a secret belongs into a file, not into its name");
    return false;
}

static bool check_text(struct reader *r, const char *at, const char *limit, unsigned level, enum reference_use use)
{
    bool good = true;
    struct placeholder p;

    while ((at = memchr(at, '$', (size_t)(limit - at))) != NULL) {
        if (limit - at > 1 && at[1] == '$') {
            at += 2;
            continue;
        }
        enum placeholder_fault fault = placeholder_parse(at, limit, level, &p);
        if (fault != PLACEHOLDER_OK) {
            report_placeholder(r, fault, p.name);
            good = false;
            /* What is not closed, or too deep, swallows the rest: it would be told again and again. */
            if (fault == PLACEHOLDER_OPEN || fault == PLACEHOLDER_DEEP)
                break;
            at++;
            continue;
        }
        good = check_name(r, p.name, use) && good;
        if (p.kind == PLACEHOLDER_ELSE)
            good = check_text(r, p.text, p.text + p.text_len, level + 1, use) && good;
        at = p.end;
    }
    return good;
}

bool reference_check(struct reader *r, const char *text, enum reference_use use)
{
    return check_text(r, text, text + strlen(text), 1, use);
}

bool reference_found(const char *text)
{
    return strchr(text, '$') != NULL;
}
