#include "init/core/supervise.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/arena.h"
#include "init/base/clock.h"
#include "init/base/log.h"
#include "init/core/ending.h"
#include "init/core/main_process.h"

struct supervision {
    const struct supervise_request *request;
    struct main_process main;
    struct ending ending;
};

static void tell(const struct supervision *s, struct supervise_news news)
{
    if (s->request->tell != NULL) {
        s->request->tell(&news);
    }
}

/* One child, of which @signalled says whether SIGCHLD has been told. */
static void take_child(struct supervision *s, pid_t pid, int wait_status, bool signalled)
{
    const bool is_main = pid == s->main.pid;
    const bool ended = !WIFSTOPPED(wait_status);
    if (ended && !signalled) {
        tell(s, (struct supervise_news){.event = SUPERVISE_SIGNAL, .number = SIGCHLD});
    }
    if (ended) {
        tell(s, (struct supervise_news){.event = SUPERVISE_REAPED, .pid = pid, .wait_status = wait_status});
    }
    if (is_main) {
        main_process_reaped(&s->main, wait_status);
    } else if (s->request->tell_reaped && ended) {
        log_line(LOG_WARNING, "reaped process %d", (int)pid);
    }
    if (is_main && ended) {
        tell(s, (struct supervise_news){.event = SUPERVISE_ENDED,
                                        .wait_status = wait_status,
                                        .number = SIGTERM,
                                        .instead = s->request->options->rewrite[SIGTERM]});
    }
}

static void reap(struct supervision *s, bool signalled, uint64_t now_us)
{
    for (;; signalled = true) {
        int wait_status;
        pid_t pid = ending_reap(&wait_status);
        if (pid == 0) {
            return;
        }
        if (pid < 0) {
            /* Without a child there is no main process either; but a pause has none to begin with. */
            s->main.ended = s->main.ended || s->request->argv != NULL;
            if (s->main.ended) {
                ending_begin(&s->ending, 0, now_us);
                ending_alone(&s->ending);
            }
            return;
        }
        take_child(s, pid, wait_status, signalled);
    }
}

static bool is_terminal_stop(int number)
{
    return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* With a terminal of ours the main process stops by itself, and we with it. */
static void stop_too(const struct supervision *s)
{
    if (s->request->stop_too && !s->main.terminal) {
        tell(s, (struct supervise_news){.event = SUPERVISE_STOPPING});
        if (getpid() != 1 && !main_process_continued()) {
            (void)kill(getpid(), SIGSTOP);
        }
    }
}

static void send_on(struct supervision *s, int number, uint64_t now_us)
{
    main_process_signal(&s->main, number, now_us);
    tell(s, (struct supervise_news){
                .event = SUPERVISE_SENT, .number = number, .instead = s->request->options->rewrite[number]});
    if (is_terminal_stop(number)) {
        stop_too(s);
    }
}

static void take_signal(struct supervision *s, int number, bool from_self, uint64_t now_us)
{
    if (number == SIGPIPE && from_self) {
        return;
    }
    tell(s, (struct supervise_news){.event = SUPERVISE_SIGNAL, .number = number});
    if (number == SIGCHLD) {
        return;
    }
    if (s->request->argv == NULL && (number == SIGTERM || number == SIGINT)) {
        s->main.ended = true;
    } else if (!s->main.ended) {
        send_on(s, number, now_us);
    } else if (number == SIGTERM || number == SIGINT) {
        ending_hurry(&s->ending, now_us);
    }
}

static void turn(struct supervision *s)
{
    uint64_t main_wake = main_process_wake(&s->main);
    uint64_t ending = ending_wake(&s->ending);
    bool from_self = false;
    int number = signals_wait(main_wake < ending ? main_wake : ending, &from_self);
    uint64_t now_us = clock_mono_us();
    if (number != 0) {
        take_signal(s, number, from_self, now_us);
    }
    main_process_timer(&s->main, now_us);
    ending_turn(&s->ending, now_us);
    reap(s, number == SIGCHLD, now_us); /* whatever woke us: SIGCHLD is coalesced */
    if (s->main.ended) {
        ending_begin(&s->ending, s->main.options->grace_us, now_us);
    }
}

void supervise_parent_death(const struct main_options *options)
{
    const pid_t parent = getppid();
    const int number = options->parent_death_signal;
    if (number != 0 && prctl(PR_SET_PDEATHSIG, number) == 0 && getppid() != parent) {
        (void)kill(getpid(), number);
    }
}

int supervise_run(const struct supervise_request *request)
{
    struct supervision s = {.request = request};
    struct privilege privilege = {.set_ids = false};
    struct arena names; /* touched only if there are names to look up */
    struct err e;
    arena_init(&names);
    if (privilege_prepare(&request->options->privilege, &names, &privilege, &e) != 0) {
        log_line(LOG_ERROR, "%s", e.text);
        return err_exit_code(e.code);
    }
    if (getpid() != 1) {
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* orphans of our children come to us all the same */
    }
    ending_init(&s.ending);
    main_process_init(&s.main, request->options, &privilege);
    if (request->argv != NULL && main_process_start(&s.main, request->argv, request->envp, request->signals, &e) != 0) {
        if (request->exec_failed != NULL) {
            request->exec_failed(request->argv[0], e.sys);
        } else {
            log_line(LOG_ERROR, "%s", e.text);
        }
        return s.main.exit_code;
    }
    tell(&s, (struct supervise_news){.event = SUPERVISE_STARTED, .pid = s.main.pid, .terminal = s.main.given_terminal});
    supervise_parent_death(request->options);
    while (!s.ending.over) {
        turn(&s);
    }
    return s.main.exit_code;
}
