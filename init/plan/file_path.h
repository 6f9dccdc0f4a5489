/*
 * file_path - is a path one that a set-up step may leave a file at (InstallationArtifact.artifact_path)?
 */
#ifndef MUSTER_PLAN_FILE_PATH_H
#define MUSTER_PLAN_FILE_PATH_H

#include <stdbool.h>

#include "init/base/problem.h"

/*
 * file_path_check - absolute, without "." and ".." and "//", not "/", not below /proc, /sys or /dev.
 *
 * Rejected instead of normalised: what is written is what is recorded. Limits are those of Linux: 4095 bytes, 255 a part.
 *
 * @p  path.relative, path.dotdot, path.root, path.system, path.control, path.long; at @where.
 */
bool file_path_check(const char *path, const char *where, struct problems *p);

/*
 * file_path_check_source - likewise of a file that is only read: absolute, and what file_path_check_text() checks.
 */
bool file_path_check_source(const char *path, const char *where, struct problems *p);

/*
 * file_path_check_text - can this be recorded in one line? path.control, path.long.
 */
bool file_path_check_text(const char *path, const char *where, struct problems *p);

/*
 * file_path_check_state - is the path neither in the state directory nor on the way to it? If not: path.state.
 */
bool file_path_check_state(const char *path, const char *state_dir, const char *where, struct problems *p);

#endif
