/*
 * measure - what is at a path, as facts (data model: InstallationArtifact.size_bytes, checksum, permissions).
 */
#ifndef MUSTER_SETUP_MEASURE_H
#define MUSTER_SETUP_MEASURE_H

#include "init/base/digest.h"
#include "init/base/err.h"
#include "init/setup/pool.h"
#include "init/wire/messages.h"

/*
 * measure - facts of @name in @folder; as tree_scan(), which does it.
 *
 * Pipes, sockets and devices are never opened. Nothing there is WIRE_FILE_NONE.
 */
int measure(struct pool *pool, int folder, const char *name, enum digest_algorithm algorithm, struct wire_facts *out,
            struct err *e);

#endif
