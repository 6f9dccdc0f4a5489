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
#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/wire/channel.h"
#include "probes/sandbox.h"
#include "probes/target.h"
#include "probes/tls.h"

/* Requests taken from the channel before sockets get their turn again. */
#define REQUESTS_PER_ROUND 64

/* Waiting is woken by descriptors; this only bounds it. */
#define WAIT_MAX_US (60 * US_PER_S)

/* Descriptors that are not the attempts': standard ones, channel, epoll set, trust, a file that libcurl reads in passing;
 * connections that it shuts down after their attempt has ended. */
#define DESCRIPTORS_SPARED 16U

struct prober {
    int channel_fd;
    uint64_t libcurl_us; /* when libcurl wants to be called */
    struct attempt_context context;
    struct targets *targets;
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

/* The descriptors that came, by enum wire_tls_file. False when they are not those that the request speaks of. */
static bool sort_files(const struct wire_probe_request *r, int came[WIRE_TLS_FILE_COUNT],
                       int files[WIRE_TLS_FILE_COUNT])
{
    size_t next = 0;
    bool complete = r->tls_files >> WIRE_TLS_FILE_COUNT == 0;
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++) {
        files[i] = -1;
        if (r->tls_files & 1U << i) {
            files[i] = fd_steal(&came[next++]);
            complete = complete && files[i] >= 0;
        }
    }
    return complete && (next == WIRE_TLS_FILE_COUNT || came[next] < 0);
}

static void close_files(int files[WIRE_TLS_FILE_COUNT])
{
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++) {
        fd_close_cleanup(&files[i]);
        files[i] = -1;
    }
}

static enum going serve_probe(struct prober *p, const union wire_message *m, size_t len, int came[WIRE_TLS_FILE_COUNT])
{
    struct err why;
    struct wire_probe_request request;
    int files[WIRE_TLS_FILE_COUNT];
    if (wire_unpack_probe(m->probe, len, &request, &why) != 0)
        return refuse(p, &request, why.text);
    if (!sort_files(&request, came, files)) {
        close_files(files);
        return refuse(p, &request, "the files for TLS did not come along: out of descriptors");
    }
    if (request.id >= TARGETS_MAX) {
        close_files(files);
        return refuse(p, &request, "too many targets for one prober");
    }
    if (targets_begin(p->targets, request.id, m->probe, len, files) != 0)
        return refuse(p, &request, "out of memory for another attempt");
    return GOING_ON;
}

static enum going serve(struct prober *p, const union wire_message *m, size_t len, int came[WIRE_TLS_FILE_COUNT])
{
    if (len >= sizeof(m->type) && m->type == WIRE_PROBE)
        return serve_probe(p, m, len, came);
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
        int came[WIRE_TLS_FILE_COUNT];
        int got = channel_receive_files(p->channel_fd, &m, &len, came, &e);
        if (got == 0)
            break;
        going = got < 0 ? GOING_CLOSED : serve(p, &m, len, came);
        close_files(came);
    }
    explicit_bzero(&m, sizeof(m));
    return going;
}

/* What libcurl waits for: CURLMOPT_SOCKETFUNCTION. */
static int libcurl_watches(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    (void)easy;
    (void)unused;
    struct prober *p = context;
    short in = what & CURL_POLL_IN ? POLLIN : 0;
    short out = what & CURL_POLL_OUT ? POLLOUT : 0;
    short events = what == CURL_POLL_REMOVE ? 0 : (short)(in | out);
    return watches_set(p->context.watches, fd, WATCH_LIBCURL, NULL, events);
}

/* CURLMOPT_TIMERFUNCTION: -1 = no timer. */
static int libcurl_waits(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct prober *p = context;
    p->libcurl_us = timeout_ms < 0 ? CLOCK_NEVER : clock_mono_us() + (uint64_t)timeout_ms * US_PER_MS;
    return 0;
}

static void libcurl_go_on(struct prober *p, curl_socket_t fd, short events)
{
    int running = 0;
    int in = events & (POLLIN | POLLHUP) ? CURL_CSELECT_IN : 0;
    int out = events & POLLOUT ? CURL_CSELECT_OUT : 0;
    int error = events & POLLERR ? CURL_CSELECT_ERR : 0;
    curl_multi_socket_action(p->context.multi, fd, in | out | error, &running);
}

static void take_transfers(struct prober *p)
{
    int queued = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(p->context.multi, &queued)) != NULL) {
        struct attempt *a = NULL;
        if (message->msg == CURLMSG_DONE && curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &a) == CURLE_OK &&
            a != NULL)
            attempt_transfer_done(a, message->data.result);
    }
}

static uint64_t wait_us(const struct prober *p)
{
    uint64_t now = clock_mono_us();
    uint64_t next = targets_next_us(p->targets);
    if (p->libcurl_us < next)
        next = p->libcurl_us;
    uint64_t left = next <= now ? 0 : next - now;
    return left < WAIT_MAX_US ? left : WAIT_MAX_US;
}

/* Whose a descriptor is, is asked when its turn comes: what was served before it may have closed it. One that is somebody
 * else's by then is served for nothing, and all are non-blocking. */
static enum going serve_descriptor(struct prober *p, const struct watch_event *ready)
{
    struct watch watch = watches_find(p->context.watches, ready->fd);
    if (watch.owner == WATCH_LIBCURL)
        libcurl_go_on(p, ready->fd, ready->events);
    else if (watch.owner == WATCH_ATTEMPT)
        attempt_go_on(watch.attempt, clock_mono_us());
    return watch.owner == WATCH_CHANNEL ? serve_channel(p) : GOING_ON;
}

static enum going serve_round(struct prober *p)
{
    struct watch_event ready[WATCH_EVENTS_MAX];
    size_t count = watches_wait(p->context.watches, wait_us(p), ready);
    enum going going = GOING_ON;
    for (size_t i = 0; going == GOING_ON && i < count; i++)
        going = serve_descriptor(p, &ready[i]);
    targets_advance(p->targets, clock_mono_us());
    if (p->libcurl_us <= clock_mono_us()) {
        p->libcurl_us = CLOCK_NEVER;
        libcurl_go_on(p, CURL_SOCKET_TIMEOUT, 0);
    }
    take_transfers(p);
    return going;
}

static enum going report(struct prober *p)
{
    struct err e;
    int sent = targets_report(p->targets, p->channel_fd, &e);
    short events = sent == 0 ? POLLIN | POLLOUT : POLLIN;
    if (sent < 0 || watches_set(p->context.watches, p->channel_fd, WATCH_CHANNEL, NULL, events) != 0)
        return GOING_CLOSED;
    return GOING_ON;
}

static enum going run(struct prober *p)
{
    enum going going = report(p);
    while (going == GOING_ON) {
        going = serve_round(p);
        if (going == GOING_ON)
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

static bool start_libcurl(struct prober *p)
{
    p->libcurl_us = CLOCK_NEVER;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return false;
    CURLM *multi = p->context.multi = curl_multi_init();
    return multi != NULL && curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, libcurl_watches) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, p) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, libcurl_waits) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, p) == CURLM_OK;
}

static bool start(struct prober *p, struct err *e)
{
    link_init(&p->context.changed);
    p->context.trust = tls_trust_open();
    p->context.watches = watches_open();
    if (p->context.trust == NULL || p->context.watches == NULL || !start_libcurl(p))
        return err_set(e, ERR_SYS, 0, "cannot start libcurl") == 0;
    size_t descriptors;
    if (sandbox_enter(&descriptors, e) != 0)
        return false;
    p->targets = targets_new(&p->context, descriptors > DESCRIPTORS_SPARED ? descriptors - DESCRIPTORS_SPARED : 1);
    return p->targets != NULL || err_set(e, ERR_SYS, 0, "out of memory") == 0;
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
    watches_close(p->context.watches);
    deadlines_free(&p->context.deadlines);
    tls_trust_close(p->context.trust);
    free(p);
    close(channel_fd);
    return going == GOING_CLOSED ? EXIT_OK : EXIT_INTERNAL;
}
