/* Services that say themselves that they are ready. */
#include <signal.h>
#include <string.h>

#include "tests/unit/engine_rig.h"
#include "tests/unit/load_text.h"
#include "tests/unit/suites.h"

#include "init/config/resolve.h"
#include "init/plan/graph.h"

static struct rig r;

static void setup(void)
{
    rig_init(&r);
}

static void teardown(void)
{
    rig_free(&r);
}

START_TEST(its_word_makes_it_healthy_and_it_is_never_probed)
{
    struct node *app = rig_notifier(&r, "app");
    struct node *later = rig_service(&r, "later");
    app->interval_us = SEC(10);
    rig_need(&r, later, app);
    ck_assert_str_eq(rig_start(&r), "app=starting, run app");
    ck_assert_str_eq(rig_started(&r, app), "");
    ck_assert_str_eq(rig_wake(&r), "never");
    r.now += SEC(3);
    ck_assert_str_eq(rig_notified(&r, app, true), "app=healthy, later=starting, probe later");
    ck_assert_uint_eq(rig_state(&r, app)->response_us, SEC(3));
    ck_assert_uint_eq(rig_state(&r, app)->attempts, 0);
    ck_assert_str_eq(rig_ok(&r, later), "later=healthy, READY");
    ck_assert_str_eq(rig_notified(&r, app, true), "");
    ck_assert_str_eq(rig_wake(&r), "never");
}
END_TEST

START_TEST(silence_ends_with_its_timeout)
{
    struct node *app = rig_notifier(&r, "app");
    app->timeout_us = SEC(2);
    rig_start(&r);
    rig_started(&r, app);
    ck_assert_str_eq(rig_wake(&r), "app=unhealthy, FAILED 69, kill app 15");
    ck_assert_str_eq(engine_reason(r.engine), "service app was not healthy within 2 s");
    ck_assert_str_eq(rig_state(&r, app)->verdict.text, "its process did not say that it is ready within 2 s");
    ck_assert_str_eq(rig_notified(&r, app, true), "");
}
END_TEST

START_TEST(silence_until_the_deadline_is_told_as_such)
{
    struct node *app = rig_notifier(&r, "app");
    r.options.deadline_us = SEC(5);
    rig_start(&r);
    rig_started(&r, app);
    rig_wake(&r);
    ck_assert_str_eq(rig_state(&r, app)->verdict.text,
                     "its process did not say that it is ready: deadline of 5 s passed");
}
END_TEST

START_TEST(a_late_word_counts)
{
    struct node *app = rig_notifier(&r, "app");
    struct node *redis = rig_service(&r, "redis");
    app->required = false;
    app->timeout_us = SEC(1);
    rig_start(&r);
    rig_started(&r, app);
    ck_assert_str_eq(rig_after(&r, SEC(1)), "app=unhealthy");
    ck_assert_str_eq(rig_ok(&r, redis), "redis=healthy, READY");
    ck_assert_str_eq(rig_notified(&r, app, true), "app=healthy");
}
END_TEST

START_TEST(one_that_stops_is_not_healthy_and_its_end_is_final)
{
    struct node *app = rig_notifier(&r, "app");
    rig_start(&r);
    rig_started(&r, app);
    ck_assert_str_eq(rig_notified(&r, app, false), "");
    ck_assert_str_eq(rig_notified(&r, app, true), "app=healthy, READY");
    ck_assert_str_eq(rig_notified(&r, app, false), "app=unhealthy");
    ck_assert(!engine_ready(r.engine));
    ck_assert_str_eq(rig_exit(&r, app, 0), "app=unhealthy");
    ck_assert_str_eq(rig_notified(&r, app, true), "");
}
END_TEST

START_TEST(nobody_else_is_heard)
{
    struct node *app = rig_own(&r, "app");
    struct node *step = rig_step(&r, "step");
    ck_assert_str_eq(rig_start(&r), "app=starting, run app, step=in_progress, run step");
    rig_started(&r, app);
    ck_assert_str_eq(rig_notified(&r, app, true), "");
    ck_assert_str_eq(rig_notified(&r, step, true), "");
}
END_TEST

START_TEST(a_failed_test_is_not_talked_away)
{
    struct node *app = rig_notifier(&r, "app");
    rig_start(&r);
    rig_started(&r, app);
    rig_notified(&r, app, true);
    struct node_state *state = (struct node_state *)(uintptr_t)rig_state(&r, app);
    state->failed_by_test = true;
    ck_assert_str_eq(rig_notified(&r, app, false), "");
}
END_TEST

static const struct {
    const char *text;
    enum ready_kind ready;
    unsigned fd;
    bool probed, main_notifies;
} good[] = {
    {SERVICE("'run':['x']"), READY_BY_PROBE, 0, false, false},
    {SERVICE("'run':['x']," TCP), READY_BY_PROBE, 0, true, false},
    {SERVICE("'run':['x'],'ready':'notify'"), READY_BY_NOTIFY, 0, false, false},
    {SERVICE("'run':['x'],'ready':'notify'," TCP), READY_BY_NOTIFY, 0, false, false},
    {SERVICE("'run':['x'],'ready':{'fd':3}"), READY_BY_DESCRIPTOR, 3, false, false},
    {SERVICE("'run':['x'],'ready':{'fd':255}," TCP), READY_BY_DESCRIPTOR, 255, false, false},
    {"{'main_ready':'notify','services':{'s':{'run':['x']}}}", READY_BY_PROBE, 0, false, true},
};

START_TEST(the_manifest_says_who_does)
{
    struct manifest m;
    struct problems p;
    struct config c;
    struct graph g;
    char *no_environment[] = {NULL};
    const struct resolve_options options = {.strict = false};
    ck_assert_int_eq(load_text(good[_i].text, &r.arena, &m, &p), 0);
    ck_assert_int_eq(m.services[0].ready, good[_i].ready);
    ck_assert_uint_eq(m.services[0].ready_fd, good[_i].fd);
    ck_assert_int_eq(m.main_notifies, good[_i].main_notifies);
    config_resolve(m.variables, m.variable_count, no_environment, &options, &r.arena, &c, &p);
    ck_assert_int_eq(graph_build(&m, &c, NULL, &r.arena, &g, &p), 0);
    ck_assert_int_eq(g.nodes[0].notified, good[_i].ready != READY_BY_PROBE);
    ck_assert_int_eq(g.nodes[0].probed, good[_i].probed);
    ck_assert_int_eq(g.nodes[0].request != NULL, good[_i].probed);
}
END_TEST

Suite *suite_notified(void)
{
    Suite *s = suite_create("notified");
    TCase *t = tcase_create("notified");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, its_word_makes_it_healthy_and_it_is_never_probed);
    tcase_add_test(t, silence_ends_with_its_timeout);
    tcase_add_test(t, silence_until_the_deadline_is_told_as_such);
    tcase_add_test(t, a_late_word_counts);
    tcase_add_test(t, one_that_stops_is_not_healthy_and_its_end_is_final);
    tcase_add_test(t, nobody_else_is_heard);
    tcase_add_test(t, a_failed_test_is_not_talked_away);
    tcase_add_loop_test(t, the_manifest_says_who_does, 0, (int)(sizeof(good) / sizeof(good[0])));
    suite_add_tcase(s, t);
    return s;
}
