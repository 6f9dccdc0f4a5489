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

/* Names are where their owner has them. */
struct owner {
    int other;
    const char *name;
};

static void table_of(struct owner *owners, size_t count)
{
    name_table_init(&table, count, &owners[0].name, sizeof(owners[0]), &arena);
}

START_TEST(names_have_numbers)
{
    struct owner owners[] = {{0, ""}, {0, "A"}, {0, "AB"}};
    table_of(owners, 3);
    ck_assert_uint_eq(find("A"), NAME_TABLE_NONE);
    ck_assert_uint_eq(find(""), NAME_TABLE_NONE);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(name_table_add(&table, i), NAME_TABLE_NONE);
    ck_assert_uint_eq(find(""), 0);
    ck_assert_uint_eq(find("A"), 1);
    ck_assert_uint_eq(find("AB"), 2);
    ck_assert_uint_eq(find("a"), NAME_TABLE_NONE);
    ck_assert_uint_eq(find("ABC"), NAME_TABLE_NONE);
    ck_assert_uint_eq(name_table_find(&table, "ABC", 2), 2);
}
END_TEST

START_TEST(the_first_of_a_name_counts)
{
    struct owner owners[] = {{0, "B"}, {0, "A"}, {0, "A"}};
    table_of(owners, 3);
    ck_assert_uint_eq(name_table_add(&table, 1), NAME_TABLE_NONE);
    ck_assert_uint_eq(name_table_add(&table, 2), 1);
    ck_assert_uint_eq(find("A"), 1);
    ck_assert_uint_eq(find("B"), NAME_TABLE_NONE);
}
END_TEST

START_TEST(as_many_as_were_announced)
{
    struct owner *owners = arena_alloc(&arena, MANY, sizeof(*owners));
    table_of(owners, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        owners[i].name = arena_printf(&arena, "NAME_%u", i);
        ck_assert_uint_eq(name_table_add(&table, i), NAME_TABLE_NONE);
    }
    for (uint32_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(find(arena_printf(&arena, "NAME_%u", i)), i);
    ck_assert_uint_eq(find("NAME_5000"), NAME_TABLE_NONE);
}
END_TEST

START_TEST(none_can_be_looked_up_too)
{
    name_table_init(&table, 0, NULL, 0, &arena);
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
