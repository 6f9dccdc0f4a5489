#include "init/setup/safe_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/setup/file_error.h"

#define RESOLVE_PLAIN (RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)

void safe_path_close(struct safe_path *p)
{
    fd_close_cleanup(&p->folder);
    p->folder = -1;
}

/* O_DIRECTORY makes a symbolic link look like a file. */
static int open_folder(int at, const char *name)
{
    int fd = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 && errno == ENOTDIR) {
        bool link = fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
        errno = link ? ELOOP : ENOTDIR;
    }
    return fd;
}

/* Folder by folder. */
static int walk(int root, const char *relative, int flags, mode_t mode)
{
    cleanup_fd int at = -1;
    for (;;) {
        size_t len = strcspn(relative, "/");
        char name[SAFE_NAME_MAX];
        if (len >= sizeof(name)) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, relative, len);
        name[len] = '\0';
        if (strcmp(name, "..") == 0) {
            errno = EXDEV; /* as openat2 has it */
            return -1;
        }
        int from = at < 0 ? root : at;
        if (relative[len] == '\0') {
            bool folder = (flags & (O_PATH | O_DIRECTORY)) == (O_PATH | O_DIRECTORY);
            return folder ? open_folder(from, name) : openat(from, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
        }
        int next = open_folder(from, name);
        if (next < 0) {
            return -1;
        }
        fd_close_cleanup(&at);
        at = next;
        relative += len + 1;
    }
}

static int open_by(int root, const char *relative, int flags, mode_t mode, uint64_t resolve)
{
    /* Beside O_DIRECTORY, O_NOFOLLOW would make a link look like a file. */
    int nofollow = (flags & O_DIRECTORY) != 0 ? 0 : O_NOFOLLOW;
    struct open_how how = {.flags = (uint64_t)(flags | nofollow | O_CLOEXEC), .resolve = resolve};
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    return (int)syscall(SYS_openat2, root, relative, &how, sizeof(how));
}

int safe_walk_below(int root, const char *relative, int flags, mode_t mode)
{
    cleanup_fd int fd = walk(root, relative, flags, mode);
    struct stat above;
    struct stat st;
    if (fd < 0 || fstat(root, &above) != 0 || fstat(fd, &st) != 0) {
        return -1;
    }
    if (above.st_dev != st.st_dev) {
        errno = EXDEV;
        return -1;
    }
    return fd_steal(&fd);
}

int safe_open_below(int root, const char *relative, int flags, mode_t mode)
{
    int fd = open_by(root, relative, flags, mode, RESOLVE_PLAIN | RESOLVE_BENEATH | RESOLVE_NO_XDEV);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        return safe_walk_below(root, relative, flags, mode);
    }
    return fd;
}

int safe_parent_below(int root, const char *relative, const char **name)
{
    const char *slash = strrchr(relative, '/');
    *name = slash == NULL ? relative : slash + 1;
    char folder[PATH_MAX] = ".";
    if (slash != NULL && (size_t)(slash - relative) >= sizeof(folder)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (slash != NULL) {
        memcpy(folder, relative, (size_t)(slash - relative));
        folder[slash - relative] = '\0';
    }
    return safe_open_below(root, folder, O_PATH | O_DIRECTORY, 0);
}

/* Where the name begins, or NULL: not absolute, or without a name. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    bool good = path[0] == '/' && slash[1] != '\0' && strlen(slash + 1) < SAFE_NAME_MAX && strlen(path) < PATH_MAX;
    return good ? slash + 1 : NULL;
}

int safe_path_open(const char *path, struct safe_path *out, struct err *e)
{
    const char *name = name_of(path);
    if (name == NULL) {
        return file_error(e, EINVAL, "");
    }
    char folder[PATH_MAX] = ".";
    size_t len = (size_t)(name - path) - 1;
    if (len > 0) {
        memcpy(folder, path + 1, len - 1);
        folder[len - 1] = '\0';
    }
    cleanup_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return file_error(e, errno, "/");
    }
    int fd = open_by(root, folder, O_PATH | O_DIRECTORY, 0, RESOLVE_PLAIN);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        fd = walk(root, folder, O_PATH | O_DIRECTORY, 0);
    }
    if (fd < 0) {
        return file_error(e, errno, "its folder");
    }
    out->folder = fd;
    (void)snprintf(out->name, sizeof(out->name), "%s", name);
    return 0;
}

int safe_path_resolve(const char *path, char *out, size_t cap, struct err *e)
{
    const char *name = name_of(path);
    if (name == NULL) {
        return file_error(e, EINVAL, "");
    }
    char folder[PATH_MAX];
    char real[PATH_MAX];
    size_t len = (size_t)(name - path) - 1;
    memcpy(folder, path, len);
    folder[len] = '\0';
    while (len > 0 && realpath(folder, real) == NULL) {
        if (errno != ENOENT && errno != ENOTDIR) {
            return file_error(e, errno, folder);
        }
        len = (size_t)(strrchr(folder, '/') - folder);
        folder[len] = '\0';
    }
    if (len == 0 || strcmp(real, "/") == 0) {
        real[0] = '\0';
    }
    int n = snprintf(out, cap, "%s%s", real, path + len);
    if (n <= 0 || (size_t)n >= cap) {
        return file_error(e, ENAMETOOLONG, "");
    }
    for (const char *c = out; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 127) {
            return file_error(e, EINVAL, "control characters where a link of its folder leads");
        }
    }
    return 0;
}
