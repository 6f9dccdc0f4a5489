#include "init/base/signame.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

#include "init/base/text.h"

#define PREFIX_LEN 3   /* "SIG" */
#define REALTIME_LEN 5 /* "RTMIN" */

/* musl has no sigabbrev_np(3). */
static const char *const names[] = {
    [SIGHUP] = "SIGHUP",
    [SIGINT] = "SIGINT",
    [SIGQUIT] = "SIGQUIT",
    [SIGILL] = "SIGILL",
    [SIGTRAP] = "SIGTRAP",
    [SIGABRT] = "SIGABRT",
    [SIGBUS] = "SIGBUS",
    [SIGFPE] = "SIGFPE",
    [SIGKILL] = "SIGKILL",
    [SIGUSR1] = "SIGUSR1",
    [SIGSEGV] = "SIGSEGV",
    [SIGUSR2] = "SIGUSR2",
    [SIGPIPE] = "SIGPIPE",
    [SIGALRM] = "SIGALRM",
    [SIGTERM] = "SIGTERM",
    [SIGSTKFLT] = "SIGSTKFLT",
    [SIGCHLD] = "SIGCHLD",
    [SIGCONT] = "SIGCONT",
    [SIGSTOP] = "SIGSTOP",
    [SIGTSTP] = "SIGTSTP",
    [SIGTTIN] = "SIGTTIN",
    [SIGTTOU] = "SIGTTOU",
    [SIGURG] = "SIGURG",
    [SIGXCPU] = "SIGXCPU",
    [SIGXFSZ] = "SIGXFSZ",
    [SIGVTALRM] = "SIGVTALRM",
    [SIGPROF] = "SIGPROF",
    [SIGWINCH] = "SIGWINCH",
    [SIGIO] = "SIGIO",
    [SIGPWR] = "SIGPWR",
    [SIGSYS] = "SIGSYS",
    /* From the end that is nearer, as the shells do it. */
    [SIGNAME_RTMIN + 0] = "SIGRTMIN",
    [SIGNAME_RTMIN + 1] = "SIGRTMIN+1",
    [SIGNAME_RTMIN + 2] = "SIGRTMIN+2",
    [SIGNAME_RTMIN + 3] = "SIGRTMIN+3",
    [SIGNAME_RTMIN + 4] = "SIGRTMIN+4",
    [SIGNAME_RTMIN + 5] = "SIGRTMIN+5",
    [SIGNAME_RTMIN + 6] = "SIGRTMIN+6",
    [SIGNAME_RTMIN + 7] = "SIGRTMIN+7",
    [SIGNAME_RTMIN + 8] = "SIGRTMIN+8",
    [SIGNAME_RTMIN + 9] = "SIGRTMIN+9",
    [SIGNAME_RTMIN + 10] = "SIGRTMIN+10",
    [SIGNAME_RTMIN + 11] = "SIGRTMIN+11",
    [SIGNAME_RTMIN + 12] = "SIGRTMIN+12",
    [SIGNAME_RTMIN + 13] = "SIGRTMIN+13",
    [SIGNAME_RTMIN + 14] = "SIGRTMIN+14",
    [SIGNAME_RTMIN + 15] = "SIGRTMIN+15",
    [SIGNAL_LAST - 14] = "SIGRTMAX-14",
    [SIGNAL_LAST - 13] = "SIGRTMAX-13",
    [SIGNAL_LAST - 12] = "SIGRTMAX-12",
    [SIGNAL_LAST - 11] = "SIGRTMAX-11",
    [SIGNAL_LAST - 10] = "SIGRTMAX-10",
    [SIGNAL_LAST - 9] = "SIGRTMAX-9",
    [SIGNAL_LAST - 8] = "SIGRTMAX-8",
    [SIGNAL_LAST - 7] = "SIGRTMAX-7",
    [SIGNAL_LAST - 6] = "SIGRTMAX-6",
    [SIGNAL_LAST - 5] = "SIGRTMAX-5",
    [SIGNAL_LAST - 4] = "SIGRTMAX-4",
    [SIGNAL_LAST - 3] = "SIGRTMAX-3",
    [SIGNAL_LAST - 2] = "SIGRTMAX-2",
    [SIGNAL_LAST - 1] = "SIGRTMAX-1",
    [SIGNAL_LAST - 0] = "SIGRTMAX",
};
#define NAMES ((int)(sizeof names / sizeof names[0]))

const char *signame_known(int number)
{
    return number > 0 && number < NAMES ? names[number] : NULL;
}

/* What follows "RTMIN" or "RTMAX": nothing, or @sign and a number up to the other end. Returns it, or -1. */
static int parse_distance(const char *text, char sign)
{
    int64_t distance = 0;
    if (*text == '\0') {
        return 0;
    }
    if (*text != sign || text_parse_int(text + 1, &distance) != 0 || distance < 0 ||
        distance > SIGNAL_LAST - SIGNAME_RTMIN) {
        return -1;
    }
    return (int)distance;
}

/* All of them by both ends: "RTMAX-30" is 34 as well. */
static int parse_realtime(const char *text)
{
    const char *name = strncasecmp(text, names[SIGTERM], PREFIX_LEN) == 0 ? text + PREFIX_LEN : text;
    bool first = strncasecmp(name, "RTMIN", REALTIME_LEN) == 0;
    if (!first && strncasecmp(name, "RTMAX", REALTIME_LEN) != 0) {
        return -1;
    }
    int distance = parse_distance(name + REALTIME_LEN, first ? '+' : '-');
    if (distance < 0) {
        return -1;
    }
    return first ? SIGNAME_RTMIN + distance : SIGNAL_LAST - distance;
}

int signame_parse(const char *text)
{
    int64_t number;
    if (text_parse_int(text, &number) == 0) {
        return number >= 1 && number <= SIGNAL_LAST ? (int)number : -1;
    }
    for (int i = 1; i < NAMES; i++) {
        if (names[i] != NULL && (strcasecmp(names[i], text) == 0 || strcasecmp(names[i] + PREFIX_LEN, text) == 0)) {
            return i;
        }
    }
    return parse_realtime(text);
}
