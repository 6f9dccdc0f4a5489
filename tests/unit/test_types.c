#include <string.h>

#include "init/base/text.h"
#include "init/config/schema.h"
#include "tests/unit/suites.h"
#include "tests/unit/value_case.h"

static const char *const places[] = {"local", "docker", "cloud"};

static const struct variable string_var = {.name = "V", .type = VALUE_STRING};
static const struct variable secret_var = {.name = "V", .type = VALUE_SECRET, .secret = true};
static const struct variable database = {.name = "V", .type = VALUE_INT, .has_min = true, .max = 15, .has_max = true};
static const struct variable at_least = {.name = "V", .type = VALUE_INT, .has_min = true, .min = 3};
static const struct variable at_most = {.name = "V", .type = VALUE_INT, .has_max = true, .max = 3};
static const struct variable any_int = {.name = "V", .type = VALUE_INT};
static const struct variable secret_int = {.name = "V", .type = VALUE_INT, .secret = true};
static const struct variable bool_var = {.name = "V", .type = VALUE_BOOL};
static const struct variable port_var = {.name = "V", .type = VALUE_PORT};
static const struct variable high_port = {.name = "V", .type = VALUE_PORT, .has_min = true, .min = 1024};
static const struct variable place = {.name = "V", .type = VALUE_ENUM, .choices = places, .choice_count = 3};
static const struct variable uri_var = {.name = "V", .type = VALUE_URI};
static const struct variable http_var = {.name = "V", .type = VALUE_HTTP_URL};
static const struct variable http_user = {.name = "V", .type = VALUE_HTTP_URL, .allow_userinfo = true};
static const struct variable ws_var = {.name = "V", .type = VALUE_WS_URL};
static const struct variable redis_var = {.name = "V", .type = VALUE_REDIS_URL};
static const struct variable redis_many = {.name = "V", .type = VALUE_REDIS_URL, .has_max = true, .max = 63};

static const struct value_case cases[] = {
    {&string_var, "anything\n", NULL, NULL},
    {&string_var, "", "value.empty", "--empty-as-unset"},

    {&secret_var, "sk-123", NULL, NULL},
    {&secret_var, "with space inside", NULL, NULL},
    {&secret_var, "", "secret.empty", "empty"},
    {&secret_var, " \t\n", "secret.empty", "white space"},
    {&secret_var, "abc\n", "secret.whitespace", "line feed"},
    {&secret_var, " abc", "secret.whitespace", "beginning"},
    {&secret_var, "abc ", "secret.whitespace", "end"},
    {&secret_var, "a\tb", "secret.whitespace", "control"},
    {&secret_var,
     "a\x7f"
     "b",
     "secret.whitespace", "control"},

    {&database, "0", NULL, NULL},
    {&database, "15", NULL, NULL},
    {&database, "16", "int.range", "from 0 to 15, found \"16\""},
    {&database, "-1", "int.range", "from 0 to 15"},
    {&database, "99999999999999999999", "int.range", "from 0 to 15"},
    {&database, "+1", "int.format", "found \"+1\""},
    {&database, "01", "int.format", "leading zeros"},
    {&database, "0x1", "int.format", NULL},
    {&database, "1.0", "int.format", NULL},
    {&database, "", "int.format", "found \"\""},
    {&database, " 1", "int.format", "found \" 1\""},
    {&database, "-0", "int.format", NULL},
    {&database, "0123456789012345678901234567890123456789abc", "int.format",
     "found \"0123456789012345678901234567890123456789\"..."},
    {&database, "\x1b[31m", "int.format", "found \"?[31m\""},
    {&at_least, "3", NULL, NULL},
    {&at_least, "2", "int.range", "at least 3"},
    {&at_most, "-5", NULL, NULL},
    {&at_most, "4", "int.range", "at most 3"},
    {&any_int, "-9223372036854775808", NULL, NULL},
    {&any_int, "9223372036854775808", "int.range", "64 bits"},

    {&bool_var, "true", NULL, NULL},
    {&bool_var, "off", NULL, NULL},
    {&bool_var, "1", NULL, NULL},
    {&bool_var, "True", "bool", "did you mean \"true\"?"},
    {&bool_var, "2", "bool", "true, false, yes, no, on, off, 1, 0"},
    {&bool_var, "", "value.empty", NULL},

    {&port_var, "1", NULL, NULL},
    {&port_var, "65535", NULL, NULL},
    {&port_var, "0", "port", "1 to 65535"},
    {&port_var, "65536", "port", NULL},
    {&port_var, "080", "port", NULL},
    {&port_var, "http", "port", "found \"http\""},
    {&high_port, "1023", "port", "1024 to 65535"},

    {&place, "docker", NULL, NULL},
    {&place, "Docker", "enum", "did you mean \"docker\"?"},
    {&place, "Docker", "enum", "local, docker, cloud"},
    {&place, "mars", "enum", "exactly as written"},
    {&place, "", "value.empty", NULL},

    {&uri_var, "amqp://u:p@mq:5672/v", NULL, NULL},
    {&uri_var, "mq:5672", "uri.syntax", "scheme://host"},

    {&http_var, "http://localhost:8000", NULL, NULL},
    {&http_var, "https://h/x?y", NULL, NULL},
    {&http_var, "ftp://x", "url.scheme", "http, https"},
    {&http_var, "ws://h", "url.scheme", "\"ws\""},
    {&http_var, "http://u:p@h", "url.userinfo", "allow_userinfo"},
    {&http_var, "http://h:99999", "uri.port", NULL},
    {&http_var, "http://", "uri.host", NULL},
    {&http_var, "http://a b", "uri.syntax", NULL},
    {&http_var, "", "value.empty", NULL},
    {&http_user, "http://u:p@h", NULL, NULL},

    {&ws_var, "ws://h/ws", NULL, NULL},
    {&ws_var, "wss://h", NULL, NULL},
    {&ws_var, "http://h", NULL, NULL},
    {&ws_var, "https://h", NULL, NULL},
    {&ws_var, "redis://h", "url.scheme", "ws, wss, http, https"},
    {&ws_var, "ws://u@h", "url.userinfo", NULL},

    {&redis_var, "redis://localhost:6379", NULL, NULL},
    {&redis_var, "rediss://u:p%40ss@h/15", NULL, NULL},
    {&redis_var, "redis://[::1]:6379/3", NULL, NULL},
    {&redis_var, "redis://h/", NULL, NULL},
    {&redis_var, "unix:/run/redis.sock", NULL, NULL},
    {&redis_var, "redis+unix:///run/redis.sock", NULL, NULL},
    {&redis_var, "http://h", "uri.scheme", "redis, rediss, unix, redis+unix"},
    {&redis_var, "redis//h", "uri.syntax", "redis://cache:6379/0"},
    {&redis_var, "redis://h:70000", "uri.port", "1 to 65535"},
    {&redis_var, "redis://h/16", "int.range", "0 to 15"},
    {&redis_var, "redis://h/-1", "int.range", NULL},
    {&redis_var, "redis://h/01", "uri.syntax", "database number"},
    {&redis_var, "redis://h/0/1", "uri.syntax", NULL},
    {&redis_var, "redis://h/x", "uri.syntax", NULL},
    {&redis_var, "redis://h\r\n", "uri.syntax", NULL},
    {&redis_var, "redis://", "uri.host", NULL},
    {&redis_var, "", "value.empty", NULL},
    {&redis_many, "redis://h/63", NULL, NULL},
    {&redis_many, "redis://h/64", "int.range", "0 to 63"},
};

START_TEST(values_are_taken_or_told)
{
    value_case_run(&cases[_i]);
}
END_TEST

static struct problems list;

/* Wrong in every way there is, each with the same secret in it. */
static const struct {
    const struct variable *variable;
    const char *value;
} secret_cases[] = {
    {&secret_var, "hunter22\n"},
    {&secret_var, " hunter22"},
    {&secret_int, "hunter22"},
    {&redis_var, "hunter22"},
    {&redis_var, "redis://u:hunter22@"},
    {&redis_var, "redis://u:hunter22@h:0"},
    {&redis_var, "redis://u:hunter22@h/99"},
    {&redis_var, "redis://u:hunter22/x@h"},
    {&redis_var, "redis://u:hunter22@x@h"},
    {&redis_var, "http://u:hunter22@h"},
    {&http_var, "http://u:hunter22@h"},
    {&http_var, "redis://u:hunter22@h"},
    {&ws_var, "ws://hunter22@h"},
    {&uri_var, "x://u:hunter22@h:0"},
};

START_TEST(secrets_are_never_quoted)
{
    memset(&list, 0, sizeof(list));
    value_check(secret_cases[_i].variable, "V", secret_cases[_i].value, &list);
    ck_assert_uint_eq(list.errors, 1);
    ck_assert_ptr_null(strstr(list.items[0].text, "hunter22"));
    ck_assert_ptr_null(strstr(list.items[0].hint, "hunter22"));
    ck_assert_ptr_null(strstr(list.items[0].found, "hunter22"));
    ck_assert_ptr_null(strstr(list.items[0].accepted, "hunter22"));
}
END_TEST

START_TEST(enum_variables_that_are_secret_tell_nothing)
{
    struct variable v = place;
    v.secret = true;
    memset(&list, 0, sizeof(list));
    value_check(&v, "V", "Docker", &list);
    ck_assert_str_eq(list.items[0].rule, "enum");
    ck_assert_ptr_null(strstr(list.items[0].text, "Docker"));
    ck_assert_ptr_null(strstr(list.items[0].hint, "docker"));
}
END_TEST

/* The whole table: a type that is added has to come with values that it takes and values that it does not. */
static const struct {
    const char *name;
    const char *good[4];
    const char *bad[6];
    const char *rule;
} types[VALUE_TYPE_COUNT] = {
    [VALUE_STRING] = {"string", {"a", " "}, {""}, "value.empty"},
    [VALUE_SECRET] = {"secret", {"a b"}, {"a ", "\na", "a\x01z"}, "secret.whitespace"},
    [VALUE_INT] = {"int", {"0", "-7", "42"}, {"42abc", "+1", "1.0", "0x1", "", "-"}, "int.format"},
    [VALUE_NUMBER] = {"number", {"0", "-0.5", "1e-3"}, {"nan", "inf", "0x1p3", "1,5", "+1", ".5"}, "number.format"},
    [VALUE_BOOL] = {"bool", {"true", "no", "1"}, {"TRUE", "y", "2"}, "bool"},
    [VALUE_PORT] = {"port", {"1", "65535"}, {"0", "65536", "080", "http", "-1"}, "port"},
    [VALUE_ENUM] = {"enum", {"local", "cloud"}, {"Local", "loca", "local ", "mars"}, "enum"},
    [VALUE_DURATION] = {"duration",
                        {"250ms", "5s", "7d"},
                        {"5", "5 s", "1h30m", "1.5s", "5us", "05s"},
                        "duration.format"},
    [VALUE_SIZE] = {"size", {"0B", "64KiB", "10MB"}, {"64", "64K", "64kb", "1.5MB", "-1B", "64 KiB"}, "size.format"},
    [VALUE_PATH] = {"path", {"/", "/a b/../c"}, {"a", "./a", "~/a", "C:\\a"}, "path.relative"},
    [VALUE_REGEX] = {"regex", {"a*", "^[a-z]+$"}, {"(", "[a", "a**", "(?i)a", "\\d", "a{2,1}"}, "regex"},
    [VALUE_JSON] = {"json", {"{}", "[1]", "null"}, {"{", "[1,]", "{'a':1}", "1 2", "nul", "01"}, "json"},
    [VALUE_BASE64] = {"base64", {"QQ==", "-_-_", "+/+/"}, {"QQ", "QQ=", "QR==", "Q===", "+_AA", "QQ==\n"}, "base64"},
    [VALUE_EMAIL] = {"email", {"a@b", "a.b+c@d.example"}, {"a", "a@", "@b", "a@b@c", "A <a@b>", "a..b@c"}, "email"},
    [VALUE_LIST] = {"list", {"a", "a,b"}, {"a,", ",a", "a,,b", "a, b"}, "list.items"},
    [VALUE_HOSTPORT] = {"hostport", {"h:1", "[::1]:65535"}, {"h", "h:0", ":1", "::1:1", "h:1/", "u@h:1"}, "hostport"},
    [VALUE_URI] = {"uri", {"x://h", "x://h:1/p?q#f"}, {"h", "x:h", "x//h", "://h", "x://h h"}, "uri.syntax"},
    [VALUE_HTTP_URL] = {"http-url", {"http://h", "https://h/x"}, {"ftp://h", "ws://h", "httpx://h"}, "url.scheme"},
    [VALUE_WS_URL] = {"ws-url", {"ws://h", "https://h"}, {"ftp://h", "redis://h"}, "url.scheme"},
    [VALUE_REDIS_URL] = {"redis-url", {"redis://h", "unix:/s"}, {"http://h", "tcp://h:1"}, "uri.scheme"},
};

static struct variable variable_of(int type)
{
    struct variable v = {.name = "V", .type = (enum value_type)type};
    if (type == VALUE_ENUM) {
        v.choices = places;
        v.choice_count = 3;
    }
    return v;
}

START_TEST(every_type_takes_and_refuses)
{
    struct variable v = variable_of(_i);
    ck_assert_ptr_nonnull(types[_i].good[0]);
    ck_assert_ptr_nonnull(types[_i].bad[0]);
    for (size_t i = 0; i < 4 && types[_i].good[i]; i++)
        value_case_run(&(struct value_case){&v, types[_i].good[i], NULL, NULL});
    for (size_t i = 0; i < 6 && types[_i].bad[i]; i++)
        value_case_run(&(struct value_case){&v, types[_i].bad[i], types[_i].rule, NULL});
}
END_TEST

START_TEST(names_go_both_ways)
{
    ck_assert_str_eq(value_type_name((enum value_type)_i), types[_i].name);
    ck_assert_int_eq(value_type_from_name(types[_i].name), _i);
    ck_assert_int_eq(value_type_from_name("integer"), -1);
}
END_TEST

START_TEST(every_type_has_its_documentation)
{
    struct variable v = variable_of(_i);
    ck_assert_uint_gt(strlen(value_type_help(v.type)), 10);
    ck_assert_uint_gt(strlen(value_case_text(&v)), 10);
    ck_assert_ptr_null(strstr(value_case_text(&v), "..."));
    ck_assert_ptr_nonnull(value_type_example(v.type));
}
END_TEST

START_TEST(examples_are_valid)
{
    struct variable v = variable_of(_i);
    value_case_run(&(struct value_case){&v, value_example(&v), NULL, NULL});
    if (v.type != VALUE_ENUM)
        ck_assert_str_eq(value_example(&v), value_type_example(v.type));
}
END_TEST

START_TEST(examples_keep_to_the_rules_of_their_variable)
{
    struct variable v = {.name = "V", .type = VALUE_INT, .has_min = true, .min = 10};
    ck_assert_ptr_null(value_example(&v));
    v.min = 1;
    ck_assert_str_eq(value_example(&v), "1");
    v.example = "12";
    ck_assert_str_eq(value_example(&v), "12");
    struct variable path = {.name = "V", .type = VALUE_PATH, .path_rules = PATH_EXISTS};
    ck_assert_str_eq(value_example(&path), "/data/file");
    path.pattern = "/etc/.*";
    ck_assert_ptr_null(value_example(&path));
    struct variable choice = {.name = "V", .type = VALUE_ENUM, .choices = places, .choice_count = 3};
    ck_assert_str_eq(value_example(&choice), "local");
}
END_TEST

START_TEST(urls_are_told_apart)
{
    int urls = 0;
    for (int t = 0; t < VALUE_TYPE_COUNT; t++) {
        urls += value_type_is_url((enum value_type)t);
        ck_assert(!value_type_schemes((enum value_type)t) || value_type_is_url((enum value_type)t));
    }
    ck_assert_int_eq(urls, 4);
    ck_assert(value_type_is_url(VALUE_URI) && value_type_is_url(VALUE_REDIS_URL));
    ck_assert_ptr_null(value_type_schemes(VALUE_URI));
    ck_assert_str_eq(value_type_schemes(VALUE_WS_URL)[1], "wss");
}
END_TEST

static const struct {
    enum value_type type;
    const char *text;
    int rc;
    int64_t value;
} bounds[] = {
    {VALUE_INT, "-12", 0, -12},
    {VALUE_INT, "1e3", -1, 0},
    {VALUE_LIST, "3", 0, 3},
    {VALUE_DURATION, "30s", 0, 30000000},
    {VALUE_DURATION, "7d", 0, 604800000000},
    {VALUE_DURATION, "30", -1, 0},
    {VALUE_SIZE, "64KiB", 0, 65536},
    {VALUE_SIZE, "9000000TB", 0, 9000000000000000000},
    {VALUE_SIZE, "10000000TB", -1, 0},
    {VALUE_SIZE, "1", -1, 0},
    {VALUE_NUMBER, "1", -1, 0},
    {VALUE_BOOL, "1", -1, 0},
};

START_TEST(bounds_have_the_form_of_their_type)
{
    int64_t out = 77;
    ck_assert_int_eq(value_bound(bounds[_i].type, bounds[_i].text, &out), bounds[_i].rc);
    ck_assert_int_eq(out, bounds[_i].rc == 0 ? bounds[_i].value : 77);
}
END_TEST

START_TEST(what_is_accepted_is_cut_between_characters)
{
    char text[32];
    struct variable v = {.name = "V", .type = VALUE_STRING, .pattern = "äääääääääääääääääää"};
    for (size_t cap = 8; cap < sizeof(text); cap++) {
        value_accepted(&v, text, cap);
        size_t len = strlen(text);
        ck_assert_uint_lt(len, cap);
        ck_assert_uint_eq(text_utf8_span(text, len), len);
        ck_assert_str_eq(text + len - 3, "...");
    }
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_types(void)
{
    Suite *s = suite_create("types");
    TCase *t = tcase_create("types");
    tcase_add_loop_test(t, values_are_taken_or_told, 0, ROWS(cases));
    tcase_add_loop_test(t, secrets_are_never_quoted, 0, ROWS(secret_cases));
    tcase_add_test(t, enum_variables_that_are_secret_tell_nothing);
    tcase_add_loop_test(t, every_type_takes_and_refuses, 0, VALUE_TYPE_COUNT);
    tcase_add_loop_test(t, names_go_both_ways, 0, VALUE_TYPE_COUNT);
    tcase_add_loop_test(t, every_type_has_its_documentation, 0, VALUE_TYPE_COUNT);
    tcase_add_loop_test(t, examples_are_valid, 0, VALUE_TYPE_COUNT);
    tcase_add_test(t, examples_keep_to_the_rules_of_their_variable);
    tcase_add_test(t, urls_are_told_apart);
    tcase_add_loop_test(t, bounds_have_the_form_of_their_type, 0, ROWS(bounds));
    tcase_add_test(t, what_is_accepted_is_cut_between_characters);
    suite_add_tcase(s, t);
    return s;
}
