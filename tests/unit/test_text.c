#include <string.h>

#include "init/base/clock.h"
#include "init/base/text.h"
#include "tests/unit/suites.h"

static const struct {
    const char *text;
    size_t len;
    size_t span;
} utf8_cases[] = {
    {"", 0, 0},
    {"plain", 5, 5},
    {"\xc3\xa9", 2, 2},
    {"\xe2\x82\xac", 3, 3},
    {"\xf0\x9f\x99\x82", 4, 4},
    {"a\xff", 2, 1},
    {"\xc0\xaf", 2, 0},         /* overlong '/' */
    {"\xe0\x80\xaf", 3, 0},     /* overlong '/' in three */
    {"\xf0\x80\x80\xaf", 4, 0}, /* and in four */
    {"\xed\xa0\x80", 3, 0},     /* surrogate */
    {"\xf4\x90\x80\x80", 4, 0}, /* above U+10FFFF */
    {"\xe2\x82", 2, 0},         /* cut */
    {"ab\xe2\x82", 4, 2},
    {"\x80", 1, 0},
};

START_TEST(utf8_span_stops_at_the_first_wrong_byte)
{
    ck_assert_uint_eq(text_utf8_span(utf8_cases[_i].text, utf8_cases[_i].len), utf8_cases[_i].span);
}
END_TEST

static const struct {
    const char *text;
    const char *shown;
    size_t cap;
} printable_cases[] = {
    {"plain", "plain", 64},
    {"a\x1b[31mred", "a?[31mred", 64},
    {"tab\tnew\nline", "tab?new?line", 64},
    {"del\x7f", "del?", 64},
    {"c1\xc2\x9b", "c1?", 64},
    {"bad\xff!", "bad?!", 64},
    {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9", 64},
    {"abcdef", "abc", 4},
    {"ab\xe2\x82\xac", "ab", 4}, /* the character does not fit: none of it */
    {"abc", "", 1},
};

START_TEST(printable_text_is_safe_and_whole)
{
    char out[64];
    size_t n = text_printable(printable_cases[_i].text, strlen(printable_cases[_i].text), out, printable_cases[_i].cap);
    ck_assert_str_eq(out, printable_cases[_i].shown);
    ck_assert_uint_eq(n, strlen(out));
}
END_TEST

static const char *repeat(char c, size_t n)
{
    static char out[512];
    memset(out, c, n);
    out[n] = '\0';
    return out;
}

START_TEST(variable_names)
{
    ck_assert(text_is_variable_name("REDIS_URL"));
    ck_assert(text_is_variable_name("_a9"));
    ck_assert(text_is_variable_name(repeat('A', 256)));
    ck_assert(!text_is_variable_name(repeat('A', 257)));
    static const char *const wrong[] = {"", "9A", "A-B", "A B", "A=B", "A.B", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!text_is_variable_name(wrong[i]), "%s", wrong[i]);
}
END_TEST

START_TEST(service_names)
{
    ck_assert(text_is_service_name("redis"));
    ck_assert(text_is_service_name("a-b_9"));
    ck_assert(text_is_service_name(repeat('a', 63)));
    ck_assert(!text_is_service_name(repeat('a', 64)));
    static const char *const wrong[] = {"", "9a", "-a", "_a", "A", "a.b", "a b", "redis/"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!text_is_service_name(wrong[i]), "%s", wrong[i]);
}
END_TEST

START_TEST(step_ids)
{
    ck_assert(text_is_step_id("install"));
    ck_assert(text_is_step_id("9.a-b_c"));
    ck_assert(text_is_step_id(repeat('a', 64)));
    ck_assert(!text_is_step_id(repeat('a', 65)));
    static const char *const wrong[] = {"", ".a", "-a", "_a", "a..b", "a/b", "A", "a b"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!text_is_step_id(wrong[i]), "%s", wrong[i]);
}
END_TEST

static const char *const words[] = {"local", "docker", "cloud", "redis", "redis_url", "backend", ""};

static const char *word_at(const void *ctx, size_t i)
{
    return ((const char *const *)ctx)[i];
}

static const struct {
    const char *word;
    const char *near;
} near_cases[] = {
    {"Docker", "docker"}, {"dcoker", "docker"}, {"docke", "docker"},    {"dockerrr", "docker"},
    {"doc", NULL},        {"redsi", "redis"},   {"rediss", "redis"},    {"redddis", "redis"},
    {"rds", NULL},        {"clodu", "cloud"},   {"loclaa", "local"},    {"redis_ulr", "redis_url"},
    {"mysql", NULL},      {"", NULL},           {"bakcned", "backend"},
};

START_TEST(nearest_word)
{
    const char *near = text_nearest(near_cases[_i].word, word_at, words, sizeof(words) / sizeof(words[0]));
    if (near_cases[_i].near)
        ck_assert_str_eq(near, near_cases[_i].near);
    else
        ck_assert_ptr_null(near);
}
END_TEST

START_TEST(the_nearest_wins_then_the_first)
{
    static const char *const close[] = {"backend1", "backend", "backenf", "backemd"};
    ck_assert_ptr_eq(text_nearest("backend", word_at, close, 4), close[1]);
    static const char *const equal[] = {"abcdefg1", "abcdefg2"};
    ck_assert_ptr_eq(text_nearest("abcdefgh", word_at, equal, 2), equal[0]);
}
END_TEST

START_TEST(long_words_have_no_near_miss)
{
    const char *const same[] = {repeat('a', 64)};
    ck_assert_ptr_eq(text_nearest(same[0], word_at, same, 1), same[0]);
    const char *const longer[] = {repeat('a', 65)};
    ck_assert_ptr_null(text_nearest(longer[0], word_at, longer, 1));
}
END_TEST

static const struct {
    const char *text;
    int rc;
    int64_t value;
} int_cases[] = {
    {"0", 0, 0},
    {"15", 0, 15},
    {"-1", 0, -1},
    {"9223372036854775807", 0, INT64_MAX},
    {"-9223372036854775808", 0, INT64_MIN},
    {"9223372036854775808", -1, 0},
    {"-9223372036854775809", -1, 0},
    {"99999999999999999999", -1, 0},
    {"", -1, 0},
    {"-", -1, 0},
    {"-0", -1, 0},
    {"+1", -1, 0},
    {"01", -1, 0},
    {"-01", -1, 0},
    {"0x1", -1, 0},
    {"1.0", -1, 0},
    {"1e1", -1, 0},
    {" 1", -1, 0},
    {"1 ", -1, 0},
    {"1\n", -1, 0},
};

START_TEST(integers_are_strict_decimals)
{
    int64_t out = 77;
    ck_assert_int_eq(text_parse_int(int_cases[_i].text, &out), int_cases[_i].rc);
    ck_assert_int_eq(out, int_cases[_i].rc == 0 ? int_cases[_i].value : 77);
}
END_TEST

static const struct {
    const char *text;
    int rc;
    uint64_t us;
} duration_cases[] = {
    {"250ms", 0, 250 * US_PER_MS},
    {"5s", 0, 5 * US_PER_S},
    {"2m", 0, 120 * US_PER_S},
    {"24h", 0, 86400 * US_PER_S},
    {"86400000ms", 0, 86400 * US_PER_S},
    {"0s", 0, 0},
    {"25h", -1, 0},
    {"86400001ms", -1, 0},
    {"99999999999999999999s", -1, 0},
    {"5", -1, 0},
    {"s", -1, 0},
    {"", -1, 0},
    {"05s", -1, 0},
    {"1.5s", -1, 0},
    {"-5s", -1, 0},
    {"5 s", -1, 0},
    {"5S", -1, 0},
    {"5sec", -1, 0},
};

START_TEST(durations_need_a_unit)
{
    uint64_t out = 77;
    ck_assert_int_eq(text_parse_duration(duration_cases[_i].text, &out), duration_cases[_i].rc);
    ck_assert_uint_eq(out, duration_cases[_i].rc == 0 ? duration_cases[_i].us : 77);
}
END_TEST

static const struct {
    const char *text;
    enum text_fault fault;
    int64_t bytes;
} size_cases[] = {
    {"0B", TEXT_OK, 0},
    {"1KB", TEXT_OK, 1000},
    {"1KiB", TEXT_OK, 1024},
    {"3MB", TEXT_OK, 3000000},
    {"3MiB", TEXT_OK, 3145728},
    {"2GB", TEXT_OK, 2000000000},
    {"2GiB", TEXT_OK, 2147483648},
    {"1TB", TEXT_OK, 1000000000000},
    {"1TiB", TEXT_OK, 1099511627776},
    {"9223372036854775807B", TEXT_OK, INT64_MAX},
    {"9223372036854775808B", TEXT_RANGE, 0},
    {"9007199254740992KiB", TEXT_RANGE, 0},
    {"99999999999999999999999999B", TEXT_RANGE, 0},
    {"99999999999999999999999999", TEXT_FORMAT, 0},
    {"1", TEXT_FORMAT, 0},
    {"B", TEXT_FORMAT, 0},
    {"", TEXT_FORMAT, 0},
    {"01B", TEXT_FORMAT, 0},
    {"1 B", TEXT_FORMAT, 0},
    {"1b", TEXT_FORMAT, 0},
    {"1KBB", TEXT_FORMAT, 0},
    {"-1B", TEXT_FORMAT, 0},
    {"+1B", TEXT_FORMAT, 0},
    {"1.5KB", TEXT_FORMAT, 0},
};

START_TEST(sizes_need_a_unit)
{
    int64_t out = 77;
    ck_assert_int_eq(text_parse_size(size_cases[_i].text, &out), size_cases[_i].fault);
    ck_assert_int_eq(out, size_cases[_i].fault == TEXT_OK ? size_cases[_i].bytes : 77);
}
END_TEST

START_TEST(times_have_days_and_no_maximum_of_ours)
{
    int64_t out = 77;
    ck_assert_int_eq(text_parse_time("400d", &out), TEXT_OK);
    ck_assert_int_eq(out, 400 * 86400 * (int64_t)US_PER_S);
    ck_assert_int_eq(text_parse_time("106751992d", &out), TEXT_RANGE);
    ck_assert_int_eq(text_parse_time("1us", &out), TEXT_FORMAT);
}
END_TEST

static const struct {
    const struct text_unit *units;
    size_t count;
    int64_t n;
    const char *text;
} quantities[] = {
    {text_size_units, TEXT_SIZE_UNITS, 0, "0B"},
    {text_size_units, TEXT_SIZE_UNITS, 1, "1B"},
    {text_size_units, TEXT_SIZE_UNITS, 1000, "1KB"},
    {text_size_units, TEXT_SIZE_UNITS, 65536, "64KiB"},
    {text_size_units, TEXT_SIZE_UNITS, 1000000, "1MB"},
    {text_size_units, TEXT_SIZE_UNITS, 1LL << 40, "1TiB"},
    {text_size_units, TEXT_SIZE_UNITS, INT64_MAX, "9223372036854775807B"},
    {text_time_units, TEXT_TIME_UNITS, 0, "0ms"},
    {text_time_units, TEXT_TIME_UNITS, 1999, "1ms"},
    {text_time_units, TEXT_TIME_UNITS, 90000000, "90s"},
    {text_time_units, TEXT_TIME_UNITS, 7200000000, "2h"},
    {text_time_units, TEXT_TIME_UNITS, 86400000000, "1d"},
};

START_TEST(quantities_have_the_largest_unit)
{
    char text[32];
    text_quantity(quantities[_i].n, quantities[_i].units, quantities[_i].count, text, sizeof(text));
    ck_assert_str_eq(text, quantities[_i].text);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_text(void)
{
    Suite *s = suite_create("text");
    TCase *t = tcase_create("text");
    tcase_add_loop_test(t, utf8_span_stops_at_the_first_wrong_byte, 0, ROWS(utf8_cases));
    tcase_add_loop_test(t, printable_text_is_safe_and_whole, 0, ROWS(printable_cases));
    tcase_add_test(t, variable_names);
    tcase_add_test(t, service_names);
    tcase_add_test(t, step_ids);
    tcase_add_loop_test(t, nearest_word, 0, ROWS(near_cases));
    tcase_add_test(t, the_nearest_wins_then_the_first);
    tcase_add_test(t, long_words_have_no_near_miss);
    tcase_add_loop_test(t, integers_are_strict_decimals, 0, ROWS(int_cases));
    tcase_add_loop_test(t, durations_need_a_unit, 0, ROWS(duration_cases));
    tcase_add_loop_test(t, sizes_need_a_unit, 0, ROWS(size_cases));
    tcase_add_test(t, times_have_days_and_no_maximum_of_ours);
    tcase_add_loop_test(t, quantities_have_the_largest_unit, 0, ROWS(quantities));
    suite_add_tcase(s, t);
    return s;
}
