/*
 * builtin - manifests that are compiled in, as the JSON text a user would write.
 */
#ifndef MUSTER_PLAN_BUILTIN_H
#define MUSTER_PLAN_BUILTIN_H

#include <stddef.h>

struct builtin {
    const char *name;
    const char *text; /* not NUL-terminated */
    const char *end;  /* just behind it */
};

/*
 * builtin_find - "devstack" or "none"; NULL when there is none of that name.
 */
const struct builtin *builtin_find(const char *name);

/*
 * builtin_name - name of builtin @i, NULL past the end: for hints.
 */
const char *builtin_name(size_t i);

#endif
