#include <stddef.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/text.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

/* A manifest is for one stack, and a stack has few prefixes. */
#define PREFIXES_MAX 16

static const struct collection variables = {
    .name = "variables",
    .noun = "variable",
    .size = sizeof(struct variable),
    .name_is_valid = text_is_variable_name,
    .name_rule = "letters, digits and underscores, not beginning with a digit",
    .read = read_variable,
};
static const struct collection services = {
    .name = "services",
    .noun = "service",
    .size = sizeof(struct service),
    .name_is_valid = text_is_service_name,
    .name_rule = "lower-case letters, digits, - and _, beginning with a letter, at most 63 characters",
    .read = read_service,
};
static const struct collection steps = {
    .name = "steps",
    .noun = "step",
    .size = sizeof(struct step),
    .name_is_valid = text_is_step_id,
    .name_rule = "lower-case letters, digits, . - and _, beginning with a letter or digit, at most 64 characters",
    .read = read_step,
};
static const struct collection tests = {
    .name = "tests",
    .noun = "test",
    .size = sizeof(struct test),
    .name_is_valid = text_is_step_id,
    .name_rule = "lower-case letters, digits, . - and _, beginning with a letter or digit, at most 64 characters",
    .read = read_test,
};

static void read_variables(struct reader *r, const struct json *n, void *target)
{
    struct manifest *m = target;

    m->variables = reader_collection(r, n, &variables, &m->variable_count);
    variable_index_build(&r->variables, m->variables, m->variable_count, r->arena);
    const struct json *child = json_first(n);
    for (size_t i = 0; i < m->variable_count; i++, child = json_next(child)) {
        size_t up = json_pointer_push(&r->at, m->variables[i].name);
        read_relations(r, child, &m->variables[i]);
        json_pointer_pop(&r->at, up);
    }
}

/* A prefix of our own names, or the other way round, would make them unknown. */
static bool claims_ours(const char *prefix)
{
    static const char ours[] = "MUSTER_";
    size_t len = strlen(prefix);

    return strncmp(prefix, ours, len < strlen(ours) ? len : strlen(ours)) == 0;
}

static const char *prefix_element(struct reader *r, const struct json *n)
{
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return NULL;
    if (!text_is_variable_name(s))
        problem_hint(reader_fault(r, "name", "\"%s\" is not the beginning of a variable name", s),
                     "letters, digits and underscores, not beginning with a digit: \"APP_\"");
    else if (claims_ours(s))
        problem_hint(reader_fault(r, "value", "variables that begin with MUSTER_ are muster's own"),
                     "leave this prefix out, or make it longer");
    else
        return arena_strdup(r->arena, s);
    return NULL;
}

static void read_prefixes(struct reader *r, const struct json *n, void *field)
{
    reader_list(r, n, PREFIXES_MAX, prefix_element, field);
}

static void read_services(struct reader *r, const struct json *n, void *target)
{
    struct manifest *m = target;

    m->services = reader_collection(r, n, &services, &m->service_count);
    if (m->service_count > 0)
        read_groups(n, m, r->arena);
}

static void read_steps(struct reader *r, const struct json *n, void *target)
{
    struct manifest *m = target;

    m->steps = reader_collection(r, n, &steps, &m->step_count);
}

static void read_tests(struct reader *r, const struct json *n, void *target)
{
    struct manifest *m = target;

    m->tests = reader_collection(r, n, &tests, &m->test_count);
}

static void read_main_ready(struct reader *r, const struct json *n, void *target)
{
    struct manifest *m = target;

    m->main_notifies = reader_word(r, n, &ready_word_names) >= 0;
}

/* For editors. */
static void read_schema(struct reader *r, const struct json *n, void *target)
{
    (void)target;
    reader_expect(r, n, JSON_STRING);
}

/* merge.c has acted on it before, and told what is wrong with it. */
static void read_extends(struct reader *r, const struct json *n, void *target)
{
    (void)r;
    (void)n;
    (void)target;
}

#define OFFSET(member) offsetof(struct manifest, member)

static const struct key keys[] = {
    {.name = "$schema", .kind = KEY_OWN, .read = read_schema},
    {.name = "extends", .kind = KEY_OWN, .read = read_extends},
    {.name = "name", .kind = KEY_LINE, .offset = OFFSET(name)},
    {.name = "description", .kind = KEY_LINE, .offset = OFFSET(description)},
    {.name = "deadline", .kind = KEY_DURATION, .offset = OFFSET(deadline_us), .zero = true},
    {.name = "phase_barrier", .kind = KEY_BOOL, .offset = OFFSET(phase_barrier)},
    {.name = "parallel", .kind = KEY_COUNT, .offset = OFFSET(parallel), .limit = MANIFEST_PARALLEL_MAX},
    {.name = "rollback", .kind = KEY_WORD, .offset = OFFSET(rollback), .words = &rollback_names},
    {.name = "main_ready", .kind = KEY_OWN, .read = read_main_ready},
    {.name = "prefixes", .kind = KEY_OWN, .offset = OFFSET(prefixes), .read = read_prefixes},
    {.name = "variables", .kind = KEY_OWN, .read = read_variables},
    {.name = "main_secrets", .kind = KEY_OWN, .offset = OFFSET(main_secrets), .read = reference_secrets},
    {.name = "services", .kind = KEY_OWN, .read = read_services},
    {.name = "steps", .kind = KEY_OWN, .read = read_steps},
    {.name = "tests", .kind = KEY_OWN, .read = read_tests},
};
const struct key_table manifest_keys = {"a manifest", keys, sizeof(keys) / sizeof(keys[0])};

void read_manifest(struct reader *r, struct manifest *out)
{
    out->name = "unnamed";
    out->description = "";
    out->deadline_us = DEFAULT_DEADLINE_US;
    out->phase_barrier = true;
    out->parallel = DEFAULT_PARALLEL;
    variable_index_build(&r->variables, NULL, 0, r->arena);
    reader_object(r, r->root, &manifest_keys, out);
}
