/*
 * The probes that are a conversation of messages: libcurl connects, and the talk goes over its connection.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/clock.h"
#include "probes/grpc_talk.h"
#include "probes/mysql_talk.h"
#include "probes/postgres_talk.h"
#include "probes/protocols.h"
#include "probes/talk.h"

static int prepare(struct attempt *a)
{
    bool failed = curl_easy_setopt(a->easy, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK ||
                  curl_easy_setopt(a->easy, CURLOPT_SSL_ENABLE_ALPN, 0L) != CURLE_OK;
    return failed ? -1 : 0;
}

/* A failure to send is no verdict: a server that is full says so and closes before it reads anything. */
static void send_output(struct attempt *a)
{
    struct talk *t = a->own;
    size_t at = 0;
    size_t sent = 0;
    CURLcode code = CURLE_OK;
    while (at < t->output_len && code == CURLE_OK) {
        code = attempt_send(a, t->output + at, t->output_len - at, &sent);
        at += code == CURLE_OK ? sent : 0;
    }
    a->events = code == CURLE_AGAIN ? POLLIN | POLLOUT : POLLIN;
    t->output_len -= at;
    memmove(t->output, t->output + at, t->output_len);
}

static void judge_closed(struct attempt *a)
{
    const struct talk *t = a->own;
    char target[TARGET_TEXT_MAX];
    attempt_target(a, target);
    attempt_judge(a, VERDICT_RESET, "%s accepted the connection and closed it %s", target,
                  t->total > 0 ? "in the middle of the conversation" : "without an answer");
}

/* What is said at the end, a goodbye, goes out if it can. */
static bool hear(struct attempt *a, const unsigned char *bytes, size_t len)
{
    struct talk *t = a->own;
    bool over = talk_feed(t, bytes, len);
    send_output(a);
    if (over)
        attempt_judge(a, t->verdict, "%s", t->text);
    return over;
}

static void ready(struct attempt *a, uint64_t now_us)
{
    (void)now_us;
    unsigned char bytes[4096];
    bool over = false;
    send_output(a);
    while (!over) {
        size_t got = 0;
        CURLcode code = attempt_receive(a, bytes, sizeof(bytes), &got);
        if (code == CURLE_AGAIN)
            return;
        over = code != CURLE_OK || got == 0;
        if (over)
            judge_closed(a);
        else
            over = hear(a, bytes, got);
    }
}

static void begin(struct attempt *a, const struct talk_kind *kind)
{
    a->own = malloc(sizeof(struct talk));
    if (a->own == NULL) {
        attempt_judge(a, VERDICT_INTERNAL, "out of memory for another attempt");
        return;
    }
    talk_begin(a->own, kind, &a->request);
    attempt_exchange(a, POLLIN, CLOCK_NEVER);
    if (a->state == ATTEMPT_EXCHANGE)
        send_output(a);
}

static void release(struct attempt *a)
{
    free(a->own);
}

static void connected_grpc(struct attempt *a)
{
    begin(a, &grpc_talk);
}

static void connected_postgres(struct attempt *a)
{
    begin(a, &postgres_talk);
}

static void connected_mysql(struct attempt *a)
{
    begin(a, &mysql_talk);
}

const struct protocol grpc_protocol = {
    .scheme = {"http", "https"},
    .prepare = prepare,
    .connected = connected_grpc,
    .ready = ready,
    .talks_plainly = true,
    .release = release,
};

const struct protocol postgres_protocol = {
    .scheme = {"http", "https"},
    .prepare = prepare,
    .connected = connected_postgres,
    .ready = ready,
    .talks_plainly = true,
    .release = release,
};

const struct protocol mysql_protocol = {
    .scheme = {"http", "https"},
    .prepare = prepare,
    .connected = connected_mysql,
    .ready = ready,
    .talks_plainly = true,
    .release = release,
};
