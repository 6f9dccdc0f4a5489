#include <stdio.h>
#include <string.h>

#include "probes/postgres_talk.h"
#include "tests/unit/suites.h"

static struct wire_probe_request request;
static struct talk talk;

static void reset(void)
{
    request = (struct wire_probe_request){.user = "", .password = "", .database = ""};
    talk_begin(&talk, &postgres_talk, &request);
}

#define FEED(literal) talk_feed(&talk, (const unsigned char *)(literal), sizeof(literal) - 1)

static void expect(enum verdict_class verdict, const char *word)
{
    ck_assert(talk.over);
    ck_assert_msg(talk.verdict == verdict, "%s: %s", verdict_class_name(talk.verdict), talk.text);
    ck_assert_msg(strstr(talk.text, word) != NULL, "%s", talk.text);
}

static void expect_output(const char *expected, size_t len)
{
    ck_assert_uint_eq(talk.output_len, len);
    ck_assert_mem_eq(talk.output, expected, len);
    talk.output_len = 0;
}

/* An ErrorResponse: severity, SQLSTATE and message. Returns its length. */
static size_t error_response(unsigned char out[256], const char *state, const char *message)
{
    size_t len = 5;
    len += (size_t)snprintf((char *)out + len, 100, "SFATAL") + 1;
    len += (size_t)snprintf((char *)out + len, 100, "C%s", state) + 1;
    len += (size_t)snprintf((char *)out + len, 100, "M%s", message) + 1;
    out[len++] = '\0';
    memcpy(out, "E\0\0\0", 4);
    out[4] = (unsigned char)(len - 1);
    return len;
}

START_TEST(the_beginning_names_user_and_database)
{
    static const char alone[] = "\0\0\0\x15\0\3\0\0user\0muster\0";
    static const char named[] = "\0\0\0\x20\0\3\0\0user\0app\0database\0shop\0";
    expect_output(alone, sizeof(alone));
    request.user = "app";
    request.database = "shop";
    talk_begin(&talk, &postgres_talk, &request);
    expect_output(named, sizeof(named));
}
END_TEST

START_TEST(the_longest_names_fit)
{
    static char name[256];
    memset(name, 'n', sizeof(name) - 1);
    request.user = request.database = name;
    talk_begin(&talk, &postgres_talk, &request);
    ck_assert(!talk.over);
    ck_assert_uint_gt(talk.output_len, 2 * (sizeof(name) - 1));
}
END_TEST

START_TEST(asking_for_a_password_is_enough_and_none_is_sent)
{
    talk.output_len = 0;
    ck_assert(FEED("R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"));
    expect(VERDICT_OK, "password");
    expect_output("", 0);
}
END_TEST

/* PostgreSQL 15 with `trust`, in pieces of every size. */
START_TEST(without_a_password_the_session_has_to_get_ready)
{
    static const char answer[] = "R\0\0\0\x08\0\0\0\0S\0\0\0\x19server_encoding\0UTF8\0"
                                 "K\0\0\0\x0c\0\0\x0b\xb8\x12\x34\x56\x78Z\0\0\0\x05I";
    static const char terminate[] = "X\0\0\0\4";
    for (size_t piece = 1; piece <= sizeof(answer); piece++) {
        reset();
        talk.output_len = 0;
        for (size_t at = 0; at < sizeof(answer) - 1; at += piece) {
            ck_assert(!talk.over);
            size_t len = sizeof(answer) - 1 - at < piece ? sizeof(answer) - 1 - at : piece;
            talk_feed(&talk, (const unsigned char *)answer + at, len);
        }
        expect(VERDICT_OK, "takes clients");
        expect_output(terminate, sizeof(terminate) - 1);
    }
}
END_TEST

static const struct {
    const char *state;
    const char *message;
    enum verdict_class verdict;
    const char *word;
} errors[] = {
    {"57P03", "the database system is starting up", VERDICT_LOADING, "starting up"},
    {"57P03", "the database system is shutting down", VERDICT_LOADING, "shutting down"},
    {"57P03", "the database system is in recovery mode", VERDICT_LOADING, "recovery"},
    {"57P03", "", VERDICT_LOADING, "yet"},
    {"57P01", "terminating connection due to administrator command", VERDICT_LOADING, "administrator"},
    {"53300", "sorry, too many clients already", VERDICT_BUSY, "max_connections"},
    {"53200", "out of memory", VERDICT_BUSY, "memory"},
    {"3D000", "database \"shop\" does not exist", VERDICT_DATABASE, "no such database"},
    {"55000", "database \"template0\" is not currently accepting connections", VERDICT_DATABASE, "no clients"},
    {"28000", "no pg_hba.conf entry for host", VERDICT_OK, "takes clients"},
    {"28P01", "password authentication failed", VERDICT_OK, "takes clients"},
    {"42501", "permission denied for database", VERDICT_OK, "takes clients"},
    {"0A000", "unsupported frontend protocol", VERDICT_PROTOCOL, "understand"},
    {"08P01", "invalid startup packet layout", VERDICT_PROTOCOL, "understand"},
    {"XX000", "internal", VERDICT_BUSY, "XX000"},
    {"5730", "four", VERDICT_PROTOCOL, "SQLSTATE"},
};

START_TEST(every_error_has_its_class)
{
    unsigned char bytes[256];
    size_t len = error_response(bytes, errors[_i].state, errors[_i].message);
    ck_assert(!talk_feed(&talk, bytes, len - 1));
    ck_assert(talk_feed(&talk, bytes + len - 1, 1));
    expect(errors[_i].verdict, errors[_i].word);
    ck_assert(strstr(talk.text, "shop") == NULL);
}
END_TEST

START_TEST(a_database_that_is_missing_shows_after_the_login)
{
    unsigned char bytes[256];
    size_t len = error_response(bytes, "3D000", "database \"muster\" does not exist");
    ck_assert(!FEED("R\0\0\0\x08\0\0\0\0"));
    ck_assert(talk_feed(&talk, bytes, len));
    expect(VERDICT_DATABASE, "no such database");
}
END_TEST

START_TEST(a_server_without_processes_says_so_in_the_old_form)
{
    ck_assert(!FEED("Ecould not fork new process for connection: "));
    ck_assert(FEED("Resource temporarily unavailable\n\0"));
    expect(VERDICT_BUSY, "process");
}
END_TEST

START_TEST(a_notice_before_the_answer_is_passed_over)
{
    ck_assert(!FEED("N\0\0\0\x08"
                    "MHi\0"
                    "v\0\0\0\x0c\0\3\0\0\0\0\0\0"));
    ck_assert(FEED("R\0\0\0\x08\0\0\0\3"));
    expect(VERDICT_OK, "takes clients");
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
        {"-ERR unknown command\r\n", 22, VERDICT_PROTOCOL, "Redis"},
        {"\x15\x03\x01\0\2\2\x46", 7, VERDICT_IS_TLS, "TLS"},
        {"ERROR\r\n", 7, VERDICT_PROTOCOL, "does not speak"},
        {"R\xff\xff\xff\xff....", 9, VERDICT_PROTOCOL, "does not speak"},
        {"E\0\0\0\3x", 6, VERDICT_PROTOCOL, "does not speak"},
        {"R\0\0\0\4", 5, VERDICT_PROTOCOL, "does not speak"},
        {"Z\0\0\0\5I", 6, VERDICT_PROTOCOL, "does not speak"},
    };
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        reset();
        ck_assert(talk_feed(&talk, (const unsigned char *)strangers[i].bytes, strangers[i].len));
        expect(strangers[i].verdict, strangers[i].word);
    }
}
END_TEST

START_TEST(an_endless_answer_ends)
{
    static const char parameter[] = "S\0\0\0\x0a"
                                    "a\0b\0cd";
    ck_assert(!FEED("R\0\0\0\x08\0\0\0\0"));
    size_t fed = 0;
    while (!talk.over && fed <= 2 * TALK_INPUT_MAX) {
        FEED(parameter);
        fed += sizeof(parameter);
    }
    expect(VERDICT_PROTOCOL, "far more");
}
END_TEST

Suite *suite_postgres_talk(void)
{
    Suite *s = suite_create("postgres_talk");
    TCase *c = tcase_create("postgres_talk");
    tcase_add_checked_fixture(c, reset, NULL);
    tcase_add_test(c, the_beginning_names_user_and_database);
    tcase_add_test(c, the_longest_names_fit);
    tcase_add_test(c, asking_for_a_password_is_enough_and_none_is_sent);
    tcase_add_test(c, without_a_password_the_session_has_to_get_ready);
    tcase_add_loop_test(c, every_error_has_its_class, 0, (int)(sizeof(errors) / sizeof(errors[0])));
    tcase_add_test(c, a_database_that_is_missing_shows_after_the_login);
    tcase_add_test(c, a_server_without_processes_says_so_in_the_old_form);
    tcase_add_test(c, a_notice_before_the_answer_is_passed_over);
    tcase_add_test(c, strangers_are_recognised);
    tcase_add_test(c, an_endless_answer_ends);
    suite_add_tcase(s, c);
    return s;
}
