/* catatonit(1) 0.1.7: its README. podman-init is the name that Podman mounts its init under. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "init/base/log.h"
#include "init/command/personality.h"

#define USAGE "usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]\n"

static const char *const names[] = {"catatonit", "podman-init", NULL};

static void group(struct personality_request *r, const char *value)
{
    (void)value;
    r->options.group = true;
}

static void help(struct personality_request *r, const char *value)
{
    (void)value;
    buf_puts(&r->said, USAGE "\nThis is muster with catatonit's command line: see muster(1).\n"
                             "\noptions:\n"
                             "  -g              Signals go to the program's process group.\n"
                             "  -h              This text.\n"
                             "  -L              The licence.\n"
                             "  -P              Pause: run nothing, reap, end at SIGINT or SIGTERM.\n"
                             "  -V, --version   The version.\n");
    personality_over(r, STDERR_FILENO, 0);
}

static void licence(struct personality_request *r, const char *value)
{
    (void)value;
    buf_puts(&r->said,
             "catatonit: this is muster, Copyright (c) 2026 muster contributors, MIT licence; see LICENSE.\n");
    personality_over(r, STDOUT_FILENO, 0);
}

static void pause_only(struct personality_request *r, const char *value)
{
    (void)value;
    r->pause = true;
}

/* It says "tini" because Docker asks its init for that. */
static void version(struct personality_request *r, const char *value)
{
    (void)value;
    buf_puts(&r->said, "tini version 0.1.7_catatonit\n");
    personality_over(r, STDOUT_FILENO, 0);
}

static const struct personality_flag flags[] = {
    {'g', NULL, false, group},      {'h', NULL, false, help},         {'L', NULL, false, licence},
    {'P', NULL, false, pause_only}, {'V', "version", false, version}, {0},
};

static void put_usage(struct personality_request *r)
{
    buf_puts(&r->said, USAGE);
}

static void put_error(struct buf *out, const char *text)
{
    buf_printf(out, "ERROR (catatonit:%d): %s", (int)getpid(), text);
}

static void begin(struct personality_request *r, char *const *argv)
{
    (void)argv;
    r->reaper = true;
    if (personality_variable(r, "CATATONIT_DEBUG") != NULL) {
        r->verbosity = LOG_DEBUG;
    }
    if (personality_variable(r, "CATATONIT_LOG") != NULL) {
        put_error(&r->said, "CATATONIT_LOG is reserved for future use\n");
        personality_over(r, STDERR_FILENO, 1);
    }
}

static void finish(struct personality_request *r)
{
    if (r->argv == NULL && !r->pause) {
        put_error(&r->said, "missing program name\n" USAGE);
        personality_over(r, STDERR_FILENO, 1);
        return;
    }
    /* Terminal stops are its own business. */
    r->options.rewrite[SIGTSTP] = SIGNAL_DROPPED;
    r->options.rewrite[SIGTTIN] = SIGNAL_DROPPED;
    r->options.rewrite[SIGTTOU] = SIGNAL_DROPPED;
}

static void exec_failed(const char *program, int exec_errno)
{
    char storage[LOG_LINE_MAX];
    struct buf line = BUF_OVER(storage);
    buf_reset(&line);
    put_error(&line, "failed to exec pid1: ");
    buf_printf(&line, "%s (%s)", strerror(exec_errno), program);
    log_plain(line.data, line.len);
}

const struct personality personality_catatonit = {
    .names = names,
    .long_names = true,
    .verbosity = LOG_ERROR,
    .flags = flags,
    .begin = begin,
    .usage = put_usage,
    .finish = finish,
    .exec_failed = exec_failed,
};
