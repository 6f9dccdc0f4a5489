#include "init/plan/target.h"

#include <string.h>

#include "init/base/text.h"
#include "init/base/url.h"

#define REDIS_PORT 6379
/* unix(7): sun_path has 108 bytes with the NUL. */
#define SOCKET_PATH_MAX 107

/* One row per scheme that a probe understands. */
static const struct scheme {
    enum probe_kind kind;
    const char *name;
    bool tls;
    uint16_t port; /* when none is given; 0 = it has to be */
} schemes[] = {
    {PROBE_TCP, "tcp", false, 0},
    {PROBE_HTTP, "http", false, 80},
    {PROBE_HTTP, "https", true, 443},
    {PROBE_REDIS, "redis", false, REDIS_PORT},
    {PROBE_REDIS, "rediss", true, REDIS_PORT},
    {PROBE_REDIS, "unix", false, 0},
    {PROBE_REDIS, "redis+unix", false, 0},
    {PROBE_WEBSOCKET, "ws", false, 80},
    {PROBE_WEBSOCKET, "wss", true, 443},
    {PROBE_WEBSOCKET, "http", false, 80},
    {PROBE_WEBSOCKET, "https", true, 443},
};
#define SCHEME_COUNT (sizeof(schemes) / sizeof(schemes[0]))

static const enum wire_probe_kind wire_kinds[] = {
    [PROBE_TCP] = WIRE_TCP,
    [PROBE_UNIX] = WIRE_TCP,
    [PROBE_HTTP] = WIRE_HTTP,
    [PROBE_REDIS] = WIRE_REDIS,
    [PROBE_WEBSOCKET] = WIRE_WEBSOCKET,
};

/* Where the URL stands and where complaints go. */
struct place {
    struct arena *arena;
    const char *where;
    struct problems *problems;
};

static bool parse_url(const char *text, const struct place *at, struct url *out)
{
    static const struct {
        const char *rule;
        const char *text;
    } faults[] = {
        [URL_SYNTAX] = {"uri.syntax", "the text is not a URL"},
        [URL_HOST] = {"uri.host", "the URL has no valid host"},
        [URL_PORT] = {"uri.port", "the port of the URL is not a number from 1 to 65535"},
        [URL_TOO_LONG] = {"uri.long", "the URL, or a part of it, is too long"},
    };
    enum url_fault fault = url_parse(text, strlen(text), out);

    if (fault == URL_OK)
        return true;
    problem_hint(problem_add(at->problems, faults[fault].rule, at->where, "%s", faults[fault].text),
                 "write scheme://host:port/path");
    return false;
}

static const struct scheme *find_scheme(enum probe_kind kind, const struct url *u, const struct place *at)
{
    char accepted[80];
    struct buf b = BUF_OVER(accepted);

    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        if (schemes[i].kind != kind)
            continue;
        if (strcmp(schemes[i].name, u->scheme) == 0)
            return &schemes[i];
        buf_printf(&b, "%s%s://", b.len ? ", " : "", schemes[i].name);
    }
    problem_hint(problem_add(at->problems, "uri.scheme", at->where, "a probe of type %s cannot use this scheme",
                             probe_kind_name(kind)),
                 "use %s", accepted);
    return NULL;
}

bool target_database(const char *text, uint8_t *out, const char *where, struct problems *p)
{
    int64_t number = 0;

    if (text_parse_int(text, &number) != 0) {
        problem_hint(problem_add(p, "int.format", where, "a redis database is a whole number in plain decimal"),
                     "write only digits: 0, 1, 2");
        return false;
    }
    if (number < 0 || number > UINT8_MAX) {
        problem_hint(problem_add(p, "int.range", where, "a redis database is a number from 0 to %d", UINT8_MAX),
                     "servers have 16 of them, 0 to 15, unless they are told otherwise");
        return false;
    }
    *out = (uint8_t)number;
    return true;
}

void target_add_database(struct wire_probe_request *request, uint8_t database)
{
    for (size_t i = 0; i < request->database_count; i++) {
        if (request->databases[i] == database)
            return;
    }
    if (request->database_count < WIRE_DATABASES_MAX)
        request->databases[request->database_count++] = database;
}

static bool fill_socket(const struct url *u, struct wire_probe_request *request, const struct place *at)
{
    if (strlen(u->path) > SOCKET_PATH_MAX) {
        problem_add(at->problems, "uri.long", at->where, "the path of a socket has at most %d bytes", SOCKET_PATH_MAX);
        return false;
    }
    request->socket_path = arena_strdup(at->arena, u->path);
    return true;
}

/* "/2" in redis://host/2. */
static bool fill_url_database(const struct url *u, struct wire_probe_request *request, const struct place *at)
{
    uint8_t database = 0;

    if (u->path[0] == '\0' || u->path[1] == '\0')
        return true;
    if (!target_database(u->path + 1, &database, at->where, at->problems))
        return false;
    target_add_database(request, database);
    return true;
}

static bool fill(enum probe_kind kind, const struct scheme *scheme, const struct url *u,
                 struct wire_probe_request *request, const struct place *at)
{
    request->kind = wire_kinds[kind];
    request->tls = scheme->tls;
    request->port = u->port ? u->port : scheme->port;
    request->host = arena_strdup(at->arena, u->host);
    if (kind == PROBE_TCP && request->port == 0) {
        problem_hint(problem_add(at->problems, "uri.port", at->where, "a probe of type tcp needs a port"),
                     "write tcp://host:port");
        return false;
    }
    if (kind != PROBE_REDIS)
        return true;
    request->user = arena_strdup(at->arena, u->user);
    request->password = arena_strdup(at->arena, u->password);
    if (u->host[0] == '\0')
        return fill_socket(u, request, at);
    return fill_url_database(u, request, at);
}

bool target_parse(enum probe_kind kind, const char *url, struct arena *a, struct wire_probe_request *request,
                  struct buf *shown, const char *where, struct problems *p)
{
    struct place at = {.arena = a, .where = where, .problems = p};
    struct url u;
    bool good = false;

    *request = (struct wire_probe_request){.type = WIRE_PROBE};
    if (!parse_url(url, &at, &u))
        return false;
    const struct scheme *scheme = find_scheme(kind, &u, &at);
    if (scheme)
        good = fill(kind, scheme, &u, request, &at);
    if (good && (kind == PROBE_HTTP || kind == PROBE_WEBSOCKET))
        request->url = arena_strdup(a, url);
    if (good && shown)
        url_show(&u, shown);
    explicit_bzero(&u, sizeof(u));
    return good;
}
