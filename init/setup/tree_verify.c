#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/setup/content.h"
#include "init/setup/file_error.h"
#include "init/setup/safe_path.h"
#include "init/setup/tree_copy.h"

#define SOURCE_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY)

struct verify {
    struct tree *tree;
    int root;
    int failed;
    struct err *e;
};

/* From several threads. */
static void note(struct verify *v, int number, size_t path)
{
    if (number != 0 && __atomic_exchange_n(&v->failed, 1, __ATOMIC_RELAXED) == 0) {
        file_error(v->e, number, tree_text(v->tree, path));
    }
}

static int verify_open(int fd, const struct tree *t, const struct tree_entry *entry)
{
    uint8_t digest[DIGEST_BYTES_MAX];
    int failed = content_hash(fd, entry->size, t->algorithm, digest);
    if (failed != 0) {
        return failed;
    }
    return memcmp(digest, entry->digest, digest_size(t->algorithm)) == 0 ? 0 : ESTALE;
}

static void verify_entry(void *context, size_t i)
{
    struct verify *v = context;
    const struct tree_entry *entry = &v->tree->entries[i];
    if (entry->kind != WIRE_FILE_REGULAR || __atomic_load_n(&v->failed, __ATOMIC_RELAXED) != 0) {
        return;
    }
    cleanup_fd int fd = safe_open_below(v->root, tree_text(v->tree, entry->path), SOURCE_FLAGS, 0);
    note(v, fd < 0 ? errno : verify_open(fd, v->tree, entry), entry->path);
}

int tree_verify(struct pool *pool, struct tree *t, struct tree_place from, struct err *e)
{
    struct verify v = {.tree = t, .root = -1, .e = e};
    enum wire_file_kind kind = t->entries[0].kind;
    if (kind == WIRE_FILE_SYMLINK) {
        return 0; /* its target is in the list */
    }
    int how = kind == WIRE_FILE_DIRECTORY ? O_RDONLY | O_DIRECTORY : SOURCE_FLAGS;
    cleanup_fd int root = openat(from.folder, from.name, how | O_NOFOLLOW | O_CLOEXEC);
    if (root < 0) {
        return file_error(e, errno, "");
    }
    if (kind == WIRE_FILE_REGULAR) {
        note(&v, verify_open(root, t, &t->entries[0]), 0);
    } else {
        v.root = root;
        pool_each(pool, t->count, verify_entry, &v);
    }
    return v.failed == 0 ? 0 : -1;
}
