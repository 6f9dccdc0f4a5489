#include <stddef.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/text.h"
#include "init/plan/read.h"

#define ENVIRONMENTS_MAX 64

/* The variable that says in what environment this is (ConfigurationProfile.environment), or NULL. */
static const struct variable *environment_variable(const struct manifest *m)
{
    for (size_t i = 0; i < m->variable_count; i++) {
        const char *field = m->variables[i].field;
        if (field && strcmp(field, "environment") == 0)
            return &m->variables[i];
    }
    return NULL;
}

static const char *environment_element(struct reader *r, const struct json *n)
{
    const struct variable *v = environment_variable(r->manifest);

    if (!v || v->choice_count == 0)
        return reader_line(r, n);
    struct names known = {v->choices, v->choice_count, "known environment"};
    int found = reader_word(r, n, &known);
    return found >= 0 ? v->choices[found] : NULL;
}

static void read_environments(struct reader *r, const struct json *n, void *field)
{
    if (!environment_variable(r->manifest))
        problem_hint(reader_fault(r, "ref.unknown", "no variable says in which environment this is"),
                     "declare one with \"field\": \"environment\", or extend builtin:devstack");
    else
        reader_list(r, n, ENVIRONMENTS_MAX, environment_element, field);
}

#define OFFSET(member) offsetof(struct test, member)

static const struct key keys[] = {
    {.name = "type", .kind = KEY_WORD, .required = true, .offset = OFFSET(type), .words = &test_type_names},
    {.name = "services", .kind = KEY_REFS, .offset = OFFSET(services), .collection = "services"},
    {.name = "environments", .kind = KEY_OWN, .offset = OFFSET(environments), .read = read_environments},
    {.name = "blocking", .kind = KEY_BOOL, .offset = OFFSET(blocking)},
    {.name = "command", .kind = KEY_COMMAND, .offset = OFFSET(command)},
    {.name = "probe", .kind = KEY_OWN, .offset = OFFSET(probe), .read = read_probe},
    {.name = "timeout", .kind = KEY_DURATION, .offset = OFFSET(timeout_us), .zero = true},
};
const struct key_table test_keys = {"a test", keys, sizeof(keys) / sizeof(keys[0])};

void read_test(struct reader *r, const struct json *n, const char *name, void *entry)
{
    struct test *t = entry;

    *t = (struct test){.name = name, .blocking = true, .timeout_us = DEFAULT_TEST_TIMEOUT_US};
    reader_object(r, n, &test_keys, t);
    if (json_type(n) != JSON_OBJECT)
        return;
    bool command = json_get(n, "command") != NULL;
    bool probe = json_get(n, "probe") != NULL;
    if (!command && !probe)
        reader_fault(r, "required", "a test needs \"command\" or \"probe\"");
    if (command && probe)
        problem_hint(reader_fault(r, "value", "a test has either \"command\" or \"probe\", not both"),
                     "make two tests of it");
}
