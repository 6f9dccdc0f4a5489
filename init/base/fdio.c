#include "init/base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_close_cleanup(int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        (void)close(*fd);
        errno = saved;
    }
}

int fd_steal(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

int fd_write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -1;
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int read_all(int fd, char *out, size_t cap, size_t *len)
{
    size_t used = 0;
    for (;;) {
        ssize_t n = read(fd, out + used, cap - used);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        if (n == 0) {
            *len = used;
            return 0;
        }
        used += (size_t)n;
        if (used == cap) {
            errno = EFBIG;
            return -1;
        }
    }
}

int file_read(int dirfd, const char *path, char *out, size_t cap, size_t *len, struct err *e)
{
    /* O_NONBLOCK: opening a FIFO by mistake must not hang. */
    cleanup_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return err_set(e, ERR_SYS, errno, "cannot open %s", path);
    }
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot stat %s", path);
    }
    if (!S_ISREG(st.st_mode)) {
        err_set(e, ERR_SYS, 0, "cannot read %s: not a regular file", path);
        e->sys = EINVAL;
        return -1;
    }
    size_t used;
    if (read_all(fd, out, cap, &used) != 0) {
        if (errno == EFBIG) {
            return err_set(e, ERR_LIMIT, 0, "cannot read %s: larger than %zu bytes", path, cap - 1);
        }
        return err_set(e, ERR_SYS, errno, "cannot read %s", path);
    }
    out[used] = '\0';
    *len = used;
    return 0;
}

static int write_temporary(int dirfd, const char *name, const void *bytes, size_t len, mode_t mode, struct err *e)
{
    cleanup_fd int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return err_set(e, ERR_SYS, errno, "cannot create %s", name);
    }
    if (fd_write_all(fd, bytes, len) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot write %s", name);
    }
    if (fchmod(fd, mode) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot set the permissions of %s", name);
    }
    return 0;
}

int file_replace(int dirfd, const char *name, const void *bytes, size_t len, mode_t mode, struct err *e)
{
    char temporary[256];
    int n = snprintf(temporary, sizeof temporary, ".%s.new", name);
    if (n < 0 || (size_t)n >= sizeof temporary) {
        return err_set(e, ERR_LIMIT, 0, "cannot replace %s: name too long", name);
    }
    (void)unlinkat(dirfd, temporary, 0); /* left behind by a killed writer; the state directory has one owner */
    if (write_temporary(dirfd, temporary, bytes, len, mode, e) != 0) {
        (void)unlinkat(dirfd, temporary, 0);
        return -1;
    }
    if (renameat(dirfd, temporary, dirfd, name) != 0) {
        err_set(e, ERR_SYS, errno, "cannot replace %s", name);
        (void)unlinkat(dirfd, temporary, 0);
        return -1;
    }
    return 0;
}
