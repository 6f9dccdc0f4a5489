#include <string.h>

#include "init/base/problem.h"
#include "init/base/text.h"
#include "tests/unit/suites.h"

static struct problems list;

static void empty_list(void)
{
    memset(&list, 0, sizeof(list));
}

START_TEST(an_error_keeps_all_its_parts)
{
    struct problem *item = problem_add(&list, "uri.scheme", "REDIS_URL", "scheme %s", "ftp");
    problem_hint(item, "try %d", 7);
    problem_source(item, ".env:\n12");
    problem_found(item, "ftp://\x1b");
    problem_accepted(item, "redis");
    ck_assert_uint_eq(list.errors, 1);
    ck_assert_uint_eq(list.warnings, 0);
    ck_assert_uint_eq(list.count, 1);
    ck_assert(!list.items[0].warning);
    ck_assert_str_eq(list.items[0].rule, "uri.scheme");
    ck_assert_str_eq(list.items[0].where, "REDIS_URL");
    ck_assert_str_eq(list.items[0].text, "scheme ftp");
    ck_assert_str_eq(list.items[0].hint, "try 7");
    ck_assert_str_eq(list.items[0].source, ".env:?12");
    ck_assert_str_eq(list.items[0].found, "ftp://?");
    ck_assert_str_eq(list.items[0].accepted, "redis");
}
END_TEST

START_TEST(texts_are_one_printable_line)
{
    problem_hint(problem_add(&list, "r", "/a\nb", "x\x1b[2Jy\n%s", "\xff"), "h\r");
    ck_assert_str_eq(list.items[0].where, "/a?b");
    ck_assert_str_eq(list.items[0].text, "x?[2Jy??");
    ck_assert_str_eq(list.items[0].hint, "h?");
}
END_TEST

START_TEST(long_texts_are_cut_between_characters)
{
    char euros[2001];
    for (size_t i = 0; i + 3 < sizeof(euros); i += 3)
        memcpy(euros + i, "\xe2\x82\xac", 4);
    problem_hint(problem_add(&list, euros, euros, "%s", euros), "%s", euros);
    const struct problem *item = &list.items[0];
    const char *const parts[] = {item->rule, item->where, item->text, item->hint};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_gt(strlen(parts[i]), 20);
        ck_assert_uint_eq(text_utf8_span(parts[i], strlen(parts[i])), strlen(parts[i]));
        ck_assert_ptr_null(strchr(parts[i], '?'));
    }
}
END_TEST

START_TEST(beyond_the_maximum_they_are_counted_only)
{
    for (size_t i = 0; i < PROBLEMS_MAX; i++)
        ck_assert_ptr_nonnull(problem_add(&list, "r", "w", "%zu", i));
    ck_assert_ptr_null(problem_add(&list, "r", "w", "more"));
    ck_assert_ptr_null(problem_warn(&list, "r", "w", "more"));
    problem_hint(NULL, "nothing happens");
    ck_assert_uint_eq(list.count, PROBLEMS_MAX);
    ck_assert_uint_eq(list.errors, PROBLEMS_MAX + 1);
    ck_assert_uint_eq(list.warnings, 1);
}
END_TEST

START_TEST(an_error_takes_the_place_of_the_last_warning)
{
    for (size_t i = 0; i < PROBLEMS_MAX; i++)
        problem_warn(&list, "r", "w", "%zu", i);
    problem_hint(problem_add(&list, "r", "w", "error 1"), "here");
    problem_add(&list, "r", "w", "error 2");
    ck_assert_uint_eq(list.count, PROBLEMS_MAX);
    ck_assert_uint_eq(list.warnings, PROBLEMS_MAX);
    ck_assert_uint_eq(list.errors, 2);
    ck_assert_str_eq(list.items[PROBLEMS_MAX - 3].text, "97");
    ck_assert_str_eq(list.items[PROBLEMS_MAX - 2].text, "error 1");
    ck_assert_str_eq(list.items[PROBLEMS_MAX - 2].hint, "here");
    ck_assert_str_eq(list.items[PROBLEMS_MAX - 1].text, "error 2");
    ck_assert_ptr_null(problem_warn(&list, "r", "w", "more"));
}
END_TEST

START_TEST(strict_makes_warnings_errors)
{
    problem_warn(&list, "r", "w", "one");
    problem_add(&list, "r", "w", "two");
    ck_assert(list.items[0].warning);
    ck_assert_uint_eq(list.warnings, 1);
    problems_promote(&list);
    ck_assert(!list.items[0].warning);
    ck_assert_uint_eq(list.errors, 2);
    ck_assert_uint_eq(list.warnings, 0);
}
END_TEST

Suite *suite_problem(void)
{
    Suite *s = suite_create("problem");
    TCase *t = tcase_create("problem");
    tcase_add_checked_fixture(t, empty_list, NULL);
    tcase_add_test(t, an_error_keeps_all_its_parts);
    tcase_add_test(t, texts_are_one_printable_line);
    tcase_add_test(t, long_texts_are_cut_between_characters);
    tcase_add_test(t, beyond_the_maximum_they_are_counted_only);
    tcase_add_test(t, an_error_takes_the_place_of_the_last_warning);
    tcase_add_test(t, strict_makes_warnings_errors);
    suite_add_tcase(s, t);
    return s;
}
