#include <inttypes.h>

#include "init/plan/read.h"

void read_pairs(struct reader *r, const struct json *n, const struct pair_rules *rules, struct pairs *out)
{
    size_t found = json_count(n);
    size_t count = 0;

    if (!reader_expect(r, n, JSON_OBJECT))
        return;
    if (found > rules->max) {
        reader_fault(r, "limit", "%zu %ss; at most %zu are allowed", found, rules->noun, rules->max);
        return;
    }
    const char **names = arena_alloc(r->arena, found + 1, sizeof(*names));
    const char **values = arena_alloc(r->arena, found + 1, sizeof(*values));
    for (const struct json *child = json_first(n); child; child = json_next(child)) {
        size_t up = json_pointer_push(&r->at, json_key(child));
        const char *value = rules->value(r, child);

        if (!rules->name_is_valid(json_key(child)))
            problem_hint(reader_fault(r, "name", "\"%s\" is not a valid %s name", json_key(child), rules->noun), "%s",
                         rules->name_rule);
        json_pointer_pop(&r->at, up);
        if (!value)
            continue;
        names[count] = arena_strdup(r->arena, json_key(child));
        values[count++] = value;
    }
    *out = (struct pairs){.names = names, .values = values, .count = count};
}

bool read_whole(struct reader *r, const struct json *n, int64_t min, int64_t max, const char *hint, int64_t *out)
{
    if (!reader_expect(r, n, JSON_NUMBER))
        return false;
    if (json_integer(n, out) && *out >= min && *out <= max)
        return true;
    problem_hint(reader_fault(r, "value", "not a whole number from %" PRId64 " to %" PRId64, min, max), "%s", hint);
    return false;
}
