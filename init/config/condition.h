/*
 * condition - a small closed language about variables: equality, membership, set or not, environment. No code.
 */
#ifndef MUSTER_CONFIG_CONDITION_H
#define MUSTER_CONFIG_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/buf.h"

enum condition_kind {
    CONDITION_EQUALS, /* variable has the value values[0] */
    CONDITION_IN,     /* variable has one of the values */
    CONDITION_SET,    /* variable has a value, a default included */
    CONDITION_UNSET,
    CONDITION_ENVIRONMENT, /* the environment is one of the values: the variable whose field is "environment" */
    CONDITION_ALL,
    CONDITION_ANY,
    CONDITION_NOT, /* parts[0] does not hold */
};

/* Deeper nesting than this is not readable either. */
#define CONDITION_DEPTH_MAX 8

/* Borrowed from the manifest's arena throughout. */
struct condition {
    enum condition_kind kind;
    const char *variable; /* a declared one */
    const char *const *values;
    size_t value_count;
    const struct condition *parts;
    size_t part_count;
};

/*
 * condition_holds - is it true?
 *
 * @value  the value of the variable of that name, NULL when it is unset; borrowed. For CONDITION_ENVIRONMENT it is asked for
 *         @environment_name.
 */
bool condition_holds(const struct condition *c, const char *environment_name,
                     const char *(*value)(void *ctx, const char *name), void *ctx);

/*
 * condition_show - for people: "MODE is tls or mtls, and CERT is set". Appended to @out.
 */
void condition_show(const struct condition *c, struct buf *out);

/*
 * condition_variables - call @fn for every variable that is named in it; for the environment with NULL.
 */
void condition_variables(const struct condition *c, void (*fn)(void *ctx, const char *name), void *ctx);

#endif
