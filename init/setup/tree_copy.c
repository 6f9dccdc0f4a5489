#include "init/setup/tree_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/file_content.h"
#include "init/setup/attributes.h"
#include "init/setup/file_error.h"
#include "init/setup/safe_path.h"

struct copy {
    struct tree *tree;
    int from, to; /* roots of folders; of a single file -1 */
    bool keep;
    int failed;
    struct err *e;
};

/* From several threads. */
static void note(struct copy *c, int number, size_t path)
{
    if (number != 0 && __atomic_exchange_n(&c->failed, 1, __ATOMIC_RELAXED) == 0) {
        file_error(c->e, number, tree_text(c->tree, path));
    }
}

static bool has_failed(struct copy *c)
{
    return __atomic_load_n(&c->failed, __ATOMIC_RELAXED) != 0;
}

/* Is the source still what was measured? */
static int check_source(int fd, const struct tree_entry *entry)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return errno;
    }
    int64_t mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    bool same = tree_kind_of(st.st_mode) == entry->kind && mtime_ns == entry->mtime_ns;
    return same && (entry->kind != WIRE_FILE_REGULAR || (uint64_t)st.st_size == entry->size) ? 0 : ESTALE;
}

/* Returns 0 or an errno. */
static int copy_open_file(bool keep, int from, int to, struct tree_entry *entry)
{
    int failed = file_content_copy(from, to) == 0 ? 0 : errno;
    if (failed == 0 && keep) {
        failed = attributes_read(from, &entry->extended);
    }
    if (failed == 0) {
        failed = keep ? check_source(from, entry) : attributes_apply(to, entry);
    }
    return failed;
}

#define SOURCE_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY)
#define TARGET_FLAGS (O_WRONLY | O_CREAT | O_EXCL)

static int copy_file_below(struct copy *c, struct tree_entry *entry)
{
    const char *path = tree_text(c->tree, entry->path);
    cleanup_fd int from = safe_open_below(c->from, path, SOURCE_FLAGS, 0);
    if (from < 0) {
        return errno == ENOENT || errno == ELOOP ? ESTALE : errno;
    }
    cleanup_fd int to = safe_open_below(c->to, path, TARGET_FLAGS, 0600);
    return to < 0 ? errno : copy_open_file(c->keep, from, to, entry);
}

static int make_link(int folder, const char *name, bool keep, const struct tree *t, const struct tree_entry *entry)
{
    if (symlinkat(tree_text(t, entry->target), folder, name) != 0) {
        return errno;
    }
    return keep ? 0 : attributes_apply_link(folder, name, entry);
}

/* Folders are there already. */
static void copy_entry(void *context, size_t i)
{
    struct copy *c = context;
    struct tree_entry *entry = &c->tree->entries[i];
    if (has_failed(c)) {
        return;
    }
    if (entry->kind == WIRE_FILE_REGULAR) {
        note(c, copy_file_below(c, entry), entry->path);
    } else if (entry->kind == WIRE_FILE_SYMLINK) {
        const char *name;
        cleanup_fd int folder = safe_parent_below(c->to, tree_text(c->tree, entry->path), &name);
        note(c, folder < 0 ? errno : make_link(folder, name, c->keep, c->tree, entry), entry->path);
    }
}

static int make_folder_below(int root, const char *path)
{
    const char *name;
    cleanup_fd int folder = safe_parent_below(root, path, &name);
    return folder >= 0 && mkdirat(folder, name, 0700) == 0 ? 0 : errno;
}

/* Sorted paths: a folder comes before what is in it. */
static void make_folders(struct copy *c)
{
    for (size_t i = 1; i < c->tree->count && !has_failed(c); i++) {
        const struct tree_entry *entry = &c->tree->entries[i];
        if (entry->kind == WIRE_FILE_DIRECTORY) {
            note(c, make_folder_below(c->to, tree_text(c->tree, entry->path)), entry->path);
        }
    }
}

static int finish_folder(struct copy *c, struct tree_entry *entry, const char *path)
{
    cleanup_fd int fd = safe_open_below(c->keep ? c->from : c->to, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) {
        return errno;
    }
    int failed = c->keep ? attributes_read(fd, &entry->extended) : attributes_apply(fd, entry);
    return failed == 0 && c->keep ? check_source(fd, entry) : failed;
}

/* From the inside out: a folder may end up read-only, and its time stamp is that of its last change. */
static void finish_folders(struct copy *c)
{
    for (size_t i = c->tree->count; i-- > 0 && !has_failed(c);) {
        struct tree_entry *entry = &c->tree->entries[i];
        if (entry->kind == WIRE_FILE_DIRECTORY) {
            note(c, finish_folder(c, entry, i == 0 ? "." : tree_text(c->tree, entry->path)), entry->path);
        }
    }
}

static int copy_folder(struct pool *pool, struct copy *c, struct tree_place from, struct tree_place to)
{
    if (mkdirat(to.folder, to.name, 0700) != 0) {
        return file_error(c->e, errno, "");
    }
    cleanup_fd int source = openat(from.folder, from.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    cleanup_fd int target = openat(to.folder, to.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0 || target < 0) {
        return file_error(c->e, errno, "");
    }
    c->from = source;
    c->to = target;
    make_folders(c);
    pool_each(pool, c->tree->count, copy_entry, c);
    finish_folders(c);
    /* One flush for all of them. */
    if (!has_failed(c) && syncfs(target) != 0) {
        note(c, errno, 0);
    }
    return has_failed(c) ? -1 : 0;
}

static int copy_file(struct copy *c, struct tree_place from, struct tree_place to)
{
    cleanup_fd int source = openat(from.folder, from.name, SOURCE_FLAGS | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0) {
        return file_error(c->e, errno == ENOENT || errno == ELOOP ? ESTALE : errno, "");
    }
    cleanup_fd int target = openat(to.folder, to.name, TARGET_FLAGS | O_NOFOLLOW | O_CLOEXEC, 0600);
    int failed = target < 0 ? errno : copy_open_file(c->keep, source, target, &c->tree->entries[0]);
    if (failed == 0 && fsync(target) != 0) {
        failed = errno;
    }
    return failed == 0 ? 0 : file_error(c->e, failed, "");
}

static int copy_any(struct pool *pool, struct copy *c, struct tree_place from, struct tree_place to)
{
    struct tree_entry *root = &c->tree->entries[0];
    switch (root->kind) {
    case WIRE_FILE_DIRECTORY:
        return copy_folder(pool, c, from, to);
    case WIRE_FILE_REGULAR:
        return copy_file(c, from, to);
    case WIRE_FILE_SYMLINK: {
        int failed = make_link(to.folder, to.name, c->keep, c->tree, root);
        return failed == 0 ? 0 : file_error(c->e, failed, "");
    }
    default:
        return file_error(c->e, EOPNOTSUPP, "");
    }
}

int tree_keep(struct pool *pool, struct tree *t, struct tree_place from, struct tree_place to, struct err *e)
{
    struct copy c = {.tree = t, .from = -1, .to = -1, .keep = true, .e = e};
    return copy_any(pool, &c, from, to);
}

int tree_put_back(struct pool *pool, struct tree *t, struct tree_place from, struct tree_place to, struct err *e)
{
    struct copy c = {.tree = t, .from = -1, .to = -1, .e = e};
    return copy_any(pool, &c, from, to);
}
