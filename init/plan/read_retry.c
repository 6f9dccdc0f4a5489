#include <stddef.h>

#include "init/base/clock.h"
#include "init/plan/read.h"

#define RETRY_MAX 1000
#define EXIT_CODE_MAX 255
/* Half: a pause is never less than half of what was asked for. */
#define JITTER_MAX 50

void read_jitter(struct reader *r, const struct json *n, void *field)
{
    int64_t per_cent = 0;

    if (read_whole(r, n, 0, JITTER_MAX, "per cent of each pause, up and down", &per_cent))
        *(uint8_t *)field = (uint8_t)per_cent;
}

void read_check_pauses(struct reader *r, const struct json *n, const char *min_key, uint64_t *min, const char *max_key,
                       uint64_t *max)
{
    if (*min <= *max)
        return;
    if (!json_get(n, max_key)) {
        *max = *min;
    } else if (!json_get(n, min_key)) {
        *min = *max;
    } else {
        size_t up = json_pointer_push(&r->at, min_key);
        reader_fault(r, "value", "\"%s\" is longer than \"%s\"", min_key, max_key);
        json_pointer_pop(&r->at, up);
    }
}

/* 0 is no failure. */
static void read_exits(struct reader *r, const struct json *n, void *entry)
{
    struct step_retry *retry = entry;
    size_t index = 0;
    size_t kept = 0;

    if (!reader_array(r, n, EXIT_CODE_MAX))
        return;
    if (json_count(n) == 0)
        problem_hint(reader_fault(r, "value", "the list is empty"), "leave it out to try again after any failure");
    uint8_t *exits = arena_alloc(r->arena, json_count(n) + 1, sizeof(*exits));
    for (const struct json *child = json_first(n); child; child = json_next(child)) {
        size_t up = json_pointer_index(&r->at, index++);
        int64_t code = 0;
        if (read_whole(r, child, 1, EXIT_CODE_MAX, "exit codes after which it is tried again", &code))
            exits[kept++] = (uint8_t)code;
        json_pointer_pop(&r->at, up);
    }
    retry->exits = exits;
    retry->exit_count = kept;
}

#define OFFSET(member) offsetof(struct step_retry, member)

static const struct key keys[] = {
    {.name = "max", .kind = KEY_COUNT, .required = true, .offset = OFFSET(max), .limit = RETRY_MAX},
    {.name = "backoff", .kind = KEY_DURATION, .offset = OFFSET(delay_us), .zero = true},
    {.name = "max_backoff", .kind = KEY_DURATION, .offset = OFFSET(delay_max_us), .zero = true},
    {.name = "jitter", .kind = KEY_OWN, .offset = OFFSET(jitter), .read = read_jitter},
    {.name = "on_exit", .kind = KEY_OWN, .read = read_exits},
    {.name = "timeout", .kind = KEY_DURATION, .offset = OFFSET(timeout_us), .zero = true},
};
const struct key_table retry_keys = {"\"retry\"", keys, sizeof(keys) / sizeof(keys[0])};

void read_retry(struct reader *r, const struct json *n, void *field)
{
    struct step_retry *retry = field;
    int64_t max = 0;

    if (json_type(n) == JSON_OBJECT) {
        reader_object(r, n, &retry_keys, retry);
        read_check_pauses(r, n, "backoff", &retry->delay_us, "max_backoff", &retry->delay_max_us);
    } else if (json_type(n) != JSON_NUMBER) {
        reader_fault(r, "type", "expected a number or an object, found %s", json_type_name(json_type(n)));
    } else if (read_whole(r, n, 1, RETRY_MAX, "attempts in all: 1 is no second one", &max)) {
        retry->max = (uint32_t)max;
    }
}
