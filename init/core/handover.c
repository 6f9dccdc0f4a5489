#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/base/signame.h"
#include "init/core/session.h"
#include "init/report/view.h"

int handover_prepare(struct session *s, struct err *e)
{
    ending_init(&s->ending);
    main_process_init(&s->main, s->options->main, &s->privilege);
    if (s->options->main_argv == NULL) {
        return 0;
    }
    return privilege_prepare(&s->options->main->privilege, &s->loaded->arena, &s->privilege, e);
}

static void end_session(struct session *s)
{
    s->exit_code = s->lost ? EXIT_DEPENDENCY : s->main.exit_code;
    s->view.phase = PHASE_STOPPING;
    s->view.exit_code = s->exit_code;
    s->dirty = true;
    session_handle(s, &(struct engine_event){.kind = EVENT_STOP});
}

static void forward_pending(struct session *s)
{
    for (int number = 1; number <= SIGNAL_LAST; number++) {
        if ((s->pending & SIGNAL_BIT(number)) != 0) {
            main_process_signal(&s->main, number, s->now_us);
        }
    }
    s->pending = 0;
}

void handover_start(struct session *s)
{
    struct err e;
    char *const *envp = notify_main_environment(s);
    s->main.given_fds = s->secrets.of_main->fds;
    s->main.given_count = s->secrets.of_main->fd_count;
    if (main_process_start(&s->main, s->options->main_argv, envp, &s->options->inherited, &e) != 0) {
        log_line(LOG_ERROR, "%s", e.text);
        end_session(s);
        return;
    }
    struct child *slot = children_add(&s->children, CHILD_MAIN, 0, s->main.pid);
    (void)slot; /* children_init() kept one for it */
    forward_pending(s);
}

static bool ends_bringup(int number)
{
    return number == SIGTERM || number == SIGINT || number == SIGQUIT || number == SIGHUP;
}

void handover_signal(struct session *s, int number)
{
    if (s->main.pid > 0) {
        main_process_signal(&s->main, number, s->now_us);
    } else if (ends_bringup(number)) {
        ending_hurry(&s->ending, s->now_us);
        session_handle(s, &(struct engine_event){.kind = EVENT_INTERRUPT, .signal = number});
    } else {
        s->pending |= SIGNAL_BIT(number);
    }
}

/* As long as what it leaves would get, if nothing else is said. */
static uint64_t stop_grace(const struct main_options *o)
{
    return o->kill_after_us > 0 ? o->kill_after_us : o->grace_us;
}

void handover_lost(struct session *s, size_t node)
{
    char storage[WIRE_TEXT_MAX];
    struct buf reason = BUF_OVER(storage);
    const struct node *n = &s->loaded->graph.nodes[node];
    if (s->main.pid <= 0 || s->lost) {
        return;
    }
    buf_reset(&reason);
    view_reason(&s->view, node, &reason);
    if (n->when_lost == LOST_SIGNAL) {
        log_line(LOG_WARNING, "service %s is lost, the main process is sent %s: %s", n->name,
                 signame_known(n->service->lost_signal), storage);
        main_process_tell(&s->main, n->service->lost_signal);
    } else if (n->when_lost == LOST_STOP) {
        log_line(LOG_ERROR, "service %s is lost, the main process is stopped: %s", n->name, storage);
        s->lost = true;
        main_process_stop(&s->main, stop_grace(s->options->main), s->now_us);
    }
}

void handover_reaped(struct session *s, int wait_status)
{
    main_process_reaped(&s->main, wait_status);
    if (s->main.ended) {
        end_session(s);
    }
}

void handover_timer(struct session *s)
{
    main_process_timer(&s->main, s->now_us);
}

uint64_t handover_wake(const struct session *s)
{
    uint64_t main_wake = main_process_wake(&s->main);
    uint64_t ending = ending_wake(&s->ending);
    return main_wake < ending ? main_wake : ending;
}

bool handover_over(struct session *s)
{
    if (!s->stopped || s->main.pid > 0) {
        return false;
    }
    if (!s->main.started) {
        helpers_close(s); /* the caller may become something else */
        return true;      /* the kernel ends what a failed bring-up may have left, or our parent does */
    }
    helpers_close(s);
    ending_begin(&s->ending, s->options->main->grace_us, s->now_us);
    ending_turn(&s->ending, s->now_us);
    return s->ending.over;
}
