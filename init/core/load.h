/*
 * load - from the command line and the environment to a checked manifest and configuration.
 */
#ifndef MUSTER_CORE_LOAD_H
#define MUSTER_CORE_LOAD_H

#include <stdbool.h>

#include "init/base/arena.h"
#include "init/base/err.h"
#include "init/base/problem.h"
#include "init/config/resolve.h"
#include "init/plan/graph.h"
#include "init/plan/manifest.h"
#include "init/plan/wait.h"

struct load_options {
    const char *file;                     /* --file, or NULL */
    const char *profile;                  /* --profile: a builtin, or NULL */
    const struct wait_request *wait;      /* services from words besides, or instead of a manifest; or NULL */
    const char *const *skip;              /* lists of step ids, "a,b"; NULL-terminated, or NULL */
    const char *skip_too;                 /* one more such list, or NULL: MUSTER_SKIP */
    const char *state_dir;                /* where no artifact may be; NULL or "" = not known */
    uint32_t parallel;                    /* steps at the same time; 0 = as the manifest says */
    const enum rollback_policy *rollback; /* instead of the manifest's; or NULL */
    char *const *environ_;                /* borrowed for the life of the process */
    const char *const *env_files;         /* "dialect:path", NULL-terminated, or NULL */
    struct resolve_options resolve;       /* env_files and prefixes are filled by load_config() */
};

struct loaded {
    struct arena arena;
    struct manifest manifest;
    struct config config;
    struct graph graph;
    struct problems problems;
    bool
        declared; /* a manifest or a profile was named or found; false: nothing but a main process, and targets to wait for */
};

/*
 * load_declared - whether a manifest or a profile is named, or one is in the usual places. Without, there is nothing but a
 * main process.
 */
bool load_declared(const struct load_options *o);

/*
 * load_manifest - find, read and check the manifest: --file, --profile, MUSTER_FILE, ./muster.json,
 * /etc/muster/muster.json, else the builtin "none".
 *
 * @out  filled, also in part on failure: out->problems says every mistake. What the command line says about steps is in it.
 *
 * Returns 0; -1 with ERR_MANIFEST (mistakes, or the file cannot be read), ERR_USAGE (mistakes in words to wait for).
 */
int load_manifest(const struct load_options *o, struct loaded *out, struct err *e);

/*
 * load_config - read --env-file files and resolve the environment against the manifest.
 *
 * Mistakes are in out->problems: env_file.missing, env_file.limit, env_file.dialect (where is the path), and those of
 * env_file_parse() and config_resolve(). A broken file's good lines count all the same, so that all mistakes are told at once.
 * Returns 0, or -1 with ERR_CONFIG. Blocks on the file system.
 */
int load_config(const struct load_options *o, struct loaded *out, struct err *e);

/*
 * load_graph - manifest and configuration to graph.
 *
 * Looks for the shell that steps to be done here need: "shell.missing".
 * Returns 0, or -1 with ERR_MANIFEST (mistakes in out->problems). Blocks on the file system.
 */
int load_graph(const struct load_options *o, struct loaded *out, struct err *e);

#endif
