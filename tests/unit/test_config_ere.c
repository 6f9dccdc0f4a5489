#include <check.h>
#include <string.h>

#include "init/report/config_ere.h"
#include "tests/unit/suites.h"

static char text[CONFIG_ERE_TEXT_MAX];
static bool anchored;

static int translate(const char *pattern)
{
    struct buf out = BUF_OVER(text);
    buf_reset(&out);
    return config_ere_translate(pattern, &out, &anchored);
}

static const struct {
    const char *from;
    const char *to;
    bool anchored;
} cases[] = {
    {"abc", "abc", false},
    {"^[a-z]+$", "[a-z]+", false},
    {"a|b", "a|b", false},
    {"^a|b$", "^a|b$", true},
    {"a^b", "a^b", true},
    {"(^a)", "(?:^a)", true},
    {"(ab|c)*d?e+", "(?:ab|c)*d?e+", false},
    {"a.b", "a[\\s\\S]b", false},
    {"a{2}b{2,}c{2,3}", "a{2}b{2,}c{2,3}", false},
    {"\\.\\*\\\\\\-", "\\.\\*\\\\-", false},
    {"a}]/b", "a\\}\\]\\/b", false},
    {"[]a]", "[\\]a]", false},
    {"[^]a-]", "[^\\]a\\-]", false},
    {"[a\\\\d]", "[a\\\\d]", false},
    {"[+--]", "[\\+-\\-]", false},
    {"[[:alpha:]_][[:alnum:]_]*", "[A-Za-z_][A-Za-z0-9_]*", false},
    {"[^[:space:][:cntrl:]]", "[^ \\t-\\r\\x01-\\x1f\\x7f]", false},
    {"[*.$^(]", "[\\*\\.\\$\\^\\(]", false},
    {"x\\$", "x\\$", false},
    {"caf\xc3\xa9[\xc3\xa0-\xc3\xa9]", "caf\xc3\xa9[\xc3\xa0-\xc3\xa9]", false},
};

START_TEST(translations)
{
    char why[160];

    ck_assert_msg(!value_pattern_fault(cases[_i].from, why, sizeof(why)), "%s: %s", cases[_i].from, why);
    ck_assert_int_eq(translate(cases[_i].from), 0);
    ck_assert_str_eq(text, cases[_i].to);
    ck_assert_int_eq(anchored, cases[_i].anchored);
}
END_TEST

static const char *const broken[] = {"a\\", "[a", "[", "[^", "[]", "[a-", "[[:nothing:]]", "a{2", "[\\"};

START_TEST(what_is_no_pattern_is_survived)
{
    ck_assert_int_eq(translate(broken[_i]), -1);
}
END_TEST

START_TEST(the_longest_pattern_fits)
{
    char pattern[PATTERN_MAX + 1];

    for (size_t i = 0; i + 11 < PATTERN_MAX; i += 11)
        memcpy(pattern + i, "[[:punct:]]", 12);
    ck_assert_int_eq(translate(pattern), 0);
    memset(pattern, '.', PATTERN_MAX);
    pattern[PATTERN_MAX] = '\0';
    ck_assert_int_eq(translate(pattern), 0);
}
END_TEST

Suite *suite_config_ere(void)
{
    Suite *s = suite_create("config_ere");
    TCase *t = tcase_create("config_ere");
    tcase_add_loop_test(t, translations, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_loop_test(t, what_is_no_pattern_is_survived, 0, (int)(sizeof(broken) / sizeof(broken[0])));
    tcase_add_test(t, the_longest_pattern_fits);
    suite_add_tcase(s, t);
    return s;
}
