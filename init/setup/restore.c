#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/setup/before_image.h"
#include "init/setup/drift.h"
#include "init/setup/file_error.h"
#include "init/setup/measure.h"
#include "init/setup/replace.h"
#include "init/setup/safe_path.h"
#include "init/setup/tree_copy.h"

struct restore {
    struct pool *pool;
    const struct wire_restore_request *request;
    int images;
    struct replace target;
    struct wire_facts found;
    size_t mounts; /* in what was found */
    bool interrupted;
    struct wire_restored *out;
    struct err *e;
};

/* An ordinary user cannot give files away: of what is theirs, the owner says nothing. */
static bool is_same(const struct wire_facts *wanted, const struct wire_facts *found)
{
    struct wire_facts owned = *wanted;
    if (geteuid() != 0 && found->uid == geteuid()) {
        owned.uid = found->uid;
        owned.gid = found->gid;
    }
    return facts_differ(&owned, found) == DRIFT_NONE;
}

/* Its time stamp belongs to a file's earlier state, too. That of a folder changes with every name in it. */
static bool is_before(const struct restore *r)
{
    const struct wire_facts *before = &r->request->before;
    bool timed = before->kind == WIRE_FILE_REGULAR || before->kind == WIRE_FILE_SYMLINK;
    return is_same(before, &r->found) && (!timed || before->mtime_ns == r->found.mtime_ns);
}

static int conclude(struct restore *r, enum wire_restore_outcome outcome)
{
    r->out->outcome = outcome;
    return 0;
}

static int conflict(struct restore *r, enum drift how)
{
    static const char *const what[DRIFT_COUNT] = {
        [DRIFT_DELETED] = "somebody else has removed it since",
        [DRIFT_TYPE] = "somebody else has put something of another kind there since",
        [DRIFT_CHANGED] = "somebody else has changed it since",
        [DRIFT_MODE] = "somebody else has changed its permissions since",
        [DRIFT_OWNER] = "somebody else has changed its owner since",
    };
    (void)snprintf(r->out->text, sizeof(r->out->text), "%.120s: %s; left alone", r->request->path,
                   how == DRIFT_NONE ? "it is being changed" : what[how]);
    return conclude(r, RESTORE_CONFLICT);
}

static int look(struct restore *r)
{
    cleanup_tree struct tree t = {.count = 0};
    const struct wire_restore_request *q = r->request;
    uint32_t algorithm = q->before.algorithm != DIGEST_NONE ? q->before.algorithm : q->after.algorithm;
    if (q->shallow != 0) {
        algorithm = DIGEST_NONE;
    } else if (algorithm == DIGEST_NONE) {
        algorithm = DIGEST_SHA256;
    }
    if (replace_look(&r->target, r->e) != 0 ||
        tree_scan(r->pool, r->target.at.folder, r->target.at.name, (enum digest_algorithm)algorithm, &t, r->e) != 0) {
        return -1;
    }
    tree_facts(&t, &r->found);
    r->mounts = t.mounts;
    return 0;
}

/* Of a file that was measured with one algorithm before the step, and with another one behind it. */
static int measured_as(struct restore *r, const struct wire_facts *wanted, struct wire_facts *out)
{
    *out = r->found;
    if (wanted->algorithm == DIGEST_NONE || wanted->algorithm == r->found.algorithm ||
        r->found.algorithm == DIGEST_NONE || wanted->kind != r->found.kind) {
        return 0;
    }
    return measure(r->pool, r->target.at.folder, r->target.at.name, (enum digest_algorithm)wanted->algorithm, out,
                   r->e);
}

/* Of a folder that others use, too: itself, not what is in it. */
static int restore_folder(struct restore *r)
{
    const struct wire_facts *before = &r->request->before;
    if (before->kind == WIRE_FILE_NONE) {
        if (unlinkat(r->target.at.folder, r->target.at.name, AT_REMOVEDIR) == 0) {
            return conclude(r, RESTORE_REMOVED);
        }
        if (errno != ENOTEMPTY && errno != EEXIST) {
            return file_error(r->e, errno, "");
        }
        (void)snprintf(r->out->text, sizeof(r->out->text), "%.120s: there is something in it; left alone",
                       r->request->path);
        return conclude(r, RESTORE_CONFLICT);
    }
    cleanup_fd int fd = openat(r->target.at.folder, r->target.at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool given = before->uid == r->found.uid && before->gid == r->found.gid;
    if (fd < 0 || (!given && fchown(fd, before->uid, before->gid) != 0) || fchmod(fd, before->mode) != 0) {
        return file_error(r->e, errno, "");
    }
    return conclude(r, RESTORE_RESTORED);
}

static int remove_it(struct restore *r)
{
    if (r->found.kind == WIRE_FILE_DIRECTORY && r->mounts > 0) {
        return file_error(r->e, EXDEV, "");
    }
    int done = replace_remove(&r->target, r->e);
    return done == 1 ? conflict(r, DRIFT_NONE) : done == 0 ? conclude(r, RESTORE_REMOVED) : -1;
}

static int write_in_place(struct restore *r, const struct tree *t)
{
    if (replace_in_place(&r->target, r->images, r->request->backup, &t->entries[0], r->e) != 0) {
        return -1;
    }
    r->out->in_place = 1;
    return conclude(r, RESTORE_RESTORED);
}

/* Returns as replace_swap(). @blocked: names cannot be changed there, but nothing has been yet. */
static int swap_in(struct restore *r, struct tree *t, bool *blocked)
{
    struct tree_place image = {r->images, r->request->backup};
    int done = tree_put_back(r->pool, t, image, replace_new(&r->target), r->e);
    *blocked = done != 0 && replace_is_blocked(r->e->sys) && !replace_is_begun(&r->target);
    if (done == 0) {
        done = replace_swap(&r->target, r->found.kind, r->request->before.kind, r->e);
        *blocked = r->target.blocked;
    }
    if (done != 0) {
        replace_discard(&r->target);
    }
    return done;
}

static int put_back(struct restore *r)
{
    cleanup_tree struct tree t = {.count = 0};
    const struct wire_restore_request *q = r->request;
    if (before_image_load(r->pool, r->images, q->backup, &q->before, &t, r->e) != 0) {
        return -1;
    }
    bool plain = q->before.kind == WIRE_FILE_REGULAR && r->found.kind == WIRE_FILE_REGULAR;
    if (r->found.kind == WIRE_FILE_DIRECTORY && r->mounts > 0) {
        return file_error(r->e, EXDEV, "");
    }
    if (r->interrupted && plain) {
        return write_in_place(r, &t);
    }
    bool blocked;
    int done = swap_in(r, &t, &blocked);
    if (blocked && plain && replace_is_writable(&r->target)) {
        return write_in_place(r, &t);
    }
    return done == 1 ? conflict(r, DRIFT_NONE) : done == 0 ? conclude(r, RESTORE_RESTORED) : -1;
}

static int decide(struct restore *r)
{
    const struct wire_restore_request *q = r->request;
    struct wire_facts as_after;
    if (r->interrupted) {
        return put_back(r);
    }
    if (is_before(r)) {
        return conclude(r, RESTORE_UNCHANGED);
    }
    if (measured_as(r, &q->after, &as_after) != 0) {
        return -1;
    }
    if (q->check != 0 && !is_same(&q->after, &as_after)) {
        return is_same(&q->before, &r->found) ? conclude(r, RESTORE_UNCHANGED)
                                              : conflict(r, facts_differ(&q->after, &as_after));
    }
    if (r->found.kind == WIRE_FILE_OTHER) {
        return err_set(r->e, ERR_STATE, 0, "a device, pipe or socket is there; it is left alone");
    }
    if (q->shallow != 0 && r->found.kind == WIRE_FILE_DIRECTORY &&
        (q->before.kind == WIRE_FILE_NONE || q->before.kind == WIRE_FILE_DIRECTORY)) {
        return restore_folder(r);
    }
    return q->before.kind == WIRE_FILE_NONE ? remove_it(r) : put_back(r);
}

static int restore(struct restore *r)
{
    const struct wire_restore_request *q = r->request;
    if (safe_path_open(q->path, &r->target.at, r->e) != 0) {
        bool gone = r->e->sys == ENOENT || r->e->sys == ENOTDIR;
        return gone && q->before.kind == WIRE_FILE_NONE ? conclude(r, RESTORE_UNCHANGED) : -1;
    }
    if (replace_settle(&r->target, r->e) != 0 || look(r) != 0) {
        return -1;
    }
    bool plain = q->before.kind == WIRE_FILE_REGULAR && r->found.kind == WIRE_FILE_REGULAR;
    r->interrupted = plain && replace_was_open(r->images, q->backup);
    return decide(r);
}

void before_image_restore(struct pool *pool, const struct wire_restore_request *request, int images,
                          struct wire_restored *out)
{
    struct err e = {.code = ERR_NONE};
    *out = (struct wire_restored){.type = WIRE_RESTORED, .id = request->id};
    struct restore r = {.pool = pool, .request = request, .images = images, .target = {.at = {.folder = -1}}};
    r.out = out;
    r.e = &e;
    if (restore(&r) != 0) {
        err_wrap(&e, "cannot restore %.120s", request->path);
        *out = (struct wire_restored){.type = WIRE_RESTORED, .id = request->id, .outcome = RESTORE_FAILED};
        out->error = e.sys != 0 ? e.sys : EIO;
        (void)snprintf(out->text, sizeof(out->text), "%.*s", (int)sizeof(out->text) - 1, e.text);
    }
    safe_path_close(&r.target.at);
}
