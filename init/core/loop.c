#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/log.h"
#include "init/core/session.h"
#include "init/report/terminal.h"

#define EVENTS_MAX 64
/* Children that talk without end are read for so long a turn: whoever else has something to say is heard in between. */
#define OUTPUT_TURN_US (20 * US_PER_MS)
/* While waiting, say every so often that we are, and for what. */
#define HEARTBEAT_US (10 * US_PER_S)
/* A timer that could not be set is set again after this. */
#define RETRY_MS 100

static uint64_t key_of(enum loop_source source, size_t index)
{
    return (uint64_t)source << 32 | (uint32_t)index;
}

int loop_watch(struct session *s, int fd, enum loop_source source, size_t index, struct err *e)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = key_of(source, index)};
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot watch a descriptor");
    }
    return 0;
}

void loop_rewatch(struct session *s, int fd, enum loop_source source, bool want_write)
{
    struct epoll_event event = {.events = EPOLLIN | (want_write ? EPOLLOUT : 0U), .data.u64 = key_of(source, 0)};
    (void)epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

int loop_open(struct session *s, struct err *e)
{
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll_fd < 0) {
        return err_set(e, ERR_SYS, errno, "cannot open epoll");
    }
    s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (s->timer_fd < 0) {
        return err_set(e, ERR_SYS, errno, "cannot open a timerfd");
    }
    s->signal_fd = signals_open(e);
    if (s->signal_fd < 0) {
        return -1;
    }
    if (loop_watch(s, s->timer_fd, SOURCE_TIMER, 0, e) != 0) {
        return -1;
    }
    return loop_watch(s, s->signal_fd, SOURCE_SIGNALS, 0, e);
}

static bool arm_timer(struct session *s)
{
    uint64_t wake = engine_wake(s->engine);
    if (engine_phase(s->engine) == ENGINE_CALLING && s->heartbeat_us < wake) {
        wake = s->heartbeat_us;
    }
    if (handover_wake(s) < wake) {
        wake = handover_wake(s);
    }
    if (steps_wake(s) < wake) {
        wake = steps_wake(s);
    }
    if (s->refresh_us != 0 && s->refresh_us < wake) {
        wake = s->refresh_us;
    }
    struct itimerspec at = {.it_value = {0}};
    if (wake != CLOCK_NEVER) {
        at.it_value.tv_sec = (time_t)(wake / US_PER_S);
        at.it_value.tv_nsec = (long)(wake % US_PER_S * 1000U);
        if (wake == 0) {
            at.it_value.tv_nsec = 1; /* zero would disarm */
        }
    }
    return timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &at, NULL) == 0;
}

static void on_timer(struct session *s)
{
    uint64_t expirations;
    (void)!read(s->timer_fd, &expirations, sizeof expirations);
    session_handle(s, &(struct engine_event){.kind = EVENT_TIMER});
    handover_timer(s);
    steps_timer(s);
    s->dirty = s->dirty || (s->refresh_us != 0 && s->now_us >= s->refresh_us);
    if (engine_phase(s->engine) == ENGINE_CALLING && s->now_us >= s->heartbeat_us) {
        terminal_waiting(&s->view, s->now_us);
        s->heartbeat_us = s->now_us + HEARTBEAT_US;
    }
}

static void on_signals(struct session *s)
{
    bool from_self = false;
    for (int number = signals_next(s->signal_fd, &from_self); number != 0;
         number = signals_next(s->signal_fd, &from_self)) {
        if (number != SIGCHLD && !(number == SIGPIPE && from_self)) {
            handover_signal(s, number);
        }
    }
    reaper_run(s); /* whatever woke us: SIGCHLD is coalesced */
}

static void on_output(struct session *s, size_t index)
{
    struct child *slot = &s->children.slots[index];
    struct session_line_target target = {.session = s, .node = slot->node};
    if (slot->output_fd < 0) {
        return;
    }
    (void)child_read(slot, slot->role == CHILD_PROBE ? session_no_line : session_line, &target);
    child_release(slot);
}

static void dispatch(struct session *s, const struct epoll_event *event)
{
    enum loop_source source = (enum loop_source)(event->data.u64 >> 32);
    size_t index = (uint32_t)event->data.u64;
    struct helper *h = source == SOURCE_PROBER ? &s->prober : &s->recorder;
    switch (source) {
    case SOURCE_OUTPUT:
        on_output(s, index);
        break;
    case SOURCE_NOTIFY:
        s->now_us = clock_mono_us();
        notify_readable(s, index);
        break;
    case SOURCE_CONTROL:
        steps_asked(s);
        break;
    case SOURCE_PROBER:
    case SOURCE_RECORDER:
        if ((event->events & EPOLLOUT) != 0) {
            helper_writable(s, h);
        }
        if ((event->events & ~(uint32_t)EPOLLOUT) != 0) {
            helper_readable(s, h);
        }
        break;
    case SOURCE_TIMER:
        on_timer(s);
        break;
    case SOURCE_SIGNALS:
        on_signals(s);
        break;
    case SOURCE_COUNT:
        break;
    }
}

static bool in_time(enum loop_source source, uint64_t since_us)
{
    return source != SOURCE_OUTPUT || clock_mono_us() < since_us + OUTPUT_TURN_US;
}

/* Anybody may be the first, since there may be no time for the last. */
static void turn(struct session *s, bool timer_armed)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(s->epoll_fd, events, EVENTS_MAX, timer_armed ? -1 : RETRY_MS);
    const uint64_t since_us = clock_mono_us();
    s->now_us = since_us;
    for (enum loop_source source = 0; source < SOURCE_COUNT; source++) {
        for (int i = 0; i < n; i++) {
            const struct epoll_event *event = &events[(since_us + (unsigned)i) % (unsigned)n];
            if ((enum loop_source)(event->data.u64 >> 32) == source && in_time(source, since_us)) {
                dispatch(s, event);
            }
        }
    }
    if (n == EVENTS_MAX) {
        on_timer(s); /* they may have had no place among so many */
        on_signals(s);
    }
}

/* Begin, and say of those that cannot begin yet what they wait for. */
static void call_the_roll(struct session *s)
{
    const struct graph *g = &s->loaded->graph;
    s->view.phase = s->options->take_back != NULL ? PHASE_STOPPING : PHASE_CALLING;
    s->dirty = true;
    s->heartbeat_us = clock_mono_us() + HEARTBEAT_US;
    session_handle(s, &(struct engine_event){.kind = EVENT_START});
    actions_run(s);
    for (size_t k = 0; k < g->count; k++) {
        size_t node = g->order[k];
        if (engine_phase(s->engine) == ENGINE_CALLING && engine_waits_for(s->engine, node, NULL, 0) > 0 &&
            !engine_satisfied(s->engine, node)) {
            terminal_changed(&s->view, node, s->now_us);
        }
    }
}

int loop_run(struct session *s)
{
    call_the_roll(s);
    for (;;) {
        actions_run(s);
        session_publish(s);
        secrets_forget(s);
        if (handover_over(s)) {
            return s->exit_code;
        }
        turn(s, arm_timer(s));
    }
}
