#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "init/base/clock.h"
#include "probes/protocols.h"

static int prepare(struct attempt *a)
{
    bool failed = curl_easy_setopt(a->easy, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK ||
                  curl_easy_setopt(a->easy, CURLOPT_SSL_ENABLE_ALPN, 0L) != CURLE_OK;
    return failed ? -1 : 0;
}

/* A port forwarder with nothing behind it accepts and closes at once: the connection has to last. */
static void connected(struct attempt *a)
{
    if (a->request.hold_us == 0)
        attempt_judge(a, VERDICT_OK, "connected");
    else
        attempt_exchange(a, POLLIN, clock_mono_us() + a->request.hold_us);
}

static void ready(struct attempt *a, uint64_t now_us)
{
    char byte;
    ssize_t n = recv(a->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN && now_us < a->wake_us)
        return;
    if (n > 0 || (n < 0 && errno == EAGAIN)) {
        attempt_judge(a, VERDICT_OK, "connected");
        return;
    }
    char target[TARGET_TEXT_MAX];
    attempt_target(a, target);
    attempt_judge(a, VERDICT_RESET, "%s accepted the connection and closed it at once", target);
}

const struct protocol tcp_protocol = {
    .scheme = {"http", "https"},
    .prepare = prepare,
    .connected = connected,
    .ready = ready,
    .talks_plainly = true,
};
