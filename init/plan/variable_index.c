#include "init/plan/variable_index.h"

#include <stdlib.h>
#include <string.h>

static int compare_variables(const void *a, const void *b)
{
    const struct variable *const *x = a;
    const struct variable *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

void variable_index_build(struct variable_index *x, const struct variable *variables, size_t count, struct arena *a)
{
    x->first = variables;
    x->sorted = arena_alloc(a, count + 1, sizeof(struct variable *));
    x->count = count;
    x->environment = NULL;
    for (size_t i = 0; i < count; i++) {
        x->sorted[i] = &variables[i];
        if (!x->environment && variables[i].field && strcmp(variables[i].field, "environment") == 0)
            x->environment = &variables[i];
    }
    qsort(x->sorted, count, sizeof(struct variable *), compare_variables);
}

const struct variable *variable_index_find(const struct variable_index *x, const char *name)
{
    const struct variable wanted = {.name = name};
    const struct variable *key = &wanted;
    const struct variable **hit = bsearch(&key, x->sorted, x->count, sizeof(struct variable *), compare_variables);

    return hit ? *hit : NULL;
}
