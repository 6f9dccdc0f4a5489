/*
 * environment - the environment as a table: thousands of names are looked up in one pass each.
 */
#ifndef MUSTER_CONFIG_ENVIRONMENT_H
#define MUSTER_CONFIG_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"

#define ENVIRONMENT_NONE UINT32_MAX

struct environment {
    char *const *entries; /* borrowed */
    uint32_t count;
    uint32_t mask;   /* slots - 1, slots being a power of two and at least twice the entries */
    uint32_t *slots; /* entry index or ENVIRONMENT_NONE */
    bool *repeated;  /* per entry: an earlier one has the same name */
};

/*
 * environment_index - build the table over a NULL-terminated "NAME=value" list (borrowed, outlives @e).
 *
 * Entries without '=' or without a name are not in the table.
 */
void environment_index(struct environment *e, char *const *environ_, struct arena *a);

/*
 * environment_value - value of the first entry of that name (borrowed from it), or NULL.
 */
const char *environment_value(const struct environment *e, const char *name);

/*
 * environment_get - without a table, for a name or two: value of @name in the list, borrowed; NULL when unset or empty.
 */
const char *environment_get(char *const *environ_, const char *name);

#endif
