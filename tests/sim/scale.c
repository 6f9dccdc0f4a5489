#include "tests/sim/scale.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "init/base/clock.h"
#include "init/engine/backoff.h"
#include "init/engine/engine.h"

#define NEEDS 5
/* A service accepts so long after it was taken up. */
#define STARTUP_MIN_US (US_PER_S / 10)
#define STARTUP_SPREAD_US US_PER_S

struct roll {
    struct graph graph;
    struct engine *engine;
    uint64_t random, now;
    uint64_t *startup_us;
    uint64_t *earliest_us; /* on the critical path: if everything were noticed at once */
    uint64_t events;
    uint64_t ready_us;
};

static uint64_t below(struct roll *r, uint64_t limit)
{
    return (backoff_random(&r->random) >> 11) % limit;
}

static void add_need(struct roll *r, size_t i, size_t need)
{
    struct node *n = &r->graph.nodes[i];
    struct node *of = &r->graph.nodes[need];
    ((uint16_t *)(uintptr_t)n->needs)[n->need_count++] = (uint16_t)need;
    ((uint16_t *)(uintptr_t)of->blocks)[of->block_count++] = (uint16_t)i;
    if (r->earliest_us[need] > r->earliest_us[i]) {
        r->earliest_us[i] = r->earliest_us[need];
    }
}

/* Layers of equal width; each service needs five of the layer before, spread so that nobody is needed by more than five. */
static void make(struct roll *r, struct arena *a, size_t count, size_t layers)
{
    size_t width = count / layers;
    *r = (struct roll){.random = 1, .now = 1};
    r->graph = (struct graph){.nodes = arena_alloc(a, count, sizeof *r->graph.nodes), .count = count};
    uint16_t *order = arena_alloc(a, count, sizeof *order);
    r->graph.order = order;
    r->startup_us = arena_alloc(a, count, sizeof *r->startup_us);
    r->earliest_us = arena_alloc(a, count, sizeof *r->earliest_us);
    for (size_t i = 0; i < count; i++) {
        struct node *n = &r->graph.nodes[i];
        order[i] = (uint16_t)i;
        *n = (struct node){.kind = NODE_SERVICE, .name = "node", .required = true, .probed = true};
        n->needs = arena_alloc(a, NEEDS, sizeof *n->needs);
        n->blocks = arena_alloc(a, NEEDS, sizeof *n->blocks);
        for (size_t k = 0; i >= width && k < NEEDS; k++) {
            add_need(r, i, i / width * width - width + (i + k * 7) % width);
        }
        r->startup_us[i] = STARTUP_MIN_US + below(r, STARTUP_SPREAD_US);
        r->earliest_us[i] += r->startup_us[i];
    }
    r->engine = engine_new(a, &r->graph, &(struct engine_options){.seed = 1});
}

/* Every attempt is answered at once. */
static void handle(struct roll *r, const struct engine_event *ev)
{
    struct engine_action action;
    engine_handle(r->engine, ev, r->now);
    r->events++;
    while (engine_take(r->engine, &action)) {
        if (action.kind == ACTION_READY) {
            r->ready_us = r->now;
        } else if (action.kind == ACTION_PROBE) {
            uint64_t up_us = engine_state(r->engine, action.node)->called_us + r->startup_us[action.node];
            struct wire_verdict v = {.verdict = r->now >= up_us ? VERDICT_OK : VERDICT_REFUSED};
            engine_handle(r->engine, &(struct engine_event){.kind = EVENT_VERDICT, .node = action.node, .verdict = &v},
                          r->now);
            r->events++;
        }
    }
}

static uint64_t processor_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * US_PER_S + (uint64_t)t.tv_nsec / 1000;
}

/* What an event costs, in nanoseconds. */
static uint64_t call_the_roll(struct roll *r)
{
    uint64_t begun = processor_us();
    handle(r, &(struct engine_event){.kind = EVENT_START});
    for (uint64_t wake = engine_wake(r->engine); wake != CLOCK_NEVER && r->ready_us == 0;
         wake = engine_wake(r->engine)) {
        r->now = wake;
        handle(r, &(struct engine_event){.kind = EVENT_TIMER});
    }
    return (processor_us() - begun) * 1000 / r->events;
}

static uint64_t critical_path(const struct roll *r)
{
    uint64_t longest = 0;
    for (size_t i = 0; i < r->graph.count; i++) {
        longest = r->earliest_us[i] > longest ? r->earliest_us[i] : longest;
    }
    return longest;
}

unsigned scale_check(struct arena *a)
{
    static const struct {
        size_t count, layers;
    } rolls[] = {{1000, 10}, {10000, 10}, {10000, 1}};
    unsigned violations = 0;
    uint64_t first_ns = 0;
    for (size_t k = 0; k < sizeof rolls / sizeof rolls[0]; k++) {
        struct roll r;
        make(&r, a, rolls[k].count, rolls[k].layers);
        uint64_t ns = call_the_roll(&r);
        uint64_t path = critical_path(&r);
        uint64_t late = r.ready_us > path ? r.ready_us - 1 - path : 0;
        printf("sim: %zu services in %zu layers: critical path %" PRIu64 " ms, ready %" PRIu64 ".%" PRIu64
               " ms later, %" PRIu64 " events of %" PRIu64 " ns\n",
               rolls[k].count, rolls[k].layers, path / 1000, late / 1000, late % 1000 / 100, r.events, ns);
        first_ns = k == 0 ? ns : first_ns;
        violations += r.ready_us == 0 || late > path / 50;
        /* Ten times the nodes under way: looking at each of them at every event would cost ten times as much. */
        violations += k == 1 && ns > 5 * first_ns;
    }
    return violations;
}
