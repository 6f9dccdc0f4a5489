#include <stdio.h>
#include <string.h>

#include "probes/mysql_talk.h"
#include "tests/unit/suites.h"

static struct wire_probe_request request;
static struct talk talk;

static void reset(void)
{
    request = (struct wire_probe_request){.user = "", .password = "", .database = ""};
    talk_begin(&talk, &mysql_talk, &request);
}

#define FEED(literal) talk_feed(&talk, (const unsigned char *)(literal), sizeof(literal) - 1)

static void expect(enum verdict_class verdict, const char *word)
{
    ck_assert(talk.over);
    ck_assert_msg(talk.verdict == verdict, "%s: %s", verdict_class_name(talk.verdict), talk.text);
    ck_assert_msg(strstr(talk.text, word) != NULL, "%s", talk.text);
}

/* The beginning of a greeting of MariaDB 10.11. */
#define GREETING                                                                                                       \
    "\x54\0\0\0\x0a"                                                                                                   \
    "5.5.5-10.11.6-MariaDB\0\1\0\0\0"                                                                                  \
    "12345678\0\xfe\xf7\x2d\2\0\xff\x81\x15\0\0\0\0\0\0\x1d\0\0\0"                                                     \
    "123456789012\0mysql_native_pass"

/* What came first is answered with a login, which is taken away. */
static void greet(void)
{
    ck_assert(!FEED(GREETING));
    ck_assert_uint_gt(talk.output_len, 0);
    talk.output_len = 0;
}

START_TEST(a_greeting_is_answered_with_a_whole_login)
{
    static const char login[] = "\x3e\0\0\1\0\x82\x08\0\0\0\0\1\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                "muster\0\0mysql_native_password\0";
    ck_assert_uint_eq(talk.output_len, 0);
    ck_assert(!FEED(GREETING));
    ck_assert_uint_eq(talk.output_len, sizeof(login) - 1);
    ck_assert_mem_eq(talk.output, login, sizeof(login) - 1);
    request.user = "somebody";
    talk_begin(&talk, &mysql_talk, &request);
    ck_assert(!FEED(GREETING));
    ck_assert_ptr_nonnull(memmem(talk.output, talk.output_len, "somebody\0", 9));
}
END_TEST

START_TEST(the_longest_user_fits)
{
    static char name[256];
    memset(name, 'n', sizeof(name) - 1);
    request.user = name;
    ck_assert(!FEED(GREETING));
    ck_assert_ptr_nonnull(memmem(talk.output, talk.output_len, "n\0\0mysql_native_password\0", 25));
}
END_TEST

START_TEST(a_login_that_works_is_ended_politely)
{
    greet();
    ck_assert(FEED("\7\0\0\2\0\0\0\2\0\0\0"));
    expect(VERDICT_OK, "takes clients");
    ck_assert_uint_eq(talk.output_len, 5);
    ck_assert_mem_eq(talk.output, "\1\0\0\0\1", 5);
}
END_TEST

START_TEST(another_way_to_log_in_gets_nothing_either)
{
    greet();
    ck_assert(!FEED("\x1b\0\0\2\xfe"
                    "caching_sha2_password\0abcd"));
    ck_assert_uint_eq(talk.output_len, 4);
    ck_assert_mem_eq(talk.output, "\0\0\0\3", 4);
    ck_assert(FEED("\x13\0\0\4\xff\x15\x04#28000Access deni"));
    expect(VERDICT_OK, "takes clients");
}
END_TEST

START_TEST(endless_switching_ends)
{
    greet();
    for (int i = 0; i < 16 && !talk.over; i++)
        FEED("\2\0\0\2\xfe\0");
    expect(VERDICT_PROTOCOL, "one way to log in after another");
}
END_TEST

static const struct {
    unsigned code;
    enum verdict_class verdict;
    const char *word;
} errors[] = {
    {1040, VERDICT_BUSY, "max_connections"},
    {1203, VERDICT_BUSY, "max_user_connections"},
    {1226, VERDICT_BUSY, "hour"},
    {1053, VERDICT_LOADING, "shutting down"},
    {1129, VERDICT_NOPERM, "flush-hosts"},
    {1130, VERDICT_NOPERM, "from this host"},
    {1043, VERDICT_PROTOCOL, "handshake"},
    {1044, VERDICT_OK, "takes clients"},
    {1045, VERDICT_OK, "takes clients"},
    {1251, VERDICT_OK, "takes clients"},
    {1698, VERDICT_OK, "takes clients"},
    {1862, VERDICT_OK, "takes clients"},
    {3118, VERDICT_OK, "takes clients"},
    {3159, VERDICT_OK, "TLS"},
    {4151, VERDICT_OK, "takes clients"},
    {1105, VERDICT_BUSY, "1105"},
};

/* Instead of the greeting there is no SQLSTATE; after it there is. The class is the same. */
START_TEST(every_error_has_its_class)
{
    unsigned char bytes[] = "\x0f\0\0\0\xff..secret words";
    bytes[5] = (unsigned char)errors[_i].code;
    bytes[6] = (unsigned char)(errors[_i].code >> 8);
    for (int greeted = 0; greeted < 2; greeted++) {
        reset();
        if (greeted)
            greet();
        ck_assert(talk_feed(&talk, bytes, sizeof(bytes) - 1));
        expect(errors[_i].verdict, errors[_i].word);
        ck_assert(strstr(talk.text, "secret") == NULL);
    }
}
END_TEST

START_TEST(strangers_are_recognised)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum verdict_class verdict;
        const char *word;
    } strangers[] = {
        {"HTTP/1.1 400 Bad Request\r\n", 26, VERDICT_PROTOCOL, "HTTP"},
        {"SSH-2.0-OpenSSH\r\n", 17, VERDICT_PROTOCOL, "SSH"},
        {"\x15\x03\x01\0\2\2\x46", 7, VERDICT_IS_TLS, "TLS"},
        {"\0\0\0\0", 4, VERDICT_PROTOCOL, "does not speak"},
        {"\1\0\0\0\x09", 5, VERDICT_PROTOCOL, "greet"},
        {"\3\0\0\0\x0a"
         "ab",
         7, VERDICT_PROTOCOL, "greet"},
        {"\2\0\0\0\xff\1", 6, VERDICT_PROTOCOL, "does not speak"},
    };
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        reset();
        ck_assert(talk_feed(&talk, (const unsigned char *)strangers[i].bytes, strangers[i].len));
        expect(strangers[i].verdict, strangers[i].word);
    }
}
END_TEST

START_TEST(it_may_come_byte_by_byte)
{
    static const char answer[] = GREETING "\3\0\0\2\xff\x15\x04";
    for (size_t i = 0; i + 1 < sizeof(answer); i++) {
        ck_assert(!talk.over);
        talk_feed(&talk, (const unsigned char *)answer + i, 1);
    }
    expect(VERDICT_OK, "takes clients");
}
END_TEST

Suite *suite_mysql_talk(void)
{
    Suite *s = suite_create("mysql_talk");
    TCase *c = tcase_create("mysql_talk");
    tcase_add_checked_fixture(c, reset, NULL);
    tcase_add_test(c, a_greeting_is_answered_with_a_whole_login);
    tcase_add_test(c, the_longest_user_fits);
    tcase_add_test(c, a_login_that_works_is_ended_politely);
    tcase_add_test(c, another_way_to_log_in_gets_nothing_either);
    tcase_add_test(c, endless_switching_ends);
    tcase_add_loop_test(c, every_error_has_its_class, 0, (int)(sizeof(errors) / sizeof(errors[0])));
    tcase_add_test(c, strangers_are_recognised);
    tcase_add_test(c, it_may_come_byte_by_byte);
    suite_add_tcase(s, c);
    return s;
}
