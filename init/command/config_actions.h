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

#endif
