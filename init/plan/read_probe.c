#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/text.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"
#include "init/plan/target.h"

#define HTTP_STATUS_MIN 100
#define HTTP_STATUS_MAX 599
#define STATUS_DEFAULT_MIN 200
#define STATUS_DEFAULT_MAX 399

static void read_kind(struct reader *r, const struct json *n, void *field)
{
    int found = reader_word(r, n, &probe_kind_names);

    if (found >= 0)
        *(enum probe_kind *)field = (enum probe_kind)(found + 1);
}

/* "200-399" or "200", split in place of a copy. */
static bool parse_status(const char *text, int64_t *min, int64_t *max)
{
    char copy[16];
    struct buf b = BUF_OVER(copy);

    buf_puts(&b, text);
    if (b.overflow)
        return false;
    char *dash = strchr(copy, '-');
    if (dash)
        *dash = '\0';
    if (text_parse_int(copy, min) != 0)
        return false;
    *max = *min;
    return !dash || text_parse_int(dash + 1, max) == 0;
}

static void read_status(struct reader *r, const struct json *n, void *entry)
{
    struct probe *p = entry;
    int64_t min = 0;
    int64_t max = 0;
    bool good = false;

    if (json_type(n) == JSON_STRING) {
        good = parse_status(json_string(n), &min, &max);
    } else if (json_integer(n, &min)) {
        good = true;
        max = min;
    }
    if (!good || min < HTTP_STATUS_MIN || max > HTTP_STATUS_MAX || min > max) {
        problem_hint(reader_fault(r, "value", "not a range of HTTP status codes"),
                     "write 200, or \"200-399\"; codes are %d to %d", HTTP_STATUS_MIN, HTTP_STATUS_MAX);
        return;
    }
    p->status_min = (uint16_t)min;
    p->status_max = (uint16_t)max;
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

#define OFFSET(member) offsetof(struct probe, member)

static const struct key keys[] = {
    {.name = "type", .kind = KEY_OWN, .required = true, .offset = OFFSET(kind), .read = read_kind},
    {.name = "url", .kind = KEY_TEXT, .offset = OFFSET(url)},
    {.name = "status", .kind = KEY_OWN, .read = read_status},
    {.name = "databases", .kind = KEY_OWN, .offset = OFFSET(databases), .read = read_databases},
    {.name = "command", .kind = KEY_COMMAND, .offset = OFFSET(command)},
    {.name = "path", .kind = KEY_TEXT, .offset = OFFSET(path)},
    {.name = "timeout", .kind = KEY_DURATION, .offset = OFFSET(timeout_us), .limit = PROBE_TIMEOUT_MAX_US},
};
const struct key_table probe_keys = {"a probe", keys, sizeof(keys) / sizeof(keys[0])};

#define BIT(kind) (1U << (kind))
#define BY_URL (BIT(PROBE_TCP) | BIT(PROBE_HTTP) | BIT(PROBE_REDIS) | BIT(PROBE_WEBSOCKET))

/* Which probe has which of the keys that not all have. */
static const struct {
    const char *key;
    unsigned kinds;
    bool required;
} rules[] = {
    {"url", BY_URL, true},
    {"status", BIT(PROBE_HTTP), false},
    {"databases", BIT(PROBE_REDIS), false},
    {"command", BIT(PROBE_EXEC), true},
    {"path", BIT(PROBE_FILE), true},
};

static void check_keys_of_kind(struct reader *r, const struct json *n, enum probe_kind kind)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        bool given = json_get(n, rules[i].key) != NULL;
        bool allowed = rules[i].kinds & BIT(kind);

        if (allowed && !given && rules[i].required)
            reader_fault(r, "required", "a probe of type %s needs \"%s\"", probe_kind_name(kind), rules[i].key);
        if (allowed || !given)
            continue;
        size_t up = json_pointer_push(&r->at, rules[i].key);
        reader_fault(r, "key.unknown", "a probe of type %s has no key \"%s\"", probe_kind_name(kind), rules[i].key);
        json_pointer_pop(&r->at, up);
    }
}

/* What holds no variable can be judged now. */
static void check_target(struct reader *r, const struct probe *p)
{
    size_t up;

    if (p->url && BY_URL & BIT(p->kind) && !reference_found(p->url)) {
        struct wire_probe_request request;
        up = json_pointer_push(&r->at, "url");
        target_parse(p->kind, p->url, r->arena, &request, NULL, r->at.text, r->problems);
        json_pointer_pop(&r->at, up);
    }
    if (p->path && p->path[0] != '/' && !reference_found(p->path)) {
        up = json_pointer_push(&r->at, "path");
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
        .timeout_us = DEFAULT_PROBE_TIMEOUT_US,
    };
    reader_object(r, n, &probe_keys, p);
    if (p->kind == PROBE_NONE)
        return;
    check_keys_of_kind(r, n, p->kind);
    check_target(r, p);
}
