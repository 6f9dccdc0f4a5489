#include "init/setup/statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"

#define LOCK_NAME "lock"
#define KEY_NAME "key"
#define KEY_TRIES 3

/* Readers hold a shared lock for an instant to learn whether an owner lives; that must not look like an owner. */
#define LOCK_TRIES 10
#define LOCK_PAUSE_NS 10000000L
#define LOCK_TEXT_MAX 64

#define CANDIDATES_MAX 3

static int random_bytes(void *out, size_t len, struct err *e)
{
    /* getrandom(2): up to 256 bytes come whole and uninterrupted. */
    if (getrandom(out, len, 0) != (ssize_t)len) {
        return err_set(e, ERR_STATE, errno, "cannot get random bytes from the kernel");
    }
    return 0;
}

/* Whether nobody but us can have put anything into it. */
static int check_owner(const struct stat *st, const char *path, struct err *e)
{
    if (st->st_uid != geteuid()) {
        return err_set(e, ERR_STATE, 0, "state directory %s belongs to user %u, not to user %u: choose another one",
                       path, (unsigned)st->st_uid, (unsigned)geteuid());
    }
    if ((st->st_mode & 077) != 0) {
        return err_set(e, ERR_STATE, 0,
                       "state directory %s is open to other users (mode %04o): make it 0700 or name a folder inside it",
                       path, (unsigned)(st->st_mode & 07777));
    }
    return 0;
}

static int open_folder(const char *path, bool create, struct err *e)
{
    bool made = create && mkdir(path, 0700) == 0;
    if (create && !made && errno != EEXIST) {
        return err_set(e, ERR_STATE, errno, "cannot make state directory %s", path);
    }
    cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return err_set(e, ERR_STATE, errno, "cannot open state directory %s", path);
    }
    struct stat st;
    if ((made && fchmod(fd, 0700) != 0) || fstat(fd, &st) != 0) {
        return err_set(e, ERR_STATE, errno, "cannot look at state directory %s", path);
    }
    if (check_owner(&st, path, e) != 0) {
        return -1;
    }
    return fd_steal(&fd);
}

/* Returns 1 = read, 0 = there is none that is usable, -1 = error. */
static int key_read(int dirfd, uint8_t out[STATEDIR_KEY_BYTES], struct err *e)
{
    cleanup_fd int fd = openat(dirfd, KEY_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? 0 : err_set(e, ERR_STATE, errno, "cannot open %s in the state directory", KEY_NAME);
    }
    uint8_t bytes[STATEDIR_KEY_BYTES + 1];
    ssize_t n = read(fd, bytes, sizeof(bytes));
    if (n < 0) {
        return err_set(e, ERR_STATE, errno, "cannot read %s in the state directory", KEY_NAME);
    }
    if (n != STATEDIR_KEY_BYTES) {
        return 0;
    }
    memcpy(out, bytes, STATEDIR_KEY_BYTES);
    return 1;
}

/* Returns 1 = made, 0 = somebody else was faster, -1 = error. */
static int key_make(int dirfd, uint8_t out[STATEDIR_KEY_BYTES], struct err *e)
{
    uint8_t bytes[STATEDIR_KEY_BYTES];
    if (random_bytes(bytes, sizeof(bytes), e) != 0) {
        return -1;
    }
    /* One of the wrong length was torn by a kill while it was made: nothing was fingerprinted with it. */
    if (unlinkat(dirfd, KEY_NAME, 0) != 0 && errno != ENOENT) {
        return err_set(e, ERR_STATE, errno, "cannot replace %s in the state directory", KEY_NAME);
    }
    cleanup_fd int fd = openat(dirfd, KEY_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        return 0;
    }
    if (fd < 0 || fd_write_all(fd, bytes, sizeof(bytes)) != 0) {
        return err_set(e, ERR_STATE, errno, "cannot write %s in the state directory", KEY_NAME);
    }
    memcpy(out, bytes, sizeof(bytes));
    return 1;
}

static int load_key(struct statedir *s, bool create, struct err *e)
{
    for (int i = 0; i < KEY_TRIES; i++) {
        int got = key_read(s->fd, s->key, e);
        if (got == 0 && create) {
            got = key_make(s->fd, s->key, e);
        }
        if (got != 0 || !create) {
            return got < 0 ? -1 : 0;
        }
    }
    return err_set(e, ERR_STATE, 0, "%s in the state directory keeps changing", KEY_NAME);
}

static int open_one(const char *path, bool create, struct statedir *out, struct err *e)
{
    size_t len = strlen(path);
    /* With a slash behind it a symbolic link would be followed despite O_NOFOLLOW. */
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    if (len == 0 || len >= sizeof(out->path)) {
        return err_set(e, ERR_STATE, 0, "the name of the state directory is %s", len == 0 ? "empty" : "too long");
    }
    struct statedir s = {.fd = -1, .lock_fd = -1};
    memcpy(s.path, path, len);
    cleanup_fd int fd = open_folder(s.path, create, e);
    s.fd = fd;
    if (fd < 0 || load_key(&s, create, e) != 0) {
        return -1;
    }
    fd_steal(&fd);
    *out = s;
    return 0;
}

/* In the order of preference; a candidate that does not apply is empty. */
static void list_candidates(char paths[CANDIDATES_MAX][PATH_MAX])
{
    memset(paths, 0, CANDIDATES_MAX * (size_t)PATH_MAX);
    snprintf(paths[0], PATH_MAX, "/run/muster");
    const char *runtime = secure_getenv("XDG_RUNTIME_DIR");
    if (runtime != NULL && runtime[0] == '/' && strlen(runtime) + sizeof("/muster") <= PATH_MAX) {
        snprintf(paths[1], PATH_MAX, "%s/muster", runtime);
    }
    snprintf(paths[2], PATH_MAX, "/tmp/muster-%u", (unsigned)geteuid());
}

static int open_default(bool create, struct statedir *out, struct err *e)
{
    char paths[CANDIDATES_MAX][PATH_MAX];
    list_candidates(paths);
    if (create) {
        /* An image made from scratch has no /run; failing is fine, the next line tells. */
        (void)mkdir("/run", 0755);
    }
    for (size_t i = 0; i < CANDIDATES_MAX; i++) {
        struct err ignored;
        if (paths[i][0] == '\0' || open_one(paths[i], create, out, &ignored) != 0) {
            continue;
        }
        /* It may have come with the image, whose root is read-only now. */
        if (!create || faccessat(out->fd, ".", W_OK, 0) == 0) {
            return 0;
        }
        statedir_close(out);
    }
    return err_set(e, ERR_STATE, 0, "no state directory: %s, %s and %s do not exist or are not ours", paths[0],
                   paths[1][0] != '\0' ? paths[1] : "$XDG_RUNTIME_DIR/muster", paths[2]);
}

int statedir_open(const char *wanted, bool create, struct statedir *out, struct err *e)
{
    if (wanted != NULL) {
        return open_one(wanted, create, out, e);
    }
    struct err none;
    if (open_default(create, out, &none) == 0) {
        return 0;
    }
    if (!create) {
        *e = none;
        return -1;
    }
    struct statedir memory = {.fd = -1, .lock_fd = -1};
    if (random_bytes(memory.key, sizeof(memory.key), e) != 0) {
        return -1;
    }
    *out = memory;
    return 0;
}

static int take_lock(int fd)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            return 0;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return -1;
        }
        struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
        (void)nanosleep(&pause, NULL);
    }
    errno = EWOULDBLOCK;
    return -1;
}

static int refuse_locked(int fd, const char *path, struct err *e)
{
    char holder[LOCK_TEXT_MAX] = "";
    ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);
    holder[n > 0 ? n : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return err_set(e, ERR_LOCKED, 0, "state directory %s is in use by another muster (%s)", path,
                   holder[0] != '\0' ? holder : "it does not say which");
}

/* Only for the message of a second instance; the lock itself is the kernel's. */
static void write_holder(int fd)
{
    struct clock_anchor anchor = clock_anchor_now();
    char at[CLOCK_TEXT_MAX];
    clock_format(&anchor, anchor.mono_us, 3, at);
    char text[LOCK_TEXT_MAX];
    int len = snprintf(text, sizeof(text), "pid %ld since %s\n", (long)getpid(), at);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len) {
        (void)!ftruncate(fd, 0);
    }
}

int statedir_lock(struct statedir *s, struct err *e)
{
    if (s->fd < 0) {
        return 0;
    }
    cleanup_fd int fd = openat(s->fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return err_set(e, ERR_STATE, errno, "cannot open %s/%s", s->path, LOCK_NAME);
    }
    if (take_lock(fd) != 0) {
        if (errno == EWOULDBLOCK) {
            return refuse_locked(fd, s->path, e);
        }
        return err_set(e, ERR_STATE, errno, "cannot lock %s/%s", s->path, LOCK_NAME);
    }
    write_holder(fd);
    s->lock_fd = fd_steal(&fd);
    return 0;
}

bool statedir_owner_alive(const struct statedir *s)
{
    if (s->fd < 0) {
        return false;
    }
    cleanup_fd int fd = openat(s->fd, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

int statedir_lock_file(const struct statedir *s, struct stat *out)
{
    return fstatat(s->fd, LOCK_NAME, out, AT_SYMLINK_NOFOLLOW);
}

void statedir_close(struct statedir *s)
{
    fd_close_cleanup(&s->lock_fd);
    fd_close_cleanup(&s->fd);
    s->lock_fd = -1;
    s->fd = -1;
}
