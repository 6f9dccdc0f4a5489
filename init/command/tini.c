/* tini(1) 0.19: Tini's README, sections "Options" and "Process group killing". */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/base/log.h"
#include "init/command/personality.h"

#define VERSION_LINE "tini version 0.19.0"

static const char *const names[] = {"tini", "tini-static", "docker-init", NULL};

static const char *basename_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void put_help(struct personality_request *r)
{
    const char *name = basename_of(r->program);
    buf_printf(&r->said, "%s (" VERSION_LINE ")\n", name);
    buf_printf(&r->said, "Usage: %s [OPTIONS] PROGRAM -- [ARGS] | --version\n", name);
    buf_puts(&r->said, "\nThis is muster with tini's command line: see muster(1).\n"
                       "\nCommand line options:\n\n"
                       "  --version: The version, and nothing else, when it is the only word.\n"
                       "  -h: This text.\n"
                       "  -s: Be a subreaper when not PID 1 (muster always is).\n"
                       "  -p SIGNAL: Get SIGNAL when the parent dies, like \"-p SIGKILL\".\n"
                       "  -v: Say more; up to three times.\n"
                       "  -w: Warn of every process that had to be reaped.\n"
                       "  -g: Signals go to the program's process group.\n"
                       "  -e EXIT_CODE: Exit 0 where the program's EXIT_CODE (0 to 255) is that; can be repeated.\n"
                       "  -l: The licence.\n"
                       "\nEnvironment variables:\n\n"
                       "  TINI_SUBREAPER: Like -s.\n"
                       "  TINI_VERBOSITY: How much to say, 0 to 3 (default: 1).\n"
                       "  TINI_KILL_PROCESS_GROUP: Like -g.\n\n");
}

static void help(struct personality_request *r, const char *value)
{
    (void)value;
    put_help(r);
    personality_over(r, STDOUT_FILENO, 0);
}

static void licence(struct personality_request *r, const char *value)
{
    (void)value;
    buf_puts(&r->said, "The MIT License (MIT)\n\nCopyright (c) 2026 muster contributors; see LICENSE.\n");
    personality_over(r, STDOUT_FILENO, 0);
}

static void invalid(struct personality_request *r, char letter, const char *value)
{
    buf_printf(&r->said, "[FATAL tini (%d)] Not a valid option for -%c: %s\n", (int)getpid(), letter, value);
    personality_over(r, STDERR_FILENO, 1);
}

static void subreaper(struct personality_request *r, const char *value)
{
    (void)value;
    r->reaper = true;
}

/* Full names only, and none of the synonyms, later and real-time ones: "-p TERM" has to fail here too. */
static void parent_death(struct personality_request *r, const char *value)
{
    int number = strncmp(value, "SIG", 3) == 0 ? signame_parse(value) : -1;
    const char *name = number > 0 ? signame_known(number) : NULL;
    if (name == NULL || strcmp(name, value) != 0 || number == SIGIO || number == SIGPWR || number == SIGSTKFLT ||
        number >= SIGNAME_RTMIN) {
        invalid(r, 'p', value);
        return;
    }
    r->options.parent_death_signal = number;
}

static void more_verbose(struct personality_request *r, const char *value)
{
    (void)value;
    r->verbosity++;
}

static void warn_of_reaped(struct personality_request *r, const char *value)
{
    (void)value;
    r->tell_reaped = true;
}

static void group(struct personality_request *r, const char *value)
{
    (void)value;
    r->options.group = true;
}

static void expect_code(struct personality_request *r, const char *value)
{
    char *end;
    long code = strtol(value, &end, 10);
    if (*end != '\0' || code < 0 || code > 255) {
        invalid(r, 'e', value);
        return;
    }
    r->options.remapped[code] = true;
    r->options.remap[code] = 0;
}

static const struct personality_flag flags[] = {
    {'h', NULL, false, help},         {'s', NULL, false, subreaper},      {'p', NULL, true, parent_death},
    {'v', NULL, false, more_verbose}, {'w', NULL, false, warn_of_reaped}, {'g', NULL, false, group},
    {'e', NULL, true, expect_code},   {'l', NULL, false, licence},        {0},
};

static void begin(struct personality_request *r, char *const *argv)
{
    if (argv[1] != NULL && argv[2] == NULL && strcmp(argv[1], "--version") == 0) {
        buf_puts(&r->said, VERSION_LINE "\n");
        personality_over(r, STDOUT_FILENO, 0);
    }
}

static void finish(struct personality_request *r)
{
    if (r->argv == NULL) {
        put_help(r);
        personality_over(r, STDERR_FILENO, 1);
        return;
    }
    if (personality_variable(r, "TINI_SUBREAPER") != NULL) {
        r->reaper = true;
    }
    if (personality_variable(r, "TINI_KILL_PROCESS_GROUP") != NULL) {
        r->options.group = true;
    }
    const char *verbosity = personality_variable(r, "TINI_VERBOSITY");
    if (verbosity != NULL) {
        long n = strtol(verbosity, NULL, 10);
        r->verbosity = n < LOG_ERROR ? LOG_ERROR : n > LOG_DEBUG ? LOG_DEBUG : (int)n;
    }
    /* Terminal stops are its own business. */
    r->options.rewrite[SIGTTIN] = SIGNAL_DROPPED;
    r->options.rewrite[SIGTTOU] = SIGNAL_DROPPED;
}

static void exec_failed(const char *program, int exec_errno)
{
    char storage[LOG_LINE_MAX];
    struct buf line = BUF_OVER(storage);
    buf_reset(&line);
    buf_printf(&line, "[FATAL tini (%d)] exec %s failed: %s", (int)getpid(), program, strerror(exec_errno));
    log_plain(line.data, line.len);
}

const struct personality personality_tini = {
    .names = names,
    .verbosity = LOG_WARNING,
    .flags = flags,
    .begin = begin,
    .usage = put_help,
    .finish = finish,
    .exec_failed = exec_failed,
};
