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

#endif
