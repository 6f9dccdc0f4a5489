#include <stddef.h>

#include "init/base/clock.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

void read_environments(struct reader *r, const struct json *n, void *field)
{
    reference_environment_list(r, n, false, field);
}

#define OFFSET(member) offsetof(struct test, member)

static const struct key keys[] = {
    {.name = "type", .kind = KEY_WORD, .required = true, .offset = OFFSET(type), .words = &test_type_names},
    {.name = "services", .kind = KEY_REFS, .offset = OFFSET(services), .collection = "services"},
    {.name = "environments", .kind = KEY_OWN, .offset = OFFSET(environments), .read = read_environments},
    {.name = "blocking", .kind = KEY_BOOL, .offset = OFFSET(blocking)},
    {.name = "required", .kind = KEY_BOOL, .offset = OFFSET(required)},
    {.name = "command", .kind = KEY_COMMAND, .offset = OFFSET(command)},
    {.name = "secrets", .kind = KEY_OWN, .offset = OFFSET(secrets), .read = reference_secrets},
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
    reader_needs_command(r, n, "secrets", command || json_get(json_get(n, "probe"), "command"));
    if (command && probe)
        problem_hint(reader_fault(r, "value", "a test has either \"command\" or \"probe\", not both"),
                     "make two tests of it");
}
