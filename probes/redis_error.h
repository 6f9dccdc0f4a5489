/*
 * redis_error - what the errors of a Redis server mean.
 */
#ifndef MUSTER_PROBES_REDIS_ERROR_H
#define MUSTER_PROBES_REDIS_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "init/wire/messages.h"

struct redis_error {
    const char *prefix;
    enum verdict_class verdict;
    const char *text;
};

/*
 * redis_error_is - does a line begin with @prefix? Without case.
 */
bool redis_error_is(const char *line, size_t len, const char *prefix);

/*
 * redis_error_find - the row of an error reply, without its '-' and line end; NULL when it is an unknown one.
 */
const struct redis_error *redis_error_find(const char *line, size_t len);

#endif
