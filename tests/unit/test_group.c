/* Services that are healthy while enough others are. */

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

static struct node *a, *b, *c, *any;

/* Two of three, all of them of others. */
static void two_of_three(void)
{
    a = rig_service(&r, "a");
    b = rig_service(&r, "b");
    c = rig_service(&r, "c");
    any = rig_group(&r, "any", 2);
    rig_member(&r, any, a);
    rig_member(&r, any, b);
    rig_member(&r, any, c);
    a->failure_threshold = b->failure_threshold = c->failure_threshold = 1;
    a->interval_us = b->interval_us = c->interval_us = SEC(10);
}

static const char *text(void)
{
    return rig_state(&r, any)->verdict.text;
}

START_TEST(enough_members_make_it_healthy)
{
    two_of_three();
    struct node *app = rig_service(&r, "app");
    rig_need(&r, app, any);
    ck_assert_str_eq(rig_start(&r), "a=starting, probe a, b=starting, probe b, c=starting, probe c, any=starting");
    ck_assert_str_eq(rig_ok(&r, c), "c=healthy");
    ck_assert_uint_eq(rig_state(&r, any)->members_healthy, 1);
    ck_assert_str_eq(rig_ok(&r, a), "a=healthy, any=healthy, app=starting, probe app");
    ck_assert_uint_eq(rig_state(&r, any)->verdict.verdict, VERDICT_OK);
    ck_assert_str_eq(rig_ok(&r, app), "app=healthy, READY");
    ck_assert_str_eq(rig_ok(&r, b), "b=healthy");
}
END_TEST

START_TEST(one_is_enough_when_no_number_is_stated)
{
    two_of_three();
    any->at_least = 0;
    rig_start(&r);
    ck_assert_str_eq(rig_ok(&r, b), "b=healthy, any=healthy, READY");
}
END_TEST

START_TEST(it_waits_for_its_own_needs_first)
{
    two_of_three();
    struct node *gate = rig_service(&r, "gate");
    rig_need(&r, any, gate);
    rig_start(&r);
    rig_ok(&r, a);
    ck_assert_str_eq(rig_ok(&r, b), "b=healthy");
    ck_assert_str_eq(rig_ok(&r, gate), "gate=healthy, any=healthy, READY");
}
END_TEST

START_TEST(losing_one_too_many_is_told_at_once)
{
    two_of_three();
    any->when_lost = LOST_STOP;
    rig_start(&r);
    rig_ok(&r, a);
    rig_ok(&r, b);
    ck_assert_str_eq(rig_ok(&r, c), "c=healthy");
    for (int i = 0; i < 3; i++) {
        rig_wake(&r);
    }
    ck_assert_str_eq(rig_refused(&r, b), "b=unhealthy");
    ck_assert(engine_ready(r.engine));
    ck_assert_str_eq(rig_refused(&r, a), "a=unhealthy, any=unhealthy, lost any");
    ck_assert(!engine_ready(r.engine));
    ck_assert_str_eq(text(), "1 of 3 healthy, 2 needed");
    ck_assert_uint_eq(rig_state(&r, any)->verdict.verdict, VERDICT_MEMBERS);
    ck_assert_str_eq(rig_refused(&r, c), "c=unhealthy");
    ck_assert_str_eq(text(), "0 of 3 healthy, 2 needed");
    rig_after(&r, SEC(2));
    rig_ok(&r, a);
    ck_assert_str_eq(rig_ok(&r, c), "c=healthy, any=healthy");
    ck_assert_uint_gt(rig_state(&r, any)->outage_us, SEC(1));
}
END_TEST

START_TEST(it_fails_when_too_few_can_still_come_up)
{
    two_of_three();
    a->timeout_us = SEC(1);
    b->inactive = true;
    rig_start(&r);
    rig_ok(&r, c);
    rig_refused(&r, a);
    ck_assert_str_eq(rig_after(&r, SEC(1)), "any=unhealthy, FAILED 69, c=stopped, STOPPED");
    ck_assert_str_eq(engine_reason(r.engine), "service any is not healthy: 1 of 3 healthy, 2 needed");
}
END_TEST

START_TEST(it_is_hopeless_from_the_start_when_too_few_are_active)
{
    two_of_three();
    a->inactive = b->inactive = true;
    ck_assert_str_eq(rig_start(&r), "a=stopped, b=stopped, any=unhealthy, FAILED 69, c=stopped, STOPPED");
}
END_TEST

START_TEST(a_member_behind_one_that_does_not_come_up_does_not_count)
{
    two_of_three();
    struct node *gate = rig_service(&r, "gate");
    gate->required = false;
    gate->timeout_us = SEC(1);
    rig_need(&r, a, gate);
    rig_need(&r, b, gate);
    rig_start(&r);
    rig_refused(&r, gate);
    ck_assert_str_eq(rig_after(&r, SEC(1)),
                     "a=stopped, b=stopped, any=unhealthy, FAILED 69, cancel c, c=stopped, STOPPED");
}
END_TEST

START_TEST(an_optional_group_comes_up_after_all)
{
    two_of_three();
    struct node *app = rig_service(&r, "app");
    struct node *redis = rig_service(&r, "redis");
    any->required = app->required = false;
    a->timeout_us = b->timeout_us = SEC(1);
    rig_need(&r, app, any);
    rig_start(&r);
    rig_ok(&r, c);
    rig_refused(&r, a);
    rig_refused(&r, b);
    ck_assert_str_eq(rig_after(&r, SEC(1)), "any=unhealthy, app=stopped");
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
    rig_after(&r, SEC(5));
    ck_assert_str_eq(rig_ok(&r, a), "a=healthy, any=healthy, app=starting, probe app");
}
END_TEST

START_TEST(its_timeout_says_how_many_were_there)
{
    two_of_three();
    any->timeout_us = SEC(5);
    rig_start(&r);
    rig_ok(&r, a);
    rig_refused(&r, b);
    rig_refused(&r, c);
    r.now += SEC(5);
    rig_after(&r, 0);
    ck_assert_str_eq(engine_reason(r.engine), "service any was not healthy within 5 s");
    ck_assert_str_eq(text(), "1 of 3 healthy, 2 needed");
    ck_assert_uint_eq(rig_state(&r, any)->verdict.verdict, VERDICT_MEMBERS);
}
END_TEST

START_TEST(the_deadline_says_so_too)
{
    two_of_three();
    r.options.deadline_us = SEC(5);
    rig_start(&r);
    rig_after(&r, SEC(5));
    ck_assert_str_eq(text(), "0 of 3 healthy, 2 needed");
    ck_assert_str_eq(engine_reason(r.engine), "deadline of 5 s passed");
}
END_TEST

START_TEST(groups_have_groups)
{
    a = rig_service(&r, "a");
    b = rig_service(&r, "b");
    struct node *inner = rig_group(&r, "inner", 1);
    any = rig_group(&r, "any", 2);
    rig_member(&r, inner, a);
    rig_member(&r, any, inner);
    rig_member(&r, any, b);
    a->interval_us = SEC(10);
    a->failure_threshold = 1;
    rig_start(&r);
    rig_ok(&r, b);
    ck_assert_str_eq(rig_ok(&r, a), "a=healthy, inner=healthy, any=healthy, READY");
    rig_wake(&r);
    ck_assert_str_eq(rig_refused(&r, a), "a=unhealthy, inner=unhealthy, any=unhealthy");
}
END_TEST

/* A member that is lost before the roll is complete is waited for again. */
START_TEST(readiness_means_healthy_now)
{
    a = rig_own(&r, "a");
    b = rig_service(&r, "b");
    any = rig_group(&r, "any", 1);
    rig_member(&r, any, a);
    a->restart = RESTART_ALWAYS;
    a->restart_delay_us = MS(100);
    any->timeout_us = SEC(30);
    rig_start(&r);
    rig_started(&r, a);
    ck_assert_str_eq(rig_ok(&r, a), "a=healthy, any=healthy");
    ck_assert_str_eq(rig_exit(&r, a, 1 << 8), "a=unhealthy, any=unhealthy");
    ck_assert_str_eq(rig_ok(&r, b), "b=healthy");
    ck_assert_uint_eq(rig_state(&r, any)->deadline_us, r.now + SEC(30));
    ck_assert_str_eq(rig_wake(&r), "a=starting, run a");
    rig_started(&r, a);
    ck_assert_str_eq(rig_ok(&r, a), "a=healthy, any=healthy, READY");
}
END_TEST

/* What needs the group uses its members. */
START_TEST(members_are_stopped_after_what_needs_their_group)
{
    a = rig_own(&r, "a");
    any = rig_group(&r, "any", 1);
    struct node *app = rig_own(&r, "app");
    a->probed = app->probed = false;
    rig_member(&r, any, a);
    rig_need(&r, app, any);
    rig_start(&r);
    rig_started(&r, a);
    ck_assert_str_eq(rig_started(&r, app), "app=healthy, READY");
    ck_assert_str_eq(rig_stop(&r), "any=stopped, kill app 15");
    ck_assert_str_eq(rig_exit(&r, app, 0), "app=stopped, kill a 15");
    ck_assert_str_eq(rig_exit(&r, a, 0), "a=stopped, STOPPED");
}
END_TEST

Suite *suite_group(void)
{
    Suite *s = suite_create("group");
    TCase *t = tcase_create("group");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, enough_members_make_it_healthy);
    tcase_add_test(t, one_is_enough_when_no_number_is_stated);
    tcase_add_test(t, it_waits_for_its_own_needs_first);
    tcase_add_test(t, losing_one_too_many_is_told_at_once);
    tcase_add_test(t, it_fails_when_too_few_can_still_come_up);
    tcase_add_test(t, it_is_hopeless_from_the_start_when_too_few_are_active);
    tcase_add_test(t, a_member_behind_one_that_does_not_come_up_does_not_count);
    tcase_add_test(t, an_optional_group_comes_up_after_all);
    tcase_add_test(t, its_timeout_says_how_many_were_there);
    tcase_add_test(t, the_deadline_says_so_too);
    tcase_add_test(t, groups_have_groups);
    tcase_add_test(t, readiness_means_healthy_now);
    tcase_add_test(t, members_are_stopped_after_what_needs_their_group);
    suite_add_tcase(s, t);
    return s;
}
