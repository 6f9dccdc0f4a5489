#include "init/base/buf.h"
#include "tests/unit/suites.h"

START_TEST(writes_until_full_and_says_so)
{
    char storage[8];
    struct buf b;
    buf_init(&b, storage, sizeof storage);
    buf_puts(&b, "abc");
    buf_putc(&b, 'd');
    buf_printf(&b, "%d", 42);
    ck_assert_str_eq(b.data, "abcd42");
    ck_assert(!b.overflow);
    buf_puts(&b, "xyz");
    ck_assert_str_eq(b.data, "abcd42x");
    ck_assert(b.overflow);
    buf_printf(&b, "%s", "more");
    ck_assert_str_eq(b.data, "abcd42x");
    buf_reset(&b);
    ck_assert_str_eq(b.data, "");
    ck_assert(!b.overflow);
}
END_TEST

START_TEST(printf_that_fits_exactly_does_not_overflow)
{
    char storage[4];
    struct buf b = BUF_OVER(storage);
    buf_reset(&b);
    buf_printf(&b, "%s", "abc");
    ck_assert_str_eq(b.data, "abc");
    ck_assert(!b.overflow);
    buf_printf(&b, "%s", "");
    ck_assert(!b.overflow);
    buf_putc(&b, 'd');
    ck_assert(b.overflow);
}
END_TEST

Suite *suite_buf(void)
{
    Suite *s = suite_create("buf");
    TCase *t = tcase_create("bounds");
    tcase_add_test(t, writes_until_full_and_says_so);
    tcase_add_test(t, printf_that_fits_exactly_does_not_overflow);
    suite_add_tcase(s, t);
    return s;
}
