/*
 * redact - keep known secrets out of text that children wrote.
 */
#ifndef MUSTER_CONFIG_REDACT_H
#define MUSTER_CONFIG_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/config/resolve.h"

/* Shorter secrets would hide half of every text; they are warned about instead (secret.short). */
#define REDACT_MIN 4

struct redact_form {
    const char *text; /* in the arena, or borrowed from the configuration */
    size_t len;
};

struct redactor {
    const struct redact_form *forms; /* sorted by first byte, the longest first; in the arena */
    size_t count;
    uint32_t first[257]; /* forms that begin with byte b: first[b] up to first[b + 1] */
    bool again;          /* a form has a '*' in it: what a replacement leaves behind may complete it */
};

/*
 * redactor_init - collect the secret forms of a configuration.
 *
 * Values of secrets; passwords in URLs as written and percent-decoded, user names that are tokens, and query parameters
 * whose name says that they are secret; the lines of secrets that have several. Each also percent-encoded and as in a
 * JSON string. Forms shorter than REDACT_MIN are left out.
 */
void redactor_init(struct redactor *r, const struct config *c, struct arena *a);

/*
 * redact - replace every occurrence of a secret in @text by "***" in place (never grows: REDACT_MIN > 3).
 *
 * Returns the new length; NUL-terminates when the text became shorter. Works on whole lines: the caller feeds complete
 * lines.
 */
size_t redact(const struct redactor *r, char *text, size_t len);

#endif
