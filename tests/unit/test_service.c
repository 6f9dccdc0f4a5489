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

START_TEST(a_new_reason_is_told_once_not_each_attempt)
{
    struct node *redis = rig_service(&r, "redis");
    ck_assert_str_eq(rig_start(&r), "redis=starting, probe redis");
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_RESOLVE), "redis=unhealthy");
    uint64_t since = r.now;
    ck_assert_str_eq(rig_wake(&r), "probe redis");
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_RESOLVE), "");
    rig_wake(&r);
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_RESOLVE), "");
    ck_assert_uint_eq(rig_state(&r, redis)->cause_count, 3);
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, redis), "redis=unhealthy");
    const struct node_state *st = rig_state(&r, redis);
    ck_assert_uint_eq(st->cause_count, 1);
    ck_assert_uint_eq(st->failures, 4);
    ck_assert_uint_eq(st->attempts, 4);
    ck_assert_uint_eq(st->failing_since_us, since);
    ck_assert_uint_eq(st->last_check_us, r.now);
    ck_assert_uint_eq(st->response_us, MS(3));
    ck_assert_str_eq(st->verdict.text, "it did not go well");
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
    ck_assert_uint_eq(st->failures, 0);
    ck_assert_uint_eq(st->failing_since_us, 0);
    ck_assert_uint_eq(st->healthy_us, r.now);
}
END_TEST

START_TEST(the_next_attempt_follows_the_128th_rule)
{
    struct node *redis = rig_service(&r, "redis");
    rig_start(&r);
    rig_refused(&r, redis);
    ck_assert_uint_ge(engine_wake(r.engine), r.now + 4500);
    ck_assert_uint_le(engine_wake(r.engine), r.now + 5500);
    /* One attempt in flight: nothing is probed while it is out. */
    ck_assert_str_eq(rig_wake(&r), "probe redis");
    ck_assert_str_eq(rig_after(&r, MS(100)), "");
    r.now = SEC(1000) + MS(4000);
    rig_refused(&r, redis);
    ck_assert_uint_ge(engine_wake(r.engine), r.now + 4000000 / 128 * 9 / 10);
    ck_assert_uint_le(engine_wake(r.engine), r.now + 4000000 / 128 * 11 / 10);
}
END_TEST

START_TEST(a_lost_attempt_is_a_timeout)
{
    struct node *redis = rig_service(&r, "redis");
    redis->probe_timeout_us = SEC(2);
    rig_start(&r);
    ck_assert_uint_eq(r.timeout_us, SEC(2));
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(2) + MS(500));
    ck_assert_str_eq(rig_wake(&r), "cancel redis, redis=unhealthy");
    ck_assert_str_eq(rig_state(&r, redis)->verdict.text, "no answer from the prober");
    ck_assert_uint_eq(rig_state(&r, redis)->verdict.verdict, VERDICT_TIMEOUT);
    ck_assert_uint_eq(rig_state(&r, redis)->response_us, SEC(2) + MS(500));
    /* Its verdict after all, while the next attempt is out: not for that one. */
    ck_assert_str_eq(rig_wake(&r), "probe redis");
    struct wire_verdict v = {.verdict = VERDICT_OK, .attempt = 1};
    ck_assert_str_eq(rig_event(&r, (struct engine_event){.kind = EVENT_VERDICT, .verdict = &v}), "");
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
}
END_TEST

START_TEST(the_timeout_of_an_exec_probe_is_kept_to_the_point)
{
    static char *const argv[] = {"/bin/true", NULL};
    struct node *redis = rig_service(&r, "redis");
    redis->probe_timeout_us = SEC(2);
    redis->probe_argv = argv;
    rig_start(&r);
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(2));
    ck_assert_str_eq(rig_wake(&r), "cancel redis, redis=unhealthy");
    ck_assert_str_eq(rig_state(&r, redis)->verdict.text, "the command timed out after 2 s");
}
END_TEST

START_TEST(an_attempt_fits_into_what_is_left_of_the_timeout)
{
    struct node *redis = rig_service(&r, "redis");
    redis->probe_timeout_us = SEC(2);
    redis->timeout_us = SEC(3);
    rig_start(&r);
    ck_assert_uint_eq(r.timeout_us, SEC(2));
    r.now += SEC(2);
    rig_refused(&r, redis);
    rig_wake(&r);
    ck_assert_uint_eq(r.timeout_us, SEC(1003) - r.now);
    rig_refused(&r, redis);
    r.now = SEC(1003) - 10;
    ck_assert_str_eq(rig_after(&r, 0), "probe redis");
    ck_assert_uint_eq(r.timeout_us, MS(1));
}
END_TEST

/* Only little time was left: that is no news about the service. */
START_TEST(a_clipped_attempt_does_not_hide_the_last_error)
{
    static const struct {
        enum verdict_class verdict;
        uint64_t elapsed_us, timeout_us, deadline_us;
        bool told;
    } cases[] = {
        {VERDICT_TIMEOUT, MS(3), SEC(3), 0, false},     {VERDICT_TIMEOUT, MS(3), 0, SEC(3), false},
        {VERDICT_RESOLVE, SEC(1), SEC(3), 0, false},    {VERDICT_RESOLVE, MS(3), SEC(3), 0, true},
        {VERDICT_REFUSED, MS(3), SEC(3), SEC(5), true}, {VERDICT_TIMEOUT, MS(3), SEC(9), SEC(9), true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig_free(&r);
        rig_init(&r);
        struct node *redis = rig_service(&r, "redis");
        redis->probe_timeout_us = SEC(2);
        redis->timeout_us = cases[i].timeout_us;
        r.options.deadline_us = cases[i].deadline_us;
        rig_start(&r);
        rig_verdict(&r, redis, VERDICT_LOADING);
        r.now += SEC(2);
        ck_assert_str_eq(rig_after(&r, 0), "probe redis");
        struct wire_verdict v = {.verdict = cases[i].verdict, .elapsed_us = cases[i].elapsed_us, .text = "news"};
        rig_event(&r, (struct engine_event){.kind = EVENT_VERDICT, .verdict = &v});
        const struct node_state *st = rig_state(&r, redis);
        ck_assert_uint_eq(st->verdict.verdict, cases[i].told ? cases[i].verdict : VERDICT_LOADING);
        ck_assert_str_eq(st->verdict.text, cases[i].told ? "news" : "it did not go well");
        ck_assert_uint_eq(st->attempts, 2);
        ck_assert_uint_eq(st->failures, 2);
        ck_assert_uint_eq(st->cause_count, cases[i].told ? 1 : 2);
        ck_assert_uint_eq(st->last_check_us, r.now);
    }
}
END_TEST

START_TEST(a_clipped_attempt_is_told_when_nothing_else_is_known)
{
    struct node *redis = rig_service(&r, "redis");
    redis->probe_timeout_us = SEC(2);
    redis->timeout_us = SEC(1);
    rig_start(&r);
    rig_verdict(&r, redis, VERDICT_TIMEOUT);
    ck_assert_uint_eq(rig_state(&r, redis)->verdict.verdict, VERDICT_TIMEOUT);
    ck_assert_str_eq(rig_state(&r, redis)->verdict.text, "it did not go well");
}
END_TEST

START_TEST(a_required_service_that_times_out_fails_the_run)
{
    struct node *redis = rig_service(&r, "redis");
    struct node *other = rig_service(&r, "other");
    struct node *app = rig_service(&r, "app");
    rig_need(&r, app, redis);
    redis->timeout_us = SEC(30);
    rig_start(&r);
    rig_ok(&r, other);
    rig_refused(&r, redis);
    r.now = SEC(1030);
    ck_assert_str_eq(rig_after(&r, 0), "app=stopped, FAILED 69, other=stopped, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "service redis was not healthy within 30 s");
    /* For the report it stays as it was. */
    ck_assert_int_eq(rig_state(&r, redis)->status.service, SERVICE_UNHEALTHY);
    ck_assert_str_eq(rig_state(&r, redis)->verdict.text, "it did not go well");
    ck_assert(rig_state(&r, redis)->timed_out);
    ck_assert_str_eq(rig_state(&r, app)->why, "dependency");
    ck_assert_str_eq(rig_state(&r, other)->why, "shutdown");
}
END_TEST

START_TEST(what_waiting_does_not_heal_ends_it_early)
{
    struct node *redis = rig_service(&r, "redis");
    redis->timeout_us = SEC(30);
    redis->give_up_after = 3;
    rig_start(&r);
    rig_verdict(&r, redis, VERDICT_WRONGPASS);
    /* Nobody's log is filled with failed logins meanwhile. */
    ck_assert_uint_ge(engine_wake(r.engine), r.now + MS(500));
    rig_wake(&r);
    rig_verdict(&r, redis, VERDICT_WRONGPASS);
    rig_wake(&r);
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_WRONGPASS), "FAILED 69, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine),
                     "service redis is not healthy, and waiting does not help: it did not go well");
    ck_assert_uint_lt(r.now, SEC(1002));
}
END_TEST

START_TEST(what_may_heal_in_between_begins_the_count_anew)
{
    struct node *redis = rig_service(&r, "redis");
    redis->give_up_after = 2;
    rig_start(&r);
    rig_verdict(&r, redis, VERDICT_NOAUTH);
    rig_wake(&r);
    rig_verdict(&r, redis, VERDICT_LOADING);
    rig_wake(&r);
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_NOAUTH), "redis=unhealthy");
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
}
END_TEST

START_TEST(it_may_be_told_to_wait_all_the_same)
{
    struct node *redis = rig_service(&r, "redis");
    redis->give_up_after = 0;
    rig_start(&r);
    for (int i = 0; i < 20; i++) {
        rig_verdict(&r, redis, VERDICT_WRONGPASS);
        rig_wake(&r);
    }
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
}
END_TEST

START_TEST(without_any_answer_the_timeout_is_the_reason)
{
    struct node *redis = rig_service(&r, "redis");
    redis->timeout_us = SEC(4);
    rig_start(&r);
    ck_assert_str_eq(rig_after(&r, SEC(4)), "cancel redis, redis=unhealthy, FAILED 69, STOPPED");
    ck_assert_str_eq(rig_state(&r, redis)->verdict.text, "no answer within 4 s");
    ck_assert_uint_eq(rig_state(&r, redis)->response_us, SEC(4));
}
END_TEST

START_TEST(an_optional_service_is_given_up_with_its_dependents)
{
    struct node *metrics = rig_service(&r, "metrics");
    struct node *chart = rig_service(&r, "chart");
    struct node *look = rig_test(&r, "look");
    struct node *redis = rig_service(&r, "redis");
    metrics->required = chart->required = look->required = false;
    metrics->timeout_us = SEC(5);
    metrics->interval_us = SEC(60);
    rig_need(&r, chart, metrics);
    rig_need(&r, look, chart);
    rig_start(&r);
    rig_refused(&r, metrics);
    r.now = SEC(1005);
    ck_assert_str_eq(rig_after(&r, 0), "chart=stopped, look=error");
    ck_assert_str_eq(rig_state(&r, chart)->why, "dependency");
    ck_assert_str_eq(rig_state(&r, look)->verdict.text, "service chart is not healthy");
    /* It is not probed any more; all that is timed is the attempt for redis. */
    ck_assert_uint_eq(engine_wake(r.engine), SEC(1005) + MS(500));
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
    /* Under supervision it is tried again, and what waited for it comes up after all. */
    ck_assert_str_eq(rig_wake(&r), "probe metrics");
    ck_assert_str_eq(rig_ok(&r, metrics), "metrics=healthy, chart=starting, probe chart");
    ck_assert_ptr_null(rig_state(&r, chart)->why);
    ck_assert_str_eq(rig_ok(&r, chart), "chart=healthy");
}
END_TEST

START_TEST(what_is_required_behind_an_optional_service_fails_the_run)
{
    struct node *metrics = rig_service(&r, "metrics");
    struct node *migrate = rig_step(&r, "migrate");
    metrics->required = false;
    metrics->timeout_us = SEC(5);
    rig_need(&r, migrate, metrics);
    rig_start(&r);
    ck_assert_str_eq(rig_after(&r, SEC(5)), "cancel metrics, metrics=unhealthy, FAILED 69, STOPPED");
    ck_assert_int_eq(rig_state(&r, migrate)->status.step, STEP_PENDING);
}
END_TEST

START_TEST(an_own_service_is_run_then_probed)
{
    struct node *redis = rig_own(&r, "redis");
    struct node *silent = rig_own(&r, "silent");
    silent->probed = false;
    ck_assert_str_eq(rig_start(&r), "redis=starting, run redis, silent=starting, run silent");
    ck_assert_str_eq(rig_started(&r, redis), "probe redis");
    ck_assert_str_eq(rig_started(&r, redis), "");
    ck_assert_str_eq(rig_started(&r, silent), "silent=healthy");
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
}
END_TEST

START_TEST(a_service_without_process_and_probe_is_healthy)
{
    struct node *name = rig_service(&r, "name");
    name->probed = false;
    ck_assert_str_eq(rig_start(&r), "name=healthy, READY");
}
END_TEST

START_TEST(the_driver_may_say_why_a_process_could_not_be_started)
{
    struct engine_event ev = {.kind = EVENT_EXIT, .exec_errno = ENOENT, .text = "cannot start redis-server: not found"};
    struct node *redis = rig_own(&r, "redis");
    rig_start(&r);
    rig_event(&r, ev);
    ck_assert_str_eq(rig_state(&r, redis)->verdict.text, "cannot start redis-server: not found");
}
END_TEST

START_TEST(an_own_process_that_ends_is_told_as_such)
{
    static const struct {
        int wait_status, exec_errno;
        enum verdict_class verdict;
        const char *text;
    } cases[] = {
        {1 << 8, 0, VERDICT_DIED, "its process exited with code 1"},
        {SIGKILL, 0, VERDICT_DIED, "its process was killed by SIGKILL"},
        {0, 0, VERDICT_DIED, "its process exited with code 0"},
        {0, ENOENT, VERDICT_COMMAND, "cannot start: No such file or directory"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig_free(&r);
        rig_init(&r);
        struct node *redis = rig_own(&r, "redis");
        rig_start(&r);
        if (cases[i].exec_errno != 0) {
            ck_assert_str_eq(rig_unstartable(&r, redis, cases[i].exec_errno), "redis=unhealthy, FAILED 69, STOPPED");
        } else {
            rig_started(&r, redis);
            ck_assert_str_eq(rig_exit(&r, redis, cases[i].wait_status),
                             "cancel redis, redis=unhealthy, FAILED 69, STOPPED");
        }
        ck_assert_str_eq(rig_state(&r, redis)->verdict.text, cases[i].text);
        ck_assert_uint_eq(rig_state(&r, redis)->verdict.verdict, cases[i].verdict);
        ck_assert_int_eq(rig_state(&r, redis)->status.service, SERVICE_UNHEALTHY);
    }
}
END_TEST

Suite *suite_service(void)
{
    Suite *s = suite_create("service");
    TCase *t = tcase_create("service");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_new_reason_is_told_once_not_each_attempt);
    tcase_add_test(t, the_next_attempt_follows_the_128th_rule);
    tcase_add_test(t, a_lost_attempt_is_a_timeout);
    tcase_add_test(t, the_timeout_of_an_exec_probe_is_kept_to_the_point);
    tcase_add_test(t, an_attempt_fits_into_what_is_left_of_the_timeout);
    tcase_add_test(t, a_clipped_attempt_does_not_hide_the_last_error);
    tcase_add_test(t, a_clipped_attempt_is_told_when_nothing_else_is_known);
    tcase_add_test(t, a_required_service_that_times_out_fails_the_run);
    tcase_add_test(t, what_waiting_does_not_heal_ends_it_early);
    tcase_add_test(t, what_may_heal_in_between_begins_the_count_anew);
    tcase_add_test(t, it_may_be_told_to_wait_all_the_same);
    tcase_add_test(t, without_any_answer_the_timeout_is_the_reason);
    tcase_add_test(t, an_optional_service_is_given_up_with_its_dependents);
    tcase_add_test(t, what_is_required_behind_an_optional_service_fails_the_run);
    tcase_add_test(t, an_own_service_is_run_then_probed);
    tcase_add_test(t, a_service_without_process_and_probe_is_healthy);
    tcase_add_test(t, the_driver_may_say_why_a_process_could_not_be_started);
    tcase_add_test(t, an_own_process_that_ends_is_told_as_such);
    suite_add_tcase(s, t);
    return s;
}
