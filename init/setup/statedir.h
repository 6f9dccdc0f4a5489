/*
 * statedir - the folder that holds lock, status, journal and logs.
 *
 * Looked for in order: --state-dir, MUSTER_STATE_DIR, /run/muster, $XDG_RUNTIME_DIR/muster, /tmp/muster-UID. A folder named by
 * the user must work; of the others the first that works is taken. Always mode 0700 and owned by us: a folder of somebody
 * else is refused.
 */
#ifndef MUSTER_SETUP_STATEDIR_H
#define MUSTER_SETUP_STATEDIR_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "init/base/err.h"

#define STATEDIR_KEY_BYTES 32
/* Before-images, in the state directory. */
#define BACKUPS_FOLDER "backups"

struct statedir {
    int fd;      /* owned; -1 = no writable folder: memory only */
    int lock_fd; /* owned; -1 = not held */
    char path[PATH_MAX];
    uint8_t key[STATEDIR_KEY_BYTES]; /* random, made once per folder: fingerprints of secrets */
};

/*
 * statedir_open - find or make the folder.
 *
 * @wanted  the user's choice (--state-dir or MUSTER_STATE_DIR) or NULL.
 * @create  make it when missing (readers say false).
 *
 * Returns 0; -1 with ERR_STATE when the user's choice does not work, or when nothing does and @create is false. With @create
 * and no folder anywhere: 0, fd -1, a random key and an empty path: the caller warns and goes on in memory.
 * Blocks on the file system.
 */
int statedir_open(const char *wanted, bool create, struct statedir *out, struct err *e);

/*
 * statedir_lock - take the folder for this process, flock(2), held until exit.
 *
 * Returns 0 (also when there is no folder), or -1 with ERR_LOCKED: text names the holder (pid, since when).
 */
int statedir_lock(struct statedir *s, struct err *e);

/*
 * statedir_owner_alive - whether some process holds the lock. For readers (check, status).
 */
bool statedir_owner_alive(const struct statedir *s);

/*
 * statedir_lock_file - fstat(2) of the lock file: whoever holds it open is the owner. Returns 0, or -1 when there is none.
 */
int statedir_lock_file(const struct statedir *s, struct stat *out);

void statedir_close(struct statedir *s);

#endif
