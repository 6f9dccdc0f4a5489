#include <string.h>

#include "init/base/name_table.h"
#include "tests/unit/suites.h"

#define MANY 5000

static struct arena arena;
static struct name_table table;

static void set_up(void)
{
    arena_init(&arena);
}

static void tear_down(void)
{
    arena_free_all(&arena);
}

static uint32_t find(const char *name)
{
    return name_table_find(&table, name, strlen(name));
}

START_TEST(names_have_numbers)
{
    name_table_init(&table, 3, &arena);
    ck_assert_uint_eq(find("A"), NAME_TABLE_NONE);
    ck_assert_uint_eq(find(""), NAME_TABLE_NONE);
    ck_assert_uint_eq(name_table_add(&table, "A", 7), NAME_TABLE_NONE);
    ck_assert_uint_eq(name_table_add(&table, "AB", 8), NAME_TABLE_NONE);
    ck_assert_uint_eq(name_table_add(&table, "", 0), NAME_TABLE_NONE);
    ck_assert_uint_eq(find("A"), 7);
    ck_assert_uint_eq(find("AB"), 8);
    ck_assert_uint_eq(find(""), 0);
    ck_assert_uint_eq(find("a"), NAME_TABLE_NONE);
    ck_assert_uint_eq(find("ABC"), NAME_TABLE_NONE);
    ck_assert_uint_eq(name_table_find(&table, "ABC", 2), 8);
}
END_TEST

START_TEST(the_first_of_a_name_counts)
{
    name_table_init(&table, 2, &arena);
    ck_assert_uint_eq(name_table_add(&table, "A", 1), NAME_TABLE_NONE);
    ck_assert_uint_eq(name_table_add(&table, "A", 2), 1);
    ck_assert_uint_eq(find("A"), 1);
}
END_TEST

START_TEST(as_many_as_were_announced)
{
    name_table_init(&table, MANY, &arena);
    for (uint32_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(name_table_add(&table, arena_printf(&arena, "NAME_%u", i), i), NAME_TABLE_NONE);
    for (uint32_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(find(arena_printf(&arena, "NAME_%u", i)), i);
    ck_assert_uint_eq(find("NAME_5000"), NAME_TABLE_NONE);
}
END_TEST

START_TEST(none_can_be_looked_up_too)
{
    name_table_init(&table, 0, &arena);
    ck_assert_uint_eq(find("A"), NAME_TABLE_NONE);
}
END_TEST

Suite *suite_name_table(void)
{
    Suite *s = suite_create("name_table");
    TCase *tc = tcase_create("name_table");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, names_have_numbers);
    tcase_add_test(tc, the_first_of_a_name_counts);
    tcase_add_test(tc, as_many_as_were_announced);
    tcase_add_test(tc, none_can_be_looked_up_too);
    suite_add_tcase(s, tc);
    return s;
}
