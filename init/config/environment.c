#include "init/config/environment.h"

#include <string.h>

#include "init/config/resolve.h"

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

/* Number of the first entry of that name, or ENVIRONMENT_NONE. */
static uint32_t find(const struct environment *e, const char *name)
{
    return e->slots[slot_of(e, name, strlen(name))];
}

const char *environment_value(const struct environment *e, const char *name)
{
    uint32_t i = find(e, name);
    return i == ENVIRONMENT_NONE ? NULL : e->entries[i] + strlen(name) + 1;
}

char **config_environment(const struct config *c, char *const *environ_, struct arena *a)
{
    struct environment e;
    environment_index(&e, environ_, a);
    char **out = arena_alloc(a, e.count + c->count + 1, sizeof(*out));
    size_t used = 0;
    /* Where each entry went, so that its value can still be replaced. */
    size_t *place = arena_alloc(a, (size_t)e.count + 1, sizeof(*place));
    for (uint32_t i = 0; i < e.count; i++) {
        place[i] = used;
        if (!e.repeated[i])
            out[used++] = environ_[i];
    }
    for (size_t i = 0; i < c->count; i++) {
        const struct setting *s = &c->settings[i];
        if (!s->value)
            continue;
        uint32_t at = find(&e, s->variable->name);
        bool same = at != ENVIRONMENT_NONE && strcmp(environ_[at] + strlen(s->variable->name) + 1, s->value) == 0;
        if (!same)
            out[at == ENVIRONMENT_NONE ? used++ : place[at]] = arena_printf(a, "%s=%s", s->variable->name, s->value);
    }
    return out;
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
