/*
 * config_uses - who needs a variable, and who gets it.
 */
#ifndef MUSTER_REPORT_CONFIG_USES_H
#define MUSTER_REPORT_CONFIG_USES_H

#include <stddef.h>

#include "init/base/arena.h"
#include "init/config/resolve.h"
#include "init/plan/manifest.h"

/* Longer lists help nobody; what is beyond is counted. */
#define CONFIG_USES_MAX 256

struct config_use {
    const char *kind; /* "service", "step", "test", "variable"; "main" without a name */
    const char *name;
    const char *how; /* "needs", "probe", "command", "default", "required_when"; NULL in a list of who gets it */
};

struct config_uses {
    struct config_use *items; /* in the arena */
    size_t count;
    size_t more; /* not kept */
};

/*
 * config_uses - what refers to @v: variables, services, steps and tests, in the order of the manifest, each place once.
 */
void config_uses(const struct manifest *m, const struct variable *v, struct arena *a, struct config_uses *out);

/*
 * config_receivers - the processes that are handed the value of @s, or the name of its file: commands of the manifest and the
 * main process, which comes last.
 */
void config_receivers(const struct manifest *m, const struct setting *s, struct arena *a, struct config_uses *out);

#endif
