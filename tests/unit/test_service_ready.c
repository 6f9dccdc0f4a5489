/* Services once the roll is complete. */
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

START_TEST(an_outage_is_counted_from_its_first_failure)
{
    struct node *redis = rig_service(&r, "redis");
    redis->interval_us = SEC(10);
    redis->failure_threshold = 2;
    rig_start(&r);
    rig_refused(&r, redis);
    rig_wake(&r);
    rig_ok(&r, redis);
    ck_assert_uint_eq(rig_state(&r, redis)->outage_us, 0);
    rig_wake(&r);
    rig_refused(&r, redis);
    uint64_t since = r.now;
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, redis), "redis=unhealthy");
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy");
    ck_assert_uint_gt(r.now, since);
    ck_assert_uint_eq(rig_state(&r, redis)->outage_us, r.now - since);
}
END_TEST

START_TEST(a_death_after_readiness_is_final)
{
    struct node *redis = rig_own(&r, "redis");
    redis->interval_us = SEC(10);
    rig_start(&r);
    rig_started(&r, redis);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
    ck_assert_str_eq(rig_exit(&r, redis, SIGKILL), "redis=unhealthy");
    ck_assert(!engine_ready(r.engine));
    ck_assert_int_eq(engine_phase(r.engine), ENGINE_READY);
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

START_TEST(an_optional_service_whose_process_ended_is_not_probed_again)
{
    struct node *metrics = rig_own(&r, "metrics");
    struct node *redis = rig_service(&r, "redis");
    metrics->required = false;
    metrics->interval_us = SEC(10);
    rig_start(&r);
    ck_assert_str_eq(rig_exit(&r, metrics, 0), "metrics=unhealthy");
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

START_TEST(a_process_that_starts_after_its_timeout_has_one_attempt_out)
{
    struct node *metrics = rig_own(&r, "metrics");
    struct node *redis = rig_service(&r, "redis");
    metrics->required = false;
    metrics->interval_us = SEC(10);
    metrics->timeout_us = SEC(1);
    rig_start(&r);
    ck_assert_str_eq(rig_after(&r, SEC(1)), "metrics=unhealthy");
    ck_assert_str_eq(rig_state(&r, metrics)->verdict.text, "its process did not start within 1 s");
    ck_assert_str_eq(rig_started(&r, metrics), "probe metrics");
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
    ck_assert_uint_eq(engine_wake(r.engine), r.now + SEC(5) + MS(500));
    ck_assert_str_eq(rig_ok(&r, metrics), "metrics=healthy");
}
END_TEST

START_TEST(the_deadline_binds_optional_services_after_readiness_too)
{
    struct node *called = rig_service(&r, "called");
    struct node *next = rig_service(&r, "next");
    struct node *last = rig_service(&r, "last");
    called->required = next->required = last->required = false;
    called->probe_timeout_us = next->probe_timeout_us = SEC(1000);
    rig_need(&r, last, next);
    r.options.deadline_us = SEC(60);
    r.options.keep_calling = false;
    ck_assert_str_eq(rig_start(&r), "called=starting, probe called, next=starting, probe next, READY");
    ck_assert_uint_eq(engine_wake(r.engine), SEC(1060));
    ck_assert_str_eq(rig_ok(&r, next), "next=healthy, last=starting, probe last");
    rig_refused(&r, last);
    r.now = SEC(1060);
    rig_after(&r, 0);
    ck_assert_int_eq(rig_state(&r, called)->status.service, SERVICE_UNHEALTHY);
    ck_assert_str_eq(rig_state(&r, called)->verdict.text, "no answer within 1 min");
    ck_assert(rig_state(&r, last)->timed_out);
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
    ck_assert(engine_ready(r.engine));
}
END_TEST

START_TEST(a_need_that_is_unhealthy_again_holds_up_what_has_not_started)
{
    struct node *a = rig_service(&r, "a");
    struct node *b = rig_service(&r, "b");
    struct node *c = rig_service(&r, "c");
    a->failure_threshold = 1;
    a->interval_us = SEC(1);
    b->required = c->required = false;
    rig_need(&r, c, a);
    rig_need(&r, c, b);
    rig_start(&r);
    ck_assert_str_eq(rig_ok(&r, a), "a=healthy, READY");
    ck_assert_str_eq(rig_wake(&r), "probe a");
    ck_assert_str_eq(rig_refused(&r, a), "a=unhealthy");
    ck_assert_str_eq(rig_ok(&r, b), "b=healthy");
    ck_assert_str_eq(rig_wake(&r), "probe a");
    ck_assert_str_eq(rig_ok(&r, a), "a=healthy, c=starting, probe c");
}
END_TEST

START_TEST(probes_at_an_interval_do_not_fall_into_step)
{
    struct node *redis = rig_service(&r, "redis");
    redis->interval_us = SEC(10);
    rig_start(&r);
    uint64_t first = 0;
    bool differ = false;
    for (int i = 0; i < 5; i++) {
        rig_ok(&r, redis);
        uint64_t wait = engine_wake(r.engine) - r.now;
        ck_assert_uint_ge(wait, SEC(9));
        ck_assert_uint_le(wait, SEC(11));
        differ = differ || (i > 0 && wait != first);
        first = wait;
        rig_wake(&r);
    }
    ck_assert(differ);
}
END_TEST

START_TEST(healthy_services_are_probed_at_their_interval)
{
    struct node *redis = rig_service(&r, "redis");
    struct node *once = rig_service(&r, "once");
    redis->interval_us = SEC(10);
    rig_start(&r);
    rig_ok(&r, once);
    rig_ok(&r, redis);
    ck_assert_uint_ge(engine_wake(r.engine), r.now + SEC(9));
    ck_assert_uint_le(engine_wake(r.engine), r.now + SEC(11));
    ck_assert_str_eq(rig_wake(&r), "probe redis");
    ck_assert_str_eq(rig_ok(&r, redis), "");
    /* Three failures in a row, one second apart, and it is not healthy any more; not before. */
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, redis), "");
    ck_assert_uint_le(engine_wake(r.engine), r.now + MS(1100));
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, redis), "");
    ck_assert(engine_ready(r.engine));
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, redis), "redis=unhealthy");
    ck_assert(!engine_ready(r.engine));
    rig_wake(&r);
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_RESET), "redis=unhealthy");
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy");
    ck_assert(engine_ready(r.engine));
}
END_TEST

START_TEST(a_long_outage_is_probed_ever_less_often_but_at_the_interval)
{
    struct node *redis = rig_service(&r, "redis");
    redis->interval_us = SEC(10);
    redis->failure_threshold = 1;
    rig_start(&r);
    rig_ok(&r, redis);
    rig_wake(&r);
    uint64_t failing = r.now;
    uint64_t last = 0;
    for (int i = 0; i < 60; i++) {
        rig_refused(&r, redis);
        last = engine_wake(r.engine) - r.now;
        uint64_t eighth = (r.now - failing) / 8;
        uint64_t want = eighth < SEC(1) ? SEC(1) : eighth > SEC(10) ? SEC(10) : eighth;
        ck_assert_uint_ge(last, want * 9 / 10);
        ck_assert_uint_le(last, want * 11 / 10);
        ck_assert_str_eq(rig_wake(&r), "probe redis");
    }
    ck_assert_uint_ge(last, SEC(9));
}
END_TEST

START_TEST(what_is_lost_is_told_once_a_loss)
{
    struct node *redis = rig_service(&r, "redis");
    redis->interval_us = SEC(10);
    redis->failure_threshold = 2;
    redis->when_lost = LOST_SIGNAL;
    rig_start(&r);
    rig_refused(&r, redis);
    rig_wake(&r);
    rig_ok(&r, redis);
    for (int loss = 0; loss < 2; loss++) {
        ck_assert_str_eq(rig_after(&r, SEC(11)), "probe redis");
        ck_assert_str_eq(rig_refused(&r, redis), "");
        rig_after(&r, SEC(2));
        ck_assert_str_eq(rig_refused(&r, redis), "redis=unhealthy, lost redis");
        rig_after(&r, SEC(2));
        ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_RESET), "redis=unhealthy");
        rig_after(&r, SEC(2));
        ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy");
    }
}
END_TEST

START_TEST(a_death_is_a_loss_but_not_before_readiness)
{
    struct node *redis = rig_own(&r, "redis");
    struct node *other = rig_service(&r, "other");
    redis->when_lost = LOST_STOP;
    redis->restart = RESTART_ALWAYS;
    rig_start(&r);
    rig_started(&r, redis);
    rig_ok(&r, redis);
    ck_assert_str_eq(rig_exit(&r, redis, 0), "redis=unhealthy");
    rig_wake(&r);
    rig_started(&r, redis);
    rig_ok(&r, redis);
    ck_assert_str_eq(rig_ok(&r, other), "other=healthy, READY");
    ck_assert_str_eq(rig_exit(&r, redis, 0), "redis=unhealthy, lost redis");
}
END_TEST

START_TEST(without_keep_calling_nothing_is_to_be_timed)
{
    struct node *redis = rig_service(&r, "redis");
    redis->interval_us = SEC(10);
    redis->timeout_us = SEC(60);
    r.options.keep_calling = false;
    r.options.deadline_us = SEC(300);
    rig_start(&r);
    rig_ok(&r, redis);
    ck_assert_uint_eq(engine_wake(r.engine), CLOCK_NEVER);
}
END_TEST

Suite *suite_service_ready(void)
{
    Suite *s = suite_create("service_ready");
    TCase *t = tcase_create("service_ready");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_outage_is_counted_from_its_first_failure);
    tcase_add_test(t, a_death_after_readiness_is_final);
    tcase_add_test(t, an_optional_service_whose_process_ended_is_not_probed_again);
    tcase_add_test(t, a_process_that_starts_after_its_timeout_has_one_attempt_out);
    tcase_add_test(t, the_deadline_binds_optional_services_after_readiness_too);
    tcase_add_test(t, a_need_that_is_unhealthy_again_holds_up_what_has_not_started);
    tcase_add_test(t, probes_at_an_interval_do_not_fall_into_step);
    tcase_add_test(t, healthy_services_are_probed_at_their_interval);
    tcase_add_test(t, a_long_outage_is_probed_ever_less_often_but_at_the_interval);
    tcase_add_test(t, what_is_lost_is_told_once_a_loss);
    tcase_add_test(t, a_death_is_a_loss_but_not_before_readiness);
    tcase_add_test(t, without_keep_calling_nothing_is_to_be_timed);
    suite_add_tcase(s, t);
    return s;
}
