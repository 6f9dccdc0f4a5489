#include <string.h>

#include "probes/grpc_talk.h"
#include "tests/unit/suites.h"

static struct wire_probe_request request;
static struct talk talk;

static void reset(void)
{
    request = (struct wire_probe_request){
        .host = "cart", .port = 50051, .socket_path = "", .service = "shop.Cart", .server_name = ""};
    talk_begin(&talk, &grpc_talk, &request);
}

#define FEED(literal) talk_feed(&talk, (const unsigned char *)(literal), sizeof(literal) - 1)

static void expect(enum verdict_class verdict, const char *word)
{
    ck_assert(talk.over);
    ck_assert_msg(talk.verdict == verdict, "%s: %s", verdict_class_name(talk.verdict), talk.text);
    ck_assert_msg(strstr(talk.text, word) != NULL, "%s", talk.text);
}

static bool said(const char *bytes, size_t len)
{
    return memmem(talk.output, talk.output_len, bytes, len) != NULL;
}
#define SAID(literal) said((literal), sizeof(literal) - 1)

/* Frames of a server: settings, :status 200 with content-type application/grpc, a message, trailers. */
#define SETTINGS "\0\0\x06\4\0\0\0\0\0\0\3\0\0\0\x64"
#define STATUS_200                                                                                                     \
    "\x88\x5f\x10"                                                                                                     \
    "application/grpc"
#define HEADERS "\0\0\x13\1\4\0\0\0\1" STATUS_200
#define MESSAGE(status) "\0\0\7\0\0\0\0\0\1\0\0\0\0\2\x08" status
#define GRPC_STATUS_0                                                                                                  \
    "\0\x0b"                                                                                                           \
    "grpc-status\1"                                                                                                    \
    "0"
#define TRAILERS "\0\0\x0f\1\5\0\0\0\1" GRPC_STATUS_0
#define ANSWER(status)                                                                                                 \
    SETTINGS HEADERS MESSAGE(status)                                                                                   \
    TRAILERS

START_TEST(the_beginning_asks_for_the_service)
{
    ck_assert(!talk.over);
    ck_assert_mem_eq(talk.output, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x0c\4\0\0\0\0\0", 33);
    ck_assert(SAID("\x83\x86\x04\x1c/grpc.health.v1.Health/Check\x01\x0a"
                   "cart:50051"));
    ck_assert(SAID("\0\0\x10\0\1\0\0\0\1\0\0\0\0\x0b\x0a\x09shop.Cart"));
    request.service = "";
    request.host = "::1";
    request.tls = true;
    talk_begin(&talk, &grpc_talk, &request);
    ck_assert(SAID("\x83\x87\x04\x1c/grpc.health.v1.Health/Check\x01\x0b[::1]:50051"));
    ck_assert(SAID("\0\0\5\0\1\0\0\0\1\0\0\0\0\0"));
}
END_TEST

START_TEST(padding_priority_and_continuation_change_nothing)
{
    FEED(SETTINGS "\0\0\x1b\1\x2c\0\0\0\1\2"
                  "\0\0\0\3\x10" STATUS_200 "\0\0"
                  "\0\0\x0b\0\x08\0\0\0\1\3"
                  "\0\0\0\0\2\x08\1"
                  "\0\0\0"
                  "\0\0\x02\1\1\0\0\0\1"
                  "\0\x0b"
                  "\0\0\x0d\x09\4\0\0\0\1"
                  "grpc-status\1"
                  "0");
    expect(VERDICT_OK, "");
}
END_TEST

START_TEST(the_longest_names_fit)
{
    static char name[256];
    memset(name, 'n', sizeof(name) - 1);
    request.host = request.service = request.server_name = name;
    talk_begin(&talk, &grpc_talk, &request);
    ck_assert(!talk.over);
    ck_assert_uint_gt(talk.output_len, 2 * (sizeof(name) - 1));
    /* 261 = 127 + 134 bytes of authority, and 258 of message, of which the name has 255. */
    ck_assert(SAID("\x01\x7f\x86\x01nnnn"));
    ck_assert(SAID("n:50051"));
    ck_assert(SAID("\0\0\0\x01\x02\x0a\xff\x01nnnn"));
}
END_TEST

START_TEST(what_the_service_says_is_found)
{
    ck_assert(FEED(ANSWER("\1")));
    expect(VERDICT_OK, "SERVING");
    ck_assert(SAID("\0\0\0\4\1\0\0\0\0"));     /* its settings are acknowledged */
    ck_assert(SAID("\0\0\x08\7\0\0\0\0\0\0")); /* and it is left with a goodbye */
    reset();
    ck_assert(FEED(ANSWER("\2")));
    expect(VERDICT_STATUS, "NOT_SERVING");
    reset();
    ck_assert(FEED(ANSWER("\0")));
    expect(VERDICT_STATUS, "UNKNOWN");
    reset();
    ck_assert(FEED(ANSWER("\3")));
    expect(VERDICT_CONTENT, "\"shop.Cart\"");
    reset();
    ck_assert(FEED(ANSWER("\4")));
    expect(VERDICT_PROTOCOL, "no HealthCheckResponse");
}
END_TEST

START_TEST(a_message_without_fields_is_unknown_and_nothing_is_no_message)
{
    ck_assert(FEED(SETTINGS HEADERS "\0\0\5\0\0\0\0\0\1\0\0\0\0\0" TRAILERS));
    expect(VERDICT_STATUS, "UNKNOWN");
    reset();
    ck_assert(FEED(SETTINGS HEADERS TRAILERS));
    expect(VERDICT_PROTOCOL, "no HealthCheckResponse");
    reset();
    ck_assert(FEED(SETTINGS HEADERS "\0\0\7\0\0\0\0\0\1\1\0\0\0\2\x08\1" TRAILERS)); /* compressed */
    expect(VERDICT_PROTOCOL, "no HealthCheckResponse");
}
END_TEST

START_TEST(in_pieces_of_every_size_it_is_the_same)
{
    static const char answer[] = ANSWER("\1");
    for (size_t piece = 1; piece < sizeof(answer); piece++) {
        reset();
        for (size_t at = 0; at < sizeof(answer) - 1; at += piece) {
            ck_assert(!talk.over);
            size_t len = sizeof(answer) - 1 - at < piece ? sizeof(answer) - 1 - at : piece;
            talk_feed(&talk, (const unsigned char *)answer + at, len);
        }
        expect(VERDICT_OK, "SERVING");
    }
}
END_TEST

static const struct {
    const char *status; /* three digits, so that all frames have the same length */
    enum verdict_class verdict;
    const char *word;
} statuses[] = {
    {"000", VERDICT_PROTOCOL, "no HealthCheckResponse"},
    {"001", VERDICT_STATUS, "status 1"},
    {"002", VERDICT_STATUS, "status 2"},
    {"003", VERDICT_STATUS, "status 3"},
    {"004", VERDICT_STATUS, "status 4"},
    {"005", VERDICT_CONTENT, "\"shop.Cart\""},
    {"006", VERDICT_STATUS, "status 6"},
    {"007", VERDICT_NOPERM, "PERMISSION_DENIED"},
    {"008", VERDICT_BUSY, "RESOURCE_EXHAUSTED"},
    {"009", VERDICT_STATUS, "status 9"},
    {"010", VERDICT_STATUS, "status 10"},
    {"011", VERDICT_STATUS, "status 11"},
    {"012", VERDICT_PROTOCOL, "UNIMPLEMENTED"},
    {"013", VERDICT_STATUS, "status 13"},
    {"014", VERDICT_BUSY, "UNAVAILABLE"},
    {"015", VERDICT_STATUS, "status 15"},
    {"016", VERDICT_NOAUTH, "UNAUTHENTICATED"},
    {"x12", VERDICT_STATUS, "status 2"},
};

START_TEST(trailers_alone_have_the_class_of_their_status)
{
    char answer[] = "\0\0\x24\1\5\0\0\0\1" STATUS_200 "\0\x0b"
                    "grpc-status\3"
                    "???";
    memcpy(answer + sizeof(answer) - 4, statuses[_i].status, 3);
    ck_assert(!FEED(SETTINGS));
    ck_assert(talk_feed(&talk, (const unsigned char *)answer, sizeof(answer) - 1));
    expect(statuses[_i].verdict, statuses[_i].word);
}
END_TEST

START_TEST(an_unknown_server_as_a_whole_is_told_otherwise)
{
    request.service = "";
    talk_begin(&talk, &grpc_talk, &request);
    ck_assert(FEED(ANSWER("\3")));
    expect(VERDICT_CONTENT, "name a service");
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    enum verdict_class verdict;
    const char *word;
} endings[] = {
#define ENDING(literal, verdict, word)                                                                                 \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1, (verdict), (word)                                                              \
    }
    /* RST_STREAM: refused, calm, HTTP/1.1 required, internal. */
    ENDING("\0\0\4\3\0\0\0\0\1\0\0\0\7", VERDICT_BUSY, "error 7"),
    ENDING("\0\0\4\3\0\0\0\0\1\0\0\0\x0b", VERDICT_BUSY, "error 11"),
    ENDING("\0\0\4\3\0\0\0\0\1\0\0\0\x0d", VERDICT_PROTOCOL, "HTTP/1.1"),
    ENDING("\0\0\4\3\0\0\0\0\1\0\0\0\2", VERDICT_RESET, "error 2"),
    /* GOAWAY: with an error, before our call, too short. */
    ENDING("\0\0\x08\7\0\0\0\0\0\0\0\0\1\0\0\0\x0b", VERDICT_BUSY, "error 11"),
    ENDING("\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\0", VERDICT_BUSY, "GOAWAY"),
    ENDING("\0\0\4\7\0\0\0\0\0\0\0\0\0", VERDICT_PROTOCOL, "broken"),
    /* A frame that is too large, a push, a continuation of nothing or of something else, a ping of another size. */
    ENDING("\0\x40\1\0\0\0\0\0\1", VERDICT_PROTOCOL, "broken"),
    ENDING("\0\0\0\5\0\0\0\0\1", VERDICT_PROTOCOL, "broken"),
    ENDING("\0\0\0\x09\4\0\0\0\1", VERDICT_PROTOCOL, "broken"),
    ENDING("\0\0\1\1\0\0\0\0\1\x88\0\0\0\0\0\0\0\0\1", VERDICT_PROTOCOL, "broken"),
    ENDING("\0\0\1\1\0\0\0\0\1\x88\0\0\0\x09\4\0\0\0\3", VERDICT_PROTOCOL, "broken"),
    ENDING("\0\0\2\6\0\0\0\0\0ab", VERDICT_PROTOCOL, "broken"),
    /* Padding that is longer than its frame, headers that refer to nothing. */
    ENDING("\0\0\2\1\x0c\0\0\0\1\2\x88", VERDICT_PROTOCOL, "broken"),
    ENDING("\0\0\2\0\x08\0\0\0\1\2\0", VERDICT_PROTOCOL, "broken"),
    ENDING("\0\0\1\1\4\0\0\0\1\xbe", VERDICT_PROTOCOL, "broken"),
    /* Something in front of the server: 404 and 503, and a page; an answer without headers. */
    ENDING("\0\0\1\1\5\0\0\0\1\x8d", VERDICT_PROTOCOL, "HTTP 404"),
    ENDING("\0\0\5\1\5\0\0\0\1\x08\3"
           "503",
           VERDICT_BUSY, "HTTP 503"),
    ENDING("\0\0\5\1\5\0\0\0\1\x08\3"
           "401",
           VERDICT_NOAUTH, "HTTP 401"),
    ENDING("\0\0\5\1\5\0\0\0\1\x08\3"
           "403",
           VERDICT_NOPERM, "HTTP 403"),
    ENDING("\0\0\1\1\5\0\0\0\1\x88", VERDICT_PROTOCOL, "not as a gRPC server"),
    ENDING("\0\0\x13\1\5\0\0\0\1" STATUS_200, VERDICT_PROTOCOL, "no grpc-status"),
    ENDING("\0\0\0\0\1\0\0\0\1", VERDICT_PROTOCOL, "broken"),
};

START_TEST(the_end_of_a_call_is_told)
{
    ck_assert(!FEED(SETTINGS));
    ck_assert(talk_feed(&talk, (const unsigned char *)endings[_i].bytes, endings[_i].len));
    expect(endings[_i].verdict, endings[_i].word);
}
END_TEST

START_TEST(an_answer_after_a_graceful_goaway_counts)
{
    ck_assert(!FEED(SETTINGS "\0\0\x08\7\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\0"));
    ck_assert(FEED(HEADERS MESSAGE("\1") TRAILERS));
    expect(VERDICT_OK, "SERVING");
}
END_TEST

START_TEST(pings_are_answered_but_not_forever)
{
    ck_assert(!FEED(SETTINGS "\0\0\x08\6\0\0\0\0\0"
                             "12345678"));
    ck_assert(SAID("\0\0\x08\6\1\0\0\0\0"
                   "12345678"));
    for (int i = 0; i < 100 && !talk.over; i++)
        FEED("\0\0\x08\6\0\0\0\0\0"
             "12345678");
    expect(VERDICT_PROTOCOL, "broken");
}
END_TEST

START_TEST(other_streams_are_nobodys)
{
    ck_assert(!FEED(SETTINGS "\0\0\4\3\0\0\0\0\3\0\0\0\7"
                             "\0\0\1\1\5\0\0\0\3\x8d"
                             "\0\0\1\0\1\0\0\0\3x"));
    ck_assert(FEED(HEADERS MESSAGE("\1") TRAILERS));
    expect(VERDICT_OK, "SERVING");
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    enum verdict_class verdict;
    const char *word;
} strangers[] = {
    ENDING("HTTP/1.1 400 Bad Request\r\n\r\n", VERDICT_PROTOCOL, "HTTP/1"),
    ENDING("SSH-2.0-OpenSSH\r\n", VERDICT_PROTOCOL, "SSH"),
    ENDING("-ERR unknown command\r\n", VERDICT_PROTOCOL, "Redis"),
    ENDING("\x15\x03\x01\0\2\2\x46", VERDICT_IS_TLS, "TLS"),
    ENDING("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", VERDICT_IS_TLS, "TLS"),
    ENDING("\0\0\0\6\0\0\0\0\0", VERDICT_PROTOCOL, "does not speak"),       /* anything but settings */
    ENDING("\0\x40\1\4\0\0\0\0\0", VERDICT_PROTOCOL, "does not speak"),     /* too many of them */
    ENDING("\0\0\0\4\0\0\0\0\1", VERDICT_PROTOCOL, "does not speak"),       /* of a stream */
    ENDING("\xde\xad\xbe\xef\xde\xad", VERDICT_PROTOCOL, "does not speak"), /* garbage */
};

START_TEST(strangers_are_recognised)
{
    ck_assert(talk_feed(&talk, (const unsigned char *)strangers[_i].bytes, strangers[_i].len));
    expect(strangers[_i].verdict, strangers[_i].word);
}
END_TEST

START_TEST(an_endless_answer_ends)
{
    static const unsigned char window_update[] = "\0\0\4\x08\0\0\0\0\0\0\0\0\1";
    ck_assert(!FEED(SETTINGS));
    for (size_t fed = 0; fed <= 2 * TALK_INPUT_MAX && !talk.over; fed += sizeof(window_update) - 1)
        talk_feed(&talk, window_update, sizeof(window_update) - 1);
    expect(VERDICT_PROTOCOL, "far more");
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *suite_grpc_talk(void)
{
    Suite *s = suite_create("grpc_talk");
    TCase *c = tcase_create("grpc_talk");
    tcase_add_checked_fixture(c, reset, NULL);
    tcase_add_test(c, the_beginning_asks_for_the_service);
    tcase_add_test(c, padding_priority_and_continuation_change_nothing);
    tcase_add_test(c, the_longest_names_fit);
    tcase_add_test(c, what_the_service_says_is_found);
    tcase_add_test(c, a_message_without_fields_is_unknown_and_nothing_is_no_message);
    tcase_add_test(c, in_pieces_of_every_size_it_is_the_same);
    tcase_add_loop_test(c, trailers_alone_have_the_class_of_their_status, 0, ROWS(statuses));
    tcase_add_test(c, an_unknown_server_as_a_whole_is_told_otherwise);
    tcase_add_loop_test(c, the_end_of_a_call_is_told, 0, ROWS(endings));
    tcase_add_test(c, an_answer_after_a_graceful_goaway_counts);
    tcase_add_test(c, pings_are_answered_but_not_forever);
    tcase_add_test(c, other_streams_are_nobodys);
    tcase_add_loop_test(c, strangers_are_recognised, 0, ROWS(strangers));
    tcase_add_test(c, an_endless_answer_ends);
    suite_add_tcase(s, c);
    return s;
}
