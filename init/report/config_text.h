/*
 * config_text - what the manifest says about one variable, in words, for everything that is written about it: the example
 * file, the table, the schema, the explanation. Shows no secret.
 */
#ifndef MUSTER_REPORT_CONFIG_TEXT_H
#define MUSTER_REPORT_CONFIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/arena.h"
#include "init/base/buf.h"
#include "init/config/schema.h"
#include "init/plan/manifest.h"

/* 1024 variables with everything that can be said about each. */
#define CONFIG_DOCUMENT_MAX ((size_t)8 << 20)

enum default_kind {
    DEFAULT_NONE,
    DEFAULT_PLAIN,  /* the text is the value */
    DEFAULT_MASKED, /* the text is the value but for a password in it */
    DEFAULT_REFERS, /* made from other variables: the text is as in the manifest, with its ${NAME} */
    DEFAULT_SECRET, /* nothing is shown */
};

/*
 * config_text_hides - whether no value of this variable is ever written.
 */
bool config_text_hides(const struct variable *v);

/*
 * config_text_default - a default (the variable's own or an override's) for people.
 *
 * @text  as in the manifest, or NULL.
 * @out   filled with a string in the arena, or borrowed; NULL for DEFAULT_NONE, "***" for DEFAULT_SECRET.
 */
enum default_kind config_text_default(const struct variable *v, const char *text, struct arena *a, const char **out);

/*
 * config_text_mask - a text of which a part may be a secret, for people: "***" for the value of a secret, without the
 * password where it is a URL. In the arena, or borrowed.
 *
 * @masked  whether it differs from @text.
 */
const char *config_text_mask(const struct variable *v, const char *text, struct arena *a, bool *masked);

/*
 * config_text_required - whether it has to be set: "yes", "no", "when MODE is tls", "yes, but not in local". Appended to
 * @out. With a default it has not.
 */
void config_text_required(const struct variable *v, struct buf *out);

/*
 * config_text_file_of - @name_FILE if that is a source of @v, @name being its own or an alias: not switched off, and no
 * variable nor alias itself. In the arena, or NULL.
 */
const char *config_text_file_of(const struct manifest *m, const struct variable *v, const char *name, struct arena *a);

/*
 * config_text_environment - the variable that says which environment this is, or NULL.
 */
const struct variable *config_text_environment(const struct manifest *m);

/*
 * config_text_variable - the declared variable of that name (no alias), or NULL.
 */
const struct variable *config_text_variable(const struct manifest *m, const char *name);

#endif
