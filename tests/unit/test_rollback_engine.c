/* Steps that are taken back when the run has failed. */
#include <signal.h>

#include "init/base/exit_code.h"
#include "tests/unit/engine_rig.h"
#include "tests/unit/suites.h"

static struct rig r;
static struct node *redis, *a, *b, *c;

/* redis (ours) <- a <- b <- c, steps. */
static void setup(void)
{
    rig_init(&r);
    redis = rig_own(&r, "redis");
    redis->probed = false;
    a = rig_step(&r, "a");
    b = rig_step(&r, "b");
    c = rig_step(&r, "c");
    a->rolls_back = b->rolls_back = c->rolls_back = true;
    rig_need(&r, a, redis);
    rig_need(&r, b, a);
    rig_need(&r, c, b);
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

/* Up to where b runs. */
static void begin(enum rollback_policy policy)
{
    r.options.rollback = policy;
    rig_start(&r);
    rig_started(&r, redis);
    r.now += MS(1);
    rig_exit(&r, a, 0);
}

START_TEST(the_failed_step_is_taken_back_before_what_it_needs_is_stopped)
{
    rig_need(&r, b, redis);
    begin(ROLLBACK_STEP);
    ck_assert_str_eq(rig_exit(&r, b, 1 << 8), "b=failed back?, FAILED 76, rollback b");
    ck_assert_int_eq(engine_phase(r.engine), ENGINE_STOPPING);
    ck_assert_str_eq(rig_rolled_back(&r, a, ROLLBACK_DONE, NULL), "");
    ck_assert_str_eq(rig_rolled_back(&r, b, ROLLBACK_DONE, NULL), "b=failed back, kill redis 15");
    ck_assert_str_eq(rig_rolled_back(&r, b, ROLLBACK_FAILED, NULL), "");
    ck_assert_str_eq(rig_exit(&r, redis, 0), "redis=stopped, STOPPED");
    ck_assert_int_eq(engine_exit_code(r.engine), EXIT_STEP_FAILED);
    ck_assert_int_eq(rig_state(&r, a)->rollback, ROLLBACK_NOT_ASKED);
    ck_assert_int_eq(rig_state(&r, b)->status.step, STEP_FAILED);
}
END_TEST

START_TEST(the_whole_session_is_taken_back_dependents_first)
{
    begin(ROLLBACK_SESSION);
    ck_assert_str_eq(rig_exit(&r, b, 1 << 8), "b=failed back?, FAILED 76, a=completed back?, rollback b");
    ck_assert_str_eq(rig_rolled_back(&r, b, ROLLBACK_DONE, NULL), "b=failed back, rollback a");
    ck_assert_str_eq(rig_rolled_back(&r, a, ROLLBACK_DONE, NULL), "a=completed back, kill redis 15");
    ck_assert_str_eq(rig_exit(&r, redis, 0), "redis=stopped, STOPPED");
    ck_assert_int_eq(engine_exit_code(r.engine), EXIT_STEP_FAILED);
    ck_assert_int_eq(rig_state(&r, c)->rollback, ROLLBACK_NOT_ASKED);
}
END_TEST

START_TEST(nothing_is_taken_back_when_nothing_is_to_be)
{
    begin(ROLLBACK_NONE);
    ck_assert_str_eq(rig_exit(&r, b, 1 << 8), "b=failed, FAILED 76, kill redis 15");

    again();
    a->rolls_back = b->rolls_back = false;
    begin(ROLLBACK_SESSION);
    ck_assert_str_eq(rig_exit(&r, b, 1 << 8), "b=failed, FAILED 76, kill redis 15");
}
END_TEST

START_TEST(what_could_not_be_taken_back_is_another_exit_code)
{
    static const struct {
        enum rollback_state answer, state;
    } cases[] = {
        {ROLLBACK_PARTIAL, ROLLBACK_PARTIAL},
        {ROLLBACK_FAILED, ROLLBACK_FAILED},
        {ROLLBACK_NOT_ASKED, ROLLBACK_FAILED},
        {(enum rollback_state)77, ROLLBACK_FAILED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        again();
        begin(ROLLBACK_SESSION);
        rig_exit(&r, b, 1 << 8);
        /* The others are taken back all the same. */
        ck_assert_str_eq(rig_rolled_back(&r, b, cases[i].answer, "/x was changed since"),
                         cases[i].state == ROLLBACK_PARTIAL ? "b=failed half back, rollback a"
                                                            : "b=failed not back, rollback a");
        ck_assert_int_eq(rig_state(&r, b)->rollback, cases[i].state);
        ck_assert_str_eq(rig_state(&r, b)->rollback_text, "/x was changed since");
        rig_rolled_back(&r, a, ROLLBACK_DONE, NULL);
        ck_assert_str_eq(rig_exit(&r, redis, 0), "redis=stopped, STOPPED");
        ck_assert_int_eq(engine_exit_code(r.engine), EXIT_ROLLBACK_INCOMPLETE);
        ck_assert_str_eq(engine_reason(r.engine), "step b failed: exited with code 1");
    }
}
END_TEST

START_TEST(taking_back_has_an_end)
{
    begin(ROLLBACK_SESSION);
    rig_exit(&r, b, 1 << 8);
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(600));
    ck_assert_str_eq(rig_wake(&r), "b=failed not back, rollback a");
    ck_assert_str_eq(rig_state(&r, b)->rollback_text, "not done within 10 min");
    ck_assert_str_eq(rig_rolled_back(&r, b, ROLLBACK_DONE, NULL), "");
    ck_assert_str_eq(rig_rolled_back(&r, a, ROLLBACK_DONE, NULL), "a=completed back, kill redis 15");
    ck_assert_int_eq(engine_exit_code(r.engine), EXIT_ROLLBACK_INCOMPLETE);
}
END_TEST

/* It could change what is being taken back. */
START_TEST(nothing_is_taken_back_while_another_step_still_runs)
{
    struct node *other = rig_step(&r, "other");
    other->rolls_back = true;
    begin(ROLLBACK_STEP);
    ck_assert_str_eq(rig_exit(&r, b, 1 << 8), "b=failed, FAILED 76, kill other 15");
    ck_assert_str_eq(rig_wake(&r), "kill other 9");
    /* The other one only was in the way. */
    ck_assert_str_eq(rig_exit(&r, other, SIGKILL), "other=failed, b=failed back?, rollback b");
    ck_assert_str_eq(rig_rolled_back(&r, b, ROLLBACK_DONE, NULL), "b=failed back, kill redis 15");
}
END_TEST

START_TEST(a_session_takes_back_what_was_ended_too_the_last_one_first)
{
    struct node *other = rig_step(&r, "other");
    struct node *skipped = rig_step(&r, "skipped");
    other->rolls_back = skipped->rolls_back = true;
    begin(ROLLBACK_SESSION);
    rig_exit(&r, skipped, 0);
    rig_skip(&r, skipped);
    rig_exit(&r, b, 1 << 8);
    r.now += MS(1);
    ck_assert_str_eq(rig_exit(&r, other, SIGTERM),
                     "other=failed back?, b=failed back?, a=completed back?, rollback other");
    ck_assert_str_eq(rig_rolled_back(&r, other, ROLLBACK_DONE, NULL), "other=failed back, rollback b");
    ck_assert_str_eq(rig_rolled_back(&r, b, ROLLBACK_DONE, NULL), "b=failed back, rollback a");
    ck_assert_int_eq(rig_state(&r, skipped)->rollback, ROLLBACK_NOT_ASKED);
}
END_TEST

START_TEST(services_that_depend_on_a_step_are_stopped_before_it_is_taken_back)
{
    struct node *web = rig_own(&r, "web");
    web->probed = false;
    rig_need(&r, web, a);
    begin(ROLLBACK_SESSION);
    rig_started(&r, web);
    ck_assert_str_eq(rig_exit(&r, b, 1 << 8), "b=failed back?, FAILED 76, a=completed back?, kill web 15, rollback b");
    ck_assert_str_eq(rig_rolled_back(&r, b, ROLLBACK_DONE, NULL), "b=failed back");
    ck_assert_str_eq(rig_exit(&r, web, 0), "web=stopped, rollback a");
    ck_assert_str_eq(rig_rolled_back(&r, a, ROLLBACK_DONE, NULL), "a=completed back, kill redis 15");
}
END_TEST

START_TEST(what_took_too_long_is_taken_back)
{
    b->timeout_us = SEC(1);
    begin(ROLLBACK_STEP);
    rig_wake(&r);
    ck_assert_str_eq(rig_exit(&r, b, SIGTERM), "b=failed back?, FAILED 76, rollback b");

    again();
    r.options.deadline_us = SEC(1);
    begin(ROLLBACK_STEP);
    ck_assert_str_eq(rig_wake(&r), "FAILED 76, kill b 15");
    ck_assert_str_eq(rig_exit(&r, b, SIGTERM), "b=failed back?, rollback b");
}
END_TEST

START_TEST(what_failed_once_and_waits_for_its_next_attempt_is_taken_back)
{
    struct node *other = rig_step(&r, "other");
    other->rolls_back = true;
    other->attempt_max = 2;
    begin(ROLLBACK_STEP);
    rig_exit(&r, other, 1 << 8);
    ck_assert_str_eq(rig_exit(&r, b, 1 << 8), "b=failed back?, FAILED 76, other=failed back?, rollback b");
}
END_TEST

START_TEST(what_could_not_be_put_back_before_its_next_attempt_is_taken_back)
{
    b->prepares = true;
    b->attempt_max = 2;
    begin(ROLLBACK_STEP);
    rig_prepared(&r, b, NULL);
    ck_assert_str_eq(rig_exit(&r, b, 1 << 8), "b=failed");
    ck_assert_str_eq(rig_wake(&r), "b=in_progress, prepare b");
    ck_assert_str_eq(rig_prepared(&r, b, "/x: read-only file system"), "b=failed back?, FAILED 76, rollback b");
}
END_TEST

START_TEST(earlier_runs_belong_to_the_session)
{
    rig_past(&r, a, STEP_COMPLETED, 1);
    rig_past(&r, b, STEP_COMPLETED, 1)->verify = true;
    struct node *half = rig_step(&r, "half");
    half->rolls_back = true;
    rig_need(&r, half, c);
    rig_past(&r, half, STEP_FAILED, 1);
    r.options.rollback = ROLLBACK_SESSION;
    rig_start(&r);
    rig_started(&r, redis);
    rig_verified(&r, b, NULL);
    ck_assert_str_eq(
        rig_exit(&r, c, 1 << 8),
        "c=failed back?, FAILED 76, half=failed back?, b=completed back?, a=completed back?, rollback half");
    ck_assert_str_eq(rig_rolled_back(&r, half, ROLLBACK_DONE, NULL), "half=failed back, rollback c");
    ck_assert_str_eq(rig_rolled_back(&r, c, ROLLBACK_DONE, NULL), "c=failed back, rollback b");
    ck_assert_str_eq(rig_rolled_back(&r, b, ROLLBACK_DONE, NULL), "b=completed back, rollback a");

    /* What was to be done anew is of the session, too; with the policy of single steps it has nothing to do. */
    for (enum rollback_policy policy = ROLLBACK_STEP; policy <= ROLLBACK_SESSION; policy++) {
        again();
        rig_past(&r, b, STEP_COMPLETED, 1)->verify = true;
        rig_past(&r, a, STEP_COMPLETED, 1);
        b->prepares = true;
        r.options.rollback = policy;
        rig_start(&r);
        rig_verified(&r, b, "/x was changed");
        ck_assert_str_eq(rig_prepared(&r, b, "no space left"),
                         policy == ROLLBACK_STEP ? "b=failed, FAILED 76, kill redis 15"
                                                 : "b=failed back?, FAILED 76, a=completed back?, rollback b");
    }
}
END_TEST

/* One that was taken back half-way is to be done anew, and has no attempts; what it left may be there still. */
START_TEST(what_an_interrupted_rollback_left_belongs_to_the_session)
{
    for (int kept = 0; kept <= 1; kept++) {
        again();
        rig_past(&r, b, STEP_PENDING, 0)->kept = kept;
        r.options.rollback = ROLLBACK_SESSION;
        rig_start(&r);
        rig_started(&r, redis);
        ck_assert_str_eq(rig_exit(&r, a, 1 << 8), kept ? "a=failed back?, FAILED 76, b=pending back?, rollback b"
                                                       : "a=failed back?, FAILED 76, rollback a");
    }
}
END_TEST

START_TEST(tests_and_services_that_fail_take_back_the_session_only)
{
    for (enum rollback_policy policy = ROLLBACK_STEP; policy <= ROLLBACK_SESSION; policy++) {
        again();
        c->inactive = b->inactive = true;
        struct node *smoke = rig_test(&r, "smoke");
        rig_need(&r, smoke, a);
        begin(policy);
        const char *told = rig_exit(&r, smoke, 1 << 8);
        ck_assert_str_eq(told, policy == ROLLBACK_STEP ? "smoke=failed, FAILED 77, kill redis 15"
                                                       : "smoke=failed, FAILED 77, a=completed back?, rollback a");
    }
    for (enum rollback_policy policy = ROLLBACK_STEP; policy <= ROLLBACK_SESSION; policy++) {
        again();
        c->inactive = b->inactive = true;
        struct node *web = rig_service(&r, "web");
        web->timeout_us = SEC(1);
        web->probe_timeout_us = SEC(2);
        begin(policy);
        const char *told = rig_wake(&r);
        ck_assert_str_eq(told, policy == ROLLBACK_STEP
                                   ? "cancel web, web=unhealthy, FAILED 69, kill redis 15"
                                   : "cancel web, web=unhealthy, FAILED 69, a=completed back?, rollback a");
    }
}
END_TEST

START_TEST(interrupts_and_what_the_driver_ends_take_nothing_back)
{
    begin(ROLLBACK_SESSION);
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "FAILED 143, kill b 15");
    ck_assert_str_eq(rig_exit(&r, b, SIGTERM), "b=failed, kill redis 15");
    again();
    begin(ROLLBACK_SESSION);
    ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = EVENT_FAIL, .exit_code = EXIT_NO_STATE}),
                     "FAILED 73, kill b 15");
    ck_assert_str_eq(rig_exit(&r, b, SIGTERM), "b=failed, kill redis 15");
    again();
    begin(ROLLBACK_SESSION);
    ck_assert_str_eq(rig_stop(&r), "kill b 15");
    ck_assert_str_eq(rig_exit(&r, b, SIGTERM), "b=failed, kill redis 15");
}
END_TEST

START_TEST(a_second_interrupt_ends_the_waiting)
{
    begin(ROLLBACK_SESSION);
    rig_exit(&r, b, 1 << 8);
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "");
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "kill redis 9, a=completed not back, b=failed not back");
    ck_assert_str_eq(rig_state(&r, a)->rollback_text, "interrupted");
    ck_assert_str_eq(rig_rolled_back(&r, b, ROLLBACK_DONE, NULL), "");
    ck_assert_str_eq(rig_exit(&r, redis, SIGKILL), "redis=stopped, STOPPED");
    ck_assert_int_eq(engine_exit_code(r.engine), EXIT_ROLLBACK_INCOMPLETE);
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);

    /* Before it could begin. */
    again();
    struct node *other = rig_step(&r, "other");
    begin(ROLLBACK_STEP);
    rig_exit(&r, b, 1 << 8);
    rig_interrupt(&r, SIGTERM);
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "kill redis 9, kill other 9");
    rig_exit(&r, redis, SIGKILL);
    ck_assert_str_eq(rig_exit(&r, other, SIGKILL), "other=failed, b=failed not back, STOPPED");
    ck_assert_int_eq(engine_exit_code(r.engine), EXIT_ROLLBACK_INCOMPLETE);
}
END_TEST

Suite *suite_rollback_engine(void)
{
    Suite *s = suite_create("rollback_engine");
    TCase *t = tcase_create("rollback_engine");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_failed_step_is_taken_back_before_what_it_needs_is_stopped);
    tcase_add_test(t, the_whole_session_is_taken_back_dependents_first);
    tcase_add_test(t, nothing_is_taken_back_when_nothing_is_to_be);
    tcase_add_test(t, what_could_not_be_taken_back_is_another_exit_code);
    tcase_add_test(t, taking_back_has_an_end);
    tcase_add_test(t, nothing_is_taken_back_while_another_step_still_runs);
    tcase_add_test(t, a_session_takes_back_what_was_ended_too_the_last_one_first);
    tcase_add_test(t, services_that_depend_on_a_step_are_stopped_before_it_is_taken_back);
    tcase_add_test(t, what_took_too_long_is_taken_back);
    tcase_add_test(t, what_failed_once_and_waits_for_its_next_attempt_is_taken_back);
    tcase_add_test(t, what_could_not_be_put_back_before_its_next_attempt_is_taken_back);
    tcase_add_test(t, earlier_runs_belong_to_the_session);
    tcase_add_test(t, what_an_interrupted_rollback_left_belongs_to_the_session);
    tcase_add_test(t, tests_and_services_that_fail_take_back_the_session_only);
    tcase_add_test(t, interrupts_and_what_the_driver_ends_take_nothing_back);
    tcase_add_test(t, a_second_interrupt_ends_the_waiting);
    suite_add_tcase(s, t);
    return s;
}
