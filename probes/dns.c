/* Asks for a name's addresses and for nothing else, so libcurl is left out: c-ares alone, with a channel of its own for each
 * attempt, so that resolv.conf and the hosts file are read anew. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <ares.h>

#include "init/base/clock.h"
#include "probes/protocols.h"

/* How often a name server is asked within an attempt: a lost datagram is no answer. */
#define TRIES 3
#define TRY_MIN_MS 50
/* One socket for each of two servers, and the same over TCP, with room: c-ares opens them one after the other. */
#define SOCKETS_MAX 16

struct lookup {
    ares_channel_t *channel;
    bool over; /* it is being freed: what its sockets do is of no interest */
    struct {
        int fd;
        bool readable, writable; /* what c-ares waits for */
    } sockets[SOCKETS_MAX];
    size_t socket_count;
};

/* c-ares opens a socket, waits for something else on it, or closes it. */
static void socket_changed(void *context, ares_socket_t fd, int readable, int writable)
{
    struct attempt *a = context;
    struct lookup *l = a->own;
    size_t i = 0;
    while (i < l->socket_count && l->sockets[i].fd != fd)
        i++;
    if (l->over || i == SOCKETS_MAX)
        return;
    attempt_watch(a, fd, (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0)));
    if (readable || writable) {
        l->sockets[i].fd = fd;
        l->sockets[i].readable = readable != 0;
        l->sockets[i].writable = writable != 0;
        l->socket_count += i == l->socket_count;
    } else if (i < l->socket_count) {
        l->sockets[i] = l->sockets[--l->socket_count];
    }
}

static const char *address_text(const struct ares_addrinfo_node *node, char out[INET6_ADDRSTRLEN])
{
    const void *binary = node->ai_family == AF_INET
                             ? (const void *)&((struct sockaddr_in *)(void *)node->ai_addr)->sin_addr
                             : &((struct sockaddr_in6 *)(void *)node->ai_addr)->sin6_addr;
    out[0] = '\0';
    inet_ntop(node->ai_family, binary, out, INET6_ADDRSTRLEN);
    return out;
}

/* As addresses are written in the shortest form, "::1" for "0:0::1"; the text itself if it is none. */
static void shortest_form(const char *text, char out[INET6_ADDRSTRLEN])
{
    unsigned char binary[sizeof(struct in6_addr)];
    int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    if (inet_pton(family, text, binary) != 1 || inet_ntop(family, binary, out, INET6_ADDRSTRLEN) == NULL)
        snprintf(out, INET6_ADDRSTRLEN, "%.*s", INET6_ADDRSTRLEN - 1, text);
}

static void judge_addresses(struct attempt *a, const struct ares_addrinfo *answer)
{
    char wanted[INET6_ADDRSTRLEN];
    char text[INET6_ADDRSTRLEN];
    unsigned count = 0;
    bool there = a->request.address[0] == '\0';
    shortest_form(a->request.address, wanted);
    for (const struct ares_addrinfo_node *node = answer->nodes; node != NULL; node = node->ai_next) {
        if (count++ == 0)
            snprintf(a->verdict.address, sizeof(a->verdict.address), "%s", address_text(node, text));
        there = there || strcmp(address_text(node, text), wanted) == 0;
    }
    unsigned least = a->request.address_count > 0 ? a->request.address_count : 1;
    const char *plural = count == 1 ? "" : "es";
    if (count == 0)
        attempt_judge(a, VERDICT_RESOLVE, "%s has no address", a->name);
    else if (count < least)
        attempt_judge(a, VERDICT_CONTENT, "%s has %u address%s, expected %u", a->name, count, plural, least);
    else if (!there)
        attempt_judge(a, VERDICT_CONTENT, "%s is not among the %u address%s of %s", wanted, count, plural, a->name);
    else
        attempt_judge(a, VERDICT_OK, "%u address%s", count, plural);
}

static void answered(void *context, int status, int timeouts, struct ares_addrinfo *answer)
{
    (void)timeouts;
    struct attempt *a = context;
    struct lookup *l = a->own;
    if (l->over || status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
        attempt_judge(a, VERDICT_INTERNAL, "the look-up was ended");
    else if (status == ARES_SUCCESS)
        judge_addresses(a, answer);
    else if (status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_ENONAME)
        attempt_judge(a, VERDICT_RESOLVE, "%s does not resolve", a->name);
    else if (status == ARES_ENOMEM)
        attempt_judge(a, VERDICT_INTERNAL, "out of memory for another attempt");
    else
        attempt_judge(a, VERDICT_RESOLVE, "%s does not resolve: %s", a->name, ares_strerror(status));
    ares_freeaddrinfo(answer);
}

static void plan_wake(struct attempt *a)
{
    const struct lookup *l = a->own;
    struct timeval storage;
    const struct timeval *left = ares_timeout(l->channel, NULL, &storage);
    a->wake_us =
        left == NULL ? CLOCK_NEVER : clock_mono_us() + (uint64_t)left->tv_sec * US_PER_S + (uint64_t)left->tv_usec;
}

/* Which socket is ready is not said: asking one that is not costs a system call. */
static void ready(struct attempt *a, uint64_t now_us)
{
    (void)now_us;
    struct lookup *l = a->own;
    for (size_t i = 0; i < l->socket_count && a->state == ATTEMPT_EXCHANGE; i++)
        ares_process_fd(l->channel, l->sockets[i].readable ? l->sockets[i].fd : ARES_SOCKET_BAD,
                        l->sockets[i].writable ? l->sockets[i].fd : ARES_SOCKET_BAD);
    if (a->state == ATTEMPT_EXCHANGE)
        ares_process_fd(l->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    if (a->state == ATTEMPT_EXCHANGE)
        plan_wake(a);
}

static int open_channel(struct attempt *a, struct lookup *l)
{
    char dns_only[] = "b";
    bool named = a->request.server[0] != '\0';
    int try_ms = (int)(a->request.timeout_ms / TRIES);
    struct ares_options options = {
        .timeout = try_ms > TRY_MIN_MS ? try_ms : TRY_MIN_MS,
        .tries = TRIES,
        .lookups = dns_only, /* a server that is named is asked, whatever the hosts file says */
        .sock_state_cb = socket_changed,
        .sock_state_cb_data = a,
    };
    int which = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | (named ? ARES_OPT_LOOKUPS : 0);
    if (ares_init_options(&l->channel, &options, which) != ARES_SUCCESS)
        return -1;
    return named && ares_set_servers_ports_csv(l->channel, a->request.server) != ARES_SUCCESS ? -1 : 0;
}

static int begin(struct attempt *a)
{
    static const int families[] = {
        [WIRE_RECORD_ANY] = AF_UNSPEC, [WIRE_RECORD_A] = AF_INET, [WIRE_RECORD_AAAA] = AF_INET6};
    struct lookup *l = calloc(1, sizeof(*l));
    a->own = l;
    if (l == NULL || open_channel(a, l) != 0)
        return -1;
    snprintf(a->name, sizeof(a->name), "%s", a->request.host);
    const struct ares_addrinfo_hints hints = {.ai_family = families[a->request.record], .ai_flags = ARES_AI_NOSORT};
    ares_getaddrinfo(l->channel, a->name, NULL, &hints, answered, a);
    if (a->state == ATTEMPT_EXCHANGE)
        plan_wake(a);
    return 0;
}

static void release(struct attempt *a)
{
    struct lookup *l = a->own;
    if (l == NULL)
        return;
    l->over = true;
    ares_destroy(l->channel);
    free(l);
}

const struct protocol dns_protocol = {
    .begin = begin,
    .ready = ready,
    .release = release,
};
