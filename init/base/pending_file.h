/*
 * pending_file - a file that is written under another name in the same folder and takes its place when it is complete:
 * a reader, and whoever comes after a crash, sees the old file or the new one.
 *
 * The other name follows from the file's own, so that what a killed writer left behind is found and used or removed; a
 * lock on it keeps two writers apart.
 */
#ifndef MUSTER_BASE_PENDING_FILE_H
#define MUSTER_BASE_PENDING_FILE_H

#include <limits.h>
#include <stdbool.h>

#include "init/base/err.h"
#include "init/base/place.h"

enum pending_kind {
    PENDING_NEW,  /* begins empty, and is removed unless it is committed */
    PENDING_PART, /* goes on with what an earlier one left, and is left itself unless it is empty */
};

struct pending_file {
    const struct place *at; /* borrowed; NULL = not open */
    enum pending_kind kind;
    int fd; /* owned; readable and writable, at offset 0 */
    bool unsynced;
    char name[NAME_MAX + 1];
};

#define PENDING_NONE                                                                                                   \
    {                                                                                                                  \
        .at = NULL, .fd = -1                                                                                           \
    }

/*
 * pending_file_name - the other name: ".NAME.muster-new" or ".NAME.muster-part". Of a long name a beginning and a part
 * of its digest are in it.
 */
void pending_file_name(const char *name, enum pending_kind kind, char out[NAME_MAX + 1]);

/*
 * pending_file_open - begin, or go on.
 *
 * @at    borrowed until pending_file_close(). Nothing, a regular file or a symbolic link may be there: a link is replaced,
 *        not followed.
 * @look  what the file will look like; until then nobody else may read it.
 *
 * Returns 0, or -1: ERR_SYS; ERR_LOCKED when another process is writing the same file. Blocks on the file system.
 */
int pending_file_open(struct pending_file *p, const struct place *at, enum pending_kind kind,
                      const struct file_look *look, struct err *e);

/*
 * pending_file_commit - give it its look, sync it, and let it take its place. With `unsynced` set, syncing file and folder
 * is left to the caller.
 *
 * A file that is a mount point (a container's bind mount) cannot be replaced, rename(2) EBUSY: it is emptied and
 * written over then, which a reader can see.
 *
 * Returns 0 = replaced, 1 = written over, -1 with ERR_SYS: the old file is as it was, unless it was being
 * written over or only its folder could not be synced.
 */
int pending_file_commit(struct pending_file *p, const struct file_look *look, struct err *e);

/* What to say of that, with the path. */
#define PENDING_WRITTEN_OVER "%s is a mount point: written over, which is not atomic"

/*
 * pending_file_remove - also what a PENDING_PART has got so far.
 */
void pending_file_remove(struct pending_file *p);

/*
 * pending_file_close - for the cleanup attribute: what was not committed is removed, if it is new or empty.
 */
void pending_file_close(struct pending_file *p);
#define cleanup_pending __attribute__((cleanup(pending_file_close)))

#endif
