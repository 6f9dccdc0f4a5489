#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include <mbedtls/base64.h>
#include <mbedtls/sha1.h>

#include "probes/http_request.h"
#include "probes/protocols.h"

/* RFC 6455 section 4.1: 16 random bytes in base64, and what the server has to make of them. */
#define KEY_BYTES 16
#define KEY_TEXT_MAX 32
#define SHA1_BYTES 20
static const char handshake_guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static const char accept_header[] = "Sec-WebSocket-Accept:";

static bool base64(const unsigned char *bytes, size_t len, char *out, size_t cap)
{
    size_t written;
    return mbedtls_base64_encode((unsigned char *)out, cap, &written, bytes, len) == 0;
}

/* libcurl sends a key but does not look at the answer to it, so the key is ours. */
static bool make_key(struct attempt *a, char key[KEY_TEXT_MAX])
{
    unsigned char nonce[KEY_BYTES];
    unsigned char digest[SHA1_BYTES];
    if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce) ||
        !base64(nonce, sizeof(nonce), key, KEY_TEXT_MAX))
        return false;
    char answer_of[KEY_TEXT_MAX + sizeof(handshake_guid)];
    struct buf b = BUF_OVER(answer_of);
    buf_puts(&b, key);
    buf_puts(&b, handshake_guid);
    return mbedtls_sha1((const unsigned char *)answer_of, b.len, digest) == 0 &&
           base64(digest, sizeof(digest), a->websocket_accept, sizeof(a->websocket_accept));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void check_accept(struct attempt *a, const char *line, size_t len)
{
    size_t at = sizeof(accept_header) - 1;
    if (len < at || strncasecmp(line, accept_header, at) != 0)
        return;
    while (at < len && is_blank(line[at]))
        at++;
    while (len > at && is_blank(line[len - 1]))
        len--;
    size_t expected = strlen(a->websocket_accept);
    a->websocket_accepted = len - at == expected && memcmp(line + at, a->websocket_accept, expected) == 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct attempt *a = context;
    size_t len = size * count;
    a->header_bytes += len;
    if (a->header_bytes > ATTEMPT_HEADERS_MAX)
        return 0;
    check_accept(a, bytes, len);
    return len;
}

static int prepare(struct attempt *a)
{
    CURL *c = a->easy;
    char key[KEY_TEXT_MAX];
    char header[KEY_TEXT_MAX + 32];
    struct buf b = BUF_OVER(header);
    if (!make_key(a, key))
        return -1;
    buf_printf(&b, "Sec-WebSocket-Key: %s", key);
    a->headers = curl_slist_append(NULL, header);
    bool failed = a->headers == NULL || http_request_headers(a) != 0 ||
                  curl_easy_setopt(c, CURLOPT_HTTPHEADER, a->headers) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "ws,wss") != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 2L) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_USERAGENT, "muster") != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_HEADERDATA, a) != CURLE_OK;
    return failed ? -1 : 0;
}

static void say_goodbye(struct attempt *a)
{
    /* Status 1000, normal closure: RFC 6455 section 7.4.1. Best effort; servers log a missing one. */
    static const char normal_closure[] = {0x03, (char)0xE8};
    size_t sent;
    (void)curl_ws_send(a->easy, normal_closure, sizeof(normal_closure), &sent, 0, CURLWS_CLOSE);
}

/* With CONNECT_ONLY, libcurl counts it as a success when the server closes instead of answering. */
static void connected(struct attempt *a)
{
    long status = 0;
    curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
    a->verdict.http_status = (uint16_t)status;
    if (status == 101 && a->websocket_accepted) {
        say_goodbye(a);
        attempt_judge(a, VERDICT_OK, "WebSocket handshake done");
        return;
    }
    char target[TARGET_TEXT_MAX];
    attempt_target(a, target);
    if (status == 0)
        attempt_judge(a, VERDICT_RESET, "%s accepted the connection and closed it without an answer", target);
    else
        attempt_judge(a, VERDICT_PROTOCOL, "%s switches protocols, but not as a WebSocket server does (RFC 6455)",
                      target);
}

static bool failed(struct attempt *a, CURLcode code)
{
    long status = 0;
    char target[TARGET_TEXT_MAX];
    attempt_target(a, target);
    if (a->header_bytes > ATTEMPT_HEADERS_MAX) {
        attempt_judge(a, VERDICT_PROTOCOL, "%s sends more than %zu KiB of headers", target, ATTEMPT_HEADERS_MAX >> 10);
        return true;
    }
    curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_HTTP_RETURNED_ERROR || status == 0)
        return false;
    a->verdict.http_status = (uint16_t)status;
    if (status < 300)
        attempt_judge(a, VERDICT_PROTOCOL, "%s answers HTTP %ld: there is a web server, but no WebSocket on this path",
                      target, status);
    else if (status == 401)
        attempt_judge(a, VERDICT_NOAUTH, "HTTP 401 instead of a WebSocket handshake: it wants credentials");
    else
        attempt_judge(a, VERDICT_STATUS, "HTTP %ld instead of a WebSocket handshake%s", status,
                      status == 400 ? ": does it expect TLS (wss), or another path or header?" : "");
    return true;
}

const struct protocol websocket_protocol = {
    .scheme = {"ws", "wss"},
    .prepare = prepare,
    .failed = failed,
    .connected = connected,
};
