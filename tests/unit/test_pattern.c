#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "init/base/pattern.h"
#include "tests/unit/suites.h"

static struct pattern compiled;

static bool matches(const char *pattern, const char *text)
{
    char why[160] = "";
    int rc = pattern_compile(pattern, &compiled, why, sizeof(why));
    ck_assert_msg(rc == 0, "\"%s\": %s", pattern, why);
    return pattern_matches(&compiled, text, strlen(text));
}

static const struct {
    const char *pattern;
    const char *text;
    bool matches;
} cases[] = {
    {"abc", "abc", true},
    {"abc", "abcd", false},
    {"abc", "xabc", false},
    {"abc", "", false},
    {"a|bc|d", "bc", true},
    {"a|bc|d", "d", true},
    {"a|bc|d", "ac", false},
    {"x(a|b)*y", "xy", true},
    {"x(a|b)*y", "xabbay", true},
    {"x(a|b)+y", "xy", false},
    {"x(a|b)+y", "xby", true},
    {"ab?c", "ac", true},
    {"ab?c", "abbc", false},
    {"a{3}", "aaa", true},
    {"a{3}", "aa", false},
    {"a{3}", "aaaa", false},
    {"a{2,}", "a", false},
    {"a{2,}", "aaaaaaaa", true},
    {"a{0,}", "", true},
    {"a{2,4}", "a", false},
    {"a{2,4}", "aa", true},
    {"a{2,4}", "aaaa", true},
    {"a{2,4}", "aaaaa", false},
    {"a{0,2}", "", true},
    {"a{0,2}", "aa", true},
    {"a{0,2}", "aaa", false},
    {"xa{0}y", "xy", true},
    {"xa{0}y", "xay", false},
    {"(a{0}){3}b", "b", true},
    {"(ab|c{2}){2}", "abcc", true},
    {"(ab|c{2}){2}", "abc", false},
    {"((a|b){1,2},)*", "a,bb,ab,", true},
    {"((a|b){1,2},)*", "a,bbb,", false},
    {"(a*)*b", "aaaaab", true},
    {"(a*)*b", "aaaaa", false},
    {".", "ä", true},
    {".", "\xf0\x9f\x98\x80", true},
    {"..", "ä", false},
    {"ä+", "ää", true},
    {".*", "a\nb", true},
    {".*", "\xff", false},
    {".", "\xc3", false},
    {"[a-c]*", "abcab", true},
    {"[a-c]*", "abd", false},
    {"[^a-c]", "d", true},
    {"[^a-c]", "b", false},
    {"[^a-c]", "ä", true},
    {"[^a]", "\n", true},
    {"[]a]*", "a]", true},
    {"[^]a]", "]", false},
    {"[a^]", "^", true},
    {"[-a]*", "-a", true},
    {"[a-]*", "-a", true},
    {"[+--]*", "+,-", true},
    {"[à-ü]", "é", true},
    {"[à-ü]", "e", false},
    {"[.*(]*", ".*(", true},
    {"[\\\\]", "\\", true},
    {"[[:alpha:]_][[:alnum:]_]*", "_a9", true},
    {"[[:alpha:]_][[:alnum:]_]*", "9a", false},
    {"[[:digit:]a-c]*", "0a9c", true},
    {"[^[:space:]]*", "a b", false},
    {"[[:xdigit:]]{4}", "aF09", true},
    {"[[:punct:]]*", "!/:@[`{~", true},
    {"[[:punct:]]*", "a", false},
    {"^abc$", "abc", true},
    {"^(a|b)$", "b", true},
    {"(^a|b)c", "ac", true},
    {"a^b", "a^b", false},
    {"a(b$|c)", "ab", true},
    {"a$b", "a$b", false},
    {"\\.\\*\\[\\\\", ".*[\\", true},
    {"a\\-b\\/", "a-b/", true},
    {"a]}", "a]}", true},
    {"[0-9]{1,3}(\\.[0-9]{1,3}){3}", "127.0.0.1", true},
    {"[0-9]{1,3}(\\.[0-9]{1,3}){3}", "127.0.1", false},
    {"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z]{2,63})+", "a-b.example.org", true},
    {"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z]{2,63})+", "a-.org", false},
};

START_TEST(texts_match_as_a_whole)
{
    ck_assert_msg(matches(cases[_i].pattern, cases[_i].text) == cases[_i].matches, "\"%s\" and \"%s\"",
                  cases[_i].pattern, cases[_i].text);
}
END_TEST

/* The C library's opinion on what of this is ASCII: bytes and characters are the same there. */
START_TEST(the_c_library_agrees)
{
    char whole[600];
    regex_t theirs;
    for (const char *s = cases[_i].pattern; *s != '\0'; s++) {
        if ((unsigned char)*s > 0x7f)
            return;
    }
    for (const char *s = cases[_i].text; *s != '\0'; s++) {
        if ((unsigned char)*s > 0x7f)
            return;
    }
    snprintf(whole, sizeof(whole), "^(%s)$", cases[_i].pattern);
    ck_assert_int_eq(regcomp(&theirs, whole, REG_EXTENDED | REG_NOSUB), 0);
    bool found = regexec(&theirs, cases[_i].text, 0, NULL, 0) == 0;
    regfree(&theirs);
    ck_assert_int_eq(found, cases[_i].matches);
}
END_TEST

static const struct {
    const char *pattern;
    const char *why;
} faults[] = {
    {"", "it is empty"},
    {"(a", "a ( without its )"},
    {"a)", "a ) without its ("},
    {")", "a ) without its ("},
    {"()", "nothing before or after a |"},
    {"a|", "nothing before or after a |"},
    {"|a", "nothing before or after a |"},
    {"(a||b)", "nothing before or after a |"},
    {"*a", "a repetition of nothing"},
    {"a|+b", "a repetition of nothing"},
    {"(?:a)", "of another dialect"},
    {"^*", "a repetition of nothing"},
    {"a**", "two repetitions in a row"},
    {"a+?", "two repetitions in a row; the character is \\? (at byte 3)"},
    {"a{2}{3}", "two repetitions in a row"},
    {"a{", "a repetition is {2}, {2,} or {2,4}"},
    {"a{x}", "a repetition is {2}, {2,} or {2,4}"},
    {"a{,3}", "a repetition is {2}, {2,} or {2,4}"},
    {"a{2,", "a repetition is {2}, {2,} or {2,4}"},
    {"a{2,3", "a repetition is {2}, {2,} or {2,4}"},
    {"a{3,2}", "smaller than the first"},
    {"a{256}", "more than 255 times"},
    {"a{99999999999999999999}", "more than 255 times"},
    {"a{1,256}", "more than 255 times"},
    {"(a{255}){255}", "more than 2048 steps"},
    {"((a{255}){255}){255}", "more than 2048 steps"},
    {"(((a{0,255}){0,8}))", "more than 2048 steps"},
    {"[a", "a [ without its ]"},
    {"[", "a [ without its ]"},
    {"[^", "a [ without its ]"},
    {"[]", "a [ without its ]"},
    {"[a-", "a [ without its ]"},
    {"[b-a]", "ends before it begins"},
    {"[a-c-e]", "the first or the last"},
    {"[[:alpha]]", "no class of characters"},
    {"[[:letter:]]", "no class of characters"},
    {"[[=a=]]", "[. and [= are not known"},
    {"[a-[:alpha:]]", "no end of a range"},
    {"[\\d]", "write it twice"},
    {"[\\]]", "write it twice"},
    {"\\d+", "write [0-9] (at byte 1)"},
    {"\\w", "write [[:alnum:]_]"},
    {"a\\S", "write [^[:space:]] (at byte 2)"},
    {"(a)\\1", "no back-references"},
    {"\\bword", "a backslash stands before"},
    {"\\<word", "a backslash stands before"},
    {"a\\", "a backslash stands before"},
    {"a\\\xc3\xa4", "a backslash stands before"},
    {"\xff", "not valid UTF-8"},
};

START_TEST(what_other_dialects_mean_otherwise_is_refused)
{
    char why[160] = "";
    ck_assert_int_eq(pattern_compile(faults[_i].pattern, &compiled, why, sizeof(why)), -1);
    ck_assert_msg(strstr(why, faults[_i].why), "\"%s\": %s", faults[_i].pattern, why);
}
END_TEST

START_TEST(classes_are_those_of_ascii)
{
    static const char *const names[] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph",
                                        "lower", "print", "punct", "space", "upper", "xdigit"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char pattern[32];
        regex_t theirs;
        snprintf(pattern, sizeof(pattern), "^[[:%s:]]$", names[i]);
        ck_assert_int_eq(regcomp(&theirs, pattern, REG_EXTENDED | REG_NOSUB), 0);
        for (int c = 1; c < 128; c++) {
            char text[2] = {(char)c, '\0'};
            ck_assert_msg(matches(pattern, text) == (regexec(&theirs, text, 0, NULL, 0) == 0), "%s: %d", names[i], c);
        }
        regfree(&theirs);
    }
}
END_TEST

START_TEST(limits_are_exact)
{
    char pattern[PATTERN_MAX + 2];
    char why[160] = "";
    char text[PATTERN_TEXT_MAX + 2];
    memset(pattern, 'a', sizeof(pattern));
    pattern[PATTERN_MAX] = '\0';
    ck_assert_int_eq(pattern_compile(pattern, &compiled, why, sizeof(why)), 0);
    ck_assert(pattern_matches(&compiled, pattern, PATTERN_MAX));
    pattern[PATTERN_MAX] = 'a';
    pattern[PATTERN_MAX + 1] = '\0';
    ck_assert_int_eq(pattern_compile(pattern, &compiled, why, sizeof(why)), -1);
    ck_assert_str_eq(why, "it is longer than 512 bytes");
    memset(text, 'a', sizeof(text));
    ck_assert(matches("a*", "a"));
    ck_assert(pattern_matches(&compiled, text, PATTERN_TEXT_MAX));
    ck_assert(!pattern_matches(&compiled, text, PATTERN_TEXT_MAX + 1));
    ck_assert_int_eq(pattern_compile("(a{255}){8}bcdefghi", &compiled, why, sizeof(why)), 0);
    ck_assert_uint_eq(compiled.step_count, PATTERN_STEPS_MAX);
    ck_assert_int_eq(pattern_compile("(a{255}){8}bcdefghij", &compiled, why, sizeof(why)), -1);
}
END_TEST

START_TEST(groups_are_bounded)
{
    char pattern[2 * PATTERN_DEPTH_MAX + 4] = "";
    char why[160] = "";
    memset(pattern, '(', PATTERN_DEPTH_MAX);
    pattern[PATTERN_DEPTH_MAX] = 'a';
    memset(pattern + PATTERN_DEPTH_MAX + 1, ')', PATTERN_DEPTH_MAX);
    ck_assert(matches(pattern, "a"));
    memset(pattern, '(', PATTERN_DEPTH_MAX + 1);
    ck_assert_int_eq(pattern_compile(pattern, &compiled, why, sizeof(why)), -1);
    ck_assert_ptr_nonnull(strstr(why, "more than 32 groups"));
}
END_TEST

/* Each takes a second and more with a matcher that goes back, or whose table grows with the square of the pattern. */
static const char *const hard[] = {
    "(a*)*b", "((((((a*)*)*)*)*)*)*b", "((a|a|a|a|a|a|a)*){85}", "(((a?){250})*){4}", "(x*a*){255}", "(a|ab|abc|.)*b"};

START_TEST(the_time_is_bounded)
{
    char text[PATTERN_TEXT_MAX + 1];
    memset(text, 'a', PATTERN_TEXT_MAX);
    text[PATTERN_TEXT_MAX - 1] = '!';
    text[PATTERN_TEXT_MAX] = '\0';
    clock_t begin = clock();
    ck_assert(!matches(hard[_i], text));
    /* About 70 ms at most without the sanitizers. */
    ck_assert_int_lt((clock() - begin) / CLOCKS_PER_SEC, 10);
}
END_TEST

START_TEST(characters_are_decoded)
{
    size_t at = 0;
    static const char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
    ck_assert_uint_eq(pattern_decode(text, &at), 'a');
    ck_assert_uint_eq(pattern_decode(text, &at), 0xe4);
    ck_assert_uint_eq(pattern_decode(text, &at), 0x20ac);
    ck_assert_uint_eq(pattern_decode(text, &at), 0x1f600);
    ck_assert_uint_eq(at, sizeof(text) - 1);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_pattern(void)
{
    Suite *s = suite_create("pattern");
    TCase *t = tcase_create("pattern");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, texts_match_as_a_whole, 0, ROWS(cases));
    tcase_add_loop_test(t, the_c_library_agrees, 0, ROWS(cases));
    tcase_add_loop_test(t, what_other_dialects_mean_otherwise_is_refused, 0, ROWS(faults));
    tcase_add_test(t, classes_are_those_of_ascii);
    tcase_add_test(t, limits_are_exact);
    tcase_add_test(t, groups_are_bounded);
    tcase_add_loop_test(t, the_time_is_bounded, 0, ROWS(hard));
    tcase_add_test(t, characters_are_decoded);
    suite_add_tcase(s, t);
    return s;
}
