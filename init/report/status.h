/*
 * status - status.json: the whole data model for readers, replaced atomically, never with a secret in it.
 */
#ifndef MUSTER_REPORT_STATUS_H
#define MUSTER_REPORT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/clock.h"
#include "init/base/err.h"
#include "init/base/json.h"
#include "init/base/jsonw.h"
#include "init/base/problem.h"
#include "init/config/profile.h"
#include "init/config/resolve.h"
#include "init/engine/engine.h"
#include "init/plan/graph.h"
#include "init/setup/artifact.h"
#include "init/setup/journal.h"
#include "init/setup/output.h"
#include "init/setup/statedir.h"

#define STATUS_FILE "status.json"
/* What muster itself reads back; some 6,000 services with all that is known about them, and any number without. */
#define STATUS_TEXT_MAX JSON_TEXT_MAX

/* Where the run is, for readers. */
enum run_phase {
    PHASE_CONFIGURATION, /* reading and checking */
    PHASE_CALLING,       /* the roll is being called */
    PHASE_STARTING,      /* it is complete, but the main process has not said that it is ready ("main_ready") */
    PHASE_READY,
    PHASE_FAILED,   /* it will not become ready */
    PHASE_STOPPING, /* the main process has ended; or steps are being taken back by `rollback` */
    PHASE_STOPPED,  /* and so has everything else */
    PHASE_COMPLETE, /* `up` ended with 0 */
};
const char *run_phase_name(enum run_phase p);

/* Everything the document is written from; all borrowed. Parts are NULL until they exist. */
struct status_view {
    enum run_phase phase;
    const struct manifest *manifest;
    const struct config *config;
    const struct problems *problems;
    const struct graph *graph;
    const struct engine *engine;
    const struct artifact_list *artifacts;
    const struct history *history; /* of steps and what they left, this run included; or NULL */
    struct output *const *outputs; /* per node: what its own process writes, NULL = it has none; or NULL */
    char *const *messages;    /* per node: what its process says of itself, or NULL; or NULL. Printable, no secret */
    const char *main_message; /* likewise of the main process */
    uint64_t main_ready_us;   /* when it said that it is ready; 0 = it was not asked, or has not */
    const char *session;
    const struct journal *journal; /* NULL = there is none */
    const char *state_path;        /* the state directory, for messages; NULL or "" = memory only */
    struct clock_anchor anchor;
    struct snapshot_facts facts;
    int exit_code;    /* from PHASE_FAILED and PHASE_STOPPING on */
    bool taking_back; /* `rollback`: nothing is called, steps are taken back */
    uint64_t sequence;
    bool brief; /* the document would be too large: names and statuses only. Set by status_publish() */
};

/*
 * status_write - the document: schema version, sequence, session, ready, phase, "profile", "services", "tests", "steps",
 * "artifacts"; the model's field names and enums exactly. "brief": services, tests and steps are told by name and status
 * alone, and artifacts are left out.
 */
void status_write(struct jsonw *w, const struct status_view *v, uint64_t now_us);

/*
 * status_publish - write it to the state directory.
 *
 * @scratch, @cap  buffer for the text (STATUS_TEXT_MAX).
 *
 * What does not fit in full is written in brief, from then on. Returns 0 (also without a folder), or -1 with ERR_STATE or
 * ERR_LIMIT; the old document is then still there.
 */
int status_publish(const struct statedir *s, struct status_view *v, uint64_t now_us, char *scratch, size_t cap,
                   struct err *e);

/*
 * status_mark - how far the journal had got when that folder's document was written: no line up to there may be missing.
 *
 * @scratch, @cap  buffer for the text (STATUS_TEXT_MAX).
 * @out            filled.
 *
 * Returns false when there is no document, or none that says so: that proves nothing. Blocks on the disk, allocates.
 */
bool status_mark(const struct statedir *s, char *scratch, size_t cap, struct journal_mark *out);

/*
 * status_summary - one line about what is missing: "2 of 4 services not healthy: backend (refused: …), frontend (waits for
 * backend)". For failures and `check`.
 */
void status_summary(const struct status_view *v, char *out, size_t cap);

#endif
