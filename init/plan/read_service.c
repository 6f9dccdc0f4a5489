#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/name_table.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

#define GIVE_UP_AFTER_MAX 1000
#define THRESHOLD_MAX 1000
#define RESTART_LIMIT_MAX 1000000

static void read_give_up_after(struct reader *r, const struct json *n, void *field)
{
    int64_t count = 0;

    if (read_whole(r, n, 0, GIVE_UP_AFTER_MAX, "0 waits for the timeout, even for what waiting does not heal", &count))
        *(uint32_t *)field = (uint32_t)count;
}

static void read_restart_limit(struct reader *r, const struct json *n, void *field)
{
    int64_t count = 0;

    if (read_whole(r, n, 0, RESTART_LIMIT_MAX, "0 restarts it for ever", &count))
        *(uint32_t *)field = (uint32_t)count;
}

#define OFFSET(member) offsetof(struct service, member)

static const struct key keys[] = {
    {.name = "description", .kind = KEY_LINE, .offset = OFFSET(description)},
    {.name = "depends_on", .kind = KEY_REFS, .offset = OFFSET(depends_on), .collection = "services"},
    {.name = "after", .kind = KEY_REFS, .offset = OFFSET(after), .collection = "steps"},
    {.name = "needs", .kind = KEY_REFS, .offset = OFFSET(needs), .collection = "variables"},
    {.name = "probe", .kind = KEY_OWN, .offset = OFFSET(probe), .read = read_probe},
    {.name = "any_of", .kind = KEY_REFS, .offset = OFFSET(any_of), .collection = "services"},
    {.name = "at_least", .kind = KEY_COUNT, .offset = OFFSET(at_least), .limit = MANIFEST_ARGS_MAX},
    {.name = "run", .kind = KEY_COMMAND, .offset = OFFSET(run)},
    {.name = "secrets", .kind = KEY_OWN, .offset = OFFSET(secrets), .read = reference_secrets},
    {.name = "ready", .kind = KEY_OWN, .read = read_ready},
    {.name = "required", .kind = KEY_BOOL, .offset = OFFSET(required)},
    {.name = "timeout", .kind = KEY_DURATION, .offset = OFFSET(timeout_us), .zero = true},
    {.name = "interval", .kind = KEY_DURATION, .offset = OFFSET(interval_us), .zero = true},
    {.name = "start_period", .kind = KEY_DURATION, .offset = OFFSET(start_period_us), .zero = true},
    {.name = "retry_min", .kind = KEY_DURATION, .offset = OFFSET(retry_min_us)},
    {.name = "retry_max", .kind = KEY_DURATION, .offset = OFFSET(retry_max_us)},
    {.name = "jitter", .kind = KEY_OWN, .offset = OFFSET(jitter), .read = read_jitter},
    {.name = "success_threshold", .kind = KEY_COUNT, .offset = OFFSET(success_threshold), .limit = THRESHOLD_MAX},
    {.name = "failure_threshold", .kind = KEY_COUNT, .offset = OFFSET(failure_threshold), .limit = THRESHOLD_MAX},
    {.name = "give_up_after", .kind = KEY_OWN, .offset = OFFSET(give_up_after), .read = read_give_up_after},
    {.name = "when_lost", .kind = KEY_OWN, .read = read_when_lost},
    READ_PROCESS_KEYS(OFFSET(process)),
    {.name = "restart", .kind = KEY_WORD, .offset = OFFSET(restart), .words = &restart_names},
    {.name = "restart_delay", .kind = KEY_DURATION, .offset = OFFSET(restart_delay_us)},
    {.name = "restart_delay_max", .kind = KEY_DURATION, .offset = OFFSET(restart_max_us)},
    {.name = "restart_limit", .kind = KEY_OWN, .offset = OFFSET(restart_limit), .read = read_restart_limit},
    {.name = "restart_window", .kind = KEY_DURATION, .offset = OFFSET(restart_window_us)},
    {.name = "stop_signal", .kind = KEY_OWN, .read = read_stop_signal},
    {.name = "stop_grace", .kind = KEY_DURATION, .offset = OFFSET(stop_grace_us)},
    {.name = "log_limit", .kind = KEY_OWN, .read = read_log_limit},
};
const struct key_table service_keys = {"a service", keys, sizeof(keys) / sizeof(keys[0])};

static void check_needs_run(struct reader *r, const struct json *n, const struct service *s)
{
    static const char *const own[] = {
        "user",           "groups",      "environment",   "directory",         "umask",
        "limits",         "restart",     "restart_delay", "restart_delay_max", "restart_limit",
        "restart_window", "stop_signal", "log_limit"};
    bool runs = json_get(n, "run") != NULL;

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        reader_needs_command(r, n, own[i], runs);
    reader_needs_command(r, n, "secrets", runs || json_get(json_get(n, "probe"), "command"));
    if (s->ready != READY_BY_PROBE && !runs)
        problem_hint(reader_fault(r, "required", "a service with \"ready\" needs \"run\""),
                     "only a process that muster starts can tell it");
}

static bool lists(const struct strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0)
            return true;
    }
    return false;
}

static void check_group(struct reader *r, const struct json *n, const struct service *s)
{
    if (json_get(n, "probe") || json_get(n, "run"))
        problem_hint(reader_fault(r, "value", "a service with \"any_of\" has neither \"probe\" nor \"run\""),
                     "it is healthy when enough of the services it lists are");
    size_t up = json_pointer_push(&r->at, "any_of");
    if (json_type(json_get(n, "any_of")) == JSON_ARRAY && json_count(json_get(n, "any_of")) == 0)
        reader_fault(r, "value", "the list is empty");
    for (size_t i = 0; i < s->any_of.count; i++) {
        size_t in = json_pointer_index(&r->at, i);
        if (lists(&s->depends_on, s->any_of.items[i]))
            problem_hint(reader_fault(r, "value", "\"%s\" is in \"depends_on\" too", s->any_of.items[i]),
                         "one of many, or one that is needed: not both");
        json_pointer_pop(&r->at, in);
    }
    json_pointer_pop(&r->at, up);
    up = json_pointer_push(&r->at, "at_least");
    if (s->any_of.count > 0 && s->at_least > s->any_of.count)
        reader_fault(r, "value", "more than \"any_of\" lists");
    json_pointer_pop(&r->at, up);
}

static void check_shape(struct reader *r, const struct json *n, const struct service *s)
{
    if (json_get(n, "any_of")) {
        check_group(r, n, s);
        return;
    }
    if (json_get(n, "at_least"))
        reader_fault(r, "required", "\"at_least\" needs \"any_of\"");
    if (!json_get(n, "probe") && !json_get(n, "run"))
        problem_hint(reader_fault(r, "required", "a service needs \"probe\" or \"run\""),
                     "\"probe\" tells when it is healthy, \"run\" starts it");
}

void read_service(struct reader *r, const struct json *n, const char *name, void *entry)
{
    struct service *s = entry;

    *s = (struct service){
        .name = name,
        .description = "",
        .at_least = 1,
        .required = true,
        .timeout_us = DEFAULT_SERVICE_TIMEOUT_US,
        .interval_us = DEFAULT_INTERVAL_US,
        .retry_max_us = DEFAULT_RETRY_MAX_US,
        .jitter = DEFAULT_JITTER,
        .success_threshold = 1,
        .failure_threshold = DEFAULT_FAILURE_THRESHOLD,
        .give_up_after = DEFAULT_GIVE_UP_AFTER,
        .restart_delay_us = DEFAULT_RESTART_DELAY_US,
        .restart_max_us = DEFAULT_RESTART_MAX_US,
        .restart_limit = DEFAULT_RESTART_LIMIT,
        .restart_window_us = DEFAULT_RESTART_WINDOW_US,
        .stop_signal = SIGTERM,
        .stop_grace_us = DEFAULT_STOP_GRACE_US,
        .log_limit = DEFAULT_LOG_LIMIT,
    };
    reader_object(r, n, &service_keys, s);
    if (json_type(n) != JSON_OBJECT)
        return;
    check_needs_run(r, n, s);
    read_check_pauses(r, n, "retry_min", &s->retry_min_us, "retry_max", &s->retry_max_us);
    read_check_pauses(r, n, "restart_delay", &s->restart_delay_us, "restart_delay_max", &s->restart_max_us);
    if (s->process.directory)
        read_check_directory(r, s->process.directory);
    check_shape(r, n, s);
}

void read_groups(const struct json *collection, struct manifest *m, struct arena *a)
{
    bool *says = arena_alloc(a, m->service_count, sizeof(*says));
    const struct json *child = json_first(collection);
    struct name_table names;

    name_table_init(&names, m->service_count, &m->services->name, sizeof(*m->services), a);
    for (size_t i = 0; i < m->service_count; i++, child = json_next(child)) {
        says[i] = json_get(child, "required") != NULL;
        name_table_add(&names, (uint32_t)i);
    }
    for (size_t i = 0; i < m->service_count; i++) {
        const struct strings *members = &m->services[i].any_of;
        for (size_t k = 0; k < members->count; k++) {
            uint32_t member = name_table_find(&names, members->items[k], strlen(members->items[k]));
            if (member != NAME_TABLE_NONE && !says[member])
                m->services[member].required = false;
        }
    }
}
