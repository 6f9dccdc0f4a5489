/*
 * expand_process - how a process is started, with every ${NAME} replaced: its arguments, environment and directory.
 */
#ifndef MUSTER_PLAN_EXPAND_PROCESS_H
#define MUSTER_PLAN_EXPAND_PROCESS_H

#include "init/plan/expand_request.h"

/*
 * expand_command - arguments, NULL-terminated, in the arena. One that cannot be expanded is NULL, and was reported; the warning
 * secret.argument for credentials.
 *
 * @key  where the command is, below @x->at.
 */
char *const *expand_command(struct expander *x, const char *key, const struct strings *command);

/*
 * expand_process - fill environment and directory of @n. @x->at is the node.
 */
void expand_process(struct expander *x, const struct process_options *o, struct node *n);

#endif
