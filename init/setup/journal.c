#include "init/setup/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"

#define OLD_FILE JOURNAL_FILE ".1"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static int make_session_id(char out[SESSION_ID_MAX], struct err *e)
{
    unsigned char bytes[(SESSION_ID_MAX - 1) / 2];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return err_set(e, ERR_STATE, errno, "cannot get random bytes from the kernel");
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
    return 0;
}

static int fail(struct err *e, int sys, const char *what)
{
    if (sys == ENOSPC || sys == EDQUOT) {
        return err_set(e, ERR_STATE, sys, "cannot %s the journal: the disk of the state directory is full", what);
    }
    return err_set(e, ERR_STATE, sys, "cannot %s the journal", what);
}

static int put_aside_when_large(int dirfd, struct err *e)
{
    struct stat st;
    if (fstatat(dirfd, JOURNAL_FILE, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? 0 : fail(e, errno, "look at");
    }
    if ((size_t)st.st_size > JOURNAL_KEEP_MAX && renameat(dirfd, JOURNAL_FILE, dirfd, OLD_FILE) != 0) {
        return fail(e, errno, "put aside");
    }
    return 0;
}

/* A kill in the middle of a write leaves half a line: it gets its end, so that what follows stays readable. */
static int end_torn_line(int fd, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return fail(e, errno, "look at");
    }
    if (!S_ISREG(st.st_mode)) {
        return err_set(e, ERR_STATE, 0, "the journal (%s) is not a regular file", JOURNAL_FILE);
    }
    char last = '\n';
    if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1) {
        return fail(e, errno, "read");
    }
    if (last != '\n' && fd_write_all(fd, "\n", 1) != 0) {
        return fail(e, errno, "write to");
    }
    return 0;
}

static int open_file(int dirfd, struct err *e)
{
    if (put_aside_when_large(dirfd, e) != 0) {
        return -1;
    }
    cleanup_fd int fd =
        openat(dirfd, JOURNAL_FILE, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0) {
        return fail(e, errno, "open");
    }
    if (end_torn_line(fd, e) != 0) {
        return -1;
    }
    /* The name has to survive a power cut as well as the lines. */
    if (fsync(dirfd) != 0 && errno != EINVAL) {
        return fail(e, errno, "sync the folder of");
    }
    return fd_steal(&fd);
}

static int write_session(struct journal *j, const char *manifest_sha256, struct err *e)
{
    char storage[JOURNAL_LINE_MAX];
    char boot_id[64] = "";
    size_t len = 0;
    struct err unreadable;
    bool known = file_read(AT_FDCWD, BOOT_ID, boot_id, sizeof(boot_id), &len, &unreadable) == 0;
    boot_id[strcspn(boot_id, "\n")] = '\0';

    struct jsonw w;
    struct buf b;
    journal_begin(j, &w, &b, storage, sizeof(storage), "session", j->anchor.mono_us);
    jsonw_string(&w, "manifest_sha256", manifest_sha256);
    jsonw_int(&w, "pid", getpid());
    jsonw_string(&w, "boot_id", known ? boot_id : NULL);
    return journal_commit(j, &w, e);
}

int journal_open(const struct statedir *s, const struct clock_anchor *anchor, const char *manifest_sha256,
                 struct journal *out, struct err *e)
{
    struct journal j = {.fd = -1, .anchor = *anchor};
    if (make_session_id(j.session, e) != 0) {
        return -1;
    }
    cleanup_fd int fd = -1;
    if (s->fd >= 0) {
        fd = open_file(s->fd, e);
        if (fd < 0) {
            return -1;
        }
    }
    j.fd = fd;
    if (write_session(&j, manifest_sha256, e) != 0) {
        return -1;
    }
    fd_steal(&fd);
    *out = j;
    return 0;
}

void journal_begin(struct journal *j, struct jsonw *w, struct buf *b, char *storage, size_t cap, const char *kind,
                   uint64_t now_us)
{
    char at[CLOCK_TEXT_MAX];
    clock_format(&j->anchor, now_us, 6, at);
    buf_init(b, storage, cap);
    jsonw_init(w, b, false);
    jsonw_object(w, NULL);
    jsonw_uint(w, "sequence", j->sequence + 1);
    jsonw_string(w, "at", at);
    jsonw_string(w, "session", j->session);
    jsonw_string(w, "kind", kind);
}

/* One write(2), so that a kill leaves a whole line or none; what a full disk cut is taken back. */
static int append(int fd, const char *line, size_t len)
{
    ssize_t n;
    do {
        n = write(fd, line, len);
    } while (n < 0 && errno == EINTR);
    if (n == (ssize_t)len) {
        return fdatasync(fd);
    }
    int reason = n < 0 ? errno : ENOSPC;
    struct stat st;
    if (n > 0 && fstat(fd, &st) == 0 && st.st_size >= n) {
        (void)!ftruncate(fd, st.st_size - n);
    }
    errno = reason;
    return -1;
}

int journal_commit(struct journal *j, struct jsonw *w, struct err *e)
{
    struct buf *b = w->out;
    jsonw_object_end(w);
    buf_putc(b, '\n');
    if (b->overflow) {
        return err_set(e, ERR_LIMIT, 0, "a line of the journal is longer than %zu bytes", b->cap - 1);
    }
    if (j->fd >= 0 && append(j->fd, b->data, b->len) != 0) {
        return fail(e, errno, "write to");
    }
    j->sequence++;
    return 0;
}

void journal_close(struct journal *j)
{
    fd_close_cleanup(&j->fd);
    j->fd = -1;
}
