#include "init/engine/engine.h"

#include <stdarg.h>
#include <stdio.h>

#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/engine/job.h"
#include "init/engine/outcome.h"

/* ---- who may start ---- */

void engine_look_at(struct engine *en, size_t i)
{
    if (!en->work[i].queued) {
        en->work[i].queued = true;
        en->list[(en->list_head + en->list_count) % en->graph->count] = (uint16_t)i;
        en->list_count++;
    }
}

size_t engine_next(struct engine *en)
{
    size_t i = en->list[en->list_head];
    en->list_head = (en->list_head + 1) % en->graph->count;
    en->list_count--;
    en->work[i].queued = false;
    return i;
}

/* Also called when a service is healthy again: somebody may have missed the first time, because another need was not
 * satisfied then. */
void engine_release(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    bool first = !en->work[i].released;
    en->work[i].released = true;
    if (first && node->required) {
        en->unsatisfied--;
    }
    if (!engine_satisfied(en, i)) {
        return;
    }
    for (size_t k = 0; k < node->block_count; k++) {
        size_t waiting = node->blocks[k];
        en->states[waiting].unmet -= first;
        if (en->states[waiting].unmet == 0) {
            engine_look_at(en, waiting);
        }
    }
}

bool engine_may_take_up(const struct engine *en, size_t i)
{
    return !en->work[i].released && en->states[i].called_us == 0 && !job_under_way(en, i) &&
           engine_waits_for(en, i, NULL, 0) == 0;
}

static void take_up_all(struct engine *en)
{
    line_move(en);
    while (engine_running(en) && en->list_count > 0) {
        size_t i = engine_next(en);
        if (!engine_may_take_up(en, i)) {
            group_look(en, i);
        } else if (en->graph->nodes[i].kind == NODE_SERVICE) {
            service_take_up(en, i);
        } else {
            job_take_up(en, i);
        }
        line_move(en);
    }
}

static void become_ready(struct engine *en)
{
    bool complete = en->unsatisfied == 0 && en->unhealthy == 0 && en->busy == 0;
    if (en->phase != ENGINE_CALLING || en->started_us == 0 || !complete) {
        return;
    }
    en->phase = ENGINE_READY;
    en->ready_us = en->now_us;
    action_push(en, ACTION_READY, 0);
    for (size_t i = 0; i < en->graph->count; i++) {
        if (en->graph->nodes[i].kind == NODE_SERVICE) {
            service_ready(en, i);
        }
    }
}

void engine_fail(struct engine *en, int exit_code, const char *fmt, ...)
{
    if (!engine_running(en)) {
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(en->reason, sizeof en->reason, fmt, ap);
    va_end(ap);
    en->exit_code = exit_code;
    action_push(en, ACTION_FAILED, 0);
    stop_begin(en);
}

/* ---- events ---- */

/* Who is not taken up in this run: left out, or done by an earlier one. */
static void settle_at_start(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    bool passed_over = node->inactive || node->skipped;
    if (is_step(en, i) && (!passed_over || en->states[i].status.step == STEP_SKIPPED)) {
        step_resume(en, i);
    } else if (passed_over && node->kind == NODE_SERVICE) {
        service_skip(en, i);
    } else if (passed_over) {
        job_skip(en, i);
    }
}

static void on_start(struct engine *en, const struct engine_event *ev)
{
    (void)ev;
    if (en->started_us != 0 || !engine_running(en)) {
        return;
    }
    en->started_us = en->now_us;
    if (en->options.take_back != NULL) {
        stop_begin(en);
        return;
    }
    if (en->options.deadline_us > 0) {
        en->deadline_us = en->now_us + en->options.deadline_us;
    }
    for (size_t i = 0; i < en->graph->count; i++) {
        settle_at_start(en, i);
    }
    for (size_t i = 0; engine_running(en) && i < en->graph->count; i++) {
        if (en->work[i].released && is_step(en, i)) {
            step_missed(en, i);
        }
    }
    for (size_t i = 0; engine_running(en) && i < en->graph->count; i++) {
        if (en->states[i].unmet == 0) {
            engine_look_at(en, i);
        }
    }
}

/* Whoever was being called is to blame; those that waited for them are not. */
static void deadline_passed(struct engine *en)
{
    char span[OUTCOME_SPAN_MAX];
    char text[OUTCOME_SPAN_MAX + 32];
    outcome_span(en->options.deadline_us, span);
    snprintf(text, sizeof text, "deadline of %s passed", span);
    bool service = false;
    bool step = false;
    bool test = false;
    for (size_t i = 0; i < en->graph->count; i++) {
        enum node_kind kind = en->graph->nodes[i].kind;
        if (kind == NODE_SERVICE) {
            service |= service_overdue(en, i, text);
        } else if (job_under_way(en, i)) {
            job_blame_deadline(en, i);
            step |= kind == NODE_STEP;
            test |= kind == NODE_TEST;
        }
    }
    int code = step ? EXIT_STEP_FAILED : test ? EXIT_TEST_FAILED : EXIT_DEPENDENCY;
    engine_fail(en, service ? EXIT_DEPENDENCY : code, "%s", text);
}

static void node_timer(struct engine *en, size_t i)
{
    attempt_timer(en, i);
    if (en->undoing == i) {
        rollback_timer(en);
    } else if (en->states[i].stopping) {
        if (en->states[i].deadline_us <= en->now_us) {
            stop_overdue(en, i);
        }
    } else if (en->graph->nodes[i].kind == NODE_SERVICE) {
        service_timer(en, i);
    } else {
        job_timer(en, i);
    }
}

/* Every timer that is due is cleared or set to later by what handles it, so this ends. */
static void on_timer(struct engine *en, const struct engine_event *ev)
{
    (void)ev;
    uint64_t at_us;
    for (size_t i = alarm_first(en, &at_us); at_us <= en->now_us; i = alarm_first(en, &at_us)) {
        node_timer(en, i);
    }
    if (en->phase == ENGINE_CALLING && en->deadline_us <= en->now_us) {
        deadline_passed(en);
    }
}

static void on_verdict(struct engine *en, const struct engine_event *ev)
{
    const struct node_state *st = &en->states[ev->node];
    if (ev->verdict != NULL && st->probing && (ev->verdict->attempt == 0 || ev->verdict->attempt == st->attempts)) {
        attempt_over(en, ev->node, ev->verdict);
    }
}

static void on_started(struct engine *en, const struct engine_event *ev)
{
    if (engine_running(en) && en->graph->nodes[ev->node].kind == NODE_SERVICE) {
        service_started(en, ev->node);
    }
}

static void on_exit_event(struct engine *en, const struct engine_event *ev)
{
    if (en->states[ev->node].running) {
        process_ended(en, ev->node, ev);
    }
}

/* The next run goes on from here, or nobody could note that it was taken back. */
static void take_nothing_back(struct engine *en)
{
    if (engine_running(en)) {
        en->options.rollback = ROLLBACK_NONE;
    }
}

/* Once ready, signals are for the main process; the driver passes them on. */
static void on_interrupt(struct engine *en, const struct engine_event *ev)
{
    if (en->phase == ENGINE_READY) {
        return;
    }
    en->interrupts++;
    if (en->phase == ENGINE_STOPPING && en->interrupts > 1) {
        stop_at_once(en);
    }
    take_nothing_back(en);
    const char *name = outcome_signal_name(ev->signal);
    engine_fail(en, EXIT_SIGNAL_BASE + ev->signal, "received %s", name != NULL ? name : "a signal");
}

static void on_fail(struct engine *en, const struct engine_event *ev)
{
    if (en->phase == ENGINE_STOPPING && en->exit_code == 0) {
        en->exit_code = ev->exit_code;
    }
    take_nothing_back(en);
    engine_fail(en, ev->exit_code, "%s", ev->text != NULL ? ev->text : "the run cannot go on");
}

static void on_stop(struct engine *en, const struct engine_event *ev)
{
    (void)ev;
    take_nothing_back(en);
    if (engine_running(en)) {
        stop_begin(en);
    }
}

static const struct {
    void (*handle)(struct engine *en, const struct engine_event *ev);
    bool about_node;
} handlers[] = {
    [EVENT_START] = {on_start, false},
    [EVENT_TIMER] = {on_timer, false},
    [EVENT_VERDICT] = {on_verdict, true},
    [EVENT_STARTED] = {on_started, true},
    [EVENT_EXIT] = {on_exit_event, true},
    [EVENT_VERIFIED] = {step_verified, true},
    [EVENT_PREPARED] = {step_prepared, true},
    [EVENT_RECORDED] = {step_recorded, true},
    [EVENT_ROLLED_BACK] = {rollback_over, true},
    [EVENT_SKIP] = {step_skip, true},
    [EVENT_NOTIFIED] = {service_told, true},
    [EVENT_INTERRUPT] = {on_interrupt, false},
    [EVENT_FAIL] = {on_fail, false},
    [EVENT_STOP] = {on_stop, false},
};

void engine_handle(struct engine *en, const struct engine_event *event, uint64_t now_us)
{
    size_t kind = (size_t)event->kind;
    if (kind >= sizeof handlers / sizeof handlers[0] ||
        (handlers[kind].about_node && event->node >= en->graph->count)) {
        return;
    }
    en->now_us = now_us > en->now_us ? now_us : en->now_us;
    handlers[kind].handle(en, event);
    take_up_all(en);
    become_ready(en);
}

/* ---- at the beginning ---- */

struct engine *engine_new(struct arena *a, const struct graph *graph, const struct engine_options *options)
{
    struct engine *en = arena_alloc(a, 1, sizeof *en);
    size_t count = graph->count;
    en->graph = graph;
    en->options = *options;
    en->phase = ENGINE_CALLING;
    en->deadline_us = CLOCK_NEVER;
    en->random = options->seed != 0 ? options->seed : 1;
    en->states = arena_alloc(a, count, sizeof *en->states);
    en->work = arena_alloc(a, count, sizeof *en->work);
    en->heap = arena_alloc(a, count, sizeof *en->heap);
    en->list = arena_alloc(a, count, sizeof *en->list);
    en->hopeless = arena_alloc(a, count, sizeof *en->hopeless);
    en->line = arena_alloc(a, count, sizeof *en->line);
    en->undoing = ENGINE_NO_NODE;
    action_init(en, a);
    alarm_init(en);
    for (size_t i = 0; i < count; i++) {
        const struct node *node = &graph->nodes[i];
        en->states[i].unmet = node->need_count;
        en->unsatisfied += node->required;
        en->unhealthy += node->kind == NODE_SERVICE && node->required && !node->inactive;
        if (is_step(en, i) && options->past != NULL) {
            step_recall(en, i, &options->past[i]);
        }
    }
    return en;
}
