#include "probes/knock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/base/url.h"

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};

/* The length of the address in @out, or 0 when @host is a name. */
static socklen_t numeric(const char *host, uint16_t port, union address *out)
{
    if (inet_pton(AF_INET, host, &out->in.sin_addr) == 1) {
        out->in.sin_family = AF_INET;
        out->in.sin_port = htons(port);
        return sizeof(out->in);
    }
    if (inet_pton(AF_INET6, host, &out->in6.sin6_addr) == 1) {
        out->in6.sin6_family = AF_INET6;
        out->in6.sin6_port = htons(port);
        return sizeof(out->in6);
    }
    return 0;
}

static socklen_t local(const char *path, union address *out)
{
    size_t len = strlen(path);
    if (len >= sizeof(out->un.sun_path))
        return 0;
    out->un.sun_family = AF_UNIX;
    memcpy(out->un.sun_path, path, len + 1);
    return sizeof(out->un);
}

/* Host and port of a URL; false when it is not one that we read as libcurl does. */
static bool in_url(const char *text, char host[256], uint16_t *port)
{
    struct url u;
    bool good = url_parse(text, strlen(text), &u) == URL_OK;
    if (good) {
        bool tls = strcmp(u.scheme, "https") == 0 || strcmp(u.scheme, "wss") == 0;
        memcpy(host, u.host, sizeof(u.host));
        *port = u.port != 0 ? u.port : tls ? 443 : 80;
    }
    explicit_bzero(&u, sizeof(u));
    return good;
}

static socklen_t address_of(struct attempt *a, union address *out)
{
    const struct wire_probe_request *r = &a->request;
    char host[256];
    uint16_t port = r->port;
    bool written = r->kind == WIRE_HTTP || r->kind == WIRE_WEBSOCKET;
    if (r->proxy[0] != '\0')
        return 0;
    if (r->socket_path[0] != '\0') {
        snprintf(a->name, sizeof(a->name), "%s", r->socket_path);
        return local(r->socket_path, out);
    }
    if (written ? !in_url(r->url, host, &port) : strlen(r->host) >= sizeof(host))
        return 0;
    const char *name = written ? host : r->host;
    socklen_t len = numeric(name, port, out);
    if (len > 0) {
        snprintf(a->name, sizeof(a->name), "%s", name);
        snprintf(a->verdict.address, sizeof(a->verdict.address), "%.63s", name);
        a->port = port;
    }
    return len;
}

/* What connect(2) says when it is asked a second time is how the first went; then the socket is as new, or connected. */
static int connect_result(int fd, const union address *to, socklen_t len)
{
    if (connect(fd, &to->any, len) == 0 || errno == EISCONN)
        return 0;
    return errno == EALREADY ? EINPROGRESS : errno;
}

/* Linux connects a socket anew that was refused; who gives that answer at once again, without having asked, does not. */
static int knock_anew(struct attempt *a, const union address *to, socklen_t len)
{
    int result = connect_result(a->knock_fd, to, len);
    if (result == 0 || result == EINPROGRESS || to->any.sa_family == AF_UNIX)
        return result;
    fd_close_cleanup(&a->knock_fd);
    a->knock_fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return a->knock_fd < 0 ? errno : connect_result(a->knock_fd, to, len);
}

bool knock_begin(struct attempt *a, int *result)
{
    union address to = {.any = {0}};
    socklen_t len = address_of(a, &to);
    bool anew = a->knock_fd >= 0;
    if (len > 0 && !anew)
        a->knock_fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (a->knock_fd < 0)
        return false;
    a->stage = STAGE_CONNECT;
    *result = anew ? knock_anew(a, &to, len) : connect_result(a->knock_fd, &to, len);
    /* A port of this machine has answered by now. */
    if (*result == EINPROGRESS)
        *result = connect_result(a->knock_fd, &to, len);
    return true;
}

int knock_result(struct attempt *a)
{
    union address to = {.any = {0}};
    socklen_t len = address_of(a, &to);
    return connect_result(a->knock_fd, &to, len);
}

bool knock_on_itself(const struct attempt *a)
{
    union address here = {.any = {0}};
    union address there = {.any = {0}};
    socklen_t len = sizeof(here);
    return a->request.socket_path[0] == '\0' && getsockname(a->knock_fd, &here.any, &len) == 0 &&
           numeric(a->name, a->port, &there) == len && memcmp(&here, &there, len) == 0;
}

bool knock_pause(struct attempt *a)
{
    bool closed = a->socket_errno == ECONNREFUSED || (a->socket_errno == ENOENT && a->request.socket_path[0] != '\0');
    if (!closed)
        return false;
    uint64_t next_us =
        knocking_again(&a->context->knocking, &a->request, a->verdict.tries, a->since_us, a->start_us, clock_mono_us());
    if (next_us == CLOCK_NEVER)
        return false;
    watches_forget(a->context->watches, a); /* it is ready as long as it is not connected */
    a->state = ATTEMPT_PAUSE;
    a->wake_us = next_us;
    a->deadline_us = CLOCK_NEVER;
    return true;
}
