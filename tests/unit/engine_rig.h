/*
 * engine_rig - a small graph built by hand, an engine on it, and its actions as one line of text.
 */
#ifndef MUSTER_TESTS_UNIT_ENGINE_RIG_H
#define MUSTER_TESTS_UNIT_ENGINE_RIG_H

#include "init/base/clock.h"
#include "init/engine/engine.h"

#define RIG_NODES_MAX 12
#define MS(n) ((uint64_t)(n)*US_PER_MS)
#define SEC(n) ((uint64_t)(n)*US_PER_S)

struct rig {
    struct arena arena;
    struct node nodes[RIG_NODES_MAX];
    uint16_t order[RIG_NODES_MAX]; /* as they were added: needs first */
    uint16_t needs[RIG_NODES_MAX][RIG_NODES_MAX];
    uint16_t blocks[RIG_NODES_MAX][RIG_NODES_MAX];
    uint16_t members[RIG_NODES_MAX][RIG_NODES_MAX];
    uint16_t groups[RIG_NODES_MAX][RIG_NODES_MAX];
    struct graph graph;
    struct engine_options options;
    struct step_past past[RIG_NODES_MAX];
    struct engine *engine;
    uint64_t now;
    uint64_t timeout_us; /* of the last ACTION_PROBE */
    char taken[1024];
};

/*
 * rig_init - no nodes, no deadline, keep_calling. rig_free gives the memory back.
 */
void rig_init(struct rig *r);
void rig_free(struct rig *r);

/*
 * rig_service, rig_own, rig_step, rig_test - add a node. A service is probed; one of our own has a process, too, and a notifier
 * has a process and is not probed. A group has neither.
 */
struct node *rig_service(struct rig *r, const char *name);
struct node *rig_own(struct rig *r, const char *name);
struct node *rig_notifier(struct rig *r, const char *name);
struct node *rig_group(struct rig *r, const char *name, uint32_t at_least);
struct node *rig_step(struct rig *r, const char *name);
struct node *rig_test(struct rig *r, const char *name);

/*
 * rig_need - @node needs @need. rig_member - @member, which readiness does not wait for any more, is one of @group.
 */
void rig_need(struct rig *r, struct node *node, struct node *need);
void rig_member(struct rig *r, struct node *group, struct node *member);

/*
 * rig_past - what an earlier run left of step @node; there was one. Not to be verified. Returns it.
 */
struct step_past *rig_past(struct rig *r, const struct node *node, enum step_status status, uint32_t attempts);

/*
 * rig_* below hand one event over and return the actions that follow, as "redis=healthy, run backend, probe ws, cancel ws,
 * kill ws 15, verify s, prepare s, record s, rollback s, READY, FAILED 69, STOPPED"; "" for none. A step may be "s=completed
 * cached"; what is to be, was, was in part or could not be taken back is "s=failed back?", "back", "half back", "not back".
 */
const char *rig_start(struct rig *r);
const char *rig_event(struct rig *r, struct engine_event ev);
const char *rig_verdict(struct rig *r, const struct node *node, enum verdict_class class);
const char *rig_ok(struct rig *r, const struct node *node);
const char *rig_refused(struct rig *r, const struct node *node);
const char *rig_started(struct rig *r, const struct node *node);
const char *rig_notified(struct rig *r, const struct node *node, bool ready);
const char *rig_exit(struct rig *r, const struct node *node, int wait_status);
const char *rig_unstartable(struct rig *r, const struct node *node, int exec_errno);
const char *rig_recorded(struct rig *r, const struct node *node, const char *wrong);
const char *rig_verified(struct rig *r, const struct node *node, const char *wrong);
const char *rig_prepared(struct rig *r, const struct node *node, const char *wrong);
const char *rig_rolled_back(struct rig *r, const struct node *node, enum rollback_state state, const char *text);
const char *rig_skip(struct rig *r, const struct node *node);
const char *rig_stop(struct rig *r);
const char *rig_interrupt(struct rig *r, int sig);

/*
 * rig_after - time passes, then EVENT_TIMER. rig_wake - until the engine wants to be woken.
 */
const char *rig_after(struct rig *r, uint64_t us);
const char *rig_wake(struct rig *r);

const struct node_state *rig_state(const struct rig *r, const struct node *node);

#endif
