#include "init/setup/history_store.h"

#include <string.h>

#define BLOCK_MIN 16
#define IDS_MIN 64
#define ARTIFACTS_MIN 2
/* A step's line may bring each text twice: for the step and for the attempt. Blocks are at most twice as large as their text. */
#define LINE_ROOM ((size_t)4 * ENTRY_LINE_MAX)

_Static_assert((size_t)BLOCK_MIN << (HISTORY_BLOCK_SIZES - 1) > ENTRY_TEXT_MAX, "the longest text has a block");

static size_t size_class(size_t len)
{
    size_t class = 0;
    while ((size_t)BLOCK_MIN << class <= len) {
        class ++;
    }
    return class;
}

static void *take(struct history *h, size_t count, size_t size)
{
    h->taken += count * size;
    return arena_alloc(h->arena, count, size);
}

bool store_has_room(const struct history *h, const struct past_step *s)
{
    size_t need = LINE_ROOM;
    if (s != NULL && s->artifact_count == s->artifact_room) {
        need += 2 * (s->artifact_room + ARTIFACTS_MIN) * sizeof(*s->artifacts);
    }
    return h->taken + need <= HISTORY_BYTES_MAX;
}

static char *block_get(struct history *h, size_t class)
{
    char *block = h->free_blocks[class];
    if (block == NULL) {
        return take(h, 1, (size_t)BLOCK_MIN << class);
    }
    memcpy(&h->free_blocks[class], block, sizeof(h->free_blocks[class]));
    return block;
}

static void block_put(struct history *h, const char *text)
{
    size_t class = size_class(strlen(text));
    char *block = (char *)(uintptr_t)text;
    memcpy(block, &h->free_blocks[class], sizeof(h->free_blocks[class]));
    h->free_blocks[class] = block;
}

void store_text(struct history *h, const char **at, const char *value)
{
    const char *old = *at;
    if (old == value || (old != NULL && value != NULL && strcmp(old, value) == 0)) {
        return;
    }
    char *copy = NULL;
    if (value != NULL) {
        size_t len = strlen(value);
        copy = block_get(h, size_class(len));
        memcpy(copy, value, len + 1);
    }
    *at = copy;
    if (old != NULL) {
        block_put(h, old);
    }
}

/* The table grows with the steps: each page of it is touched, and most journals have a few. */
static void know_id(struct history *h, size_t number)
{
    if (number == h->ids_room) {
        h->ids_room = h->ids_room == 0 ? IDS_MIN : 2 * h->ids_room;
        name_table_init(&h->ids, h->ids_room, &h->steps[0].id, sizeof(h->steps[0]), h->arena);
        for (size_t i = 0; i < number; i++) {
            (void)name_table_add(&h->ids, (uint32_t)i);
        }
    }
    (void)name_table_add(&h->ids, (uint32_t)number);
}

static uint32_t number_of(const struct history *h, const char *id)
{
    return h->step_count > 0 ? name_table_find(&h->ids, id, strlen(id)) : NAME_TABLE_NONE;
}

struct past_step *history_find(const struct history *h, const char *id)
{
    uint32_t number = number_of(h, id);
    return number != NAME_TABLE_NONE ? &h->steps[number] : NULL;
}

struct past_step *store_step(struct history *h, const char *id)
{
    uint32_t number = number_of(h, id);
    if (number != NAME_TABLE_NONE) {
        return &h->steps[number];
    }
    struct past_step *s = &h->steps[h->step_count];
    *s = (struct past_step){.status = STEP_PENDING, .generation = 1};
    store_text(h, &s->id, id);
    know_id(h, h->step_count++);
    return s;
}

struct past_attempt *store_attempt(struct history *h, struct past_step *s)
{
    if (s->recent_count == HISTORY_ATTEMPTS_MAX) {
        struct past_attempt *oldest = &s->recent[0];
        store_text(h, &oldest->started_at, NULL);
        store_text(h, &oldest->completed_at, NULL);
        store_text(h, &oldest->error, NULL);
        store_text(h, &oldest->definition_sha256, NULL);
        memmove(oldest, oldest + 1, sizeof(*oldest) * (HISTORY_ATTEMPTS_MAX - 1));
        s->recent_count--;
    }
    struct past_attempt *newest = &s->recent[s->recent_count++];
    *newest = (struct past_attempt){.status = STEP_IN_PROGRESS};
    return newest;
}

struct past_artifact *past_artifact_find(const struct past_step *s, const char *path)
{
    for (size_t i = 0; i < s->artifact_count; i++) {
        if (strcmp(s->artifacts[i].path, path) == 0) {
            return &s->artifacts[i];
        }
    }
    return NULL;
}

struct past_artifact *store_artifact(struct history *h, struct past_step *s, const char *path)
{
    struct past_artifact *found = past_artifact_find(s, path);
    if (found != NULL) {
        return found;
    }
    if (s->artifact_count == s->artifact_room) {
        size_t room = s->artifact_room == 0 ? ARTIFACTS_MIN : 2 * s->artifact_room;
        struct past_artifact *larger = take(h, room, sizeof(*larger));
        if (s->artifact_count > 0) {
            memcpy(larger, s->artifacts, s->artifact_count * sizeof(*larger));
        }
        s->artifacts = larger;
        s->artifact_room = room;
    }
    struct past_artifact *a = &s->artifacts[s->artifact_count++];
    *a = (struct past_artifact){.has_before = false};
    store_text(h, &a->path, path);
    return a;
}
