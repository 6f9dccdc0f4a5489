/*
 * fdio - file descriptors: ownership, whole reads and writes, atomic replacement.
 */
#ifndef MUSTER_BASE_FDIO_H
#define MUSTER_BASE_FDIO_H

#include <stddef.h>
#include <sys/types.h>

#include "init/base/err.h"

/*
 * fd_close_cleanup - for the cleanup attribute: closes *@fd unless it is -1.
 */
void fd_close_cleanup(int *fd);
#define cleanup_fd __attribute__((cleanup(fd_close_cleanup)))

/*
 * fd_steal - take the descriptor out of a cleanup_fd variable, leaving -1.
 */
int fd_steal(int *fd);

/*
 * fd_write_all - write every byte, through short writes and EINTR.
 *
 * Returns 0, or -1 with errno set. Blocks as the descriptor does.
 */
int fd_write_all(int fd, const void *bytes, size_t len);

/*
 * file_read - read a whole regular file.
 *
 * @dirfd, @path  as for openat(2).
 * @out           filled with up to @cap - 1 bytes and a NUL.
 * @len           filled.
 *
 * Returns 0, or -1: ERR_SYS (open, read; e->sys is errno), ERR_LIMIT (file does not fit), ERR_SYS/EINVAL (not a regular
 * file). Symbolic links are followed: Kubernetes mounts files that way. Blocks on the file system only.
 */
int file_read(int dirfd, const char *path, char *out, size_t cap, size_t *len, struct err *e);

/*
 * file_replace - put @len bytes under @name in @dirfd so that a reader sees the old file or the new one, never a mix.
 *
 * Writes a temporary file in the same directory (O_EXCL, mode @mode whatever the umask) and renames it. Not synced: use
 * it for what needs to be whole, not for what must survive a power cut.
 *
 * Returns 0, or -1 with ERR_SYS; the old file is then untouched and the temporary file is gone.
 */
int file_replace(int dirfd, const char *name, const void *bytes, size_t len, mode_t mode, struct err *e);

#endif
