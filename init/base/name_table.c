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

/* The slot that holds that name, or the free one where it belongs. */
static struct name_slot *slot_of(const struct name_table *t, const char *name, size_t len, uint32_t hash)
{
    uint32_t at = hash & t->mask;
    for (; t->slots[at].name; at = (at + 1) & t->mask) {
        const struct name_slot *s = &t->slots[at];
        if (s->hash == hash && strncmp(s->name, name, len) == 0 && s->name[len] == '\0')
            break;
    }
    return &t->slots[at];
}

void name_table_init(struct name_table *t, size_t most, struct arena *a)
{
    size_t slots = SLOTS_MIN;
    while (slots < 2 * most)
        slots *= 2;
    t->slots = arena_alloc(a, slots, sizeof(*t->slots));
    t->mask = (uint32_t)(slots - 1);
}

uint32_t name_table_add(struct name_table *t, const char *name, uint32_t number)
{
    size_t len = strlen(name);
    uint32_t hash = hash_of(name, len);
    struct name_slot *s = slot_of(t, name, len, hash);
    if (s->name)
        return s->number;
    *s = (struct name_slot){.name = name, .hash = hash, .number = number};
    return NAME_TABLE_NONE;
}

uint32_t name_table_find(const struct name_table *t, const char *name, size_t len)
{
    const struct name_slot *s = slot_of(t, name, len, hash_of(name, len));
    return s->name ? s->number : NAME_TABLE_NONE;
}
