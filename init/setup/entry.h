/*
 * entry - one line of the journal as a value: read and written by one table, so that what is written can be read back.
 *
 *   session            manifest_sha256, config_digest, pid, boot_id: when muster starts, and when a new set-up session begins
 *   configuration      from, to, config_digest: of the configuration, not of a step; history takes the digest only
 *   step               step_id, from, to, attempt, definition_sha256, inputs, started_at, completed_at, error, exit_code, signal,
 *                      skip_reason, skip_source, clock_jump_ms
 *   reopen             step_id, why, detail: a step that is completed, failed or skipped is to be done anew: it is pending
 *   before             step_id, artifact_path, resolved, backup, facts: a before-image is complete; of a step that is pending,
 *                      failed or in progress. Replaces what was known about that path
 *   after              step_id, artifact_path, facts: what a step in progress, about to complete, has left
 *   rollback           step_id, state: pending, then done, partial or failed; not of a step in progress
 *   taken_back         step_id, artifact_path, outcome, detail: one item of a rollback that is pending
 *   snapshot           config_digest, lines: so many of the next three kinds follow, instead of all lines before
 *   snapshot_step, snapshot_attempt, snapshot_artifact
 *
 * In front of these every line has sequence, at, session and kind, and behind them check (chain.h).
 */
#ifndef MUSTER_SETUP_ENTRY_H
#define MUSTER_SETUP_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/err.h"
#include "init/base/json.h"
#include "init/base/jsonw.h"
#include "init/engine/states.h"
#include "init/wire/messages.h"

#define SESSION_ID_MAX 33

/* A path of PATH_MAX bytes, each escaped, its resolved form, and facts fit. */
#define ENTRY_LINE_MAX 65536
/* "error" and "detail"; longer ones are cut when written. */
#define ENTRY_REMARK_MAX 512
/* The longest text of all: a path. */
#define ENTRY_TEXT_MAX (WIRE_PATH_MAX - 1)

enum entry_kind {
    ENTRY_SESSION,
    ENTRY_CONFIGURATION,
    ENTRY_STEP,
    ENTRY_REOPEN,
    ENTRY_BEFORE,
    ENTRY_AFTER,
    ENTRY_ROLLBACK,
    ENTRY_TAKEN_BACK,
    ENTRY_SNAPSHOT,
    ENTRY_SNAPSHOT_STEP,
    ENTRY_SNAPSHOT_ATTEMPT,
    ENTRY_SNAPSHOT_ARTIFACT,
    ENTRY_KIND_COUNT,
};

/* Texts are borrowed; NULL = null. What a kind does not have is ignored when written and zero when read. */
struct entry {
    enum entry_kind kind;
    uint64_t sequence;   /* read only: journal_begin() writes it */
    const char *session; /* likewise */

    const char *manifest_sha256;
    const char *config_digest;
    const char *boot_id;
    uint32_t pid;
    uint32_t lines; /* snapshot */

    const char *step_id;
    enum step_status from; /* step */
    enum step_status to;   /* step; snapshots: its status */
    uint32_t attempt;      /* step: which one, from 1; snapshot_step: how many in this generation */
    uint32_t generation;
    const char *definition_sha256;
    const char *inputs;
    const char *started_at;
    const char *completed_at;
    const char *error;
    bool exited; /* by itself, with that code; written only, as are the next three */
    uint32_t exit_code;
    uint32_t signal;       /* 0 = none ended it */
    int64_t clock_jump_ms; /* 0 = none */
    const char *skip_reason;
    const char *skip_source;
    const char *why;
    const char *detail;

    const char *artifact_path;
    const char *resolved;
    const char *backup;
    bool has_before, has_after, taken_back; /* snapshot_artifact */
    struct wire_facts before;               /* before, snapshot_artifact */
    struct wire_facts after;                /* after, snapshot_artifact */
    enum rollback_state rollback;
    enum wire_restore_outcome outcome;
};

/*
 * entry_kind_name - "session", "step", "taken_back".
 */
const char *entry_kind_name(enum entry_kind k);

/*
 * entry_read - one line.
 *
 * @root  its JSON; borrowed: the texts of @out point into it.
 * @out   filled.
 *
 * Members that are not known are ignored, kinds that are not known refused: a newer muster wrote them, and what they mean for
 * the rest nobody knows. Returns 0, or -1 with ERR_MANIFEST: the text names the member. Allocates nothing.
 */
int entry_read(const struct json *root, struct entry *out, struct err *e);

/*
 * entry_check - whether a line with these members could be read back as the same: what is required is there, no text is too long
 * or not UTF-8, no size beyond 2^53 (InstallationArtifact.size_bytes).
 *
 * Returns 0, or -1 with ERR_LIMIT: the text names the member.
 */
int entry_check(const struct entry *entry, struct err *e);

/*
 * entry_write - the members that its kind has.
 */
void entry_write(struct jsonw *w, const struct entry *entry);

#endif
