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
 * command_wait - wait for targets; then become the supervisor of the command, if there is one.
 */
int command_wait(const struct options *o, char *const *environ_, const struct inherited_signals *inherited);

/*
 * command_wait_request - the targets of the command line (wait) and of MUSTER_WAIT.
 *
 * @a    made here if there may be any; lives as long as the process.
 *
 * Returns whether there are any; @out is filled then.
 */
bool command_wait_request(const struct options *o, char *const *environ_, struct arena *a, struct wait_request *out);

/*
 * command_check - 0 when ready (and the owner lives, or `up` has completed), else 1 and one line why on stdout. With names of
 * services: 0 when each of them is healthy, else 1 and a line for each that is not; 64 for a name that is unknown.
 */
int command_check(const struct options *o);
int command_status(const struct options *o);
int command_config(const struct options *o, char *const *environ_);
int command_plan(const struct options *o, char *const *environ_);

/*
 * command_verify - hold what steps have left against what was recorded when they completed. 0 = all of it is so still, 1 = it is
 * not, 73 = no state directory, 65 = the journal is damaged.
 */
int command_verify(const struct options *o);

/*
 * command_rollback - take steps back, as a failed run does: 0 = done, 74 = something could not be.
 */
int command_rollback(const struct options *o, char *const *environ_, const struct inherited_signals *inherited);

/*
 * command_step - step skip, step retry: what the next run will make of these steps.
 */
int command_step(const struct options *o, char *const *environ_);
int command_help(void);
int command_version(const struct options *o);

#endif
