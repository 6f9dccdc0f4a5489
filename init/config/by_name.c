#include "init/config/by_name.h"

#include <string.h>

static bool in_order(const struct setting *a, const struct setting *b)
{
    return strcmp(a->variable->name, b->variable->name) <= 0;
}

/* The sorted runs [at, middle) and [middle, end) become one. */
static void merge(const struct setting **list, size_t at, size_t middle, size_t end, const struct setting **scratch)
{
    size_t left = 0;
    size_t left_count = middle - at;
    size_t right = middle;
    if (in_order(list[middle - 1], list[middle]))
        return;
    memcpy(scratch, list + at, left_count * sizeof(struct setting *));
    while (left < left_count && right < end) {
        bool take_left = in_order(scratch[left], list[right]);
        list[at++] = take_left ? scratch[left++] : list[right++];
    }
    memcpy(list + at, scratch + left, (left_count - left) * sizeof(struct setting *));
}

void by_name_sort(struct config *c, struct arena *a)
{
    const struct setting **list = arena_alloc(a, c->count + 1, sizeof(struct setting *));
    const struct setting **scratch = arena_alloc(a, c->count + 1, sizeof(struct setting *));
    for (size_t i = 0; i < c->count; i++)
        list[i] = &c->settings[i];
    for (size_t run = 1; run < c->count; run *= 2) {
        for (size_t at = 0; at + run < c->count; at += 2 * run)
            merge(list, at, at + run, at + 2 * run < c->count ? at + 2 * run : c->count, scratch);
    }
    c->by_name = list;
}
