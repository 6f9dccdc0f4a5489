#include <math.h>
#include <string.h>

#include "init/base/jsonw.h"
#include "tests/unit/suites.h"

static void write_all(struct jsonw *w)
{
    jsonw_object(w, NULL);
    jsonw_string(w, "s", "x");
    jsonw_string(w, "none", NULL);
    jsonw_array(w, "a");
    jsonw_int(w, NULL, -1);
    jsonw_uint(w, NULL, UINT64_MAX);
    jsonw_bool(w, NULL, true);
    jsonw_bool(w, NULL, false);
    jsonw_null(w, NULL);
    jsonw_object(w, NULL);
    jsonw_object_end(w);
    jsonw_array(w, NULL);
    jsonw_array_end(w);
    jsonw_array_end(w);
    jsonw_ms(w, "ms", 1234567);
    jsonw_object_end(w);
}

START_TEST(compact_is_one_line)
{
    char text[512];
    struct buf b = BUF_OVER(text);
    struct jsonw w;

    jsonw_init(&w, &b, false);
    write_all(&w);
    ck_assert_str_eq(text, "{\"s\":\"x\",\"none\":null,\"a\":[-1,18446744073709551615,true,false,null,{},[]],"
                           "\"ms\":1234.567}");
    ck_assert(!b.overflow);
}
END_TEST

START_TEST(pretty_is_indented)
{
    char text[512];
    struct buf b = BUF_OVER(text);
    struct jsonw w;

    jsonw_init(&w, &b, true);
    write_all(&w);
    ck_assert_str_eq(text, "{\n  \"s\": \"x\",\n  \"none\": null,\n  \"a\": [\n    -1,\n    18446744073709551615,\n"
                           "    true,\n    false,\n    null,\n    {},\n    []\n  ],\n  \"ms\": 1234.567\n}");
}
END_TEST

/* Whatever bytes come in, valid JSON goes out. */
static const struct {
    const char *bytes;
    size_t len;
    const char *text;
} strings[] = {
    {"", 0, "\"\""},
    {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
    {"\b\t\n\f\r", 5, "\"\\b\\t\\n\\f\\r\""},
    {"\x01\x1f\x7f", 3, "\"\\u0001\\u001f\\u007f\""},
    {"a\0b", 3, "\"a\\u0000b\""},
    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82", 9, "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82\""},
    {"a\xff", 2, "\"a\xef\xbf\xbd\""},
    {"\xc3", 1, "\"\xef\xbf\xbd\""},
    {"\xe2\x82z", 3, "\"\xef\xbf\xbd\xef\xbf\xbdz\""},
    {"\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"</script>", 9, "\"</script>\""},
};

START_TEST(strings_are_made_valid)
{
    char text[128];
    struct buf b = BUF_OVER(text);
    struct jsonw w;

    jsonw_init(&w, &b, false);
    jsonw_bytes(&w, NULL, strings[_i].bytes, strings[_i].len);
    ck_assert_str_eq(text, strings[_i].text);
}
END_TEST

START_TEST(names_are_made_valid_too)
{
    char text[64];
    struct buf b = BUF_OVER(text);
    struct jsonw w;

    jsonw_init(&w, &b, false);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "a\"\n\xff", 1);
    jsonw_object_end(&w);
    ck_assert_str_eq(text, "{\"a\\\"\\n\xef\xbf\xbd\":1}");
}
END_TEST

static const struct {
    double value;
    const char *text;
} numbers[] = {
    {0, "0"},
    {-0.0, "0"},
    {42, "42"},
    {-7, "-7"},
    {0.1, "0.1"},
    {1.5, "1.5"},
    {-2.25, "-2.25"},
    {1.0 / 3.0, "0.3333333333333333"},
    {9007199254740992.0, "9007199254740992"},
    {12345678901234568.0, "1.2345678901234568e+16"},
    {1e300, "1e+300"},
    {5e-324, "5e-324"},
    {INFINITY, "null"},
    {NAN, "null"},
};

START_TEST(numbers_are_short_and_exact)
{
    char text[64];
    struct buf b = BUF_OVER(text);
    struct jsonw w;

    jsonw_init(&w, &b, false);
    jsonw_number(&w, NULL, numbers[_i].value);
    ck_assert_str_eq(text, numbers[_i].text);
}
END_TEST

static const struct {
    uint64_t us;
    const char *text;
} times[] = {{0, "0.000"}, {1, "0.001"}, {999, "0.999"}, {1000, "1.000"}, {UINT64_MAX, "18446744073709551.615"}};

START_TEST(milliseconds_keep_three_decimals)
{
    char text[64];
    struct buf b = BUF_OVER(text);
    struct jsonw w;

    jsonw_init(&w, &b, false);
    jsonw_ms(&w, NULL, times[_i].us);
    ck_assert_str_eq(text, times[_i].text);
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
    char text[8];
    struct buf b = BUF_OVER(text);
    struct jsonw w;

    jsonw_init(&w, &b, false);
    jsonw_string(&w, NULL, "longer than that");
    ck_assert(b.overflow);
    ck_assert_uint_lt(strlen(text), sizeof(text));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_jsonw(void)
{
    Suite *s = suite_create("jsonw");
    TCase *t = tcase_create("jsonw");
    tcase_add_test(t, compact_is_one_line);
    tcase_add_test(t, pretty_is_indented);
    tcase_add_loop_test(t, strings_are_made_valid, 0, ROWS(strings));
    tcase_add_test(t, names_are_made_valid_too);
    tcase_add_loop_test(t, numbers_are_short_and_exact, 0, ROWS(numbers));
    tcase_add_loop_test(t, milliseconds_keep_three_decimals, 0, ROWS(times));
    tcase_add_test(t, a_full_buffer_is_told);
    suite_add_tcase(s, t);
    return s;
}
