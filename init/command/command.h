/*
 * command - one function per command of the command line. Each returns the process exit code and has told every error.
 */
#ifndef MUSTER_COMMAND_COMMAND_H
#define MUSTER_COMMAND_COMMAND_H

#include "init/command/options.h"
#include "init/core/load.h"
#include "init/core/signals.h"

/*
 * command_load_options - what loading needs, from the command line.
 */
struct load_options command_load_options(const struct options *o, char *const *environ_);

/*
 * command_run - run and up.
 *
 * @inherited  signal mask for children.
 */
int command_run(const struct options *o, char *const *environ_, const struct inherited_signals *inherited);

/*
 * command_check - 0 when ready (and the owner lives, or `up` has completed), else 1 and one line why on stdout.
 */
int command_check(const struct options *o);
int command_status(const struct options *o);
int command_config(const struct options *o, char *const *environ_);
int command_plan(const struct options *o, char *const *environ_);
int command_help(void);
int command_version(const struct options *o);

#endif
