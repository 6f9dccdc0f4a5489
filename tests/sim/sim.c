/*
 * sim - the engine against random worlds under a virtual clock. README.md says what is checked.
 *
 * usage: sim [RUNS [FIRST_SEED]]
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/clock.h"
#include "tests/sim/check.h"
#include "tests/sim/scale.h"

void violation(struct world *s, const char *text, size_t i)
{
    s->violations++;
    if (s->violations <= 3) {
        printf("sim: seed %" PRIu64 ": at %" PRIu64 " us: %s (node %zu of %zu)\n", s->seed, s->now, text, i,
               s->graph.count);
    }
}

/* ---- what is true whenever an action is carried out ---- */

/* Write-ahead: that the steps a node needs are completed is on disk before the node is started. */
static void check_first_call(struct world *s, size_t i)
{
    CHECK(s, s->called[i], "started, but never taken up", i);
    CHECK(s, s->stop_us == 0 || s->graph.nodes[i].kind != NODE_SERVICE, "started while stopping", i);
    for (size_t k = 0; k < s->graph.nodes[i].need_count; k++) {
        size_t need = s->graph.nodes[i].needs[k];
        CHECK(s, s->graph.nodes[need].kind != NODE_STEP || s->told_satisfied[need], "started before it was told that",
              i);
    }
}

static void check_detection(struct world *s, size_t i)
{
    const struct node_state *st = engine_state(s->engine, i);
    const struct behaviour *b = &s->behaviour[i];
    if (!b->steady || s->detected[i] || st->called_us == 0 || st->timed_out || !s->graph.nodes[i].probed) {
        return;
    }
    s->detected[i] = true;
    const struct node *node = &s->graph.nodes[i];
    uint64_t from = b->up_us > s->first_probe_us[i] ? b->up_us : s->first_probe_us[i];
    bool stated = node->retry_min_us != 0;
    uint64_t least = stated ? node->retry_min_us : 5000;
    uint64_t most = stated ? node->retry_max_us : 250000;
    uint64_t jitter = stated ? 100U + node->jitter : 110U;
    uint64_t wait = (st->healthy_us - st->called_us) / 128;
    wait = wait > most ? most : wait;
    wait = wait < least ? least : wait;
    /* One attempt was out when it came up, then the wait, then one that finds it; each may be late by the timer's. */
    uint64_t bound = from + 2 * b->latency_us + wait * jitter / 100 + 2 * s->timer_late_us + 2;
    /* And as many more as it takes. */
    uint64_t more = node->success_threshold > 1 ? node->success_threshold - 1 : 0;
    bound += more * (least * jitter / 100 + b->latency_us + s->timer_late_us + 1);
    CHECK(s, st->healthy_us <= bound, "a healthy service was noticed late", i);
}

static void on_changed(struct world *s, size_t i)
{
    const struct node_state *st = engine_state(s->engine, i);
    s->told_satisfied[i] |= engine_satisfied(s->engine, i);
    if (s->graph.nodes[i].kind == NODE_STEP) {
        check_told(s, i);
    }
    if (s->graph.nodes[i].kind == NODE_SERVICE && st->status.service == SERVICE_HEALTHY) {
        check_detection(s, i);
    }
}

static void on_run(struct world *s, size_t i)
{
    check_first_call(s, i);
    const struct node *node = &s->graph.nodes[i];
    if (node->kind == NODE_STEP) {
        check_step_run(s, i);
    } else if (s->ran[i]) {
        bool wanted = node->restart == RESTART_ALWAYS || s->ended_status[i] != 0;
        uint64_t pause = node->restart_delay_us;
        pause = node->restart_max_us > 0 && pause > node->restart_max_us ? node->restart_max_us : pause;
        CHECK(s, node->kind == NODE_SERVICE && node->restart != RESTART_NEVER && wanted, "run twice", i);
        CHECK(s, s->now >= s->ended_us[i] + pause, "run again too soon", i);
        CHECK(s, engine_state(s->engine, i)->restarts == s->runs[i], "restarts are miscounted", i);
        s->begun_us[i] = s->now;
    }
    CHECK(s, s->graph.nodes[i].runs, "run without a command", i);
    s->ran[i] = true;
    s->running[i] = true;
    world_run(s, i);
}

static void on_probe(struct world *s, const struct engine_action *a)
{
    size_t i = a->node;
    check_first_call(s, i);
    if (s->first_probe_us[i] == 0) {
        s->first_probe_us[i] = s->now;
    }
    CHECK(s, !s->probing[i], "two attempts in flight", i);
    CHECK(s, a->timeout_us >= 1000, "no time for an attempt", i);
    CHECK(s, s->graph.nodes[i].probed, "probed without a probe", i);
    s->probing[i] = true;
    s->probes++;
    world_probe(s, a);
}

/* TERM in reverse order: nothing that runs may still need it, not even through what does not run. */
static void on_kill(struct world *s, const struct engine_action *a)
{
    size_t i = a->node;
    CHECK(s, s->running[i], "killed, but does not run", i);
    int gentle = s->graph.nodes[i].stop_signal != 0 ? s->graph.nodes[i].stop_signal : SIGTERM;
    CHECK(s, a->signal == SIGKILL || a->signal == gentle, "killed by another signal", i);
    if (a->signal == gentle && s->graph.nodes[i].kind == NODE_SERVICE) {
        for (size_t k = 0; k < s->graph.count; k++) {
            bool needed = (s->above[i] >> k & 1) != 0 && s->running[k] && !s->behaviour[k].undead;
            CHECK(s, !needed, "stopped before what needs it", i);
        }
    }
    CHECK(s, a->signal == gentle || s->interrupts > 1 || s->termed[i], "KILL without TERM", i);
    s->termed[i] |= a->signal == gentle;
    world_kill(s, i, a->signal);
}

static void on_ready(struct world *s)
{
    CHECK(s, !s->was_ready && s->stop_us == 0, "ready twice, or while stopping", 0);
    s->was_ready = true;
    for (size_t i = 0; i < s->graph.count; i++) {
        const struct node *node = &s->graph.nodes[i];
        const struct node_state *st = engine_state(s->engine, i);
        bool skipped = node->kind == NODE_STEP && st->status.step == STEP_SKIPPED;
        CHECK(s, !node->required || skipped || engine_satisfied(s->engine, i), "ready without a required node", i);
        CHECK(s, node->kind == NODE_SERVICE || (!st->running && !st->probing), "ready while a job runs", i);
    }
    world_after(s, world_random(s, 20 * US_PER_S), (struct occurrence){.kind = OCCUR_STOP});
}

static void on_ended(struct world *s)
{
    s->stopped = true;
    for (size_t i = 0; i < s->graph.count; i++) {
        CHECK(s, !s->running[i] || s->behaviour[i].undead, "stopped while a process runs", i);
        CHECK(s, !s->probing[i], "stopped while an attempt is out", i);
    }
    check_taken_back(s);
}

static void carry_out(struct world *s, const struct engine_action *a)
{
    CHECK(s, !s->stopped, "an action after STOPPED", a->node);
    switch (a->kind) {
    case ACTION_CHANGED:
        on_changed(s, a->node);
        break;
    case ACTION_RUN:
        on_run(s, a->node);
        break;
    case ACTION_PROBE:
        on_probe(s, a);
        break;
    case ACTION_CANCEL:
        /* Its verdict may have come in while the cancellation was waiting. */
        CHECK(s, s->probing[a->node] || s->at_once, "cancelled, but no attempt is out", a->node);
        s->probing[a->node] = false;
        break;
    case ACTION_KILL:
        on_kill(s, a);
        break;
    case ACTION_VERIFY:
        check_verify(s, a->node);
        world_artifacts(s, a->node, OCCUR_VERIFIED);
        break;
    case ACTION_PREPARE:
        check_prepare(s, a->node);
        world_artifacts(s, a->node, OCCUR_PREPARED);
        break;
    case ACTION_RECORD:
        check_record(s, a->node);
        world_artifacts(s, a->node, OCCUR_RECORDED);
        break;
    case ACTION_ROLLBACK:
        check_rollback(s, a->node);
        world_artifacts(s, a->node, OCCUR_ROLLED_BACK);
        break;
    case ACTION_LOST:
        s->losses_told[a->node]++;
        break;
    case ACTION_READY:
        on_ready(s);
        break;
    case ACTION_FAILED:
        CHECK(s, !s->failed && a->exit_code != 0 && a->exit_code == engine_exit_code(s->engine), "failed twice", 0);
        s->failed = true;
        break;
    case ACTION_STOPPED:
        on_ended(s);
        break;
    }
}

/* ---- what is true after every event ---- */

/* A service that has neither process nor probe goes from stopped through starting to healthy within one event, and a group whose
 * members have all been given up to unhealthy. */
static bool service_legal(const struct node *node, enum service_status from, enum service_status to)
{
    /* A restart goes through stopped. */
    bool again = from == SERVICE_UNHEALTHY && to == SERVICE_STARTING && node->restart != RESTART_NEVER;
    bool through =
        from == SERVICE_STOPPED && (to == SERVICE_HEALTHY || (to == SERVICE_UNHEALTHY && node->member_count > 0));
    return service_may_become(from, to) || through || again;
}

static void check_service(struct world *s, size_t i)
{
    const struct node *node = &s->graph.nodes[i];
    const struct node_state *st = engine_state(s->engine, i);
    int from = s->last_status[i];
    int to = (int)st->status.service;
    if (from == to) {
        return;
    }
    bool by_probe = st->verdict.verdict == VERDICT_REFUSED || st->verdict.verdict == VERDICT_UP;
    bool early = s->now < s->begun_us[i] + node->start_period_us;
    CHECK(s, service_legal(node, from, to), "illegal", i);
    CHECK(s, to != SERVICE_UNHEALTHY || !by_probe || !early || st->timed_out, "a failure in the start period counted",
          i);
    CHECK(s, to != SERVICE_HEALTHY || !node->probed || s->successes[i] >= node->success_threshold, "too few successes",
          i);
    bool lost = from == SERVICE_HEALTHY && to == SERVICE_UNHEALTHY && engine_phase(s->engine) == ENGINE_READY;
    s->losses[i] += lost && node->when_lost != LOST_REPORT;
}

/* Healthy while enough members are, from when it is taken up. */
static void check_group(struct world *s, size_t i)
{
    const struct node *node = &s->graph.nodes[i];
    const struct node_state *st = engine_state(s->engine, i);
    size_t healthy = 0;
    for (size_t k = 0; k < node->member_count; k++) {
        healthy += engine_state(s->engine, node->members[k])->status.service == SERVICE_HEALTHY;
    }
    CHECK(s, st->members_healthy == healthy, "members are miscounted", i);
    bool enough = healthy >= (node->at_least > 0 ? node->at_least : 1);
    bool taken_up = st->called_us != 0 && !node->inactive && s->stop_us == 0;
    CHECK(s, !taken_up || enough == (st->status.service == SERVICE_HEALTHY), "a group is not as its members are", i);
}

/* Whatever was taken up in this event had all its needs satisfied, in the engine's own eyes. */
static void check_taken_up(struct world *s, size_t i)
{
    const struct node *node = &s->graph.nodes[i];
    const struct node_state *st = engine_state(s->engine, i);
    if (s->called[i] || st->called_us == 0) {
        return;
    }
    s->called[i] = true;
    s->begun_us[i] = st->called_us;
    bool blocked = (node->kind == NODE_TEST && st->status.test == TEST_ERROR) ||
                   (node->kind == NODE_STEP && st->status.step == STEP_SKIPPED);
    if (!node->inactive && !blocked && s->stop_us == 0) {
        CHECK(s, engine_waits_for(s->engine, i, NULL, 0) == 0, "taken up before its needs were satisfied", i);
    }
}

static void check_transitions(struct world *s)
{
    bool all_healthy = true;
    for (size_t i = 0; i < s->graph.count; i++) {
        const struct node *node = &s->graph.nodes[i];
        const struct node_state *st = engine_state(s->engine, i);
        int from = s->last_status[i];
        if (node->kind == NODE_SERVICE) {
            check_service(s, i);
            if (node->member_count > 0) {
                check_group(s, i);
            }
            all_healthy &= !node->required || node->inactive || st->status.service == SERVICE_HEALTHY;
            s->last_status[i] = (int)st->status.service;
        } else if (node->kind == NODE_STEP) {
            check_step(s, i);
        } else {
            CHECK(s, from == (int)st->status.test || test_may_become(from, st->status.test), "illegal", i);
            s->last_status[i] = (int)st->status.test;
        }
        check_taken_up(s, i);
        CHECK(s, st->ended_us == 0 || st->ended_us > st->called_us, "ended before it began", i);
    }
    check_places(s);
    bool ready = engine_phase(s->engine) == ENGINE_READY && all_healthy;
    CHECK(s, engine_ready(s->engine) == ready, "engine_ready() is wrong", 0);
}

static void hand_over(struct world *s, const struct engine_event *ev)
{
    engine_handle(s->engine, ev, s->now);
    if (s->stop_us == 0 && engine_phase(s->engine) >= ENGINE_STOPPING) {
        s->stop_us = s->now;
    }
    check_transitions(s);
}

static void handle(struct world *s, const struct engine_event *ev)
{
    hand_over(s, ev);
    struct engine_action a;
    size_t taken = 0;
    while (engine_take(s->engine, &a)) {
        taken++;
        carry_out(s, &a);
        struct occurrence soon;
        while (world_at_once(s, &soon)) {
            struct engine_event nested;
            if (world_event(s, &soon, &nested)) {
                hand_over(s, &nested);
            }
        }
    }
    CHECK(s, taken <= 16 * s->graph.count + 3, "too many actions", 0);
    for (size_t i = 0; i < s->graph.count; i++) {
        CHECK(s, s->losses[i] == s->losses_told[i], "a loss was not told once", i);
    }
}

/* Advances to the next thing that happens, the engine's timer or the world's. false: nothing will ever happen again. */
static bool step(struct world *s)
{
    uint64_t wake = engine_wake(s->engine);
    if (wake != CLOCK_NEVER) {
        wake += world_random(s, s->timer_late_us + 1);
    }
    uint64_t next = world_next(s);
    if (wake == CLOCK_NEVER && next == CLOCK_NEVER) {
        return false;
    }
    struct engine_event ev = {.kind = EVENT_TIMER};
    if (wake <= next) {
        s->idle = wake <= s->now ? s->idle + 1 : 0;
        s->now = wake > s->now ? wake : s->now;
        CHECK(s, s->idle < 100, "woken again and again", 0);
        handle(s, &ev);
        return s->idle < 100;
    }
    s->now = next > s->now ? next : s->now;
    struct occurrence o = world_take(s);
    if (world_event(s, &o, &ev)) {
        handle(s, &ev);
    }
    return true;
}

static void run(struct world *s)
{
    struct engine_event start = {.kind = EVENT_START};
    handle(s, &start);
    for (int steps = 0; !s->stopped && s->violations == 0; steps++) {
        bool more = step(s);
        CHECK(s, more, "stuck: nothing will ever happen again", 0);
        CHECK(s, steps < 2000000, "does not end", 0);
        /* Every process on the longest chain may take its grace (3 s), then the time after which it is believed lost; and
         * taking a step back 10 min. */
        uint64_t longest = (s->graph.count + 1) * 10 * US_PER_S + s->undos * 601 * US_PER_S;
        CHECK(s, s->stop_us == 0 || s->now <= s->stop_us + longest, "stopping too long", 0);
    }
    if (s->benign) {
        CHECK(s, s->was_ready, "everything came up, but it never was ready", 0);
        CHECK(s, engine_exit_code(s->engine) == 0, "everything came up, but it failed", 0);
    }
    int code = engine_exit_code(s->engine);
    CHECK(s, s->failed == (code != 0) || code == WORLD_FAIL_CODE, "exit code without FAILED", 0);
}

int main(int argc, char **argv)
{
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    static struct world s;
    uint64_t violations = 0;
    uint64_t ready = 0;
    uint64_t probes = 0;
    uint64_t codes[256] = {0};
    struct arena arena;
    arena_init(&arena);
    for (uint64_t seed = first; seed < first + runs; seed++) {
        memset(arena.base, 0, arena.used);
        arena.used = 0;
        world_make(&s, seed, &arena);
        run(&s);
        violations += s.violations > 0;
        ready += s.was_ready;
        probes += s.probes;
        codes[engine_exit_code(s.engine) & 255]++;
    }
    arena_free_all(&arena);
    arena_init(&arena);
    violations += scale_check(&arena);
    printf("sim: ready %" PRIu64 ", probes %" PRIu64 ", exit codes", ready, probes);
    for (size_t code = 0; code < 256; code++) {
        if (codes[code] > 0) {
            printf(" %zu:%" PRIu64, code, codes[code]);
        }
    }
    printf("\nsim: %" PRIu64 " runs, %" PRIu64 " violations\n", runs, violations);
    return violations > 0;
}
