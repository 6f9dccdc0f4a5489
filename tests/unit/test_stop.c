#include <signal.h>

#include "init/base/exit_code.h"
#include "tests/unit/engine_rig.h"
#include "tests/unit/suites.h"

static struct rig r;
static struct node *redis, *backend, *frontend;

/* redis <- migrate <- backend <- gateway (not ours) <- frontend, all but the gateway run by us. */
static void setup(void)
{
    rig_init(&r);
    redis = rig_own(&r, "redis");
    struct node *migrate = rig_step(&r, "migrate");
    backend = rig_own(&r, "backend");
    struct node *gateway = rig_service(&r, "gateway");
    frontend = rig_own(&r, "frontend");
    redis->probed = backend->probed = frontend->probed = false;
    rig_need(&r, migrate, redis);
    rig_need(&r, backend, migrate);
    rig_need(&r, gateway, backend);
    rig_need(&r, frontend, gateway);
    rig_start(&r);
    rig_started(&r, redis);
    rig_exit(&r, migrate, 0);
    rig_started(&r, backend);
    rig_ok(&r, gateway);
}

static void teardown(void)
{
    rig_free(&r);
}

START_TEST(services_are_stopped_in_reverse_order)
{
    ck_assert_str_eq(rig_started(&r, frontend), "frontend=healthy, READY");
    ck_assert_str_eq(rig_stop(&r), "gateway=stopped, kill frontend 15");
    ck_assert_int_eq(engine_phase(r.engine), ENGINE_STOPPING);
    ck_assert(!engine_ready(r.engine));
    ck_assert_str_eq(rig_exit(&r, frontend, SIGTERM), "frontend=stopped, kill backend 15");
    ck_assert_str_eq(rig_stop(&r), "");
    ck_assert_str_eq(rig_exit(&r, backend, 0), "backend=stopped, kill redis 15");
    ck_assert_str_eq(rig_exit(&r, redis, 0), "redis=stopped, STOPPED");
    ck_assert_str_eq(rig_state(&r, redis)->why, "shutdown");
    ck_assert_int_eq(engine_exit_code(r.engine), 0);
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

START_TEST(one_that_ends_early_does_not_disturb_the_order)
{
    rig_started(&r, frontend);
    rig_stop(&r);
    ck_assert_str_eq(rig_exit(&r, backend, 0), "backend=stopped");
    ck_assert_str_eq(rig_exit(&r, frontend, 0), "frontend=stopped, kill redis 15");
    ck_assert_str_eq(rig_exit(&r, redis, 0), "redis=stopped, STOPPED");
}
END_TEST

START_TEST(one_that_does_not_end_is_killed_then_believed_lost)
{
    rig_started(&r, frontend);
    rig_stop(&r);
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(10));
    ck_assert_str_eq(rig_wake(&r), "kill frontend 9");
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(5));
    ck_assert_str_eq(rig_wake(&r), "frontend=stopped, kill backend 15");
    ck_assert_str_eq(rig_exit(&r, frontend, SIGKILL), "");
}
END_TEST

START_TEST(a_second_interrupt_kills_at_once)
{
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "FAILED 143, gateway=stopped, kill frontend 15");
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "kill redis 9, kill backend 9, kill frontend 9");
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "");
    rig_exit(&r, redis, SIGKILL);
    rig_exit(&r, frontend, SIGKILL);
    ck_assert_str_eq(rig_exit(&r, backend, SIGKILL), "backend=stopped, STOPPED");
    ck_assert_int_eq(engine_exit_code(r.engine), 143);
}
END_TEST

START_TEST(the_first_interrupt_while_stopping_is_patient)
{
    rig_started(&r, frontend);
    rig_stop(&r);
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "");
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "kill redis 9, kill backend 9, kill frontend 9");
    ck_assert_int_eq(engine_exit_code(r.engine), 0);
}
END_TEST

START_TEST(what_failed_stays_for_the_report_what_was_well_is_stopped)
{
    ck_assert_str_eq(rig_exit(&r, frontend, 1 << 8), "frontend=unhealthy, FAILED 69, gateway=stopped, kill backend 15");
    rig_exit(&r, backend, SIGTERM);
    ck_assert_str_eq(rig_exit(&r, redis, SIGTERM), "redis=stopped, STOPPED");
    ck_assert_int_eq(rig_state(&r, frontend)->status.service, SERVICE_UNHEALTHY);
    ck_assert_str_eq(rig_state(&r, frontend)->verdict.text, "its process exited with code 1");
}
END_TEST

START_TEST(after_a_plain_stop_everything_is_stopped)
{
    rig_started(&r, frontend);
    rig_exit(&r, frontend, 1 << 8);
    ck_assert_int_eq(rig_state(&r, frontend)->status.service, SERVICE_UNHEALTHY);
    ck_assert_str_eq(rig_stop(&r), "gateway=stopped, frontend=stopped, kill backend 15");
    /* The driver can still fail what is stopping well. */
    rig_event(&r, (struct engine_event){.kind = EVENT_FAIL, .exit_code = EXIT_NO_STATE});
    ck_assert_int_eq(engine_exit_code(r.engine), EXIT_NO_STATE);
}
END_TEST

START_TEST(running_steps_hold_what_they_use_until_they_end)
{
    rig_free(&r);
    rig_init(&r);
    redis = rig_own(&r, "redis");
    redis->probed = false;
    struct node *migrate = rig_step(&r, "migrate");
    rig_need(&r, migrate, redis);
    rig_start(&r);
    ck_assert_str_eq(rig_started(&r, redis), "redis=healthy, migrate=in_progress, run migrate");
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "FAILED 143, kill migrate 15");
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(2));
    ck_assert_str_eq(rig_wake(&r), "kill migrate 9");
    ck_assert_str_eq(rig_exit(&r, migrate, SIGKILL), "migrate=failed, kill redis 15");
    ck_assert_str_eq(rig_exit(&r, redis, 0), "redis=stopped, STOPPED");
}
END_TEST

START_TEST(a_step_whose_artifacts_are_being_measured_is_not_completed)
{
    rig_free(&r);
    rig_init(&r);
    struct node *a = rig_step(&r, "a");
    a->records = true;
    rig_start(&r);
    rig_exit(&r, a, 0);
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "FAILED 143, a=failed, STOPPED");
    ck_assert_str_eq(rig_recorded(&r, a, NULL), "");
}
END_TEST

Suite *suite_stop(void)
{
    Suite *s = suite_create("stop");
    TCase *t = tcase_create("stop");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, services_are_stopped_in_reverse_order);
    tcase_add_test(t, one_that_ends_early_does_not_disturb_the_order);
    tcase_add_test(t, one_that_does_not_end_is_killed_then_believed_lost);
    tcase_add_test(t, a_second_interrupt_kills_at_once);
    tcase_add_test(t, the_first_interrupt_while_stopping_is_patient);
    tcase_add_test(t, what_failed_stays_for_the_report_what_was_well_is_stopped);
    tcase_add_test(t, after_a_plain_stop_everything_is_stopped);
    tcase_add_test(t, running_steps_hold_what_they_use_until_they_end);
    tcase_add_test(t, a_step_whose_artifacts_are_being_measured_is_not_completed);
    suite_add_tcase(s, t);
    return s;
}
