/*
 * config_actions - what can be asked of `config` besides checking and showing. Each returns the process exit code and has
 * told every error.
 */
#ifndef MUSTER_COMMAND_CONFIG_ACTIONS_H
#define MUSTER_COMMAND_CONFIG_ACTIONS_H

#include "init/command/options.h"
#include "init/core/load.h"

/*
 * config_write - example, docs and schema: written from the manifest alone, so that the environment makes no difference.
 */
int config_write(const struct options *o, char *const *environ_);

/*
 * config_check - look for mistakes in a file of variables: those of its form, and those of its values.
 *
 * Of the environment only what the file takes from there (docker's NAME alone) is looked at; --env-file and --secrets-dir
 * give what the file leaves out. What a path has to be, and a secret that is left empty, are warnings here: the file
 * may be for another machine, or to be filled in.
 */
int config_check(const struct options *o, char *const *environ_);

/*
 * config_explain - say of each named variable what it is, where it comes from, and why. A name may also be an alias, or
 * NAME_FILE.
 *
 * Works with a configuration that is wrong, too: then the exit code says whether what was asked about is.
 */
int config_explain(const struct options *o, char *const *environ_);

#endif
