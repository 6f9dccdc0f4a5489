/*
 * personality - muster under another init's name speaks that init's command line: options, environment variables, exit
 * codes, and the lines that scripts compare. What happens then is muster's own supervision.
 *
 *   personality.c   which one, the option parser, running the outcome
 *   tini.c, dumb_init.c, catatonit.c   one table each
 */
#ifndef MUSTER_COMMAND_PERSONALITY_H
#define MUSTER_COMMAND_PERSONALITY_H

#include <stdbool.h>

#include "init/base/buf.h"
#include "init/core/main_options.h"
#include "init/core/signals.h"
#include "init/core/supervise.h"

/* The longest help text has about 1300 bytes. */
#define PERSONALITY_TEXT_MAX 4096

/* What a command line asks for: either a main process, or a text and an exit code. */
struct personality_request {
    const char *program;   /* argv[0]; borrowed */
    char *const *environ_; /* borrowed */
    struct main_options options;
    char *const *argv; /* main command; NULL when `pause` */
    bool pause;        /* nothing to run, only orphans to reap */
    bool reaper;       /* answers for orphans also when it is not PID 1 */
    bool tell_reaped;
    bool stop_too; /* terminal stops stop us as well */
    int verbosity; /* enum log_level, not clamped */

    bool over; /* nothing to run: */
    int exit_code;
    int fd;          /* where the text goes; standard error if there is something to run */
    struct buf said; /* text */
    char storage[PERSONALITY_TEXT_MAX];
};

struct personality_flag {
    char letter;
    const char *name; /* long form, or NULL */
    bool has_value;
    void (*apply)(struct personality_request *r, const char *value);
};

struct personality {
    const char *const *names; /* of the program file; NULL-terminated */
    bool long_names;          /* else "--x" is a cluster of letters, the first being "-" */
    int verbosity;
    const struct personality_flag *flags; /* ends with letter 0 */
    /* Looks at the whole command line first, or NULL. */
    void (*begin)(struct personality_request *r, char *const *argv);
    /* What follows the line that says what was wrong with an option, or NULL. */
    void (*usage)(struct personality_request *r);
    /* Environment variables, defaults that hang on options, a missing program. */
    void (*finish)(struct personality_request *r);
    void (*exec_failed)(const char *program, int exec_errno);
    /* Says what happens when it is to be verbose, or NULL. */
    void (*tell)(const struct supervise_news *news);
};

extern const struct personality personality_tini;
extern const struct personality personality_dumb_init;
extern const struct personality personality_catatonit;

/*
 * personality_find - by the last component of @argv0 (NULL allowed). NULL = muster itself.
 */
const struct personality *personality_find(const char *argv0);

/*
 * personality_parse - command line and environment to request. No I/O.
 *
 * @argv, @environ_  borrowed for the life of @out.
 * @is_init          whether this process is PID 1: what is left at the end gets its grace.
 * @out              filled.
 *
 * Options end at the first word that is none, or at "--", as with "+" in getopt_long(3); unique beginnings of long names
 * do. The messages for wrong options are worded as the C library of those programs words them.
 */
void personality_parse(const struct personality *p, char *const *argv, char *const *environ_, bool is_init,
                       struct personality_request *out);

/*
 * personality_run - parse, then say what is to be said or supervise. Returns the process exit code.
 *
 * @inherited  signal state for the main process; borrowed.
 */
int personality_run(const struct personality *p, char *const *argv, char *const *environ_,
                    const struct inherited_signals *inherited);

/* For the tables. */

/*
 * personality_over - nothing is to be run: the text in @r->said goes to @fd, and @exit_code is returned.
 */
void personality_over(struct personality_request *r, int fd, int exit_code);

/*
 * personality_variable - value in the environment; unlike environment_get, "" when it is set and empty. NULL = unset.
 */
const char *personality_variable(const struct personality_request *r, const char *name);

#endif
