/*
 * engine - decides what happens next: (state, event, now) -> actions.
 *
 * Pure: no clock, no I/O, no allocation after engine_new(). Feed it events with the current time, then take its actions in
 * order and carry them out; ask it when it wants to be woken. A test can run a million random graphs with a virtual clock.
 *
 *   calling ──all required satisfied──▶ ready ──stop──▶ stopping ──▶ stopped
 *      └──────hopeless / interrupt──────────────────────▶ stopping ──▶ stopped
 *
 * "Satisfied": a service that is healthy (or inactive), a step that is completed or skipped (and then counts as done), a
 * test that passed or was skipped (or has ended and does not block). Ready: every required node was satisfied once, and
 * every required service is healthy at that moment.
 *
 * Once ready, services that readiness does not wait for are still brought up. With keep_calling healthy ones are probed
 * again at their interval, failing ones more often; without it nothing that has been healthy is probed again.
 *
 * A step goes on from where an earlier run left it (struct step_past). What was completed and needs a second look is verified
 * when its needs are satisfied: it stays completed, `cached`, and its dependents go on; or it is `reopened`, which is no
 * transition of the model but another record of the step: pending, attempts counted anew. It may be in progress already when
 * that is told. Every attempt is told as in_progress, then prepared if the node says so, then run, then recorded; one that
 * fails is told as failed, and as in_progress again after a pause as long as there are attempts, the exit code is one of
 * those and the time for all of them is not over. A command that is not there and before-images that cannot be taken are
 * never tried again, nor is a step whose process could not be ended. At most `parallel` steps have a place, first come, first
 * served; one between two attempts has none, and one that is only verified needs none.
 *
 * When the run has failed, steps are taken back as `rollback` says, one at a time: once no step and no test is under way,
 * and a step after everything that depends on it has ended and before anything that it needs is stopped; of several the one
 * that ended last. With ROLLBACK_STEP those that failed or took too long (not those that were ended because another failed);
 * with ROLLBACK_SESSION all that were completed, in this run or before, or begun; never one that was skipped. An interrupt,
 * EVENT_FAIL and EVENT_STOP take nothing back. A second interrupt ends the waiting. The exit code of ACTION_STOPPED counts: 74
 * when something could not be taken back.
 *
 * Every EVENT is answered in bounded time, every wait has an end: a probe is given up 500 ms after its own timeout (an
 * exec probe at once: nobody else keeps its timeout), a process is sent KILL after its grace and believed lost 5 s later,
 * what is done with artifacts (verify, prepare, record, roll back) is given up after 10 min.
 */
#ifndef MUSTER_ENGINE_ENGINE_H
#define MUSTER_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/engine/states.h"
#include "init/plan/graph.h"
#include "init/wire/messages.h"

enum engine_phase { ENGINE_CALLING, ENGINE_READY, ENGINE_STOPPING, ENGINE_STOPPED };

enum engine_event_kind {
    EVENT_START,       /* once, first */
    EVENT_TIMER,       /* the time engine_wake() asked for has come */
    EVENT_VERDICT,     /* node, verdict: the attempt numbered verdict.attempt is over (0 = the one that is out) */
    EVENT_STARTED,     /* node: its process runs */
    EVENT_EXIT,        /* node, wait_status: its process ended; or exec_errno, text: it could not be started */
    EVENT_VERIFIED,    /* node (step), ok, text: what an earlier run recorded of it is still so, or what is not */
    EVENT_PREPARED,    /* node (step), attempt, ok, text: before-images are taken, or put back, or why not */
    EVENT_RECORDED,    /* node (step), attempt, ok, text: its artifacts were measured and are as declared, or not */
    EVENT_ROLLED_BACK, /* node (step), rollback, text: it was taken back; or not everything, and what not */
    EVENT_SKIP,        /* node (step): somebody wants it skipped; one that runs is ended first. Not while stopping */
    EVENT_NOTIFIED,    /* node (service), ok: its process said that it is ready, or that it is stopping */
    EVENT_INTERRUPT,   /* signal: a termination signal during bring-up; ends with 128 + signal */
    EVENT_FAIL,        /* exit_code, text: the driver cannot go on (journal, state directory) */
    EVENT_STOP,        /* the main process ended, or there is none: stop what was started, in reverse order */
};

struct engine_event {
    enum engine_event_kind kind;
    size_t node;
    const struct wire_verdict *verdict; /* borrowed for the call */
    int wait_status;                    /* as from waitpid(2) */
    int exec_errno;                     /* not 0: the command could not be started */
    int signal;
    int exit_code;
    bool ok;
    uint32_t attempt;             /* of the step, that it is about; 0 = the current one */
    enum rollback_state rollback; /* done, partial or failed */
    const char *text;             /* borrowed for the call; copied where kept; may be NULL */
};

enum engine_action_kind {
    ACTION_CHANGED, /* node was taken up; its status, its reason, cached or rollback changed: journal, publish, tell */
    ACTION_RUN,     /* start node's command (service, step, test) */
    ACTION_PROBE,   /* make one attempt for node (service, test); `timeout_us`; several, if its state is patient */
    ACTION_CANCEL,  /* forget node's attempt; no verdict is wanted any more */
    ACTION_KILL,    /* send `signal` to node's process group */
    ACTION_VERIFY,  /* hold node's artifacts (step, completed earlier) against what was recorded */
    ACTION_PREPARE, /* node (step): before its first attempt keep before-images; before others put them back, unless it resumes */
    ACTION_RECORD,   /* measure node's artifacts (step) */
    ACTION_ROLLBACK, /* take node (step) back: clean-up scripts, before-images */
    ACTION_LOST,     /* node (service), healthy before and not any more while main runs: do as its when_lost says */
    ACTION_READY,    /* the roll is complete */
    ACTION_FAILED,   /* it never will be: `exit_code`; stopping has begun */
    ACTION_STOPPED,  /* everything that was started has ended; `exit_code` */
};

struct engine_action {
    enum engine_action_kind kind;
    size_t node;
    int signal;
    int exit_code;
    uint64_t timeout_us;
};

/* What is known about a node; read-only outside the engine. Stamps are monotonic µs, 0 = not yet. */
struct node_state {
    union {
        enum service_status service;
        enum step_status step;
        enum test_status test;
    } status;
    const char *why;     /* why a service is stopped or a node skipped: "not_configured", "dependency", "shutdown",
                        "environment", "manual"; or NULL. Static text */
    uint64_t called_us;  /* taken up: from then on it waits for nobody */
    uint64_t ended_us;   /* step, test: finished */
    uint64_t healthy_us; /* service: last became healthy */
    uint64_t failing_since_us; /* service: first of the failures in a row */
    uint64_t outage_us;      /* service: how long it had failed when it became healthy again; 0 = for the first time */
    uint64_t certificate_us; /* service: when it was first seen that its certificate ends soon */
    uint64_t last_check_us;
    uint64_t response_us;     /* of the last attempt */
    uint32_t attempts;        /* the number of the last one, too */
    uint32_t failures;        /* in a row; those in the start period do not count */
    uint32_t successes;       /* service: in a row, until it is healthy */
    uint32_t restarts;        /* service: how often its process was started again */
    uint32_t members_healthy; /* service with any_of */
    uint32_t cause_count;     /* attempts in a row with the same verdict class */
    uint32_t patience_us; /* of the attempt that is out: a refused one may be repeated for so long; 0 = not at all */
    uint32_t knock_us;    /* then not sooner than so long after the one before, */
    uint32_t pause_us;    /* nor later than that */
    bool running;         /* its process was asked for and has not ended */
    bool probing;         /* an attempt is out */
    bool stopping;        /* was told to end */
    bool timed_out;
    bool failed_by_test;
    bool cached;   /* step: completed by an earlier run, and what it left is still there */
    bool reopened; /* step: completed by an earlier run, but what it left is not as recorded: done anew */
    enum rollback_state rollback;      /* step */
    char rollback_text[WIRE_TEXT_MAX]; /* step: what could not be taken back; "" = nothing to say */
    int wait_status;                   /* of the process, when it has ended */
    int exec_errno;
    struct wire_verdict verdict; /* of the last attempt; text says why a node failed, also for steps and tests */

    /* the engine's own */
    uint64_t next_us;     /* next attempt, or CLOCK_NEVER */
    uint64_t deadline_us; /* timeout, attempt deadline or kill, or CLOCK_NEVER */
    uint64_t attempt_deadline_us;
    size_t unmet; /* needs not satisfied yet */
};

struct engine; /* in the arena */

/* A step, as an earlier run left it. */
struct step_past {
    enum step_status status; /* pending: never done, or to be done anew; in_progress is failed by now */
    uint32_t attempts;       /* made so far */
    bool verify;             /* completed: has artifacts that may have changed since */
    bool kept;               /* what was there before it is kept, and has not been put back */
    const char *why;         /* skipped: "manual"; static text */
};

struct engine_options {
    uint64_t deadline_us; /* whole bring-up; 0 = none */
    uint64_t seed;        /* jitter; not 0 */
    bool keep_calling;    /* go on probing after ready, at each service's interval */
    uint32_t parallel;    /* steps at the same time; 0 = no limit */
    enum rollback_policy rollback;
    const struct step_past *past; /* borrowed, by node; NULL = nothing was done before */
    const bool *take_back; /* borrowed, by node: START takes these steps back and does nothing else; NULL = it begins */
};

/*
 * engine_new - everything waiting, nothing started.
 *
 * @graph  borrowed; must outlive the engine.
 */
struct engine *engine_new(struct arena *a, const struct graph *graph, const struct engine_options *options);

/*
 * engine_handle - one event at @now_us (monotonic, never going back). Fills the action queue.
 *
 * Events that make no sense any more (a verdict for a cancelled attempt, an unknown node) are ignored.
 */
void engine_handle(struct engine *en, const struct engine_event *event, uint64_t now_us);

/*
 * engine_take - next action, in order. false when there is none.
 *
 * Take all of them after every engine_handle(). Carrying one out may yield events; handle them after the queue is empty or
 * at once, both are fine. An action that waits in the queue is not queued a second time for the same node: it says what
 * engine_state() holds when it is taken.
 */
bool engine_take(struct engine *en, struct engine_action *out);

/*
 * engine_wake - when EVENT_TIMER is wanted, or CLOCK_NEVER.
 */
uint64_t engine_wake(const struct engine *en);

enum engine_phase engine_phase(const struct engine *en);

/*
 * engine_ready - phase is ready and every required service is healthy now.
 */
bool engine_ready(const struct engine *en);

/*
 * engine_started_us, engine_ready_us - when START came; when it became ready (0 = not yet).
 */
uint64_t engine_started_us(const struct engine *en);
uint64_t engine_ready_us(const struct engine *en);

/*
 * engine_exit_code - what the run comes to so far: 0, or why it failed (69, 74, 76, 77, 128+n, the driver's own).
 */
int engine_exit_code(const struct engine *en);

/*
 * engine_reason - why the run failed, one line for people: "service redis was not healthy within 30 s", "deadline of
 * 5 min passed"; "" when it has not. Borrowed from the engine.
 */
const char *engine_reason(const struct engine *en);

/*
 * engine_state - what is known about node @i.
 */
const struct node_state *engine_state(const struct engine *en, size_t i);

/*
 * engine_satisfied - nobody has to wait for node @i (any more).
 */
bool engine_satisfied(const struct engine *en, size_t i);

/*
 * engine_waits_for - the needs of node @i that are not satisfied, into @out (at most @max). Returns how many there are.
 */
size_t engine_waits_for(const struct engine *en, size_t i, uint16_t *out, size_t max);

#endif
