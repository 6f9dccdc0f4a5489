#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/core/session.h"
#include "init/core/spawn.h"

static bool have_terminal(void)
{
    return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static void end_session(struct session *s, int exit_code)
{
    s->exit_code = exit_code;
    s->view.phase = PHASE_STOPPING;
    s->view.exit_code = exit_code;
    s->dirty = true;
    session_handle(s, &(struct engine_event){.kind = EVENT_STOP});
}

static void forward_pending(struct session *s)
{
    for (int number = 1; number <= SIGNAL_LAST; number++) {
        if ((s->pending & SIGNAL_BIT(number)) != 0) {
            main_forward(s, number);
        }
    }
    s->pending = 0;
}

void main_start(struct session *s)
{
    struct err e;
    int exec_errno;
    struct child *slot = children_add(&s->children, CHILD_MAIN, 0, 0);
    s->main_foreground = have_terminal();
    const struct spawn_spec spec = {
        .argv = s->options->main_argv,
        .envp = s->environment,
        .output_fd = -1,
        .channel_fd = -1,
        .mask = s->options->inherited,
        .keep_stdin = true,
        .foreground = s->main_foreground,
    };
    pid_t pid = spawn(&spec, &exec_errno, &e);
    if (pid < 0) {
        log_line(LOG_ERROR, "%s", e.text);
        end_session(s, spawn_exit_code(exec_errno));
        return;
    }
    slot->pid = pid; /* children_init() kept this slot */
    s->main_pid = pid;
    s->main_started = true;
    forward_pending(s);
}

void main_forward(struct session *s, int number)
{
    if (s->main_pid > 1) {
        (void)kill(s->main_pid, number);
    }
}

void main_reaped(struct session *s, int wait_status)
{
    s->main_ended = true;
    s->main_pid = 0;
    if (s->main_foreground) {
        (void)tcsetpgrp(STDIN_FILENO, getpgrp());
    }
    end_session(s, WIFSIGNALED(wait_status) ? EXIT_SIGNAL_BASE + WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
}
