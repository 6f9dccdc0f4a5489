#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "init/base/clock.h"
#include "probes/http_answer.h"
#include "probes/http_request.h"
#include "probes/protocols.h"
#include "probes/tls.h"

/* After the verdict, read the rest of the answer so that the server sees a whole exchange, but not for long. */
#define LINGER_US US_PER_S

/* What the rest of an answer is read for, once its headers have come. */
enum rest { REST_NONE, REST_EXPECTED, REST_REDIRECT, REST_REFUSAL };

struct exchange {
    struct http_answer answer;
    const char *method;
    unsigned followed; /* redirects */
    bool bodiless;     /* a redirect has taken the body away */
    bool answered;     /* the headers have come, interim ones apart */
    enum rest rest;
    long status;
};

static void judge_and_linger(struct attempt *a, enum verdict_class c, const char *text)
{
    a->linger = true;
    attempt_judge(a, c, "%s", text);
    a->deadline_us = clock_mono_us() + LINGER_US;
}

static void judge_status(struct attempt *a)
{
    const struct wire_probe_request *r = &a->request;
    struct exchange *x = a->own;
    char text[WIRE_TEXT_MAX];
    struct buf b = BUF_OVER(text);
    char *user = NULL;
    if (x->status == 401) {
        bool named = curl_url_get(a->url, CURLUPART_USER, &user, 0) == CURLUE_OK;
        buf_printf(&b, "HTTP 401: %s", named ? "the credentials in the URL are not accepted" : "it wants credentials");
        curl_free(user);
    } else if (r->status_min == r->status_max) {
        buf_printf(&b, "HTTP %ld, expected %u", x->status, r->status_min);
    } else {
        buf_printf(&b, "HTTP %ld, expected %u-%u", x->status, r->status_min, r->status_max);
    }
    judge_and_linger(a, x->status == 401 ? VERDICT_NOAUTH : VERDICT_STATUS, text);
}

/* A server may put anything into its answer, also what it was sent. */
static void judge_content(struct attempt *a, const char *why)
{
    judge_and_linger(a, VERDICT_CONTENT, http_request_repeats(a, why) ? "the answer is not as expected" : why);
}

static void judge_ok(struct attempt *a)
{
    const struct exchange *x = a->own;
    char text[32];
    struct buf b = BUF_OVER(text);
    buf_printf(&b, "HTTP %ld", x->status);
    judge_and_linger(a, VERDICT_OK, text);
}

static bool is_redirect(const struct exchange *x)
{
    bool status = x->status == 301 || x->status == 302 || x->status == 303 || x->status == 307 || x->status == 308;
    return status && x->answer.location[0] != '\0';
}

static void take_headers(struct attempt *a)
{
    const struct wire_probe_request *r = &a->request;
    struct exchange *x = a->own;
    char text[WIRE_TEXT_MAX];
    struct buf why = BUF_OVER(text);
    x->answered = true;
    a->verdict.http_status = (uint16_t)x->status;
    if (r->redirects > 0 && is_redirect(x)) {
        x->rest = REST_REDIRECT;
    } else if (x->status == 400 && (r->status_min > 400 || r->status_max < 400)) {
        x->rest = REST_REFUSAL;
    } else if (x->status < r->status_min || x->status > r->status_max) {
        judge_status(a);
    } else if (!http_answer_headers(&x->answer, &why)) {
        judge_content(a, text);
    } else if (r->expect_body[0] != '\0') {
        x->rest = REST_EXPECTED;
        a->stage = STAGE_BODY;
    } else {
        judge_ok(a);
    }
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct attempt *a = context;
    struct exchange *x = a->own;
    size_t len = size * count;
    a->header_bytes += len;
    if (a->header_bytes > ATTEMPT_HEADERS_MAX) {
        char target[TARGET_TEXT_MAX];
        attempt_target(a, target);
        attempt_judge(a, VERDICT_PROTOCOL, "%s sends more than %zu KiB of headers", target, ATTEMPT_HEADERS_MAX >> 10);
        return 0;
    }
    if (x->answered)
        return len; /* trailers */
    http_answer_line(&x->answer, bytes, len);
    bool block_ends = len > 0 && (bytes[0] == '\r' || bytes[0] == '\n');
    if (block_ends && a->state == ATTEMPT_TRANSFER &&
        curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &x->status) == CURLE_OK && x->status >= 200)
        take_headers(a);
    return len;
}

/* An answer without a status line: what else may be there? */
static void judge_other_protocol(struct attempt *a)
{
    const struct exchange *x = a->own;
    char target[TARGET_TEXT_MAX];
    attempt_target(a, target);
    if (http_answer_is_of_tls(&x->answer))
        attempt_judge(a, VERDICT_IS_TLS, "%s expects TLS: write https", target);
    else
        attempt_judge(a, VERDICT_PROTOCOL, "%s does not speak HTTP", target);
}

static void judge_refusal(struct attempt *a)
{
    const struct exchange *x = a->own;
    char target[TARGET_TEXT_MAX];
    attempt_target(a, target);
    if (http_answer_is_of_tls(&x->answer))
        attempt_judge(a, VERDICT_IS_TLS, "%s expects TLS (HTTP 400): write https", target);
    else if (http_answer_wants_certificate(&x->answer))
        attempt_judge(a, VERDICT_TLS, "%s wants a client certificate (HTTP 400): see \"tls\"", target);
    else
        judge_status(a);
}

static void judge_body(struct attempt *a)
{
    const struct exchange *x = a->own;
    char text[WIRE_TEXT_MAX];
    struct buf why = BUF_OVER(text);
    if (http_answer_body(&x->answer, &why))
        judge_ok(a);
    else
        judge_content(a, text);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct attempt *a = context;
    struct exchange *x = a->own;
    size_t len = size * count;
    a->body_bytes += len;
    bool wanted = !x->answered || x->rest == REST_EXPECTED || x->rest == REST_REFUSAL;
    if (a->state != ATTEMPT_TRANSFER || !wanted)
        return a->body_bytes <= ATTEMPT_BODY_MAX ? len : 0;
    bool room = http_answer_take(&x->answer, bytes, len);
    if (!x->answered)
        judge_other_protocol(a);
    else if (!room && x->rest == REST_EXPECTED)
        judge_body(a);
    return room && x->answered ? len : 0;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *one = NULL;
    char *other = NULL;
    bool same = curl_url_get(a, part, &one, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                curl_url_get(b, part, &other, CURLU_DEFAULT_PORT) == CURLUE_OK && strcasecmp(one, other) == 0;
    curl_free(one);
    curl_free(other);
    return same;
}

/* Credentials of the URL go along within its server only; a redirect brings none of its own. */
static bool copy_part(CURLU *from, CURLU *to, CURLUPart part, bool wanted)
{
    char *text = NULL;
    bool there = wanted && curl_url_get(from, part, &text, 0) == CURLUE_OK;
    CURLUcode code = curl_url_set(to, part, there ? text : NULL, 0);
    if (there)
        explicit_bzero(text, strlen(text));
    curl_free(text);
    return code == CURLUE_OK;
}

/* Where a redirect leads, or NULL when that is nowhere for HTTP. */
static CURLU *next_url(struct attempt *a, bool *same_server)
{
    const struct exchange *x = a->own;
    CURLU *next = curl_url_dup(a->url);
    char *scheme = NULL;
    bool good = next != NULL && curl_url_set(next, CURLUPART_URL, x->answer.location, CURLU_URLENCODE) == CURLUE_OK &&
                curl_url_get(next, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    curl_free(scheme);
    *same_server = good && same_part(a->url, next, CURLUPART_SCHEME) && same_part(a->url, next, CURLUPART_HOST) &&
                   same_part(a->url, next, CURLUPART_PORT);
    if (good && copy_part(a->url, next, CURLUPART_USER, *same_server) &&
        copy_part(a->url, next, CURLUPART_PASSWORD, *same_server))
        return next;
    curl_url_cleanup(next);
    return NULL;
}

/* RFC 9110 section 15.4: a POST becomes a GET, as with every browser. Elsewhere, nothing is left to be posted. */
static const char *next_method(const struct attempt *a)
{
    const struct exchange *x = a->own;
    if (strcmp(x->method, "HEAD") == 0)
        return x->method;
    bool found = x->status == 301 || x->status == 302;
    bool changes = x->status == 303 || (found && strcmp(x->method, "POST") == 0) || a->elsewhere;
    return changes ? "GET" : x->method;
}

static bool request_again(struct attempt *a, CURLU *next)
{
    struct exchange *x = a->own;
    bool removed = curl_multi_remove_handle(a->context->multi, a->easy) == CURLM_OK;
    curl_url_cleanup(a->url);
    a->url = next;
    const char *method = next_method(a);
    x->bodiless = x->bodiless || a->elsewhere || method != x->method;
    x->method = method;
    x->answered = false;
    x->rest = REST_NONE;
    http_answer_again(&x->answer);
    a->body_bytes = 0;
    a->stage = STAGE_RESOLVE;
    a->tls_flags = 0;
    return removed && attempt_note_url(a) == CURLUE_OK && curl_easy_setopt(a->easy, CURLOPT_CURLU, next) == CURLE_OK &&
           http_request_set(a, x->method, !a->elsewhere, !x->bodiless) == 0 &&
           curl_multi_add_handle(a->context->multi, a->easy) == CURLM_OK;
}

static void follow(struct attempt *a)
{
    struct exchange *x = a->own;
    bool same_server = false;
    if (x->followed == a->request.redirects) {
        attempt_judge(a, VERDICT_STATUS, "HTTP %ld, after %u redirects", x->status, x->followed);
        return;
    }
    CURLU *next = next_url(a, &same_server);
    if (next == NULL) {
        attempt_judge(a, VERDICT_STATUS, "HTTP %ld, to what is no HTTP URL", x->status);
        return;
    }
    x->followed++;
    a->elsewhere = a->elsewhere || !same_server;
    if (!request_again(a, next))
        attempt_judge(a, VERDICT_INTERNAL, "out of memory for a redirect");
}

/* The answer has come, or there will be no more of it. */
static void take_rest(struct attempt *a)
{
    const struct exchange *x = a->own;
    if (x->rest == REST_REDIRECT)
        follow(a);
    else if (x->rest == REST_REFUSAL)
        judge_refusal(a);
    else if (x->rest == REST_EXPECTED)
        judge_body(a);
    else
        attempt_judge(a, VERDICT_PROTOCOL, "the answer has no HTTP status");
}

static bool failed(struct attempt *a, CURLcode code)
{
    const struct exchange *x = a->own;
    bool enough =
        x != NULL && (x->rest == REST_REFUSAL || (x->rest == REST_REDIRECT && code != CURLE_OPERATION_TIMEDOUT));
    if (enough)
        take_rest(a);
    return enough;
}

static int prepare(struct attempt *a)
{
    CURL *c = a->easy;
    struct exchange *x = calloc(1, sizeof(*x));
    a->own = x;
    if (x == NULL)
        return -1;
    if (http_answer_init(&x->answer, &a->request) != 0) {
        attempt_judge(a, VERDICT_INTERNAL, "the expected headers cannot be read");
        return -1;
    }
    x->method = a->request.method;
    if (x->method[0] == '\0')
        x->method = a->request.body[0] == '\0' ? "GET" : "POST";
    /* What is no HTTP comes as a body without a status, so that it can be told what it is. */
    bool failed = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 1L) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_USERAGENT, "muster") != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_HEADERDATA, a) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_WRITEDATA, a) != CURLE_OK ||
                  http_request_set(a, x->method, true, true) != 0;
    return failed ? -1 : 0;
}

static void release(struct attempt *a)
{
    struct exchange *x = a->own;
    if (x != NULL)
        http_answer_free(&x->answer);
    free(x);
}

const struct protocol http_protocol = {
    .scheme = {"http", "https"},
    .prepare = prepare,
    .failed = failed,
    .connected = take_rest,
    .release = release,
};
