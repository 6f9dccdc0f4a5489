/* The whole: order, readiness, deadline, interruption. Services, steps and stopping have files of their own. */
#include <signal.h>

#include "init/base/exit_code.h"
#include "tests/unit/engine_rig.h"
#include "tests/unit/suites.h"

static struct rig r;

static void setup(void)
{
    rig_init(&r);
}

static void teardown(void)
{
    rig_free(&r);
}

START_TEST(an_empty_roll_is_ready_at_once)
{
    ck_assert_str_eq(rig_start(&r), "READY");
    ck_assert(engine_ready(r.engine));
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
    ck_assert_str_eq(rig_stop(&r), "STOPPED");
    ck_assert_int_eq(engine_phase(r.engine), ENGINE_STOPPED);
}
END_TEST

START_TEST(independent_nodes_start_at_once_dependents_when_their_needs_are_satisfied)
{
    struct node *redis = rig_service(&r, "redis");
    struct node *install = rig_step(&r, "install");
    struct node *backend = rig_service(&r, "backend");
    rig_need(&r, backend, redis);
    rig_need(&r, backend, install);
    ck_assert_str_eq(rig_start(&r), "redis=starting, probe redis, install=in_progress, run install");
    uint16_t waits[4];
    ck_assert_uint_eq(engine_waits_for(r.engine, 2, waits, 4), 2);
    ck_assert_uint_eq(waits[0], 0);
    ck_assert_uint_eq(waits[1], 1);
    ck_assert_str_eq(rig_exit(&r, install, 0), "install=completed");
    ck_assert_uint_eq(engine_waits_for(r.engine, 2, waits, 4), 1);
    ck_assert_uint_eq(waits[0], 0);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, backend=starting, probe backend");
    ck_assert(!engine_ready(r.engine));
    ck_assert_str_eq(rig_ok(&r, backend), "backend=healthy, READY");
    ck_assert(engine_ready(r.engine));
    ck_assert_int_eq(engine_exit_code(r.engine), 0);
    ck_assert_str_eq(engine_reason(r.engine), "");
    ck_assert_uint_eq(engine_started_us(r.engine), SEC(1000));
    ck_assert_uint_eq(engine_ready_us(r.engine), r.now);
}
END_TEST

/* SVC-05, STP-08 */
START_TEST(inactive_nodes_hold_nobody_up)
{
    struct node *ws = rig_service(&r, "ws");
    struct node *old = rig_step(&r, "old");
    struct node *cloud = rig_test(&r, "cloud");
    struct node *app = rig_service(&r, "app");
    ws->inactive = true;
    ws->inactive_why = "not_configured";
    old->skipped = true;
    cloud->inactive = true;
    cloud->inactive_why = "environment";
    rig_need(&r, app, ws);
    rig_need(&r, app, old);
    rig_need(&r, app, cloud);
    ck_assert_str_eq(rig_start(&r), "ws=stopped, old=skipped, cloud=skipped, app=starting, probe app");
    ck_assert_str_eq(rig_state(&r, ws)->why, "not_configured");
    ck_assert_str_eq(rig_state(&r, old)->why, "manual");
    ck_assert_str_eq(rig_state(&r, cloud)->why, "environment");
    ck_assert_uint_gt(rig_state(&r, cloud)->ended_us, rig_state(&r, cloud)->called_us);
    ck_assert(engine_satisfied(r.engine, 0) && engine_satisfied(r.engine, 1) && engine_satisfied(r.engine, 2));
    ck_assert_str_eq(rig_ok(&r, app), "app=healthy, READY");
    ck_assert(engine_ready(r.engine));
}
END_TEST

START_TEST(optional_services_do_not_hold_readiness_jobs_do)
{
    struct node *redis = rig_service(&r, "redis");
    struct node *metrics = rig_service(&r, "metrics");
    struct node *look = rig_test(&r, "look");
    metrics->required = false;
    look->required = false;
    rig_need(&r, look, redis);
    ck_assert_str_eq(rig_start(&r), "redis=starting, probe redis, metrics=starting, probe metrics");
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, look=running, run look");
    ck_assert_str_eq(rig_exit(&r, look, 1 << 8), "look=failed, READY");
    ck_assert(engine_ready(r.engine));
    ck_assert_int_eq(rig_state(&r, redis)->status.service, SERVICE_HEALTHY);
    /* It goes on being brought up. */
    ck_assert_str_eq(rig_refused(&r, metrics), "metrics=unhealthy");
    ck_assert_str_eq(rig_wake(&r), "probe metrics");
    ck_assert_str_eq(rig_ok(&r, metrics), "metrics=healthy");
}
END_TEST

START_TEST(deadline_blames_what_was_being_called)
{
    static const struct {
        bool service, step, test;
        int exit_code;
        const char *actions;
    } cases[] = {
        {true, true, true, EXIT_DEPENDENCY,
         "cancel redis, redis=unhealthy, FAILED 69, late=stopped, kill build 15, kill smoke 15"},
        {false, true, true, EXIT_STEP_FAILED, "FAILED 76, late=stopped, kill build 15, kill smoke 15"},
        {false, false, true, EXIT_TEST_FAILED, "FAILED 77, late=stopped, kill smoke 15"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig_free(&r);
        rig_init(&r);
        r.options.deadline_us = SEC(300);
        struct node *redis = rig_service(&r, "redis");
        struct node *gate = rig_step(&r, "gate");
        struct node *late = rig_service(&r, "late");
        struct node *build = rig_step(&r, "build");
        struct node *smoke = rig_test(&r, "smoke");
        redis->inactive = !cases[i].service;
        redis->probe_timeout_us = SEC(1000);
        build->inactive = !cases[i].step;
        gate->inactive = true;
        rig_need(&r, late, cases[i].service ? redis : cases[i].step ? build : smoke);
        rig_start(&r);
        ck_assert_uint_eq(engine_wake(r.engine), SEC(1300));
        ck_assert_str_eq(rig_after(&r, SEC(300)), cases[i].actions);
        ck_assert_str_eq(engine_reason(r.engine), "deadline of 5 min passed");
        ck_assert_str_eq(rig_state(&r, late)->why, "dependency");
        if (cases[i].service) {
            ck_assert_str_eq(rig_state(&r, redis)->verdict.text, "no answer: deadline of 5 min passed");
        }
        if (cases[i].step) {
            rig_exit(&r, build, SIGTERM);
            ck_assert_str_eq(rig_state(&r, build)->verdict.text, "deadline of 5 min passed");
            ck_assert(rig_state(&r, build)->timed_out);
        }
        ck_assert_str_eq(rig_exit(&r, smoke, SIGTERM), "smoke=error, STOPPED");
    }
}
END_TEST

START_TEST(an_attempt_never_outlives_the_deadline)
{
    r.options.deadline_us = SEC(3);
    struct node *redis = rig_service(&r, "redis");
    rig_start(&r);
    ck_assert_uint_eq(r.timeout_us, SEC(3));
    r.now += SEC(2);
    rig_refused(&r, redis);
    rig_wake(&r);
    ck_assert_uint_lt(r.timeout_us, SEC(1));
    ck_assert_uint_gt(r.timeout_us, MS(900));
}
END_TEST

START_TEST(interrupt_ends_the_bring_up_only)
{
    struct node *redis = rig_service(&r, "redis");
    rig_start(&r);
    ck_assert_str_eq(rig_interrupt(&r, SIGINT), "FAILED 130, cancel redis, redis=stopped, STOPPED");
    ck_assert_int_eq(engine_exit_code(r.engine), 130);
    ck_assert_str_eq(engine_reason(r.engine), "received SIGINT");
    ck_assert_str_eq(rig_state(&r, redis)->why, "shutdown");
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);

    rig_free(&r);
    rig_init(&r);
    redis = rig_service(&r, "redis");
    rig_start(&r);
    rig_ok(&r, redis);
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "");
    ck_assert(engine_ready(r.engine));
}
END_TEST

START_TEST(the_driver_can_fail_the_run)
{
    struct engine_event fail = {.kind = EVENT_FAIL, .exit_code = EXIT_NO_STATE, .text = "disk full"};
    struct node *redis = rig_service(&r, "redis");
    rig_start(&r);
    rig_ok(&r, redis);
    ck_assert_str_eq(rig_event(&r, fail), "FAILED 73, redis=stopped, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "disk full");
    ck_assert_str_eq(rig_event(&r, fail), "");
}
END_TEST

START_TEST(events_that_make_no_sense_are_ignored)
{
    struct node *redis = rig_service(&r, "redis");
    struct node *step = rig_step(&r, "step");
    rig_start(&r);
    struct wire_verdict v = {.verdict = VERDICT_OK, .attempt = 99};
    for (int kind = EVENT_START; kind <= EVENT_NOTIFIED; kind++) {
        ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = kind, .node = 2, .verdict = &v}), "");
        ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = kind, .node = SIZE_MAX, .verdict = &v}), "");
    }
    ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = 77}), "");
    ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = EVENT_VERDICT, .verdict = &v}), "");
    ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = EVENT_VERDICT}), "");
    ck_assert_str_eq(rig_exit(&r, redis, 0), "");
    for (int kind = EVENT_VERIFIED; kind <= EVENT_ROLLED_BACK; kind++) {
        ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = kind, .node = 0, .ok = true}), "");
        ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = kind, .node = 1, .ok = true}), "");
        ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = kind, .node = 1}), "");
    }
    ck_assert_str_eq(rig_skip(&r, redis), "");
    ck_assert_str_eq(rig_started(&r, step), "");
    ck_assert_int_eq(rig_state(&r, redis)->status.service, SERVICE_STARTING);
    ck_assert_str_eq(rig_exit(&r, step, 0), "step=completed");
    ck_assert_str_eq(rig_exit(&r, step, 0), "");
}
END_TEST

START_TEST(events_while_actions_wait_leave_no_pointless_ones)
{
    struct node *own = rig_own(&r, "own");
    struct node *other = rig_service(&r, "other");
    struct engine_action a;
    r.engine = engine_new(&r.arena, &r.graph, &r.options);
    engine_handle(r.engine, &(struct engine_event){.kind = EVENT_START}, r.now);
    /* Nothing was taken yet: neither is started nor cancelled, there is nothing to wait for. */
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "own=stopped, other=stopped, FAILED 143, STOPPED");
    ck_assert(!engine_take(r.engine, &a));
    ck_assert(!rig_state(&r, own)->running);
    ck_assert(!rig_state(&r, other)->probing);
}
END_TEST

Suite *suite_engine(void)
{
    Suite *s = suite_create("engine");
    TCase *t = tcase_create("engine");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_empty_roll_is_ready_at_once);
    tcase_add_test(t, independent_nodes_start_at_once_dependents_when_their_needs_are_satisfied);
    tcase_add_test(t, inactive_nodes_hold_nobody_up);
    tcase_add_test(t, optional_services_do_not_hold_readiness_jobs_do);
    tcase_add_test(t, deadline_blames_what_was_being_called);
    tcase_add_test(t, an_attempt_never_outlives_the_deadline);
    tcase_add_test(t, interrupt_ends_the_bring_up_only);
    tcase_add_test(t, the_driver_can_fail_the_run);
    tcase_add_test(t, events_that_make_no_sense_are_ignored);
    tcase_add_test(t, events_while_actions_wait_leave_no_pointless_ones);
    suite_add_tcase(s, t);
    return s;
}
