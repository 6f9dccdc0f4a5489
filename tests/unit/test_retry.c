/* Steps that are attempted again. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tests/unit/engine_rig.h"
#include "tests/unit/suites.h"

static struct rig r;
static struct node *a;

static void setup(void)
{
    rig_init(&r);
    a = rig_step(&r, "a");
    a->attempt_max = 3;
    a->attempt_pause_us = SEC(1);
    a->attempt_pause_max_us = SEC(60);
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

/* STP-07: the engine sees no clock but the monotonic one. */
START_TEST(it_fails_twice_then_succeeds)
{
    a->prepares = true;
    ck_assert_str_eq(rig_start(&r), "a=in_progress, prepare a");
    ck_assert_str_eq(rig_prepared(&r, a, NULL), "run a");
    ck_assert_str_eq(rig_exit(&r, a, 1 << 8), "a=failed");
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(1));
    ck_assert_str_eq(rig_wake(&r), "a=in_progress, prepare a");
    ck_assert_str_eq(rig_prepared(&r, a, NULL), "run a");
    ck_assert_uint_eq(rig_state(&r, a)->attempts, 2);
    ck_assert_str_eq(rig_exit(&r, a, 2 << 8), "a=failed");
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(2));
    ck_assert_str_eq(rig_after(&r, SEC(1)), "");
    ck_assert_str_eq(rig_wake(&r), "a=in_progress, prepare a");
    ck_assert_str_eq(rig_prepared(&r, a, NULL), "run a");
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed, READY");
    ck_assert_uint_eq(rig_state(&r, a)->attempts, 3);
    ck_assert_uint_eq(rig_state(&r, a)->verdict.verdict, VERDICT_OK);
    ck_assert_int_eq(rig_state(&r, a)->wait_status, 0);
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

START_TEST(without_attempts_left_it_fails_the_run)
{
    rig_start(&r);
    rig_exit(&r, a, 1 << 8);
    rig_wake(&r);
    rig_exit(&r, a, 1 << 8);
    rig_wake(&r);
    ck_assert_str_eq(rig_exit(&r, a, 9 << 8), "a=failed, FAILED 76, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "step a failed after 3 attempts: exited with code 9");
}
END_TEST

START_TEST(the_pause_doubles_up_to_its_maximum)
{
    static const uint64_t pauses[] = {SEC(1), SEC(2), SEC(4), SEC(5), SEC(5)};
    a->attempt_max = 10;
    a->attempt_pause_max_us = SEC(5);
    rig_start(&r);
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        rig_exit(&r, a, 1 << 8);
        ck_assert_uint_eq(engine_wake(r.engine), r.now + pauses[i]);
        ck_assert_str_eq(rig_wake(&r), "a=in_progress, run a");
    }
}
END_TEST

START_TEST(without_a_pause_it_is_not_hot_and_jitter_spreads_it)
{
    a->attempt_pause_us = 0;
    rig_start(&r);
    rig_exit(&r, a, 1 << 8);
    ck_assert_uint_eq(engine_wake(r.engine), r.now + MS(5));

    again();
    a->attempt_max = 100;
    a->attempt_pause_us = a->attempt_pause_max_us = SEC(10);
    a->jitter = 20;
    rig_start(&r);
    bool early = false;
    bool late = false;
    for (int i = 0; i < 50; i++) {
        rig_exit(&r, a, 1 << 8);
        uint64_t pause = engine_wake(r.engine) - r.now;
        ck_assert(pause >= SEC(8) && pause <= SEC(12));
        early |= pause < SEC(9);
        late |= pause > SEC(11);
        rig_wake(&r);
    }
    ck_assert(early && late);
}
END_TEST

START_TEST(what_is_attempted_again_depends_on_how_it_ended)
{
    static const uint8_t exits[] = {3, 75};
    static const struct {
        int wait_status, exec_errno;
        bool listed, again;
    } cases[] = {
        {1 << 8, 0, false, true},  {SIGSEGV, 0, false, true}, {0, EACCES, false, true}, {0, EAGAIN, false, true},
        {0, ENOENT, false, false}, {3 << 8, 0, true, true},   {75 << 8, 0, true, true}, {1 << 8, 0, true, false},
        {SIGSEGV, 0, true, false}, {0, EAGAIN, true, false},  {3, 0, true, false},      {0, ENOENT, true, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        again();
        a->retry_exits = exits;
        a->retry_exit_count = cases[i].listed ? 2 : 0;
        rig_start(&r);
        const char *told = cases[i].exec_errno != 0 ? rig_unstartable(&r, a, cases[i].exec_errno)
                                                    : rig_exit(&r, a, cases[i].wait_status);
        ck_assert_msg(strcmp(told, cases[i].again ? "a=failed" : "a=failed, FAILED 76, STOPPED") == 0, "%zu: %s", i,
                      told);
    }
}
END_TEST

START_TEST(timeouts_and_artifacts_that_are_not_as_declared_are_attempted_again_unless_exits_are_listed)
{
    static const uint8_t exits[] = {0, 1};
    for (size_t listed = 0; listed < 2; listed++) {
        const char *expected = listed > 0 ? "a=failed, FAILED 76, STOPPED" : "a=failed";
        again();
        a->timeout_us = SEC(1);
        a->retry_exits = exits;
        a->retry_exit_count = 2 * listed;
        rig_start(&r);
        ck_assert_str_eq(rig_wake(&r), "kill a 15");
        ck_assert_str_eq(rig_exit(&r, a, 0), expected);
        ck_assert(rig_state(&r, a)->timed_out);
        again();
        a->records = true;
        a->retry_exits = exits;
        a->retry_exit_count = 2 * listed;
        rig_start(&r);
        rig_exit(&r, a, 0);
        ck_assert_str_eq(rig_recorded(&r, a, "/x is not there"), expected);
    }
}
END_TEST

/* The second attempt is ended as gently as the first one. */
START_TEST(each_attempt_has_its_own_timeout_and_grace)
{
    a->timeout_us = SEC(1);
    rig_start(&r);
    rig_wake(&r);
    ck_assert_str_eq(rig_wake(&r), "kill a 9");
    ck_assert_str_eq(rig_exit(&r, a, SIGKILL), "a=failed");
    ck_assert_str_eq(rig_wake(&r), "a=in_progress, run a");
    ck_assert(!rig_state(&r, a)->timed_out);
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(1));
    ck_assert_str_eq(rig_wake(&r), "kill a 15");
    ck_assert_str_eq(rig_wake(&r), "kill a 9");
}
END_TEST

START_TEST(a_process_that_could_not_be_ended_is_not_joined_by_another)
{
    a->timeout_us = SEC(1);
    rig_start(&r);
    ck_assert_str_eq(rig_wake(&r), "kill a 15");
    ck_assert_str_eq(rig_wake(&r), "kill a 9");
    ck_assert_str_eq(rig_wake(&r), "a=failed, FAILED 76, STOPPED");
}
END_TEST

START_TEST(all_attempts_together_have_a_limit)
{
    /* It would begin too late. */
    a->attempts_timeout_us = SEC(1);
    rig_start(&r);
    ck_assert_str_eq(rig_exit(&r, a, 1 << 8), "a=failed, FAILED 76, STOPPED");

    /* It is cut short. */
    again();
    a->attempts_timeout_us = SEC(5);
    a->timeout_us = SEC(4);
    rig_start(&r);
    r.now += SEC(2);
    rig_exit(&r, a, 1 << 8);
    ck_assert_str_eq(rig_wake(&r), "a=in_progress, run a");
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(2));
    ck_assert_str_eq(rig_wake(&r), "kill a 15");
    ck_assert_str_eq(rig_exit(&r, a, SIGTERM), "a=failed, FAILED 76, STOPPED");
    ck_assert_str_eq(rig_state(&r, a)->verdict.text, "timed out: all attempts together took longer than 5 s");
    ck_assert(rig_state(&r, a)->timed_out);

    /* Preparing took what was left of it. */
    again();
    a->prepares = true;
    a->attempts_timeout_us = SEC(5);
    rig_start(&r);
    r.now += SEC(5);
    ck_assert_str_eq(rig_prepared(&r, a, NULL), "a=failed, FAILED 76, STOPPED");

    /* There is no place for it in time. */
    again();
    r.options.parallel = 1;
    a->attempts_timeout_us = SEC(5);
    struct node *b = rig_step(&r, "b");
    rig_start(&r);
    ck_assert_str_eq(rig_exit(&r, a, 1 << 8), "a=failed, b=in_progress, run b");
    ck_assert_str_eq(rig_wake(&r), "");
    r.now += SEC(4);
    ck_assert_str_eq(rig_exit(&r, b, 0), "b=completed, FAILED 76, STOPPED");
    ck_assert_int_eq(rig_state(&r, a)->status.step, STEP_FAILED);
}
END_TEST

START_TEST(the_run_may_end_during_the_pause)
{
    struct node *redis = rig_own(&r, "redis");
    rig_need(&r, a, redis);
    rig_start(&r);
    rig_started(&r, redis);
    rig_ok(&r, redis);
    ck_assert_str_eq(rig_exit(&r, a, 1 << 8), "a=failed");
    ck_assert(!engine_ready(r.engine));
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "FAILED 143, kill redis 15");
    ck_assert_str_eq(rig_state(&r, a)->verdict.text, "exited with code 1");
    ck_assert_str_eq(rig_exit(&r, redis, 0), "redis=stopped, STOPPED");
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);

    again();
    r.options.deadline_us = MS(500);
    rig_start(&r);
    rig_exit(&r, a, 1 << 8);
    ck_assert_str_eq(rig_wake(&r), "FAILED 76, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "deadline of 500 ms passed");
    ck_assert_int_eq(rig_state(&r, a)->status.step, STEP_FAILED);
}
END_TEST

START_TEST(what_needs_it_waits_meanwhile)
{
    struct node *b = rig_step(&r, "b");
    rig_need(&r, b, a);
    rig_start(&r);
    rig_exit(&r, a, 1 << 8);
    uint16_t waits[2];
    ck_assert_uint_eq(engine_waits_for(r.engine, 1, waits, 2), 1);
    ck_assert_int_eq(rig_state(&r, b)->status.step, STEP_PENDING);
    rig_wake(&r);
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed, b=in_progress, run b");
}
END_TEST

Suite *suite_retry(void)
{
    Suite *s = suite_create("retry");
    TCase *t = tcase_create("retry");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, it_fails_twice_then_succeeds);
    tcase_add_test(t, without_attempts_left_it_fails_the_run);
    tcase_add_test(t, the_pause_doubles_up_to_its_maximum);
    tcase_add_test(t, without_a_pause_it_is_not_hot_and_jitter_spreads_it);
    tcase_add_test(t, what_is_attempted_again_depends_on_how_it_ended);
    tcase_add_test(t, timeouts_and_artifacts_that_are_not_as_declared_are_attempted_again_unless_exits_are_listed);
    tcase_add_test(t, each_attempt_has_its_own_timeout_and_grace);
    tcase_add_test(t, a_process_that_could_not_be_ended_is_not_joined_by_another);
    tcase_add_test(t, all_attempts_together_have_a_limit);
    tcase_add_test(t, the_run_may_end_during_the_pause);
    tcase_add_test(t, what_needs_it_waits_meanwhile);
    suite_add_tcase(s, t);
    return s;
}
