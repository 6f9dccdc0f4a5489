/*
 * config_example - an .env.example: every variable with what is said about it, in the order of the manifest.
 */
#ifndef MUSTER_REPORT_CONFIG_EXAMPLE_H
#define MUSTER_REPORT_CONFIG_EXAMPLE_H

#include "init/base/arena.h"
#include "init/base/buf.h"
#include "init/base/problem.h"
#include "init/plan/manifest.h"

/*
 * config_example_plain - whether "NAME=@value" is this value in both dialects of env_file.h, without quotes.
 */
bool config_example_plain(const char *value);

/*
 * config_example_value - a value of @v that its own rules accept, for documentation: its example, else its type's, else one
 * made from its bounds and words. What a path must be is not looked at, so that the answer is the same everywhere.
 *
 * Returns a string in the arena or borrowed; NULL when none is known, and for a secret.
 */
const char *config_example_value(const struct variable *v, struct arena *a);

/*
 * config_example - write the file to @out. It can be read in both dialects, and is the same for every environment.
 *
 * A variable that has to be set gets a line with a value that fits, a secret one an empty value; all others are commented
 * out. What conditions make required is found with the values of the file itself.
 *
 * @p  a warning example.missing for each required variable that no fitting value is known for.
 */
void config_example(const struct manifest *m, struct arena *a, struct buf *out, struct problems *p);

#endif
