/*
 * job - what the engine's files about steps and tests share; nobody else includes it.
 *
 *   job.c       a job is begun, ends, and what that means for others
 *   step.c      what only steps do: verify, prepare, record, be skipped
 *   retry.c     whether and when a step is attempted again
 *   line.c      how many steps are done at the same time
 *   rollback.c  steps are taken back when the run has failed
 *
 * A step goes
 *
 *   pending ──▶ line ──▶ prepare ──▶ command ──▶ record ──▶ completed
 *                ▲          └───────────┴───────────┴─────▶ failed
 *                └─────────────── pause ◀─────────────────────┘  attempts left
 *
 * and has a place, of options.parallel, from prepare to record.
 */
#ifndef MUSTER_ENGINE_JOB_H
#define MUSTER_ENGINE_JOB_H

#include "init/engine/internal.h"

static inline bool is_step(const struct engine *en, size_t i)
{
    return en->graph->nodes[i].kind == NODE_STEP;
}

/*
 * job_under_way - a step being verified, in progress or between two attempts; a running test.
 */
static inline bool job_under_way(const struct engine *en, size_t i)
{
    return en->work[i].stage != STAGE_NONE;
}

/* ---- job.c ---- */

/*
 * job_become - change the status if the model's table allows it, and tell. Of the two statuses the one for its kind counts.
 */
bool job_become(struct engine *en, size_t i, enum step_status step, enum test_status test);

/*
 * job_stamp_end - it ends now. A record of something that took no time still ends after it began (data model).
 */
void job_stamp_end(struct engine *en, size_t i);

/*
 * job_skip - it is not done in this run, because its node says so; decided before anything is begun.
 */
void job_skip(struct engine *en, size_t i);

/*
 * job_take_up - its needs are satisfied.
 * job_begin - one attempt, now.
 */
void job_take_up(struct engine *en, size_t i);
void job_begin(struct engine *en, size_t i);

/*
 * job_command - its before-images are taken, or it has none: run its command.
 */
void job_command(struct engine *en, size_t i);

/*
 * job_finish - the job is over. What that means for others matters only as long as nothing else has ended the run.
 */
void job_finish(struct engine *en, size_t i, enum step_status step, enum test_status test);

/*
 * job_conclude - likewise for one whose status already says so. May end the run.
 */
void job_conclude(struct engine *en, size_t i);

/*
 * job_failed - the attempt is over and did not go well, for the reason that has been noted: there is another one, or the job
 * has failed.
 */
void job_failed(struct engine *en, size_t i, enum test_status test);

void job_verdict(struct engine *en, size_t i);
void job_exit(struct engine *en, size_t i, const char *text);
void job_timer(struct engine *en, size_t i);

/*
 * job_abort - end it for that cause: its process is told to, what has no process ends now.
 */
void job_abort(struct engine *en, size_t i, enum job_cause cause);

/*
 * job_blame_deadline - when it is ended soon, the deadline of the whole bring-up is to blame.
 */
void job_blame_deadline(struct engine *en, size_t i);

/*
 * test_blocked - test @i waits for node @by, which is not coming up: an error (data model: it could not be run).
 */
void test_blocked(struct engine *en, size_t i, size_t by);

/* ---- step.c ---- */

/*
 * step_recall - before anything begins: step @i is as an earlier run left it.
 * step_resume - at the start: what needs no second look is told, and holds nobody up.
 */
void step_recall(struct engine *en, size_t i, const struct step_past *past);
void step_resume(struct engine *en, size_t i);

/*
 * step_verify - ask whether what an earlier run left is still there. step_verified - the answer.
 */
void step_verify(struct engine *en, size_t i);
void step_verified(struct engine *en, const struct engine_event *ev);

/*
 * step_prepare - ask for before-images. step_prepared - the answer. step_record, step_recorded - likewise of what its command
 * left.
 */
void step_prepare(struct engine *en, size_t i);
void step_prepared(struct engine *en, const struct engine_event *ev);
void step_record(struct engine *en, size_t i);
void step_recorded(struct engine *en, const struct engine_event *ev);

/*
 * step_skip - somebody wants it skipped: at once, or as soon as its process has ended.
 * step_skipped - it is.
 */
void step_skip(struct engine *en, const struct engine_event *ev);
void step_skipped(struct engine *en, size_t i);

/*
 * step_missed - fails the run if something needs step @i, which was skipped and does not count as done.
 */
void step_missed(struct engine *en, size_t i);

/* ---- retry.c ---- */

/*
 * retry_wanted - step @i, whose attempt failed, is attempted again, after *@pause_us.
 */
bool retry_wanted(struct engine *en, size_t i, uint64_t *pause_us);

/*
 * retry_limit - when the time for all attempts of step @i together is over; CLOCK_NEVER: it has no such limit.
 */
uint64_t retry_limit(const struct engine *en, size_t i);

/* ---- line.c ---- */

/*
 * line_join - step @i wants a place. line_leave - gives it back.
 */
void line_join(struct engine *en, size_t i);
void line_leave(struct engine *en, size_t i);

/*
 * line_move - begin those that are first in line, as long as there are places. May end the run.
 */
void line_move(struct engine *en);

/* ---- rollback.c ---- */

/*
 * rollback_holds - step @i is going to be taken back, and until then nothing that it needs may be stopped.
 */
bool rollback_holds(const struct engine *en, size_t i);

/*
 * rollback_ask - once stopping has begun and no job is under way any more: decide which steps are taken back.
 * rollback_next - begin with the next one that nothing depends on any more, unless one is being taken back.
 */
void rollback_ask(struct engine *en);
void rollback_next(struct engine *en);

/*
 * rollback_over - the answer. rollback_timer - none came.
 */
void rollback_over(struct engine *en, const struct engine_event *ev);
void rollback_timer(struct engine *en);

/*
 * rollback_abandon - wait for no answer, begin with no other.
 */
void rollback_abandon(struct engine *en);

#endif
