/*
 * similar - names of the environment that nobody declared: probably misspelt ones of the manifest.
 */
#ifndef MUSTER_CONFIG_SIMILAR_H
#define MUSTER_CONFIG_SIMILAR_H

#include <stddef.h>

#include "init/base/arena.h"
#include "init/config/environment.h"
#include "init/config/schema.h"

struct similar {
    const struct variable *variables;
    size_t count;
    const struct environment *environment;
    struct arena *arena;
    const char **undeclared; /* collected when they are first asked for */
    size_t undeclared_count;
};

/*
 * similar_init - @variables, @environment and @a are borrowed, and outlive @s. Does nothing yet.
 */
void similar_init(struct similar *s, const struct variable *variables, size_t count,
                  const struct environment *environment, struct arena *a);

/*
 * similar_set - the name that is set, declared by nobody, and looks like @name; in the arena. NULL when there is none.
 *
 * The platform's own names are never misspellings.
 */
const char *similar_set(struct similar *s, const char *name);

#endif
