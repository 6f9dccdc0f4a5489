/*
 * config_known - conditions of the manifest as JSON Schemas of the environment.
 *
 * A schema sees less than muster: not what a file holds, nor what a default is made of. So there are two questions, whether
 * a condition certainly holds and whether it certainly does not, and either may be unanswerable.
 */
#ifndef MUSTER_REPORT_CONFIG_KNOWN_H
#define MUSTER_REPORT_CONFIG_KNOWN_H

#include <stdbool.h>

#include "init/base/arena.h"
#include "init/base/jsonw.h"
#include "init/plan/manifest.h"

enum known {
    KNOWN_NEVER,  /* no environment tells */
    KNOWN_ALWAYS, /* every environment does */
    KNOWN_SCHEMA, /* those that match the schema do */
};

/*
 * config_known - what can be said about @c being @wanted.
 */
enum known config_known(const struct manifest *m, const struct condition *c, bool wanted, struct arena *a);

/*
 * config_known_write - the schema, where config_known() is KNOWN_SCHEMA: an object under @key.
 */
void config_known_write(struct jsonw *w, const char *key, const struct manifest *m, const struct condition *c,
                        bool wanted, struct arena *a);

/*
 * config_known_set - write the schema "@v is given some value", under any of its names or as a file, as an object under @key.
 */
void config_known_set(struct jsonw *w, const char *key, const struct manifest *m, const struct variable *v,
                      struct arena *a);

#endif
