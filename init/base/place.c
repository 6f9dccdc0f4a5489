#include "init/base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"

int place_open(const char *path, struct place *out, struct err *e)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    size_t name_len = slash == NULL ? 0 : strlen(slash + 1);
    if (name_len == 0 || name_len > NAME_MAX || len >= sizeof folder - 1) {
        return err_set(e, ERR_SYS, ENAMETOOLONG, "cannot use the path %s", path);
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    int fd = open(len == 0 ? "/" : folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return err_set(e, ERR_SYS, errno, "cannot open the folder of %s", path);
    }
    *out = (struct place){.folder = fd, .path = path};
    memcpy(out->name, slash + 1, name_len);
    return 0;
}

void place_close(struct place *p)
{
    fd_close_cleanup(&p->folder);
    p->folder = -1;
}

int place_sync(const struct place *p, struct err *e)
{
    cleanup_fd int fd = openat(p->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == EACCES) {
        return 0;
    }
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL)) { /* EINVAL: a file system that cannot */
        return err_set(e, ERR_SYS, errno, "cannot sync the folder of %s", p->path);
    }
    return 0;
}

static bool has_owner(const struct file_look *look)
{
    return look->uid != FILE_LOOK_KEEP || look->gid != FILE_LOOK_KEEP;
}

int file_look_apply(int fd, const char *path, const struct file_look *look, struct err *e)
{
    if (has_owner(look) && fchown(fd, look->uid, look->gid) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot set the owner of %s", path);
    }
    if (look->mode != FILE_LOOK_KEEP && fchmod(fd, look->mode) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot set the permissions of %s", path);
    }
    return 0;
}

int file_look_apply_at(int folder, const char *name, const char *path, const struct file_look *look, struct err *e)
{
    if (has_owner(look) && fchownat(folder, name, look->uid, look->gid, AT_SYMLINK_NOFOLLOW) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot set the owner of %s", path);
    }
    if (look->mode != FILE_LOOK_KEEP && fchmodat(folder, name, look->mode, AT_SYMLINK_NOFOLLOW) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot set the permissions of %s", path);
    }
    return 0;
}
