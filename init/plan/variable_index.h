/*
 * variable_index - a manifest's variables by name.
 */
#ifndef MUSTER_PLAN_VARIABLE_INDEX_H
#define MUSTER_PLAN_VARIABLE_INDEX_H

#include <stddef.h>

#include "init/base/arena.h"
#include "init/base/name_table.h"
#include "init/config/schema.h"

struct variable_index {
    const struct variable *first; /* all of them, in manifest order */
    struct name_table names;      /* to places in it; in the arena */
    size_t count;
    const struct variable
        *environment; /* says in what environment this is (ConfigurationProfile.environment), or NULL */
};

/*
 * variable_index_build - @variables is borrowed; their names are unique.
 */
void variable_index_build(struct variable_index *x, const struct variable *variables, size_t count, struct arena *a);

/*
 * variable_index_find - the variable of that name (not alias), or NULL.
 */
const struct variable *variable_index_find(const struct variable_index *x, const char *name);

#endif
