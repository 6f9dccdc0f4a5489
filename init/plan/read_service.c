#include <stddef.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

#define GIVE_UP_AFTER_MAX 1000
#define FAILURE_THRESHOLD_MAX 1000

#define OFFSET(member) offsetof(struct service, member)

static void read_ready_fd(struct reader *r, const struct json *n, void *field)
{
    int64_t fd = 0;

    if (!json_integer(n, &fd) || fd < READY_FD_MIN || fd > READY_FD_MAX) {
        problem_hint(reader_fault(r, "value", "not a descriptor that a service can write its readiness to"),
                     "write a whole number from %d to %d", READY_FD_MIN, READY_FD_MAX);
        return;
    }
    *(uint8_t *)field = (uint8_t)fd;
}

static const struct key ready_fd_keys[] = {
    {.name = "fd", .kind = KEY_OWN, .required = true, .offset = OFFSET(ready_fd), .read = read_ready_fd},
};
static const struct key_table ready_keys = {"\"ready\"", ready_fd_keys,
                                            sizeof(ready_fd_keys) / sizeof(ready_fd_keys[0])};

static void read_ready(struct reader *r, const struct json *n, void *entry)
{
    struct service *s = entry;

    if (json_type(n) == JSON_OBJECT) {
        s->ready = READY_BY_DESCRIPTOR;
        reader_object(r, n, &ready_keys, s);
    } else if (reader_word(r, n, &ready_word_names) >= 0) {
        s->ready = READY_BY_NOTIFY;
    }
}

static void read_give_up_after(struct reader *r, const struct json *n, void *field)
{
    int64_t count = 0;

    if (!reader_expect(r, n, JSON_NUMBER))
        return;
    if (json_integer(n, &count) && count >= 0 && count <= GIVE_UP_AFTER_MAX)
        *(uint32_t *)field = (uint32_t)count;
    else
        problem_hint(reader_fault(r, "value", "not a whole number from 0 to %d", GIVE_UP_AFTER_MAX),
                     "0 waits for the timeout, even for what waiting does not heal");
}

static const struct key keys[] = {
    {.name = "description", .kind = KEY_LINE, .offset = OFFSET(description)},
    {.name = "depends_on", .kind = KEY_REFS, .offset = OFFSET(depends_on), .collection = "services"},
    {.name = "after", .kind = KEY_REFS, .offset = OFFSET(after), .collection = "steps"},
    {.name = "needs", .kind = KEY_REFS, .offset = OFFSET(needs), .collection = "variables"},
    {.name = "probe", .kind = KEY_OWN, .offset = OFFSET(probe), .read = read_probe},
    {.name = "run", .kind = KEY_COMMAND, .offset = OFFSET(run)},
    {.name = "secrets", .kind = KEY_OWN, .offset = OFFSET(secrets), .read = reference_secrets},
    {.name = "ready", .kind = KEY_OWN, .read = read_ready},
    {.name = "required", .kind = KEY_BOOL, .offset = OFFSET(required)},
    {.name = "timeout", .kind = KEY_DURATION, .offset = OFFSET(timeout_us), .zero = true},
    {.name = "interval", .kind = KEY_DURATION, .offset = OFFSET(interval_us), .zero = true},
    {.name = "failure_threshold",
     .kind = KEY_COUNT,
     .offset = OFFSET(failure_threshold),
     .limit = FAILURE_THRESHOLD_MAX},
    {.name = "give_up_after", .kind = KEY_OWN, .offset = OFFSET(give_up_after), .read = read_give_up_after},
    {.name = "stop_grace", .kind = KEY_DURATION, .offset = OFFSET(stop_grace_us)},
};
const struct key_table service_keys = {"a service", keys, sizeof(keys) / sizeof(keys[0])};

void read_service(struct reader *r, const struct json *n, const char *name, void *entry)
{
    struct service *s = entry;

    *s = (struct service){
        .name = name,
        .description = "",
        .required = true,
        .timeout_us = DEFAULT_SERVICE_TIMEOUT_US,
        .interval_us = DEFAULT_INTERVAL_US,
        .failure_threshold = DEFAULT_FAILURE_THRESHOLD,
        .give_up_after = DEFAULT_GIVE_UP_AFTER,
        .stop_grace_us = DEFAULT_STOP_GRACE_US,
    };
    reader_object(r, n, &service_keys, s);
    reader_needs_command(r, n, "secrets", json_get(n, "run") || json_get(json_get(n, "probe"), "command"));
    if (s->ready != READY_BY_PROBE && !json_get(n, "run"))
        problem_hint(reader_fault(r, "required", "a service with \"ready\" needs \"run\""),
                     "only a process that muster starts can tell it");
    if (json_type(n) == JSON_OBJECT && !json_get(n, "probe") && !json_get(n, "run"))
        problem_hint(reader_fault(r, "required", "a service needs \"probe\" or \"run\""),
                     "\"probe\" tells when it is healthy, \"run\" starts it");
}
