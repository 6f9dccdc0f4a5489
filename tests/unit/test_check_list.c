#include <string.h>

#include "init/config/schema.h"
#include "tests/unit/suites.h"
#include "tests/unit/value_case.h"

#define LIST(items) .name = "V", .type = VALUE_LIST, .item_type = (items)

static const char *const colours[] = {"red", "green"};
static const char *const amqp[] = {"amqp", "amqps"};
static const char *const tls[] = {"rediss"};
static const char *const sockets[] = {"unix"};

static const struct variable texts = {LIST(VALUE_STRING)};
static const struct variable ports = {LIST(VALUE_PORT), .has_min = true, .has_max = true, .min = 2, .max = 3};
static const struct variable semicolons = {LIST(VALUE_INT), .separator = ';'};
static const struct variable lines = {LIST(VALUE_STRING), .separator = '\n'};
static const struct variable blanks = {LIST(VALUE_DURATION), .separator = ' ', .example = "1s 2s"};
static const struct variable colour_words = {LIST(VALUE_STRING), .choices = colours, .choice_count = 2};
static const struct variable colour_enum = {LIST(VALUE_ENUM), .choices = colours, .choice_count = 2};
static const struct variable some_ports = {LIST(VALUE_PORT), .choices = (const char *const[]){"80", "443"},
                                           .choice_count = 2};
static const struct variable names = {LIST(VALUE_STRING), .pattern = "[a-z]+"};
static const struct variable bad_pattern = {LIST(VALUE_STRING), .pattern = "a**"};
static const struct variable brokers = {LIST(VALUE_URI), .schemes = amqp, .scheme_count = 2};
static const struct variable sites = {LIST(VALUE_HTTP_URL)};
static const struct variable hosts = {LIST(VALUE_HOSTPORT)};
static const struct variable keys = {LIST(VALUE_STRING), .secret = true, .has_max = true, .max = 2};
static const struct variable tls_redis = {.name = "V", .type = VALUE_REDIS_URL, .schemes = tls, .scheme_count = 1};
static const struct variable socket_redis = {
    .name = "V", .type = VALUE_REDIS_URL, .schemes = sockets, .scheme_count = 1};
static const struct variable broker = {.name = "V", .type = VALUE_URI, .schemes = amqp, .scheme_count = 2};
static const struct variable site = {.name = "V", .type = VALUE_HTTP_URL, .pattern = "https?://[^/]*/api"};
static const struct variable open_site = {.name = "V", .type = VALUE_WS_URL, .allow_userinfo = true};
static const struct variable secret_url = {
    .name = "V", .type = VALUE_URI, .secret = true, .schemes = amqp, .scheme_count = 2};
static const struct variable host = {.name = "V", .type = VALUE_HOSTPORT};
static const struct variable kafka = {.name = "V", .type = VALUE_HOSTPORT, .example = "kafka:9092"};

static const struct value_case cases[] = {
    {&texts, "a", NULL, NULL},
    {&texts, "a,b c,d", NULL, NULL},
    {&texts, "", "value.empty", NULL, "", "a list with ',' between them, each text that is not empty"},
    {&texts, "a,,b", "list.items", "item 2: empty", ""},
    {&texts, "a,", "list.items", "item 2: empty"},
    {&texts, ",", "list.items", "item 1: empty"},
    {&texts, "a, b", "list.items", "item 2: white space around it, found \" b\"", " b"},
    {&texts, "a\t,b", "list.items", "item 1: white space"},
    {&texts, "a,b\n", "list.items", "one ',' between two of them and nothing else"},
    {&ports, "80,443", NULL, NULL},
    {&ports, "80,0,443", "port", "item 2: not a port number from 1 to 65535, found \"0\"", "0",
     "a list of 2 to 3 items with ',' between them, each a port number from 1 to 65535"},
    {&ports, "80,0", "port", "set item 2 of PLACE to a port number"},
    {&ports, "80", "length", "not of 2 to 3 items, but of 1", "80"},
    {&ports, "1,2,3,4", "length", "but of 4"},
    {&ports, "80", "length", "set PLACE to a list of 2 to 3 items"},
    {&semicolons, "1;-2;3", NULL, NULL},
    {&semicolons, "1,2", "int.format", "item 1: ", "1,2", "a list with ';' between them, each a whole number"},
    {&lines, "a b\nc", NULL, NULL},
    {&lines, "a\n\nb", "list.items", "item 2: empty", "",
     "a list with a line feed between them, each text that is not empty"},
    {&lines, "a\n\nb", "list.items", "one line feed between two of them"},
    {&blanks, "1s 2m", NULL, NULL},
    {&blanks, "1s  2m", "list.items", "item 2: empty"},
    {&blanks, "1s 2", "duration.format", "item 2: the unit is missing"},
    {&blanks, "1s 2", "duration.format", "for example 30s"},
    {&colour_words, "red,green", NULL, NULL},
    {&colour_words, "red,gren", "enum", "item 2: not one of red, green", "gren",
     "a list with ',' between them, each red or green"},
    {&colour_words, "red,gren", "enum", "did you mean \"green\"?"},
    {&colour_enum, "blue", "enum", "set item 1 of PLACE to one of these"},
    {&some_ports, "80,443", NULL, NULL},
    {&some_ports, "80,x", "port", "item 2"},
    {&some_ports, "80,81", "enum", "item 2: not one of 80, 443", "81"},
    {&names, "abc,def", NULL, NULL},
    {&names, "abc,dEf", "pattern", "item 2: not of the form [a-z]+, found \"dEf\"", "dEf",
     "a list with ',' between them, each text that is not empty, matching [a-z]+"},
    {&bad_pattern, "a", "pattern", "two repetitions in a row"},
    {&brokers, "amqp://u:hunter22@a,amqps://b", NULL, NULL},
    {&brokers, "amqp://a,http://u:hunter22@b", "uri.scheme", "item 2: the scheme \"http\" is not one of amqp, amqps",
     "http://***"},
    {&brokers, "amqp://u:hunter22@h:0", "uri.port", "item 1", "amqp://***"},
    {&sites, "http://a,http://u:hunter22@b", "url.userinfo", "item 2"},
    {&sites, "http://a/?key=hunter22,", "list.items", "item 2: empty", ""},
    {&hosts, "a:1,[::1]:2", NULL, NULL},
    {&hosts, "a:1,b", "hostport", "item 2: the port is missing, found \"b\"", "b"},
    {&keys, "hunter22,hunter23", NULL, NULL},
    {&keys, "hunter22,hunter23,x", "length", "but of 3", ""},
    {&keys, "hunter22, hunter23", "list.items", "item 2: white space around it", ""},

    {&tls_redis, "rediss://h", NULL, NULL},
    {&tls_redis, "redis://h", "uri.scheme", "not one of rediss", "redis://***",
     "a URL with the scheme rediss, and with a database from 0 to 15 in it if any"},
    {&tls_redis, "redis://h", "uri.scheme", "write it like rediss://host"},
    {&socket_redis, "redis://h", "uri.scheme", "write it like unix:/run/app.sock"},
    {&broker, "amqps://h/v", NULL, NULL},
    {&broker, "http://h", "uri.scheme", "the scheme \"http\" is not one of amqp, amqps", "http://***",
     "a URL with the scheme amqp or amqps"},
    {&broker, "h", "uri.syntax", "write it like amqp://host"},
    {&site, "https://h/api", NULL, NULL},
    {&site, "https://h/ipa", "pattern", "not of the form https?://[^/]*/api", "https://***",
     "a URL with the scheme http or https, without user name and password, matching https?://[^/]*/api"},
    {&open_site, "ws://u:p@h", NULL, NULL},
    {&open_site, "tcp://u:hunter22@h", "url.scheme", NULL, "tcp://***", "a URL with the scheme ws, wss, http or https"},
    {&secret_url, "http://u:hunter22@h", "uri.scheme", "the scheme is not one of", ""},

    {&host, "h:1", NULL, NULL},
    {&host, "a_b.example.org.:65535", NULL, NULL},
    {&host, "127.0.0.1:80", NULL, NULL},
    {&host, "[2001:db8::1]:80", NULL, NULL},
    {&host, "h", "hostport", "the port is missing, found \"h\"", "h",
     "host:port or [IPv6 address]:port, the port from 1 to 65535"},
    {&host, "[::1]", "hostport", "the port is missing"},
    {&host, "h:", "hostport", "the port is not a number"},
    {&host, "h:0", "hostport", "the port is not a number"},
    {&host, "h:080", "hostport", "the port is not a number"},
    {&host, "h:65536", "hostport", "from 1 to 65535"},
    {&host, ":80", "hostport", "no valid host"},
    {&host, "::1:80", "hostport", "no valid host"},
    {&host, "::1:80", "hostport", "an IPv6 address goes in brackets"},
    {&host, "127.1:80", "hostport", "no valid host"},
    {&host, "h:80/", "hostport", "not of the form host:port"},
    {&host, "http://h:80", "hostport", "no scheme, no path", "http://h:80"},
    {&host, "http://u:hunter22@h:80", "hostport", NULL, "http://***"},
    {&host, "h:80?x", "hostport", NULL},
    {&host, "h:80#x", "hostport", NULL},
    {&host, "%68:80", "hostport", NULL},
    {&host, "h :80", "hostport", NULL},
    {&kafka, "h", "hostport", "write it like kafka:9092"},
};

START_TEST(lists_and_addresses)
{
    value_case_run(&cases[_i]);
}
END_TEST

START_TEST(nothing_of_a_list_of_secrets_is_told)
{
    static struct problems list;
    static const struct {
        const struct variable *variable;
        const char *value;
    } values[] = {
        {&brokers, "amqp://hunter22@h,amqp://u:hunter22@h:0"},
        {&brokers, "amqp://a,hunter22"},
        {&sites, "http://a,http://hunter22@h"},
        {&keys, "hunter22,hunter22,hunter22"},
        {&keys, "hunter22 ,a"},
        {&sites, "http://a/?hunter22,ws://b?hunter22"},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        memset(&list, 0, sizeof(list));
        value_check(values[i].variable, "V", values[i].value, &list);
        ck_assert_uint_eq(list.errors, 1);
        ck_assert_ptr_null(strstr(list.items[0].text, "hunter22"));
        ck_assert_ptr_null(strstr(list.items[0].hint, "hunter22"));
        ck_assert_ptr_null(strstr(list.items[0].found, "hunter22"));
    }
}
END_TEST

START_TEST(the_number_of_items_is_bounded)
{
    static char value[2 * 4097 + 1];
    for (size_t i = 0; i < 4097; i++)
        memcpy(value + 2 * i, "a,", 2);
    value[2 * 4096 - 1] = '\0';
    value_case_run(&(struct value_case){&texts, value, NULL, NULL});
    value[2 * 4096 - 1] = ',';
    value[2 * 4097 - 1] = '\0';
    value_case_run(&(struct value_case){&texts, value, "list.items", "more than 4096 items"});
}
END_TEST

/* A pattern of 2000 steps and a megabyte of items would take seconds. */
START_TEST(the_work_of_a_pattern_is_bounded)
{
    struct variable hard = {LIST(VALUE_STRING), .pattern = "((a|a|a|a|a|a|a)*){85}"};
    struct variable easy = {LIST(VALUE_STRING), .pattern = "a*"};
    static char value[20001];
    for (size_t i = 0; i < 20000; i++)
        value[i] = i % 100 == 99 ? ',' : 'a';
    value[19999] = '\0';
    value_case_run(&(struct value_case){&hard, value, "length", "too long for its items to be held against a pattern"});
    value_case_run(&(struct value_case){&easy, value, NULL, NULL});
}
END_TEST

Suite *suite_check_list(void)
{
    Suite *s = suite_create("check_list");
    TCase *t = tcase_create("check_list");
    tcase_add_loop_test(t, lists_and_addresses, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(t, nothing_of_a_list_of_secrets_is_told);
    tcase_add_test(t, the_number_of_items_is_bounded);
    tcase_add_test(t, the_work_of_a_pattern_is_bounded);
    suite_add_tcase(s, t);
    return s;
}
