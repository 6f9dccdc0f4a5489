/*
 * reference - names inside the manifest that must mean something: entries of other collections, environments, ${NAME} in
 * texts.
 */
#ifndef MUSTER_PLAN_REFERENCE_H
#define MUSTER_PLAN_REFERENCE_H

#include <stdbool.h>

#include "init/plan/reader.h"

/* What becomes of a text in which variables are replaced: whether a secret may be in it. */
enum reference_use {
    REFERENCE_TEXT,     /* it may */
    REFERENCE_ARGUMENT, /* an argument of a command, which everybody on the machine can read */
    REFERENCE_RECORDED, /* a path: it is in the status, the journal and messages */
};

/*
 * reference_list - an array of names of entries of @collection: "ref.unknown", "ref.self", "duplicate".
 */
void reference_list(struct reader *r, const struct json *n, const char *collection, struct strings *out);

/*
 * reference_exists - is @name an entry of @collection? If not: "ref.unknown", with the entry that was probably meant.
 */
bool reference_exists(struct reader *r, const char *collection, const char *name);

/*
 * reference_variable - the variable that is named @name, or NULL after "ref.unknown". Once all variables are read.
 */
const struct variable *reference_variable(struct reader *r, const char *name);

/*
 * reference_environments - is there a variable that says in which environment this is? If not: "ref.unknown".
 */
bool reference_environments(struct reader *r);

/*
 * reference_environment - is @word one of the environments? If not: "enum". When its variable lists no words, any will do.
 */
bool reference_environment(struct reader *r, const char *word);

/*
 * reference_environment_list - an array of them, or a single one if @single: "ref.unknown" when there are none, "enum".
 */
void reference_environment_list(struct reader *r, const struct json *n, bool single, struct strings *out);

/*
 * reference_secrets - a list of secret variables that a command gets, in the arena: "value" for what is no secret or handed
 * to nobody. A reader for KEY_OWN: @field is a const struct strings *.
 */
void reference_secrets(struct reader *r, const struct json *n, void *field);

/*
 * reference_check - every ${NAME}, ${NAME:-text} and ${NAME:?message} in @text (placeholder.h) must be a declared variable
 * (REL-01): "ref.unknown", "ref.syntax".
 *
 * @use  a variable that is secret is refused where it would be seen: "secret.argument", "secret.recorded".
 *
 * Returns whether the text can be used.
 */
bool reference_check(struct reader *r, const char *text, enum reference_use use);

/*
 * reference_found - does @text hold a placeholder (or a "$$")? If not, what it stands for is known without a configuration.
 */
bool reference_found(const char *text);

#endif
