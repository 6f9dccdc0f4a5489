#include "init/base/name_table.h"

#include <string.h>

#define SLOTS_MIN 16

/* FNV-1a, 32 bits. Names come from manifests and environments, both of which the operator writes. */
static uint32_t hash_of(const char *name, size_t len)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619U;
    return h;
}

static const char *name_at(const struct name_table *t, uint32_t number)
{
    const char *name;
    memcpy(&name, t->first + number * t->step, sizeof(name));
    return name;
}

/* The slot that holds that name, or the free one where it belongs. */
static struct name_slot *slot_of(const struct name_table *t, const char *name, size_t len, uint32_t hash)
{
    uint32_t at = hash & t->mask;
    for (; t->slots[at].number != NAME_TABLE_NONE; at = (at + 1) & t->mask) {
        if (t->slots[at].hash != hash)
            continue;
        const char *other = name_at(t, t->slots[at].number);
        if (strncmp(other, name, len) == 0 && other[len] == '\0')
            break;
    }
    return &t->slots[at];
}

void name_table_init(struct name_table *t, size_t most, const char *const *first, size_t step, struct arena *a)
{
    size_t slots = SLOTS_MIN;
    while (slots < 2 * most)
        slots *= 2;
    *t = (struct name_table){.mask = (uint32_t)(slots - 1), .first = (const char *)first, .step = step};
    t->slots = arena_alloc(a, slots, sizeof(*t->slots));
    memset(t->slots, 0xff, slots * sizeof(*t->slots));
}

uint32_t name_table_add(struct name_table *t, uint32_t number)
{
    const char *name = name_at(t, number);
    size_t len = strlen(name);
    uint32_t hash = hash_of(name, len);
    struct name_slot *s = slot_of(t, name, len, hash);
    if (s->number != NAME_TABLE_NONE)
        return s->number;
    *s = (struct name_slot){.hash = hash, .number = number};
    return NAME_TABLE_NONE;
}

uint32_t name_table_find(const struct name_table *t, const char *name, size_t len)
{
    return slot_of(t, name, len, hash_of(name, len))->number;
}
