/* Steps and tests. */
#include <errno.h>
#include <signal.h>

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

START_TEST(a_step_is_told_before_it_runs_and_before_what_follows)
{
    struct node *a = rig_step(&r, "a");
    struct node *b = rig_step(&r, "b");
    rig_need(&r, b, a);
    ck_assert_str_eq(rig_start(&r), "a=in_progress, run a");
    r.now += MS(5);
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed, b=in_progress, run b");
    ck_assert_uint_eq(rig_state(&r, a)->called_us, SEC(1000));
    ck_assert_uint_eq(rig_state(&r, a)->ended_us, r.now);
    /* One that takes no time at all still ends after it began. */
    ck_assert_str_eq(rig_exit(&r, b, 0), "b=completed, READY");
    ck_assert_uint_gt(rig_state(&r, b)->ended_us, rig_state(&r, b)->called_us);
}
END_TEST

START_TEST(artifacts_are_measured_before_the_step_is_completed)
{
    struct node *a = rig_step(&r, "a");
    a->records = true;
    a->timeout_us = SEC(1);
    rig_start(&r);
    ck_assert_str_eq(rig_exit(&r, a, 0), "record a");
    ck_assert_int_eq(rig_state(&r, a)->status.step, STEP_IN_PROGRESS);
    /* The timeout is the command's, not the measuring's. */
    ck_assert_str_eq(rig_after(&r, SEC(60)), "");
    ck_assert_str_eq(rig_recorded(&r, a, NULL), "a=completed, READY");
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

START_TEST(artifacts_that_are_not_as_declared_fail_the_step)
{
    struct node *a = rig_step(&r, "a");
    a->records = true;
    rig_start(&r);
    rig_exit(&r, a, 0);
    ck_assert_str_eq(rig_recorded(&r, a, "/x is not there"), "a=failed, FAILED 76, STOPPED");
    ck_assert_str_eq(rig_state(&r, a)->verdict.text, "/x is not there");
}
END_TEST

START_TEST(measuring_artifacts_has_an_end)
{
    struct node *a = rig_step(&r, "a");
    a->records = true;
    rig_start(&r);
    rig_exit(&r, a, 0);
    ck_assert_str_eq(rig_wake(&r), "a=failed, FAILED 76, STOPPED");
    ck_assert_str_eq(rig_state(&r, a)->verdict.text, "measuring its artifacts timed out after 10 min");
}
END_TEST

/* STP-09 */
START_TEST(a_failed_step_ends_the_run_and_the_other_steps)
{
    static const struct {
        int wait_status, exec_errno;
        const char *text;
    } cases[] = {
        {3 << 8, 0, "exited with code 3"},
        {SIGSEGV, 0, "was killed by SIGSEGV"},
        {0, EACCES, "cannot start: Permission denied"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig_free(&r);
        rig_init(&r);
        struct node *a = rig_step(&r, "a");
        struct node *b = rig_step(&r, "b");
        struct node *other = rig_step(&r, "other");
        rig_need(&r, b, a);
        rig_start(&r);
        ck_assert_str_eq(cases[i].exec_errno != 0 ? rig_unstartable(&r, a, cases[i].exec_errno)
                                                  : rig_exit(&r, a, cases[i].wait_status),
                         "a=failed, FAILED 76, kill other 15");
        ck_assert_str_eq(rig_state(&r, a)->verdict.text, cases[i].text);
        ck_assert_int_eq(rig_state(&r, b)->status.step, STEP_PENDING);
        ck_assert_str_eq(rig_exit(&r, other, 0), "other=failed, STOPPED");
        ck_assert_str_eq(rig_state(&r, other)->verdict.text, "interrupted");
        uint16_t waits[2];
        ck_assert_uint_eq(engine_waits_for(r.engine, 1, waits, 2), 1);
    }
}
END_TEST

START_TEST(a_step_that_takes_too_long_is_terminated_then_killed)
{
    struct node *a = rig_step(&r, "a");
    a->timeout_us = SEC(30);
    rig_start(&r);
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(30));
    ck_assert_str_eq(rig_wake(&r), "kill a 15");
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(2));
    ck_assert_str_eq(rig_wake(&r), "kill a 9");
    ck_assert_str_eq(rig_exit(&r, a, SIGKILL), "a=failed, FAILED 76, STOPPED");
    ck_assert_str_eq(rig_state(&r, a)->verdict.text, "timed out after 30 s");
    ck_assert_str_eq(engine_reason(r.engine), "step a failed: timed out after 30 s");
    ck_assert(rig_state(&r, a)->timed_out);
}
END_TEST

/* TST-03 */
START_TEST(a_test_that_could_not_run_is_an_error_not_a_failure)
{
    static const struct {
        int wait_status, exec_errno;
        enum test_status status;
    } cases[] = {
        {0, 0, TEST_PASSED},
        {1 << 8, 0, TEST_FAILED},
        {SIGSEGV, 0, TEST_ERROR},
        {0, ENOENT, TEST_ERROR},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig_free(&r);
        rig_init(&r);
        struct node *smoke = rig_test(&r, "smoke");
        smoke->required = false;
        ck_assert_str_eq(rig_start(&r), "smoke=running, run smoke");
        if (cases[i].exec_errno != 0) {
            rig_unstartable(&r, smoke, cases[i].exec_errno);
        } else {
            rig_exit(&r, smoke, cases[i].wait_status);
        }
        ck_assert_int_eq(rig_state(&r, smoke)->status.test, cases[i].status);
        ck_assert(engine_satisfied(r.engine, 0));
        ck_assert(engine_ready(r.engine));
    }
}
END_TEST

START_TEST(a_test_by_probe_makes_one_attempt)
{
    static const struct {
        enum verdict_class verdict;
        enum test_status status;
    } cases[] = {
        {VERDICT_OK, TEST_PASSED},     {VERDICT_REFUSED, TEST_FAILED}, {VERDICT_STATUS, TEST_FAILED},
        {VERDICT_TIMEOUT, TEST_ERROR}, {VERDICT_INTERNAL, TEST_ERROR},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig_free(&r);
        rig_init(&r);
        struct node *smoke = rig_test(&r, "smoke");
        smoke->required = false;
        smoke->runs = false;
        smoke->probed = true;
        smoke->timeout_us = SEC(3);
        ck_assert_str_eq(rig_start(&r), "smoke=running, probe smoke");
        ck_assert_uint_eq(r.timeout_us, SEC(3));
        rig_verdict(&r, smoke, cases[i].verdict);
        ck_assert_int_eq(rig_state(&r, smoke)->status.test, cases[i].status);
        ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
    }
}
END_TEST

START_TEST(a_test_by_probe_without_an_answer_is_an_error)
{
    struct node *smoke = rig_test(&r, "smoke");
    smoke->runs = false;
    smoke->probed = true;
    rig_start(&r);
    ck_assert_str_eq(rig_wake(&r), "cancel smoke, smoke=error, FAILED 77, STOPPED");
    ck_assert(rig_state(&r, smoke)->timed_out);
}
END_TEST

/* REL-02 */
START_TEST(a_blocking_test_counts_for_its_services)
{
    struct node *redis = rig_service(&r, "redis");
    struct node *web = rig_service(&r, "web");
    struct node *smoke = rig_test(&r, "smoke");
    rig_need(&r, smoke, web);
    rig_start(&r);
    rig_ok(&r, redis);
    ck_assert_str_eq(rig_ok(&r, web), "web=healthy, smoke=running, run smoke");
    ck_assert_str_eq(rig_exit(&r, smoke, 1 << 8), "smoke=failed, web=unhealthy, FAILED 77, redis=stopped, STOPPED");
    ck_assert_str_eq(rig_state(&r, web)->verdict.text, "test smoke failed");
    ck_assert_uint_eq(rig_state(&r, web)->verdict.verdict, VERDICT_TEST);
    ck_assert(rig_state(&r, web)->failed_by_test);
    ck_assert(!rig_state(&r, redis)->failed_by_test);
    ck_assert_str_eq(engine_reason(r.engine), "test smoke failed: exited with code 1");
}
END_TEST

Suite *suite_step(void)
{
    Suite *s = suite_create("step");
    TCase *t = tcase_create("step");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_step_is_told_before_it_runs_and_before_what_follows);
    tcase_add_test(t, artifacts_are_measured_before_the_step_is_completed);
    tcase_add_test(t, artifacts_that_are_not_as_declared_fail_the_step);
    tcase_add_test(t, measuring_artifacts_has_an_end);
    tcase_add_test(t, a_failed_step_ends_the_run_and_the_other_steps);
    tcase_add_test(t, a_step_that_takes_too_long_is_terminated_then_killed);
    tcase_add_test(t, a_test_that_could_not_run_is_an_error_not_a_failure);
    tcase_add_test(t, a_test_by_probe_makes_one_attempt);
    tcase_add_test(t, a_test_by_probe_without_an_answer_is_an_error);
    tcase_add_test(t, a_blocking_test_counts_for_its_services);
    suite_add_tcase(s, t);
    return s;
}
