#include "probes/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/base/url.h"
#include "probes/sandbox.h"
#include "probes/tls.h"
#include "probes/verdict.h"

/* Between looks at whether anything came. */
#define POLL_MS 1000
#define RECEIVE_BYTES 262144L
/* Of one answer, interim ones included. */
#define HEADERS_MAX ((size_t)64 << 10)

/* What is done with what an answer brings. */
enum use { USE_NONE, USE_CONTENT, USE_NOTHING_LEFT };

struct transfer {
    const struct fetch *f;
    struct tls_trust *trust;
    CURLM *multi;
    CURL *easy;
    enum use use;
    long status;
    bool afresh;
    uint64_t at;   /* of the file */
    uint64_t size; /* of the whole file; 0 = unknown */
    uint64_t told_us;
    size_t header_bytes;
    bool handshake; /* of TLS, has begun */
    bool no_authorities;
    uint32_t tls_flags;
    char range_start[24];                  /* of the answer */
    char host[256];                        /* as written */
    char target[TARGET_TEXT_MAX];          /* host and port, for messages */
    char shown[URL_MAX];                   /* the URL without what is confidential */
    char detail[CURL_ERROR_SIZE];          /* libcurl's words about TLS */
    char problem[URL_MAX + WIRE_TEXT_MAX]; /* found by ourselves while it was going on; else "" */
};

static void fail(struct transfer *t, const char *text)
{
    struct buf b = BUF_OVER(t->problem);
    buf_puts(&b, text);
}

/* ---- what a person sees ------------------------------------------------------------------------------------------ */

static void show_url(struct transfer *t, const char *url, bool redirected)
{
    struct url parts;
    struct buf b = BUF_OVER(t->shown);
    struct buf target = BUF_OVER(t->target);
    buf_reset(&b);
    buf_reset(&target);
    if (url_parse(url, strlen(url), &parts) != URL_OK) {
        buf_puts(&b, "the URL");
        buf_puts(&target, "the server");
        return;
    }
    uint16_t port = parts.port != 0 ? parts.port : strcmp(parts.scheme, "https") == 0 ? 443 : 80;
    memcpy(t->host, parts.host, sizeof(t->host));
    buf_printf(&target, "%s port %u", parts.host, port);
    /* Where a redirect leads may be secret all over. */
    if (redirected)
        buf_printf(&b, "%s, to which it was redirected,", t->target);
    else
        url_show(&parts, &b);
    explicit_bzero(&parts, sizeof(parts));
}

static void tell_progress(struct transfer *t)
{
    uint64_t now_us = clock_mono_us();
    if (now_us - t->told_us < FETCH_PROGRESS_S * US_PER_S)
        return;
    t->told_us = now_us;
    char text[64];
    struct buf b = BUF_OVER(text);
    uint64_t most = t->size > t->at ? t->size : t->at;
    uint64_t unit = most >= 10000000 ? 1000000 : 1000;
    buf_printf(&b, "%llu", (unsigned long long)(t->at / unit));
    if (t->size != 0)
        buf_printf(&b, " of %llu", (unsigned long long)(t->size / unit));
    buf_puts(&b, unit == 1000 ? " kB" : " MB");
    log_plain(text, b.len);
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

static void take_from_the_beginning(struct transfer *t)
{
    t->afresh = t->f->offset > 0;
    t->at = 0;
    if (lseek(t->f->fd, 0, SEEK_SET) < 0)
        fail(t, "cannot write from the beginning");
    t->use = USE_CONTENT;
}

static void take_the_rest(struct transfer *t)
{
    char expected[24];
    struct buf b = BUF_OVER(expected);
    buf_printf(&b, "%llu", (unsigned long long)t->f->offset);
    if (t->f->offset > 0 && strcmp(expected, t->range_start) == 0)
        t->use = USE_CONTENT;
    else
        fail(t, "the server sends another part of the file than it was asked for");
}

static void check_size(struct transfer *t)
{
    curl_off_t len = -1;
    bool known = curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &len) == CURLE_OK && len >= 0;
    t->size = known ? t->at + (uint64_t)len : 0;
    if (known && (uint64_t)len > t->f->size_max - t->at)
        fail(t, "the file is larger than a download may be");
}

static void take_headers(struct transfer *t)
{
    if (t->status == 200)
        take_from_the_beginning(t);
    else if (t->status == 206)
        take_the_rest(t);
    else if (t->status == 416 && t->f->offset > 0)
        t->use = USE_NOTHING_LEFT;
    if (t->use == USE_CONTENT)
        check_size(t);
}

/* "Content-Range: bytes 17-", RFC 9110 section 14.4: where the part begins. */
static void note_range(struct transfer *t, const char *line, size_t len)
{
    static const char name[] = "content-range: bytes ";
    size_t at = sizeof(name) - 1;
    if (len < at || strncasecmp(line, name, at) != 0)
        return;
    struct buf b = BUF_OVER(t->range_start);
    buf_reset(&b);
    while (at < len && line[at] >= '0' && line[at] <= '9')
        buf_putc(&b, line[at++]);
}

static size_t take_header(char *line, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t len = size * count;
    t->header_bytes += len;
    if (t->header_bytes > HEADERS_MAX)
        fail(t, "the server sends too many headers");
    note_range(t, line, len);
    bool block_ends = len > 0 && (line[0] == '\r' || line[0] == '\n');
    if (block_ends && t->use == USE_NONE &&
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status) == CURLE_OK && t->status >= 200)
        take_headers(t);
    return t->problem[0] == '\0' ? len : 0;
}

static size_t take_content(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t len = size * count;
    if (t->use != USE_CONTENT)
        return 0; /* what an error or a redirect says besides is not waited for */
    if (len > t->f->size_max - t->at) {
        fail(t, "the file is larger than a download may be");
        return 0;
    }
    if (fd_write_all(t->f->fd, bytes, len) != 0) {
        struct buf b = BUF_OVER(t->problem);
        buf_printf(&b, "cannot write what is fetched for %s: %s", t->f->path, strerror(errno));
        return 0;
    }
    t->at += len;
    tell_progress(t);
    return len;
}

/* ---- TLS --------------------------------------------------------------------------------------------------------- */

static int note_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    (void)certificate;
    (void)depth;
    struct transfer *t = context;
    t->tls_flags |= *flags;
    return 0;
}

static CURLcode trust_authorities(CURL *easy, void *ssl_config, void *context)
{
    (void)easy;
    struct transfer *t = context;
    t->handshake = true;
    mbedtls_ssl_conf_ca_chain(ssl_config, tls_trust_authorities(t->trust, &t->no_authorities), NULL);
    mbedtls_ssl_conf_verify(ssl_config, note_certificate, t);
    return CURLE_OK;
}

/* ---- the end of it ----------------------------------------------------------------------------------------------- */

static enum fetch_outcome judge_status(const struct transfer *t)
{
    bool passes = t->status == 408 || t->status == 425 || t->status == 429 || t->status >= 500;
    log_line(LOG_ERROR, "cannot fetch %s: %s answers HTTP %ld%s", t->f->path, t->shown, t->status,
             t->status == 401 ? ": it wants credentials" : "");
    return passes ? FETCH_LATER : FETCH_FAILED;
}

static bool happened(CURL *easy, CURLINFO moment)
{
    curl_off_t at_us = 0;
    return curl_easy_getinfo(easy, moment, &at_us) == CURLE_OK && at_us > 0;
}

static enum probe_stage stage_of(const struct transfer *t)
{
    if (t->status != 0)
        return STAGE_BODY;
    if (t->handshake)
        return happened(t->easy, CURLINFO_APPCONNECT_TIME_T) ? STAGE_ANSWER : STAGE_TLS;
    if (happened(t->easy, CURLINFO_CONNECT_TIME_T))
        return STAGE_ANSWER;
    return happened(t->easy, CURLINFO_NAMELOOKUP_TIME_T) ? STAGE_CONNECT : STAGE_RESOLVE;
}

static enum fetch_outcome judge_failure(const struct transfer *t, CURLcode code)
{
    char text[WIRE_TEXT_MAX];
    struct buf b = BUF_OVER(text);
    long os_errno = 0;
    curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_errno);
    const struct transfer_failure f = {.code = code,
                                       .os_errno = (int)os_errno,
                                       .stage = stage_of(t),
                                       .tls_no_authorities = t->no_authorities,
                                       .tls_flags = t->tls_flags,
                                       .timeout_ms = t->f->stall_ms,
                                       .name = t->host,
                                       .target = t->target,
                                       .detail = t->detail};
    buf_reset(&b);
    enum verdict_class verdict = VERDICT_TIMEOUT;
    if (code == CURLE_OPERATION_TIMEDOUT && f.stage >= STAGE_ANSWER)
        buf_printf(&b, "nothing more comes from %s", t->target);
    else
        verdict = verdict_of_failure(&f, &b);
    bool refused = t->tls_flags != 0 && verdict != VERDICT_TLS_TIME;
    bool passes = !refused && !verdict_is_permanent(verdict) && verdict != VERDICT_INTERNAL;
    log_line(LOG_ERROR, "cannot fetch %s: %s%s", t->f->path, text,
             passes && t->at > 0 ? "; what has come is kept for the next attempt" : "");
    return passes ? FETCH_LATER : FETCH_FAILED;
}

static enum fetch_outcome judge(const struct transfer *t, CURLcode code)
{
    if (t->problem[0] != '\0') {
        log_line(LOG_ERROR, "cannot fetch %s: %s", t->f->path, t->problem);
        return FETCH_FAILED;
    }
    if (t->use == USE_NOTHING_LEFT)
        return FETCH_DONE;
    if (t->status != 0 && t->use == USE_NONE)
        return judge_status(t);
    if (code != CURLE_OK)
        return judge_failure(t, code);
    return t->afresh ? FETCH_AFRESH : FETCH_DONE;
}

/* ---- the transfer ------------------------------------------------------------------------------------------------ */

static CURLcode transfer_once(struct transfer *t)
{
    CURLcode code = CURLE_OK;
    int running = 1;
    int queued;
    t->status = 0;
    t->handshake = false;
    t->header_bytes = 0;
    if (curl_multi_add_handle(t->multi, t->easy) != CURLM_OK)
        return CURLE_OUT_OF_MEMORY;
    while (running > 0 && curl_multi_perform(t->multi, &running) == CURLM_OK && running > 0) {
        if (curl_multi_poll(t->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
            break;
    }
    const CURLMsg *message = curl_multi_info_read(t->multi, &queued);
    code = message != NULL && message->msg == CURLMSG_DONE ? message->data.result : CURLE_RECV_ERROR;
    return curl_multi_remove_handle(t->multi, t->easy) == CURLM_OK ? code : CURLE_OUT_OF_MEMORY;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Not left to libcurl, which would let http lead to https and back. Credentials stay with their server, since they are in
 * its URL. */
static bool follow(struct transfer *t, bool *secure)
{
    const char *next = NULL;
    if (curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &next) != CURLE_OK || next == NULL)
        return false;
    bool to_secure = strncasecmp(next, "https://", 8) == 0;
    if (!to_secure && strncasecmp(next, "http://", 7) != 0) {
        fail(t, "a redirect leads to what is neither http nor https");
        return false;
    }
    if (*secure && !to_secure) {
        fail(t, "a redirect leads from https to what is not");
        return false;
    }
    *secure = to_secure;
    show_url(t, next, true);
    char *copy = strdup(next); /* libcurl's own goes with the option */
    bool set = copy != NULL && curl_easy_setopt(t->easy, CURLOPT_URL, copy) == CURLE_OK;
    free(copy);
    return set;
}

static enum fetch_outcome transfer(struct transfer *t)
{
    bool secure = strncasecmp(t->f->url, "https://", 8) == 0;
    CURLcode code = transfer_once(t);
    for (int i = 0; is_redirect(t->status) && t->problem[0] == '\0'; i++) {
        if (i == FETCH_REDIRECTS_MAX)
            fail(t, "it leads from one server to the next");
        else if (follow(t, &secure))
            code = transfer_once(t);
        else
            break;
    }
    return judge(t, code);
}

static bool configure_callbacks(struct transfer *t)
{
    CURL *c = t->easy;
    return curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->detail) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERDATA, t) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_content) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CAINFO, NULL) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, trust_authorities) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, t) == CURLE_OK;
}

static bool configure(struct transfer *t)
{
    CURL *c = t->easy;
    char range[24];
    struct buf b = BUF_OVER(range);
    buf_printf(&b, "%llu-", (unsigned long long)t->f->offset);
    long stall_s = t->f->stall_ms < 1000 ? 1 : (long)(t->f->stall_ms / 1000);
    return curl_easy_setopt(c, CURLOPT_URL, t->f->url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, "muster") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_RANGE, t->f->offset > 0 ? range : NULL) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_BUFFERSIZE, RECEIVE_BYTES) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)t->f->stall_ms) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, stall_s) == CURLE_OK;
}

enum fetch_outcome fetch_run(const struct fetch *f)
{
    struct err e;
    size_t descriptors;
    struct transfer t = {.f = f, .at = f->offset, .told_us = clock_mono_us(), .trust = tls_trust_open()};
    enum fetch_outcome outcome = FETCH_BROKEN;
    bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && (t.multi = curl_multi_init()) != NULL &&
                 t.trust != NULL && lseek(f->fd, (off_t)f->offset, SEEK_SET) >= 0;
    show_url(&t, f->url, false);
    if (ready && sandbox_enter(&descriptors, &e) != 0)
        log_line(LOG_ERROR, "%s", e.text);
    else if (!ready || (t.easy = curl_easy_init()) == NULL || !configure(&t) || !configure_callbacks(&t))
        log_line(LOG_ERROR, "cannot start libcurl");
    else
        outcome = transfer(&t);
    curl_easy_cleanup(t.easy);
    curl_multi_cleanup(t.multi);
    curl_global_cleanup();
    tls_trust_close(t.trust);
    return outcome;
}
