#include "probes/attempt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "probes/knock.h"
#include "probes/protocols.h"
#include "probes/redis_reply.h"
#include "probes/tls.h"
#include "probes/tls_identity.h"

/* While a name resolves: a socket for each of two name servers, one for an answer over TCP. Then two addresses race. */
#define DESCRIPTORS_OF_A_NAME 4

static const struct protocol *const protocols[WIRE_KIND_LAST + 1] = {
    [WIRE_TCP] = &tcp_protocol,           [WIRE_HTTP] = &http_protocol,
    [WIRE_REDIS] = &redis_protocol,       [WIRE_WEBSOCKET] = &websocket_protocol,
    [WIRE_GRPC] = &grpc_protocol,         [WIRE_DNS] = &dns_protocol,
    [WIRE_POSTGRES] = &postgres_protocol, [WIRE_MYSQL] = &mysql_protocol,
};

static void judge(struct attempt *a, enum verdict_class c)
{
    a->verdict.verdict = c;
    a->verdict.elapsed_us = clock_mono_us() - a->start_us;
    a->state = ATTEMPT_JUDGED;
    watches_forget(a->context->watches, a);
    link_move(&a->context->changed, &a->link);
}

static void reschedule(struct attempt *a)
{
    uint64_t at_us = a->deadline_us;
    if ((a->state == ATTEMPT_EXCHANGE || a->state == ATTEMPT_PAUSE) && a->wake_us < at_us)
        at_us = a->wake_us;
    if (a->state >= ATTEMPT_JUDGED && !(a->state == ATTEMPT_LINGER && a->linger))
        at_us = CLOCK_NEVER;
    deadlines_set(&a->context->deadlines, &a->due, at_us);
}

static void stop_lingering(struct attempt *a)
{
    a->linger = false;
    if (a->state == ATTEMPT_LINGER)
        link_move(&a->context->changed, &a->link);
}

void attempt_judge(struct attempt *a, enum verdict_class c, const char *fmt, ...)
{
    if (a->state >= ATTEMPT_JUDGED)
        return;
    struct buf text = BUF_OVER(a->verdict.text);
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    judge(a, c);
}

static void judge_failure(struct attempt *a, CURLcode code)
{
    char target[TARGET_TEXT_MAX];
    attempt_target(a, target);
    long os_errno = 0;
    long proxy_status = 0;
    if (a->easy != NULL) {
        curl_easy_getinfo(a->easy, CURLINFO_OS_ERRNO, &os_errno);
        curl_easy_getinfo(a->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    }
    struct transfer_failure f = {
        .code = code,
        .os_errno = a->socket_errno != 0 ? a->socket_errno : (int)os_errno,
        .stage = a->stage,
        .local = a->request.socket_path[0] != '\0',
        .tls_no_authorities = a->tls_no_authorities,
        .tls_handshaken = a->verdict.tls_version == 13,
        .tls_certificate = (a->request.tls_files & 1U << WIRE_TLS_CERTIFICATE) != 0,
        .tls_flags = a->tls_flags,
        .proxy_status = proxy_status,
        .timeout_ms = a->request.timeout_ms,
        .name = a->name,
        .target = target,
        .detail = a->error_text,
    };
    struct buf text = BUF_OVER(a->verdict.text);
    judge(a, verdict_of_failure(&f, &text));
}

static void fail(struct attempt *a, CURLcode code)
{
    if (a->protocol->failed == NULL || !a->protocol->failed(a, code))
        judge_failure(a, code);
}

/* The descriptor and the moment that the protocol waits for now. */
static void settle(struct attempt *a)
{
    if (a->state == ATTEMPT_EXCHANGE && a->fd >= 0)
        attempt_watch(a, a->fd, a->events);
    reschedule(a);
}

void attempt_watch(struct attempt *a, int fd, short events)
{
    if (a->state >= ATTEMPT_JUDGED)
        return;
    if (watches_set(a->context->watches, fd, WATCH_ATTEMPT, a, events) != 0)
        attempt_judge(a, VERDICT_INTERNAL, "cannot watch another descriptor");
}

void attempt_told(struct attempt *a)
{
    a->state = ATTEMPT_LINGER;
    reschedule(a);
}

void attempt_transfer_done(struct attempt *a, CURLcode code)
{
    stop_lingering(a);
    if (a->state != ATTEMPT_TRANSFER)
        return;
    if (code == CURLE_OK)
        a->protocol->connected(a);
    else
        fail(a, code);
    settle(a);
}

void attempt_exchange(struct attempt *a, short events, uint64_t wake_us)
{
    curl_socket_t fd = a->knock_fd;
    if (fd < 0 && (curl_easy_getinfo(a->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)) {
        attempt_judge(a, VERDICT_RESET, "the connection was lost at once");
        return;
    }
    a->state = ATTEMPT_EXCHANGE;
    a->fd = fd;
    a->events = events;
    a->wake_us = wake_us;
}

static void note_address(struct attempt *a, const struct curl_sockaddr *address)
{
    /* A copy, because libcurl's structure promises no alignment for the address in it. */
    struct sockaddr_storage storage = {0};
    size_t len = address->addrlen < sizeof(storage) ? address->addrlen : sizeof(storage);
    memcpy(&storage, &address->addr, len);
    const void *binary = NULL;
    if (address->family == AF_INET)
        binary = &((struct sockaddr_in *)&storage)->sin_addr;
    else if (address->family == AF_INET6)
        binary = &((struct sockaddr_in6 *)&storage)->sin6_addr;
    if (binary != NULL)
        inet_ntop(address->family, binary, a->verdict.address, sizeof(a->verdict.address));
}

/* libcurl asks for a socket: the name is resolved, and this is the address that is tried. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct attempt *a = context;
    a->stage = STAGE_CONNECT;
    note_address(a, address);
    a->knocked = a->knock_fd >= 0;
    if (a->knocked)
        return fd_steal(&a->knock_fd);
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
    if (fd < 0 && errno != EAFNOSUPPORT)
        a->socket_errno = errno;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int socket_opened(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)fd;
    (void)purpose;
    const struct attempt *a = context;
    return a->knocked ? CURL_SOCKOPT_ALREADY_CONNECTED : CURL_SOCKOPT_OK;
}

/* Polling a closed local port sooner or later gets that very port as source port: TCP's simultaneous open then connects the
 * socket to itself (RFC 9293 section 3.5). */
static void judge_self_connect(struct attempt *a)
{
    attempt_judge(a, VERDICT_REFUSED, "connection refused by %s port %u (it connected to itself)", a->verdict.address,
                  a->port);
}

/* Connected, TLS done, nothing sent yet. */
static int before_request(void *context, char *peer, char *local, int peer_port, int local_port)
{
    struct attempt *a = context;
    a->stage = STAGE_ANSWER;
    a->verdict.tls_version = tls_version(a->easy);
    if (a->request.socket_path[0] == '\0')
        snprintf(a->verdict.address, sizeof(a->verdict.address), "%s", peer);
    if (a->request.socket_path[0] == '\0' && peer_port == local_port && strcmp(peer, local) == 0) {
        judge_self_connect(a);
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

static bool set_callbacks(struct attempt *a)
{
    CURL *c = a->easy;
    return curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, a) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, socket_opened) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SOCKOPTDATA, a) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, before_request) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PREREQDATA, a) == CURLE_OK;
}

static bool set_common(struct attempt *a)
{
    CURL *c = a->easy;
    long timeout_ms = (long)a->request.timeout_ms;
    /* "" is none, whatever the environment says. What is no HTTP goes through a tunnel. */
    bool tunnel = a->request.kind != WIRE_HTTP;
    return curl_easy_setopt(c, CURLOPT_PROXY, a->request.proxy) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTPPROXYTUNNEL, (long)tunnel) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PRIVATE, a) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_ERRORBUFFER, a->error_text) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, timeout_ms) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK && set_callbacks(a) && tls_configure(a) == 0;
}

static bool transfer(struct attempt *a)
{
    a->state = ATTEMPT_TRANSFER;
    a->easy = curl_easy_init();
    a->url = curl_url();
    if (a->easy == NULL || a->url == NULL || !set_common(a) || attempt_set_target(a) != 0)
        return false;
    if (a->protocol->prepare != NULL && a->protocol->prepare(a) != 0)
        return false;
    return curl_multi_add_handle(a->context->multi, a->easy) == CURLM_OK;
}

/* The connection by hand has come about, or not; or not yet. */
static void knock_on(struct attempt *a, int result)
{
    if (result == EINPROGRESS) {
        attempt_watch(a, a->knock_fd, POLLOUT);
    } else if (result != 0) {
        a->socket_errno = result;
        if (!knock_pause(a))
            judge_failure(a, CURLE_COULDNT_CONNECT);
    } else if (knock_on_itself(a)) {
        judge_self_connect(a);
    } else {
        watches_forget(a->context->watches, a);
        if (a->protocol->talks_plainly && !a->request.tls) {
            a->stage = STAGE_ANSWER;
            a->protocol->connected(a);
        } else if (!transfer(a)) {
            attempt_judge(a, VERDICT_INTERNAL, "out of memory for another attempt");
        }
    }
}

static bool start(struct attempt *a)
{
    int result = 0;
    if (a->protocol->begin != NULL) {
        a->state = ATTEMPT_EXCHANGE;
        return a->protocol->begin(a) == 0;
    }
    if (!knock_begin(a, &result))
        return transfer(a);
    a->state = ATTEMPT_KNOCK;
    knock_on(a, result);
    return true;
}

static void begin(struct attempt *a, uint64_t now_us)
{
    a->start_us = now_us;
    a->deadline_us = now_us + a->request.timeout_ms * US_PER_MS;
    a->wake_us = CLOCK_NEVER;
    a->socket_errno = 0;
    a->verdict.tries++;
    if (a->protocol == NULL || !start(a))
        attempt_judge(a, VERDICT_INTERNAL, "out of memory for another attempt");
}

void attempt_go_on(struct attempt *a, uint64_t now_us)
{
    if (a->state == ATTEMPT_KNOCK)
        knock_on(a, knock_result(a));
    else if (a->state == ATTEMPT_PAUSE && a->wake_us <= now_us)
        begin(a, now_us);
    else if (a->state == ATTEMPT_EXCHANGE && a->protocol->ready != NULL)
        a->protocol->ready(a, now_us);
    if (a->state == ATTEMPT_EXCHANGE && a->wake_us <= now_us)
        a->wake_us = CLOCK_NEVER;
    if (a->state != ATTEMPT_JUDGED && now_us >= a->deadline_us) {
        stop_lingering(a);
        if (a->state < ATTEMPT_JUDGED)
            fail(a, CURLE_OPERATION_TIMEDOUT);
    }
    settle(a);
}

/* Its own copy of the message, and the request unpacked from that. */
static bool take_message(struct attempt *a, const unsigned char *message, size_t len)
{
    struct err e;
    a->message = malloc(len);
    if (a->message == NULL)
        return false;
    memcpy(a->message, message, len);
    a->message_len = len;
    return wire_unpack_probe(a->message, len, &a->request, &e) == 0;
}

struct attempt *attempt_new(struct attempt_context *context, const unsigned char *message, size_t len)
{
    struct attempt *a = calloc(1, sizeof(*a));
    if (a == NULL)
        return NULL;
    link_init(&a->link);
    a->context = context;
    a->first_watch = -1;
    a->fd = -1;
    a->knock_fd = -1;
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++)
        a->tls_files[i] = -1;
    if (!take_message(a, message, len)) {
        attempt_free(a);
        return NULL;
    }
    a->verdict.type = WIRE_VERDICT;
    a->verdict.id = a->request.id;
    a->verdict.attempt = a->request.attempt;
    a->protocol = protocols[a->request.kind];
    return a;
}

size_t attempt_descriptors(const struct attempt *a)
{
    size_t count = 0;
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++)
        count += a->tls_files[i] >= 0;
    unsigned char address[sizeof(struct in6_addr)];
    const char *host = a->request.host;
    bool known = a->request.socket_path[0] != '\0' || inet_pton(AF_INET, host, address) == 1 ||
                 inet_pton(AF_INET6, host, address) == 1;
    return count + (known ? 1 : DESCRIPTORS_OF_A_NAME);
}

void attempt_launch(struct attempt *a, uint64_t now_us)
{
    a->since_us = now_us;
    begin(a, now_us);
    settle(a);
}

void attempt_free(struct attempt *a)
{
    if (a == NULL)
        return;
    watches_forget(a->context->watches, a);
    deadlines_set(&a->context->deadlines, &a->due, CLOCK_NEVER);
    link_out(&a->link);
    if (a->protocol != NULL && a->protocol->release != NULL)
        a->protocol->release(a);
    if (a->easy != NULL) {
        curl_multi_remove_handle(a->context->multi, a->easy);
        curl_easy_cleanup(a->easy);
    }
    curl_url_cleanup(a->url);
    curl_slist_free_all(a->headers);
    curl_slist_free_all(a->connect_to);
    tls_identity_free(a->tls_identity);
    redis_talk_free(a->talk);
    fd_close_cleanup(&a->knock_fd);
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++)
        fd_close_cleanup(&a->tls_files[i]);
    if (a->message != NULL)
        explicit_bzero(a->message, a->message_len);
    free(a->message);
    free(a);
}
