/*
 * journal - every transition of configuration, steps and artifacts, one JSON object a line, synced before it is believed.
 *
 * Write-ahead: "in_progress" is on disk before the command starts, "completed" after it ended and before anything that
 * depends on it starts.
 */
#ifndef MUSTER_SETUP_JOURNAL_H
#define MUSTER_SETUP_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "init/base/clock.h"
#include "init/base/err.h"
#include "init/base/jsonw.h"
#include "init/setup/statedir.h"

#define JOURNAL_FILE "journal.ndjson"
#define JOURNAL_LINE_MAX 8192
/* Above this the old file is put aside as journal.ndjson.1 when a session starts. */
#define JOURNAL_KEEP_MAX ((size_t)1 << 20)

#define SESSION_ID_MAX 33

struct journal {
    int fd; /* owned; -1 = memory only */
    uint64_t sequence;
    struct clock_anchor anchor;
    char session[SESSION_ID_MAX]; /* 32 hex digits */
};

/*
 * journal_open - append to the journal of that folder; writes and syncs a "session" line.
 *
 * Returns 0 (also for a memory-only folder), or -1 with ERR_STATE.
 */
int journal_open(const struct statedir *s, const struct clock_anchor *anchor, const char *manifest_sha256,
                 struct journal *out, struct err *e);

/*
 * journal_begin, journal_commit - one line in two calls: begin writes sequence, time and kind, the caller adds members,
 * commit ends the line, appends it in one write(2) and syncs it (fdatasync).
 *
 * @storage, @cap  the caller's buffer for the line (JOURNAL_LINE_MAX).
 *
 * journal_commit returns 0, or -1 with ERR_STATE (full disk: text says so) or ERR_LIMIT (line too long).
 */
void journal_begin(struct journal *j, struct jsonw *w, struct buf *b, char *storage, size_t cap, const char *kind,
                   uint64_t now_us);
int journal_commit(struct journal *j, struct jsonw *w, struct err *e);

void journal_close(struct journal *j);

#endif
