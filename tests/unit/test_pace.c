/* When a service is probed, and which verdicts count. */

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

/* From now to when the engine wants to be woken. */
static uint64_t pause_now(void)
{
    return engine_wake(r.engine) - r.now;
}

START_TEST(a_node_says_how_fast_it_is_probed)
{
    struct node *redis = rig_service(&r, "redis");
    redis->retry_min_us = MS(100);
    redis->retry_max_us = MS(200);
    rig_start(&r);
    rig_refused(&r, redis);
    ck_assert_uint_eq(pause_now(), MS(100)); /* and no jitter, if it states none */
    r.now += SEC(20);
    rig_after(&r, 0);
    rig_refused(&r, redis);
    ck_assert_uint_eq(pause_now(), 20100000 / 128 > MS(200) ? MS(200) : (r.now - SEC(1000)) / 128);
    r.now += SEC(60);
    rig_after(&r, 0);
    rig_refused(&r, redis);
    ck_assert_uint_eq(pause_now(), MS(200));
}
END_TEST

START_TEST(its_jitter_spreads_every_pause)
{
    struct node *redis = rig_service(&r, "redis");
    redis->retry_min_us = redis->retry_max_us = MS(100);
    redis->jitter = 50;
    redis->interval_us = SEC(10);
    rig_start(&r);
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (int i = 0; i < 100; i++) {
        rig_refused(&r, redis);
        least = pause_now() < least ? pause_now() : least;
        most = pause_now() > most ? pause_now() : most;
        rig_wake(&r);
    }
    ck_assert(least >= MS(50) && least < MS(70) && most > MS(130) && most <= MS(150));
    rig_ok(&r, redis);
    ck_assert(pause_now() >= SEC(5) && pause_now() <= SEC(15));
}
END_TEST

START_TEST(a_dependent_is_probed_the_moment_its_last_need_is_healthy)
{
    struct node *a = rig_service(&r, "a");
    struct node *b = rig_service(&r, "b");
    struct node *c = rig_service(&r, "c");
    struct node *app = rig_service(&r, "app");
    rig_need(&r, app, a);
    rig_need(&r, app, b);
    rig_need(&r, app, c);
    rig_start(&r);
    r.now += MS(900);
    ck_assert_str_eq(rig_ok(&r, b), "b=healthy");
    r.now += MS(70);
    ck_assert_str_eq(rig_ok(&r, a), "a=healthy");
    r.now += MS(3);
    ck_assert_str_eq(rig_ok(&r, c), "c=healthy, app=starting, probe app");
    ck_assert_uint_eq(rig_state(&r, app)->called_us, SEC(1000) + MS(973));
}
END_TEST

/* A refusal, after so many attempts. */
static void refused_after(struct node *node, uint32_t tries)
{
    struct wire_verdict v = {.verdict = VERDICT_REFUSED, .tries = tries};
    rig_event(&r, (struct engine_event){.kind = EVENT_VERDICT, .node = (size_t)(node - r.nodes), .verdict = &v});
}

START_TEST(a_closed_port_is_left_to_the_prober)
{
    struct node *redis = rig_service(&r, "redis");
    redis->timeout_us = SEC(60);
    rig_start(&r);
    const struct node_state *st = rig_state(&r, redis);
    ck_assert_uint_eq(st->patience_us, 0); /* the first answer is news, whatever it is */
    rig_refused(&r, redis);
    ck_assert(pause_now() >= MS(4) && pause_now() <= MS(6));
    r.now += SEC(2);
    rig_after(&r, 0);
    ck_assert_uint_eq(st->patience_us, SEC(1));
    ck_assert(st->knock_us > 2002000 / 1024 * 8 / 10 && st->knock_us < 2002000 / 1024 * 12 / 10);
    ck_assert(st->pause_us > 2002000 / 128 * 8 / 10 && st->pause_us < 2002000 / 128 * 12 / 10);
    r.now += SEC(1);
    refused_after(redis, 400);
    ck_assert_uint_eq(st->attempts, 401);
    ck_assert_uint_eq(st->failures, 401);
    ck_assert_uint_eq(st->cause_count, 401);
    ck_assert(pause_now() > MS(2) && pause_now() < MS(4)); /* nothing has changed but that it said so */
    rig_wake(&r);
    ck_assert_uint_eq(st->attempts, 402);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
}
END_TEST

START_TEST(a_prober_that_is_patient_is_not_stuck)
{
    struct node *redis = rig_service(&r, "redis");
    rig_start(&r);
    rig_refused(&r, redis);
    rig_wake(&r);
    ck_assert_str_eq(rig_after(&r, SEC(6) + MS(499)), "");
    ck_assert_str_eq(rig_after(&r, MS(2)), "cancel redis, redis=unhealthy");
}
END_TEST

START_TEST(nobody_is_patient_when_a_refusal_would_be_news)
{
    struct node *redis = rig_service(&r, "redis");
    struct node *gone = rig_service(&r, "gone");
    gone->down = true;
    redis->start_period_us = MS(500);
    redis->interval_us = SEC(10);
    rig_start(&r);
    rig_verdict(&r, gone, VERDICT_RESOLVE);
    rig_verdict(&r, redis, VERDICT_LOADING);
    r.now += MS(100);
    rig_after(&r, 0);
    ck_assert_uint_eq(rig_state(&r, redis)->patience_us, 0);
    rig_refused(&r, redis);
    rig_verdict(&r, gone, VERDICT_RESOLVE);
    r.now += MS(100);
    rig_after(&r, 0);
    ck_assert_uint_eq(rig_state(&r, redis)->patience_us, MS(300)); /* then its failures count */
    ck_assert_uint_eq(rig_state(&r, gone)->patience_us, 0);
    rig_refused(&r, gone);
    rig_ok(&r, redis);
    ck_assert(engine_ready(r.engine));
    rig_wake(&r);
    rig_refused(&r, redis);
    rig_wake(&r);
    ck_assert_uint_eq(rig_state(&r, redis)->patience_us, 0);
}
END_TEST

START_TEST(patience_ends_before_the_time_is_up_and_a_stated_pause_is_kept)
{
    struct node *redis = rig_service(&r, "redis");
    struct node *slow = rig_service(&r, "slow");
    redis->timeout_us = SEC(1);
    slow->retry_min_us = slow->retry_max_us = MS(700);
    slow->timeout_us = SEC(1);
    rig_start(&r);
    rig_refused(&r, redis);
    rig_refused(&r, slow);
    r.now += MS(600);
    rig_after(&r, 0);
    ck_assert_uint_eq(rig_state(&r, redis)->patience_us, MS(200));
    r.now += MS(150);
    rig_after(&r, 0);
    ck_assert(rig_state(&r, slow)->probing);
    ck_assert_uint_eq(rig_state(&r, slow)->patience_us, 0);
}
END_TEST

START_TEST(failures_in_the_start_period_count_for_nothing)
{
    struct node *redis = rig_service(&r, "redis");
    redis->start_period_us = SEC(10);
    redis->give_up_after = 2;
    rig_start(&r);
    /* It stays starting; what is wrong is told all the same, once. */
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_WRONGPASS), "redis=starting");
    rig_wake(&r);
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_WRONGPASS), "");
    rig_wake(&r);
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_WRONGPASS), "");
    ck_assert_uint_eq(rig_state(&r, redis)->failures, 0);
    ck_assert_int_eq(engine_phase(r.engine), ENGINE_CALLING);
    r.now = SEC(1010);
    rig_after(&r, 0);
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_WRONGPASS), "redis=unhealthy");
    rig_wake(&r);
    ck_assert_str_eq(rig_verdict(&r, redis, VERDICT_WRONGPASS), "FAILED 69, STOPPED");
}
END_TEST

START_TEST(one_that_is_healthy_may_fail_in_its_start_period)
{
    struct node *redis = rig_service(&r, "redis");
    redis->start_period_us = SEC(10);
    redis->failure_threshold = 1;
    redis->interval_us = SEC(4);
    redis->retry_min_us = MS(1); /* and no jitter */
    rig_start(&r);
    rig_ok(&r, redis);
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, redis), "");
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, redis), "");
    ck_assert(engine_ready(r.engine));
    ck_assert_str_eq(rig_wake(&r), "probe redis");
    ck_assert_uint_ge(r.now, SEC(1010));
    ck_assert_str_eq(rig_refused(&r, redis), "redis=unhealthy");
}
END_TEST

START_TEST(its_timeout_holds_in_the_start_period_too)
{
    struct node *redis = rig_service(&r, "redis");
    redis->start_period_us = SEC(10);
    redis->timeout_us = SEC(3);
    rig_start(&r);
    rig_refused(&r, redis);
    ck_assert_str_eq(rig_after(&r, SEC(3)), "redis=unhealthy, FAILED 69, STOPPED");
    ck_assert_str_eq(rig_state(&r, redis)->verdict.text, "it did not go well");
}
END_TEST

START_TEST(so_many_successes_in_a_row_make_it_healthy)
{
    struct node *redis = rig_service(&r, "redis");
    redis->success_threshold = 3;
    redis->retry_min_us = MS(7);
    rig_start(&r);
    rig_refused(&r, redis);
    r.now += SEC(10);
    rig_after(&r, 0);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=unhealthy"); /* it answers, that is news */
    ck_assert_uint_eq(pause_now(), MS(7));
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, redis), "");
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, redis), "redis=unhealthy");
    ck_assert_uint_gt(pause_now(), MS(70));
    for (int i = 1; i <= 3; i++) {
        rig_wake(&r);
        ck_assert_str_eq(rig_ok(&r, redis), i == 1 ? "redis=unhealthy" : i == 2 ? "" : "redis=healthy, READY");
    }
}
END_TEST

START_TEST(and_again_after_it_was_unhealthy)
{
    struct node *redis = rig_service(&r, "redis");
    redis->success_threshold = 2;
    redis->failure_threshold = 1;
    redis->interval_us = SEC(10);
    redis->retry_min_us = MS(7);
    rig_start(&r);
    rig_ok(&r, redis);
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, redis), "");
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, redis), "redis=unhealthy");
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=unhealthy");
    ck_assert_uint_eq(pause_now(), MS(7));
    rig_wake(&r);
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy");
}
END_TEST

START_TEST(too_few_successes_in_time_are_told_as_such)
{
    struct node *redis = rig_service(&r, "redis");
    redis->success_threshold = 2;
    redis->timeout_us = SEC(1);
    rig_start(&r);
    rig_ok(&r, redis);
    ck_assert_str_eq(rig_wake(&r), "probe redis");
    rig_after(&r, SEC(1));
    ck_assert_str_eq(rig_state(&r, redis)->verdict.text, "too few answers in a row within 1 s");
}
END_TEST

/* Nothing there, or not as described: that is clear. The rest says nothing about it. */
START_TEST(what_is_expected_down_is_healthy_when_clearly_nothing_is_there)
{
    static const bool down[VERDICT_CLASS_COUNT] = {
        [VERDICT_REFUSED] = true, [VERDICT_RESET] = true,   [VERDICT_STATUS] = true, [VERDICT_CONTENT] = true,
        [VERDICT_EXIT] = true,    [VERDICT_MISSING] = true, [VERDICT_STALE] = true,
    };
    for (int class = 0; class < VERDICT_CLASS_COUNT; class ++) {
        rig_free(&r);
        rig_init(&r);
        struct node *old = rig_service(&r, "old");
        old->down = true;
        old->give_up_after = 1;
        rig_start(&r);
        const char *actions = rig_verdict(&r, old, class);
        ck_assert_str_eq(actions, down[class] ? "old=healthy, READY" : "old=unhealthy");
        const struct wire_verdict *verdict = &rig_state(&r, old)->verdict;
        int want = down[class] ? VERDICT_OK : class == VERDICT_OK ? VERDICT_UP : class;
        ck_assert_uint_eq(verdict->verdict, want);
        ck_assert_str_eq(verdict->text, down[class]           ? ""
                                        : class == VERDICT_OK ? "it answers, but is expected to be down"
                                                              : "it did not go well");
    }
}
END_TEST

START_TEST(a_test_can_expect_that_nothing_answers)
{
    struct node *closed = rig_test(&r, "closed");
    closed->runs = false;
    closed->probed = closed->down = true;
    rig_start(&r);
    ck_assert_str_eq(rig_refused(&r, closed), "closed=passed, READY");
    rig_free(&r);
    rig_init(&r);
    closed = rig_test(&r, "closed");
    closed->runs = false;
    closed->probed = closed->down = true;
    rig_start(&r);
    ck_assert_str_eq(rig_ok(&r, closed), "closed=failed, FAILED 77, STOPPED");
}
END_TEST

START_TEST(a_certificate_that_ends_soon_is_told_once)
{
    struct node *site = rig_service(&r, "site");
    struct wire_verdict v = {.verdict = VERDICT_OK};
    struct engine_event ev = {.kind = EVENT_VERDICT, .verdict = &v};
    site->interval_us = SEC(10);
    rig_start(&r);
    ck_assert_str_eq(rig_event(&r, ev), "site=healthy, READY");
    v.certificate_days = 13;
    rig_wake(&r);
    ck_assert_str_eq(rig_event(&r, ev), "site=healthy");
    rig_wake(&r);
    ck_assert_str_eq(rig_event(&r, ev), "");
}
END_TEST

Suite *suite_pace(void)
{
    Suite *s = suite_create("pace");
    TCase *t = tcase_create("pace");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_node_says_how_fast_it_is_probed);
    tcase_add_test(t, its_jitter_spreads_every_pause);
    tcase_add_test(t, a_dependent_is_probed_the_moment_its_last_need_is_healthy);
    tcase_add_test(t, a_closed_port_is_left_to_the_prober);
    tcase_add_test(t, a_prober_that_is_patient_is_not_stuck);
    tcase_add_test(t, nobody_is_patient_when_a_refusal_would_be_news);
    tcase_add_test(t, patience_ends_before_the_time_is_up_and_a_stated_pause_is_kept);
    tcase_add_test(t, failures_in_the_start_period_count_for_nothing);
    tcase_add_test(t, one_that_is_healthy_may_fail_in_its_start_period);
    tcase_add_test(t, its_timeout_holds_in_the_start_period_too);
    tcase_add_test(t, so_many_successes_in_a_row_make_it_healthy);
    tcase_add_test(t, and_again_after_it_was_unhealthy);
    tcase_add_test(t, too_few_successes_in_time_are_told_as_such);
    tcase_add_test(t, what_is_expected_down_is_healthy_when_clearly_nothing_is_there);
    tcase_add_test(t, a_test_can_expect_that_nothing_answers);
    tcase_add_test(t, a_certificate_that_ends_soon_is_told_once);
    suite_add_tcase(s, t);
    return s;
}
