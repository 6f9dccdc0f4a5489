/*
 * similar - names that are set and that nobody declared: misspelt ones of the manifest, and strangers under its prefixes.
 */
#ifndef MUSTER_CONFIG_SIMILAR_H
#define MUSTER_CONFIG_SIMILAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/base/problem.h"
#include "init/config/environment.h"
#include "init/config/resolve.h"

/* Pairs of names that are compared letter by letter before nothing is suggested any more: a millisecond's worth. */
#define SIMILAR_PAIRS_MAX 10000

struct similar_declared;
struct similar_stranger;

struct similar {
    const struct variable *variables;
    size_t count;
    const struct environment *environment;
    const struct resolve_options *options;
    struct arena *arena;
    struct similar_declared *declared;  /* collected when they are first asked for, like the rest below */
    struct similar_stranger *strangers; /* set, and declared by nobody */
    size_t stranger_count;
    size_t pairs; /* compared so far */
};

/*
 * similar_init - all is borrowed, and outlives @s. Does nothing yet: most configurations have no misspelt name.
 */
void similar_init(struct similar *s, const struct variable *variables, size_t count,
                  const struct environment *environment, const struct resolve_options *options, struct arena *a);

/*
 * similar_hint - for a required variable that is not set: hint at a name that is set and looks like it.
 *
 * @item  of required.missing, or NULL (list full).
 *
 * Returns whether there was one.
 */
bool similar_hint(struct similar *s, const struct variable *v, struct problem *item);

/*
 * similar_tell - tell of every set name that the manifest should know.
 *
 * @c  the resolved settings of the same variables.
 * @p  sorted by name: name.unknown, an error, for a name under one of the manifest's prefixes; then name.similar, a warning,
 *     for one that looks like a variable that is not set, or like a variable of muster's own. Not again what similar_hint()
 *     was told of. Values are never looked at, but for those of NAME_PORT, by which Docker's links are known.
 *
 * The environment and the --env-file files count; what the platform sets (well_known.h) does not. Of several variables that
 * a name looks like, one under the same prefix is suggested, then the nearest, then the first in the alphabet.
 */
void similar_tell(struct similar *s, const struct config *c, struct problems *p);

#endif
