#include <errno.h>
#include <string.h>

#include <mbedtls/x509.h>

#include "probes/verdict.h"
#include "tests/unit/suites.h"

static char words[WIRE_TEXT_MAX];

static struct transfer_failure failure(CURLcode code)
{
    return (struct transfer_failure){.code = code,
                                     .stage = STAGE_ANSWER,
                                     .timeout_ms = 250,
                                     .name = "cache",
                                     .target = "10.0.0.7 port 6379",
                                     .detail = ""};
}

static enum verdict_class judge(const struct transfer_failure *f)
{
    struct buf text = BUF_OVER(words);
    buf_reset(&text);
    enum verdict_class c = verdict_of_failure(f, &text);
    ck_assert_int_lt(c, VERDICT_CLASS_COUNT);
    ck_assert_int_ne(c, VERDICT_OK);
    ck_assert_uint_gt(strlen(words), 5);
    ck_assert(!text.overflow);
    return c;
}

static const struct {
    int os_errno;
    enum verdict_class verdict, local;
} connects[] = {
    {ECONNREFUSED, VERDICT_REFUSED, VERDICT_REFUSED},
    {ENETUNREACH, VERDICT_UNREACHABLE, VERDICT_UNREACHABLE},
    {EHOSTUNREACH, VERDICT_UNREACHABLE, VERDICT_UNREACHABLE},
    {EACCES, VERDICT_UNREACHABLE, VERDICT_UNREACHABLE},
    {ENETDOWN, VERDICT_UNREACHABLE, VERDICT_UNREACHABLE},
    {ECONNRESET, VERDICT_RESET, VERDICT_UNREACHABLE},
    {ETIMEDOUT, VERDICT_TIMEOUT, VERDICT_UNREACHABLE},
    {EMFILE, VERDICT_INTERNAL, VERDICT_UNREACHABLE},
    {0, VERDICT_UNREACHABLE, VERDICT_UNREACHABLE},
    {ENOENT, VERDICT_UNREACHABLE, VERDICT_REFUSED},
    {EAGAIN, VERDICT_UNREACHABLE, VERDICT_BUSY},
};

START_TEST(failed_connects_are_told_apart)
{
    for (size_t i = 0; i < sizeof(connects) / sizeof(connects[0]); i++) {
        struct transfer_failure f = failure(CURLE_COULDNT_CONNECT);
        f.os_errno = connects[i].os_errno;
        ck_assert_int_eq(judge(&f), connects[i].verdict);
        f.local = true;
        ck_assert_int_eq(judge(&f), connects[i].local);
        ck_assert_ptr_nonnull(strstr(words, "cache"));
    }
}
END_TEST

START_TEST(a_socket_without_permission_says_who_asks)
{
    struct transfer_failure f = failure(CURLE_COULDNT_CONNECT);
    f.os_errno = EACCES;
    f.local = true;
    judge(&f);
    ck_assert_ptr_nonnull(strstr(words, "nobody"));
    ck_assert_ptr_nonnull(strstr(words, "unixsocketperm"));
}
END_TEST

static const struct {
    CURLcode code;
    enum verdict_class verdict;
    const char *word;
} codes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, VERDICT_RESOLVE, "\"cache\" does not resolve"},
    {CURLE_GOT_NOTHING, VERDICT_RESET, "without an answer"},
    {CURLE_RECV_ERROR, VERDICT_RESET, "before the answer"},
    {CURLE_SEND_ERROR, VERDICT_RESET, "being sent"},
    {CURLE_UNSUPPORTED_PROTOCOL, VERDICT_PROTOCOL, "does not speak HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, VERDICT_PROTOCOL, "does not speak HTTP"},
    {CURLE_TOO_LARGE, VERDICT_PROTOCOL, "headers"},
    {CURLE_URL_MALFORMAT, VERDICT_INTERNAL, "URL"},
    {CURLE_OUT_OF_MEMORY, VERDICT_INTERNAL, "cannot probe"},
    {CURLE_OPERATION_TIMEDOUT, VERDICT_TIMEOUT, "250 ms"},
};

START_TEST(transfer_errors_have_their_class)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct transfer_failure f = failure(codes[i].code);
        ck_assert_int_eq(judge(&f), codes[i].verdict);
        ck_assert_ptr_nonnull(strstr(words, codes[i].word));
    }
}
END_TEST

START_TEST(every_code_of_libcurl_comes_to_something)
{
    for (int code = 1; code < CURL_LAST; code++) {
        struct transfer_failure f = failure((CURLcode)code);
        judge(&f);
    }
}
END_TEST

START_TEST(a_timeout_says_what_took_so_long)
{
    static const struct {
        enum verdict_class verdict;
        const char *doing;
    } stages[] = {
        [STAGE_RESOLVE] = {VERDICT_RESOLVE, "250 ms: still resolving the name of cache"},
        [STAGE_CONNECT] = {VERDICT_TIMEOUT, "250 ms: still connecting to 10.0.0.7 port 6379"},
        [STAGE_TLS] = {VERDICT_TIMEOUT, "TLS handshake with 10.0.0.7"},
        [STAGE_ANSWER] = {VERDICT_TIMEOUT, "no answer from 10.0.0.7"},
        [STAGE_BODY] = {VERDICT_TIMEOUT, "headers came, but the body did not end, from 10.0.0.7"},
    };
    for (int stage = STAGE_RESOLVE; stage <= STAGE_BODY; stage++) {
        struct transfer_failure f = failure(CURLE_OPERATION_TIMEDOUT);
        f.stage = (enum probe_stage)stage;
        ck_assert_int_eq(judge(&f), stages[stage].verdict);
        ck_assert_ptr_nonnull(strstr(words, stages[stage].doing));
    }
}
END_TEST

static const struct {
    uint32_t flags;
    enum verdict_class verdict;
    const char *word;
} certificates[] = {
    {MBEDTLS_X509_BADCERT_EXPIRED, VERDICT_TLS_TIME, "has expired"},
    {MBEDTLS_X509_BADCERT_FUTURE, VERDICT_TLS_TIME, "not valid yet"},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, VERDICT_TLS_NAME, "for another name"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, VERDICT_TLS, "not signed by an authority"},
    {MBEDTLS_X509_BADCERT_BAD_KEY, VERDICT_TLS, "too weak"},
    {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, VERDICT_TLS, "not meant for servers"},
    {MBEDTLS_X509_BADCERT_OTHER, VERDICT_TLS, "cannot be verified"},
    {MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_CN_MISMATCH, VERDICT_TLS_NAME,
     "has expired, is for another name"},
    {MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_NOT_TRUSTED, VERDICT_TLS, "has expired, is not signed"},
};

START_TEST(bad_certificates_are_told_apart)
{
    for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++) {
        struct transfer_failure f = failure(CURLE_PEER_FAILED_VERIFICATION);
        f.tls_flags = certificates[i].flags;
        ck_assert_int_eq(judge(&f), certificates[i].verdict);
        ck_assert_ptr_nonnull(strstr(words, certificates[i].word));
    }
}
END_TEST

START_TEST(missing_authorities_are_told_as_such)
{
    struct transfer_failure f = failure(CURLE_PEER_FAILED_VERIFICATION);
    f.tls_flags = MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    f.tls_no_authorities = true;
    ck_assert_int_eq(judge(&f), VERDICT_TLS);
    ck_assert_ptr_nonnull(strstr(words, "SSL_CERT_FILE"));
}
END_TEST

START_TEST(failed_handshakes_are_told_apart)
{
    static const struct {
        const char *detail;
        enum verdict_class verdict;
        const char *word;
    } handshakes[] = {
        {"ssl_handshake returned: (-0x7280) SSL - The connection indicated an EOF", VERDICT_RESET, "closed"},
        {"Send failure: Connection reset by peer", VERDICT_RESET, "closed"},
        {"ssl_handshake returned: (-0x7200) SSL - An invalid SSL record was received", VERDICT_PROTOCOL,
         "not speak TLS"},
        {"ssl_handshake returned: (-0x7780) SSL - A fatal alert message", VERDICT_TLS, "refused"},
        {"something new", VERDICT_TLS, "something new"},
    };
    for (size_t i = 0; i < sizeof(handshakes) / sizeof(handshakes[0]); i++) {
        struct transfer_failure f = failure(CURLE_SSL_CONNECT_ERROR);
        f.detail = handshakes[i].detail;
        ck_assert_int_eq(judge(&f), handshakes[i].verdict);
        ck_assert_ptr_nonnull(strstr(words, handshakes[i].word));
    }
}
END_TEST

START_TEST(a_server_that_may_want_a_certificate_is_told_as_such)
{
    struct transfer_failure refused = failure(CURLE_SSL_CONNECT_ERROR);
    refused.detail = "ssl_handshake returned: (-0x7780) SSL - A fatal alert message";
    struct transfer_failure closed = failure(CURLE_RECV_ERROR);
    closed.tls_handshaken = true;
    struct transfer_failure *failures[] = {&refused, &closed};
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        judge(failures[i]);
        ck_assert_ptr_nonnull(strstr(words, "client certificate"));
        failures[i]->tls_certificate = true;
        judge(failures[i]);
        ck_assert_ptr_null(strstr(words, "client certificate"));
    }
    struct transfer_failure plain = failure(CURLE_RECV_ERROR);
    judge(&plain);
    ck_assert_ptr_null(strstr(words, "client certificate"));
}
END_TEST

START_TEST(a_proxy_is_not_taken_for_the_server)
{
    struct transfer_failure f = failure(CURLE_COULDNT_RESOLVE_PROXY);
    ck_assert_int_eq(judge(&f), VERDICT_RESOLVE);
    ck_assert_ptr_nonnull(strstr(words, "name of the proxy"));
    f = failure(CURLE_RECV_ERROR);
    f.proxy_status = 502;
    ck_assert_int_eq(judge(&f), VERDICT_UNREACHABLE);
    ck_assert_ptr_nonnull(strstr(words, "the proxy answers HTTP 502"));
    f.proxy_status = 407;
    ck_assert_int_eq(judge(&f), VERDICT_NOAUTH);
    f.proxy_status = 200;
    ck_assert_int_eq(judge(&f), VERDICT_RESET);
}
END_TEST

Suite *suite_probe_verdicts(void)
{
    Suite *s = suite_create("probe_verdicts");
    TCase *t = tcase_create("probe_verdicts");
    tcase_add_test(t, failed_connects_are_told_apart);
    tcase_add_test(t, a_socket_without_permission_says_who_asks);
    tcase_add_test(t, transfer_errors_have_their_class);
    tcase_add_test(t, every_code_of_libcurl_comes_to_something);
    tcase_add_test(t, a_timeout_says_what_took_so_long);
    tcase_add_test(t, bad_certificates_are_told_apart);
    tcase_add_test(t, missing_authorities_are_told_as_such);
    tcase_add_test(t, failed_handshakes_are_told_apart);
    tcase_add_test(t, a_server_that_may_want_a_certificate_is_told_as_such);
    tcase_add_test(t, a_proxy_is_not_taken_for_the_server);
    suite_add_tcase(s, t);
    return s;
}
