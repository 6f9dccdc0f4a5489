/*
 * artifact_paths - what steps leave behind, all of it together: each belongs to one step, unless it is shared.
 */
#ifndef MUSTER_PLAN_ARTIFACT_PATHS_H
#define MUSTER_PLAN_ARTIFACT_PATHS_H

#include "init/base/arena.h"
#include "init/base/json.h"
#include "init/base/problem.h"
#include "init/plan/manifest.h"

/*
 * artifact_paths_check - report each path that is there already ("duplicate"): in the same step, or in another one without both
 * saying "shared".
 *
 * @expanded  by step: its paths with variables replaced, NULL for a step that is not done here. NULL: before that, as they are
 *            written.
 */
void artifact_paths_check(const struct manifest *m, const char *const *const *expanded, struct arena *a,
                          struct problems *p);

/*
 * artifact_paths_check_state - report files in the state directory and folders that it is in ("path.state").
 *
 * @expanded  as above, not NULL.
 */
void artifact_paths_check_state(const struct manifest *m, const char *const *const *expanded, const char *state_dir,
                                struct problems *p);

/*
 * artifact_is_file - is it something on the file system? A configuration may be, or something with a name.
 *
 * @path  its path, with variables replaced.
 */
bool artifact_is_file(const struct artifact *a, const char *path);

/*
 * artifact_paths_place - where in the manifest a path stands: among the artifacts of a step, or in its action. @at is in the step.
 */
void artifact_paths_place(const struct step *s, size_t index, struct json_pointer *at);

#endif
