#include <stddef.h>

#include "init/base/clock.h"
#include "init/base/text.h"
#include "init/plan/read.h"

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
}

static void read_services(struct reader *r, const struct json *n, void *target)
{
    struct manifest *m = target;

    m->services = reader_collection(r, n, &services, &m->service_count);
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
    {.name = "main_ready", .kind = KEY_OWN, .read = read_main_ready},
    {.name = "variables", .kind = KEY_OWN, .read = read_variables},
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
    r->manifest = out;
    reader_object(r, r->root, &manifest_keys, out);
}
