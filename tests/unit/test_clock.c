#include "init/base/clock.h"
#include "tests/unit/suites.h"

START_TEST(stamps_follow_the_monotonic_clock)
{
    /* 2026-01-31T12:34:56.123456Z */
    const struct clock_anchor a = {.wall_us = 1769862896123456ULL, .mono_us = 1000};
    char text[CLOCK_TEXT_MAX];
    clock_format(&a, 1000, 6, text);
    ck_assert_str_eq(text, "2026-01-31T12:34:56.123456Z");
    clock_format(&a, 1000, 3, text);
    ck_assert_str_eq(text, "2026-01-31T12:34:56.123Z");
    clock_format(&a, 1001, 6, text);
    ck_assert_str_eq(text, "2026-01-31T12:34:56.123457Z");
    clock_format(&a, 0, 6, text); /* before the anchor */
    ck_assert_str_eq(text, "2026-01-31T12:34:56.122456Z");
}
END_TEST

START_TEST(monotonic_time_never_goes_back)
{
    uint64_t last = clock_mono_us();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = clock_mono_us();
        ck_assert(now >= last);
        last = now;
    }
}
END_TEST

/* STP-10 */
START_TEST(a_clock_that_is_set_back_is_noticed)
{
    const struct clock_anchor then = {.wall_us = 1000000 * US_PER_S, .mono_us = 50 * US_PER_S};
    struct clock_anchor now = {.wall_us = then.wall_us + 7 * US_PER_S, .mono_us = then.mono_us + 7 * US_PER_S};
    ck_assert_int_eq(clock_jump_ms(&then, &now), 0);
    now.wall_us += US_PER_S - 1;
    ck_assert_int_eq(clock_jump_ms(&then, &now), 0);
    now.wall_us = then.wall_us + 7 * US_PER_S - 3600 * US_PER_S;
    ck_assert_int_eq(clock_jump_ms(&then, &now), -3600000);
    now.wall_us = then.wall_us + 7 * US_PER_S + 2 * US_PER_S;
    ck_assert_int_eq(clock_jump_ms(&then, &now), 2000);
}
END_TEST

Suite *suite_clock(void)
{
    Suite *s = suite_create("clock");
    TCase *t = tcase_create("clock");
    tcase_add_test(t, stamps_follow_the_monotonic_clock);
    tcase_add_test(t, monotonic_time_never_goes_back);
    tcase_add_test(t, a_clock_that_is_set_back_is_noticed);
    suite_add_tcase(s, t);
    return s;
}
