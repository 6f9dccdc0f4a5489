#include "init/base/arena.h"
#include "tests/unit/suites.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>

START_TEST(blocks_are_zeroed_aligned_and_apart)
{
    struct arena a;
    arena_init(&a);
    char *one = arena_alloc(&a, 3, 1);
    char *two = arena_alloc(&a, 1, 8);
    ck_assert_uint_eq((uintptr_t)two % 16, 0);
    ck_assert(two >= one + 3);
    for (int i = 0; i < 8; i++) {
        ck_assert_int_eq(two[i], 0);
    }
    arena_free_all(&a);
}
END_TEST

START_TEST(strings_are_copied)
{
    struct arena a;
    arena_init(&a);
    ck_assert_str_eq(arena_strdup(&a, "redis"), "redis");
    ck_assert_str_eq(arena_strndup(&a, "redis", 3), "red");
    ck_assert_str_eq(arena_printf(&a, "%s:%d", "redis", 6379), "redis:6379");
    arena_free_all(&a);
}
END_TEST

START_TEST(exhaustion_ends_the_process_with_70)
{
    struct arena a;
    arena_init(&a);
    (void)arena_alloc(&a, 1, ARENA_MAX);
}
END_TEST

START_TEST(overflowing_product_ends_the_process_with_70)
{
    struct arena a;
    arena_init(&a);
    (void)arena_alloc(&a, SIZE_MAX / 2, 4);
}
END_TEST

Suite *suite_arena(void)
{
    Suite *s = suite_create("arena");
    TCase *t = tcase_create("arena");
    tcase_add_test(t, blocks_are_zeroed_aligned_and_apart);
    tcase_add_test(t, strings_are_copied);
    tcase_add_exit_test(t, exhaustion_ends_the_process_with_70, 70);
    tcase_add_exit_test(t, overflowing_product_ends_the_process_with_70, 70);
    suite_add_tcase(s, t);
    return s;
}
