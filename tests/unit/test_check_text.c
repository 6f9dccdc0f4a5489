#include <string.h>

#include "init/config/schema.h"
#include "tests/unit/suites.h"
#include "tests/unit/value_case.h"

#define NAMED(what) .name = "V", .type = (what)
#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const char *const colours[] = {"red", "green"};

static const struct variable any_text = {NAMED(VALUE_STRING)};
static const struct variable bounded = {NAMED(VALUE_STRING), .has_min = true, .has_max = true, .min = 2, .max = 4};
static const struct variable exact = {NAMED(VALUE_STRING), .has_min = true, .has_max = true, .min = 1, .max = 1};
static const struct variable lower = {NAMED(VALUE_STRING), .pattern = "[a-z]+"};
static const struct variable lower_secret = {NAMED(VALUE_SECRET), .secret = true, .pattern = "[a-z]+"};
static const struct variable broken_pattern = {NAMED(VALUE_STRING), .pattern = "[a-z"};
static const struct variable long_secret = {NAMED(VALUE_SECRET), .secret = true, .has_min = true, .min = 16};
static const struct variable secret_text = {NAMED(VALUE_STRING), .secret = true, .has_max = true, .max = 3};
static const struct variable any_mail = {NAMED(VALUE_EMAIL)};
static const struct variable our_mail = {NAMED(VALUE_EMAIL), .pattern = ".*@example\\.org"};
static const struct variable any_regex = {NAMED(VALUE_REGEX)};
static const struct variable secret_regex = {NAMED(VALUE_REGEX), .secret = true};
static const struct variable any_json = {NAMED(VALUE_JSON)};
static const struct variable secret_json = {NAMED(VALUE_JSON), .secret = true};
static const struct variable any_base64 = {NAMED(VALUE_BASE64)};
static const struct variable key_256 = {NAMED(VALUE_BASE64), .secret = true, .has_min = true,
                                        .has_max = true,     .min = 3,       .max = 3};
static const struct variable some_bytes = {NAMED(VALUE_BASE64), .has_min = true, .min = 3};
static const struct variable colour = {NAMED(VALUE_ENUM), .choices = colours, .choice_count = 2};

static const struct value_case cases[] = {
    {&any_text, "\xff", NULL, NULL},
    {&any_text, "", "value.empty", "--empty-as-unset", "", "text that is not empty"},
    {&bounded, "ab", NULL, NULL},
    {&bounded, "abcd", NULL, NULL},
    {&bounded, "a", "length", "not of 2 to 4 bytes, but of 1", "a", "text of 2 to 4 bytes"},
    {&bounded, "äöü", "length", "but of 6", "äöü"},
    {&bounded, "abcde", "length", "set PLACE to a value of 2 to 4 bytes"},
    {&exact, "ab", "length", "not of 1 byte, but of 2", "ab", "text of 1 byte"},
    {&lower, "abc", NULL, NULL},
    {&lower, "aBc", "pattern", "not of the form [a-z]+, found \"aBc\"", "aBc",
     "text that is not empty, matching [a-z]+"},
    {&lower, "abc\n", "pattern", "the whole value", "abc?"},
    {&lower_secret, "hunter2", "pattern", "not of the form [a-z]+", ""},
    {&lower_secret, "hunter", NULL, NULL},
    {&broken_pattern, "a", "pattern", "a [ without its ]"},
    {&any_text, SIXTY SIXTY, NULL, NULL},
    {&lower, "http://u:pw@H", "pattern", "not of the form [a-z]+", "http://***"},
    {&lower, "A" SIXTY, "pattern", "\"Aabcdefghijabcdefghijabcdefghijabcdefghi\"...",
     "A" TEN TEN TEN TEN TEN "abcdefghi..."},

    {&long_secret, "0123456789abcdef", NULL, NULL},
    {&long_secret, "hunter22", "length", "not of at least 16 bytes", "",
     "a secret of at least 16 bytes without control characters and without white space around it"},
    {&secret_text, "hunter22", "length", "not of at most 3 bytes", "", "text of at most 3 bytes"},

    {&any_mail, "name+tag@sub.example.org", NULL, NULL},
    {&any_mail, "root@localhost", NULL, NULL},
    {&any_mail, "!#$%&'*+-/=?^_`{|}~@a", NULL, NULL},
    {&any_mail, "abcd" SIXTY "@a", NULL, NULL},
    {&any_mail, "abcde" SIXTY "@a", "email", "not valid before the @"},
    {&any_mail, "x@" SIXTY ".abc." SIXTY "." SIXTY "." SIXTY "abc.a", NULL, NULL}, /* 254 bytes */
    {&any_mail, "x@" SIXTY ".abc." SIXTY "." SIXTY "." SIXTY "abc.ab", "email", "longer than the 254 bytes"},
    {&any_mail, "x@" SIXTY "abc.a", NULL, NULL},
    {&any_mail, "x@" SIXTY "abcd.a", "email", "no valid host name behind the @"},
    {&any_mail, "name", "email", "there is no @", "name", "an e-mail address, name@host"},
    {&any_mail, "a@b@c", "email", "more than one @"},
    {&any_mail, ".a@b", "email", "not valid before the @"},
    {&any_mail, "a.@b", "email", NULL},
    {&any_mail, "a b@c", "email", NULL},
    {&any_mail, "\"a\"@c", "email", NULL},
    {&any_mail, "ä@c", "email", NULL},
    {&any_mail, "a@-b", "email", "no valid host name"},
    {&any_mail, "a@b-", "email", NULL},
    {&any_mail, "a@b..c", "email", NULL},
    {&any_mail, "a@b.", "email", NULL},
    {&any_mail, "a@b_c", "email", NULL},
    {&any_mail, "a@127.0.0.1", "email", NULL},
    {&any_mail, "a@[::1]", "email", NULL},
    {&any_mail, "Name <a@b>", "email", "no display name, no <>"},
    {&our_mail, "a@example.org", NULL, NULL},
    {&our_mail, "a@example.com", "pattern", NULL, "a@example.com",
     "an e-mail address, name@host, matching .*@example\\.org"},

    {&any_regex, "a(b|c)", NULL, NULL},
    {&any_regex, "a(", "regex", "no regular expression: nothing before or after a |", "a(",
     "a POSIX extended regular expression of at most 512 bytes"},
    {&any_regex, "\\d", "regex", "write [0-9] (at byte 1)"},
    {&any_regex, "", "value.empty", NULL},
    {&secret_regex, "\\d7391(", "regex", "no regular expression that can be used", ""},

    {&any_json, " {\"a\": [1, \"x\"]} ", NULL, NULL},
    {&any_json, "{\"a\":1,}", "json", "no JSON: a comma after the last element (at 1:7)", "{\"a\":1,}",
     "a JSON document, at most 32 levels deep, no name twice in an object"},
    {&any_json, "{} x", "json", "nothing after the document"},
    {&any_json, "{\"a\":1,\"a\":2}", "json", "(/a)"},
    {&any_json, "{\"a\":\"http://u:hunter22@h\",}", "json", "no JSON (at 1:27)", ""},
    {&any_json, "// x\n1", "json", NULL},
    {&any_json, "\xff", "json", NULL},
    {&secret_json, "{\"hunter22\":1,\"hunter22\":2}", "json", "a name is there twice", ""},
    {&secret_json, "{hunter22}", "json", "no JSON (at 1:2)", ""},

    {&any_base64, "QUI=", NULL, NULL},
    {&any_base64, "QQ==", NULL, NULL},
    {&any_base64, "QUJD", NULL, NULL},
    {&any_base64, "+/+/", NULL, NULL},
    {&any_base64, "-_-_", NULL, NULL},
    {&any_base64, "QUI", "base64", "its length is no multiple of 4", "QUI",
     "base64 with padding, in the standard or the URL-safe alphabet"},
    {&any_base64, "QU I", "base64", "characters in it that base64 does not have"},
    {&any_base64, "QUJD\nQUJD", "base64", "as base64 -w0 does"},
    {&any_base64, "QQ==QUJD", "base64", "padding that is not at the end"},
    {&any_base64, "Q===", "base64", "padding that is not at the end"},
    {&any_base64, "====", "base64", NULL},
    {&any_base64, "+/-_", "base64", "it mixes the alphabet"},
    {&any_base64, "QR==", "base64", "its last digit has bits that belong to nothing"},
    {&any_base64, "QUJ=", "base64", "its last digit"},
    {&key_256, "QUJD", NULL, NULL},
    {&key_256, "QUI=", "length", "decoded, not of 3 bytes", "",
     "base64 with padding, in the standard or the URL-safe alphabet, of 3 bytes when decoded"},
    {&some_bytes, "QUI=", "length", "decoded, not of at least 3 bytes, but of 2", "QUI="},
    {&some_bytes, "QUI=", "length", "set PLACE to the base64 of at least 3 bytes"},
    {&key_256, "hunter22!", "base64", "characters in it", ""},

    {&colour, "read", "enum", "did you mean \"red\"?", "read", "red or green"},
};

START_TEST(texts_have_their_form)
{
    value_case_run(&cases[_i]);
}
END_TEST

/* Text of @length bytes against a variable. */
static void check_long(const struct variable *v, size_t length, const char *rule)
{
    static char text[(2 << 20) + 1];
    memset(text, '1', length);
    text[length] = '\0';
    value_case_run(&(struct value_case){v, text, rule, NULL});
}

START_TEST(long_texts_are_bounded)
{
    struct variable digits = {NAMED(VALUE_STRING), .pattern = "1*"};
    struct variable item = {NAMED(VALUE_LIST), .pattern = "1*"};
    check_long(&any_text, 2 << 20, NULL);
    check_long(&any_base64, 2 << 20, NULL);
    check_long(&any_mail, 2 << 20, "email");
    check_long(&any_json, (1 << 20) + 1, "json");
    check_long(&any_regex, PATTERN_MAX, NULL);
    check_long(&any_regex, PATTERN_MAX + 1, "regex");
    check_long(&digits, PATTERN_TEXT_MAX, NULL);
    check_long(&digits, PATTERN_TEXT_MAX + 1, "length");
    check_long(&item, PATTERN_TEXT_MAX, NULL);
    check_long(&item, PATTERN_TEXT_MAX + 1, "length");
}
END_TEST

Suite *suite_check_text(void)
{
    Suite *s = suite_create("check_text");
    TCase *t = tcase_create("check_text");
    tcase_add_loop_test(t, texts_have_their_form, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(t, long_texts_are_bounded);
    suite_add_tcase(s, t);
    return s;
}
