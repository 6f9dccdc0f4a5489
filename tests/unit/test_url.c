#include <string.h>

#include "init/base/url.h"
#include "tests/unit/suites.h"

static const struct {
    const char *text;
    enum url_fault fault;
    const char *shown; /* of good ones */
} parse_cases[] = {
    {"redis://localhost:6379", URL_OK, "redis://localhost:6379"},
    {"REDIS://Host", URL_OK, "redis://Host"},
    {"redis://u:p%40ss@h/0", URL_OK, "redis://u:***@h/0"},
    {"redis://:secret@h", URL_OK, "redis://:***@h"},
    {"redis://u:@h", URL_OK, "redis://u:***@h"},
    {"redis://user@h", URL_OK, "redis://user@h"},
    {"https://token@h/x", URL_OK, "https://***@h/x"},
    {"redis://a%20b:x@h", URL_OK, "redis://a%20b:***@h"},
    {"redis://[::1]:6379/3", URL_OK, "redis://[::1]:6379/3"},
    {"http://h/a/b?token=abc", URL_OK, "http://h/a/b?***"},
    {"http://h/a#frag", URL_OK, "http://h/a"},
    {"http://h/a?q#frag", URL_OK, "http://h/a?***"},
    {"http://h?q", URL_OK, "http://h?***"},
    {"http://h./", URL_OK, "http://h./"},
    {"http://my_service-1.ns:1/", URL_OK, "http://my_service-1.ns:1/"},
    {"http://127.0.0.1:65535", URL_OK, "http://127.0.0.1:65535"},
    {"unix:/run/redis.sock", URL_OK, "unix:///run/redis.sock"},
    {"unix:///run/redis.sock", URL_OK, "unix:///run/redis.sock"},
    {"redis+unix:///run/a%20b.sock?db=1", URL_OK, "redis+unix:///run/a b.sock?***"},
    {"unix://u:pass@/run/redis.sock", URL_OK, "unix://u:***@/run/redis.sock"},
    {"tcp://db:5432", URL_OK, "tcp://db:5432"},
    {"", URL_SYNTAX, NULL},
    {"redis", URL_SYNTAX, NULL},
    {"redis//h", URL_SYNTAX, NULL},
    {"redis:h", URL_SYNTAX, NULL},
    {"localhost:6379", URL_SYNTAX, NULL},
    {"://h", URL_SYNTAX, NULL},
    {"1http://h", URL_SYNTAX, NULL},
    {"ht tp://h", URL_SYNTAX, NULL},
    {" http://h", URL_SYNTAX, NULL},
    {"http://h ", URL_SYNTAX, NULL},
    {"http://h\n", URL_SYNTAX, NULL},
    {"http://h/\r\nX: y", URL_SYNTAX, NULL},
    {"http://h\\@evil", URL_SYNTAX, NULL},
    {"http://h/%zz", URL_SYNTAX, NULL},
    {"http://h/%4", URL_SYNTAX, NULL},
    {"http://h/\xff", URL_SYNTAX, NULL},
    {"redis://u:a%00b@h", URL_SYNTAX, NULL},
    {"redis://u:a%0d%0ab@h", URL_SYNTAX, NULL},
    {"redis://u:p@ss@h", URL_SYNTAX, NULL},
    {"redis://u:1234?ss@h", URL_SYNTAX, NULL},
    {"redis://u:1234#ss@h", URL_SYNTAX, NULL},
    {"unix:", URL_SYNTAX, NULL},
    {"unix:run/x", URL_SYNTAX, NULL},
    {"unix://", URL_SYNTAX, NULL},
    {"unix:/a%00b", URL_SYNTAX, NULL},
    {"abcdefghijklmnop://h", URL_SYNTAX, NULL},
    {"redis://", URL_HOST, NULL},
    {"redis://:6379", URL_HOST, NULL},
    {"http:///path", URL_HOST, NULL},
    {"http://?q", URL_HOST, NULL},
    {"http://u:p@", URL_HOST, NULL},
    {"http://a..b", URL_HOST, NULL},
    {"http://.a", URL_HOST, NULL},
    {"http://a!b", URL_HOST, NULL},
    {"http://h%41", URL_HOST, NULL},
    {"http://\xc3\xa9", URL_HOST, NULL},
    {"http://[::1", URL_HOST, NULL},
    {"http://[::1]x", URL_HOST, NULL},
    {"http://[::g]", URL_HOST, NULL},
    {"http://[127.0.0.1]", URL_HOST, NULL},
    {"http://::1", URL_HOST, NULL},
    {"http://127.1", URL_HOST, NULL},
    {"http://2130706433", URL_HOST, NULL},
    {"http://0x7f000001", URL_HOST, NULL},
    {"http://256.0.0.1", URL_HOST, NULL},
    {"http://1.2.3.4.", URL_HOST, NULL},
    {"unix://host/run/x", URL_HOST, NULL},
    {"redis://h:70000", URL_PORT, NULL},
    {"redis://h:65536", URL_PORT, NULL},
    {"redis://h:0", URL_PORT, NULL},
    {"redis://h:", URL_PORT, NULL},
    {"redis://h:06379", URL_PORT, NULL},
    {"redis://h:63a", URL_PORT, NULL},
    {"redis://h:-1", URL_PORT, NULL},
    {"redis://[::1]:", URL_PORT, NULL},
    {"redis://user:pa/ss@h", URL_PORT, NULL},
};

START_TEST(urls_are_taken_or_refused)
{
    struct url u;
    struct url before;
    char storage[4096];
    struct buf shown = BUF_OVER(storage);
    memset(&u, 0x55, sizeof(u));
    before = u;
    enum url_fault fault = url_parse(parse_cases[_i].text, strlen(parse_cases[_i].text), &u);
    ck_assert_msg(fault == parse_cases[_i].fault, "%s gave %d", parse_cases[_i].text, (int)fault);
    if (fault != URL_OK) {
        ck_assert_mem_eq(&u, &before, sizeof(u));
        return;
    }
    url_show(&u, &shown);
    ck_assert_str_eq(storage, parse_cases[_i].shown);
    ck_assert(!shown.overflow);
}
END_TEST

START_TEST(every_part_is_split_off)
{
    static const char text[] = "Rediss://us%2Der:p%40s%3As@Cache.example:6380/12?x=1&y#z";
    struct url u;
    ck_assert_int_eq(url_parse(text, strlen(text), &u), URL_OK);
    ck_assert_str_eq(u.scheme, "rediss");
    ck_assert_str_eq(u.user, "us-er");
    ck_assert_str_eq(u.password, "p@s:s");
    ck_assert_str_eq(u.raw_password, "p%40s%3As");
    ck_assert_str_eq(u.host, "Cache.example");
    ck_assert_uint_eq(u.port, 6380);
    ck_assert_str_eq(u.path, "/12");
    ck_assert_str_eq(u.query, "x=1&y");
    ck_assert(u.has_user && u.has_password && !u.ipv6);
}
END_TEST

START_TEST(what_is_not_there_is_empty)
{
    struct url u;
    ck_assert_int_eq(url_parse("http://h", 8, &u), URL_OK);
    ck_assert(!u.has_user && !u.has_password);
    ck_assert_uint_eq(u.port, 0);
    ck_assert_str_eq(u.user, "");
    ck_assert_str_eq(u.password, "");
    ck_assert_str_eq(u.path, "");
    ck_assert_str_eq(u.query, "");
}
END_TEST

START_TEST(only_len_bytes_are_read)
{
    struct url u;
    static const char text[] = {'h', 't', 't', 'p', ':', '/', '/', 'h', 'x'};
    ck_assert_int_eq(url_parse(text, 8, &u), URL_OK);
    ck_assert_str_eq(u.host, "h");
    ck_assert_int_eq(url_parse("http://h\0x", 10, &u), URL_SYNTAX);
}
END_TEST

static enum url_fault parse_padded(const char *before, size_t pad, const char *after)
{
    static char text[URL_MAX * 2];
    struct url u;
    size_t n = strlen(before);
    memcpy(text, before, n);
    memset(text + n, 'a', pad);
    memcpy(text + n + pad, after, strlen(after) + 1);
    return url_parse(text, strlen(text), &u);
}

START_TEST(every_part_has_a_maximum)
{
    ck_assert_int_eq(parse_padded("http://h/", 1022, ""), URL_OK);
    ck_assert_int_eq(parse_padded("http://h/", 1023, ""), URL_TOO_LONG);
    ck_assert_int_eq(parse_padded("http://h/?", 1023, ""), URL_OK);
    ck_assert_int_eq(parse_padded("http://h/?", 1024, ""), URL_TOO_LONG);
    ck_assert_int_eq(parse_padded("http://", 255, "@h"), URL_OK);
    ck_assert_int_eq(parse_padded("http://", 256, "@h"), URL_TOO_LONG);
    ck_assert_int_eq(parse_padded("http://u:", 511, "@h"), URL_OK);
    ck_assert_int_eq(parse_padded("http://u:", 512, "@h"), URL_TOO_LONG);
    ck_assert_int_eq(parse_padded("http://", 63, ".h"), URL_OK);
    ck_assert_int_eq(parse_padded("http://", 64, ".h"), URL_HOST);
    ck_assert_int_eq(parse_padded("http://h/", URL_MAX, ""), URL_TOO_LONG);
}
END_TEST

static const struct {
    const char *text;
    bool loopback;
} loopback_cases[] = {
    {"http://localhost", true},
    {"http://LOCALHOST:1", true},
    {"http://localhost.", true},
    {"http://api.localhost", true},
    {"http://127.0.0.1", true},
    {"http://127.255.0.9", true},
    {"http://[::1]", true},
    {"http://[0:0:0:0:0:0:0:1]", true},
    {"http://[::ffff:127.0.0.1]", true},
    {"http://notlocalhost", false},
    {"http://localhost.example", false},
    {"http://128.0.0.1", false},
    {"http://[::2]", false},
    {"http://redis", false},
    {"unix:/run/x", false},
};

START_TEST(loopback_hosts)
{
    struct url u;
    ck_assert_int_eq(url_parse(loopback_cases[_i].text, strlen(loopback_cases[_i].text), &u), URL_OK);
    ck_assert_msg(url_host_is_loopback(&u) == loopback_cases[_i].loopback, "%s", loopback_cases[_i].text);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_url(void)
{
    Suite *s = suite_create("url");
    TCase *t = tcase_create("url");
    tcase_add_loop_test(t, urls_are_taken_or_refused, 0, ROWS(parse_cases));
    tcase_add_test(t, every_part_is_split_off);
    tcase_add_test(t, what_is_not_there_is_empty);
    tcase_add_test(t, only_len_bytes_are_read);
    tcase_add_test(t, every_part_has_a_maximum);
    tcase_add_loop_test(t, loopback_hosts, 0, ROWS(loopback_cases));
    suite_add_tcase(s, t);
    return s;
}
