/*
 * config_schema - a JSON Schema (2020-12) of the environment, an object of strings.
 */
#ifndef MUSTER_REPORT_CONFIG_SCHEMA_H
#define MUSTER_REPORT_CONFIG_SCHEMA_H

#include "init/base/arena.h"
#include "init/base/buf.h"
#include "init/plan/manifest.h"

/*
 * config_schema - write the schema to @out, the same for every environment.
 *
 * An environment that muster accepts is valid (without --empty-as-unset, --secrets-dir and --env-file, which it does not
 * show). What muster refuses is invalid as far as can be expressed: not what is in a file or on a disk, nor values that
 * differ from each other, nor the order of two durations. No default of a secret is in it.
 */
void config_schema(const struct manifest *m, struct arena *a, struct buf *out);

#endif
