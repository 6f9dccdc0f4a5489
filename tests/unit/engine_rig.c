#include "tests/unit/engine_rig.h"

#include <stdio.h>
#include <string.h>

#include "init/base/buf.h"

void rig_init(struct rig *r)
{
    memset(r, 0, sizeof(*r));
    arena_init(&r->arena);
    r->graph.nodes = r->nodes;
    r->graph.order = r->order;
    r->options = (struct engine_options){.seed = 1, .keep_calling = true};
    r->now = SEC(1000);
}

void rig_free(struct rig *r)
{
    arena_free_all(&r->arena);
}

static struct node *add(struct rig *r, enum node_kind kind, const char *name)
{
    size_t i = r->graph.count++;
    r->nodes[i] = (struct node){.kind = kind, .name = name, .required = true, .failure_threshold = 3};
    r->order[i] = (uint16_t)i;
    r->nodes[i].needs = r->needs[i];
    r->nodes[i].blocks = r->blocks[i];
    r->nodes[i].members = r->members[i];
    r->nodes[i].groups = r->groups[i];
    return &r->nodes[i];
}

struct node *rig_service(struct rig *r, const char *name)
{
    struct node *node = add(r, NODE_SERVICE, name);
    node->probed = true;
    return node;
}

struct node *rig_own(struct rig *r, const char *name)
{
    struct node *node = rig_service(r, name);
    node->runs = true;
    node->stop_grace_us = SEC(10);
    return node;
}

struct node *rig_notifier(struct rig *r, const char *name)
{
    struct node *node = rig_own(r, name);
    node->probed = false;
    node->notified = true;
    return node;
}

struct node *rig_group(struct rig *r, const char *name, uint32_t at_least)
{
    struct node *node = add(r, NODE_SERVICE, name);
    node->at_least = at_least;
    return node;
}

struct node *rig_step(struct rig *r, const char *name)
{
    struct node *node = add(r, NODE_STEP, name);
    node->runs = true;
    node->skip_satisfies = true;
    return node;
}

struct node *rig_test(struct rig *r, const char *name)
{
    struct node *node = add(r, NODE_TEST, name);
    node->runs = true;
    return node;
}

void rig_need(struct rig *r, struct node *node, struct node *need)
{
    r->needs[node - r->nodes][node->need_count++] = (uint16_t)(need - r->nodes);
    r->blocks[need - r->nodes][need->block_count++] = (uint16_t)(node - r->nodes);
}

void rig_member(struct rig *r, struct node *group, struct node *member)
{
    member->required = false;
    r->members[group - r->nodes][group->member_count++] = (uint16_t)(member - r->nodes);
    r->groups[member - r->nodes][member->group_count++] = (uint16_t)(group - r->nodes);
}

const struct node_state *rig_state(const struct rig *r, const struct node *node)
{
    return engine_state(r->engine, (size_t)(node - r->nodes));
}

static const char *status_of(const struct rig *r, size_t i)
{
    const struct node_state *st = engine_state(r->engine, i);
    switch (r->nodes[i].kind) {
    case NODE_SERVICE:
        return service_status_name(st->status.service);
    case NODE_STEP:
        return step_status_name(st->status.step);
    default:
        return test_status_name(st->status.test);
    }
}

/* What else there is to say about a step. */
static const char *remark_of(const struct rig *r, size_t i)
{
    static const char *const rollbacks[] = {
        [ROLLBACK_PENDING] = " back?",
        [ROLLBACK_DONE] = " back",
        [ROLLBACK_PARTIAL] = " half back",
        [ROLLBACK_FAILED] = " not back",
    };
    const struct node_state *st = engine_state(r->engine, i);
    if (r->nodes[i].kind != NODE_STEP) {
        return "";
    }
    return st->rollback != ROLLBACK_NOT_ASKED ? rollbacks[st->rollback] : st->cached ? " cached" : "";
}

static void tell(struct rig *r, const struct engine_action *a, struct buf *out)
{
    const char *name = a->node < r->graph.count ? r->nodes[a->node].name : "";
    switch (a->kind) {
    case ACTION_CHANGED:
        buf_printf(out, "%s=%s%s", name, status_of(r, a->node), remark_of(r, a->node));
        break;
    case ACTION_RUN:
        buf_printf(out, "run %s", name);
        break;
    case ACTION_PROBE:
        r->timeout_us = a->timeout_us;
        buf_printf(out, "probe %s", name);
        break;
    case ACTION_CANCEL:
        buf_printf(out, "cancel %s", name);
        break;
    case ACTION_KILL:
        buf_printf(out, "kill %s %d", name, a->signal);
        break;
    case ACTION_VERIFY:
        buf_printf(out, "verify %s", name);
        break;
    case ACTION_PREPARE:
        buf_printf(out, "prepare %s", name);
        break;
    case ACTION_RECORD:
        buf_printf(out, "record %s", name);
        break;
    case ACTION_ROLLBACK:
        buf_printf(out, "rollback %s", name);
        break;
    case ACTION_LOST:
        buf_printf(out, "lost %s", name);
        break;
    case ACTION_READY:
        buf_printf(out, "READY");
        break;
    case ACTION_FAILED:
        buf_printf(out, "FAILED %d", a->exit_code);
        break;
    case ACTION_STOPPED:
        buf_printf(out, "STOPPED");
        break;
    }
}

const char *rig_event(struct rig *r, struct engine_event ev)
{
    struct engine_action a;
    struct buf out = BUF_OVER(r->taken);
    buf_reset(&out);
    engine_handle(r->engine, &ev, r->now);
    for (bool first = true; engine_take(r->engine, &a); first = false) {
        buf_printf(&out, "%s", first ? "" : ", ");
        tell(r, &a, &out);
    }
    return r->taken;
}

struct step_past *rig_past(struct rig *r, const struct node *node, enum step_status status, uint32_t attempts)
{
    struct step_past *past = &r->past[node - r->nodes];
    *past = (struct step_past){.status = status, .attempts = attempts};
    past->why = status == STEP_SKIPPED ? "manual" : NULL;
    r->options.past = r->past;
    return past;
}

const char *rig_start(struct rig *r)
{
    r->engine = engine_new(&r->arena, &r->graph, &r->options);
    return rig_event(r, (struct engine_event){.kind = EVENT_START});
}

static const char *about(struct rig *r, const struct node *node, struct engine_event ev)
{
    ev.node = (size_t)(node - r->nodes);
    return rig_event(r, ev);
}

const char *rig_verdict(struct rig *r, const struct node *node, enum verdict_class class)
{
    struct wire_verdict v = {.type = WIRE_VERDICT, .verdict = class, .elapsed_us = MS(3)};
    snprintf(v.text, sizeof(v.text), "%s", class == VERDICT_OK ? "" : "it did not go well");
    v.attempt = rig_state(r, node)->attempts;
    return about(r, node, (struct engine_event){.kind = EVENT_VERDICT, .verdict = &v});
}

const char *rig_ok(struct rig *r, const struct node *node)
{
    return rig_verdict(r, node, VERDICT_OK);
}

const char *rig_refused(struct rig *r, const struct node *node)
{
    return rig_verdict(r, node, VERDICT_REFUSED);
}

const char *rig_started(struct rig *r, const struct node *node)
{
    return about(r, node, (struct engine_event){.kind = EVENT_STARTED});
}

const char *rig_notified(struct rig *r, const struct node *node, bool ready)
{
    return about(r, node, (struct engine_event){.kind = EVENT_NOTIFIED, .ok = ready});
}

const char *rig_exit(struct rig *r, const struct node *node, int wait_status)
{
    return about(r, node, (struct engine_event){.kind = EVENT_EXIT, .wait_status = wait_status});
}

const char *rig_unstartable(struct rig *r, const struct node *node, int exec_errno)
{
    return about(r, node, (struct engine_event){.kind = EVENT_EXIT, .exec_errno = exec_errno});
}

const char *rig_recorded(struct rig *r, const struct node *node, const char *wrong)
{
    return about(r, node, (struct engine_event){.kind = EVENT_RECORDED, .ok = wrong == NULL, .text = wrong});
}

const char *rig_verified(struct rig *r, const struct node *node, const char *wrong)
{
    return about(r, node, (struct engine_event){.kind = EVENT_VERIFIED, .ok = wrong == NULL, .text = wrong});
}

const char *rig_prepared(struct rig *r, const struct node *node, const char *wrong)
{
    return about(r, node, (struct engine_event){.kind = EVENT_PREPARED, .ok = wrong == NULL, .text = wrong});
}

const char *rig_rolled_back(struct rig *r, const struct node *node, enum rollback_state state, const char *text)
{
    return about(r, node, (struct engine_event){.kind = EVENT_ROLLED_BACK, .rollback = state, .text = text});
}

const char *rig_skip(struct rig *r, const struct node *node)
{
    return about(r, node, (struct engine_event){.kind = EVENT_SKIP});
}

const char *rig_stop(struct rig *r)
{
    return rig_event(r, (struct engine_event){.kind = EVENT_STOP});
}

const char *rig_interrupt(struct rig *r, int sig)
{
    return rig_event(r, (struct engine_event){.kind = EVENT_INTERRUPT, .signal = sig});
}

const char *rig_after(struct rig *r, uint64_t us)
{
    r->now += us;
    return rig_event(r, (struct engine_event){.kind = EVENT_TIMER});
}

const char *rig_wake(struct rig *r)
{
    uint64_t at = engine_wake(r->engine);
    return at == CLOCK_NEVER ? "never" : rig_after(r, at > r->now ? at - r->now : 0);
}
