#include <poll.h>
#include <string.h>

#include "init/base/clock.h"
#include "probes/protocols.h"
#include "probes/redis_reply.h"

static int prepare(struct attempt *a)
{
    bool failed = curl_easy_setopt(a->easy, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK ||
                  curl_easy_setopt(a->easy, CURLOPT_SSL_ENABLE_ALPN, 0L) != CURLE_OK;
    return failed ? -1 : 0;
}

static void judge_finding(struct attempt *a, const struct redis_finding *f)
{
    memcpy(a->verdict.redis_role, f->role, sizeof(f->role));
    a->verdict.redis_loading = f->loading;
    attempt_judge(a, f->verdict, "%s", f->text);
}

static void judge_closed(struct attempt *a)
{
    struct redis_finding f;
    if (redis_talk_closed(a->talk, &f)) {
        judge_finding(a, &f);
        return;
    }
    char target[TARGET_TEXT_MAX];
    attempt_target(a, target);
    bool certificate = a->verdict.tls_version != 13 || (a->request.tls_files & 1U << WIRE_TLS_CERTIFICATE) != 0;
    attempt_judge(a, VERDICT_RESET, "%s accepted the connection and closed it without an answer%s", target,
                  certificate ? "" : WANTS_CERTIFICATE);
}

/* A failure to send is no verdict: a server that is full says so and closes before it reads anything. */
static void send_commands(struct attempt *a)
{
    size_t len = 0;
    const char *bytes = redis_talk_output(a->talk, &len);
    a->events = POLLIN;
    while (len > 0) {
        size_t sent = 0;
        CURLcode code = attempt_send(a, bytes, len, &sent);
        if (code == CURLE_AGAIN)
            a->events = POLLIN | POLLOUT;
        if (code != CURLE_OK)
            return;
        redis_talk_sent(a->talk, sent);
        bytes = redis_talk_output(a->talk, &len);
    }
}

static void receive_replies(struct attempt *a)
{
    char bytes[4096];
    struct redis_finding f;
    for (;;) {
        size_t got = 0;
        CURLcode code = attempt_receive(a, bytes, sizeof(bytes), &got);
        if (code == CURLE_AGAIN)
            return;
        if (code != CURLE_OK || got == 0) {
            judge_closed(a);
            return;
        }
        if (redis_talk_feed(a->talk, bytes, got, &f)) {
            judge_finding(a, &f);
            return;
        }
    }
}

static void ready(struct attempt *a, uint64_t now_us)
{
    (void)now_us;
    send_commands(a);
    receive_replies(a);
}

static void connected(struct attempt *a)
{
    a->talk = redis_talk_new(&a->request);
    if (a->talk == NULL) {
        attempt_judge(a, VERDICT_INTERNAL, "out of memory for another attempt");
        return;
    }
    attempt_exchange(a, POLLIN, CLOCK_NEVER);
    if (a->state == ATTEMPT_EXCHANGE)
        send_commands(a);
}

static bool failed(struct attempt *a, CURLcode code)
{
    struct redis_finding f;
    if (code != CURLE_OPERATION_TIMEDOUT || a->talk == NULL || !redis_talk_closed(a->talk, &f))
        return false;
    judge_finding(a, &f);
    return true;
}

const struct protocol redis_protocol = {
    .scheme = {"http", "https"},
    .prepare = prepare,
    .failed = failed,
    .connected = connected,
    .ready = ready,
    .talks_plainly = true,
};
