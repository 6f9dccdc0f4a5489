#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"
#include "init/plan/target.h"

#define STATUS_DEFAULT_MIN 200
#define STATUS_DEFAULT_MAX 399
#define HOLD_MAX_US (60 * US_PER_S)
/* An answer of a name server has room for so many. */
#define ADDRESSES_MAX 1000
/* The kernel's TASK_COMM_LEN is 16, with the NUL. */
#define PROCESS_NAME_MAX 15

static void read_kind(struct reader *r, const struct json *n, void *field)
{
    int found = reader_word(r, n, &probe_kind_names);

    if (found >= 0)
        *(enum probe_kind *)field = (enum probe_kind)(found + 1);
}

static const char *database_element(struct reader *r, const struct json *n)
{
    int64_t number = 0;
    const char *text = NULL;

    if (json_type(n) == JSON_STRING) {
        text = reader_text(r, n);
        if (!text || reference_found(text))
            return text;
    } else if (json_integer(n, &number)) {
        text = arena_printf(r->arena, "%" PRId64, number);
    } else {
        reader_fault(r, "type", "expected a whole number or a string, found %s", json_type_name(json_type(n)));
        return NULL;
    }
    return target_database(text, &(uint8_t){0}, r->at.text, r->problems) ? text : NULL;
}

static void read_databases(struct reader *r, const struct json *n, void *field)
{
    reader_list(r, n, TARGET_DATABASES_MAX, database_element, field);
}

static void read_role(struct reader *r, const struct json *n, void *field)
{
    int role = reader_word(r, n, &role_names);

    if (role >= 0)
        *(uint8_t *)field = (uint8_t)(role + 1);
}

static void read_record(struct reader *r, const struct json *n, void *field)
{
    int record = reader_word(r, n, &record_names);

    if (record >= 0)
        *(uint8_t *)field = (uint8_t)record;
}

static void read_address_count(struct reader *r, const struct json *n, void *field)
{
    int64_t count = 0;

    if (read_whole(r, n, 1, ADDRESSES_MAX, "", &count))
        *(uint16_t *)field = (uint16_t)count;
}

static void read_process_name(struct reader *r, const struct json *n, void *field)
{
    const char *name = reader_line(r, n);

    if (name && strlen(name) > PROCESS_NAME_MAX)
        problem_hint(reader_fault(r, "value", "no process has so long a name"),
                     "names are as in /proc/PID/comm: at most %d bytes", PROCESS_NAME_MAX);
    else if (name)
        *(const char **)field = name;
}

static void read_expect(struct reader *r, const struct json *n, void *field)
{
    *(bool *)field = reader_word(r, n, &expect_names) == 1;
}

#define OFFSET(member) offsetof(struct probe, member)

static const struct key keys[] = {
    {.name = "type", .kind = KEY_OWN, .required = true, .offset = OFFSET(kind), .read = read_kind},
    {.name = "url", .kind = KEY_TEXT, .offset = OFFSET(url)},
    {.name = "method", .kind = KEY_OWN, .read = read_method},
    {.name = "headers", .kind = KEY_OWN, .read = read_headers},
    {.name = "body", .kind = KEY_TEXT, .offset = OFFSET(body)},
    {.name = "status", .kind = KEY_OWN, .read = read_status},
    {.name = "redirects", .kind = KEY_OWN, .read = read_redirects},
    {.name = "expect_headers", .kind = KEY_OWN, .read = read_expect_headers},
    {.name = "expect_body", .kind = KEY_OWN, .read = read_expect_body},
    {.name = "databases", .kind = KEY_OWN, .offset = OFFSET(databases), .read = read_databases},
    {.name = "key", .kind = KEY_TEXT, .offset = OFFSET(key)},
    {.name = "role", .kind = KEY_OWN, .offset = OFFSET(role), .read = read_role},
    {.name = "server", .kind = KEY_TEXT, .offset = OFFSET(server)},
    {.name = "record", .kind = KEY_OWN, .offset = OFFSET(record), .read = read_record},
    {.name = "count", .kind = KEY_OWN, .offset = OFFSET(address_count), .read = read_address_count},
    {.name = "address", .kind = KEY_TEXT, .offset = OFFSET(address)},
    {.name = "proxy", .kind = KEY_TEXT, .offset = OFFSET(proxy)},
    {.name = "hold", .kind = KEY_DURATION, .offset = OFFSET(hold_us), .limit = HOLD_MAX_US, .zero = true},
    {.name = "tls", .kind = KEY_OWN, .offset = OFFSET(tls), .read = read_probe_tls},
    {.name = "command", .kind = KEY_COMMAND, .offset = OFFSET(command)},
    {.name = "path", .kind = KEY_TEXT, .offset = OFFSET(path)},
    {.name = "fresher_than", .kind = KEY_DURATION, .offset = OFFSET(fresh_us)},
    {.name = "name", .kind = KEY_OWN, .offset = OFFSET(process), .read = read_process_name},
    {.name = "pid_file", .kind = KEY_TEXT, .offset = OFFSET(path)},
    {.name = "expect", .kind = KEY_OWN, .offset = OFFSET(down), .read = read_expect},
    {.name = "timeout", .kind = KEY_DURATION, .offset = OFFSET(timeout_us), .limit = PROBE_TIMEOUT_MAX_US},
};
const struct key_table probe_keys = {"a probe", keys, sizeof(keys) / sizeof(keys[0])};

#define BIT(kind) (1U << (kind))
#define HTTP BIT(PROBE_HTTP)
#define REDIS BIT(PROBE_REDIS)
#define DNS BIT(PROBE_DNS)
#define BY_URL                                                                                                         \
    (BIT(PROBE_TCP) | BIT(PROBE_UNIX) | HTTP | REDIS | BIT(PROBE_WEBSOCKET) | BIT(PROBE_GRPC) | DNS |                  \
     BIT(PROBE_POSTGRES) | BIT(PROBE_MYSQL))

/* Which probe has which of the keys that not all have. */
static const struct {
    const char *key;
    unsigned kinds;
    unsigned required;
} rules[] = {
    {"url", BY_URL, BY_URL & ~BIT(PROBE_UNIX)},
    {"method", HTTP, 0},
    {"headers", HTTP | BIT(PROBE_WEBSOCKET), 0},
    {"body", HTTP, 0},
    {"status", HTTP, 0},
    {"redirects", HTTP, 0},
    {"expect_headers", HTTP, 0},
    {"expect_body", HTTP | BIT(PROBE_FILE), 0},
    {"databases", REDIS, 0},
    {"key", REDIS, 0},
    {"role", REDIS, 0},
    {"server", DNS, 0},
    {"record", DNS, 0},
    {"count", DNS, 0},
    {"address", DNS, 0},
    {"proxy", BIT(PROBE_TCP) | HTTP | BIT(PROBE_WEBSOCKET), 0},
    {"hold", BIT(PROBE_TCP) | BIT(PROBE_UNIX), 0},
    {"tls", HTTP | REDIS | BIT(PROBE_WEBSOCKET) | BIT(PROBE_GRPC), 0},
    {"command", BIT(PROBE_EXEC), BIT(PROBE_EXEC)},
    {"path", BIT(PROBE_FILE) | BIT(PROBE_UNIX), BIT(PROBE_FILE)},
    {"fresher_than", BIT(PROBE_FILE), 0},
    {"name", BIT(PROBE_PROCESS), 0},
    {"pid_file", BIT(PROBE_PROCESS), 0},
};

static void check_keys_of_kind(struct reader *r, const struct json *n, enum probe_kind kind)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        bool given = json_get(n, rules[i].key) != NULL;
        bool allowed = rules[i].kinds & BIT(kind);

        if (!given && rules[i].required & BIT(kind))
            reader_fault(r, "required", "a probe of type %s needs \"%s\"", probe_kind_name(kind), rules[i].key);
        if (allowed || !given)
            continue;
        size_t up = json_pointer_push(&r->at, rules[i].key);
        reader_fault(r, "key.unknown", "a probe of type %s has no key \"%s\"", probe_kind_name(kind), rules[i].key);
        json_pointer_pop(&r->at, up);
    }
}

/* Where one of two keys says what to look at. */
static void check_either(struct reader *r, const struct json *n, enum probe_kind kind, const char *one,
                         const char *other)
{
    bool both = json_get(n, one) && json_get(n, other);

    if (both)
        problem_hint(reader_fault(r, "value", "a probe of type %s has either \"%s\" or \"%s\", not both",
                                  probe_kind_name(kind), one, other),
                     "remove one of them");
    else if (!json_get(n, one) && !json_get(n, other))
        reader_fault(r, "required", "a probe of type %s needs \"%s\" or \"%s\"", probe_kind_name(kind), one, other);
}

/* What holds no variable can be judged now. */
static void check_target(struct reader *r, const struct json *n, const struct probe *p)
{
    size_t up;

    if (p->url && BY_URL & BIT(p->kind) && !reference_found(p->url)) {
        struct wire_probe_request request;
        up = json_pointer_push(&r->at, "url");
        target_parse(p->kind, p->url, r->arena, &request, NULL, r->at.text, r->problems);
        json_pointer_pop(&r->at, up);
    }
    if (p->path && p->path[0] != '/' && !reference_found(p->path)) {
        up = json_pointer_push(&r->at, json_get(n, "pid_file") ? "pid_file" : "path");
        problem_hint(reader_fault(r, "path.relative", "the path of a probe has to be absolute"), "begin it with \"/\"");
        json_pointer_pop(&r->at, up);
    }
}

void read_probe(struct reader *r, const struct json *n, void *field)
{
    struct probe *p = field;

    *p = (struct probe){
        .status_min = STATUS_DEFAULT_MIN,
        .status_max = STATUS_DEFAULT_MAX,
        .address_count = 1,
        .hold_us = DEFAULT_HOLD_US,
        .timeout_us = DEFAULT_PROBE_TIMEOUT_US,
    };
    reader_object(r, n, &probe_keys, p);
    if (p->kind == PROBE_NONE)
        return;
    check_keys_of_kind(r, n, p->kind);
    if (p->kind == PROBE_UNIX)
        check_either(r, n, p->kind, "url", "path");
    if (p->kind == PROBE_PROCESS)
        check_either(r, n, p->kind, "name", "pid_file");
    if (json_get(n, "hold") && p->hold_us >= p->timeout_us)
        reader_fault(r, "value", "\"hold\" is not shorter than \"timeout\": it would never be healthy");
    check_target(r, n, p);
}
