/*
 * name_table - names to numbers: thousands are added and looked up in one pass each. Everything lives in an arena.
 */
#ifndef MUSTER_BASE_NAME_TABLE_H
#define MUSTER_BASE_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"

/* No number: the name is not there. */
#define NAME_TABLE_NONE UINT32_MAX

struct name_slot {
    const char *name; /* NULL: free */
    uint32_t hash;
    uint32_t number;
};

struct name_table {
    struct name_slot *slots;
    uint32_t mask; /* slots - 1, slots being a power of two and at least twice the names */
};

/*
 * name_table_init - empty, with room for @most names.
 */
void name_table_init(struct name_table *t, size_t most, struct arena *a);

/*
 * name_table_add - @name is borrowed. At most as often as name_table_init() was told.
 *
 * Returns NAME_TABLE_NONE, or the number that the name has already and keeps.
 */
uint32_t name_table_add(struct name_table *t, const char *name, uint32_t number);

/*
 * name_table_find - the number of the name of @len bytes at @name, or NAME_TABLE_NONE.
 */
uint32_t name_table_find(const struct name_table *t, const char *name, size_t len);

#endif
