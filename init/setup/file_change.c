#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/base/buf.h"
#include "init/base/fdio.h"
#include "init/setup/file_action.h"

/* One walk through a tree. */
struct changing {
    const struct instructions *in;
    char path[PATH_MAX]; /* for messages */
    struct buf where;
};

static void close_folder(DIR **d)
{
    if (*d != NULL) {
        (void)closedir(*d);
    }
}
#define cleanup_folder __attribute__((cleanup(close_folder)))

/* What is mounted into a tree is not part of it. Where openat2(2) is missing or filtered, a bind mount from the same file
 * system is not noticed. */
static bool is_mounted(int folder, const char *name, dev_t above, dev_t here)
{
    const struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV};
    int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
    int error = fd < 0 ? errno : 0;
    fd_close_cleanup(&fd);
    return above != here || error == EXDEV;
}

/* A folder that may be read may be searched, too. */
static mode_t mode_for(const struct instructions *in, mode_t kind)
{
    return in->recursive && S_ISDIR(kind) ? in->mode | (in->mode & 0444) >> 2 : in->mode;
}

static int change_one(const struct changing *c, int folder, const char *name, mode_t kind, struct err *e)
{
    const struct instructions *in = c->in;
    const struct file_look mode = {.mode = mode_for(in, kind), .uid = FILE_LOOK_KEEP, .gid = FILE_LOOK_KEEP};
    const struct file_look owner = {.mode = FILE_LOOK_KEEP, .uid = in->uid, .gid = in->gid};
    return file_look_apply_at(folder, name, c->path, in->kind == INSTRUCT_CHMOD ? &mode : &owner, e);
}

static int change_tree(struct changing *c, int folder, const char *name, dev_t device, unsigned depth, struct err *e);

static int change_entry(struct changing *c, int folder, const char *name, dev_t device, unsigned depth, struct err *e)
{
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot look at %s", c->path);
    }
    if (is_mounted(folder, name, device, st.st_dev)) {
        return 0;
    }
    if (S_ISDIR(st.st_mode)) {
        return change_tree(c, folder, name, device, depth + 1, e);
    }
    bool has_none = S_ISLNK(st.st_mode) && c->in->kind == INSTRUCT_CHMOD;
    return has_none ? 0 : change_one(c, folder, name, st.st_mode, e);
}

static int change_entries(struct changing *c, DIR *d, dev_t device, unsigned depth, struct err *e)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(d);
        if (entry == NULL) {
            return errno == 0 ? 0 : err_set(e, ERR_SYS, errno, "cannot read %s", c->path);
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        size_t len = c->where.len;
        buf_printf(&c->where, "/%s", entry->d_name);
        if (change_entry(c, dirfd(d), entry->d_name, device, depth, e) != 0) {
            return -1;
        }
        c->where.len = len;
        c->path[len] = '\0';
    }
}

static int open_folder(const struct changing *c, int folder, const char *name, struct err *e)
{
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && c->in->kind == INSTRUCT_CHMOD) {
        if (change_one(c, folder, name, S_IFDIR, e) != 0) {
            return -1;
        }
        fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    return fd >= 0 ? fd : err_set(e, ERR_SYS, errno, "cannot read %s", c->path);
}

/* The folder itself comes last: it may be the right to go on that is taken away. */
static int change_tree(struct changing *c, int folder, const char *name, dev_t device, unsigned depth, struct err *e)
{
    if (depth > FILE_ACTION_DEPTH_MAX) {
        return err_set(e, ERR_LIMIT, 0, "%s has more than %d folders in each other", c->in->path,
                       FILE_ACTION_DEPTH_MAX);
    }
    int fd = open_folder(c, folder, name, e);
    if (fd < 0) {
        return -1;
    }
    cleanup_folder DIR *d = fdopendir(fd);
    if (d == NULL) {
        fd_close_cleanup(&fd);
        return err_set(e, ERR_SYS, errno, "cannot read %s", c->path);
    }
    return change_entries(c, d, device, depth, e) != 0 ? -1 : change_one(c, folder, name, S_IFDIR, e);
}

int file_change(const struct instructions *in, struct err *e)
{
    struct changing c = {.in = in};
    struct stat st;
    cleanup_place struct place at = {.folder = -1};
    buf_init(&c.where, c.path, sizeof c.path);
    buf_puts(&c.where, in->path);
    if (place_open(in->path, &at, e) != 0) {
        return -1;
    }
    if (fstatat(at.folder, at.name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot look at %s", in->path);
    }
    if (S_ISLNK(st.st_mode) && in->kind == INSTRUCT_CHMOD) {
        return err_set(e, ERR_SYS, 0, "cannot set the permissions of %s: a symbolic link has none", in->path);
    }
    if (in->recursive && S_ISDIR(st.st_mode)) {
        return change_tree(&c, at.folder, at.name, st.st_dev, 1, e);
    }
    return change_one(&c, at.folder, at.name, st.st_mode, e);
}
