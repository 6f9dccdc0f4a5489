#include "init/setup/before_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/setup/drift.h"
#include "init/setup/file_error.h"
#include "init/setup/image_list.h"
#include "init/setup/safe_path.h"
#include "init/setup/tree_copy.h"

/* ---- keeping ---- */

static void list_name(const char *backup, const char *suffix, char out[IMAGE_NAME_MAX])
{
    (void)snprintf(out, IMAGE_NAME_MAX, "%s%s", backup, suffix);
}

static int forget(int images, const char *backup, struct err *e)
{
    static const char *const suffixes[] = {".meta", ".new", ".open",
                                           ""}; /* the list first: it says that all is there */
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[IMAGE_NAME_MAX];
        list_name(backup, suffixes[i], name);
        int failed = tree_remove(images, name);
        if (failed != 0) {
            return file_error(e, failed, "an earlier before-image");
        }
    }
    return 0;
}

static int write_list(int images, const char *backup, const struct tree *t, struct err *e)
{
    char made[IMAGE_NAME_MAX];
    char name[IMAGE_NAME_MAX];
    list_name(backup, ".new", made);
    list_name(backup, ".meta", name);
    cleanup_fd int fd = openat(images, made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int failed = fd < 0 ? errno : image_list_write(t, fd);
    if (failed == 0 && (fsync(fd) != 0 || renameat(images, made, images, name) != 0 || fsync(images) != 0)) {
        failed = errno;
    }
    return failed == 0 ? 0 : file_error(e, failed, "the list of the before-image");
}

static int keep_tree(struct pool *pool, struct tree *t, struct tree_place from, int images, const char *backup,
                     struct err *e)
{
    struct err ignored;
    struct tree_place to = {images, backup};
    if (tree_kind_letter(t->entries[0].kind) == '\0') {
        return file_error(e, EOPNOTSUPP, "");
    }
    if (tree_keep(pool, t, from, to, e) != 0 || write_list(images, backup, t, e) != 0) {
        (void)forget(images, backup, &ignored);
        return -1;
    }
    return 0;
}

static int keep(struct pool *pool, const struct wire_keep_request *r, int images, struct wire_kept *out, struct err *e)
{
    cleanup_safe_path struct safe_path at = {.folder = -1};
    cleanup_tree struct tree t = {.count = 0};
    if (safe_path_resolve(r->path, out->resolved, sizeof(out->resolved), e) != 0 || forget(images, r->backup, e) != 0) {
        return -1;
    }
    if (safe_path_open(out->resolved, &at, e) != 0) {
        return e->sys == ENOENT || e->sys == ENOTDIR ? 0 : -1; /* not even its folder */
    }
    if (tree_scan(pool, at.folder, at.name, (enum digest_algorithm)r->algorithm, &t, e) != 0) {
        return -1;
    }
    if (t.count > 0 && keep_tree(pool, &t, (struct tree_place){at.folder, at.name}, images, r->backup, e) != 0) {
        return -1;
    }
    tree_facts(&t, &out->facts);
    return 0;
}

void before_image_keep(struct pool *pool, const struct wire_keep_request *r, int images, struct wire_kept *out)
{
    struct err e = {.code = ERR_NONE};
    *out = (struct wire_kept){.type = WIRE_KEPT, .id = r->id};
    if (keep(pool, r, images, out, &e) != 0) {
        err_wrap(&e, "cannot keep a copy of %s", r->path);
        *out = (struct wire_kept){.type = WIRE_KEPT, .id = r->id, .error = e.sys != 0 ? e.sys : EIO};
        (void)snprintf(out->text, sizeof(out->text), "%.*s", (int)sizeof(out->text) - 1, e.text);
    }
}

/* ---- reading back ---- */

static int read_whole(int fd, size_t size, char *out)
{
    size_t used = 0;
    while (used < size) {
        ssize_t n = read(fd, out + used, size - used);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? errno : ESTALE;
        }
        used += (size_t)n;
    }
    return 0;
}

static int read_list(int images, const char *backup, struct tree *out, struct err *e)
{
    char name[IMAGE_NAME_MAX];
    struct stat st;
    list_name(backup, ".meta", name);
    cleanup_fd int fd = openat(images, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        return file_error(e, errno, "the list of the before-image");
    }
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > IMAGE_LIST_MAX) {
        return err_set(e, ERR_STATE, 0, "the list of the before-image is damaged");
    }
    char *bytes = malloc((size_t)st.st_size + 1);
    int failed = bytes == NULL ? ENOMEM : read_whole(fd, (size_t)st.st_size, bytes);
    int rc = failed == 0 ? image_list_parse(bytes, (size_t)st.st_size, out, e)
                         : file_error(e, failed, "the list of the before-image");
    free(bytes);
    return rc;
}

int before_image_load(struct pool *pool, int images, const char *backup, const struct wire_facts *facts,
                      struct tree *out, struct err *e)
{
    struct tree t = {.count = 0};
    struct wire_facts listed;
    if (read_list(images, backup, &t, e) != 0) {
        return -1;
    }
    t.shallow = facts->algorithm == DIGEST_NONE;
    tree_facts(&t, &listed);
    int rc = 0;
    if (facts_differ(facts, &listed) != DRIFT_NONE) {
        rc = err_set(e, ERR_STATE, 0, "the before-image is damaged, or another one");
    } else if (tree_verify(pool, &t, (struct tree_place){images, backup}, e) != 0) {
        rc = err_wrap(e, "the before-image is damaged");
    }
    if (rc != 0) {
        tree_free(&t);
        return -1;
    }
    *out = t;
    return 0;
}
