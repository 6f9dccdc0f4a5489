#include "init/engine/outcome.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "init/base/clock.h"

/* musl has no sigabbrev_np(3). */
static const char *const signal_names[] = {
    [SIGHUP] = "SIGHUP",       [SIGINT] = "SIGINT",   [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL",
    [SIGTRAP] = "SIGTRAP",     [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS",   [SIGFPE] = "SIGFPE",
    [SIGKILL] = "SIGKILL",     [SIGUSR1] = "SIGUSR1", [SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2",
    [SIGPIPE] = "SIGPIPE",     [SIGALRM] = "SIGALRM", [SIGTERM] = "SIGTERM", [SIGCHLD] = "SIGCHLD",
    [SIGCONT] = "SIGCONT",     [SIGSTOP] = "SIGSTOP", [SIGTSTP] = "SIGTSTP", [SIGTTIN] = "SIGTTIN",
    [SIGTTOU] = "SIGTTOU",     [SIGURG] = "SIGURG",   [SIGXCPU] = "SIGXCPU", [SIGXFSZ] = "SIGXFSZ",
    [SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF", [SIGSYS] = "SIGSYS",   [SIGWINCH] = "SIGWINCH",
    [SIGIO] = "SIGIO",         [SIGPWR] = "SIGPWR",
};

const char *outcome_signal_name(int sig)
{
    size_t count = sizeof signal_names / sizeof signal_names[0];
    return sig > 0 && (size_t)sig < count ? signal_names[sig] : NULL;
}

void outcome_describe(int wait_status, int exec_errno, char *out, size_t cap)
{
    if (exec_errno != 0) {
        snprintf(out, cap, "cannot start: %s", strerror(exec_errno));
    } else if (WIFSIGNALED(wait_status)) {
        const char *name = outcome_signal_name(WTERMSIG(wait_status));
        if (name != NULL) {
            snprintf(out, cap, "was killed by %s", name);
        } else {
            snprintf(out, cap, "was killed by signal %d", WTERMSIG(wait_status));
        }
    } else {
        snprintf(out, cap, "exited with code %d", WEXITSTATUS(wait_status));
    }
}

void outcome_span(uint64_t us, char out[OUTCOME_SPAN_MAX])
{
    uint64_t ms = us / US_PER_MS;
    uint64_t seconds = us / US_PER_S;
    uint64_t tenths = us % US_PER_S / (US_PER_S / 10);
    if (us < US_PER_S) {
        snprintf(out, OUTCOME_SPAN_MAX, "%" PRIu64 " ms", ms);
    } else if (us % (3600 * US_PER_S) == 0) {
        snprintf(out, OUTCOME_SPAN_MAX, "%" PRIu64 " h", seconds / 3600);
    } else if (us % (60 * US_PER_S) == 0) {
        snprintf(out, OUTCOME_SPAN_MAX, "%" PRIu64 " min", seconds / 60);
    } else if (tenths == 0) {
        snprintf(out, OUTCOME_SPAN_MAX, "%" PRIu64 " s", seconds);
    } else {
        snprintf(out, OUTCOME_SPAN_MAX, "%" PRIu64 ".%" PRIu64 " s", seconds, tenths);
    }
}
