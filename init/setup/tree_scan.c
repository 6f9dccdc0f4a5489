#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/setup/content.h"
#include "init/setup/file_error.h"
#include "init/setup/safe_path.h"
#include "init/setup/tree.h"

#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY)

struct scan {
    struct tree *tree;
    int root;
    int failed; /* the first to set it fills @e */
    struct err *e;
};

/* From several threads. */
static void fail(struct scan *s, int number, const char *what)
{
    if (__atomic_exchange_n(&s->failed, 1, __ATOMIC_RELAXED) == 0) {
        file_error(s->e, number, what);
    }
}

static int64_t mtime_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static void take(const struct stat *st, struct tree_entry *out)
{
    out->kind = tree_kind_of(st->st_mode);
    out->mode = st->st_mode & 07777;
    out->uid = st->st_uid;
    out->gid = st->st_gid;
    out->mtime_ns = mtime_of(st);
    out->size = out->kind == WIRE_FILE_REGULAR ? (uint64_t)st->st_size : 0;
}

static bool is_same_state(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && mtime_of(a) == mtime_of(b) &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* One descriptor: what is stated about the file is stated about the bytes that were hashed. Returns 0 or an errno. */
static int measure_file(int fd, enum digest_algorithm a, struct tree_entry *out)
{
    struct stat before;
    struct stat after;
    if (fstat(fd, &before) != 0) {
        return errno;
    }
    if (!S_ISREG(before.st_mode)) {
        return ESTALE;
    }
    int failed = content_hash(fd, (uint64_t)before.st_size, a, out->digest);
    if (failed == 0 && fstat(fd, &after) != 0) {
        failed = errno;
    }
    if (failed != 0) {
        return failed;
    }
    take(&after, out);
    return is_same_state(&before, &after) ? 0 : ESTALE;
}

static int add_link(struct tree *t, struct tree_entry *entry, const char *target, size_t len, enum digest_algorithm a)
{
    struct digest d;
    digest_start(&d, a);
    digest_update(&d, target, len);
    digest_final(&d, entry->digest);
    entry->size = len;
    entry->target = tree_add_text(t, target, len);
    return entry->target == 0 ? -1 : 0;
}

/* The entry that was added last. */
static int read_link(struct tree *t, int folder, const char *name, enum digest_algorithm a)
{
    struct tree_entry *entry = &t->entries[t->count - 1];
    struct stat st;
    char target[PATH_MAX];
    ssize_t n = readlinkat(folder, name, target, sizeof(target));
    if (n < 0 || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0) {
        return -1;
    }
    take(&st, entry);
    return add_link(t, entry, target, (size_t)n, a);
}

static enum wire_file_kind kind_in(int folder, const struct dirent *d)
{
    struct stat st;
    if (d->d_type != DT_UNKNOWN) {
        return tree_kind_of((unsigned)DTTOIF(d->d_type));
    }
    return fstatat(folder, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? tree_kind_of(st.st_mode) : WIRE_FILE_NONE;
}

/* One name of the folder whose path is @path. */
static int list_name(struct tree *t, int folder, char path[WIRE_PATH_MAX], size_t len, const struct dirent *d)
{
    size_t name_len = strlen(d->d_name);
    size_t start = len == 0 ? 0 : len + 1;
    if (start + name_len >= WIRE_PATH_MAX) {
        errno = E2BIG;
        return -1;
    }
    enum wire_file_kind kind = kind_in(folder, d);
    if (tree_kind_letter(kind) == '\0') {
        return 0;
    }
    if (len > 0) {
        path[len] = '/';
    }
    memcpy(path + start, d->d_name, name_len);
    struct tree_entry *added = tree_add(t, path, start + name_len);
    path[len] = '\0';
    if (added == NULL) {
        return -1;
    }
    added->kind = kind;
    return kind == WIRE_FILE_SYMLINK ? read_link(t, folder, d->d_name, DIGEST_SHA256) : 0;
}

/* NULL with errno 0 at the end. */
static const struct dirent *next_name(DIR *names)
{
    errno = 0;
    return readdir(names);
}

static int list_names(struct tree *t, int fd, char path[WIRE_PATH_MAX])
{
    size_t len = strlen(path);
    DIR *names = fdopendir(fd); /* takes the descriptor */
    if (names == NULL) {
        close(fd);
        return -1;
    }
    int failed = 0;
    for (const struct dirent *d; failed == 0 && (d = next_name(names)) != NULL;) {
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
            failed = list_name(t, dirfd(names), path, len, d);
        }
    }
    int number = errno;
    closedir(names);
    errno = number;
    return failed != 0 || number != 0 ? -1 : 0;
}

static size_t depth_of(const char *path)
{
    size_t depth = path[0] == '\0' ? 0 : 1;
    for (; *path != '\0'; path++) {
        depth += *path == '/';
    }
    return depth;
}

static void list_folder(struct scan *s, size_t i)
{
    struct tree *t = s->tree;
    char path[WIRE_PATH_MAX] = "";
    memcpy(path, tree_text(t, t->entries[i].path), strlen(tree_text(t, t->entries[i].path)));
    if (depth_of(path) > TREE_DEPTH_MAX) {
        fail(s, E2BIG, path);
        return;
    }
    int fd = safe_open_below(s->root, path[0] == '\0' ? "." : path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 && errno == EXDEV) {
        t->entries[i].kind = WIRE_FILE_NONE;
        t->mounts++;
        return;
    }
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        fail(s, errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? ESTALE : errno, path);
        fd_close_cleanup(&fd);
        return;
    }
    take(&st, &t->entries[i]);
    if (list_names(t, fd, path) != 0) {
        fail(s, errno, path);
    }
}

/* Breadth first: the list is its own queue. */
static void list_all(struct scan *s)
{
    for (size_t i = 0; i < s->tree->count && s->failed == 0; i++) {
        if (s->tree->entries[i].kind == WIRE_FILE_DIRECTORY) {
            list_folder(s, i);
        }
    }
    digest_of("", 0, s->tree->entries[0].digest);
}

/* A folder that still has the time stamp it was listed with has neither gained nor lost a name. */
static int measure_folder(int fd, struct tree_entry *entry)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return errno;
    }
    if (mtime_of(&st) != entry->mtime_ns) {
        return ESTALE;
    }
    take(&st, entry);
    digest_of("", 0, entry->digest);
    return 0;
}

static void measure_entry(void *context, size_t i)
{
    struct scan *s = context;
    struct tree_entry *entry = &s->tree->entries[i];
    const char *path = i == 0 ? "." : tree_text(s->tree, entry->path);
    bool folder = entry->kind == WIRE_FILE_DIRECTORY;
    if (__atomic_load_n(&s->failed, __ATOMIC_RELAXED) != 0 || (!folder && entry->kind != WIRE_FILE_REGULAR)) {
        return;
    }
    cleanup_fd int fd = safe_open_below(s->root, path, folder ? O_PATH | O_DIRECTORY : READ_FLAGS, 0);
    if (fd < 0 && errno == EXDEV) {
        entry->kind = WIRE_FILE_NONE;
        __atomic_add_fetch(&s->tree->mounts, 1, __ATOMIC_RELAXED);
        return;
    }
    int failed = fd >= 0 ? 0 : errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? ESTALE : errno;
    if (failed == 0) {
        failed = folder ? measure_folder(fd, entry) : measure_file(fd, DIGEST_SHA256, entry);
    }
    if (failed != 0) {
        fail(s, failed, tree_text(s->tree, entry->path));
    }
}

static int by_path(const void *a, const void *b, void *tree)
{
    const struct tree_entry *x = a;
    const struct tree_entry *y = b;
    return strcmp(tree_text(tree, x->path), tree_text(tree, y->path));
}

static int scan_folder(struct pool *pool, int folder, const char *name, struct tree *t, struct err *e)
{
    cleanup_fd int root = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (root < 0) {
        return file_error(e, errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? ESTALE : errno, "");
    }
    struct scan s = {.tree = t, .root = root, .e = e};
    t->algorithm = DIGEST_SHA256;
    list_all(&s);
    if (s.failed == 0) {
        qsort_r(t->entries, t->count, sizeof(*t->entries), by_path, t);
        pool_each(pool, t->count, measure_entry, &s);
    }
    return s.failed == 0 ? 0 : -1;
}

/* Only what was shown to be a regular file is opened for reading: opening a device can have effects. */
static int scan_file(int folder, const char *name, const struct stat *seen, struct tree *t)
{
    cleanup_fd int fd = openat(folder, name, READ_FLAGS | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return errno == ENOENT || errno == ELOOP ? ESTALE : errno;
    }
    if (st.st_dev != seen->st_dev || st.st_ino != seen->st_ino) {
        return ESTALE;
    }
    return measure_file(fd, t->algorithm, &t->entries[0]);
}

static int scan(struct pool *pool, int folder, const char *name, struct tree *t, struct err *e)
{
    cleanup_fd int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        return 0;
    }
    if (fd < 0 || fstat(fd, &st) != 0 || tree_add(t, "", 0) == NULL) {
        return file_error(e, errno, "");
    }
    take(&st, &t->entries[0]);
    int failed = 0;
    switch (t->entries[0].kind) {
    case WIRE_FILE_DIRECTORY:
        digest_of("", 0, t->entries[0].digest);
        return t->shallow ? 0 : scan_folder(pool, folder, name, t, e);
    case WIRE_FILE_REGULAR:
        failed = scan_file(folder, name, &st, t);
        break;
    case WIRE_FILE_SYMLINK:
        failed = read_link(t, fd, "", t->algorithm) == 0 ? 0 : errno;
        break;
    default:
        break;
    }
    return failed == 0 ? 0 : file_error(e, failed, "");
}

int tree_scan(struct pool *pool, int folder, const char *name, enum digest_algorithm algorithm, struct tree *out,
              struct err *e)
{
    bool shallow = algorithm == DIGEST_NONE;
    struct tree t = {.algorithm = shallow ? DIGEST_SHA256 : algorithm, .shallow = shallow};
    if (scan(pool, folder, name, &t, e) != 0) {
        tree_free(&t);
        return -1;
    }
    *out = t;
    return 0;
}
