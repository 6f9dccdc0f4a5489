#include <string.h>

#include "init/base/buf.h"
#include "init/config/placeholder.h"
#include "tests/unit/suites.h"

/* One placeholder; what follows it in the text is not its business. */
static const struct {
    const char *text;
    unsigned level;
    enum placeholder_kind kind;
    const char *name;
    const char *inside;
    const char *behind;
} good[] = {
    {"${A}", 1, PLACEHOLDER_VALUE, "A", "", ""},
    {"${_a9}}", 1, PLACEHOLDER_VALUE, "_a9", "", "}"},
    {"${A:-}", 1, PLACEHOLDER_ELSE, "A", "", ""},
    {"${A:-x}y}", 1, PLACEHOLDER_ELSE, "A", "x", "y}"},
    {"${A:-:-{:?}", 1, PLACEHOLDER_ELSE, "A", ":-{:?", ""},
    {"${A:-${B}}.", 1, PLACEHOLDER_ELSE, "A", "${B}", "."},
    {"${A:-x${B:-${C}}y${D}}.", 1, PLACEHOLDER_ELSE, "A", "x${B:-${C}}y${D}", "."},
    {"${A:-$${}}", 1, PLACEHOLDER_ELSE, "A", "$${", "}"},
    {"${A:-$x}", 1, PLACEHOLDER_ELSE, "A", "$x", ""}, /* told when it is used */
    {"${A:-$}", 1, PLACEHOLDER_ELSE, "A", "$", ""},
    {"${A:?}", 1, PLACEHOLDER_MESSAGE, "A", "", ""},
    {"${A:?say it: $$5}", 1, PLACEHOLDER_MESSAGE, "A", "say it: $$5", ""},
    {"${A:-${B:-${C:-${D}}}}", 1, PLACEHOLDER_ELSE, "A", "${B:-${C:-${D}}}", ""},
    {"${D:-x}", 4, PLACEHOLDER_ELSE, "D", "x", ""},
};

START_TEST(a_placeholder_is_taken_apart)
{
    struct placeholder p;
    const char *text = good[_i].text;

    ck_assert_int_eq(placeholder_parse(text, text + strlen(text), good[_i].level, &p), PLACEHOLDER_OK);
    ck_assert_int_eq(p.kind, good[_i].kind);
    ck_assert_str_eq(p.name, good[_i].name);
    ck_assert_uint_eq(p.text_len, strlen(good[_i].inside));
    ck_assert(p.text_len == 0 || memcmp(p.text, good[_i].inside, p.text_len) == 0);
    ck_assert_str_eq(p.end, good[_i].behind);
}
END_TEST

#define TEN "x123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define NAME_256 FIFTY FIFTY FIFTY FIFTY FIFTY "x12345"

static const struct {
    const char *text;
    unsigned level;
    enum placeholder_fault fault;
    const char *name;
} bad[] = {
    {"$", 1, PLACEHOLDER_DOLLAR, ""},
    {"$A", 1, PLACEHOLDER_DOLLAR, ""},
    {"$[A]", 1, PLACEHOLDER_DOLLAR, ""},
    {"$(id)", 1, PLACEHOLDER_COMMAND, ""},
    {"${", 1, PLACEHOLDER_NAME, ""},
    {"${}", 1, PLACEHOLDER_NAME, ""},
    {"${ A}", 1, PLACEHOLDER_NAME, ""},
    {"${9A}", 1, PLACEHOLDER_NAME, ""},
    {"${!A}", 1, PLACEHOLDER_NAME, ""},
    {"${:-x}", 1, PLACEHOLDER_NAME, ""},
    {"${" NAME_256 "7}", 1, PLACEHOLDER_NAME, ""},
    {"${A", 1, PLACEHOLDER_OPEN, "A"},
    {"${A:-", 1, PLACEHOLDER_OPEN, "A"},
    {"${A:-${B}", 1, PLACEHOLDER_OPEN, "A"},
    {"${A:?x", 1, PLACEHOLDER_OPEN, "A"},
    {"${A:", 1, PLACEHOLDER_OPERATOR, "A"},
    {"${A-x}", 1, PLACEHOLDER_OPERATOR, "A"},
    {"${A:=x}", 1, PLACEHOLDER_OPERATOR, "A"},
    {"${A:+x}", 1, PLACEHOLDER_OPERATOR, "A"},
    {"${A.B}", 1, PLACEHOLDER_OPERATOR, "A"},
    {"${A }", 1, PLACEHOLDER_OPERATOR, "A"},
    {"${A:-${B:-${C:-${D:-${E}}}}}", 1, PLACEHOLDER_DEEP, "A"},
    {"${D:-${E}}", 4, PLACEHOLDER_DEEP, "D"},
    {"${E}", 5, PLACEHOLDER_DEEP, ""},
    {"${A:?no ${B}}", 1, PLACEHOLDER_VERBATIM, "A"},
    {"${A:?5$}", 1, PLACEHOLDER_VERBATIM, "A"},
};

START_TEST(what_is_wrong_has_a_name)
{
    struct placeholder p;
    const char *text = bad[_i].text;

    ck_assert_int_eq(placeholder_parse(text, text + strlen(text), bad[_i].level, &p), bad[_i].fault);
    ck_assert_str_eq(p.name, bad[_i].fault == PLACEHOLDER_NAME ? "" : bad[_i].name);
}
END_TEST

START_TEST(the_longest_name_is_taken)
{
    struct placeholder p;
    static const char text[] = "${" NAME_256 "}";

    ck_assert_int_eq(placeholder_parse(text, text + strlen(text), 1, &p), PLACEHOLDER_OK);
    ck_assert_str_eq(p.name, NAME_256);
}
END_TEST

START_TEST(nothing_behind_the_limit_is_read)
{
    static const char text[] = "${A:-x}";
    struct placeholder p;

    for (size_t len = 1; len < strlen(text); len++)
        ck_assert_int_ne(placeholder_parse(text, text + len, 1, &p), PLACEHOLDER_OK);
}
END_TEST

static void append_name(void *ctx, const char *name)
{
    buf_printf(ctx, "%s ", name);
}

static const struct {
    const char *text;
    const char *names;
} texts[] = {
    {"", ""},
    {"no $$ ${ here $(id) $", ""},
    {"${A} and ${B}, ${A} again", "A B A "},
    {"$${A}$$${B}", "B "},
    {"${A:-${B:-${C:-${D}}}} ${E:?without}", "A B C D E "},
    {"${A:-x$y${B}}", "A B "},
    {"${A-x} ${B}", "B "},
};

START_TEST(every_variable_of_a_text_is_named)
{
    char names[64];
    struct buf b = BUF_OVER(names);

    buf_reset(&b);
    placeholder_variables(texts[_i].text, append_name, &b);
    ck_assert_str_eq(names, texts[_i].names);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_placeholder(void)
{
    Suite *s = suite_create("placeholder");
    TCase *t = tcase_create("placeholder");
    tcase_add_loop_test(t, a_placeholder_is_taken_apart, 0, ROWS(good));
    tcase_add_loop_test(t, what_is_wrong_has_a_name, 0, ROWS(bad));
    tcase_add_test(t, the_longest_name_is_taken);
    tcase_add_test(t, nothing_behind_the_limit_is_read);
    tcase_add_loop_test(t, every_variable_of_a_text_is_named, 0, ROWS(texts));
    suite_add_tcase(s, t);
    return s;
}
