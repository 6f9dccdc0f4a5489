/*
 * variable_uses - variables that are declared for nobody.
 */
#ifndef MUSTER_PLAN_VARIABLE_USES_H
#define MUSTER_PLAN_VARIABLE_USES_H

#include "init/base/arena.h"
#include "init/base/problem.h"
#include "init/plan/manifest.h"

/*
 * variable_uses - "variable.unused", a warning, for every variable that no process is handed and that nothing refers to.
 *
 * @m  complete.
 * @p  where = JSON pointer; in manifest order.
 *
 * No process is handed a variable with "deliver": "none", nor a secret that main_secrets leaves out and that every "secrets"
 * list leaves out too. What refers to it: texts with ${NAME}, needs, conditions; and muster itself, if it is a field of the
 * data model.
 */
void variable_uses(const struct manifest *m, struct arena *a, struct problems *p);

#endif
