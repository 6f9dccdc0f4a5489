/* How many steps are done at the same time. */
#include "tests/unit/engine_rig.h"
#include "tests/unit/suites.h"

static struct rig r;
static struct node *a, *b, *c;

static void setup(void)
{
    rig_init(&r);
    a = rig_step(&r, "a");
    b = rig_step(&r, "b");
    c = rig_step(&r, "c");
    r.options.parallel = 1;
}

static void teardown(void)
{
    rig_free(&r);
}

START_TEST(without_a_limit_all_begin_at_once)
{
    r.options.parallel = 0;
    ck_assert_str_eq(rig_start(&r), "a=in_progress, run a, b=in_progress, run b, c=in_progress, run c");
}
END_TEST

START_TEST(no_more_than_there_are_places_and_the_rest_in_order)
{
    r.options.parallel = 2;
    struct node *d = rig_step(&r, "d");
    ck_assert_str_eq(rig_start(&r), "a=in_progress, run a, b=in_progress, run b");
    ck_assert_str_eq(rig_exit(&r, b, 0), "b=completed, c=in_progress, run c");
    ck_assert_int_eq(rig_state(&r, d)->status.step, STEP_PENDING);
    ck_assert_str_eq(rig_exit(&r, c, 0), "c=completed, d=in_progress, run d");
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed");
    ck_assert_str_eq(rig_exit(&r, d, 0), "d=completed, READY");
}
END_TEST

START_TEST(whoever_comes_later_does_not_jump_the_line)
{
    struct node *d = rig_step(&r, "d");
    rig_need(&r, d, a);
    ck_assert_str_eq(rig_start(&r), "a=in_progress, run a");
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed, b=in_progress, run b");
    ck_assert_str_eq(rig_exit(&r, b, 0), "b=completed, c=in_progress, run c");
    ck_assert_str_eq(rig_exit(&r, c, 0), "c=completed, d=in_progress, run d");
}
END_TEST

START_TEST(a_step_keeps_its_place_from_preparing_to_measuring)
{
    a->prepares = a->records = true;
    ck_assert_str_eq(rig_start(&r), "a=in_progress, prepare a");
    ck_assert_str_eq(rig_prepared(&r, a, NULL), "run a");
    ck_assert_str_eq(rig_exit(&r, a, 0), "record a");
    ck_assert_str_eq(rig_recorded(&r, a, NULL), "a=completed, b=in_progress, run b");
}
END_TEST

START_TEST(between_two_attempts_the_place_is_free)
{
    a->attempt_max = 2;
    rig_start(&r);
    ck_assert_str_eq(rig_exit(&r, a, 1 << 8), "a=failed, b=in_progress, run b");
    /* The pause is over; it has to wait for a place, behind those that did before. */
    ck_assert_str_eq(rig_wake(&r), "");
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
    ck_assert_str_eq(rig_exit(&r, b, 0), "b=completed, c=in_progress, run c");
    ck_assert_int_eq(rig_state(&r, a)->status.step, STEP_FAILED);
    ck_assert_str_eq(rig_exit(&r, c, 0), "c=completed, a=in_progress, run a");
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed, READY");
}
END_TEST

START_TEST(services_tests_and_verifying_need_no_place)
{
    struct node *redis = rig_own(&r, "redis");
    struct node *smoke = rig_test(&r, "smoke");
    rig_past(&r, b, STEP_COMPLETED, 1)->verify = true;
    rig_past(&r, c, STEP_COMPLETED, 1)->verify = true;
    rig_need(&r, smoke, redis);
    ck_assert_str_eq(rig_start(&r), "a=in_progress, run a, verify b, verify c, redis=starting, run redis");
    rig_started(&r, redis);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, smoke=running, run smoke");
    ck_assert_str_eq(rig_verified(&r, c, NULL), "c=completed cached");
}
END_TEST

START_TEST(skipped_ones_leave_the_line)
{
    rig_start(&r);
    ck_assert_str_eq(rig_skip(&r, b), "b=skipped");
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed, c=in_progress, run c");
    ck_assert_str_eq(rig_exit(&r, c, 0), "c=completed, READY");
}
END_TEST

START_TEST(one_whose_service_is_gone_comes_back_with_it)
{
    struct node *redis = rig_notifier(&r, "redis");
    rig_need(&r, b, redis);
    ck_assert_str_eq(rig_start(&r), "a=in_progress, run a, redis=starting, run redis");
    rig_skip(&r, c);
    rig_started(&r, redis);
    ck_assert_str_eq(rig_notified(&r, redis, true), "redis=healthy");
    ck_assert_str_eq(rig_notified(&r, redis, false), "redis=unhealthy");
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed");
    ck_assert_str_eq(rig_notified(&r, redis, true), "redis=healthy, b=in_progress, run b");
}
END_TEST

START_TEST(nobody_in_line_begins_when_the_run_has_failed)
{
    rig_start(&r);
    ck_assert_str_eq(rig_exit(&r, a, 1 << 8), "a=failed, FAILED 76, STOPPED");
    ck_assert_int_eq(rig_state(&r, b)->status.step, STEP_PENDING);
}
END_TEST

Suite *suite_line(void)
{
    Suite *s = suite_create("line");
    TCase *t = tcase_create("line");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, without_a_limit_all_begin_at_once);
    tcase_add_test(t, no_more_than_there_are_places_and_the_rest_in_order);
    tcase_add_test(t, whoever_comes_later_does_not_jump_the_line);
    tcase_add_test(t, a_step_keeps_its_place_from_preparing_to_measuring);
    tcase_add_test(t, between_two_attempts_the_place_is_free);
    tcase_add_test(t, services_tests_and_verifying_need_no_place);
    tcase_add_test(t, skipped_ones_leave_the_line);
    tcase_add_test(t, one_whose_service_is_gone_comes_back_with_it);
    tcase_add_test(t, nobody_in_line_begins_when_the_run_has_failed);
    suite_add_tcase(s, t);
    return s;
}
