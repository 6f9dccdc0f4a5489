#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/match.h"
#include "tests/unit/suites.h"

static struct problems problems;

static void set_up(void)
{
    problems.errors = problems.warnings = problems.count = 0;
}

static const struct {
    const char *match;
    const char *bytes;
    const char *why; /* NULL = it holds */
} cases[] = {
    {"\"ok\"", "it is ok", NULL},
    {"\"ok\"", "it is not", "the body does not contain \"ok\""},
    {"\"ok\"", "", "the body does not contain \"ok\""},
    {"{\"contains\":\"a\\nb\"}", "xa\nby", NULL},
    {"{\"contains\":\"OK\"}", "ok", "the body does not contain \"OK\""},
    {"{\"regex\":\"^ready( now)?$\"}", "wait\r\nready now\r\nmore", NULL},
    {"{\"regex\":\"^ready$\"}", "is ready", "no line of the body matches \"^ready$\""},
    {"{\"regex\":\"b|ead\"}", "is ready", NULL},
    {"{\"regex\":\"a.b\"}", "a\nb", "no line of the body matches \"a.b\""},
    {"{\"regex\":\"^$\"}", "", NULL},
    {"{\"regex\":\"^$\"}", "a\n\nb", NULL},
    {"{\"regex\":\"ok\"}", "\xff\nok", NULL},
    {"{\"regex\":\"ok\"}", "\xffok", "no line of the body matches \"ok\""},
    {"{\"contains\":\"a\",\"regex\":\"b\"}", "ab", NULL},
    {"{\"contains\":\"a\",\"regex\":\"b\"}", "a", "no line of the body matches \"b\""},
    {"{\"contains\":\"a\",\"regex\":\"b\"}", "b", "the body does not contain \"a\""},
    {"{\"json\":{\"/status\":\"up\"}}", "{\"status\": \"up\"}", NULL},
    {"{\"json\":{\"/status\":\"up\"}}", "{\"status\": \"starting\"}",
     "/status of the body is \"starting\", expected \"up\""},
    {"{\"json\":{\"/status\":\"up\"}}", "{\"Status\": \"up\"}", "/status of the body is not there, expected \"up\""},
    {"{\"json\":{\"/status\":\"up\"}}", "[1]", "/status of the body is not there, expected \"up\""},
    {"{\"json\":{\"/n\":1}}", "{\"n\": 1.0}", NULL},
    {"{\"json\":{\"/n\":1}}", "{\"n\": \"1\"}", "/n of the body is \"1\", expected 1"},
    {"{\"json\":{\"/n\":0}}", "{\"n\": false}", "/n of the body is false, expected 0"},
    {"{\"json\":{\"/n\":true}}", "{\"n\": false}", "/n of the body is false, expected true"},
    {"{\"json\":{\"/n\":null}}", "{\"n\": null}", NULL},
    {"{\"json\":{\"/n\":null}}", "{}", "/n of the body is not there, expected null"},
    {"{\"json\":{\"/l/1\":2,\"/l/0\":1}}", "{\"l\": [1, 2]}", NULL},
    {"{\"json\":{\"/l/2\":2}}", "{\"l\": [1, 2]}", "/l/2 of the body is not there, expected 2"},
    {"{\"json\":{\"/l/01\":2}}", "{\"l\": [1, 2]}", "/l/01 of the body is not there, expected 2"},
    {"{\"json\":{\"/l/-\":2}}", "{\"l\": [1, 2]}", "/l/- of the body is not there, expected 2"},
    {"{\"json\":{\"/a~1b/~0c/\":2}}", "{\"a/b\": {\"~c\": {\"\": 2}}}", NULL},
    {"{\"json\":{\"/~01\":2}}", "{\"~1\": 2}", NULL},
    {"{\"json\":{\"\":[1,{\"a\":2,\"b\":[]}]}}", "[1, {\"b\": [], \"a\": 2}]", NULL},
    {"{\"json\":{\"\":[1,2]}}", "[2, 1]", "the body is [2,1], expected [1,2]"},
    {"{\"json\":{\"\":[1]}}", "[1, 2]", "the body is [1,2], expected [1]"},
    {"{\"json\":{\"\":{\"a\":1}}}", "{\"b\": 1}", "the body is {\"b\":1}, expected {\"a\":1}"},
    {"{\"json\":{\"\":{}}}", "[]", "the body is [], expected {}"},
    {"{\"json\":{\"/a\":1}}", "{\"a\": 1} x", "the body is no JSON, see line and column 1:10"},
    {"{\"json\":{\"/a\":1}}", "{\"a\": 1, \"a\": 1}", "the body is no JSON"},
    {"{\"json\":{\"/a\":1}}", "", "the body is no JSON, see line and column 1:1"},
    {"{\"json\":{\"/a\":1}}", "<html>", "the body is no JSON, see line and column 1:1"},
    {"{", "", "what is expected of the body cannot be read"},
};

START_TEST(bytes_match_or_it_is_said_why_not)
{
    char text[256];
    struct buf why = BUF_OVER(text);
    buf_reset(&why);
    bool holds = match_test(cases[_i].match, "the body", cases[_i].bytes, strlen(cases[_i].bytes), &why);
    ck_assert_msg(holds == (cases[_i].why == NULL), "%s and %s: %s", cases[_i].match, cases[_i].bytes, text);
    ck_assert_str_eq(text, cases[_i].why == NULL ? "" : cases[_i].why);
}
END_TEST

/* Every match that is tested above is one that a manifest may state. */
START_TEST(what_is_tested_is_a_match)
{
    struct json *n = json_parse(cases[_i].match, strlen(cases[_i].match), false, &problems);
    if (n != NULL)
        ck_assert_msg(match_check(n, "/at", &problems), "%s: %s", cases[_i].match, problems.items[0].text);
    json_free(n);
}
END_TEST

START_TEST(a_peer_is_quoted_briefly_and_printably)
{
    char body[1024];
    char text[1024];
    struct buf b = BUF_OVER(body);
    struct buf why = BUF_OVER(text);
    buf_reset(&why);
    buf_puts(&b, "{\"a\": \"\\u001b[31m");
    for (int i = 0; i < 200; i++)
        buf_puts(&b, "\xc3\xa4");
    buf_puts(&b, "\"}");
    ck_assert(!match_test("{\"json\":{\"/a\":1}}", "the body", b.data, b.len, &why));
    ck_assert_ptr_eq(strchr(text, '\x1b'), NULL);
    ck_assert_ptr_nonnull(strstr(text, "..."));
    ck_assert_ptr_nonnull(strstr(text, ", expected 1"));
    ck_assert_uint_le(why.len, strlen("/a of the body is , expected 1") + 80);
}
END_TEST

/* Whatever it is, it costs little memory and time: the limits are far above what is needed. */
START_TEST(a_hostile_answer_is_looked_at_and_refused)
{
    static const char *const units[] = {"[", "[0,", "0,", "{\"a\":", "\"", "\n", "a", "\xff", "a\n"};
    char *bytes = malloc(2 * MATCH_TEXT_MAX);
    ck_assert_ptr_nonnull(bytes);
    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        char text[256];
        struct buf why = BUF_OVER(text);
        size_t len = strlen(units[u]);
        for (size_t at = 0; at < 2 * MATCH_TEXT_MAX; at++)
            bytes[at] = units[u][at % len];
        ck_assert(!match_test("{\"json\":{\"/a\":[1]}}", "the body", bytes, 2 * MATCH_TEXT_MAX, &why));
        ck_assert(!match_test("{\"regex\":\"(a|ab)*c\"}", "the body", bytes, 2 * MATCH_TEXT_MAX, &why));
        ck_assert(!match_test("\"abc\"", "the body", bytes, 2 * MATCH_TEXT_MAX, &why));
    }
    free(bytes);
}
END_TEST

START_TEST(what_is_too_long_counts_up_to_the_limit)
{
    char *bytes = malloc(MATCH_TEXT_MAX + 2);
    char text[256];
    struct buf why = BUF_OVER(text);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, '.', MATCH_TEXT_MAX);
    memcpy(bytes + MATCH_TEXT_MAX - 1, "abc", 3);
    ck_assert(match_test("\"a\"", "the body", bytes, MATCH_TEXT_MAX + 2, &why));
    ck_assert(!match_test("\"b\"", "the body", bytes, MATCH_TEXT_MAX + 2, &why));
    memcpy(bytes + PATTERN_TEXT_MAX - 1, "abc", 3);
    ck_assert(match_test("{\"regex\":\"\\\\.a\"}", "the body", bytes, MATCH_TEXT_MAX, &why));
    ck_assert(!match_test("{\"regex\":\"ab\"}", "the body", bytes, MATCH_TEXT_MAX, &why));
    free(bytes);
}
END_TEST

static const struct {
    const char *match;
    const char *rule, *where, *text, *hint;
} faults[] = {
    {"1", "type", "/at", "expected a string or an object, found a number", "a string has to be in it"},
    {"[\"a\"]", "type", "/at", "expected a string or an object, found an array", ""},
    {"\"\"", "value", "/at", "the text is empty", ""},
    {"{}", "required", "/at", "nothing is expected here", "say \"contains\""},
    {"{\"contain\":\"a\"}", "key.unknown", "/at/contain", "no key \"contain\"", "did you mean \"contains\"?"},
    {"{\"xyzzy\":\"a\"}", "key.unknown", "/at/xyzzy", "no key \"xyzzy\"", "its keys are"},
    {"{\"contains\":1}", "type", "/at/contains", "expected a string, found a number", ""},
    {"{\"contains\":\"\"}", "value", "/at/contains", "the text is empty", ""},
    {"{\"regex\":\"(a\"}", "pattern", "/at/regex", "a ( without its )", ""},
    {"{\"regex\":\"a)(b\"}", "pattern", "/at/regex", "a ) without its (", ""},
    {"{\"regex\":true}", "type", "/at/regex", "expected a string", ""},
    {"{\"json\":{}}", "value", "/at/json", "no pointer", ""},
    {"{\"json\":[1]}", "type", "/at/json", "expected an object, found an array", ""},
    {"{\"json\":{\"status\":1}}", "value", "/at/json", "\"status\" is no JSON pointer", "write \"/name\""},
    {"{\"json\":{\"/a~2\":1}}", "value", "/at/json", "is no JSON pointer", ""},
    {"{\"json\":{\"/a~\":1}}", "value", "/at/json", "is no JSON pointer", ""},
};

START_TEST(mistakes_are_told)
{
    struct json *n = json_parse(faults[_i].match, strlen(faults[_i].match), false, &problems);
    ck_assert_ptr_nonnull(n);
    ck_assert(!match_check(n, "/at", &problems));
    ck_assert_uint_eq(problems.errors, 1);
    const struct problem *found = &problems.items[0];
    ck_assert_str_eq(found->rule, faults[_i].rule);
    ck_assert_str_eq(found->where, faults[_i].where);
    ck_assert_msg(strstr(found->text, faults[_i].text) != NULL, "%s", found->text);
    ck_assert_msg(strstr(found->hint, faults[_i].hint) != NULL, "%s", found->hint);
    json_free(n);
}
END_TEST

static size_t errors_of(const char *match, const char *rule)
{
    struct json *n = json_parse(match, strlen(match), false, &problems);
    ck_assert_ptr_nonnull(n);
    match_check(n, "", &problems);
    json_free(n);
    for (size_t i = 0; i < problems.count; i++)
        ck_assert_str_eq(problems.items[i].rule, rule);
    return problems.errors;
}

START_TEST(everything_has_a_limit)
{
    char text[8192];
    char many[MATCH_REGEX_MAX + 2];
    struct buf b = BUF_OVER(text);
    memset(many, 'a', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    buf_printf(&b, "{\"regex\":\"%s\"}", many + 1);
    ck_assert_uint_eq(errors_of(text, ""), 0);
    buf_reset(&b);
    buf_printf(&b, "{\"regex\":\"%s\"}", many);
    ck_assert_uint_eq(errors_of(text, "pattern"), 1);
    set_up();
    buf_reset(&b);
    buf_puts(&b, "{\"json\":{");
    for (int i = 0; i <= MATCH_POINTERS_MAX; i++)
        buf_printf(&b, "%s\"/%d\":1", i == 0 ? "" : ",", i);
    buf_puts(&b, "}}");
    ck_assert_uint_eq(errors_of(text, "limit"), 1);
    set_up();
    buf_reset(&b);
    buf_puts(&b, "{\"contains\":\"");
    for (int i = 0; i < MATCH_JSON_MAX; i++)
        buf_putc(&b, 'a');
    buf_puts(&b, "\"}");
    ck_assert_uint_eq(errors_of(text, "limit"), 1);
}
END_TEST

Suite *suite_match(void)
{
    Suite *s = suite_create("match");
    TCase *tc = tcase_create("match");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_loop_test(tc, bytes_match_or_it_is_said_why_not, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_loop_test(tc, what_is_tested_is_a_match, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tc, a_peer_is_quoted_briefly_and_printably);
    tcase_add_test(tc, a_hostile_answer_is_looked_at_and_refused);
    tcase_add_test(tc, what_is_too_long_counts_up_to_the_limit);
    tcase_add_loop_test(tc, mistakes_are_told, 0, (int)(sizeof(faults) / sizeof(faults[0])));
    tcase_add_test(tc, everything_has_a_limit);
    suite_add_tcase(s, tc);
    return s;
}
