#include <string.h>

#include "init/config/schema.h"
#include "tests/unit/suites.h"

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

/* Rule NULL = accepted. The text or the hint must hold @says. */
static const struct {
    const struct variable *variable;
    const char *value;
    const char *rule;
    const char *says;
} cases[] = {
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

static struct problems list;

START_TEST(values_are_taken_or_told)
{
    memset(&list, 0, sizeof(list));
    value_check(cases[_i].variable, "PLACE", cases[_i].value, &list);
    ck_assert_uint_eq(list.warnings, 0);
    if (!cases[_i].rule) {
        ck_assert_msg(list.errors == 0, "\"%s\" was refused: %s", cases[_i].value, list.items[0].text);
        return;
    }
    const struct problem *item = &list.items[0];
    ck_assert_uint_eq(list.errors, 1);
    ck_assert_str_eq(item->rule, cases[_i].rule);
    ck_assert_str_eq(item->where, "PLACE");
    ck_assert_uint_gt(strlen(item->text), 0);
    ck_assert_uint_gt(strlen(item->hint), 0);
    if (cases[_i].says)
        ck_assert_msg(strstr(item->text, cases[_i].says) || strstr(item->hint, cases[_i].says),
                      "neither \"%s\" nor \"%s\" has \"%s\"", item->text, item->hint, cases[_i].says);
}
END_TEST

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

START_TEST(names_go_both_ways)
{
    static const char *const names[] = {"string", "secret", "int",      "bool",   "port",
                                        "enum",   "uri",    "http-url", "ws-url", "redis-url"};
    ck_assert_int_eq(VALUE_TYPE_COUNT, (int)(sizeof(names) / sizeof(names[0])));
    for (int t = 0; t < VALUE_TYPE_COUNT; t++) {
        ck_assert_str_eq(value_type_name((enum value_type)t), names[t]);
        ck_assert_int_eq(value_type_from_name(names[t]), t);
        ck_assert_uint_gt(strlen(value_type_help((enum value_type)t)), 0);
    }
    ck_assert_int_eq(value_type_from_name("integer"), -1);
}
END_TEST

START_TEST(examples_are_valid)
{
    for (int t = 0; t < VALUE_TYPE_COUNT; t++) {
        struct variable v = {.name = "V", .type = (enum value_type)t};
        if (t == VALUE_ENUM)
            continue;
        memset(&list, 0, sizeof(list));
        value_check(&v, "V", value_type_example(v.type), &list);
        ck_assert_msg(list.errors == 0, "%s", value_type_name(v.type));
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
    tcase_add_test(t, names_go_both_ways);
    tcase_add_test(t, examples_are_valid);
    suite_add_tcase(s, t);
    return s;
}
