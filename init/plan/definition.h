/*
 * definition - what the manifest says about a step, as a digest: the step is done anew when it is another one.
 */
#ifndef MUSTER_PLAN_DEFINITION_H
#define MUSTER_PLAN_DEFINITION_H

#include "init/base/arena.h"
#include "init/base/json.h"
#include "init/plan/manifest.h"

/*
 * definition_digests - fill definition_sha256 of every step (SetupProgress: a changed definition re-opens that step).
 *
 * @root  the effective manifest that @m was read from.
 * @max   no step is longer than this in canonical form.
 *
 * Neither the order of keys nor blanks, comments and the step's "name" count; everything else does, as it is written.
 */
void definition_digests(const struct json *root, size_t max, struct arena *a, struct manifest *m);

#endif
