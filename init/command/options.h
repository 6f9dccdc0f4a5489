/*
 * options - the command line, as one table: parser, --help and manual page agree because they read the same rows.
 */
#ifndef MUSTER_COMMAND_OPTIONS_H
#define MUSTER_COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/buf.h"
#include "init/base/err.h"
#include "init/config/env_file.h"
#include "init/core/main_options.h"
#include "init/plan/manifest.h"

enum command {
    COMMAND_RUN,
    COMMAND_UP,
    COMMAND_CHECK,
    COMMAND_STATUS,
    COMMAND_CONFIG,
    COMMAND_PLAN,
    COMMAND_WAIT,
    COMMAND_VERIFY,
    COMMAND_ROLLBACK,
    COMMAND_STEP,
    COMMAND_COUNT,
    COMMAND_HELP = COMMAND_COUNT,
    COMMAND_VERSION,
};

/* What `config` is asked for. */
enum config_action {
    CONFIG_SHOW, /* nothing more: check it and show it */
    CONFIG_EXPLAIN,
    CONFIG_EXAMPLE,
    CONFIG_DOCS,
    CONFIG_SCHEMA,
    CONFIG_CHECK,
    CONFIG_ACTION_COUNT,
};

/* How `verify` lists what steps have left. */
enum list_format { LIST_TEXT, LIST_JSON, LIST_SHA256SUM, LIST_MTREE, LIST_FORMAT_COUNT };

/* Variables that one `config explain` is asked about; nobody reads more at once. */
#define CONFIG_NAMES_MAX 64

/* --skip may be repeated. */
#define SKIP_LISTS_MAX 16

struct options {
    enum command command;
    const char *file;
    const char *profile;
    const char *state_dir;
    const char *skip[SKIP_LISTS_MAX + 1]; /* "id,id" as given; NULL-terminated */
    size_t skip_count;
    const char *skip_too; /* MUSTER_SKIP, likewise; or NULL */
    uint64_t timeout_us;  /* 0 = not given, or none */
    bool has_timeout;
    uint32_t parallel;             /* steps at the same time; 0 = as the manifest says */
    enum rollback_policy rollback; /* what is taken back when a step has failed … */
    bool has_rollback;             /* … or as the manifest says */
    uint64_t lock_wait_us;         /* for another instance to leave the state directory; 0 = do not wait */
    bool any;                      /* wait: one target is enough */
    bool no_watch;                 /* after ready nothing is probed any more */
    const char *
        *targets; /* words of: wait (targets), check (services), verify, rollback, step; NULL-terminated, or NULL */
    size_t target_count;
    bool json;
    enum list_format list; /* verify */
    bool manifest;
    bool processes;
    bool strict;
    bool empty_is_unset;
    bool only_declared; /* children get the declared variables and those every program needs, nothing else */
    bool no_redact;     /* output of steps and tests is shown as it is */
    const char *env_files[ENV_FILES_MAX + 1]; /* "dialect:path" as given; NULL-terminated */
    size_t env_file_count;
    const char *secrets_dir;
    enum config_action config_action;
    const char *names[CONFIG_NAMES_MAX]; /* config explain */
    size_t name_count;
    const char *against; /* config check: "dialect:path" as given */
    bool quiet;
    bool verbose;
    struct main_options main; /* how the main process is started and ended */
    char *const *main_argv; /* the main command, or the services that `plan` is asked about; NULL when none was given */
};

/*
 * options_parse - command line to options.
 *
 * @argv      borrowed for the life of the process.
 * @environ_  MUSTER_STATE_DIR, MUSTER_SKIP and MUSTER_REMAP are read; the command line wins.
 * @out       filled.
 *
 * The first word that is not an option is a command of muster's, or begins the main command; "--" always begins it.
 * Words after `config` and `check` belong to it, and options may stand between them; those after `wait` up to "--" are targets.
 * Returns 0, or -1 with ERR_USAGE: names the option and what would be right.
 */
int options_parse(char *const *argv, char *const *environ_, struct options *out, struct err *e);

/*
 * options_help - the text of --help.
 */
void options_help(struct buf *out);

#endif
