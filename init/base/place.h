/*
 * place - where a file is or is going to be: an open folder, and a name in it. What is done there later cannot be led
 * elsewhere by renaming a folder of the path.
 */
#ifndef MUSTER_BASE_PLACE_H
#define MUSTER_BASE_PLACE_H

#include <limits.h>
#include <stdint.h>

#include "init/base/err.h"

struct place {
    int folder;              /* owned by who opened it, O_PATH */
    const char *path;        /* borrowed: for messages */
    char name[NAME_MAX + 1]; /* of what is there, or not yet */
};

/*
 * place_open - open the folder of @path.
 *
 * @path  absolute, ending in a name; borrowed for as long as the place is used.
 *
 * Symbolic links in the folder part are followed. Returns 0, or -1 with ERR_SYS.
 */
int place_open(const char *path, struct place *out, struct err *e);

/*
 * place_close - for the cleanup attribute.
 */
void place_close(struct place *p);
#define cleanup_place __attribute__((cleanup(place_close)))

/*
 * place_sync - the folder's entries are on disk: what was renamed or made there stays after a power cut.
 *
 * A folder that may be written to but not read cannot be synced: that is no error. Returns 0, or -1 with ERR_SYS.
 */
int place_sync(const struct place *p, struct err *e);

/* Of a member: leave it. The same number as chown(2)'s. */
#define FILE_LOOK_KEEP UINT32_MAX

/* What a file has to look like. */
struct file_look {
    uint32_t mode; /* 07777 */
    uint32_t uid, gid;
};

/*
 * file_look_apply - owner, then permissions, since a change of owner takes some away. Whatever the umask.
 *
 * @path  for messages.
 *
 * Returns 0, or -1 with ERR_SYS.
 */
int file_look_apply(int fd, const char *path, const struct file_look *look, struct err *e);

/*
 * file_look_apply_at - likewise, to what has the name in the folder: what need not be readable, or is a symbolic link, which is
 * not followed and has no permissions.
 */
int file_look_apply_at(int folder, const char *name, const char *path, const struct file_look *look, struct err *e);

#endif
