/*
 * check - what sim finds wrong.
 */
#ifndef MUSTER_TESTS_SIM_CHECK_H
#define MUSTER_TESTS_SIM_CHECK_H

#include "tests/sim/world.h"

#define CHECK(s, condition, ...)                                                                                       \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            violation(s, __VA_ARGS__);                                                                                 \
        }                                                                                                              \
    } while (0)

/*
 * violation - @text is what is not as it must be, with node @i.
 */
void violation(struct world *s, const char *text, size_t i);

/*
 * check_step_run, check_verify, check_prepare, check_record, check_rollback - before the action is carried out.
 */
void check_step_run(struct world *s, size_t i);
void check_verify(struct world *s, size_t i);
void check_prepare(struct world *s, size_t i);
void check_record(struct world *s, size_t i);
void check_rollback(struct world *s, size_t i);

/*
 * check_told - what is told of a step is a change along the model's edges, or it was reopened for a reason.
 * check_step - likewise of what is so after every event.
 * check_places - and no more than there are places are in progress.
 */
void check_told(struct world *s, size_t i);
void check_step(struct world *s, size_t i);
void check_places(struct world *s);

/*
 * check_taken_back - at the end: what was to be taken back was, in the right order, and the exit code says so.
 */
void check_taken_back(struct world *s);

#endif
