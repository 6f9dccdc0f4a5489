/*
 * template - a file of another program's format, with variables of the environment filled in. Bytes in, bytes out; no
 * I/O.
 *
 *   ${NAME}, ${NAME:-text}, ${NAME:?message}   as in a manifest (config/placeholder.h)
 *   $$                                         a dollar sign
 *
 * Unlike in a manifest, any other dollar sign stays: configuration files and scripts have their own use for it ($host,
 * $1).
 */
#ifndef MUSTER_SETUP_TEMPLATE_H
#define MUSTER_SETUP_TEMPLATE_H

#include <stddef.h>

#include "init/base/err.h"

/* A larger template is a mistake; so is what comes out of one at this size. */
#define TEMPLATE_MAX ((size_t)1 << 20)
#define TEMPLATE_OUTPUT_MAX ((size_t)16 << 20)

struct template_text {
    const char *path; /* for messages */
    const char *text;
    size_t len;
    char *const *environ_; /* NULL-terminated "NAME=value" list */
};

/*
 * template_expand - every piece of the result in turn to @sink, which returns 0, or -1 with its error in @e.
 *
 * Returns 0, or -1: ERR_CONFIG (a variable is not set, a placeholder is none: file, line and name, never a value),
 * ERR_LIMIT, or what @sink said.
 */
int template_expand(const struct template_text *t,
                    int (*sink)(void *context, const char *bytes, size_t len, struct err *e), void *context,
                    struct err *e);

#endif
