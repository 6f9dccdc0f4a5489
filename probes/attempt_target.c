/* Where an attempt goes: the request's target as libcurl's URL, and in words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/buf.h"
#include "probes/attempt.h"
#include "probes/tls.h"

void attempt_target(const struct attempt *a, char out[TARGET_TEXT_MAX])
{
    struct buf b;
    buf_init(&b, out, TARGET_TEXT_MAX);
    if (a->request.socket_path[0] != '\0')
        buf_printf(&b, "the socket %s", a->name);
    else if (a->request.proxy[0] != '\0')
        buf_printf(&b, "%s port %u, or its proxy", a->name, a->port);
    else
        buf_printf(&b, "%s port %u", a->verdict.address[0] != '\0' ? a->verdict.address : a->name, a->port);
}

/* http and websocket: the URL as written, its scheme mapped to the protocol's own (http to ws, for one). */
static CURLUcode take_url(struct attempt *a)
{
    char *scheme = NULL;
    CURLUcode code = curl_url_set(a->url, CURLUPART_URL, a->request.url, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(a->url, CURLUPART_SCHEME, &scheme, 0);
    if (code != CURLUE_OK)
        return code;
    bool tls = strcmp(scheme, "https") == 0 || strcmp(scheme, "wss") == 0;
    curl_free(scheme);
    return curl_url_set(a->url, CURLUPART_SCHEME, a->protocol->scheme[tls], 0);
}

/* tcp and redis: libcurl connects, and does TLS, as it would for HTTP. */
static CURLUcode compose_url(struct attempt *a)
{
    const struct wire_probe_request *r = &a->request;
    char host[258];
    char port[6];
    const char *name = r->socket_path[0] != '\0' ? "localhost" : r->host;
    bool ipv6 = strchr(name, ':') != NULL;
    snprintf(host, sizeof(host), "%s%s%s", ipv6 ? "[" : "", name, ipv6 ? "]" : "");
    snprintf(port, sizeof(port), "%u", r->port == 0 ? 1 : r->port);
    CURLUcode code = curl_url_set(a->url, CURLUPART_SCHEME, a->protocol->scheme[r->tls], 0);
    if (code == CURLUE_OK)
        code = curl_url_set(a->url, CURLUPART_HOST, host, 0);
    if (code == CURLUE_OK)
        code = curl_url_set(a->url, CURLUPART_PORT, port, 0);
    return code;
}

CURLUcode attempt_note_url(struct attempt *a)
{
    char *host = NULL;
    char *port = NULL;
    CURLUcode code = curl_url_get(a->url, CURLUPART_HOST, &host, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(a->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (code == CURLUE_OK) {
        size_t len = strlen(host);
        bool brackets = host[0] == '[' && len >= 2;
        snprintf(a->name, sizeof(a->name), "%.*s", (int)(brackets ? len - 2 : len), brackets ? host + 1 : host);
        a->port = (uint16_t)strtoul(port, NULL, 10);
    }
    curl_free(host);
    curl_free(port);
    return code;
}

int attempt_set_target(struct attempt *a)
{
    bool written = a->request.kind == WIRE_HTTP || a->request.kind == WIRE_WEBSOCKET;
    CURLUcode code = written ? take_url(a) : compose_url(a);
    if (code == CURLUE_OK)
        code = attempt_note_url(a);
    if (code != CURLUE_OK) {
        attempt_judge(a, VERDICT_INTERNAL, "the target cannot be probed: %s", curl_url_strerror(code));
        return -1;
    }
    if (a->request.socket_path[0] != '\0') {
        snprintf(a->name, sizeof(a->name), "%s", a->request.socket_path);
        if (curl_easy_setopt(a->easy, CURLOPT_UNIX_SOCKET_PATH, a->request.socket_path) != CURLE_OK)
            return -1;
    }
    return tls_rename(a) == 0 && curl_easy_setopt(a->easy, CURLOPT_CURLU, a->url) == CURLE_OK ? 0 : -1;
}
