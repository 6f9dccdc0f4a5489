/*
 * replace - put a finished file, link or folder in the place of another one in one step, or leave everything as it is. Part of
 * before_image.h, which says what the names are that may be left behind.
 */
#ifndef MUSTER_SETUP_REPLACE_H
#define MUSTER_SETUP_REPLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "init/setup/safe_path.h"
#include "init/setup/tree_copy.h"

/* ".muster-", 16 digits, ".new" and a NUL. */
#define REPLACE_NAME_MAX 32

struct replace {
    struct safe_path at;
    char new_name[REPLACE_NAME_MAX];
    char old_name[REPLACE_NAME_MAX];
    struct stat seen; /* by replace_look(); st_nlink 0: nothing was there */
    bool blocked;     /* replace_swap() failed since the name is a mount point, or may not be replaced */
};

/*
 * replace_settle - name the temporary files beside @r->at, and clean up what a killed attempt left: a replaced thing that is nowhere
 * else goes back, the rest is removed. Returns 0, or -1 with ERR_SYS.
 */
int replace_settle(struct replace *r, struct err *e);

/*
 * replace_look - remember which file is there, before it is measured.
 */
int replace_look(struct replace *r, struct err *e);

/*
 * replace_new - where the replacement has to be made.
 */
struct tree_place replace_new(const struct replace *r);

/*
 * replace_is_blocked - does this errno, from making a name in a folder, say that only what the name leads to may be writable?
 */
bool replace_is_blocked(int number);

/*
 * replace_is_begun - is there a replacement, finished or not?
 */
bool replace_is_begun(const struct replace *r);

/*
 * replace_discard - remove an unfinished or unwanted replacement.
 */
void replace_discard(const struct replace *r);

/*
 * replace_swap - the replacement takes the place of what is there, and that is removed.
 *
 * @found, @made  the kinds of the two.
 *
 * Returns 0 = done and on disk, 1 = it is another file than replace_look() saw, nothing was done; -1 with ERR_SYS, likewise.
 */
int replace_swap(struct replace *r, enum wire_file_kind found, enum wire_file_kind made, struct err *e);

/*
 * replace_remove - what is there is removed. Returns as replace_swap().
 */
int replace_remove(struct replace *r, struct err *e);

/*
 * replace_is_writable - may the regular file that is there be written?
 */
bool replace_is_writable(const struct replace *r);

/*
 * replace_was_open - was replace_in_place() interrupted?
 */
bool replace_was_open(int images, const char *backup);

/*
 * replace_in_place - write the before-image over the regular file that is there. Not in one step: NAME.open in @images says so
 * meanwhile, and stays when it fails.
 *
 * Returns 0 = done and on disk, or -1 with ERR_SYS.
 */
int replace_in_place(struct replace *r, int images, const char *backup, const struct tree_entry *entry, struct err *e);

#endif
