/* Steps that are skipped: before the run, during it, and with what that means for others. */
#include <signal.h>

#include "init/base/exit_code.h"
#include "tests/unit/engine_rig.h"
#include "tests/unit/suites.h"

static struct rig r;
static struct node *a, *b;

/* b needs a. */
static void setup(void)
{
    rig_init(&r);
    a = rig_step(&r, "a");
    b = rig_step(&r, "b");
    rig_need(&r, b, a);
}

static void teardown(void)
{
    rig_free(&r);
}

static void again(void)
{
    teardown();
    setup();
}

/* STP-08 */
START_TEST(a_skipped_step_counts_as_done)
{
    a->skipped = true;
    ck_assert_str_eq(rig_start(&r), "a=skipped, b=in_progress, run b");
    ck_assert_str_eq(rig_state(&r, a)->why, "manual");
}
END_TEST

START_TEST(one_that_does_not_count_as_done_fails_the_run)
{
    a->skipped = true;
    a->skip_satisfies = false;
    ck_assert_str_eq(rig_start(&r), "a=skipped, FAILED 76, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "step b needs step a, which was skipped");
    ck_assert_int_eq(rig_state(&r, b)->status.step, STEP_PENDING);
    uint16_t waits[2];
    ck_assert_uint_eq(engine_waits_for(r.engine, 1, waits, 2), 1);
    ck_assert_uint_eq(waits[0], 0);

    again();
    a->skip_satisfies = false;
    rig_past(&r, a, STEP_SKIPPED, 0);
    ck_assert_str_eq(rig_start(&r), "FAILED 76, STOPPED");
}
END_TEST

START_TEST(one_that_nobody_waits_for_may_be_skipped)
{
    a->skipped = b->skipped = true;
    a->skip_satisfies = b->skip_satisfies = false;
    ck_assert_str_eq(rig_start(&r), "a=skipped, b=skipped, READY");

    again();
    a->skip_satisfies = false;
    a->skipped = true;
    rig_past(&r, a, STEP_COMPLETED, 1);
    rig_past(&r, b, STEP_COMPLETED, 1);
    ck_assert_str_eq(rig_start(&r), "a=skipped, b=completed cached, READY");
}
END_TEST

START_TEST(services_and_tests_that_need_it_do_not_come_up_either)
{
    b->inactive = true;
    a->skipped = true;
    a->skip_satisfies = false;
    struct node *extra = rig_service(&r, "extra");
    struct node *look = rig_test(&r, "look");
    extra->required = look->required = false;
    rig_need(&r, extra, a);
    rig_need(&r, look, a);
    ck_assert_str_eq(rig_start(&r), "a=skipped, b=skipped, extra=stopped, look=error, READY");
    ck_assert_str_eq(rig_state(&r, extra)->why, "dependency");
    ck_assert_str_eq(rig_state(&r, look)->verdict.text, "step a was skipped");

    again();
    b->inactive = true;
    a->skipped = true;
    a->skip_satisfies = false;
    extra = rig_service(&r, "extra");
    struct node *app = rig_service(&r, "app");
    extra->required = false;
    rig_need(&r, extra, a);
    rig_need(&r, app, extra);
    ck_assert_str_eq(rig_start(&r), "a=skipped, b=skipped, extra=stopped, app=stopped, FAILED 76, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "service app needs step a, which was skipped");
}
END_TEST

START_TEST(a_pending_step_is_skipped_at_once)
{
    rig_start(&r);
    ck_assert_str_eq(rig_skip(&r, b), "b=skipped");
    ck_assert_str_eq(rig_state(&r, b)->why, "manual");
    ck_assert_str_eq(rig_skip(&r, b), "");
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed, READY");
}
END_TEST

START_TEST(a_running_step_is_ended_first)
{
    rig_start(&r);
    ck_assert_str_eq(rig_skip(&r, a), "kill a 15");
    ck_assert_int_eq(rig_state(&r, a)->status.step, STEP_IN_PROGRESS);
    ck_assert_str_eq(rig_skip(&r, a), "");
    ck_assert_str_eq(rig_wake(&r), "kill a 9");
    ck_assert_str_eq(rig_exit(&r, a, SIGKILL), "a=skipped, b=in_progress, run b");
    ck_assert(!rig_state(&r, a)->timed_out);

    /* Even if it ends well, or took too long. */
    again();
    a->timeout_us = SEC(1);
    rig_start(&r);
    ck_assert_str_eq(rig_wake(&r), "kill a 15");
    ck_assert_str_eq(rig_skip(&r, a), "");
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=skipped, b=in_progress, run b");

    /* Even if the run ends meanwhile. */
    again();
    rig_start(&r);
    rig_skip(&r, a);
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "FAILED 143");
    ck_assert_str_eq(rig_exit(&r, a, SIGTERM), "a=skipped, STOPPED");
}
END_TEST

START_TEST(what_has_no_process_needs_no_ending)
{
    a->prepares = true;
    rig_start(&r);
    ck_assert_str_eq(rig_skip(&r, a), "a=skipped, b=in_progress, run b");
    ck_assert_str_eq(rig_prepared(&r, a, NULL), "");

    again();
    a->records = true;
    rig_start(&r);
    rig_exit(&r, a, 0);
    ck_assert_str_eq(rig_skip(&r, a), "a=skipped, b=in_progress, run b");
    ck_assert_str_eq(rig_recorded(&r, a, NULL), "");

    again();
    a->attempt_max = 2;
    rig_start(&r);
    rig_exit(&r, a, 1 << 8);
    ck_assert_str_eq(rig_skip(&r, a), "a=skipped, b=in_progress, run b");
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
    ck_assert_str_eq(rig_exit(&r, b, 0), "b=completed, READY");
}
END_TEST

START_TEST(what_is_completed_may_be_skipped_too)
{
    rig_past(&r, a, STEP_COMPLETED, 1)->verify = true;
    rig_start(&r);
    ck_assert_str_eq(rig_skip(&r, a), "a=skipped, b=in_progress, run b");
    ck_assert_str_eq(rig_verified(&r, a, "/x was changed"), "");
    ck_assert_str_eq(rig_exit(&r, b, 0), "b=completed, READY");
    ck_assert_str_eq(rig_skip(&r, b), "b=skipped");
    ck_assert(engine_ready(r.engine));
}
END_TEST

START_TEST(skipping_what_others_need_done_fails_the_run)
{
    a->skip_satisfies = false;
    rig_start(&r);
    rig_skip(&r, a);
    ck_assert_str_eq(rig_exit(&r, a, SIGTERM), "a=skipped, FAILED 76, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "step b needs step a, which was skipped");

    /* It did not have to be done again, but then it had. */
    again();
    a->skip_satisfies = false;
    rig_past(&r, a, STEP_COMPLETED, 1);
    rig_past(&r, b, STEP_COMPLETED, 1)->verify = true;
    ck_assert_str_eq(rig_start(&r), "a=completed cached, verify b");
    ck_assert_str_eq(rig_skip(&r, a), "a=skipped");
    ck_assert_str_eq(rig_verified(&r, b, "/x was changed"), "b=pending, FAILED 76, STOPPED");
}
END_TEST

START_TEST(nothing_is_skipped_while_stopping)
{
    struct node *redis = rig_own(&r, "redis");
    rig_start(&r);
    rig_started(&r, redis);
    rig_exit(&r, a, 1 << 8);
    ck_assert_str_eq(rig_skip(&r, a), "");
    ck_assert_str_eq(rig_skip(&r, b), "");
    ck_assert_int_eq(rig_state(&r, a)->status.step, STEP_FAILED);
}
END_TEST

Suite *suite_skip(void)
{
    Suite *s = suite_create("skip");
    TCase *t = tcase_create("skip");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_skipped_step_counts_as_done);
    tcase_add_test(t, one_that_does_not_count_as_done_fails_the_run);
    tcase_add_test(t, one_that_nobody_waits_for_may_be_skipped);
    tcase_add_test(t, services_and_tests_that_need_it_do_not_come_up_either);
    tcase_add_test(t, a_pending_step_is_skipped_at_once);
    tcase_add_test(t, a_running_step_is_ended_first);
    tcase_add_test(t, what_has_no_process_needs_no_ending);
    tcase_add_test(t, what_is_completed_may_be_skipped_too);
    tcase_add_test(t, skipping_what_others_need_done_fails_the_run);
    tcase_add_test(t, nothing_is_skipped_while_stopping);
    suite_add_tcase(s, t);
    return s;
}
