/*
 * scale - rolls of thousands of services: how late after the critical path they are complete, and what an event costs.
 */
#ifndef MUSTER_TESTS_SIM_SCALE_H
#define MUSTER_TESTS_SIM_SCALE_H

#include "init/base/arena.h"

/*
 * scale_check - says the figures. Returns how many rolls were later than 2 % of their critical path, or had events that
 * cost more the more services there are.
 */
unsigned scale_check(struct arena *a);

#endif
