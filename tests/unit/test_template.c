#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "init/setup/template.h"
#include "tests/unit/suites.h"

static char *const environment[] = {"NAME=world", "EMPTY=", "NAMED=longer", "DOLLAR=${NAME}", NULL};
static char out[4096];
static size_t out_len;
static struct err e;

static int collect(void *context, const char *bytes, size_t len, struct err *why)
{
    (void)context;
    (void)why;
    ck_assert_uint_lt(out_len + len, sizeof(out));
    memcpy(out + out_len, bytes, len);
    out_len += len;
    out[out_len] = '\0';
    return 0;
}

static int expand(const char *text, size_t len)
{
    const struct template_text t = {.path = "/t", .text = text, .len = len, .environ_ = environment};
    out_len = 0;
    out[0] = '\0';
    return template_expand(&t, collect, NULL, &e);
}

START_TEST(replaces_what_it_should_and_nothing_else)
{
    static const struct {
        const char *text;
        const char *wanted;
    } rows[] = {
        {"", ""},
        {"plain\n", "plain\n"},
        {"hello ${NAME}!", "hello world!"},
        {"${NAME}${NAME}", "worldworld"},
        {"[${EMPTY}]", "[]"},
        {"${EMPTY:-else}", "else"},
        {"${UNSET:-}", ""},
        {"${UNSET:-a ${NAME} b}", "a world b"},
        {"${UNSET:-${ALSO:-$$x}}", "$x"},
        {"${NAME:-else}", "world"},
        {"${NAME:?needed}", "world"},
        {"$$", "$"},
        {"$$$$", "$$"},
        {"$${NAME}", "${NAME}"},
        {"$host $1 $(date) $", "$host $1 $(date) $"},
        {"${DOLLAR}", "${NAME}"}, /* a value is not looked into */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_msg(expand(rows[i].text, strlen(rows[i].text)) == 0, "%s: %s", rows[i].text, e.text);
        ck_assert_str_eq(out, rows[i].wanted);
    }
}
END_TEST

START_TEST(says_file_line_and_variable)
{
    static const struct {
        const char *text;
        const char *words;
    } rows[] = {
        {"a\nb\n${UNSET}", "/t:3: the variable UNSET is not set"},
        {"\n${UNSET:?say which}", "/t:2: UNSET: say which"},
        {"${EMPTY:?say which}", "/t:1: EMPTY: say which"},
        {"${1}", "/t:1: no name of a variable"},
        {"${", "/t:1: no name of a variable"},
        {"${NAME", "/t:1: NAME: a \"${\" has no \"}\""},
        {"\n\n${NAME%x}", "/t:3: NAME: there is neither"},
        {"${UNSET:-\n${ALSO}}", "/t:2: the variable ALSO is not set"},
        {"${A:-${A:-${A:-${A:-${A:-x}}}}}", "too many placeholders"},
        {"${UNSET:?${NAME}}", "placeholder in a message"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_msg(expand(rows[i].text, strlen(rows[i].text)) == -1, "%s", rows[i].text);
        ck_assert_int_eq(e.code, ERR_CONFIG);
        ck_assert_msg(strstr(e.text, rows[i].words) != NULL, "%s", e.text);
    }
}
END_TEST

START_TEST(bytes_of_any_value_pass)
{
    ck_assert_int_eq(expand("a\0$\xff${NAME}", 11), 0);
    ck_assert_uint_eq(out_len, 9);
    ck_assert_mem_eq(out, "a\0$\xffworld", 9);
}
END_TEST

static int count(void *context, const char *bytes, size_t len, struct err *why)
{
    (void)bytes;
    (void)why;
    *(size_t *)context += len;
    return 0;
}

START_TEST(what_comes_out_has_a_limit)
{
    char *value = calloc(1, 1 << 20);
    memset(value, 'x', (1 << 20) - 1);
    memcpy(value, "X=", 2);
    char *const list[] = {value, NULL};
    char text[17 * 4 + 1] = "";
    for (size_t i = 0; i < 17; i++)
        memcpy(text + 4 * i, "${X}", 4);
    const struct template_text t = {.path = "/t", .text = text, .len = sizeof(text) - 1, .environ_ = list};
    size_t written = 0;
    ck_assert_int_eq(template_expand(&t, count, &written, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_uint_le(written, TEMPLATE_OUTPUT_MAX);
    free(value);
}
END_TEST

Suite *suite_template(void)
{
    Suite *s = suite_create("template");
    TCase *t = tcase_create("template");
    tcase_add_test(t, replaces_what_it_should_and_nothing_else);
    tcase_add_test(t, says_file_line_and_variable);
    tcase_add_test(t, bytes_of_any_value_pass);
    tcase_add_test(t, what_comes_out_has_a_limit);
    suite_add_tcase(s, t);
    return s;
}
