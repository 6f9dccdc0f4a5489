#include <check.h>

#include "init/base/clock.h"
#include "probes/deadlines.h"
#include "tests/unit/suites.h"

#define COUNT 300

static struct deadlines heap;
static struct deadline all[COUNT];

static uint64_t nearest_by_walking(void)
{
    uint64_t nearest = CLOCK_NEVER;
    for (size_t i = 0; i < COUNT; i++) {
        if (all[i].place != 0 && all[i].at_us < nearest)
            nearest = all[i].at_us;
    }
    return nearest;
}

static uint64_t nearest(void)
{
    return deadlines_first(&heap) == NULL ? CLOCK_NEVER : deadlines_first(&heap)->at_us;
}

START_TEST(the_first_is_the_nearest_whatever_moves)
{
    uint32_t random = 1;
    ck_assert_int_eq(deadlines_reserve(&heap, COUNT), 0);
    for (int round = 0; round < 20000; round++) {
        random = random * 1664525 + 1013904223;
        struct deadline *e = &all[(random >> 8) % COUNT];
        deadlines_set(&heap, e, random % 4 == 0 ? CLOCK_NEVER : random % 1000);
        if (round % 20 == 0)
            ck_assert_uint_eq(nearest(), nearest_by_walking());
    }
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(nearest(), nearest_by_walking());
        deadlines_set(&heap, &all[i], CLOCK_NEVER);
    }
    ck_assert_ptr_null(deadlines_first(&heap));
    deadlines_free(&heap);
}
END_TEST

START_TEST(they_come_in_their_order)
{
    ck_assert_int_eq(deadlines_reserve(&heap, COUNT), 0);
    for (size_t i = 0; i < COUNT; i++)
        deadlines_set(&heap, &all[i], (i * 7919) % COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct deadline *e = deadlines_first(&heap);
        ck_assert_uint_eq(e->at_us, i);
        deadlines_set(&heap, e, CLOCK_NEVER);
    }
    deadlines_set(&heap, &all[0], CLOCK_NEVER); /* what is not in it can be taken out */
    ck_assert_ptr_null(deadlines_first(&heap));
    deadlines_free(&heap);
}
END_TEST

Suite *suite_deadlines(void)
{
    Suite *s = suite_create("deadlines");
    TCase *t = tcase_create("all");
    tcase_add_test(t, the_first_is_the_nearest_whatever_moves);
    tcase_add_test(t, they_come_in_their_order);
    suite_add_tcase(s, t);
    return s;
}
