/*
 * accounts - users and groups from files like /etc/passwd and /etc/group, as passwd(5) and group(5) describe them.
 *
 * Files only: a container's users are those of its image, and a name service would load code and open sockets. Rows
 * that are not whole are passed over. A name wins over a number that reads the same.
 */
#ifndef MUSTER_CORE_ACCOUNTS_H
#define MUSTER_CORE_ACCOUNTS_H

#include <stddef.h>
#include <sys/types.h>

#include "init/base/arena.h"
#include "init/base/err.h"

/* Directory servers dump some thousand users into an image; nobody ships more than this. */
#define ACCOUNT_FILE_MAX ((size_t)1 << 20)

struct account {
    uid_t uid;
    gid_t gid;
    const char *name; /* NULL = a number that the file does not know */
    const char *home; /* NULL = likewise, or the file names none */
};

/*
 * accounts_user - look @user up, a name or a number, in the file at @path.
 *
 * @out  filled; texts live in @a.
 *
 * A number that the file does not know, or a file that is not there, gives gid 0: as `docker run --user` and gosu(1).
 * Returns 0, or -1: ERR_USAGE (unknown name, number out of range), ERR_SYS, ERR_LIMIT (the file).
 */
int accounts_user(const char *path, const char *user, struct arena *a, struct account *out, struct err *e);

/*
 * accounts_group - likewise a group; a number needs no entry.
 */
int accounts_group(const char *path, const char *group, struct arena *a, gid_t *out, struct err *e);

/*
 * accounts_groups_of - the groups that list @user as a member, in the order of the file at @path.
 *
 * @out    room for @max; nothing is told of the user's own group unless it lists the user too.
 * @count  filled. A file that is not there lists nobody.
 *
 * Returns 0, or -1: ERR_LIMIT (more than @max, or the file), ERR_SYS.
 */
int accounts_groups_of(const char *path, const char *user, struct arena *a, gid_t *out, size_t max, size_t *count,
                       struct err *e);

#endif
