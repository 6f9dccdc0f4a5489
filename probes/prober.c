#include "probes/prober.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <curl/curl.h>

#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/wire/channel.h"
#include "probes/sandbox.h"
#include "probes/target.h"
#include "probes/tls.h"

/* Requests taken from the channel before sockets get their turn again. */
#define REQUESTS_PER_ROUND 64

/* Waiting is woken by descriptors; this only bounds it. */
#define WAIT_MAX_MS 60000U

struct prober {
    int channel_fd;
    bool channel_full;
    struct attempt_context context;
    struct targets *targets;
    struct curl_waitfd fds[TARGETS_MAX + 1];
};

/* What becomes of the prober after a piece of work. */
enum going { GOING_ON, GOING_CLOSED, GOING_BROKEN };

static enum going refuse(struct prober *p, const struct wire_probe_request *r, const char *why)
{
    struct err e;
    struct wire_verdict v = {.type = WIRE_VERDICT, .id = r->id, .attempt = r->attempt, .verdict = VERDICT_INTERNAL};
    struct buf text = BUF_OVER(v.text);
    buf_puts(&text, why);
    return channel_send(p->channel_fd, &v, sizeof(v), &e) < 0 ? GOING_CLOSED : GOING_ON;
}

static enum going serve_probe(struct prober *p, const union wire_message *m, size_t len)
{
    struct err why;
    struct wire_probe_request request;
    if (wire_unpack_probe(m->probe, len, &request, &why) != 0)
        return refuse(p, &request, why.text);
    if (request.id >= TARGETS_MAX)
        return refuse(p, &request, "too many targets for one prober");
    if (targets_begin(p->targets, request.id, m->probe, len, clock_mono_us()) != 0)
        return refuse(p, &request, "out of memory for another attempt");
    return GOING_ON;
}

static enum going serve(struct prober *p, const union wire_message *m, size_t len)
{
    if (len >= sizeof(m->type) && m->type == WIRE_PROBE)
        return serve_probe(p, m, len);
    if (len == sizeof(m->cancel) && m->type == WIRE_CANCEL) {
        targets_cancel(p->targets, m->cancel.id);
        return GOING_ON;
    }
    log_line(LOG_ERROR, "prober: a request has an unknown type or length");
    return GOING_BROKEN;
}

static enum going serve_channel(struct prober *p)
{
    struct err e;
    union wire_message m;
    enum going going = GOING_ON;
    for (int i = 0; going == GOING_ON && i < REQUESTS_PER_ROUND; i++) {
        size_t len = 0;
        int got = channel_receive(p->channel_fd, &m, &len, &e);
        if (got == 0)
            break;
        going = got < 0 ? GOING_CLOSED : serve(p, &m, len);
    }
    explicit_bzero(&m, sizeof(m));
    return going;
}

static void serve_libcurl(struct prober *p)
{
    int running = 0;
    int queued = 0;
    curl_multi_perform(p->context.multi, &running);
    const CURLMsg *message;
    while ((message = curl_multi_info_read(p->context.multi, &queued)) != NULL) {
        struct attempt *a = NULL;
        if (message->msg == CURLMSG_DONE && curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &a) == CURLE_OK &&
            a != NULL)
            attempt_transfer_done(a, message->data.result);
    }
}

static void wait_for_work(struct prober *p)
{
    short channel_events = p->channel_full ? CURL_WAIT_POLLIN | CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN;
    p->fds[0] = (struct curl_waitfd){.fd = p->channel_fd, .events = channel_events};
    unsigned count = 1 + targets_descriptors(p->targets, p->fds + 1);
    uint64_t now = clock_mono_us();
    uint64_t next = targets_next_us(p->targets);
    uint64_t ms = next <= now ? 0 : (next - now + US_PER_MS - 1) / US_PER_MS;
    curl_multi_poll(p->context.multi, p->fds, count, (int)(ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS), NULL);
}

static enum going report(struct prober *p)
{
    struct err e;
    int sent = targets_report(p->targets, p->channel_fd, &e);
    p->channel_full = sent == 0;
    return sent < 0 ? GOING_CLOSED : GOING_ON;
}

static enum going run(struct prober *p)
{
    enum going going = GOING_ON;
    while (going == GOING_ON) {
        wait_for_work(p);
        going = serve_channel(p);
        if (going != GOING_ON)
            break;
        serve_libcurl(p);
        targets_advance(p->targets, clock_mono_us());
        going = report(p);
    }
    return going;
}

/* What the parent needs not know about: other descriptors, its terminal's signals, broken pipes. */
static void settle(int channel_fd)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    setsid();
    syscall(SYS_close_range, (unsigned)channel_fd + 1, UINT_MAX, 0);
}

static bool start(struct prober *p, struct err *e)
{
    p->context.trust = tls_trust_open();
    if (p->context.trust == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(e, ERR_SYS, 0, "cannot start libcurl") == 0;
    p->context.multi = curl_multi_init();
    p->targets = targets_new(&p->context);
    if (p->context.multi == NULL || p->targets == NULL)
        return err_set(e, ERR_SYS, 0, "out of memory") == 0;
    return sandbox_enter(e) == 0;
}

int prober_main(int channel_fd)
{
    struct err e;
    enum going going = GOING_BROKEN;
    settle(channel_fd);
    struct prober *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return EXIT_INTERNAL;
    p->channel_fd = channel_fd;
    if (start(p, &e))
        going = run(p);
    else
        log_line(LOG_ERROR, "prober: %s", e.text);
    targets_free(p->targets);
    curl_multi_cleanup(p->context.multi);
    curl_global_cleanup();
    tls_trust_close(p->context.trust);
    free(p);
    close(channel_fd);
    return going == GOING_CLOSED ? EXIT_OK : EXIT_INTERNAL;
}
