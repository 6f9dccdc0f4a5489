#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/buf.h"
#include "init/base/fdio.h"
#include "init/base/file_content.h"
#include "init/base/pending_file.h"
#include "init/setup/file_action.h"

/* Set-user-ID would make a program run as whoever copies it; of folders the bits only say who may remove what. */
#define FILE_BITS 0777
#define FOLDER_BITS 03777

/* One copy of a tree. */
struct copying {
    const struct instructions *in;
    struct stat root; /* the new tree: what is below it is not copied into it again */
    char from[PATH_MAX];
    char to[PATH_MAX]; /* both for messages */
    struct buf from_path, to_path;
};

static void close_folder(DIR **d)
{
    if (*d != NULL) {
        (void)closedir(*d);
    }
}
#define cleanup_folder __attribute__((cleanup(close_folder)))

static int copy_file(const struct copying *c, int folder, const char *name, int flags, const struct place *to,
                     bool unsynced, struct err *e)
{
    cleanup_fd int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot read %s", c->from);
    }
    const struct file_look look = {.mode = c->in->mode == INSTRUCT_KEEP ? st.st_mode & FILE_BITS : c->in->mode,
                                   .uid = c->in->uid,
                                   .gid = c->in->gid};
    cleanup_pending struct pending_file file = PENDING_NONE;
    if (pending_file_open(&file, to, PENDING_NEW, &look, e) != 0) {
        return -1;
    }
    file.unsynced = unsynced;
    if (file_content_copy(fd, file.fd) != 0) {
        return errno == ESTALE ? err_set(e, ERR_SYS, 0, "cannot copy %s: it changed meanwhile", c->from)
                               : err_set(e, ERR_SYS, errno, "cannot copy %s to %s", c->from, c->to);
    }
    int rc = pending_file_commit(&file, &look, e);
    if (rc > 0) {
        file_tell_written_over(c->to);
    }
    return rc < 0 ? -1 : 0;
}

static int copy_link(const struct copying *c, int folder, const char *name, const struct place *to, struct err *e)
{
    char target[PATH_MAX];
    ssize_t len = readlinkat(folder, name, target, sizeof target - 1);
    if (len < 0) {
        return err_set(e, ERR_SYS, errno, "cannot read %s", c->from);
    }
    target[len] = '\0';
    const struct file_look look = {.mode = FILE_LOOK_KEEP, .uid = c->in->uid, .gid = c->in->gid};
    return file_link(to, target, &look, e);
}

static int copy_folder(struct copying *c, int from, const struct place *to, unsigned depth, struct err *e);

static bool is_new_tree(const struct copying *c, const struct stat *st)
{
    return st->st_dev == c->root.st_dev && st->st_ino == c->root.st_ino;
}

static int copy_entry(struct copying *c, int folder, int into, const char *name, unsigned depth, struct err *e)
{
    struct place to = {.folder = into, .path = c->to};
    size_t len = strlen(name);
    struct stat st;
    if (len >= sizeof to.name || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot look at %s", c->from);
    }
    memcpy(to.name, name, len + 1);
    if (S_ISREG(st.st_mode)) {
        return copy_file(c, folder, name, O_NOFOLLOW, &to, true, e);
    }
    if (S_ISLNK(st.st_mode)) {
        return copy_link(c, folder, name, &to, e);
    }
    if (!S_ISDIR(st.st_mode)) {
        return err_set(e, ERR_SYS, 0, "cannot copy %s: no file, folder or symbolic link", c->from);
    }
    if (is_new_tree(c, &st)) {
        return err_set(e, ERR_SYS, 0, "cannot copy %s into itself", c->in->from);
    }
    cleanup_fd int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return err_set(e, ERR_SYS, errno, "cannot read %s", c->from);
    }
    return copy_folder(c, fd, &to, depth + 1, e);
}

static int copy_entries(struct copying *c, int from, int into, unsigned depth, struct err *e)
{
    int fd = dup(from);
    cleanup_folder DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (d == NULL) {
        int error = errno;
        fd_close_cleanup(&fd);
        return err_set(e, ERR_SYS, error, "cannot read %s", c->from);
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(d);
        if (entry == NULL) {
            return errno == 0 ? 0 : err_set(e, ERR_SYS, errno, "cannot read %s", c->from);
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        size_t from_len = c->from_path.len;
        size_t to_len = c->to_path.len;
        buf_printf(&c->from_path, "/%s", entry->d_name);
        buf_printf(&c->to_path, "/%s", entry->d_name);
        if (copy_entry(c, from, into, entry->d_name, depth, e) != 0) {
            return -1;
        }
        c->from_path.len = from_len;
        c->to_path.len = to_len;
    }
}

static int make_folder(const struct copying *c, const struct place *to, struct err *e)
{
    bool there = mkdirat(to->folder, to->name, 0700) != 0 && errno == EEXIST;
    int fd = openat(to->folder, to->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && there && (errno == ENOTDIR || errno == ELOOP)) {
        return err_set(e, ERR_SYS, 0, "cannot make the folder %s: something else is there", c->to);
    }
    return fd >= 0 ? fd : err_set(e, ERR_SYS, errno, "cannot make the folder %s", c->to);
}

static int copy_folder(struct copying *c, int from, const struct place *to, unsigned depth, struct err *e)
{
    struct stat st;
    if (depth > FILE_ACTION_DEPTH_MAX) {
        return err_set(e, ERR_LIMIT, 0, "%s has more than %d folders in each other", c->in->from,
                       FILE_ACTION_DEPTH_MAX);
    }
    cleanup_fd int into = make_folder(c, to, e);
    if (into < 0) {
        return -1;
    }
    if (fstat(from, &st) != 0 || (depth == 1 && fstat(into, &c->root) != 0)) {
        return err_set(e, ERR_SYS, errno, "cannot look at %s and %s", c->from, c->to);
    }
    if (is_new_tree(c, &st)) {
        return err_set(e, ERR_SYS, 0, "cannot copy %s into itself", c->in->from);
    }
    /* Permissions last, since they may take away the right to write into it. */
    const struct file_look look = {.mode = st.st_mode & FOLDER_BITS, .uid = c->in->uid, .gid = c->in->gid};
    if (copy_entries(c, from, into, depth, e) != 0 || file_look_apply(into, c->to, &look, e) != 0) {
        return -1;
    }
    /* Files were not synced one by one, which takes a hundred times as long. */
    return depth > 1 || syncfs(into) == 0 ? 0 : err_set(e, ERR_SYS, errno, "cannot sync %s", c->to);
}

int file_copy(const struct instructions *in, struct err *e)
{
    struct copying c = {.in = in};
    struct stat st;
    buf_init(&c.from_path, c.from, sizeof c.from);
    buf_init(&c.to_path, c.to, sizeof c.to);
    buf_puts(&c.from_path, in->from);
    buf_puts(&c.to_path, in->path);
    if (stat(in->from, &st) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot read %s", in->from);
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        return err_set(e, ERR_SYS, 0, "cannot copy %s: it is no regular file and no folder", in->from);
    }
    cleanup_place struct place to = {.folder = -1};
    if (place_open(in->path, &to, e) != 0) {
        return -1;
    }
    if (S_ISREG(st.st_mode)) {
        return copy_file(&c, AT_FDCWD, in->from, 0, &to, false, e);
    }
    cleanup_fd int from = open(in->from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0) {
        return err_set(e, ERR_SYS, errno, "cannot read %s", in->from);
    }
    return copy_folder(&c, from, &to, 1, e) != 0 ? -1 : place_sync(&to, e);
}
