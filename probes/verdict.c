#include "probes/verdict.h"

#include <errno.h>
#include <string.h>

#include <mbedtls/x509.h>

static const struct {
    CURLcode code;
    enum verdict_class verdict;
    const char *text;
} by_code[] = {
    {CURLE_GOT_NOTHING, VERDICT_RESET, "accepted the connection and closed it without an answer"},
    {CURLE_SEND_ERROR, VERDICT_RESET, "closed the connection while the request was being sent"},
    {CURLE_RECV_ERROR, VERDICT_RESET, "closed the connection before the answer was complete"},
    {CURLE_PARTIAL_FILE, VERDICT_RESET, "closed the connection before the answer was complete"},
    {CURLE_UNSUPPORTED_PROTOCOL, VERDICT_PROTOCOL, "does not speak HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, VERDICT_PROTOCOL, "does not speak HTTP"},
    {CURLE_HTTP2, VERDICT_PROTOCOL, "does not speak HTTP/1.1"},
    {CURLE_TOO_LARGE, VERDICT_PROTOCOL, "sends an answer with too many or too large headers"},
};

static const struct {
    uint32_t flag;
    const char *text;
} by_tls_flag[] = {
    {MBEDTLS_X509_BADCERT_EXPIRED, "has expired"},
    {MBEDTLS_X509_BADCERT_FUTURE, "is not valid yet (is this machine's clock right?)"},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, "is for another name"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "is not signed by an authority known here (self-signed?)"},
    {MBEDTLS_X509_BADCERT_REVOKED, "has been revoked"},
    {MBEDTLS_X509_BADCERT_MISSING, "is missing"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
     "is not meant for servers"},
    {MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
     "uses a hash or key that is too weak"},
};

#define FATAL_ALERT "(-0x7780)"

/* What a failed handshake looks like in libcurl's text: its own words when the connection broke, else Mbed TLS's error
 * code as a hexadecimal number. */
static const struct {
    const char *words;
    enum verdict_class verdict;
    const char *text;
} by_handshake[] = {
    {"Recv failure", VERDICT_RESET, "closed the connection during the TLS handshake"},
    {"Send failure", VERDICT_RESET, "closed the connection during the TLS handshake"},
    {"(-0x7280)", VERDICT_RESET, "closed the connection during the TLS handshake"}, /* SSL_CONN_EOF */
    {"(-0x0050)", VERDICT_RESET, "closed the connection during the TLS handshake"}, /* NET_CONN_RESET */
    {"(-0x7200)", VERDICT_PROTOCOL,
     "does not speak TLS: is it http, ws or redis without the s?"},                      /* SSL_INVALID_RECORD */
    {"(-0x7700)", VERDICT_TLS, "does not speak TLS as expected"},                        /* SSL_UNEXPECTED_MESSAGE */
    {"(-0x6E80)", VERDICT_TLS, "and this side have no TLS version or cipher in common"}, /* SSL_HANDSHAKE_FAILURE */
    {"(-0x6E00)", VERDICT_TLS, "offers no TLS version that is still safe"},              /* SSL_BAD_PROTOCOL_VERSION */
    {FATAL_ALERT, VERDICT_TLS, "refused the TLS handshake"},                             /* SSL_FATAL_ALERT_MESSAGE */
};

static enum verdict_class refused_certificate(const struct transfer_failure *f, struct buf *text)
{
    if (f->tls_no_authorities) {
        buf_puts(text, "cannot check the certificate: there are no CA certificates here; "
                       "add /etc/ssl/certs/ca-certificates.crt to the image or set SSL_CERT_FILE");
        return VERDICT_TLS;
    }
    buf_printf(text, "the certificate of %s", f->target);
    const char *separator = " ";
    for (size_t i = 0; i < sizeof(by_tls_flag) / sizeof(by_tls_flag[0]); i++) {
        if ((f->tls_flags & by_tls_flag[i].flag) == 0)
            continue;
        buf_printf(text, "%s%s", separator, by_tls_flag[i].text);
        separator = ", ";
    }
    if (separator[0] == ' ')
        buf_puts(text, " cannot be verified");
    uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    if (f->tls_flags & MBEDTLS_X509_BADCERT_CN_MISMATCH)
        return VERDICT_TLS_NAME;
    return f->tls_flags != 0 && (f->tls_flags & ~dates) == 0 ? VERDICT_TLS_TIME : VERDICT_TLS;
}

static enum verdict_class failed_handshake(const struct transfer_failure *f, struct buf *text)
{
    if (f->tls_flags != 0 || f->code == CURLE_PEER_FAILED_VERIFICATION)
        return refused_certificate(f, text);
    for (size_t i = 0; i < sizeof(by_handshake) / sizeof(by_handshake[0]); i++) {
        if (strstr(f->detail, by_handshake[i].words) == NULL)
            continue;
        buf_printf(text, "%s %s", f->target, by_handshake[i].text);
        if (strcmp(by_handshake[i].words, FATAL_ALERT) == 0 && !f->tls_certificate)
            buf_puts(text, WANTS_CERTIFICATE);
        return by_handshake[i].verdict;
    }
    buf_printf(text, "the TLS handshake with %s failed: %s", f->target, f->detail);
    return VERDICT_TLS;
}

static enum verdict_class failed_local_connect(const struct transfer_failure *f, struct buf *text)
{
    switch (f->os_errno) {
    case ENOENT:
        buf_printf(text, "there is no socket %s", f->name);
        return VERDICT_REFUSED;
    case ECONNREFUSED:
        buf_printf(text, "nobody listens on the socket %s", f->name);
        return VERDICT_REFUSED;
    case EAGAIN:
        buf_printf(text, "the queue of the socket %s is full", f->name);
        return VERDICT_BUSY;
    case EACCES:
    case EPERM:
        buf_printf(text,
                   "no permission for the socket %s; probes run as nobody (uid 65534) when muster runs as root: "
                   "let everybody connect (redis: unixsocketperm 777)",
                   f->name);
        return VERDICT_UNREACHABLE;
    default:
        buf_printf(text, "cannot connect to the socket %s: %s", f->name, strerror(f->os_errno));
        return VERDICT_UNREACHABLE;
    }
}

static enum verdict_class failed_connect(const struct transfer_failure *f, struct buf *text)
{
    if (f->local)
        return failed_local_connect(f, text);
    switch (f->os_errno) {
    case ECONNREFUSED:
        buf_printf(text, "connection refused by %s", f->target);
        return VERDICT_REFUSED;
    case ECONNRESET:
    case EPIPE:
        buf_printf(text, "%s reset the connection at once", f->target);
        return VERDICT_RESET;
    case ETIMEDOUT:
        buf_printf(text, "%s does not answer", f->target);
        return VERDICT_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        buf_printf(text, "out of sockets: %s", strerror(f->os_errno));
        return VERDICT_INTERNAL;
    case 0:
        buf_printf(text, "cannot connect to %s", f->target);
        return VERDICT_UNREACHABLE;
    default:
        buf_printf(text, "no way to %s: %s", f->target, strerror(f->os_errno));
        return VERDICT_UNREACHABLE;
    }
}

/* Through a proxy, this is about the proxy, and a status is its answer to CONNECT. */
static enum verdict_class failed_proxy(const struct transfer_failure *f, struct buf *text)
{
    if (f->code == CURLE_COULDNT_RESOLVE_PROXY) {
        buf_puts(text, "the name of the proxy does not resolve");
        return VERDICT_RESOLVE;
    }
    buf_printf(text, "the proxy answers HTTP %ld instead of connecting to %s", f->proxy_status, f->target);
    return f->proxy_status == 407 ? VERDICT_NOAUTH : VERDICT_UNREACHABLE;
}

/* What the attempt was doing when its time was up. A slow name server says nothing about whom the name stands for. */
static enum verdict_class timed_out(const struct transfer_failure *f, struct buf *text)
{
    static const struct {
        enum verdict_class verdict;
        const char *doing;
    } stages[] = {
        [STAGE_RESOLVE] = {VERDICT_RESOLVE, "still resolving the name of"},
        [STAGE_CONNECT] = {VERDICT_TIMEOUT, "still connecting to"},
        [STAGE_TLS] = {VERDICT_TIMEOUT, "still in the TLS handshake with"},
        [STAGE_ANSWER] = {VERDICT_TIMEOUT, "connected, but no answer from"},
        [STAGE_BODY] = {VERDICT_TIMEOUT, "headers came, but the body did not end, from"},
    };
    buf_printf(text, "not done within %u ms: %s %s", f->timeout_ms, stages[f->stage].doing,
               f->stage == STAGE_RESOLVE ? f->name : f->target);
    return stages[f->stage].verdict;
}

enum verdict_class verdict_of_failure(const struct transfer_failure *f, struct buf *text)
{
    if (f->code == CURLE_COULDNT_RESOLVE_PROXY || (f->proxy_status >= 300 && f->code != CURLE_OPERATION_TIMEDOUT))
        return failed_proxy(f, text);
    switch (f->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        buf_printf(text, "the name \"%s\" does not resolve", f->name);
        return VERDICT_RESOLVE;
    case CURLE_COULDNT_CONNECT:
        return failed_connect(f, text);
    case CURLE_OPERATION_TIMEDOUT:
        return timed_out(f, text);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return failed_handshake(f, text);
    case CURLE_URL_MALFORMAT:
        buf_puts(text, "the URL cannot be used for a probe");
        return VERDICT_INTERNAL;
    default:
        break;
    }
    for (size_t i = 0; i < sizeof(by_code) / sizeof(by_code[0]); i++) {
        if (by_code[i].code != f->code)
            continue;
        buf_printf(text, "%s %s", f->target, by_code[i].text);
        if (by_code[i].verdict == VERDICT_RESET && f->tls_handshaken && !f->tls_certificate)
            buf_puts(text, WANTS_CERTIFICATE);
        return by_code[i].verdict;
    }
    buf_printf(text, "cannot probe %s: %s", f->target, curl_easy_strerror(f->code));
    return VERDICT_INTERNAL;
}
