#include <check.h>
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "init/report/config_range.h"
#include "tests/unit/suites.h"

static char pattern[CONFIG_RANGE_TEXT_MAX];

static const char *pattern_of(const struct config_range *r)
{
    struct buf out = BUF_OVER(pattern);
    buf_reset(&out);
    config_range_pattern(r, &out);
    ck_assert(!out.overflow);
    return pattern;
}

/* The C library knows no groups that capture nothing: they become ordinary ones. */
static void compile(regex_t *re)
{
    char text[CONFIG_RANGE_TEXT_MAX + 8];
    struct buf out = BUF_OVER(text);

    buf_reset(&out);
    buf_puts(&out, "^(");
    for (const char *c = pattern; *c != '\0'; c++) {
        buf_putc(&out, *c);
        if (strncmp(c, "(?:", 3) == 0)
            c += 2;
    }
    buf_puts(&out, ")$");
    ck_assert_int_eq(regcomp(re, text, REG_EXTENDED | REG_NOSUB), 0);
}

static bool matches(const regex_t *re, int64_t n)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%" PRId64, n);
    return regexec(re, text, 0, NULL, 0) == 0;
}

static const struct {
    struct config_range range;
    const char *pattern;
} known[] = {
    {{true, true, 0, 15}, "[0-9]|1[0-5]"},
    {{true, true, 7, 7}, "7"},
    {{true, true, 0, 0}, "0"},
    {{true, true, 1, 65535},
     "[1-9]|[1-9][0-9]|[1-9][0-9]{2}|[1-9][0-9]{3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-"
     "5]"},
    {{true, true, -5, 3}, "-(?:[1-5])|[0-3]"},
    {{true, true, -20, -12}, "-(?:1[2-9]|20)"},
    {{false, false, 0, 0}, "-(?:[1-9][0-9]*)|0|[1-9][0-9]*"},
    {{true, false, 0, 0}, "0|[1-9][0-9]*"},
    {{true, false, 95, 0}, "9[5-9]|[1-9][0-9]{2,}"},
    {{false, true, 0, -100}, "-(?:[1-9][0-9]{2}|[1-9][0-9]{3,})"},
};

START_TEST(known_patterns)
{
    ck_assert_str_eq(pattern_of(&known[_i].range), known[_i].pattern);
}
END_TEST

#define SMALL 130

/* Every pair of bounds around zero against every number around them. */
START_TEST(small_ranges_match_their_numbers)
{
    int64_t min = _i;

    for (int64_t max = min; max <= SMALL; max += 7) {
        struct config_range r = {true, true, min, max};
        regex_t re;
        pattern_of(&r);
        compile(&re);
        for (int64_t n = -SMALL - 20; n <= SMALL + 20; n++)
            ck_assert_msg(matches(&re, n) == (n >= min && n <= max), "%d in %s", (int)n, pattern);
        ck_assert_int_ne(regexec(&re, "01", 0, NULL, 0), 0);
        ck_assert_int_ne(regexec(&re, "-0", 0, NULL, 0), 0);
        ck_assert_int_ne(regexec(&re, "", 0, NULL, 0), 0);
        regfree(&re);
    }
}
END_TEST

static const int64_t edges[] = {INT64_MIN, INT64_MIN + 1, -1000000,   -999,     -1, 0, 1, 9, 10,
                                99,        1000,          1234567890, INT64_MAX};
#define EDGES (sizeof(edges) / sizeof(edges[0]))

START_TEST(large_and_open_ranges_match_their_ends)
{
    for (size_t a = 0; a < EDGES; a++) {
        for (size_t b = a; b < EDGES; b++) {
            struct config_range r = {(_i & 1) == 0, (_i & 2) == 0, edges[a], edges[b]};
            regex_t re;
            pattern_of(&r);
            compile(&re);
            for (size_t i = 0; i < EDGES; i++) {
                int64_t n = edges[i];
                bool inside = (!r.has_min || n >= r.min) && (!r.has_max || n <= r.max);
                ck_assert_msg(matches(&re, n) == inside, "%" PRId64 " in %s", n, pattern);
            }
            regfree(&re);
        }
    }
}
END_TEST

Suite *suite_config_range(void)
{
    Suite *s = suite_create("config_range");
    TCase *t = tcase_create("config_range");
    tcase_add_loop_test(t, known_patterns, 0, (int)(sizeof(known) / sizeof(known[0])));
    tcase_add_loop_test(t, small_ranges_match_their_numbers, -SMALL, SMALL + 1);
    tcase_add_loop_test(t, large_and_open_ranges_match_their_ends, 0, 4);
    suite_add_tcase(s, t);
    return s;
}
