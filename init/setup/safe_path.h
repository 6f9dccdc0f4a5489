/*
 * safe_path - reach a file without following a symbolic link that somebody may have put into its path meanwhile.
 *
 * The kernel does it in one call (openat2(2), Linux 5.6). Where that is missing or forbidden (ENOSYS, EPERM: older kernels,
 * old seccomp filters, gVisor) the path is walked folder by folder.
 */
#ifndef MUSTER_SETUP_SAFE_PATH_H
#define MUSTER_SETUP_SAFE_PATH_H

#include <stddef.h>
#include <sys/types.h>

#include "init/base/err.h"

/* Any last component (NAME_MAX) and a NUL. */
#define SAFE_NAME_MAX 256

/* The folder of a path, and the name in it. */
struct safe_path {
    int folder; /* owned; O_PATH, or -1 */
    char name[SAFE_NAME_MAX];
};

/*
 * safe_path_close - for the cleanup attribute.
 */
void safe_path_close(struct safe_path *p);
#define cleanup_safe_path __attribute__((cleanup(safe_path_close)))

/*
 * safe_path_open - the folder of absolute @path, none of whose components may be a symbolic link.
 *
 * @out  filled on success (owned). The last component is not looked at.
 *
 * Returns 0, or -1 with ERR_SYS: ELOOP = a symbolic link, ENOENT, ENOTDIR, EINVAL = not an absolute path with a name.
 */
int safe_path_open(const char *path, struct safe_path *out, struct err *e);

/*
 * safe_path_resolve - absolute @path, with the symbolic links of its folder resolved as far as folders exist.
 *
 * @out, @cap  filled: what safe_path_open() accepts as long as nobody replaces a folder by a link.
 *
 * Returns 0, or -1 with ERR_SYS.
 */
int safe_path_resolve(const char *path, char *out, size_t cap, struct err *e);

/*
 * safe_open_below - open(2) of @relative below folder @root, following no symbolic link, leaving neither the folder nor its
 * mount.
 *
 * @flags  O_CLOEXEC and O_NOFOLLOW are added. O_PATH opens a symbolic link itself.
 *
 * Returns the descriptor (owned), or -1 with errno: ELOOP = a symbolic link, EXDEV = something is mounted there.
 */
int safe_open_below(int root, const char *relative, int flags, mode_t mode);

/*
 * safe_walk_below - the same where there is no openat2(2). A mount of the same file system is not noticed.
 */
int safe_walk_below(int root, const char *relative, int flags, mode_t mode);

/*
 * safe_parent_below - the folder of @relative below @root, likewise.
 *
 * @name  set to the last component, within @relative.
 */
int safe_parent_below(int root, const char *relative, const char **name);

#endif
