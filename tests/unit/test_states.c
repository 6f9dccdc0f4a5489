#include "init/engine/states.h"
#include "tests/unit/suites.h"

/* Rows: from; columns: to; 'x' may become. Written down again here, apart from the code's tables. */
START_TEST(services_follow_the_model)
{
    static const char *const may[SERVICE_STATUS_COUNT] = {
        /*            starting healthy unhealthy stopped */
        /* starting */ ".xxx",
        /* healthy */ "..xx",
        /* unhealthy */ ".x.x",
        /* stopped */ "x..x",
    };
    for (int from = 0; from < SERVICE_STATUS_COUNT; from++) {
        for (int to = 0; to < SERVICE_STATUS_COUNT; to++) {
            ck_assert_msg(service_may_become(from, to) == (may[from][to] == 'x'), "%d to %d", from, to);
        }
    }
}
END_TEST

/* STP-04 */
START_TEST(steps_follow_the_model_exactly_nine_of_25)
{
    static const char *const may[STEP_STATUS_COUNT] = {
        /*              pending in_progress completed failed skipped */
        /* pending */ ".x..x",
        /* in_progress */ "..xxx",
        /* completed */ "....x",
        /* failed */ ".x..x",
        /* skipped */ "....x",
    };
    int allowed = 0;
    for (int from = 0; from < STEP_STATUS_COUNT; from++) {
        for (int to = 0; to < STEP_STATUS_COUNT; to++) {
            ck_assert_msg(step_may_become(from, to) == (may[from][to] == 'x'), "%d to %d", from, to);
            allowed += step_may_become(from, to);
        }
    }
    ck_assert_int_eq(allowed, 9);
}
END_TEST

START_TEST(tests_follow_the_model)
{
    static const char *const may[TEST_STATUS_COUNT] = {
        /*          waiting running passed failed skipped error */
        /* waiting */ ".x..xx",
        /* running */ "..xx.x",
        /* passed */ "......",
        /* failed */ "......",
        /* skipped */ "......",
        /* error */ "......",
    };
    for (int from = 0; from < TEST_STATUS_COUNT; from++) {
        for (int to = 0; to < TEST_STATUS_COUNT; to++) {
            ck_assert_msg(test_may_become(from, to) == (may[from][to] == 'x'), "%d to %d", from, to);
        }
    }
}
END_TEST

START_TEST(what_is_no_status_becomes_nothing)
{
    static const int wrong[] = {-1, 6, 7, 1000};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        for (int other = -1; other < 7; other++) {
            ck_assert(!service_may_become(wrong[i], other) && !service_may_become(other, wrong[i]));
            ck_assert(!step_may_become(wrong[i], other) && !step_may_become(other, wrong[i]));
            ck_assert(!test_may_become(wrong[i], other) && !test_may_become(other, wrong[i]));
        }
        ck_assert_str_eq(service_status_name(wrong[i]), "unknown");
        ck_assert_str_eq(step_status_name(wrong[i]), "unknown");
        ck_assert_str_eq(test_status_name(wrong[i]), "unknown");
    }
}
END_TEST

START_TEST(names_are_the_models_words)
{
    static const char *const services[] = {"starting", "healthy", "unhealthy", "stopped"};
    static const char *const steps[] = {"pending", "in_progress", "completed", "failed", "skipped"};
    static const char *const tests[] = {"waiting", "running", "passed", "failed", "skipped", "error"};
    for (int i = 0; i < SERVICE_STATUS_COUNT; i++) {
        ck_assert_str_eq(service_status_name(i), services[i]);
    }
    for (int i = 0; i < STEP_STATUS_COUNT; i++) {
        ck_assert_str_eq(step_status_name(i), steps[i]);
    }
    for (int i = 0; i < TEST_STATUS_COUNT; i++) {
        ck_assert_str_eq(test_status_name(i), tests[i]);
    }
}
END_TEST

Suite *suite_states(void)
{
    Suite *s = suite_create("states");
    TCase *t = tcase_create("states");
    tcase_add_test(t, services_follow_the_model);
    tcase_add_test(t, steps_follow_the_model_exactly_nine_of_25);
    tcase_add_test(t, tests_follow_the_model);
    tcase_add_test(t, what_is_no_status_becomes_nothing);
    tcase_add_test(t, names_are_the_models_words);
    suite_add_tcase(s, t);
    return s;
}
