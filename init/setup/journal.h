/*
 * journal - every transition of configuration, steps and artifacts, one JSON object a line, synced before it is believed.
 *
 * Write-ahead: "in_progress" is on disk before the command starts, "completed" after it ended and before anything that
 * depends on it starts. Whoever holds the lock of the state directory may write. What was written before is read back by
 * history.h: a run goes on from there. What a line says: entry.h; how lines hold on to each other: chain.h.
 *
 * A set-up session (data model, SetupProgress) lasts for as long as the configuration is the same. Which one a run belongs to is
 * known only when the configuration is, and the first lines are written before that: until then a run is one of the session
 * that was last, or of a new one when there was none; journal_session() then decides.
 *
 * A line that could not be written and synced is not there: the file is cut back, and its number is given to the next one. After
 * an fdatasync(2) that failed nobody knows what is on disk, and the next one would not tell, so before the next line the file
 * is cut back once more, and that has to reach the disk.
 */
#ifndef MUSTER_SETUP_JOURNAL_H
#define MUSTER_SETUP_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/base/clock.h"
#include "init/base/err.h"
#include "init/base/jsonw.h"
#include "init/setup/history.h"
#include "init/setup/statedir.h"

#define JOURNAL_FILE "journal.ndjson"
/* The one before it was last written anew. */
#define JOURNAL_OLD_FILE JOURNAL_FILE ".1"
#define JOURNAL_NEW_FILE JOURNAL_FILE ".new"
#define JOURNAL_LINE_MAX ENTRY_LINE_MAX
/* The error of a step that was in progress when muster was killed. */
#define JOURNAL_INTERRUPTED "interrupted"
/* One that is larger when a run starts is written anew, with what it comes to, if that makes it half as many lines or fewer. */
#define JOURNAL_COMPACT_MIN ((size_t)1 << 20)
/* A larger one is refused: it is not ours. */
#define JOURNAL_MAX ((size_t)256 << 20)

struct journal {
    int fd;      /* owned; -1 = memory only */
    off_t size;  /* bytes that count */
    bool unsure; /* more may be in the file */
    uint64_t sequence;
    char check[CHAIN_TEXT_MAX]; /* of the last line */
    struct clock_anchor anchor;
    char session[SESSION_ID_MAX]; /* 32 hex digits */
    struct history *history;      /* borrowed: what has been written so far comes to this. NULL = nobody keeps it */
    size_t torn;                  /* bytes of a line that a kill had cut, removed when it was opened; 0 = none */
    const char *manifest_sha256;  /* borrowed */
};

/* What something else says about how far a journal has got. */
struct journal_mark {
    char session[SESSION_ID_MAX];
    uint64_t sequence;
};

/*
 * journal_read - replay what is there, for readers (verify, status). Changes nothing.
 *
 * Returns 0 (also when there is none), or -1 with ERR_MANIFEST (damaged; the text says what to do) or ERR_STATE. Allocates.
 */
int journal_read(const struct statedir *s, struct history *out, struct arena *a, struct err *e);

/*
 * journal_open - replay, cut off a torn end, write anew what has become large, then append to it: writes and syncs a "session" line.
 *
 * @manifest_sha256  borrowed for as long as the journal is open; may be NULL.
 * @mark             how far the journal had got for all that is known (status.json); NULL = nothing is known.
 * @out              filled.
 * @history          filled with what was there, and kept up to date with what journal_put() writes. Borrowed by @out.
 *
 * A step that was in progress is failed now ("interrupted"): that is journaled here, too. Steps that were taken back
 * half-way stay "pending". Returns 0 (also for a memory-only folder), or -1 with ERR_STATE, or ERR_MANIFEST: the journal is
 * damaged, or ends before @mark though it is of the same session. It is then left exactly as it is.
 */
int journal_open(const struct statedir *s, const struct clock_anchor *anchor, const char *manifest_sha256,
                 const struct journal_mark *mark, struct journal *out, struct history *history, struct arena *a,
                 struct err *e);

/*
 * journal_session - the configuration is known: the session goes on if it is what it was, else another begins.
 *
 * @config_digest  copied. It is on disk with the next "configuration" line that names it.
 *
 * Returns 0, also for a journal that nobody opened, or -1 with ERR_STATE: the line could not be written, and the session is the old one.
 */
int journal_session(struct journal *j, const char *config_digest, struct err *e);

/*
 * journal_put - write and sync one line.
 *
 * @entry   its kind and members; sequence and session are the journal's.
 * @now_us  monotonic: "at".
 *
 * Held against the history first, and applied to it afterwards. Returns 0, or -1 with ERR_STATE (full disk: the text says so; or
 * the rules do not allow it, which is a mistake of the caller) or ERR_LIMIT. History and journal are then unchanged, and the next
 * line may be written. Blocks on the disk.
 */
int journal_put(struct journal *j, const struct entry *entry, uint64_t now_us, struct err *e);

/*
 * journal_begin, journal_commit - one line in two calls, for members that no history reads: begin writes sequence, time and kind,
 * the caller adds members, commit ends the line with its check sum, appends it and syncs it (fdatasync).
 *
 * @storage, @cap  the caller's buffer for the line (JOURNAL_LINE_MAX).
 *
 * journal_commit returns 0, or -1 with ERR_STATE (full disk: the text says so) or ERR_LIMIT (line too long). What could not be
 * written whole is not there.
 */
void journal_begin(struct journal *j, struct jsonw *w, struct buf *b, char *storage, size_t cap, const char *kind,
                   uint64_t now_us);
int journal_commit(struct journal *j, struct jsonw *w, struct err *e);

void journal_close(struct journal *j);

#endif
