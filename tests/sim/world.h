/*
 * world - a random graph, and how its services, steps and tests behave.
 */
#ifndef MUSTER_TESTS_SIM_WORLD_H
#define MUSTER_TESTS_SIM_WORLD_H

#include "init/engine/engine.h"

#define WORLD_NODES_MAX 60
#define WORLD_FAIL_CODE 73
#define WORLD_OCCURRENCES_MAX 4096

enum occurrence_kind {
    OCCUR_VERDICT,
    OCCUR_STARTED,
    OCCUR_EXIT,
    OCCUR_VERIFIED,
    OCCUR_PREPARED,
    OCCUR_RECORDED,
    OCCUR_ROLLED_BACK, /* those up to here may be known at once */
    OCCUR_SKIP,
    OCCUR_INTERRUPT,
    OCCUR_FAIL,
    OCCUR_STOP,
    OCCUR_NONSENSE,
};

struct occurrence {
    uint64_t at;
    enum occurrence_kind kind;
    size_t node;
    uint32_t tag; /* attempt, or generation of an exit */
    uint32_t verdict;
    uint32_t tries; /* that the verdict took */
    int wait_status;
    int exec_errno;
};

struct behaviour {
    bool steady;           /* once up, it stays up, and every attempt is answered in time */
    uint64_t up_us;        /* absolute, CLOCK_NEVER = never */
    uint64_t down_us;      /* absolute */
    uint64_t latency_us;   /* longest answer */
    unsigned lost_percent; /* attempts that are never answered */
    uint64_t life_us;      /* process: RUN to its own end, CLOCK_NEVER = lives on */
    uint32_t lives;        /* so many of its processes end so; the next one lives on */
    int wait_status, exec_errno;
    uint64_t term_us; /* TERM to its end, CLOCK_NEVER = ignores it */
    bool undead;      /* does not even end after KILL */

    /* step */
    uint32_t bad_tries; /* attempts that fail before the others end as wait_status says */
    int bad_status, bad_errno;
    bool verify_ok, prepare_ok, record_ok;
    enum rollback_state rollback;
    unsigned silent_percent; /* artifacts: answers that never come */
};

struct world {
    uint64_t seed, random, now, timer_late_us;
    unsigned bad_percent; /* nodes that misbehave */
    bool benign;          /* nothing goes wrong for good */
    bool at_once;         /* what can be known at once is handled while actions are being taken */
    struct engine *engine;
    struct engine_options options;
    struct step_past past[WORLD_NODES_MAX];
    struct graph graph;
    struct node nodes[WORLD_NODES_MAX];
    uint16_t order[WORLD_NODES_MAX]; /* needs first */
    uint16_t needs[WORLD_NODES_MAX][WORLD_NODES_MAX];
    uint16_t blocks[WORLD_NODES_MAX][WORLD_NODES_MAX];
    uint16_t members[WORLD_NODES_MAX][WORLD_NODES_MAX];
    uint16_t groups[WORLD_NODES_MAX][WORLD_NODES_MAX];
    uint64_t above[WORLD_NODES_MAX]; /* all that depend on it, one bit each */
    struct behaviour behaviour[WORLD_NODES_MAX];
    uint32_t exit_tag[WORLD_NODES_MAX];
    uint32_t runs[WORLD_NODES_MAX];      /* how often its process was started */
    uint32_t successes[WORLD_NODES_MAX]; /* that its probe was told in a row */
    uint64_t ended_us[WORLD_NODES_MAX];  /* when its process last ended, and how */
    int ended_status[WORLD_NODES_MAX];
    int ended_errno[WORLD_NODES_MAX];
    struct occurrence heap[WORLD_OCCURRENCES_MAX];
    size_t heap_count;
    struct wire_verdict verdict;

    /* the checker's own view */
    bool probing[WORLD_NODES_MAX], running[WORLD_NODES_MAX], ran[WORLD_NODES_MAX], called[WORLD_NODES_MAX];
    bool termed[WORLD_NODES_MAX], told_satisfied[WORLD_NODES_MAX];
    bool detected[WORLD_NODES_MAX];
    uint64_t first_probe_us[WORLD_NODES_MAX], begun_us[WORLD_NODES_MAX];
    uint32_t losses[WORLD_NODES_MAX], losses_told[WORLD_NODES_MAX];
    int last_status[WORLD_NODES_MAX];
    int told_status[WORLD_NODES_MAX];
    bool doubtful[WORLD_NODES_MAX];      /* step: what it left is not as recorded, or nobody said in time that it is */
    uint64_t verify_us[WORLD_NODES_MAX]; /* step: when that was asked */
    uint32_t prepared[WORLD_NODES_MAX];  /* step: attempts */
    unsigned undone[WORLD_NODES_MAX];    /* step: as which one it was taken back; 0 = not */
    unsigned undos;
    bool was_ready, failed, stopped;
    uint64_t stop_us;
    unsigned interrupts;
    int idle;
    uint64_t probes;
    unsigned violations;
};

/*
 * world_make - everything from @seed: the same seed is the same world and the same run.
 */
void world_make(struct world *w, uint64_t seed, struct arena *a);

/*
 * world_random - below @limit; 0 for 0.
 */
uint64_t world_random(struct world *w, uint64_t limit);

/*
 * world_after - let something happen @delay_us from now. CLOCK_NEVER: it does not.
 */
void world_after(struct world *w, uint64_t delay_us, struct occurrence o);

/*
 * world_next, world_take - when the next thing happens (CLOCK_NEVER: nothing does); what it is.
 */
uint64_t world_next(const struct world *w);
struct occurrence world_take(struct world *w);

/*
 * world_at_once - something that is due now and belongs to a world that tells such things at once.
 */
bool world_at_once(struct world *w, struct occurrence *out);

/*
 * world_event - what the engine is told of it. false: nothing, it did not come to it.
 */
bool world_event(struct world *w, const struct occurrence *o, struct engine_event *out);

/*
 * world_run, world_probe, world_kill - carry out what the engine wants. world_artifacts - likewise for what is done with a
 * step's artifacts; @kind is that of the answer.
 */
void world_run(struct world *w, size_t i);
void world_probe(struct world *w, const struct engine_action *a);
void world_kill(struct world *w, size_t i, int sig);
void world_artifacts(struct world *w, size_t i, enum occurrence_kind kind);

/*
 * world_chance - true in @percent of the cases. world_some_time - from microseconds to 2 s.
 */
bool world_chance(struct world *w, unsigned percent);
uint64_t world_some_time(struct world *w);

#endif
