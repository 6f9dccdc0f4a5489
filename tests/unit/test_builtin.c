#include <string.h>

#include "init/base/json.h"
#include "init/plan/builtin.h"
#include "tests/unit/suites.h"

static struct problems list;

START_TEST(both_are_there_and_are_json)
{
    static const char *const names[] = {"devstack", "none"};
    const struct builtin *b = builtin_find(names[_i]);

    ck_assert_ptr_nonnull(b);
    ck_assert_str_eq(b->name, names[_i]);
    ck_assert_str_eq(builtin_name((size_t)_i), names[_i]);
    memset(&list, 0, sizeof(list));
    cleanup_json struct json *root = json_parse(b->text, (size_t)(b->end - b->text), true, &list);
    ck_assert_msg(root != NULL, "%s: %s", list.items[0].where, list.items[0].text);
    ck_assert_int_eq(json_type(root), JSON_OBJECT);
    ck_assert_int_eq(b->end[-1], '\n');
}
END_TEST

START_TEST(others_are_not_there)
{
    ck_assert_ptr_null(builtin_find("Devstack"));
    ck_assert_ptr_null(builtin_find(""));
    ck_assert_ptr_null(builtin_name(2));
}
END_TEST

Suite *suite_builtin(void)
{
    Suite *s = suite_create("builtin");
    TCase *t = tcase_create("builtin");
    tcase_add_loop_test(t, both_are_there_and_are_json, 0, 2);
    tcase_add_test(t, others_are_not_there);
    suite_add_tcase(s, t);
    return s;
}
