#include "init/plan/target.h"

#include <arpa/inet.h>
#include <string.h>

#include "init/base/text.h"
#include "init/base/url.h"

#define REDIS_PORT 6379
#define POSTGRES_PORT 5432
#define MYSQL_PORT 3306
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
    {PROBE_UNIX, "unix", false, 0},
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
    {PROBE_GRPC, "grpc", false, 0},
    {PROBE_GRPC, "grpcs", true, 0},
    {PROBE_DNS, "dns", false, 0},
    {PROBE_POSTGRES, "postgres", false, POSTGRES_PORT},
    {PROBE_POSTGRES, "postgresql", false, POSTGRES_PORT},
    {PROBE_MYSQL, "mysql", false, MYSQL_PORT},
    {PROBE_MYSQL, "mariadb", false, MYSQL_PORT},
};
#define SCHEME_COUNT (sizeof(schemes) / sizeof(schemes[0]))

static const enum wire_probe_kind wire_kinds[] = {
    [PROBE_TCP] = WIRE_TCP,
    [PROBE_UNIX] = WIRE_TCP,
    [PROBE_HTTP] = WIRE_HTTP,
    [PROBE_REDIS] = WIRE_REDIS,
    [PROBE_WEBSOCKET] = WIRE_WEBSOCKET,
    [PROBE_GRPC] = WIRE_GRPC,
    [PROBE_DNS] = WIRE_DNS,
    [PROBE_POSTGRES] = WIRE_POSTGRES,
    [PROBE_MYSQL] = WIRE_MYSQL,
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

static bool fill_socket(const char *path, struct wire_probe_request *request, const struct place *at)
{
    if (strlen(path) > SOCKET_PATH_MAX) {
        problem_add(at->problems, "uri.long", at->where, "the path of a socket has at most %d bytes", SOCKET_PATH_MAX);
        return false;
    }
    request->socket_path = at->arena ? arena_strdup(at->arena, path) : path;
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

static bool fill_redis(const struct url *u, struct wire_probe_request *request, const struct place *at)
{
    request->user = arena_strdup(at->arena, u->user);
    request->password = arena_strdup(at->arena, u->password);
    return u->host[0] == '\0' ? fill_socket(u->path, request, at) : fill_url_database(u, request, at);
}

/* The name behind the first slash: of a gRPC service, or a database. */
static bool fill_name(const struct url *u, const char **name, const struct place *at)
{
    if (u->path[0] == '\0')
        return true;
    char *copy = arena_strdup(at->arena, u->path + 1);
    if (strchr(copy, '/') || url_unescape(copy) != 0) {
        problem_add(at->problems, "uri.syntax", at->where, "the path of the URL is not one name");
        return false;
    }
    *name = copy;
    return true;
}

/* A login would be somebody's failed login in the server's log at every attempt. */
static bool fill_database_server(enum probe_kind kind, const struct url *u, struct wire_probe_request *request,
                                 const struct place *at)
{
    if (u->has_password) {
        problem_hint(problem_add(at->problems, "uri.userinfo", at->where, "a probe of type %s does not log in",
                                 probe_kind_name(kind)),
                     "leave the password out of the URL");
        return false;
    }
    request->user = arena_strdup(at->arena, u->user);
    if (kind == PROBE_POSTGRES)
        return fill_name(u, &request->database, at);
    if (u->path[0] == '\0' || u->path[1] == '\0')
        return true;
    problem_hint(problem_add(at->problems, "value", at->where, "a probe of type mysql asks for no database"),
                 "leave the path out of the URL");
    return false;
}

static bool fill_dns(const struct url *u, const struct place *at)
{
    if (u->port == 0 && u->path[0] == '\0' && !u->has_user)
        return true;
    problem_hint(problem_add(at->problems, "value", at->where, "a URL of type dns is nothing but a name"),
                 "write dns://name; the key \"server\" says whom to ask");
    return false;
}

static bool fill(enum probe_kind kind, const struct scheme *scheme, const struct url *u,
                 struct wire_probe_request *request, const struct place *at)
{
    request->kind = wire_kinds[kind];
    request->tls = scheme->tls;
    request->port = u->port ? u->port : scheme->port;
    request->host = arena_strdup(at->arena, u->host);
    if ((kind == PROBE_TCP || kind == PROBE_GRPC) && request->port == 0) {
        problem_hint(
            problem_add(at->problems, "uri.port", at->where, "a probe of type %s needs a port", probe_kind_name(kind)),
            "write %s://host:port", scheme->name);
        return false;
    }
    switch (kind) {
    case PROBE_REDIS:
        return fill_redis(u, request, at);
    case PROBE_UNIX:
        return fill_socket(u->path, request, at);
    case PROBE_GRPC:
        return fill_name(u, &request->service, at);
    case PROBE_DNS:
        return fill_dns(u, at);
    case PROBE_POSTGRES:
    case PROBE_MYSQL:
        return fill_database_server(kind, u, request, at);
    default:
        return true;
    }
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
    if (good && (kind == PROBE_HTTP || kind == PROBE_WEBSOCKET || kind == PROBE_GRPC))
        request->url = arena_strdup(a, url);
    if (good && shown)
        url_show(&u, shown);
    explicit_bzero(&u, sizeof(u));
    return good;
}

bool target_socket(const char *path, struct wire_probe_request *request, struct buf *shown, const char *where,
                   struct problems *p)
{
    struct place at = {.where = where, .problems = p};

    *request = (struct wire_probe_request){.type = WIRE_PROBE, .kind = WIRE_TCP};
    if (!fill_socket(path, request, &at))
        return false;
    buf_printf(shown, "unix://%s", path);
    return true;
}

static bool is_address(const char *text, size_t len, int family)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];

    if (len >= sizeof(copy))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return inet_pton(family, copy, address) == 1;
}

static bool is_port(const char *text)
{
    int64_t port = 0;

    return text_parse_int(text, &port) == 0 && port > 0 && port <= UINT16_MAX;
}

bool target_server(const char *text, const char *where, struct problems *p)
{
    bool bracket = text[0] == '[';
    size_t len = strcspn(text, bracket ? "]" : ":");
    const char *rest = text + len + (bracket && text[len] == ']');
    bool good = is_address(text, strlen(text), AF_INET) || is_address(text, strlen(text), AF_INET6) ||
                (is_address(text + bracket, len - bracket, bracket ? AF_INET6 : AF_INET) && rest[0] == ':' &&
                 is_port(rest + 1));

    if (!good)
        problem_hint(problem_add(p, "value", where, "not the address of a name server"),
                     "write 10.0.0.2, 10.0.0.2:53 or [fd00::2]:53");
    return good;
}

const char *target_address(const char *text, struct arena *a, const char *where, struct problems *p)
{
    unsigned char address[sizeof(struct in6_addr)];
    char *out = arena_alloc(a, INET6_ADDRSTRLEN, 1);
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    if (inet_pton(family, text, address) == 1 && inet_ntop(family, address, out, INET6_ADDRSTRLEN))
        return out;
    problem_hint(problem_add(p, "value", where, "not an IP address"), "write 10.0.0.2 or fd00::2");
    return NULL;
}

bool target_proxy(const char *text, const char *where, struct problems *p)
{
    struct place at = {.where = where, .problems = p};
    struct url u;

    if (!parse_url(text, &at, &u))
        return false;
    bool good = strcmp(u.scheme, "http") == 0 && u.port != 0;
    if (!good)
        problem_hint(problem_add(p, "uri.scheme", where, "not the URL of a proxy"), "write http://host:port");
    explicit_bzero(&u, sizeof(u));
    return good;
}

bool target_download(const char *text, const char *where, struct problems *p)
{
    struct place at = {.where = where, .problems = p};
    struct url u;

    if (!parse_url(text, &at, &u))
        return false;
    bool good = strcmp(u.scheme, "http") == 0 || strcmp(u.scheme, "https") == 0;
    if (!good)
        problem_hint(problem_add(p, "uri.scheme", where, "nothing can be fetched from there"),
                     "use http:// or https://");
    explicit_bzero(&u, sizeof(u));
    return good;
}
