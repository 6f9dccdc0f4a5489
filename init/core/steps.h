/*
 * steps - what the set-up steps of a session ask of the recorder, and what the journal holds about them. Internal to core/.
 *
 *   steps.c          verify, prepare, record: requests to the recorder, its answers
 *   step_rollback.c  taking a step back, one artifact after the other
 *   step_journal.c   the lines of steps in the journal
 *   step_past.c      what an earlier run left, and what of it still holds
 *   step_undo.c      the rest of a rollback that was interrupted
 *
 * One step has one task at a time. Each of its artifacts that a task is about is asked for once and answered once; when the
 * recorder dies, what was asked is answered with that.
 */
#ifndef MUSTER_CORE_STEPS_H
#define MUSTER_CORE_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/clock.h"
#include "init/base/err.h"
#include "init/engine/engine.h"
#include "init/setup/history.h"
#include "init/wire/messages.h"

struct session;
struct artifact_record;

/* What is being done for a step. */
enum step_task {
    TASK_NONE,
    TASK_VERIFY,   /* measure, and hold against what was recorded */
    TASK_PREPARE,  /* keep before-images, or put them back */
    TASK_RECORD,   /* measure, and hold against what is declared */
    TASK_ROLLBACK, /* clean-up scripts, before-images */
    TASK_UNDO,     /* what an interrupted rollback has not put back */
};

/* Of one step. */
struct step_work {
    enum step_task task;
    uint32_t attempt;         /* of the step, that it is for */
    uint16_t left;            /* answers that have not come */
    bool failed;              /* one of them was not as wanted */
    char text[WIRE_TEXT_MAX]; /* what was wrong first */
    /* TASK_ROLLBACK */
    size_t at;     /* artifacts, from the last one, that have been dealt with */
    bool measured; /* the current one is as the step left it, or its clean-up script has run */
    bool any_done; /* something was taken back */
};

#define STEPS_NO_NODE SIZE_MAX

/* Artifacts to put back before any step is prepared, one after the other. */
struct step_undo {
    uint32_t *ids; /* in the arena */
    size_t count, next;
    bool busy;       /* the answer about the one before @next is due */
    bool *waits;     /* per node: it is to be prepared then; in the arena */
    size_t rollback; /* node to be taken back then, or STEPS_NO_NODE */
};

struct steps {
    struct step_past *past;     /* per node, for the engine */
    struct step_work *work;     /* per node */
    const char *project;        /* whose steps they are: the folder of the manifest */
    const char **inputs;        /* per node: which values it uses (HMAC, hex); "" = not a step */
    struct clock_anchor *began; /* per node: both clocks when its attempt began */
    uint8_t *rollback;          /* per node: enum rollback_state that is on disk */
    bool *take_back;            /* per node; NULL = this is a run */
    bool *asked;                /* per artifact: an answer is due */
    struct step_undo undo;
    int backups;                  /* owned; folder of before-images, -1 = not open */
    int control;                  /* owned; who asks for something while this runs (control.h), -1 = nobody can */
    size_t cleaning;              /* node whose clean-up script runs; only one at a time */
    bool cleanup_late;            /* it was killed for that */
    uint64_t cleanup_deadline_us; /* CLOCK_NEVER = none runs */
};

/*
 * steps_open - what earlier runs left: fills the engine's past, and opens anew in the journal what has to be done again since
 * its definition or a value that it uses has changed, or since it was taken back.
 *
 * Returns 0, or -1 with ERR_STATE. Allocates: before hand-off only.
 */
int steps_open(struct session *s, struct err *e);

/*
 * steps_choose - which steps are to be taken back: those of @ids and what was built on them, or all, as far as they have been
 * begun and not been taken back.
 *
 * Returns 0, or -1 with ERR_USAGE: there is no such step. Allocates: before hand-off only.
 */
int steps_choose(struct session *s, const char *const *ids, struct err *e);

/*
 * steps_verify, steps_prepare, steps_record, steps_roll_back - the engine's actions; each is answered with its event.
 */
void steps_verify(struct session *s, size_t node);
void steps_prepare(struct session *s, size_t node);
void steps_record(struct session *s, size_t node);
void steps_roll_back(struct session *s, size_t node);

/*
 * steps_send - to the recorder: what is asked about artifact @id now. Returns as channel_send().
 */
int steps_send(struct session *s, int channel, uint32_t id, struct err *e);

/*
 * steps_answer - from the recorder. Returns 0, or -1 with ERR_PROTO: it was not asked that.
 */
int steps_answer(struct session *s, union wire_message *m, size_t len, struct err *e);

/*
 * steps_unanswered - the recorder is gone (@why: one line): everything asked is answered with that.
 */
void steps_unanswered(struct session *s, const char *why);

/*
 * steps_cleaned - the clean-up script ended.
 */
void steps_cleaned(struct session *s, int wait_status);

/*
 * steps_listen - hear what others ask for while this runs; without it they only cannot.
 * steps_asked - somebody did.
 */
void steps_listen(struct session *s);
void steps_asked(struct session *s);

/*
 * steps_timer, steps_wake - their part of the timer: a clean-up script takes too long.
 */
void steps_timer(struct session *s);
uint64_t steps_wake(const struct session *s);

/*
 * steps_journal - write node @node's new status, and what belongs to it, before anything relies on it.
 *
 * Returns 0, or -1 with ERR_STATE.
 */
int steps_journal(struct session *s, size_t node, struct err *e);

/*
 * steps_known - what the journal holds about the path of @r, or NULL. Good until more becomes known about its step.
 */
const struct past_artifact *steps_known(const struct session *s, const struct artifact_record *r);

/*
 * steps_unchanged - what was measured is what the step had left when it completed; otherwise @text says what is not.
 */
bool steps_unchanged(const struct session *s, const struct artifact_record *r, char *text, size_t cap);

/* step_undo.c, for the others */

/*
 * steps_plan_undo - is there anything that a rollback had begun to take back? Allocates: before hand-off only.
 */
void steps_plan_undo(struct session *s);

/*
 * steps_undo_first - node @node is to be prepared: returns true when something has to be put back before. It is prepared then.
 */
bool steps_undo_first(struct session *s, size_t node);

/*
 * steps_undo_stops - node @node is to be taken back, so nothing else is put back. Returns true when there is an answer to wait
 * for: it is taken back then.
 */
bool steps_undo_stops(struct session *s, size_t node);

/*
 * undo_answer, undo_unanswered - the recorder has answered; it will not.
 */
void undo_answer(struct session *s);
void undo_unanswered(struct session *s);

/* step_rollback.c, for steps.c */

/*
 * rollback_answer - the recorder's answer about artifact @id, while its step is taken back.
 */
void rollback_answer(struct session *s, uint32_t id, const union wire_message *m);

/*
 * rollback_failed - artifact @id could not be dealt with: go on with the next.
 */
void rollback_failed(struct session *s, uint32_t id, const char *why);

/*
 * rollback_request - what to ask of the recorder about artifact @id.
 */
enum wire_type rollback_request(const struct session *s, uint32_t id);

#endif
