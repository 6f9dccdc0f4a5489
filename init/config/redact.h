/*
 * redact - keep known secrets out of text that children wrote.
 */
#ifndef MUSTER_CONFIG_REDACT_H
#define MUSTER_CONFIG_REDACT_H

#include <stddef.h>

#include "init/base/arena.h"
#include "init/config/resolve.h"

/* Shorter secrets would hide half of every text; they are warned about instead (secret.short). */
#define REDACT_MIN 4
#define REDACT_FORMS_MAX 256

struct redactor {
    const char *forms[REDACT_FORMS_MAX]; /* longest first, borrowed from the arena */
    size_t lengths[REDACT_FORMS_MAX];
    size_t count;
};

/*
 * redactor_init - collect the secret forms of a configuration: values of secrets, passwords in URLs as written and
 * percent-decoded.
 */
void redactor_init(struct redactor *r, const struct config *c, struct arena *a);

/*
 * redact - replace every occurrence of a secret in @text by "***" in place (never grows: REDACT_MIN > 3).
 *
 * Returns the new length; NUL-terminates when the text became shorter. Works on whole lines: the caller feeds complete lines.
 */
size_t redact(const struct redactor *r, char *text, size_t len);

#endif
