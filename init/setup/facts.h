/*
 * facts - what is at a path, as JSON in the journal: an object, or null for nothing there.
 *
 *   kind   "regular", "directory", "symlink", "other"
 *   mode   "0644"
 *   uid, gid, size
 *   mtime  "1767225600.000000001": whole seconds of the wall clock, rounded down, and nanoseconds on top of them
 *   digest "sha256:<hex>", "sha512:<hex>", or null
 */
#ifndef MUSTER_SETUP_FACTS_H
#define MUSTER_SETUP_FACTS_H

#include <stdbool.h>

#include "init/base/json.h"
#include "init/base/jsonw.h"
#include "init/wire/messages.h"

/*
 * facts_fit - whether they come back as they are: a known kind, size below 2^53 (InstallationArtifact.size_bytes), nothing else
 * set when nothing is there.
 */
bool facts_fit(const struct wire_facts *f);

void facts_write(struct jsonw *w, const char *key, const struct wire_facts *f);

/*
 * facts_read - the reverse. Returns whether they are as facts_write() writes them; @out is then filled.
 */
bool facts_read(const struct json *n, struct wire_facts *out);

#endif
