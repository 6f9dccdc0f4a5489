#include "init/base/pending_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/digest.h"
#include "init/base/fdio.h"
#include "init/base/file_content.h"

/* What others put in the way is removed; who goes on doing so has won. */
#define TRIES_MAX 8

/* The dot, the longest ending, and the NUL. */
#define NAME_ROOM (NAME_MAX + 1 - 1 - sizeof ".muster-part")
/* Of the name's digest, in hexadecimal. */
#define DIGEST_CUT 16

void pending_file_name(const char *name, enum pending_kind kind, char out[NAME_MAX + 1])
{
    const char *ending = kind == PENDING_NEW ? "new" : "part";
    size_t len = strlen(name);
    if (len <= NAME_ROOM) {
        (void)snprintf(out, NAME_MAX + 1, ".%s.muster-%s", name, ending);
        return;
    }
    uint8_t digest[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    digest_of(name, len, digest);
    digest_hex(digest, hex);
    (void)snprintf(out, NAME_MAX + 1, ".%.*s-%.*s.muster-%s", (int)NAME_ROOM - DIGEST_CUT - 1, name, DIGEST_CUT, hex,
                   ending);
}

static int check_target(const struct place *at, struct err *e)
{
    struct stat st;
    if (fstatat(at->folder, at->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? 0 : err_set(e, ERR_SYS, errno, "cannot look at %s", at->path);
    }
    if (S_ISDIR(st.st_mode)) {
        return err_set(e, ERR_SYS, EISDIR, "cannot write %s", at->path);
    }
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
        return err_set(e, ERR_SYS, 0, "cannot write %s: what is there is no regular file", at->path);
    }
    return 0;
}

/* Is what was opened under the name ours to use? It may be what a killed writer left, or what somebody put there. */
static bool is_usable(const struct pending_file *p, const struct file_look *look)
{
    struct stat st;
    struct stat named;
    if (fstat(p->fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
        (st.st_uid != geteuid() && st.st_uid != look->uid) ||
        fstatat(p->at->folder, p->name, &named, AT_SYMLINK_NOFOLLOW) != 0 || st.st_dev != named.st_dev ||
        st.st_ino != named.st_ino) {
        return false;
    }
    return p->kind == PENDING_PART || (st.st_size == 0 && (st.st_mode & 07777) == 0600);
}

/* Returns 1 when it is to be tried again. */
static int open_once(struct pending_file *p, const struct file_look *look, struct err *e)
{
    p->fd = openat(p->at->folder, p->name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    int error = p->fd < 0 ? errno : 0;
    bool in_the_way = error == ELOOP || error == EACCES || error == ENXIO;
    if (error != 0 && !in_the_way) {
        return err_set(e, ERR_SYS, error, "cannot make a file beside %s", p->at->path);
    }
    if (p->fd >= 0 && flock(p->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return err_set(e, ERR_LOCKED, 0, "cannot write %s: another process is doing that", p->at->path);
    }
    if (p->fd >= 0 && is_usable(p, look)) {
        return 0;
    }
    fd_close_cleanup(&p->fd);
    p->fd = -1;
    if (unlinkat(p->at->folder, p->name, 0) != 0 && (error != 0 || errno != ENOENT)) {
        return err_set(e, ERR_SYS, error != 0 ? error : errno, "cannot make a file beside %s", p->at->path);
    }
    return 1;
}

int pending_file_open(struct pending_file *p, const struct place *at, enum pending_kind kind,
                      const struct file_look *look, struct err *e)
{
    struct pending_file file = {.at = at, .kind = kind, .fd = -1};
    pending_file_name(at->name, kind, file.name);
    if (check_target(at, e) != 0) {
        return -1;
    }
    int rc = 1;
    for (int i = 0; rc == 1 && i < TRIES_MAX; i++) {
        rc = open_once(&file, look, e);
    }
    if (rc == 0) {
        *p = file;
        return 0;
    }
    fd_close_cleanup(&file.fd);
    return rc < 0 ? -1 : err_set(e, ERR_SYS, EEXIST, "cannot make a file beside %s", at->path);
}

static int sync_file(int fd, const char *path, struct err *e)
{
    if (fsync(fd) != 0 && errno != EINVAL) { /* EINVAL: a file system that cannot */
        return err_set(e, ERR_SYS, errno, "cannot sync %s", path);
    }
    return 0;
}

static int write_over(struct pending_file *p, const struct file_look *look, struct err *e)
{
    const char *path = p->at->path;
    cleanup_fd int fd = openat(p->at->folder, p->at->name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || file_content_copy(p->fd, fd) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot write %s", path);
    }
    if (file_look_apply(fd, path, look, e) != 0 || sync_file(fd, path, e) != 0) {
        return -1;
    }
    pending_file_remove(p);
    return 1;
}

int pending_file_commit(struct pending_file *p, const struct file_look *look, struct err *e)
{
    const struct place *at = p->at;
    if (file_look_apply(p->fd, at->path, look, e) != 0 || (!p->unsynced && sync_file(p->fd, at->path, e) != 0)) {
        return -1;
    }
    if (renameat(at->folder, p->name, at->folder, at->name) != 0) {
        return errno == EBUSY ? write_over(p, look, e) : err_set(e, ERR_SYS, errno, "cannot replace %s", at->path);
    }
    p->at = NULL;
    return p->unsynced ? 0 : place_sync(at, e);
}

void pending_file_remove(struct pending_file *p)
{
    if (p->at != NULL) {
        int saved = errno;
        (void)unlinkat(p->at->folder, p->name, 0);
        p->at = NULL;
        errno = saved;
    }
}

void pending_file_close(struct pending_file *p)
{
    struct stat st;
    if (p->kind == PENDING_NEW || (p->at != NULL && fstat(p->fd, &st) == 0 && st.st_size == 0)) {
        pending_file_remove(p);
    }
    fd_close_cleanup(&p->fd);
    p->fd = -1;
    p->at = NULL;
}
