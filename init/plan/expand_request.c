#include "init/plan/expand_request.h"

#include <string.h>

#include "init/base/clock.h"
#include "init/config/placeholder.h"
#include "init/plan/target.h"

/* A URL for people is never longer than twice the longest that there is. */
#define SHOWN_URL_MAX 4096

const char *expand_text(struct expander *x, const char *text)
{
    const char *out = NULL;
    const char *name = NULL;

    switch (config_expand(x->config, text, x->arena, &out, &name)) {
    case 0:
        return out;
    case 1:
        problem_hint(problem_add(x->problems, "value.unset", x->at.text, "%s has no value", name),
                     x->kind == NODE_SERVICE ? "set it, or list it in the service's \"needs\" if both are optional"
                                             : "set it, or give it a default");
        return NULL;
    case -2:
        problem_hint(problem_add(x->problems, "value.unset", x->at.text, "%s", name),
                     "the manifest says so, with \":?\"");
        return NULL;
    default:
        problem_add(x->problems, "ref.syntax", x->at.text, "the variables in this text cannot be replaced");
        return NULL;
    }
}

static void expand_databases(struct expander *x, const struct probe *p, struct wire_probe_request *request)
{
    size_t up = json_pointer_push(&x->at, "databases");

    for (size_t i = 0; i < p->databases.count; i++) {
        size_t in = json_pointer_index(&x->at, i);
        const char *text = expand_text(x, p->databases.items[i]);
        uint8_t database = 0;
        if (text && target_database(text, &database, x->at.text, x->problems))
            target_add_database(request, database);
        json_pointer_pop(&x->at, in);
    }
    json_pointer_pop(&x->at, up);
}

/* A text of the probe; NULL when it is not given or cannot be expanded. */
static const char *expand_key(struct expander *x, const char *key, const char *text)
{
    if (!text)
        return NULL;
    size_t up = json_pointer_push(&x->at, key);
    const char *out = expand_text(x, text);
    json_pointer_pop(&x->at, up);
    return out;
}

static bool is_one_line(const char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    }
    return true;
}

/* "Name: value" per line. A line break in a value would be a header of its own. */
static const char *expand_headers(struct expander *x, const struct pairs *headers)
{
    const char *lines = NULL;
    size_t up = json_pointer_push(&x->at, "headers");

    for (size_t i = 0; i < headers->count; i++) {
        size_t in = json_pointer_push(&x->at, headers->names[i]);
        const char *value = expand_text(x, headers->values[i]);
        if (value && !is_one_line(value))
            problem_add(x->problems, "value", x->at.text, "a header has to be one line, without control characters");
        else if (value)
            lines =
                arena_printf(x->arena, "%s%s%s: %s", lines ? lines : "", lines ? "\n" : "", headers->names[i], value);
        json_pointer_pop(&x->at, in);
    }
    json_pointer_pop(&x->at, up);
    return lines;
}

static void expand_tls(struct expander *x, const struct probe_tls *t, struct node *n)
{
    static const char *const keys[] = {
        [WIRE_TLS_CA] = "ca", [WIRE_TLS_CERTIFICATE] = "certificate", [WIRE_TLS_KEY] = "key"};
    const char *const texts[] = {
        [WIRE_TLS_CA] = t->ca, [WIRE_TLS_CERTIFICATE] = t->certificate, [WIRE_TLS_KEY] = t->key};
    struct wire_probe_request *request = n->request;
    size_t up = json_pointer_push(&x->at, "tls");
    bool given = t->server_name || t->insecure || t->expiry_us;

    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++) {
        size_t in = json_pointer_push(&x->at, keys[i]);
        n->tls_files[i] = texts[i] ? expand_text(x, texts[i]) : NULL;
        if (n->tls_files[i] && n->tls_files[i][0] != '/')
            problem_hint(problem_add(x->problems, "path.relative", x->at.text, "this path has to be absolute"),
                         "begin it with \"/\"");
        json_pointer_pop(&x->at, in);
        given = given || texts[i];
    }
    request->server_name = expand_key(x, "server_name", t->server_name);
    request->tls_insecure = t->insecure;
    request->expiry_s = (uint32_t)(t->expiry_us / US_PER_S);
    if (given && !request->tls && request->redirects == 0)
        problem_hint(problem_add(x->problems, "value", x->at.text, "\"tls\" means nothing for a URL without TLS"),
                     "write https, wss, rediss or grpcs");
    json_pointer_pop(&x->at, up);
}

static void expand_dns(struct expander *x, const struct probe *p, struct wire_probe_request *request)
{
    const char *address = expand_key(x, "address", p->address);
    size_t up = json_pointer_push(&x->at, "server");

    request->server = p->server ? expand_text(x, p->server) : NULL;
    if (request->server)
        target_server(request->server, x->at.text, x->problems);
    json_pointer_pop(&x->at, up);
    up = json_pointer_push(&x->at, "address");
    request->address = address ? target_address(address, x->arena, x->at.text, x->problems) : NULL;
    json_pointer_pop(&x->at, up);
    request->record = p->record;
    request->address_count = p->address_count;
}

/* No text may be longer than the prober takes. */
static void check_lengths(struct expander *x, const struct wire_probe_request *request)
{
    for (size_t i = 0; i < wire_text_count; i++) {
        const char *text = *(const char *const *)(const void *)((const char *)request + wire_texts[i].offset);
        if (!text || strlen(text) <= wire_texts[i].max)
            continue;
        size_t up = json_pointer_push(&x->at, wire_texts[i].name);
        problem_add(x->problems, "limit", x->at.text, "longer than %zu bytes", wire_texts[i].max);
        json_pointer_pop(&x->at, up);
    }
}

static bool expand_target(struct expander *x, const struct probe *p, struct node *n)
{
    struct wire_probe_request *request = arena_alloc(x->arena, 1, sizeof(*request));
    char storage[SHOWN_URL_MAX];
    struct buf shown = BUF_OVER(storage);
    size_t up = json_pointer_push(&x->at, p->url ? "url" : "path");
    const char *text = expand_text(x, p->url ? p->url : p->path);
    bool good = false;

    if (text && p->url)
        good = target_parse(p->kind, text, x->arena, request, &shown, x->at.text, x->problems);
    else if (text)
        good = target_socket(text, request, &shown, x->at.text, x->problems);
    json_pointer_pop(&x->at, up);
    if (!good)
        return false;
    n->request = request;
    n->shown_target = arena_strdup(x->arena, storage);
    return true;
}

void expand_request(struct expander *x, const struct probe *p, uint32_t id, struct node *n)
{
    if (!expand_target(x, p, n))
        return;
    struct wire_probe_request *request = n->request;
    request->id = id;
    request->timeout_ms = (uint32_t)(p->timeout_us / US_PER_MS);
    request->hold_us = p->kind == PROBE_TCP || p->kind == PROBE_UNIX ? (uint32_t)p->hold_us : 0;
    request->status_min = p->status_min;
    request->status_max = p->status_max;
    request->redirects = p->redirects;
    request->role = p->role;
    request->method = p->method;
    request->headers = expand_headers(x, &p->headers);
    request->body = expand_key(x, "body", p->body);
    request->expect_headers = p->expect_headers;
    request->expect_body = p->expect_body;
    request->key = expand_key(x, "key", p->key);
    request->proxy = expand_key(x, "proxy", p->proxy);
    size_t up = json_pointer_push(&x->at, "proxy");
    if (request->proxy)
        target_proxy(request->proxy, x->at.text, x->problems);
    json_pointer_pop(&x->at, up);
    expand_databases(x, p, request);
    expand_dns(x, p, request);
    expand_tls(x, &p->tls, n);
    check_lengths(x, request);
}
