#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/setup/journal_file.h"
#include "init/setup/snapshot.h"

/* At half as many lines it is worth reading and writing all of it; a journal of many steps does not get smaller each time. */
static bool worth_it(const struct journal *j)
{
    return (uint64_t)j->size > JOURNAL_COMPACT_MIN && 2 * snapshot_lines(j->history) <= j->history->lines;
}

/* Goes on with the numbers: what has seen one of the old lines can tell that it has not been lost (struct journal_mark). */
static int write_snapshot(int fd, struct journal *anew, const struct history *h, struct err *e)
{
    struct snapshot s = {.history = h};
    struct entry entry;
    char storage[JOURNAL_LINE_MAX];
    while (snapshot_next(&s, &entry)) {
        struct jsonw w;
        struct buf b;
        journal_begin(anew, &w, &b, storage, sizeof(storage), entry_kind_name(entry.kind), anew->anchor.mono_us);
        entry_write(&w, &entry);
        if (journal_commit(anew, &w, e) != 0 || fd_write_all(fd, b.data, b.len) != 0) {
            return -1;
        }
        anew->size += (off_t)b.len;
    }
    return fsync(fd);
}

static int make_new(int dirfd, struct journal *anew, const struct journal *j, struct err *e)
{
    (void)unlinkat(dirfd, JOURNAL_NEW_FILE, 0); /* a kill left it behind */
    cleanup_fd int fd =
        openat(dirfd, JOURNAL_NEW_FILE, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || write_snapshot(fd, anew, j->history, e) != 0) {
        return -1;
    }
    anew->fd = fd_steal(&fd);
    return 0;
}

int journal_compact(int dirfd, struct journal *j, struct err *e)
{
    if (!worth_it(j)) {
        return 0;
    }
    struct err ignored;
    struct journal anew = *j;
    anew.fd = -1; /* its lines are synced all at once */
    anew.size = 0;
    chain_start(anew.check);
    if (make_new(dirfd, &anew, j, &ignored) != 0) {
        (void)unlinkat(dirfd, JOURNAL_NEW_FILE, 0);
        return 0;
    }
    /* The old one keeps its name until the new one takes it, all at once. */
    (void)unlinkat(dirfd, JOURNAL_OLD_FILE, 0);
    (void)linkat(dirfd, JOURNAL_FILE, dirfd, JOURNAL_OLD_FILE, 0);
    if (renameat(dirfd, JOURNAL_NEW_FILE, dirfd, JOURNAL_FILE) != 0) {
        (void)unlinkat(dirfd, JOURNAL_NEW_FILE, 0);
        journal_close(&anew);
        return 0;
    }
    journal_close(j);
    *j = anew;
    j->history->lines = snapshot_lines(j->history);
    j->history->sequence = j->sequence;
    memcpy(j->history->check, j->check, sizeof(j->check));
    return fsync(dirfd) == 0 ? 0 : journal_fail(e, errno, "sync the folder of");
}
