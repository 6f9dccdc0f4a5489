#include <string.h>

#include "init/base/clock.h"
#include "probes/protocols.h"

/* After the verdict, read the rest of the answer so that the server sees a whole exchange, but not for long. */
#define LINGER_US US_PER_S

static void judge_status(struct attempt *a, long status)
{
    const struct wire_probe_request *r = &a->request;
    a->verdict.http_status = (uint16_t)status;
    a->linger = true;
    if (status >= r->status_min && status <= r->status_max)
        attempt_judge(a, VERDICT_OK, "HTTP %ld", status);
    else if (r->status_min == r->status_max)
        attempt_judge(a, VERDICT_STATUS, "HTTP %ld, expected %u", status, r->status_min);
    else
        attempt_judge(a, VERDICT_STATUS, "HTTP %ld, expected %u-%u", status, r->status_min, r->status_max);
    a->deadline_us = clock_mono_us() + LINGER_US;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct attempt *a = context;
    size_t len = size * count;
    a->header_bytes += len;
    if (a->header_bytes > ATTEMPT_HEADERS_MAX) {
        char target[TARGET_TEXT_MAX];
        attempt_target(a, target);
        attempt_judge(a, VERDICT_PROTOCOL, "%s sends more than %zu KiB of headers", target, ATTEMPT_HEADERS_MAX >> 10);
        return 0;
    }
    long status = 0;
    bool block_ends = len > 0 && (bytes[0] == '\r' || bytes[0] == '\n');
    if (block_ends && a->state == ATTEMPT_TRANSFER &&
        curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 200)
        judge_status(a, status);
    return len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    struct attempt *a = context;
    a->body_bytes += size * count;
    return a->body_bytes <= ATTEMPT_BODY_MAX ? size * count : 0;
}

static int prepare(struct attempt *a)
{
    CURL *c = a->easy;
    bool failed = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_USERAGENT, "muster") != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_HEADERDATA, a) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) != CURLE_OK ||
                  curl_easy_setopt(c, CURLOPT_WRITEDATA, a) != CURLE_OK;
    return failed ? -1 : 0;
}

/* libcurl does not end an HTTP exchange well without a status; this is for the impossible. */
static void connected(struct attempt *a)
{
    attempt_judge(a, VERDICT_PROTOCOL, "the answer has no HTTP status");
}

const struct protocol http_protocol = {
    .scheme = {"http", "https"},
    .prepare = prepare,
    .connected = connected,
};
