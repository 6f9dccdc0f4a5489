#include "init/plan/variable_index.h"

#include <string.h>

void variable_index_build(struct variable_index *x, const struct variable *variables, size_t count, struct arena *a)
{
    x->first = variables;
    name_table_init(&x->names, count, count > 0 ? &variables[0].name : NULL, sizeof(*variables), a);
    x->count = count;
    x->environment = NULL;
    for (size_t i = 0; i < count; i++) {
        name_table_add(&x->names, (uint32_t)i);
        if (!x->environment && variables[i].field && strcmp(variables[i].field, "environment") == 0)
            x->environment = &variables[i];
    }
}

const struct variable *variable_index_find(const struct variable_index *x, const char *name)
{
    uint32_t i = name_table_find(&x->names, name, strlen(name));

    return i == NAME_TABLE_NONE ? NULL : &x->first[i];
}
