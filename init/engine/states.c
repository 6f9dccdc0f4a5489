#include "init/engine/states.h"

#include <stddef.h>

static const char *const service_names[SERVICE_STATUS_COUNT] = {
    [SERVICE_STARTING] = "starting",
    [SERVICE_HEALTHY] = "healthy",
    [SERVICE_UNHEALTHY] = "unhealthy",
    [SERVICE_STOPPED] = "stopped",
};

static const char *const step_names[STEP_STATUS_COUNT] = {
    [STEP_PENDING] = "pending", [STEP_IN_PROGRESS] = "in_progress", [STEP_COMPLETED] = "completed",
    [STEP_FAILED] = "failed",   [STEP_SKIPPED] = "skipped",
};

static const char *const test_names[TEST_STATUS_COUNT] = {
    [TEST_WAITING] = "waiting", [TEST_RUNNING] = "running", [TEST_PASSED] = "passed",
    [TEST_FAILED] = "failed",   [TEST_SKIPPED] = "skipped", [TEST_ERROR] = "error",
};

static const bool service_edges[SERVICE_STATUS_COUNT][SERVICE_STATUS_COUNT] = {
    [SERVICE_STARTING] = {[SERVICE_HEALTHY] = true, [SERVICE_UNHEALTHY] = true, [SERVICE_STOPPED] = true},
    [SERVICE_HEALTHY] = {[SERVICE_UNHEALTHY] = true, [SERVICE_STOPPED] = true},
    [SERVICE_UNHEALTHY] = {[SERVICE_HEALTHY] = true, [SERVICE_STOPPED] = true},
    [SERVICE_STOPPED] = {[SERVICE_STARTING] = true, [SERVICE_STOPPED] = true},
};

static const bool step_edges[STEP_STATUS_COUNT][STEP_STATUS_COUNT] = {
    [STEP_PENDING] = {[STEP_IN_PROGRESS] = true, [STEP_SKIPPED] = true},
    [STEP_IN_PROGRESS] = {[STEP_COMPLETED] = true, [STEP_FAILED] = true, [STEP_SKIPPED] = true},
    [STEP_COMPLETED] = {[STEP_SKIPPED] = true},
    [STEP_FAILED] = {[STEP_IN_PROGRESS] = true, [STEP_SKIPPED] = true},
    [STEP_SKIPPED] = {[STEP_SKIPPED] = true},
};

static const bool test_edges[TEST_STATUS_COUNT][TEST_STATUS_COUNT] = {
    [TEST_WAITING] = {[TEST_RUNNING] = true, [TEST_SKIPPED] = true, [TEST_ERROR] = true},
    [TEST_RUNNING] = {[TEST_PASSED] = true, [TEST_FAILED] = true, [TEST_ERROR] = true},
};

static const char *const rollback_names[ROLLBACK_STATE_COUNT] = {
    [ROLLBACK_NOT_ASKED] = "none",  [ROLLBACK_PENDING] = "pending", [ROLLBACK_DONE] = "done",
    [ROLLBACK_PARTIAL] = "partial", [ROLLBACK_FAILED] = "failed",
};

/* Values may come from disk: the ranges are checked, not trusted. */
const char *service_status_name(enum service_status s)
{
    return (size_t)s < SERVICE_STATUS_COUNT ? service_names[s] : "unknown";
}

const char *step_status_name(enum step_status s)
{
    return (size_t)s < STEP_STATUS_COUNT ? step_names[s] : "unknown";
}

const char *test_status_name(enum test_status s)
{
    return (size_t)s < TEST_STATUS_COUNT ? test_names[s] : "unknown";
}

const char *rollback_state_name(enum rollback_state s)
{
    return (size_t)s < ROLLBACK_STATE_COUNT ? rollback_names[s] : "unknown";
}

bool service_may_become(enum service_status from, enum service_status to)
{
    return (size_t)from < SERVICE_STATUS_COUNT && (size_t)to < SERVICE_STATUS_COUNT && service_edges[from][to];
}

bool step_may_become(enum step_status from, enum step_status to)
{
    return (size_t)from < STEP_STATUS_COUNT && (size_t)to < STEP_STATUS_COUNT && step_edges[from][to];
}

bool test_may_become(enum test_status from, enum test_status to)
{
    return (size_t)from < TEST_STATUS_COUNT && (size_t)to < TEST_STATUS_COUNT && test_edges[from][to];
}
