/*
 * states - the data model's states and transitions, as tables.
 */
#ifndef MUSTER_ENGINE_STATES_H
#define MUSTER_ENGINE_STATES_H

#include <stdbool.h>

/* ServiceStatus.status */
enum service_status { SERVICE_STARTING, SERVICE_HEALTHY, SERVICE_UNHEALTHY, SERVICE_STOPPED, SERVICE_STATUS_COUNT };

/* SetupProgress.status */
enum step_status { STEP_PENDING, STEP_IN_PROGRESS, STEP_COMPLETED, STEP_FAILED, STEP_SKIPPED, STEP_STATUS_COUNT };

/* What became of the taking back of a step: not a status of it (data model, SetupProgress). */
enum rollback_state {
    ROLLBACK_NOT_ASKED,
    ROLLBACK_PENDING,
    ROLLBACK_DONE,
    ROLLBACK_PARTIAL,
    ROLLBACK_FAILED,
    ROLLBACK_STATE_COUNT
};

/*
 * rollback_state_name - "none", "pending", "done", "partial", "failed".
 */
const char *rollback_state_name(enum rollback_state s);

/* TestExecution.status; the first two are not results: no record is written for them. */
enum test_status {
    TEST_WAITING,
    TEST_RUNNING,
    TEST_PASSED,
    TEST_FAILED,
    TEST_SKIPPED,
    TEST_ERROR,
    TEST_STATUS_COUNT,
};

/*
 * service_status_name, step_status_name, test_status_name - the model's words ("in_progress").
 */
const char *service_status_name(enum service_status s);
const char *step_status_name(enum step_status s);
const char *test_status_name(enum test_status s);

/*
 * service_may_become - starting->healthy|unhealthy, healthy<->unhealthy, any->stopped, stopped->starting.
 */
bool service_may_become(enum service_status from, enum service_status to);

/*
 * step_may_become - pending->in_progress, in_progress->completed|failed, failed->in_progress, any->skipped (9 of 25;
 * STP-04). Also holds for what is read back from disk.
 */
bool step_may_become(enum step_status from, enum step_status to);

/*
 * test_may_become - waiting->running|skipped|error, running->passed|failed|error.
 */
bool test_may_become(enum test_status from, enum test_status to);

#endif
