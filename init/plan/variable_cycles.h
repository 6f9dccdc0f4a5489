/*
 * variable_cycles - variables whose defaults and conditions refer to each other in a circle have no value.
 */
#ifndef MUSTER_PLAN_VARIABLE_CYCLES_H
#define MUSTER_PLAN_VARIABLE_CYCLES_H

#include "init/base/arena.h"
#include "init/base/problem.h"
#include "init/plan/manifest.h"

/*
 * variable_cycles - "graph.cycle" for every circle that is closed on the way through the variables, with the whole path, at
 * the JSON pointer of the key that it begins with.
 *
 * A variable refers to those in its default, in its defaults for environments, in its two conditions; and to the one that says
 * in what environment this is, if it has anything to say about environments.
 */
void variable_cycles(const struct manifest *m, struct arena *a, struct problems *p);

#endif
