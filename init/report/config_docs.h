/*
 * config_docs - the variables as a Markdown table, for a README.
 */
#ifndef MUSTER_REPORT_CONFIG_DOCS_H
#define MUSTER_REPORT_CONFIG_DOCS_H

#include "init/base/arena.h"
#include "init/base/buf.h"
#include "init/plan/manifest.h"

/*
 * config_docs - write the table to @out: name, what is accepted, default, required, description; in the order of the
 * manifest, the same for every environment. No default of a secret is in it.
 */
void config_docs(const struct manifest *m, struct arena *a, struct buf *out);

#endif
