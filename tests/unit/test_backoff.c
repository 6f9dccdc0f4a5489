#include "init/base/clock.h"
#include "init/engine/backoff.h"
#include "tests/unit/suites.h"

START_TEST(delay_is_a_128th_of_the_wait_within_bounds)
{
    static const struct {
        uint64_t elapsed_us, delay_us;
    } cases[] = {
        {0, 5000},
        {1000, 5000},
        {640000, 5000},
        {1280000, 10000},
        {12800000, 100000},
        {32000000, 250000},
        {3600 * US_PER_S, 250000},
        {UINT64_MAX, 250000},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_uint_eq(backoff_delay(cases[i].elapsed_us, BACKOFF_DIVISOR, BACKOFF_MIN_US, BACKOFF_MAX_US),
                          cases[i].delay_us);
    }
    ck_assert_uint_eq(backoff_delay(1280000, BACKOFF_DIVISOR, 20000, 30000), 20000);
    ck_assert_uint_eq(backoff_delay(12800000, BACKOFF_DIVISOR, 20000, 30000), 30000);
    /* A longest pause below the shortest one is no longest pause. */
    ck_assert_uint_eq(backoff_delay(12800000, BACKOFF_DIVISOR, 20000, 1000), 20000);
}
END_TEST

START_TEST(jitter_spreads_over_its_whole_range)
{
    static const unsigned percents[] = {10, 50, 100};
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
        uint64_t spread = 100000 * percents[i] / 100;
        uint64_t least = UINT64_MAX;
        uint64_t most = 0;
        for (int k = 0; k < 2000; k++) {
            uint64_t d = backoff_jitter(100000, percents[i], backoff_random(&random));
            least = d < least ? d : least;
            most = d > most ? d : most;
        }
        ck_assert_uint_ge(least, 100000 - spread);
        ck_assert_uint_le(most, 100000 + spread);
        ck_assert_uint_lt(least, 100000 - spread + spread / 10);
        ck_assert_uint_gt(most, 100000 + spread - spread / 10);
    }
}
END_TEST

START_TEST(jitter_of_nothing_is_nothing)
{
    ck_assert_uint_eq(backoff_jitter(0, 10, 12345), 0);
    ck_assert_uint_eq(backoff_jitter(1, 10, UINT64_MAX), 1);
    ck_assert_uint_eq(backoff_jitter(100000, 0, UINT64_MAX), 100000);
}
END_TEST

START_TEST(random_numbers_repeat_for_a_seed_and_never_get_stuck)
{
    uint64_t a = 42;
    uint64_t b = 42;
    uint64_t last = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = backoff_random(&a);
        ck_assert_uint_eq(x, backoff_random(&b));
        ck_assert_uint_ne(x, last);
        ck_assert_uint_ne(a, 0);
        last = x;
    }
}
END_TEST

Suite *suite_backoff(void)
{
    Suite *s = suite_create("backoff");
    TCase *t = tcase_create("backoff");
    tcase_add_test(t, delay_is_a_128th_of_the_wait_within_bounds);
    tcase_add_test(t, jitter_spreads_over_its_whole_range);
    tcase_add_test(t, jitter_of_nothing_is_nothing);
    tcase_add_test(t, random_numbers_repeat_for_a_seed_and_never_get_stuck);
    suite_add_tcase(s, t);
    return s;
}
