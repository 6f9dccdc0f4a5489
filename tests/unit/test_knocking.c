#include <check.h>

#include "init/base/clock.h"
#include "probes/knocking.h"
#include "tests/unit/suites.h"

#define NOW (1000 * US_PER_S)

static const struct wire_probe_request request = {.patience_us = 1000000, .knock_us = 1000, .pause_us = 20000};

static uint64_t again(struct knocking *k, uint64_t start_us)
{
    return knocking_again(k, &request, 2, NOW, start_us, start_us + 50);
}

static void burn(uint64_t us)
{
    uint64_t until = clock_processor_us() + us;
    while (clock_processor_us() < until)
        continue;
}

START_TEST(what_costs_nothing_is_done_as_often_as_asked)
{
    struct knocking k = {0};
    ck_assert_uint_eq(again(&k, NOW), NOW + 1050);
}
END_TEST

START_TEST(processor_time_makes_the_pauses_longer_and_not_too_long)
{
    struct knocking k = {0};
    again(&k, NOW);
    burn(100);
    uint64_t next = again(&k, NOW + 40 * US_PER_MS); /* long enough ago that there is credit */
    ck_assert_uint_ge(next, NOW + 41 * US_PER_MS + 50);
    burn(2000);
    next = again(&k, NOW + 42 * US_PER_MS);
    ck_assert_uint_eq(next, NOW + 62 * US_PER_MS);
    burn(100000);
    again(&k, NOW + 62 * US_PER_MS);
    ck_assert_uint_le(k.free_us, NOW + 163 * US_PER_MS);
}
END_TEST

START_TEST(a_slow_refusal_does_not_come_at_once_again)
{
    struct knocking k = {0};
    uint64_t now = NOW + 2 * request.pause_us;
    ck_assert_uint_eq(knocking_again(&k, &request, 1, NOW, NOW, now), now + request.knock_us);
}
END_TEST

START_TEST(it_is_told_when_patience_ends_or_others_wait)
{
    struct knocking k = {0};
    ck_assert_uint_eq(again(&k, NOW + 998 * US_PER_MS), NOW + 999 * US_PER_MS + 50);
    ck_assert_uint_eq(again(&k, NOW + 999 * US_PER_MS), CLOCK_NEVER);
    ck_assert_uint_eq(knocking_again(&k, &request, WIRE_TRIES_MAX, NOW, NOW, NOW), CLOCK_NEVER);
    k.crowded = true;
    ck_assert_uint_eq(again(&k, NOW), CLOCK_NEVER);
    struct wire_probe_request once = request;
    once.patience_us = 0;
    k.crowded = false;
    ck_assert_uint_eq(knocking_again(&k, &once, 1, NOW, NOW, NOW), CLOCK_NEVER);
}
END_TEST

Suite *suite_knocking(void)
{
    Suite *s = suite_create("knocking");
    TCase *t = tcase_create("knocking");
    tcase_add_test(t, what_costs_nothing_is_done_as_often_as_asked);
    tcase_add_test(t, processor_time_makes_the_pauses_longer_and_not_too_long);
    tcase_add_test(t, a_slow_refusal_does_not_come_at_once_again);
    tcase_add_test(t, it_is_told_when_patience_ends_or_others_wait);
    suite_add_tcase(s, t);
    return s;
}
