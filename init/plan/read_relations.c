#include <stddef.h>

#include "init/plan/read.h"
#include "init/plan/reference.h"

/* What one environment has to say about a variable is a member of an object that is named after it. */
#define ENVIRONMENTS_MAX 64

static void read_text(struct reader *r, const struct json *n, void *field)
{
    const char *text = reader_scalar(r, n);

    if (text && reference_check(r, text, REFERENCE_TEXT))
        *(const char **)field = text;
}

static void read_required(struct reader *r, const struct json *n, void *entry)
{
    struct variable_override *o = entry;

    o->has_required = reader_expect(r, n, JSON_BOOL);
    o->required = json_true(n);
}

static const struct key keys[] = {
    {.name = "default",
     .kind = KEY_OWN,
     .offset = offsetof(struct variable_override, default_value),
     .read = read_text},
    {.name = "required", .kind = KEY_OWN, .read = read_required},
};
const struct key_table override_keys = {"an environment of a variable", keys, sizeof(keys) / sizeof(keys[0])};

static void read_override(struct reader *r, const struct json *n, const struct variable *v,
                          struct variable_override *out)
{
    size_t errors = r->problems->errors;

    out->environment = arena_strdup(r->arena, json_key(n));
    reference_environment(r, out->environment);
    reader_object(r, n, &override_keys, out);
    if (r->problems->errors != errors)
        return;
    if (json_count(n) == 0)
        problem_hint(reader_fault(r, "required", "an environment of a variable needs \"default\" or \"required\""),
                     "leave it out where nothing is different");
    if (out->default_value && !reader_is_broken(r, v)) {
        size_t up = json_pointer_push(&r->at, "default");
        read_check_default(r, v, out->default_value);
        json_pointer_pop(&r->at, up);
    }
}

static void read_overrides(struct reader *r, const struct json *n, struct variable *v)
{
    size_t count = json_count(n);
    size_t index = 0;

    if (!reader_expect(r, n, JSON_OBJECT) || !reference_environments(r))
        return;
    if (count > ENVIRONMENTS_MAX) {
        reader_fault(r, "limit", "%zu environments; at most %d are allowed", count, ENVIRONMENTS_MAX);
        return;
    }
    struct variable_override *list = arena_alloc(r->arena, count + 1, sizeof(*list));
    for (const struct json *child = json_first(n); child; child = json_next(child)) {
        size_t up = json_pointer_push(&r->at, json_key(child));
        read_override(r, child, v, &list[index++]);
        json_pointer_pop(&r->at, up);
    }
    v->overrides = list;
    v->override_count = index;
}

static void read_required_when(struct reader *r, const struct json *n, struct variable *v)
{
    v->required_when = read_condition(r, n);
}

static void read_only_when(struct reader *r, const struct json *n, struct variable *v)
{
    v->only_when = read_condition(r, n);
}

void read_relations(struct reader *r, const struct json *n, struct variable *v)
{
    static const struct {
        const char *key;
        void (*read)(struct reader *r, const struct json *n, struct variable *v);
    } relations[] = {
        {"required_when", read_required_when}, {"only_when", read_only_when}, {"environments", read_overrides}};

    for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
        const struct json *member = json_get(n, relations[i].key);
        size_t up = json_pointer_push(&r->at, relations[i].key);
        if (member)
            relations[i].read(r, member, v);
        json_pointer_pop(&r->at, up);
    }
}
