/* What an earlier run did: verified, done anew, gone on with; and what comes before and after a step's command. */
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

START_TEST(what_is_completed_and_left_nothing_is_not_done_again)
{
    rig_past(&r, a, STEP_COMPLETED, 2);
    ck_assert_str_eq(rig_start(&r), "a=completed cached, b=in_progress, run b");
    ck_assert_uint_eq(rig_state(&r, a)->attempts, 2);
    ck_assert_str_eq(rig_exit(&r, b, 0), "b=completed, READY");
}
END_TEST

START_TEST(everything_done_before_is_ready_at_once)
{
    rig_past(&r, a, STEP_COMPLETED, 1);
    rig_past(&r, b, STEP_SKIPPED, 0);
    ck_assert_str_eq(rig_start(&r), "a=completed cached, READY");
    ck_assert_str_eq(rig_state(&r, b)->why, "manual");
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

START_TEST(what_is_verified_stays_completed_and_runs_nothing)
{
    struct node *redis = rig_service(&r, "redis");
    rig_need(&r, a, redis);
    rig_past(&r, a, STEP_COMPLETED, 1)->verify = true;
    rig_past(&r, b, STEP_COMPLETED, 1)->verify = true;
    r.engine = engine_new(&r.arena, &r.graph, &r.options);
    ck_assert(!engine_satisfied(r.engine, 0));
    ck_assert_str_eq(rig_start(&r), "redis=starting, probe redis");
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, verify a");
    ck_assert(!engine_satisfied(r.engine, 0));
    ck_assert(!engine_ready(r.engine));
    ck_assert_str_eq(rig_verified(&r, b, NULL), "");
    ck_assert_str_eq(rig_verified(&r, a, NULL), "a=completed cached, verify b");
    ck_assert(engine_satisfied(r.engine, 0));
    ck_assert_str_eq(rig_verified(&r, a, "too late"), "");
    ck_assert_str_eq(rig_verified(&r, b, NULL), "b=completed cached, READY");
    ck_assert(!rig_state(&r, a)->reopened);
    ck_assert_uint_eq(rig_state(&r, a)->called_us, 0);
    ck_assert_uint_eq(rig_state(&r, a)->attempts, 1);
}
END_TEST

START_TEST(what_is_not_as_recorded_is_done_anew)
{
    rig_past(&r, a, STEP_COMPLETED, 3)->verify = true;
    rig_past(&r, b, STEP_COMPLETED, 1);
    ck_assert_str_eq(rig_start(&r), "b=completed cached, verify a");
    ck_assert_str_eq(rig_verified(&r, a, "/x was deleted"), "a=in_progress, run a");
    ck_assert(rig_state(&r, a)->reopened);
    ck_assert(!rig_state(&r, a)->cached);
    ck_assert_str_eq(rig_state(&r, a)->verdict.text, "/x was deleted");
    ck_assert_uint_eq(rig_state(&r, a)->attempts, 1);
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=completed, READY");
    ck_assert_uint_eq(rig_state(&r, a)->verdict.verdict, VERDICT_OK);
    ck_assert_str_eq(rig_state(&r, a)->verdict.text, "");
    ck_assert(rig_state(&r, a)->reopened);
}
END_TEST

START_TEST(what_is_done_anew_waits_for_its_place_as_pending)
{
    struct node *c = rig_step(&r, "c");
    r.options.parallel = 1;
    rig_past(&r, a, STEP_COMPLETED, 1)->verify = true;
    ck_assert_str_eq(rig_start(&r), "verify a, c=in_progress, run c");
    ck_assert_str_eq(rig_verified(&r, a, "/x was changed"), "a=pending");
    ck_assert(!engine_satisfied(r.engine, 0));
    ck_assert_str_eq(rig_exit(&r, c, 0), "c=completed, a=in_progress, run a");
}
END_TEST

START_TEST(verifying_has_an_end)
{
    rig_past(&r, a, STEP_COMPLETED, 1)->verify = true;
    rig_start(&r);
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(600));
    ck_assert_str_eq(rig_wake(&r), "a=in_progress, run a");
    ck_assert(rig_state(&r, a)->reopened);
    ck_assert_str_eq(rig_verified(&r, a, NULL), "");
}
END_TEST

START_TEST(what_is_being_verified_stays_completed_when_the_run_ends)
{
    rig_past(&r, a, STEP_COMPLETED, 1)->verify = true;
    rig_start(&r);
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "FAILED 143, STOPPED");
    ck_assert_int_eq(rig_state(&r, a)->status.step, STEP_COMPLETED);
    ck_assert(!rig_state(&r, a)->cached);
    ck_assert_str_eq(rig_verified(&r, a, "/x was changed"), "");

    teardown();
    setup();
    r.options.deadline_us = SEC(5);
    rig_past(&r, a, STEP_COMPLETED, 1)->verify = true;
    rig_start(&r);
    ck_assert_str_eq(rig_wake(&r), "FAILED 76, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "deadline of 5 s passed");
}
END_TEST

/* STP-05: b was in progress when an earlier run was killed. */
START_TEST(what_was_interrupted_is_attempted_again)
{
    struct node *c = rig_step(&r, "c");
    rig_need(&r, c, b);
    rig_past(&r, a, STEP_COMPLETED, 1);
    rig_past(&r, b, STEP_FAILED, 1);
    b->prepares = true;
    ck_assert_str_eq(rig_start(&r), "a=completed cached, b=in_progress, prepare b");
    ck_assert_uint_eq(rig_state(&r, b)->attempts, 2);
    ck_assert_str_eq(rig_prepared(&r, b, NULL), "run b");
    ck_assert_str_eq(rig_exit(&r, b, 0), "b=completed, c=in_progress, run c");
    ck_assert_str_eq(rig_exit(&r, c, 0), "c=completed, READY");
}
END_TEST

/* STP-06: at least once. */
START_TEST(attempts_of_earlier_runs_do_not_use_up_those_of_this_one)
{
    rig_past(&r, a, STEP_FAILED, 7);
    a->attempt_max = 2;
    ck_assert_str_eq(rig_start(&r), "a=in_progress, run a");
    ck_assert_str_eq(rig_exit(&r, a, 1 << 8), "a=failed");
    ck_assert_str_eq(rig_wake(&r), "a=in_progress, run a");
    ck_assert_uint_eq(rig_state(&r, a)->attempts, 9);
    ck_assert_str_eq(rig_exit(&r, a, 1 << 8), "a=failed, FAILED 76, STOPPED");
}
END_TEST

START_TEST(a_step_is_prepared_after_it_is_told_and_before_it_runs)
{
    a->prepares = a->records = true;
    a->timeout_us = SEC(1);
    ck_assert_str_eq(rig_start(&r), "a=in_progress, prepare a");
    ck_assert_str_eq(rig_recorded(&r, a, NULL), "");
    /* The timeout is the command's. */
    ck_assert_str_eq(rig_after(&r, SEC(60)), "");
    ck_assert_str_eq(rig_prepared(&r, a, NULL), "run a");
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(1));
    ck_assert_str_eq(rig_prepared(&r, a, NULL), "");
    ck_assert_str_eq(rig_exit(&r, a, 0), "record a");
    ck_assert_str_eq(rig_prepared(&r, a, "too late"), "");
    ck_assert_str_eq(rig_recorded(&r, a, NULL), "a=completed, b=in_progress, run b");
}
END_TEST

START_TEST(what_cannot_be_prepared_fails_and_is_neither_tried_again_nor_taken_back)
{
    a->prepares = a->rolls_back = true;
    a->attempt_max = 3;
    rig_start(&r);
    ck_assert_str_eq(rig_prepared(&r, a, "no space left for /x"), "a=failed, FAILED 76, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "step a failed: no space left for /x");

    teardown();
    setup();
    a->prepares = a->rolls_back = true;
    a->attempt_max = 3;
    rig_start(&r);
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(600));
    ck_assert_str_eq(rig_wake(&r), "a=failed, FAILED 76, STOPPED");
    ck_assert_str_eq(rig_state(&r, a)->verdict.text, "preparing its artifacts timed out after 10 min");
    ck_assert(rig_state(&r, a)->timed_out);
}
END_TEST

START_TEST(answers_about_another_attempt_do_not_count)
{
    a->prepares = a->records = true;
    a->attempt_max = 2;
    rig_start(&r);
    rig_prepared(&r, a, NULL);
    rig_exit(&r, a, 0);
    ck_assert_str_eq(rig_recorded(&r, a, "/x is not there"), "a=failed");
    ck_assert_str_eq(rig_wake(&r), "a=in_progress, prepare a");
    struct engine_event ev = {.kind = EVENT_PREPARED, .node = 0, .attempt = 1, .ok = true};
    ck_assert_str_eq(rig_event(&r, ev), "");
    ev.attempt = 2;
    ck_assert_str_eq(rig_event(&r, ev), "run a");
    rig_exit(&r, a, 0);
    ev = (struct engine_event){.kind = EVENT_RECORDED, .node = 0, .attempt = 1, .ok = false};
    ck_assert_str_eq(rig_event(&r, ev), "");
}
END_TEST

/* STP-10: whatever clocks do, what ends does so after it began. */
START_TEST(each_attempt_ends_after_it_began)
{
    a->attempt_max = 2;
    rig_start(&r);
    rig_exit(&r, a, 1 << 8);
    ck_assert_uint_gt(rig_state(&r, a)->ended_us, rig_state(&r, a)->called_us);
    uint64_t first = rig_state(&r, a)->called_us;
    rig_wake(&r);
    ck_assert_uint_gt(rig_state(&r, a)->called_us, first);
    ck_assert_uint_eq(rig_state(&r, a)->ended_us, 0);
    rig_exit(&r, a, 0);
    ck_assert_uint_gt(rig_state(&r, a)->ended_us, rig_state(&r, a)->called_us);
    rig_exit(&r, b, 0);
    ck_assert_uint_gt(rig_state(&r, b)->ended_us, rig_state(&r, b)->called_us);
}
END_TEST

/* Its preparing was asked for in the same breath as the run ended: pending -> failed is no transition. */
START_TEST(what_nobody_heard_of_yet_has_not_begun)
{
    a->prepares = true;
    struct engine_action action;
    r.engine = engine_new(&r.arena, &r.graph, &r.options);
    engine_handle(r.engine, &(struct engine_event){.kind = EVENT_START}, r.now);
    ck_assert_int_eq(rig_state(&r, a)->status.step, STEP_IN_PROGRESS);
    ck_assert_str_eq(rig_interrupt(&r, SIGTERM), "a=pending, FAILED 143, STOPPED");
    ck_assert(!engine_take(r.engine, &action));
    ck_assert_uint_eq(rig_state(&r, a)->attempts, 0);
    ck_assert_uint_eq(rig_state(&r, a)->called_us, 0);
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

Suite *suite_resume(void)
{
    Suite *s = suite_create("resume");
    TCase *t = tcase_create("resume");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_is_completed_and_left_nothing_is_not_done_again);
    tcase_add_test(t, everything_done_before_is_ready_at_once);
    tcase_add_test(t, what_is_verified_stays_completed_and_runs_nothing);
    tcase_add_test(t, what_is_not_as_recorded_is_done_anew);
    tcase_add_test(t, what_is_done_anew_waits_for_its_place_as_pending);
    tcase_add_test(t, verifying_has_an_end);
    tcase_add_test(t, what_is_being_verified_stays_completed_when_the_run_ends);
    tcase_add_test(t, what_was_interrupted_is_attempted_again);
    tcase_add_test(t, attempts_of_earlier_runs_do_not_use_up_those_of_this_one);
    tcase_add_test(t, a_step_is_prepared_after_it_is_told_and_before_it_runs);
    tcase_add_test(t, what_cannot_be_prepared_fails_and_is_neither_tried_again_nor_taken_back);
    tcase_add_test(t, answers_about_another_attempt_do_not_count);
    tcase_add_test(t, each_attempt_ends_after_it_began);
    tcase_add_test(t, what_nobody_heard_of_yet_has_not_begun);
    suite_add_tcase(s, t);
    return s;
}
