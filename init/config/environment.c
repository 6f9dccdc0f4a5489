#include "init/config/environment.h"

#include <string.h>

/* FNV-1a, 32 bits. The table is no larger than what execve(2) lets in, and chains cost time only before hand-off. */
static uint32_t hash_name(const char *name, size_t len)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619U;
    return h;
}

static bool entry_has_name(const char *entry, const char *name, size_t len)
{
    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

/* The slot that holds that name, or the free one where it belongs. */
static uint32_t slot_of(const struct environment *e, const char *name, size_t len)
{
    uint32_t slot = hash_name(name, len) & e->mask;
    while (e->slots[slot] != ENVIRONMENT_NONE && !entry_has_name(e->entries[e->slots[slot]], name, len))
        slot = (slot + 1) & e->mask;
    return slot;
}

void environment_index(struct environment *e, char *const *environ_, struct arena *a)
{
    uint32_t count = 0;
    uint32_t slots = 16;
    while (environ_[count])
        count++;
    while (slots < 2 * count)
        slots *= 2;
    *e = (struct environment){.entries = environ_, .count = count, .mask = slots - 1};
    e->slots = arena_alloc(a, slots, sizeof(*e->slots));
    e->repeated = arena_alloc(a, (size_t)count + 1, sizeof(*e->repeated));
    memset(e->slots, 0xff, slots * sizeof(*e->slots));
    for (uint32_t i = 0; i < count; i++) {
        const char *equals = strchr(environ_[i], '=');
        if (!equals || equals == environ_[i])
            continue;
        uint32_t slot = slot_of(e, environ_[i], (size_t)(equals - environ_[i]));
        e->repeated[i] = e->slots[slot] != ENVIRONMENT_NONE;
        if (!e->repeated[i])
            e->slots[slot] = i;
    }
}

uint32_t environment_find(const struct environment *e, const char *name)
{
    return e->slots[slot_of(e, name, strlen(name))];
}

const char *environment_value(const struct environment *e, const char *name)
{
    uint32_t i = environment_find(e, name);
    return i == ENVIRONMENT_NONE ? NULL : e->entries[i] + strlen(name) + 1;
}

const char *environment_get(char *const *environ_, const char *name)
{
    size_t len = strlen(name);
    for (; *environ_ != NULL; environ_++) {
        if (strncmp(*environ_, name, len) == 0 && (*environ_)[len] == '=') {
            const char *value = *environ_ + len + 1;
            return *value == '\0' ? NULL : value;
        }
    }
    return NULL;
}

char **environment_copy(char *const *environ_, struct arena *a)
{
    size_t count = 0;
    while (environ_[count])
        count++;
    char **out = arena_alloc(a, count + 1, sizeof(*out));
    for (size_t i = 0; i < count; i++)
        out[i] = arena_strdup(a, environ_[i]);
    return out;
}
