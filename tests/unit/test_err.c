#include "init/base/err.h"
#include "tests/unit/suites.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/base/exit_code.h"

START_TEST(set_returns_minus_one_and_keeps_errno)
{
    struct err e;
    errno = EIO;
    ck_assert_int_eq(err_set(&e, ERR_SYS, ENOENT, "cannot open %s", "/x"), -1);
    ck_assert_int_eq(errno, EIO);
    ck_assert_int_eq(e.code, ERR_SYS);
    ck_assert_int_eq(e.sys, ENOENT);
    ck_assert_str_eq(e.text, "cannot open /x: No such file or directory");
}
END_TEST

START_TEST(wrap_puts_context_in_front)
{
    struct err e;
    err_set(&e, ERR_LIMIT, 0, "too long");
    ck_assert_int_eq(err_wrap(&e, "cannot read %s", "/etc/muster.json"), -1);
    ck_assert_str_eq(e.text, "cannot read /etc/muster.json: too long");
    ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(long_text_is_cut_not_overrun)
{
    struct err e;
    char text[2 * ERR_TEXT_MAX];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    err_set(&e, ERR_LIMIT, ENOSPC, "%s", text);
    ck_assert_uint_eq(strlen(e.text), ERR_TEXT_MAX - 1);
    err_wrap(&e, "%s", text);
    ck_assert_uint_eq(strlen(e.text), ERR_TEXT_MAX - 1);
}
END_TEST

START_TEST(every_code_has_its_exit_code)
{
    static const struct {
        enum err_code code;
        int exit_code;
    } table[] = {
        {ERR_NONE, 0},   {ERR_USAGE, 64},   {ERR_CONFIG, 78}, {ERR_MANIFEST, 65}, {ERR_SYS, 70},
        {ERR_PROTO, 70}, {ERR_TIMEOUT, 70}, {ERR_LIMIT, 70},  {ERR_STATE, 73},    {ERR_LOCKED, 75},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        ck_assert_int_eq(err_exit_code(table[i].code), table[i].exit_code);
    }
}
END_TEST

Suite *suite_err(void)
{
    Suite *s = suite_create("err");
    TCase *t = tcase_create("contract");
    tcase_add_test(t, set_returns_minus_one_and_keeps_errno);
    tcase_add_test(t, wrap_puts_context_in_front);
    tcase_add_test(t, long_text_is_cut_not_overrun);
    tcase_add_test(t, every_code_has_its_exit_code);
    suite_add_tcase(s, t);
    return s;
}
