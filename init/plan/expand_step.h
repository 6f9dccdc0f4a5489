/*
 * expand_step - a step's texts with every ${NAME} replaced: its command or action, what it leaves behind and how that is removed.
 */
#ifndef MUSTER_PLAN_EXPAND_STEP_H
#define MUSTER_PLAN_EXPAND_STEP_H

#include "init/plan/expand_request.h"

/*
 * expand_step - fill argv, action, environment, directory, artifact_paths, cleanups, prepares and rolls_back of @n.
 *
 * A text for the shell stays as it is. A step that is skipped or not for here is not looked at, but for its artifact paths: those
 * that cannot be expanded are as they are declared.
 */
void expand_step(struct expander *x, struct node *n);

#endif
