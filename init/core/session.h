/*
 * session - one set-up session from hand to hand: everything that the parts of PID 1 share. Internal to core/.
 *
 *   session.c   open, publish, journal        loop.c     epoll, dispatch
 *   actions.c   what the engine asks for      helpers.c  prober and recorder processes
 *   run_child.c commands and exec probes       steps.c    what set-up steps need done (steps.h)
 *   notify.c    who says himself that he is ready
 *   own_process.c  what commands are started with
 *   secrets.c   which child gets which secret
 *   reaper.c    who ended and what it means   handover.c  the main process, and the end
 */
#ifndef MUSTER_CORE_SESSION_H
#define MUSTER_CORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/config/redact.h"
#include "init/core/bringup.h"
#include "init/core/children.h"
#include "init/core/ending.h"
#include "init/core/load.h"
#include "init/core/main_process.h"
#include "init/core/notify.h"
#include "init/core/own_process.h"
#include "init/core/secrets.h"
#include "init/core/signals.h"
#include "init/core/steps.h"
#include "init/engine/engine.h"
#include "init/report/status.h"
#include "init/setup/artifact.h"
#include "init/setup/journal.h"
#include "init/setup/output.h"
#include "init/setup/statedir.h"

/* A helper process and the requests that wait for room in its channel: each id at most once. */
struct helper {
    enum child_role role;
    const char *role_name;  /* argv[1] of the re-executed binary */
    pid_t pid;              /* 0 = not running */
    int channel;            /* owned; -1 = not running, or about to be reaped */
    char why[ERR_TEXT_MAX]; /* why we ended it; empty = it ended by itself */
    uint32_t *queue;        /* ring of ids, capacity as many as there are ids */
    bool *queued;           /* by id: is in the ring */
    size_t queue_head, queue_len, queue_cap;
    bool want_write; /* the loop watches for room */
    bool closed;     /* on purpose: its end is no news */
};

struct session {
    const struct bringup_options *options; /* borrowed */
    struct loaded *loaded;                 /* borrowed */
    struct statedir statedir;
    struct journal journal;
    struct history history; /* what the journal comes to; kept up to date with it */
    struct engine *engine;
    struct artifact_list artifacts;
    struct redactor redactor;
    struct output **outputs;  /* per node its command's, then per node its exec probe's; NULL = it has none */
    struct own_process **own; /* per node; NULL = it has no command */
    struct status_view view;
    struct children children;
    struct helper prober;
    struct helper recorder;
    struct notify notify;
    struct secrets secrets; /* and the environments of children */
    uint8_t *journaled;     /* per node: the step status of this run that is on disk */
    uint32_t *timeout_ms;   /* per node: of the attempt that was asked for */
    uint64_t *attempt_us;   /* per node: when it was asked for */
    struct steps steps;
    char *scratch; /* STATUS_TEXT_MAX */
    int epoll_fd, timer_fd, signal_fd;
    uint64_t now_us; /* of the current turn */
    uint64_t heartbeat_us;
    signal_mask pending; /* arrived before main started; forwarded to it */
    struct main_process main;
    struct privilege privilege;
    struct ending ending;
    bool dirty; /* status.json is behind */
    uint64_t published_us;
    uint64_t refresh_us; /* publish then at the latest; 0 = nothing to publish */
    bool stopped;
    bool lost; /* the main process was stopped because of a service that it needs */
    int exit_code;
};

/* session.c */

/*
 * session_handle - feed one event to the engine at the current turn's time.
 */
void session_handle(struct session *s, const struct engine_event *event);

/*
 * session_fail - the driver cannot go on: log the error once and end with its exit code.
 */
void session_fail(struct session *s, const struct err *e);

/*
 * session_publish - bring status.json up to date, if it is behind. A failure is logged, never fatal.
 */
void session_publish(struct session *s);

/*
 * session_refresh - something small changed (an attempt was made): publish it, but not more than once a second.
 */
void session_refresh(struct session *s);

/*
 * session_refresh_soon - likewise, but it is news: published within a second at the latest.
 */
void session_refresh_soon(struct session *s);

/*
 * session_activate - everything is ready: the configuration is active, and people are told.
 *
 * Returns 0, or -1 when that could not be journaled; the phase is then ready all the same.
 */
int session_activate(struct session *s, struct err *e);

/*
 * session_configuration - move the configuration to @state: journal, publish.
 */
int session_configuration(struct session *s, enum config_state state, struct err *e);

/*
 * session_line - a line of output of a child (output_line_fn; @ctx is a struct session_line_target).
 */
struct session_line_target {
    struct session *session;
    size_t node;
};
void session_line(void *ctx, const char *line, size_t len);

/*
 * session_no_line - for output that nobody reads along (exec probes).
 */
void session_no_line(void *ctx, const char *line, size_t len);

/* loop.c */

/*
 * loop_open - epoll, timerfd, signalfd. Returns 0, or -1 with ERR_SYS.
 */
int loop_open(struct session *s, struct err *e);

/* What a descriptor in the loop is. Order = order of handling within a turn: read channels before reaping, or the last verdict is lost. */
enum loop_source {
    SOURCE_OUTPUT,
    SOURCE_NOTIFY,
    SOURCE_CONTROL,
    SOURCE_PROBER,
    SOURCE_RECORDER,
    SOURCE_TIMER,
    SOURCE_SIGNALS,
    SOURCE_COUNT
};

/*
 * loop_watch, loop_rewatch - add a descriptor; change whether writing is wanted too.
 */
int loop_watch(struct session *s, int fd, enum loop_source source, size_t index, struct err *e);
void loop_rewatch(struct session *s, int fd, enum loop_source source, bool want_write);

/*
 * loop_run - turn until everything has stopped. Returns the exit code.
 */
int loop_run(struct session *s);

/* actions.c */

/*
 * actions_run - carry out everything the engine has asked for.
 */
void actions_run(struct session *s);

/* run_child.c */

/*
 * run_node - start node @node's command, or the process that carries out its built-in action. The engine is told.
 */
void run_node(struct session *s, size_t node);

/*
 * run_probe - start node @node's exec probe.
 *
 * Returns 0, or -1: it could not be started.
 */
int run_probe(struct session *s, size_t node, struct err *e);

/*
 * run_cleanup - start the clean-up script @argv of an artifact of step @node, as whom and with what the step is run; its output
 * goes where the step's went. The reaper calls steps_cleaned().
 *
 * Returns 0, or -1: it could not be started.
 */
int run_cleanup(struct session *s, size_t node, char *const *argv, struct err *e);

/*
 * run_cleanup_kill - end it, and all of its process group.
 */
void run_cleanup_kill(struct session *s, size_t node);

/* helpers.c */

/*
 * helpers_init - nothing running yet.
 */
void helpers_init(struct session *s);

/*
 * helper_request - ask for one probe (@id: node) or one measurement (@id: artifact); starts the helper if need be.
 *
 * Trouble is answered with a verdict or a failed record, never lost.
 */
void helper_request(struct session *s, struct helper *h, uint32_t id);
void helper_cancel(struct session *s, uint32_t node);

/*
 * helper_path - this binary, to be started again.
 */
const char *helper_path(void);

/*
 * helper_readable, helper_writable - the loop's calls.
 */
void helper_readable(struct session *s, struct helper *h);
void helper_writable(struct session *s, struct helper *h);

/*
 * helper_abandon - it broke the rules, hangs, or closed its channel: kill it. The reaper answers for it.
 *
 * @why  one line, or NULL when it seems to have ended by itself: its exit status will tell.
 */
void helper_abandon(struct helper *h, const char *why);

/*
 * helper_ended - it is gone (@why: one line): what it was asked for is answered as failed.
 */
void helper_ended(struct session *s, struct helper *h, const char *why);

/*
 * helpers_close - nobody is asked any more: both end when their channels close.
 */
void helpers_close(struct session *s);

/* reaper.c */

/*
 * reaper_run - collect every ended child and tell the engine.
 */
void reaper_run(struct session *s);

/* handover.c */

/*
 * handover_prepare - look up what the main process's options name (user, groups), before anything is started.
 */
int handover_prepare(struct session *s, struct err *e);

/*
 * handover_start - start the main process and forward what is pending. A failure ends the session with 126 or 127.
 */
void handover_start(struct session *s);

/*
 * handover_signal - a signal came: to the main process, or against us.
 */
void handover_signal(struct session *s, int number);

/*
 * handover_lost - service @node was healthy and is not any more: its policy says what becomes of the main process. Nothing if
 * that does not run.
 */
void handover_lost(struct session *s, size_t node);

/*
 * handover_reaped - waitpid(2) gave the main process's status.
 */
void handover_reaped(struct session *s, int wait_status);

/*
 * handover_timer, handover_wake - its part of the timer.
 */
void handover_timer(struct session *s);
uint64_t handover_wake(const struct session *s);

/*
 * handover_over - everything has ended: main, what we started, and what was left.
 */
bool handover_over(struct session *s);

#endif
