/* Processes that are run again. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

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

static struct node *app;

/* One service of our own, restarted whatever it ends with, after 100 ms at first; up and ready. */
static void begin(enum restart_policy policy)
{
    rig_free(&r);
    rig_init(&r);
    app = rig_own(&r, "app");
    app->restart = policy;
    app->restart_delay_us = MS(100);
    app->restart_max_us = SEC(1);
    app->restart_limit = 5;
    app->restart_window_us = SEC(60);
}

static void run_to_ready(void)
{
    rig_start(&r);
    rig_started(&r, app);
    rig_ok(&r, app);
    ck_assert(engine_ready(r.engine));
}

static const char *text(void)
{
    return rig_state(&r, app)->verdict.text;
}

START_TEST(it_is_started_again_and_probed_anew)
{
    begin(RESTART_ALWAYS);
    struct node *later = rig_service(&r, "later");
    later->required = false;
    rig_need(&r, later, app);
    run_to_ready();
    ck_assert_str_eq(rig_exit(&r, app, 3 << 8), "app=unhealthy");
    ck_assert_str_eq(text(), "its process exited with code 3, restart in 100 ms");
    ck_assert(!engine_ready(r.engine));
    uint64_t since = r.now;
    ck_assert_str_eq(rig_after(&r, MS(99)), "");
    ck_assert_str_eq(rig_after(&r, MS(1)), "app=starting, run app");
    ck_assert_str_eq(text(), "its process was started again: the one before exited with code 3");
    ck_assert_uint_eq(rig_state(&r, app)->restarts, 1);
    ck_assert_str_eq(rig_after(&r, SEC(1)), "");
    ck_assert_str_eq(rig_started(&r, app), "probe app");
    ck_assert_str_eq(rig_refused(&r, app), "app=unhealthy");
    ck_assert_str_eq(rig_wake(&r), "probe app");
    ck_assert_str_eq(rig_ok(&r, app), "app=healthy");
    ck_assert_uint_eq(rig_state(&r, app)->attempts, 3);
    ck_assert_uint_eq(rig_state(&r, app)->outage_us, r.now - since);
}
END_TEST

START_TEST(the_attempts_after_it_are_as_close_as_those_of_a_bring_up)
{
    begin(RESTART_ALWAYS);
    r.options.keep_calling = false;
    run_to_ready();
    r.now += SEC(3600);
    rig_exit(&r, app, SIGKILL);
    rig_wake(&r);
    rig_started(&r, app);
    rig_refused(&r, app);
    ck_assert_uint_le(engine_wake(r.engine) - r.now, MS(6));
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, app), "app=healthy");
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

START_TEST(pauses_double_up_to_the_longest_and_then_the_budget_is_spent)
{
    static const char *const pauses[] = {"100 ms", "200 ms", "400 ms", "800 ms", "1 s"};
    begin(RESTART_ALWAYS);
    run_to_ready();
    for (size_t i = 0; i < 5; i++) {
        char want[80];
        snprintf(want, sizeof(want), "its process exited with code 3, restart in %s", pauses[i]);
        rig_exit(&r, app, 3 << 8);
        ck_assert_str_eq(text(), want);
        ck_assert_str_eq(rig_wake(&r), "app=starting, run app");
        rig_started(&r, app);
    }
    ck_assert_str_eq(rig_exit(&r, app, 3 << 8), "cancel app, app=unhealthy");
    ck_assert_str_eq(text(), "its process ended 6 times within 1 min: exited with code 3");
    ck_assert_uint_eq(rig_state(&r, app)->restarts, 5);
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

START_TEST(one_that_lasted_begins_with_the_first_pause_and_a_full_budget)
{
    begin(RESTART_ALWAYS);
    run_to_ready();
    for (int i = 0; i < 20; i++) {
        r.now += SEC(60);
        rig_exit(&r, app, 0);
        ck_assert_str_eq(text(), "its process exited with code 0, restart in 100 ms");
        rig_wake(&r);
        rig_started(&r, app);
        rig_ok(&r, app);
    }
}
END_TEST

START_TEST(without_a_limit_there_is_no_end)
{
    begin(RESTART_ALWAYS);
    app->restart_limit = 0;
    app->restart_delay_us = 0;
    app->restart_max_us = 0;
    run_to_ready();
    for (int i = 0; i < 100; i++) {
        rig_exit(&r, app, 0);
        ck_assert_uint_ge(engine_wake(r.engine), r.now + MS(5));
        ck_assert_str_eq(rig_wake(&r), "app=starting, run app");
        rig_started(&r, app);
    }
}
END_TEST

START_TEST(the_policy_says_which_ends_count)
{
    static const struct {
        enum restart_policy policy;
        int wait_status, exec_errno;
        bool again;
    } cases[] = {
        {RESTART_NEVER, 1 << 8, 0, false},      {RESTART_NEVER, 0, 0, false},
        {RESTART_ON_FAILURE, 0, 0, false},      {RESTART_ON_FAILURE, 1 << 8, 0, true},
        {RESTART_ON_FAILURE, SIGTERM, 0, true}, {RESTART_ALWAYS, 0, 0, true},
        {RESTART_ALWAYS, 0, ENOENT, false},     {RESTART_ON_FAILURE, 0, EAGAIN, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(cases[i].policy);
        struct engine_event end = {
            .kind = EVENT_EXIT, .wait_status = cases[i].wait_status, .exec_errno = cases[i].exec_errno};
        run_to_ready();
        ck_assert_str_eq(rig_event(&r, end), "app=unhealthy");
        ck_assert_str_eq(rig_wake(&r), cases[i].again ? "app=starting, run app" : "never");
    }
}
END_TEST

START_TEST(a_service_that_dies_on_its_way_up_gets_further_chances)
{
    begin(RESTART_ON_FAILURE);
    app->timeout_us = SEC(30);
    rig_start(&r);
    rig_started(&r, app);
    ck_assert_str_eq(rig_exit(&r, app, 1 << 8), "cancel app, app=unhealthy");
    ck_assert_str_eq(rig_wake(&r), "app=starting, run app");
    rig_started(&r, app);
    ck_assert_str_eq(rig_ok(&r, app), "app=healthy, READY");
}
END_TEST

START_TEST(its_timeout_is_not_prolonged_by_restarts)
{
    begin(RESTART_ON_FAILURE);
    app->timeout_us = SEC(2);
    app->restart_delay_us = SEC(5);
    app->restart_max_us = SEC(5);
    rig_start(&r);
    rig_started(&r, app);
    rig_exit(&r, app, 1 << 8);
    ck_assert_uint_eq(engine_wake(r.engine), SEC(1002));
    ck_assert_str_eq(rig_wake(&r), "FAILED 69, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "service app was not healthy within 2 s");
    ck_assert_str_eq(text(), "its process exited with code 1, restart in 5 s");
    ck_assert_str_eq(rig_wake(&r), "never");
}
END_TEST

START_TEST(a_spent_budget_fails_the_bring_up)
{
    begin(RESTART_ALWAYS);
    app->restart_limit = 1;
    rig_start(&r);
    rig_started(&r, app);
    rig_exit(&r, app, 1 << 8);
    rig_wake(&r);
    rig_started(&r, app);
    ck_assert_str_eq(rig_exit(&r, app, 1 << 8), "cancel app, app=unhealthy, FAILED 69, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine),
                     "service app is not healthy: its process ended 2 times within 1 min: exited with code 1");
}
END_TEST

START_TEST(its_start_period_begins_anew)
{
    begin(RESTART_ALWAYS);
    app->start_period_us = SEC(5);
    run_to_ready();
    r.now += SEC(100);
    rig_exit(&r, app, 1 << 8);
    rig_wake(&r);
    rig_started(&r, app);
    ck_assert_str_eq(rig_refused(&r, app), "app=starting");
    ck_assert_uint_eq(rig_state(&r, app)->failures, 0);
    rig_after(&r, SEC(5));
    ck_assert_str_eq(rig_refused(&r, app), "app=unhealthy");
}
END_TEST

START_TEST(its_own_word_is_asked_for_anew)
{
    begin(RESTART_ALWAYS);
    app->probed = false;
    app->notified = true;
    rig_start(&r);
    rig_started(&r, app);
    ck_assert_str_eq(rig_notified(&r, app, true), "app=healthy, READY");
    ck_assert_str_eq(rig_notified(&r, app, false), "app=unhealthy");
    ck_assert_str_eq(rig_exit(&r, app, 0), "app=unhealthy");
    ck_assert_str_eq(rig_notified(&r, app, true), "");
    rig_wake(&r);
    ck_assert_str_eq(rig_started(&r, app), "");
    ck_assert_str_eq(rig_notified(&r, app, true), "app=healthy");
}
END_TEST

START_TEST(without_a_probe_it_is_healthy_once_it_runs_again)
{
    begin(RESTART_ALWAYS);
    app->probed = false;
    rig_start(&r);
    rig_started(&r, app);
    rig_exit(&r, app, 1 << 8);
    rig_wake(&r);
    ck_assert_str_eq(rig_started(&r, app), "app=healthy");
    ck_assert_uint_eq(rig_state(&r, app)->verdict.verdict, VERDICT_OK);
}
END_TEST

START_TEST(one_that_is_not_healthy_in_time_after_a_restart_is_supervised)
{
    begin(RESTART_ALWAYS);
    app->timeout_us = SEC(2);
    app->interval_us = SEC(20);
    run_to_ready();
    rig_exit(&r, app, 1 << 8);
    rig_wake(&r);
    rig_started(&r, app);
    rig_refused(&r, app);
    r.now += SEC(2);
    rig_after(&r, 0);
    ck_assert(rig_state(&r, app)->timed_out);
    ck_assert_int_eq(engine_phase(r.engine), ENGINE_READY);
    ck_assert_uint_ge(engine_wake(r.engine), r.now + MS(900));
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, app), "app=healthy");
}
END_TEST

START_TEST(nothing_is_restarted_while_stopping)
{
    begin(RESTART_ALWAYS);
    struct node *other = rig_own(&r, "other");
    other->restart = RESTART_ALWAYS;
    other->probed = false;
    rig_start(&r);
    rig_started(&r, app);
    rig_started(&r, other);
    rig_ok(&r, app);
    rig_exit(&r, other, 1 << 8);
    ck_assert_str_eq(rig_stop(&r), "other=stopped, kill app 15");
    ck_assert_str_eq(rig_exit(&r, app, SIGTERM), "app=stopped, STOPPED");
    ck_assert_str_eq(rig_wake(&r), "never");
}
END_TEST

START_TEST(its_stop_signal_comes_first)
{
    begin(RESTART_ALWAYS);
    app->stop_signal = SIGQUIT;
    run_to_ready();
    ck_assert_str_eq(rig_stop(&r), "kill app 3");
    ck_assert_str_eq(rig_wake(&r), "kill app 9");
}
END_TEST

Suite *suite_restart(void)
{
    Suite *s = suite_create("restart");
    TCase *t = tcase_create("restart");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, it_is_started_again_and_probed_anew);
    tcase_add_test(t, the_attempts_after_it_are_as_close_as_those_of_a_bring_up);
    tcase_add_test(t, pauses_double_up_to_the_longest_and_then_the_budget_is_spent);
    tcase_add_test(t, one_that_lasted_begins_with_the_first_pause_and_a_full_budget);
    tcase_add_test(t, without_a_limit_there_is_no_end);
    tcase_add_test(t, the_policy_says_which_ends_count);
    tcase_add_test(t, a_service_that_dies_on_its_way_up_gets_further_chances);
    tcase_add_test(t, its_timeout_is_not_prolonged_by_restarts);
    tcase_add_test(t, a_spent_budget_fails_the_bring_up);
    tcase_add_test(t, its_start_period_begins_anew);
    tcase_add_test(t, its_own_word_is_asked_for_anew);
    tcase_add_test(t, without_a_probe_it_is_healthy_once_it_runs_again);
    tcase_add_test(t, one_that_is_not_healthy_in_time_after_a_restart_is_supervised);
    tcase_add_test(t, nothing_is_restarted_while_stopping);
    tcase_add_test(t, its_stop_signal_comes_first);
    suite_add_tcase(s, t);
    return s;
}
