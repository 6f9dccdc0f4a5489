#include <stddef.h>
#include <string.h>

#include "init/plan/read.h"
#include "init/plan/reference.h"

/* Words of one comparison; as many as a variable may have. */
#define WORDS_MAX 256
/* Parts of one "all" or "any". */
#define PARTS_MAX 64

/* The members of one condition; NULL = not there. */
struct members {
    const struct json *variable;
    const struct json *equals;
    const struct json *in;
    const struct json *set;
    const struct json *environment;
    const struct json *all;
    const struct json *any;
    const struct json *negated;
};

static void keep(struct reader *r, const struct json *n, void *field)
{
    (void)r;
    *(const struct json **)field = n;
}

#define OFFSET(member) offsetof(struct members, member)

static const struct key keys[] = {
    {.name = "variable", .kind = KEY_OWN, .offset = OFFSET(variable), .read = keep},
    {.name = "equals", .kind = KEY_OWN, .offset = OFFSET(equals), .read = keep},
    {.name = "in", .kind = KEY_OWN, .offset = OFFSET(in), .read = keep},
    {.name = "set", .kind = KEY_OWN, .offset = OFFSET(set), .read = keep},
    {.name = "environment", .kind = KEY_OWN, .offset = OFFSET(environment), .read = keep},
    {.name = "all", .kind = KEY_OWN, .offset = OFFSET(all), .read = keep},
    {.name = "any", .kind = KEY_OWN, .offset = OFFSET(any), .read = keep},
    {.name = "not", .kind = KEY_OWN, .offset = OFFSET(negated), .read = keep},
};
const struct key_table condition_keys = {"a condition", keys, sizeof(keys) / sizeof(keys[0])};

static const struct variable *read_subject(struct reader *r, const struct json *n)
{
    const struct variable *v = NULL;
    size_t up = json_pointer_push(&r->at, "variable");

    if (reader_expect(r, n, JSON_STRING))
        v = reference_variable(r, json_string(n));
    json_pointer_pop(&r->at, up);
    return v;
}

/* A word that the variable can never have is a slip of the pen. */
static void check_word(struct reader *r, const struct variable *v, const char *word)
{
    if (word[0] == '\0')
        problem_hint(reader_fault(r, "value", "no variable is ever empty: it has a value or it is not set"),
                     "write {\"variable\": \"%s\", \"set\": false}", v->name);
    else if (!reader_is_broken(r, v))
        read_check_value(r, v, word);
}

static void check_words(struct reader *r, const struct variable *v, const struct strings *words, bool list)
{
    for (size_t i = 0; i < words->count; i++) {
        size_t up = list ? json_pointer_index(&r->at, i) : r->at.len;
        check_word(r, v, words->items[i]);
        json_pointer_pop(&r->at, up);
    }
}

/* True is true however it is written. */
static void add_spellings(struct reader *r, struct strings *words)
{
    static const char *const same[][4] = {{"true", "yes", "on", "1"}, {"false", "no", "off", "0"}};
    const char **all = arena_alloc(r->arena, 2 * 4 + 1, sizeof(*all));
    size_t count = 0;

    for (size_t side = 0; side < 2; side++) {
        bool meant = false;
        for (size_t i = 0; i < words->count * 4; i++)
            meant = meant || strcmp(words->items[i / 4], same[side][i % 4]) == 0;
        for (size_t k = 0; meant && k < 4; k++)
            all[count++] = same[side][k];
    }
    *words = (struct strings){.items = all, .count = count};
}

static struct strings read_words(struct reader *r, const struct json *n, bool list)
{
    struct strings words = {0};

    if (list) {
        if (reader_list(r, n, WORDS_MAX, reader_scalar, &words) && json_count(n) == 0)
            reader_fault(r, "value", "the list is empty");
        return words;
    }
    const char **items = arena_alloc(r->arena, 2, sizeof(*items));
    items[0] = reader_scalar(r, n);
    return (struct strings){.items = items, .count = items[0] ? 1 : 0};
}

static void read_comparison(struct reader *r, const struct members *m, const struct variable *v, struct condition *out)
{
    bool list = m->in != NULL;
    size_t up = json_pointer_push(&r->at, list ? "in" : "equals");
    struct strings words = read_words(r, list ? m->in : m->equals, list);

    if (v && v->secret)
        problem_hint(reader_fault(r, "secret.compared", "%s is secret: its value would be in the manifest", v->name),
                     "ask whether it is set: {\"variable\": \"%s\", \"set\": true}", v->name);
    else if (v)
        check_words(r, v, &words, list);
    if (v && v->type == VALUE_BOOL)
        add_spellings(r, &words);
    out->kind = words.count == 1 ? CONDITION_EQUALS : CONDITION_IN;
    out->values = words.items;
    out->value_count = words.count;
    json_pointer_pop(&r->at, up);
}

static void read_about_variable(struct reader *r, const struct members *m, struct condition *out)
{
    int said = (m->equals != NULL) + (m->in != NULL) + (m->set != NULL);
    const struct variable *v = m->variable ? read_subject(r, m->variable) : NULL;

    if (!m->variable)
        problem_hint(reader_fault(r, "required", "this condition needs \"variable\""),
                     "it says whose value \"equals\", \"in\" and \"set\" are about");
    out->variable = v ? v->name : "";
    if (said != 1) {
        problem_hint(
            reader_fault(r, said == 0 ? "required" : "value",
                         said == 0 ? "this condition needs \"equals\", \"in\" or \"set\""
                                   : "a condition has one of \"equals\", \"in\" and \"set\""),
            "write {\"variable\": \"MODE\", \"equals\": \"tls\"}; \"all\" and \"any\" put conditions together");
        return;
    }
    if (!m->set) {
        read_comparison(r, m, v, out);
        return;
    }
    size_t up = json_pointer_push(&r->at, "set");
    reader_expect(r, m->set, JSON_BOOL);
    out->kind = json_true(m->set) ? CONDITION_SET : CONDITION_UNSET;
    json_pointer_pop(&r->at, up);
}

static void read_one(struct reader *r, const struct json *n, unsigned depth, struct condition *out);

static void read_parts(struct reader *r, const struct json *n, unsigned depth, struct condition *out)
{
    size_t index = 0;

    if (!reader_array(r, n, PARTS_MAX))
        return;
    if (json_count(n) == 0)
        reader_fault(r, "value", "the list is empty");
    struct condition *parts = arena_alloc(r->arena, json_count(n) + 1, sizeof(*parts));
    for (const struct json *child = json_first(n); child; child = json_next(child)) {
        size_t up = json_pointer_index(&r->at, index);
        read_one(r, child, depth + 1, &parts[index++]);
        json_pointer_pop(&r->at, up);
    }
    out->parts = parts;
    out->part_count = index;
}

static void read_negated(struct reader *r, const struct json *n, unsigned depth, struct condition *out)
{
    struct condition *part = arena_alloc(r->arena, 1, sizeof(*part));

    read_one(r, n, depth + 1, part);
    out->parts = part;
    out->part_count = 1;
}

static void read_environment_words(struct reader *r, const struct json *n, struct condition *out)
{
    struct strings words = {0};

    reference_environment_list(r, n, true, &words);
    if (json_type(n) == JSON_ARRAY && json_count(n) == 0)
        reader_fault(r, "value", "the list is empty");
    out->values = words.items;
    out->value_count = words.count;
}

static void read_compound(struct reader *r, const struct members *m, unsigned depth, struct condition *out)
{
    static const char *const names[] = {
        [CONDITION_ENVIRONMENT] = "environment",
        [CONDITION_ALL] = "all",
        [CONDITION_ANY] = "any",
        [CONDITION_NOT] = "not",
    };

    out->kind = m->environment ? CONDITION_ENVIRONMENT
                : m->all       ? CONDITION_ALL
                : m->any       ? CONDITION_ANY
                               : CONDITION_NOT;
    size_t up = json_pointer_push(&r->at, names[out->kind]);
    if (m->environment)
        read_environment_words(r, m->environment, out);
    else if (m->negated)
        read_negated(r, m->negated, depth, out);
    else
        read_parts(r, m->all ? m->all : m->any, depth, out);
    json_pointer_pop(&r->at, up);
}

static void read_one(struct reader *r, const struct json *n, unsigned depth, struct condition *out)
{
    struct members m = {0};

    if (depth > CONDITION_DEPTH_MAX) {
        problem_hint(reader_fault(r, "limit", "conditions are at most %d deep", CONDITION_DEPTH_MAX),
                     "a variable of type bool that says it all is easier to read");
        return;
    }
    reader_object(r, n, &condition_keys, &m);
    if (json_type(n) != JSON_OBJECT)
        return;
    bool about_variable = m.variable || m.equals || m.in || m.set;
    int kinds = about_variable + (m.environment != NULL) + (m.all != NULL) + (m.any != NULL) + (m.negated != NULL);
    if (kinds != 1)
        problem_hint(reader_fault(r, kinds == 0 ? "required" : "value",
                                  kinds == 0
                                      ? "a condition needs \"variable\", \"environment\", \"all\", \"any\" or \"not\""
                                      : "a condition says one thing"),
                     "\"all\" and \"any\" put conditions together: {\"all\": [{…}, {…}]}");
    else if (about_variable)
        read_about_variable(r, &m, out);
    else
        read_compound(r, &m, depth, out);
}

const struct condition *read_condition(struct reader *r, const struct json *n)
{
    struct condition *c = arena_alloc(r->arena, 1, sizeof(*c));
    size_t errors = r->problems->errors;

    read_one(r, n, 1, c);
    return r->problems->errors == errors ? c : NULL;
}
