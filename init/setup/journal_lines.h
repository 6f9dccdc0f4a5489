/*
 * journal_lines - what core writes into the journal about a step, one function for each kind of line.
 *
 * Each is journal_put(): written and synced, held against the history before and applied to it after. All return 0, or -1 with
 * ERR_STATE or ERR_LIMIT, nothing being changed then. They block on the disk.
 */
#ifndef MUSTER_SETUP_JOURNAL_LINES_H
#define MUSTER_SETUP_JOURNAL_LINES_H

#include "init/setup/journal.h"

/* A transition. Texts are borrowed; NULL = null. */
struct step_line {
    const char *step_id;
    enum step_status to;
    const char *definition_sha256; /* in progress: what will be done, with which values, from when on (RFC 3339, µs) */
    const char *inputs;
    const char *started_at;
    const char *completed_at; /* completed, failed, and skipped while it ran */
    const char *error;        /* failed; without secrets */
    bool exited;              /* the command ended by itself, with */
    uint32_t exit_code;
    uint32_t signal; /* 0 = none ended it */
    int64_t clock_jump_ms;
    const char *skip_reason, *skip_source;
};

/*
 * journal_step - a step becomes @line->to. Where it comes from and which attempt it is are the history's.
 */
int journal_step(struct journal *j, const struct step_line *line, uint64_t now_us, struct err *e);

/*
 * journal_reopen - a step that has ended is to be done anew.
 *
 * @why     "drift", "definition", "inputs", "retry", "rollback", "unskipped".
 * @detail  for people: what differs; or NULL.
 */
int journal_reopen(struct journal *j, const char *step_id, const char *why, const char *detail, uint64_t now_us,
                   struct err *e);

/*
 * journal_before - a before-image is complete and on disk. Before the step runs.
 *
 * @path      as the manifest named it, expanded.
 * @resolved  its real name; valid UTF-8, or it is refused.
 * @backup    its name in backups/; NULL with facts of kind NONE.
 */
int journal_before(struct journal *j, const char *step_id, const char *path, const char *resolved, const char *backup,
                   const struct wire_facts *facts, uint64_t now_us, struct err *e);

/*
 * journal_after - what a step has left, while it is still in progress: right before it completes.
 */
int journal_after(struct journal *j, const char *step_id, const char *path, const struct wire_facts *facts,
                  uint64_t now_us, struct err *e);

/*
 * journal_rollback - a rollback of the step begins (pending), or ended so.
 */
int journal_rollback(struct journal *j, const char *step_id, enum rollback_state state, uint64_t now_us, struct err *e);

/*
 * journal_taken_back - one item of the rollback that is pending.
 *
 * @detail  for people; or NULL.
 */
int journal_taken_back(struct journal *j, const char *step_id, const char *path, enum wire_restore_outcome outcome,
                       const char *detail, uint64_t now_us, struct err *e);

#endif
