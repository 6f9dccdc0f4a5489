/*
 * history - what the journal says: steps, what they left behind, what was there before. Bytes in, a value out; no I/O.
 *
 * The lines of a journal are replayed one after the other. Each has a check sum over itself and the check sum of the line before
 * (chain.h), consecutive sequence numbers, and a transition that the data model allows (states.h). Only the very end may be torn.
 * What is journaled later is held against the same rules first, and then applied: no line is written that could not be read back.
 */
#ifndef MUSTER_SETUP_HISTORY_H
#define MUSTER_SETUP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/base/digest.h"
#include "init/base/err.h"
#include "init/base/name_table.h"
#include "init/engine/states.h"
#include "init/setup/chain.h"
#include "init/setup/entry.h"
#include "init/wire/messages.h"

/* Steps that a journal may hold, those of old manifests included; artifacts of one step. */
#define HISTORY_STEPS_MAX 16384
#define HISTORY_ARTIFACTS_MAX 256
/* Newest attempts of a step that are remembered one by one. */
#define HISTORY_ATTEMPTS_MAX 16
/* All texts and artifacts together: some 50,000 artifacts. They share the arena with configuration and plan. */
#define HISTORY_BYTES_MAX ((size_t)32 << 20)
/* Sizes of blocks for texts: 16 bytes, and twice as much each, up to a path. */
#define HISTORY_BLOCK_SIZES 9

/* What is known about one path that a step changed. Texts are owned by the history. */
struct past_artifact {
    const char *path;     /* as the manifest named it, expanded */
    const char *resolved; /* without symbolic links; NULL without a before-image */
    const char *backup;   /* name in backups/; NULL when nothing was there */
    bool has_before;
    bool has_after;  /* the step has completed since, or is about to, and this is what it left */
    bool taken_back; /* restored or removed since, or it was as before already */
    struct wire_facts before;
    struct wire_facts after;
};

struct past_attempt {
    uint32_t number;
    enum step_status status;  /* completed, failed, skipped (while it ran); in_progress: it has not ended */
    const char *started_at;   /* RFC 3339, µs */
    const char *completed_at; /* or NULL */
    const char *error;        /* or NULL */
    const char *definition_sha256;
};

/* One step. A step that has ended and is opened anew begins another generation: its status is pending, and that is no transition. */
struct past_step {
    const char *id;
    enum step_status status;
    uint32_t generation;                   /* from 1 */
    uint32_t attempts;                     /* in this generation */
    const char *definition_sha256;         /* what was done last: as declared */
    const char *inputs;                    /* what was done last: with which values (HMAC, hex) */
    const char *started_at, *completed_at; /* of the last attempt of this generation; or NULL */
    const char *error;                     /* failed; or NULL */
    const char *skip_reason;               /* "manual", "condition", "environment"; or NULL */
    const char *skip_source;               /* "option", "variable", "command", "manifest"; or NULL */
    /* Why this generation began: "drift", "definition", "inputs", "retry", "rollback", "unskipped"; NULL = the first. */
    const char *reopened;
    enum rollback_state rollback;
    struct past_attempt recent[HISTORY_ATTEMPTS_MAX]; /* oldest first, of all generations */
    size_t recent_count;
    struct past_artifact *artifacts;
    size_t artifact_count, artifact_room;
};

struct history {
    struct arena *arena;          /* borrowed: all of this lives there */
    char session[SESSION_ID_MAX]; /* of the set-up session; "" = none yet */
    char config_digest[DIGEST_HEX_MAX];
    uint64_t sequence;          /* of the last line that was replayed */
    char check[CHAIN_TEXT_MAX]; /* its check sum; of an empty journal zeros */
    uint64_t lines;             /* how many were replayed */
    struct past_step *steps;    /* stay where they are */
    size_t step_count;

    /* Of history_store.c. */
    struct name_table ids;
    size_t ids_room;
    void *free_blocks[HISTORY_BLOCK_SIZES];
    size_t taken;           /* bytes of HISTORY_BYTES_MAX */
    uint32_t snapshot_left; /* lines of the snapshot still to come */
};

/*
 * history_init - of an empty journal.
 *
 * @a  borrowed. Address space for all steps is taken from it; pages are touched as they are needed.
 */
void history_init(struct history *h, struct arena *a);

/*
 * history_replay - take in whole lines, and tell how far they are good.
 *
 * @h            as history_init() leaves it. Good for nothing after a failure.
 * @bytes, @len  a whole journal; borrowed.
 * @good         filled: bytes that were taken in. Less than @len: the end is torn (a line without its newline, or the very
 *               last line damaged), which a kill in the middle of a write leaves behind.
 *
 * Returns 0, or -1 with ERR_MANIFEST: a line before the last is damaged, lines are missing, a transition is not allowed, or there
 * is more than fits. The text names the line and what is wrong with it. Allocates in the arena, and for one line at a time.
 */
int history_replay(struct history *h, const char *bytes, size_t len, size_t *good, struct err *e);

/*
 * history_check - whether that line may come next: the rules of the data model, and that there is room for what it says.
 *
 * Returns 0, or -1 with ERR_MANIFEST: the text says what is wrong, without naming a line.
 */
int history_check(const struct history *h, const struct entry *entry, struct err *e);

/*
 * history_apply - what that line says is so from now on.
 *
 * @entry  history_check() has accepted it just now. Its texts are copied.
 */
void history_apply(struct history *h, const struct entry *entry);

/*
 * history_find - the step of that id, or NULL. Good for as long as the history.
 */
struct past_step *history_find(const struct history *h, const char *id);

/*
 * history_is_superseded - a step that completed later than @s has left something at the path of @a, too: what @s left says nothing
 * about what is there now.
 */
bool history_is_superseded(const struct history *h, const struct past_step *s, const struct past_artifact *a);

/*
 * past_artifact_find - what is known about a path of that step, or NULL. Good until more becomes known about paths of this step.
 */
struct past_artifact *past_artifact_find(const struct past_step *s, const char *path);

#endif
