/*
 * internal - what the engine's own files share; nobody else includes it.
 *
 *   engine.c   events in, who may start, what fails the run
 *   process.c  processes begin and end
 *   action.c   actions out: the queue
 *   alarm.c    when to be woken: a heap of the nodes' deadlines
 *   attempt.c  one probe attempt at a time per node
 *   service.c  starting, healthy, unhealthy, stopped
 *   question.c what others ask about a run
 *   pace.c     when a service is probed again
 *   restart.c  whether and when its process is run again
 *   group.c    services that are healthy while enough others are
 *   hope.c     what waits for something that is not coming up
 *   stop.c     ending what was started, dependents first
 *
 * and, in job.h, those about steps and tests.
 *
 * engine_fail() and service_give_up() may begin the stopping of everything: they come last in whatever calls them.
 */
#ifndef MUSTER_ENGINE_INTERNAL_H
#define MUSTER_ENGINE_INTERNAL_H

#include "init/engine/engine.h"

/* One attempt of a probe that states no timeout of its own. */
#define ATTEMPT_TIMEOUT_US 5000000U
/* An attempt that is made at all gets this much, however little is left of the deadline. */
#define ATTEMPT_MIN_US 1000U
/* A prober keeps the timeouts itself; when it is this late, it is stuck. The timeout of an exec probe is kept here. */
#define ATTEMPT_SLACK_US 500000U
/* Steps and tests: TERM to KILL. */
#define JOB_GRACE_US 2000000U
/* Longest that a step's artifacts may be busy with, measured or copied: 20 GB at 35 MB/s. */
#define RECORD_TIMEOUT_US 600000000U
/* A step that fails at once, without any pause stated, is not attempted more often than this. */
#define RETRY_MIN_US 5000U
/* And after doubling, when none is stated, not less often than this. */
#define RETRY_MAX_US 60000000U
/* After KILL: a process in uninterruptible sleep must not keep the container from ending. */
#define LOST_US 5000000U
/* What waiting does not heal is asked this much later again: a server that is being set up may accept a password only then,
 * and one that is not need not log a failed login two hundred times a second. */
#define PERMANENT_PAUSE_US 500000U
/* A process that ends at once, without any pause stated, is not started more often than this. */
#define RESTART_MIN_US 5000U
/* And after doubling, when none is stated, not less often than this. */
#define RESTART_MAX_US 30000000U
/* Fastest rate at which a failing service is probed once the roll is complete. */
#define FAILING_MIN_US 1000000U

/* Why a step or test was told to end. */
enum job_cause {
    CAUSE_NONE,
    CAUSE_TIMEOUT,     /* its own, or that of what is done with its artifacts */
    CAUSE_BUDGET,      /* the one of all its attempts */
    CAUSE_DEADLINE,    /* of the whole bring-up */
    CAUSE_SKIPPED,     /* by hand */
    CAUSE_INTERRUPTED, /* the run ends, for whatever reason */
};

/* What a step or test that is under way is busy with. */
enum job_stage {
    STAGE_NONE,    /* not under way */
    STAGE_VERIFY,  /* completed by an earlier run: is what it left still there? */
    STAGE_PREPARE, /* before-images */
    STAGE_COMMAND, /* or a test's probe */
    STAGE_RECORD,  /* its artifacts are being measured */
    STAGE_PAUSE,   /* failed, and waits for its next attempt */
};

/* What the engine keeps about a node beside its public state. */
struct node_work {
    uint64_t asked_us;   /* when the last attempt was asked for */
    uint64_t attempt_us; /* and how long it may take */
    uint64_t begun_us;   /* service: taken up, or its process was started again; step: its first attempt in this run */
    uint64_t pause_us;   /* the last one before a restart or the next attempt; 0 = none yet */
    uint64_t window_us;  /* restart.c: restarts are counted from then */
    uint32_t window_count;
    bool clipped;         /* attempt_us is less than its probe was given */
    uint16_t slot;        /* where in the alarm heap */
    uint16_t pending;     /* kinds of its actions that wait in the queue, one bit each */
    uint16_t holders;     /* stopping: nodes that need it and have not ended */
    uint16_t members_out; /* group: members that are not coming up */
    bool queued;          /* in the list of nodes to look at */
    bool released;        /* its dependents have been told once */
    bool given_up;        /* service: no longer being brought up */
    bool dead;            /* service: its own process ended; not probed any more */
    bool started;         /* service: its own process runs */
    bool restarting;      /* service: it ended and will be run again at next_us */
    bool anew;            /* service: it was, and has not become healthy since */
    bool out;             /* service: not coming up; its groups have counted that */
    bool killed;          /* KILL was sent */
    enum job_cause cause;
    enum job_stage stage;
    enum step_status before; /* step: when its attempt began */
    uint32_t tries;          /* step: attempts in this run */
    bool in_line;            /* step: waits for a place */
    bool placed;             /* step: has one */
    bool unverified;         /* step: completed by an earlier run, and not looked at yet */
    bool touched;            /* step: its command was asked for in this run */
    bool left;               /* step: an earlier run has done some of it */
    bool by_itself;          /* step: its last attempt failed, not because the run ends */
    bool lost;               /* step: its process could not be ended; it may still run */
};

#define ENGINE_NO_NODE SIZE_MAX

struct engine {
    const struct graph *graph;
    struct engine_options options;
    enum engine_phase phase;
    uint64_t now_us;
    uint64_t started_us, ready_us;
    uint64_t deadline_us; /* of the whole bring-up, or CLOCK_NEVER */
    uint64_t random;
    int exit_code;
    unsigned interrupts;
    size_t unsatisfied; /* required nodes that never were satisfied yet */
    size_t unhealthy;   /* required, active services that are not healthy now */
    size_t busy;        /* steps and tests under way */
    size_t running;     /* processes */
    size_t placed;      /* line.c: steps that have a place */
    size_t rollbacks;   /* rollback.c: steps to be taken back that have not been */
    size_t undoing;     /* rollback.c: the one being taken back, or ENGINE_NO_NODE */
    bool rollback_asked, rollback_abandoned;
    char reason[WIRE_TEXT_MAX];

    struct node_state *states;
    struct node_work *work;
    uint16_t *heap; /* alarm.c */

    /* Nodes to look at: to be taken up, or while stopping those that nobody needs any more. A ring of graph->count
     * entries, and a node is in it at most once (work.queued), so it cannot overflow. */
    uint16_t *list;
    size_t list_head, list_count;
    uint16_t *hopeless; /* hope.c: room for every node once */
    uint16_t *line;     /* line.c: a ring; every step is in it at most once (work.in_line) */
    size_t line_head, line_count;

    /* action.c: a ring */
    struct engine_action *queue;
    size_t queue_size, queue_head, queue_count;
};

/* ---- action.c ---- */

/*
 * action_init - room for every action that can wait at the same time.
 */
void action_init(struct engine *en, struct arena *a);

/*
 * action_push - queue an action that needs nothing but its node.
 */
void action_push(struct engine *en, enum engine_action_kind kind, size_t i);

/*
 * action_probe, action_kill - likewise with their argument.
 */
void action_probe(struct engine *en, size_t i, uint64_t timeout_us);
void action_kill(struct engine *en, size_t i, int sig);

/*
 * action_waits - it is in the queue and has not been taken.
 */
bool action_waits(const struct engine *en, enum engine_action_kind kind, size_t i);

/* ---- engine.c ---- */

/*
 * engine_look_at - put node @i on the list.
 */
void engine_look_at(struct engine *en, size_t i);

/*
 * engine_next - take the first node off the list, which must not be empty.
 */
size_t engine_next(struct engine *en);

/*
 * engine_release - nobody has to wait for node @i: whoever waited for it only may be taken up. For a step that was skipped
 * and does not count as done that goes for readiness only.
 */
void engine_release(struct engine *en, size_t i);

/*
 * engine_may_take_up - node @i has not begun, nor been passed over, and all its needs are satisfied.
 */
bool engine_may_take_up(const struct engine *en, size_t i);

/*
 * engine_fail - the run has failed with @exit_code: say so and stop everything. Ignored when it is stopping already.
 */
void engine_fail(struct engine *en, int exit_code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * engine_running - still before stopping.
 */
static inline bool engine_running(const struct engine *en)
{
    return en->phase == ENGINE_CALLING || en->phase == ENGINE_READY;
}

/* ---- process.c ---- */

/*
 * process_run, process_ended - ask for node @i's process; note that it is gone.
 * process_withdraw - do not start it after all. false: too late, or there is none. Not for steps: their journal already
 * has, or will have, "in_progress", which only the end of a command can follow.
 */
void process_run(struct engine *en, size_t i);
bool process_withdraw(struct engine *en, size_t i);
void process_ended(struct engine *en, size_t i, const struct engine_event *ev);

/* ---- alarm.c ---- */

/*
 * alarm_init - no node wants to be woken.
 */
void alarm_init(struct engine *en);

/*
 * alarm_set - write @at_us to @field, one of node @i's next_us, deadline_us, attempt_deadline_us. O(log nodes).
 */
void alarm_set(struct engine *en, size_t i, uint64_t *field, uint64_t at_us);

/*
 * alarm_clear - all three to CLOCK_NEVER.
 */
void alarm_clear(struct engine *en, size_t i);

/*
 * alarm_first - the node that is due first, and when (CLOCK_NEVER: none is).
 */
size_t alarm_first(const struct engine *en, uint64_t *at_us);

/* ---- attempt.c ---- */

/*
 * attempt_start - one attempt for node @i, to be over before @limit_us.
 */
void attempt_start(struct engine *en, size_t i, uint64_t limit_us);

/*
 * attempt_tries - how many attempts it took to come to @verdict.
 */
uint32_t attempt_tries(const struct wire_verdict *verdict);

/*
 * attempt_over - the verdict of the attempt that is out: keep it and let the node's kind act on it. What is known already
 * stays when a deadline cut the attempt short and its time was up: that says how little was left, not what is wrong.
 */
void attempt_over(struct engine *en, size_t i, const struct wire_verdict *verdict);

/*
 * attempt_cancel - forget the attempt, if one is out.
 */
void attempt_cancel(struct engine *en, size_t i);

/*
 * attempt_timer - the prober did not answer in time?
 */
void attempt_timer(struct engine *en, size_t i);

/*
 * verdict_note - why node @i is not well, found out without an attempt.
 */
void verdict_note(struct engine *en, size_t i, enum verdict_class class, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- pace.c ---- */

/*
 * pace_coming_up - service @i is on its way up, for the first time or after a restart: probed at the pace of the 1/128 rule.
 */
bool pace_coming_up(const struct engine *en, size_t i);

/*
 * pace_knocks - whether, how fast and how long the attempt that begins may be repeated by who makes it: patience_us, knock_us
 * and pause_us of @i's state.
 *
 * @left_us  until it has to be over.
 *
 * The prober makes use of it for addresses whose port is closed. Who does not is right, too.
 */
void pace_knocks(struct engine *en, size_t i, uint64_t left_us);

/*
 * pace_next - decide when service @i, of which a verdict is known, is probed again. Not while an attempt is out or a restart
 * is planned.
 */
void pace_next(struct engine *en, size_t i);

/* ---- restart.c ---- */

/*
 * restart_plan - the process of service @i ended: note how, and plan its restart if there is to be one. false: there is not.
 *
 * @text  why it could not be started; or NULL.
 */
bool restart_plan(struct engine *en, size_t i, const char *text);

/*
 * restart_now - the pause is over.
 */
void restart_now(struct engine *en, size_t i);

/* ---- group.c ---- */

/*
 * group_member_counts - service @i became healthy, or is not any more. group_member_out - it is not coming up, or is after
 * all. Their groups are looked at before the event is over. O(groups of it).
 */
void group_member_counts(struct engine *en, size_t i, bool healthy);
void group_member_out(struct engine *en, size_t i, bool out);

/*
 * group_look - is group @i healthy? Does nothing for other nodes.
 */
void group_look(struct engine *en, size_t i);

/*
 * group_note - "1 of 3 healthy, 2 needed" is why group @i is not.
 */
void group_note(struct engine *en, size_t i);

/* ---- service.c ---- */

void service_skip(struct engine *en, size_t i);
void service_take_up(struct engine *en, size_t i);
void service_started(struct engine *en, size_t i);
void service_verdict(struct engine *en, size_t i, enum verdict_class before);
void service_told(struct engine *en, const struct engine_event *ev);
void service_exit(struct engine *en, size_t i, const char *text);
void service_timer(struct engine *en, size_t i);

/*
 * service_healthy, service_unhealthy - it is, for the reason that has been noted. service_again - starting once more.
 */
void service_healthy(struct engine *en, size_t i);
void service_unhealthy(struct engine *en, size_t i);
void service_again(struct engine *en, size_t i);

/*
 * service_give_up - it is not coming up: neither is what waits for it. Fails the run when that is required: "service redis
 * @what: why".
 */
void service_give_up(struct engine *en, size_t i, const char *what);

/*
 * service_stop - STOPPED, for the reason @why, unless it is so already.
 */
void service_stop(struct engine *en, size_t i, const char *why);

/*
 * service_fail_by_test - a blocking test of service @i failed (data model: test results update service status).
 */
void service_fail_by_test(struct engine *en, size_t i, const char *test);

/*
 * service_overdue - the deadline of the whole bring-up has passed. true: it was being waited for.
 */
bool service_overdue(struct engine *en, size_t i, const char *text);

/*
 * service_ready - the roll is complete: probe from now on at the pace of supervision.
 */
void service_ready(struct engine *en, size_t i);

/* ---- hope.c ---- */

/*
 * hope_lost - service @i is not coming up, or step @i was skipped and does not count as done: neither will what waits for
 * it. Services that do are not checked, tests that do are errors; steps keep waiting, the run fails with them.
 *
 * Returns the first required node among them, or ENGINE_NO_NODE.
 */
size_t hope_lost(struct engine *en, size_t i);

/* ---- stop.c ---- */

/*
 * stop_begin - end everything that was started, in reverse order of dependency.
 */
void stop_begin(struct engine *en);

/*
 * stop_ended - a process ended while stopping, or a step was taken back.
 */
void stop_ended(struct engine *en, size_t i);

/*
 * stop_terminate - TERM now, KILL after @grace_us.
 */
void stop_terminate(struct engine *en, size_t i, uint64_t grace_us);

/*
 * stop_overdue - its grace is over: KILL; or it did not even end then: believed lost.
 */
void stop_overdue(struct engine *en, size_t i);

/*
 * stop_at_once - KILL to everything that runs, and nothing is taken back any more.
 */
void stop_at_once(struct engine *en);

#endif
