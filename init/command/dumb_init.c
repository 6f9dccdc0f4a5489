/* dumb-init(1) 1.2.5: its manual page and README, sections "Usage" and "Session behavior". */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    if (is(personality_variable(r, "DUMB_INIT_DEBUG"), "1")) {
        verbose(r, NULL);
    }
    if (is(personality_variable(r, "DUMB_INIT_SETSID"), "0")) {
        single_child(r, NULL);
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

static void exec_failed(const char *program, int exec_errno)
{
    char storage[LOG_LINE_MAX];
    struct buf line = BUF_OVER(storage);
    buf_reset(&line);
    buf_printf(&line, "[dumb-init] %s: %s", program, strerror(exec_errno));
    log_plain(line.data, line.len);
}

const struct personality personality_dumb_init = {
    .names = names,
    .long_names = true,
    .verbosity = LOG_WARNING,
    .flags = flags,
    .begin = begin,
    .finish = finish,
    .exec_failed = exec_failed,
};
