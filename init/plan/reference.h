/*
 * reference - names inside the manifest that must mean something: entries of other collections, ${NAME} in texts.
 */
#ifndef MUSTER_PLAN_REFERENCE_H
#define MUSTER_PLAN_REFERENCE_H

#include <stdbool.h>

#include "init/plan/reader.h"

/*
 * reference_list - an array of names of entries of @collection: "ref.unknown", "ref.self", "duplicate".
 */
void reference_list(struct reader *r, const struct json *n, const char *collection, struct strings *out);

/*
 * reference_check - every ${NAME}, ${NAME:-text} and ${NAME:?message} in @text (placeholder.h) must be a declared variable
 * (REL-01): "ref.unknown", "ref.syntax".
 *
 * @argument  the text becomes an argument of a command, which everybody on the machine can read: a variable that is
 *            secret is refused ("secret.argument").
 *
 * Returns whether the text can be used.
 */
bool reference_check(struct reader *r, const char *text, bool argument);

/*
 * reference_found - does @text hold a placeholder (or a "$$")? If not, what it stands for is known without a configuration.
 */
bool reference_found(const char *text);

#endif
