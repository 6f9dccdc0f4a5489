/*
 * world_steps - what is particular about the steps of a world: earlier runs, attempts, artifacts.
 */
#ifndef MUSTER_TESTS_SIM_WORLD_STEPS_H
#define MUSTER_TESTS_SIM_WORLD_STEPS_H

#include "tests/sim/world.h"

/*
 * world_steps_make - how step @i is, behaves, and was left by an earlier run.
 */
void world_steps_make(struct world *w, size_t i);

/*
 * world_steps_answer - what the engine is told about artifacts.
 */
void world_steps_answer(struct world *w, const struct occurrence *o, struct engine_event *out);

#endif
