#include "init/base/signame.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

#include "init/base/text.h"

#define PREFIX_LEN 3 /* "SIG" */

/* musl has no sigabbrev_np(3). */
static const char *const names[] = {
    [SIGHUP] = "SIGHUP",   [SIGINT] = "SIGINT",       [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL",
    [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT",     [SIGBUS] = "SIGBUS",   [SIGFPE] = "SIGFPE",
    [SIGKILL] = "SIGKILL", [SIGUSR1] = "SIGUSR1",     [SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2",
    [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM",     [SIGTERM] = "SIGTERM", [SIGSTKFLT] = "SIGSTKFLT",
    [SIGCHLD] = "SIGCHLD", [SIGCONT] = "SIGCONT",     [SIGSTOP] = "SIGSTOP", [SIGTSTP] = "SIGTSTP",
    [SIGTTIN] = "SIGTTIN", [SIGTTOU] = "SIGTTOU",     [SIGURG] = "SIGURG",   [SIGXCPU] = "SIGXCPU",
    [SIGXFSZ] = "SIGXFSZ", [SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF", [SIGWINCH] = "SIGWINCH",
    [SIGIO] = "SIGIO",     [SIGPWR] = "SIGPWR",       [SIGSYS] = "SIGSYS",
};
#define NAMES ((int)(sizeof names / sizeof names[0]))

const char *signame_known(int number)
{
    return number > 0 && number < NAMES ? names[number] : NULL;
}

int signame_parse(const char *text)
{
    int64_t number;
    if (text_parse_int(text, &number) == 0) {
        return number >= 1 && number <= SIGNAL_LAST ? (int)number : -1;
    }
    for (int i = 1; i < NAMES; i++) {
        if (strcasecmp(names[i], text) == 0 || strcasecmp(names[i] + PREFIX_LEN, text) == 0) {
            return i;
        }
    }
    return -1;
}
