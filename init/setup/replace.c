#include "init/setup/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/file_content.h"
#include "init/setup/attributes.h"
#include "init/setup/before_image.h"
#include "init/setup/file_error.h"

#define NAME_DIGITS 16

static int rename_with(const struct replace *r, const char *from, const char *to, unsigned flags)
{
    if (flags == 0) {
        return renameat(r->at.folder, from, r->at.folder, to);
    }
    return (int)syscall(SYS_renameat2, r->at.folder, from, r->at.folder, to, flags);
}

/* Kernels and file systems that have no flags for it. */
static bool has_no_flags(int number)
{
    return number == EINVAL || number == ENOSYS || number == EOPNOTSUPP;
}

/* O_PATH cannot be synced; a folder that may not be read cannot be opened otherwise. */
static int sync_folder(const struct replace *r)
{
    cleanup_fd int fd = openat(r->at.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno == EACCES ? 0 : errno;
    }
    return fsync(fd) == 0 ? 0 : errno;
}

static bool is_there(const struct replace *r, const char *name)
{
    struct stat st;
    return fstatat(r->at.folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int replace_settle(struct replace *r, struct err *e)
{
    uint8_t digest[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    digest_of(r->at.name, strlen(r->at.name), digest);
    digest_hex(digest, hex);
    (void)snprintf(r->new_name, sizeof(r->new_name), ".muster-%.*s.new", NAME_DIGITS, hex);
    (void)snprintf(r->old_name, sizeof(r->old_name), ".muster-%.*s.old", NAME_DIGITS, hex);
    int failed = 0;
    if (is_there(r, r->old_name)) {
        if (!is_there(r, r->at.name) && !is_there(r, r->new_name)) {
            /* It was being removed, and had left its place for good. */
            failed = tree_remove(r->at.folder, r->old_name);
        } else if (!is_there(r, r->at.name)) {
            failed = rename_with(r, r->old_name, r->at.name, 0) == 0 ? 0 : errno;
        } else {
            failed = tree_remove(r->at.folder, r->old_name);
        }
    }
    if (failed == 0 && is_there(r, r->new_name)) {
        failed = tree_remove(r->at.folder, r->new_name);
    }
    return failed == 0 ? 0 : file_error(e, failed, "what an earlier attempt left");
}

int replace_look(struct replace *r, struct err *e)
{
    if (fstatat(r->at.folder, r->at.name, &r->seen, AT_SYMLINK_NOFOLLOW) == 0) {
        return 0;
    }
    r->seen = (struct stat){.st_nlink = 0};
    return errno == ENOENT ? 0 : file_error(e, errno, "");
}

/* Of a folder only that it is the same: what is in it was measured, and the rest is a short while. */
static bool is_as_seen(const struct replace *r)
{
    struct stat now;
    if (fstatat(r->at.folder, r->at.name, &now, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT && r->seen.st_nlink == 0;
    }
    return r->seen.st_nlink != 0 && now.st_dev == r->seen.st_dev && now.st_ino == r->seen.st_ino &&
           now.st_mode == r->seen.st_mode && now.st_uid == r->seen.st_uid && now.st_gid == r->seen.st_gid &&
           now.st_size == r->seen.st_size && now.st_mtim.tv_sec == r->seen.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == r->seen.st_mtim.tv_nsec;
}

struct tree_place replace_new(const struct replace *r)
{
    return (struct tree_place){r->at.folder, r->new_name};
}

bool replace_is_blocked(int number)
{
    return number == EBUSY || number == EROFS || number == EACCES || number == EPERM;
}

bool replace_is_begun(const struct replace *r)
{
    return is_there(r, r->new_name);
}

void replace_discard(const struct replace *r)
{
    if (!is_there(r, r->old_name)) { /* else it may be all that there is to put into the empty place */
        (void)tree_remove(r->at.folder, r->new_name);
    }
}

/* Two steps where one is not to be had; replace_settle() finishes or undoes it. */
static int exchange_slowly(struct replace *r)
{
    if (rename_with(r, r->at.name, r->old_name, 0) != 0) {
        return errno;
    }
    if (rename_with(r, r->new_name, r->at.name, 0) != 0) {
        int number = errno;
        (void)rename_with(r, r->old_name, r->at.name, 0);
        return number;
    }
    int failed = sync_folder(r);
    (void)tree_remove(r->at.folder, r->old_name);
    return failed;
}

/* A folder cannot be renamed over. */
static int exchange(struct replace *r)
{
    if (rename_with(r, r->new_name, r->at.name, RENAME_EXCHANGE) != 0) {
        return has_no_flags(errno) ? exchange_slowly(r) : errno;
    }
    int failed = sync_folder(r);
    (void)tree_remove(r->at.folder, r->new_name); /* or next time: nothing depends on it */
    return failed;
}

static int appear(struct replace *r)
{
    if (rename_with(r, r->new_name, r->at.name, RENAME_NOREPLACE) != 0) {
        if (!has_no_flags(errno) || rename_with(r, r->new_name, r->at.name, 0) != 0) {
            return errno;
        }
    }
    return sync_folder(r);
}

int replace_swap(struct replace *r, enum wire_file_kind found, enum wire_file_kind made, struct err *e)
{
    if (!is_as_seen(r)) {
        return 1;
    }
    int failed;
    if (found == WIRE_FILE_NONE) {
        failed = appear(r);
    } else if (found == WIRE_FILE_DIRECTORY || made == WIRE_FILE_DIRECTORY) {
        failed = exchange(r);
    } else {
        failed = rename_with(r, r->new_name, r->at.name, 0) == 0 ? 0 : errno;
        r->blocked = replace_is_blocked(failed);
        failed = failed == 0 ? sync_folder(r) : failed;
    }
    if (failed == EEXIST) {
        return 1;
    }
    return failed == 0 ? 0 : file_error(e, failed, "");
}

int replace_remove(struct replace *r, struct err *e)
{
    if (!is_as_seen(r)) {
        return 1;
    }
    int failed;
    if (S_ISDIR(r->seen.st_mode)) {
        failed = rename_with(r, r->at.name, r->old_name, 0) == 0 ? 0 : errno;
        failed = failed == 0 ? tree_remove(r->at.folder, r->old_name) : failed;
    } else {
        failed = unlinkat(r->at.folder, r->at.name, 0) == 0 ? 0 : errno;
    }
    failed = failed == 0 ? sync_folder(r) : failed;
    return failed == 0 ? 0 : file_error(e, failed, "");
}

/* ---- in place ---- */

static void open_name(const char *backup, char out[IMAGE_NAME_MAX])
{
    (void)snprintf(out, IMAGE_NAME_MAX, "%s.open", backup);
}

static int open_target(const struct replace *r, int flags)
{
    return openat(r->at.folder, r->at.name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
}

bool replace_is_writable(const struct replace *r)
{
    cleanup_fd int fd = open_target(r, 0);
    return fd >= 0;
}

bool replace_was_open(int images, const char *backup)
{
    char name[IMAGE_NAME_MAX];
    struct stat st;
    open_name(backup, name);
    return fstatat(images, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int mark_open(int images, const char *name)
{
    cleanup_fd int fd = openat(images, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd >= 0 && fsync(fd) == 0 && fsync(images) == 0 ? 0 : errno;
}

static int write_over(const struct replace *r, int images, const char *backup, const struct tree_entry *entry)
{
    cleanup_fd int from = openat(images, backup, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    cleanup_fd int to = from < 0 ? -1 : open_target(r, O_TRUNC);
    struct stat st;
    if (to < 0 || fstat(to, &st) != 0) {
        return errno;
    }
    if (!S_ISREG(st.st_mode)) {
        return ESTALE;
    }
    int failed = file_content_copy(from, to) == 0 ? 0 : errno;
    failed = failed == 0 ? attributes_apply(to, entry) : failed;
    return failed == 0 && fsync(to) != 0 ? errno : failed;
}

int replace_in_place(struct replace *r, int images, const char *backup, const struct tree_entry *entry, struct err *e)
{
    char name[IMAGE_NAME_MAX];
    open_name(backup, name);
    int failed = mark_open(images, name);
    failed = failed == 0 ? write_over(r, images, backup, entry) : failed;
    if (failed == 0 && (unlinkat(images, name, 0) != 0 || fsync(images) != 0)) {
        failed = errno;
    }
    return failed == 0 ? 0 : file_error(e, failed, "");
}
