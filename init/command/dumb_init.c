/* dumb-init(1) 1.2.5: its manual page and README, sections "Usage" and "Session behavior". */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/command/personality.h"

#define VERSION_LINE "dumb-init v1.2.5\n"

/* It knows the standard signals only. */
#define STANDARD_LAST 31

static const char *const names[] = {"dumb-init", NULL};

static void single_child(struct personality_request *r, const char *value)
{
    (void)value;
    r->options.group = false;
    r->options.session = false;
}

/* A number at *@at, which moves behind it. Returns whether there is one from @first to the last signal. */
static bool take_number(const char **at, long first, long *out)
{
    char *end;
    *out = strtol(*at, &end, 10);
    bool found = end != *at;
    *at = end;
    return found && *out >= first && *out <= STANDARD_LAST;
}

/* "15:3" and whatever may follow it, as sscanf(3) reads it; names of signals are refused. */
static void rewrite(struct personality_request *r, const char *value)
{
    const char *at = value;
    long from;
    long to;
    if (!take_number(&at, 1, &from) || *at++ != ':' || !take_number(&at, 0, &to)) {
        buf_puts(&r->said, "Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.\n"
                           "This option can be specified multiple times.\n"
                           "Use --help for full usage.\n");
        personality_over(r, STDERR_FILENO, 1);
        return;
    }
    r->options.rewrite[from] = to == 0 ? SIGNAL_DROPPED : (uint8_t)to;
}

static void verbose(struct personality_request *r, const char *value)
{
    (void)value;
    r->verbosity = LOG_DEBUG;
}

static void help(struct personality_request *r, const char *value)
{
    (void)value;
    buf_puts(&r->said, VERSION_LINE);
    buf_printf(&r->said, "Usage: %s [option] command [[arg] ...]\n", r->program);
    buf_puts(&r->said, "\nThis is muster with dumb-init's command line: see muster(1).\n"
                       "\nOptional arguments:\n"
                       "   -c, --single-child   Signals go to the command itself, not to its session.\n"
                       "   -r, --rewrite s:r    Send signal r where s arrived, or nothing where r is 0;\n"
                       "                        numbers, can be repeated.\n"
                       "   -v, --verbose        Say on stderr what happens.\n"
                       "   -h, --help           This text.\n"
                       "   -V, --version        The version.\n"
                       "\nEnvironment variables:\n"
                       "   DUMB_INIT_SETSID=0   Like -c.\n"
                       "   DUMB_INIT_DEBUG=1    Like -v.\n");
    personality_over(r, STDERR_FILENO, 0);
}

static void version(struct personality_request *r, const char *value)
{
    (void)value;
    buf_puts(&r->said, VERSION_LINE);
    personality_over(r, STDERR_FILENO, 0);
}

/* In the order in which an ambiguous beginning of a name is told. */
static const struct personality_flag flags[] = {
    {'h', "help", false, help},       {'c', "single-child", false, single_child}, {'r', "rewrite", true, rewrite},
    {'v', "verbose", false, verbose}, {'V', "version", false, version},           {0},
};

static void begin(struct personality_request *r, char *const *argv)
{
    (void)argv;
    r->options.group = true;
    r->options.session = true;
}

static bool is(const char *value, const char *wanted)
{
    return value != NULL && strcmp(value, wanted) == 0;
}

static void finish(struct personality_request *r)
{
    if (r->argv == NULL) {
        buf_printf(&r->said, "Usage: %s [option] program [args]\nTry %s --help for full usage.\n", r->program,
                   r->program);
        personality_over(r, STDERR_FILENO, 1);
        return;
    }
    r->stop_too = true;
    if (is(personality_variable(r, "DUMB_INIT_DEBUG"), "1")) {
        verbose(r, NULL);
        buf_puts(&r->said, "[dumb-init] Running in debug mode.\n");
    }
    if (is(personality_variable(r, "DUMB_INIT_SETSID"), "0")) {
        single_child(r, NULL);
        buf_puts(&r->said, r->verbosity == LOG_DEBUG ? "[dumb-init] Not running in setsid mode.\n" : "");
    }
    if (!r->options.session) {
        return;
    }
    /* It ends its session with itself; and terminal stops do nothing to an orphaned group, setpgid(2). */
    r->reaper = true;
    static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        uint8_t *to = &r->options.rewrite[stops[i]];
        *to = *to == SIGNAL_AS_IT_IS ? SIGSTOP : *to;
    }
}

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
    char storage[LOG_LINE_MAX];
    struct buf line = BUF_OVER(storage);
    va_list args;
    va_start(args, fmt);
    buf_reset(&line);
    buf_puts(&line, "[dumb-init] ");
    buf_vprintf(&line, fmt, args);
    va_end(args);
    log_plain(line.data, line.len);
}

static void exec_failed(const char *program, int exec_errno)
{
    say("%s: %s", program, strerror(exec_errno));
}

static void say_sent(int number, int instead)
{
    const int sent = instead == SIGNAL_AS_IT_IS ? number : instead == SIGNAL_DROPPED ? 0 : instead;
    if (instead != SIGNAL_AS_IT_IS) {
        say("Translating signal %d to %d.", number, sent);
    }
    say(sent == 0 ? "Not forwarding signal %d to children (ignored)." : "Forwarded signal %d to children.", sent);
}

/* The signals are those that come with giving up a terminal. */
static void say_handed_off(int number)
{
    say("Received signal %d.", number);
    say("Ignoring tty hand-off signal %d.", number);
}

static void say_started(const struct supervise_news *news)
{
    switch (news->terminal) {
    case MAIN_TERMINAL_KEPT:
        break;
    case MAIN_TERMINAL_NONE:
        say("Unable to detach from controlling tty (errno=%d %s).", ENOTTY, strerror(ENOTTY));
        break;
    case MAIN_TERMINAL_LEFT:
        say("Detached from controlling tty, but was not session leader.");
        break;
    case MAIN_TERMINAL_GIVEN:
        say("Detached from controlling tty, ignoring the first SIGHUP and SIGCONT we receive.");
        break;
    }
    say("Child spawned with PID %d.", (int)news->pid);
    if (news->terminal == MAIN_TERMINAL_KEPT) {
        return;
    }
    if (news->terminal == MAIN_TERMINAL_GIVEN) {
        say_handed_off(SIGHUP);
        say_handed_off(SIGCONT);
    } else {
        int error = news->terminal == MAIN_TERMINAL_NONE ? ENOTTY : EPERM;
        say("Unable to attach to controlling tty (errno=%d %s).", error, strerror(error));
    }
    say("setsid complete.");
}

static void say_reaped(const struct supervise_news *news)
{
    if (WIFSIGNALED(news->wait_status)) {
        say("A child with PID %d was terminated by signal %d.", (int)news->pid, WTERMSIG(news->wait_status));
    } else {
        say("A child with PID %d exited with exit status %d.", (int)news->pid, WEXITSTATUS(news->wait_status));
    }
}

/* Its lines under --verbose, word for word: its own tests and those of images built on it look for them. */
static void tell(const struct supervise_news *news)
{
    switch (news->event) {
    case SUPERVISE_STARTED:
        say_started(news);
        break;
    case SUPERVISE_SIGNAL:
        say("Received signal %d.", news->number);
        break;
    case SUPERVISE_SENT:
        say_sent(news->number, news->instead);
        break;
    case SUPERVISE_STOPPING:
        say("Suspending self due to TTY signal.");
        break;
    case SUPERVISE_REAPED:
        say_reaped(news);
        break;
    case SUPERVISE_ENDED:
        say_sent(news->number, news->instead);
        say("Child exited with status %d. Goodbye.", WIFSIGNALED(news->wait_status)
                                                         ? EXIT_SIGNAL_BASE + WTERMSIG(news->wait_status)
                                                         : WEXITSTATUS(news->wait_status));
        break;
    }
}

const struct personality personality_dumb_init = {
    .names = names,
    .long_names = true,
    .verbosity = LOG_WARNING,
    .flags = flags,
    .begin = begin,
    .finish = finish,
    .exec_failed = exec_failed,
    .tell = tell,
};
