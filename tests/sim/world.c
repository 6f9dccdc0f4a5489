#include "tests/sim/world.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/engine/backoff.h"
#include "tests/sim/world_steps.h"

uint64_t world_random(struct world *w, uint64_t limit)
{
    return limit == 0 ? 0 : (backoff_random(&w->random) >> 11) % limit;
}

bool world_chance(struct world *w, unsigned percent)
{
    return world_random(w, 100) < percent;
}

/* ---- what happens when: a heap ---- */

static bool earlier(const struct world *w, size_t a, size_t b)
{
    return w->heap[a].at < w->heap[b].at;
}

static void swap(struct world *w, size_t a, size_t b)
{
    struct occurrence o = w->heap[a];
    w->heap[a] = w->heap[b];
    w->heap[b] = o;
}

void world_after(struct world *w, uint64_t delay_us, struct occurrence o)
{
    if (delay_us == CLOCK_NEVER || w->heap_count == WORLD_OCCURRENCES_MAX) {
        return;
    }
    o.at = w->now + delay_us;
    size_t k = w->heap_count++;
    w->heap[k] = o;
    for (; k > 0 && earlier(w, k, (k - 1) / 2); k = (k - 1) / 2) {
        swap(w, k, (k - 1) / 2);
    }
}

uint64_t world_next(const struct world *w)
{
    return w->heap_count > 0 ? w->heap[0].at : CLOCK_NEVER;
}

struct occurrence world_take(struct world *w)
{
    struct occurrence first = w->heap[0];
    w->heap[0] = w->heap[--w->heap_count];
    for (size_t k = 0;;) {
        size_t least = k;
        for (size_t child = 2 * k + 1; child <= 2 * k + 2 && child < w->heap_count; child++) {
            least = earlier(w, child, least) ? child : least;
        }
        if (least == k) {
            return first;
        }
        swap(w, k, least);
        k = least;
    }
}

bool world_at_once(struct world *w, struct occurrence *out)
{
    if (!w->at_once || world_next(w) > w->now || w->heap[0].kind > OCCUR_ROLLED_BACK) {
        return false;
    }
    *out = world_take(w);
    return true;
}

/* ---- how it is told ---- */

bool world_event(struct world *w, const struct occurrence *o, struct engine_event *out)
{
    static const enum engine_event_kind kinds[] = {
        [OCCUR_VERDICT] = EVENT_VERDICT,   [OCCUR_STARTED] = EVENT_STARTED,   [OCCUR_EXIT] = EVENT_EXIT,
        [OCCUR_VERIFIED] = EVENT_VERIFIED, [OCCUR_PREPARED] = EVENT_PREPARED, [OCCUR_ROLLED_BACK] = EVENT_ROLLED_BACK,
        [OCCUR_SKIP] = EVENT_SKIP,         [OCCUR_RECORDED] = EVENT_RECORDED, [OCCUR_INTERRUPT] = EVENT_INTERRUPT,
        [OCCUR_FAIL] = EVENT_FAIL,         [OCCUR_STOP] = EVENT_STOP,         [OCCUR_NONSENSE] = EVENT_VERDICT,
    };
    *out =
        (struct engine_event){.kind = kinds[o->kind], .node = o->node, .signal = SIGTERM, .exit_code = WORLD_FAIL_CODE};
    if (o->kind == OCCUR_VERDICT) {
        w->verdict =
            (struct wire_verdict){.type = WIRE_VERDICT, .attempt = o->tag, .verdict = o->verdict, .tries = o->tries};
        out->verdict = &w->verdict;
        if (o->tag == engine_state(w->engine, o->node)->attempts) {
            bool good = o->verdict == (w->nodes[o->node].down ? VERDICT_REFUSED : VERDICT_OK);
            w->probing[o->node] = false;
            w->successes[o->node] = good ? w->successes[o->node] + 1 : 0;
        }
    } else if (o->kind == OCCUR_STARTED) {
        return w->running[o->node] && o->tag == w->runs[o->node];
    } else if (o->kind == OCCUR_EXIT) {
        if (!w->running[o->node] || o->tag != w->exit_tag[o->node]) {
            return false;
        }
        w->running[o->node] = false;
        w->ended_us[o->node] = w->now;
        w->ended_status[o->node] = o->exec_errno != 0 ? -1 : o->wait_status;
        w->ended_errno[o->node] = o->exec_errno;
        out->wait_status = o->wait_status;
        out->exec_errno = o->exec_errno;
    } else if (o->kind >= OCCUR_VERIFIED && o->kind <= OCCUR_ROLLED_BACK) {
        world_steps_answer(w, o, out);
    } else if (o->kind == OCCUR_INTERRUPT) {
        w->interrupts += engine_phase(w->engine) != ENGINE_READY;
    } else if (o->kind == OCCUR_NONSENSE) {
        out->kind = (enum engine_event_kind)world_random(w, EVENT_NOTIFIED + 1);
        out->kind = out->kind <= EVENT_TIMER ? EVENT_EXIT : out->kind;
        out->node = w->graph.count + world_random(w, 3);
        if (out->kind == EVENT_PREPARED || out->kind == EVENT_RECORDED) {
            out->node = world_random(w, w->graph.count);
            out->attempt = engine_state(w->engine, out->node)->attempts + 7;
        }
    }
    return true;
}

/* ---- what is wanted of it ---- */

static void exits(struct world *w, size_t i, uint64_t delay_us, int wait_status, int exec_errno)
{
    if (delay_us != CLOCK_NEVER) {
        struct occurrence o = {.kind = OCCUR_EXIT, .node = i, .wait_status = wait_status, .exec_errno = exec_errno};
        o.tag = ++w->exit_tag[i];
        world_after(w, delay_us, o);
    }
}

void world_run(struct world *w, size_t i)
{
    const struct behaviour *b = &w->behaviour[i];
    struct occurrence started = {.kind = OCCUR_STARTED, .node = i, .tag = ++w->runs[i]};
    bool bad = w->runs[i] <= b->bad_tries;
    bool dies = w->nodes[i].kind == NODE_STEP || b->lives == 0 || w->runs[i] <= b->lives;
    int exec_errno = bad ? b->bad_errno : b->exec_errno;
    w->successes[i] = 0;
    if (exec_errno == 0) {
        world_after(w, w->at_once ? 0 : world_random(w, 20000), started);
    }
    exits(w, i,
          exec_errno != 0 ? 0
          : dies          ? b->life_us
                          : CLOCK_NEVER,
          bad ? b->bad_status : b->wait_status, exec_errno);
}

/* A prober that goes on by itself: it says when it is answered, or that its patience has come to an end. */
static void be_patient(struct world *w, struct occurrence *o, uint64_t patience_us)
{
    const struct behaviour *b = &w->behaviour[o->node];
    uint64_t pause_us = engine_state(w->engine, o->node)->pause_us;
    bool answered = b->up_us > w->now && b->up_us < w->now + patience_us;
    uint64_t late = answered ? world_random(w, pause_us + 1) : 0;
    answered = answered && b->up_us + late < b->down_us;
    o->verdict = answered ? VERDICT_OK : VERDICT_REFUSED;
    uint64_t after = answered ? b->up_us + late - w->now : patience_us;
    o->tries = 1 + (uint32_t)(after / pause_us);
    world_after(w, after, *o);
}

void world_probe(struct world *w, const struct engine_action *a)
{
    const struct behaviour *b = &w->behaviour[a->node];
    bool up = w->now >= b->up_us && w->now < b->down_us;
    struct occurrence o = {.kind = OCCUR_VERDICT, .node = a->node};
    o.tag = engine_state(w->engine, a->node)->attempts;
    if (w->nodes[a->node].down) {
        o.verdict = up ? VERDICT_REFUSED : world_chance(w, 80) ? VERDICT_OK : VERDICT_RESOLVE;
    } else {
        o.verdict = up                                                   ? VERDICT_OK
                    : world_chance(w, b->steady || w->benign ? 100 : 90) ? VERDICT_REFUSED
                                                                         : VERDICT_WRONGPASS;
    }
    uint64_t latency = world_random(w, b->latency_us + 1);
    uint64_t patience = engine_state(w->engine, a->node)->patience_us;
    if (o.verdict == VERDICT_REFUSED && patience > 0 && world_chance(w, 50)) {
        be_patient(w, &o, patience + latency);
        return;
    }
    if (latency > a->timeout_us) {
        latency = a->timeout_us;
        o.verdict = VERDICT_TIMEOUT;
    }
    if (!world_chance(w, b->lost_percent)) {
        world_after(w, latency, o);
    } else if (world_chance(w, 50)) {
        world_after(w, a->timeout_us + world_random(w, US_PER_S), o); /* too late */
    }
}

void world_kill(struct world *w, size_t i, int sig)
{
    const struct behaviour *b = &w->behaviour[i];
    if (sig == SIGKILL) {
        exits(w, i, b->undead ? CLOCK_NEVER : world_random(w, 3000), SIGKILL, 0);
    } else {
        exits(w, i, b->term_us, b->term_us % 2 == 0 ? SIGTERM : 0, 0);
    }
}

void world_artifacts(struct world *w, size_t i, enum occurrence_kind kind)
{
    const struct behaviour *b = &w->behaviour[i];
    struct occurrence o = {.kind = kind, .node = i, .tag = engine_state(w->engine, i)->attempts};
    if (!world_chance(w, b->silent_percent)) {
        world_after(w, world_random(w, 30000), o);
    } else if (world_chance(w, 50)) {
        world_after(w, 600 * US_PER_S + world_random(w, US_PER_S), o); /* too late */
    }
}

/* ---- how it comes about ---- */

uint64_t world_some_time(struct world *w)
{
    static const uint64_t limits[] = {2000, 50000, 300000, 300000, 2 * US_PER_S};
    return 1 + world_random(w, limits[world_random(w, sizeof limits / sizeof limits[0])]);
}

static void make_node(struct world *w, struct node *node)
{
    uint64_t kind = world_random(w, 10);
    node->kind = kind < 5 ? NODE_SERVICE : kind < 8 ? NODE_STEP : NODE_TEST;
    node->name = "node";
    node->inactive = world_chance(w, 8);
    node->required = node->kind == NODE_STEP || world_chance(w, 75);
    node->runs = node->kind == NODE_STEP || world_chance(w, 50);
    node->probed = node->kind == NODE_SERVICE ? world_chance(w, 90) : !node->runs;
    node->skipped = node->kind == NODE_STEP && world_chance(w, 5);
    node->inactive |= node->skipped;
    node->timeout_us = w->benign || world_chance(w, 70) ? 0 : world_some_time(w) + 200000;
    node->probe_timeout_us = w->benign || world_chance(w, 50) ? 0 : 20000 + world_some_time(w);
    node->interval_us = world_chance(w, 30) ? 0 : 200000 + world_some_time(w);
    node->failure_threshold = (uint32_t)world_random(w, 4);
    node->stop_grace_us = world_random(w, 3 * US_PER_S);
    node->stop_signal = world_chance(w, 20) ? SIGQUIT : 0;
    node->down = node->probed && world_chance(w, 10);
}

/* What only services have. */
static void make_rules(struct world *w, struct node *node)
{
    if (world_chance(w, 30)) {
        node->retry_min_us = world_some_time(w);
        node->retry_max_us = world_some_time(w);
        node->jitter = (uint8_t)world_random(w, 51);
    }
    node->start_period_us = world_chance(w, 30) ? world_some_time(w) : 0;
    node->success_threshold = world_chance(w, 30) ? (uint32_t)world_random(w, 4) : 0;
    node->give_up_after = w->benign ? 0 : (uint32_t)world_random(w, 4);
    node->when_lost = (enum lost_policy)world_random(w, 3);
    node->restart = (enum restart_policy)world_random(w, RESTART_POLICY_COUNT);
    node->restart_delay_us = world_some_time(w);
    node->restart_max_us = world_chance(w, 50) ? world_some_time(w) : 0;
    node->restart_limit = w->benign ? 0 : (uint32_t)world_random(w, 4);
    node->restart_window_us = world_some_time(w);
}

static void make_behaviour(struct world *w, const struct node *node, struct behaviour *b)
{
    bool bad = !w->benign && world_chance(w, w->bad_percent);
    b->steady = !bad;
    b->up_us = node->kind == NODE_TEST ? 0 : w->now + (world_chance(w, 30) ? 0 : world_some_time(w));
    b->down_us = CLOCK_NEVER;
    b->latency_us = world_random(w, 4) == 0 ? world_some_time(w) : 5000;
    b->life_us = node->kind == NODE_SERVICE ? CLOCK_NEVER : world_some_time(w);
    b->term_us = world_chance(w, 15) ? CLOCK_NEVER : world_random(w, US_PER_S);
    b->undead = !w->benign && world_chance(w, 2);
    if (!bad) {
        b->steady = node->probe_timeout_us == 0 && node->timeout_us == 0;
        if (node->restart == RESTART_ALWAYS && node->restart_limit == 0 && world_chance(w, 30)) {
            b->life_us = world_some_time(w);
            b->lives = 1 + (uint32_t)world_random(w, 4);
            b->steady = false;
        }
        return;
    }
    b->lives = (uint32_t)world_random(w, 4);
    b->lost_percent = world_chance(w, 30) ? 20 : 0;
    b->up_us = world_chance(w, 20) ? CLOCK_NEVER : b->up_us;
    b->down_us = world_chance(w, 50) ? b->up_us + world_some_time(w) : CLOCK_NEVER;
    b->life_us = world_chance(w, 50) ? world_some_time(w) : b->life_us;
    b->wait_status = world_chance(w, 50) ? 1 << 8 : world_chance(w, 50) ? SIGSEGV : 0;
    b->exec_errno = world_chance(w, 20) ? ENOENT : 0;
}

/* Enough of its members are there to make it healthy, unless the world is a bad one. */
static void make_group(struct world *w, size_t i, const size_t *before, size_t count)
{
    struct node *node = &w->nodes[i];
    size_t active = 0;
    for (size_t k = 0; k < count; k++) {
        struct node *member = &w->nodes[before[k]];
        if (member->kind == NODE_SERVICE && world_chance(w, 40)) {
            w->members[i][node->member_count++] = (uint16_t)before[k];
            w->groups[before[k]][member->group_count++] = (uint16_t)i;
            member->required = world_chance(w, 20);
            active += !member->inactive;
        }
    }
    node->at_least = (uint32_t)world_random(w, active + (w->benign ? 1 : 2));
    if (active == 0 && w->benign) {
        node->inactive = true;
    }
    if (node->member_count > 0) {
        node->runs = node->probed = node->down = false;
    }
}

/* Indices are shuffled, so that nothing can lean on dependencies having smaller ones. */
static void make_edges(struct world *w)
{
    size_t count = w->graph.count;
    size_t order[WORLD_NODES_MAX];
    for (size_t i = 0; i < count; i++) {
        order[i] = i;
    }
    for (size_t i = count; i > 1; i--) {
        size_t k = world_random(w, i);
        size_t o = order[i - 1];
        order[i - 1] = order[k];
        order[k] = o;
    }
    for (size_t i = 0; i < count; i++) {
        w->order[i] = (uint16_t)order[i];
    }
    w->graph.order = w->order;
    unsigned density = (unsigned)world_random(w, 3) * 100 / (unsigned)(count > 0 ? count : 1);
    for (size_t a = 1; a < count; a++) {
        for (size_t b = 0; b < a; b++) {
            struct node *node = &w->nodes[order[a]];
            struct node *need = &w->nodes[order[b]];
            if (world_chance(w, density)) {
                w->needs[order[a]][node->need_count++] = (uint16_t)order[b];
                w->blocks[order[b]][need->block_count++] = (uint16_t)order[a];
            }
        }
        if (w->nodes[order[a]].kind == NODE_SERVICE && world_chance(w, 15)) {
            make_group(w, order[a], order, a);
        }
    }
    for (size_t a = count; a-- > 0;) {
        size_t i = order[a];
        for (size_t k = 0; k < w->nodes[i].block_count; k++) {
            size_t dependent = w->blocks[i][k];
            w->above[i] |= w->above[dependent] | UINT64_C(1) << dependent;
        }
        for (size_t k = 0; k < w->nodes[i].group_count; k++) {
            size_t group = w->groups[i][k];
            w->above[i] |= w->above[group] | UINT64_C(1) << group;
        }
    }
}

static void make_events(struct world *w)
{
    for (size_t k = world_chance(w, 30) ? world_random(w, 4) : 0; k > 0; k--) {
        struct occurrence skip = {.kind = OCCUR_SKIP, .node = world_random(w, w->graph.count)};
        world_after(w, world_some_time(w), skip);
    }
    if (w->benign) {
        return;
    }
    for (size_t k = world_random(w, 3); k > 0; k--) {
        world_after(w, world_some_time(w), (struct occurrence){.kind = OCCUR_NONSENSE});
    }
    if (world_chance(w, 20)) {
        uint64_t at = world_some_time(w);
        world_after(w, at, (struct occurrence){.kind = OCCUR_INTERRUPT});
        if (world_chance(w, 30)) {
            world_after(w, at + world_some_time(w), (struct occurrence){.kind = OCCUR_INTERRUPT});
        }
    }
    if (world_chance(w, 5)) {
        world_after(w, world_some_time(w), (struct occurrence){.kind = OCCUR_FAIL});
    }
    if (world_chance(w, 3)) {
        world_after(w, world_some_time(w), (struct occurrence){.kind = OCCUR_STOP});
    }
}

void world_make(struct world *w, uint64_t seed, struct arena *a)
{
    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->random = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
    backoff_random(&w->random);
    w->now = 1 + world_random(w, US_PER_S);
    w->benign = world_chance(w, 30);
    w->bad_percent = (unsigned)world_random(w, 12);
    w->at_once = world_chance(w, 50);
    w->timer_late_us = world_chance(w, 50) ? 0 : 1000;
    w->graph = (struct graph){.nodes = w->nodes, .count = 2 + world_random(w, WORLD_NODES_MAX - 1)};
    for (size_t i = 0; i < w->graph.count; i++) {
        w->nodes[i].needs = w->needs[i];
        w->nodes[i].blocks = w->blocks[i];
        w->nodes[i].members = w->members[i];
        w->nodes[i].groups = w->groups[i];
        make_node(w, &w->nodes[i]);
        if (w->nodes[i].kind == NODE_SERVICE) {
            make_rules(w, &w->nodes[i]);
        }
        make_behaviour(w, &w->nodes[i], &w->behaviour[i]);
        if (w->nodes[i].kind == NODE_STEP) {
            world_steps_make(w, i);
        }
    }
    make_edges(w);
    make_events(w);
    w->options = (struct engine_options){.seed = seed, .keep_calling = world_chance(w, 70), .past = w->past};
    /* Nothing may wait for ever: the engine ends a world without timeouts by the deadline. */
    w->options.deadline_us = w->benign ? 0 : 5 * US_PER_S + world_some_time(w);
    w->options.parallel = (uint32_t)world_random(w, 5);
    w->options.rollback = (enum rollback_policy)world_random(w, ROLLBACK_POLICY_COUNT);
    w->engine = engine_new(a, &w->graph, &w->options);
}
