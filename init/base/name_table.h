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
    uint32_t hash;
    uint32_t number; /* NAME_TABLE_NONE: free */
};

/* Small, since every page of it is touched: the names stay where they are. */
struct name_table {
    struct name_slot *slots;
    uint32_t mask;     /* slots - 1, slots being a power of two and at least twice the names */
    const char *first; /* where a pointer to name 0 is */
    size_t step;       /* from it to a pointer to name 1 */
};

/*
 * name_table_init - empty, with room for @most names.
 *
 * @first  where the pointer to the name of number 0 is or will be: a member of the first struct of an array, borrowed.
 * @step   from it to the pointer of number 1: the size of that struct.
 */
void name_table_init(struct name_table *t, size_t most, const char *const *first, size_t step, struct arena *a);

/*
 * name_table_add - the name of that number, whose pointer is in its place by now.
 *
 * Returns NAME_TABLE_NONE, or the number that the name has already and keeps.
 */
uint32_t name_table_add(struct name_table *t, uint32_t number);

/*
 * name_table_find - the number of the name of @len bytes at @name, or NAME_TABLE_NONE.
 */
uint32_t name_table_find(const struct name_table *t, const char *name, size_t len);

#endif
