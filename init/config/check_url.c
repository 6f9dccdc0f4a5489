#include "init/config/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "init/base/text.h"
#include "init/base/url.h"

/* ConfigurationProfile: database numbers are 0 to 15, redis.conf's own default of 16 databases. */
#define REDIS_DATABASE_MAX 15
#define SCHEMES_TEXT_MAX 160
#define EXAMPLE_MAX 120

/* The scheme at place @i of those that are accepted; NULL behind the last. Any is accepted when there is none. */
static const char *scheme_at(const struct variable *v, size_t i)
{
    const char *const *schemes = type_row(v->type)->schemes;
    if (v->scheme_count > 0)
        return i < v->scheme_count ? v->schemes[i] : NULL;
    return schemes ? schemes[i] : NULL;
}

static void schemes_text(const struct variable *v, const char *last, struct buf *out)
{
    for (size_t i = 0; scheme_at(v, i); i++)
        buf_printf(out, "%s%s", i == 0 ? "" : scheme_at(v, i + 1) ? ", " : last, scheme_at(v, i));
}

static void url_fault_told(struct check *c, enum url_fault fault)
{
    static const struct {
        const char *rule;
        const char *text;
        const char *advice;
    } faults[] = {
        [URL_SYNTAX] = {"uri.syntax", "not a URL of the form scheme://host",
                        "; special characters in a password are written as %40 for @, %2F for / and so on"},
        [URL_HOST] = {"uri.host", "the URL has no host, or not a valid one", "; an IPv6 address goes in brackets"},
        [URL_PORT] = {"uri.port", "the port in the URL is not a number from 1 to 65535",
                      "; special characters in a password are written as %3A for :, %2F for / and so on"},
        [URL_TOO_LONG] = {"uri.syntax", "the URL, or a part of it, is too long", ""},
    };
    char example[EXAMPLE_MAX];
    problem_hint(check_broken(c, faults[fault].rule, "%s", faults[fault].text), "write it like %s%s",
                 check_example(c, example, sizeof(example)), faults[fault].advice);
}

static void scheme_told(struct check *c, const char *scheme)
{
    char storage[SCHEMES_TEXT_MAX];
    char example[EXAMPLE_MAX];
    struct buf schemes = BUF_OVER(storage);
    bool quotable = !c->declared->secret;
    buf_reset(&schemes);
    schemes_text(c->variable, ", ", &schemes);
    struct problem *item = check_broken(c, c->row->scheme_rule, "the scheme %s%s%sis not one of %s",
                                        quotable ? "\"" : "", quotable ? scheme : "", quotable ? "\" " : "", storage);
    problem_hint(item, "write it like %s", check_example(c, example, sizeof(example)));
}

/* Fills @u (to be wiped by the caller) and returns true when the value is a URL with an accepted scheme. */
static bool parse_url(struct check *c, struct url *u)
{
    enum url_fault fault = url_parse(c->value, strlen(c->value), u);
    if (fault != URL_OK) {
        url_fault_told(c, fault);
        return false;
    }
    bool accepted = scheme_at(c->variable, 0) == NULL;
    for (size_t i = 0; !accepted && scheme_at(c->variable, i); i++)
        accepted = strcmp(u->scheme, scheme_at(c->variable, i)) == 0;
    if (!accepted)
        scheme_told(c, u->scheme);
    return accepted;
}

void check_uri(struct check *c)
{
    struct url u = {.port = 0};
    parse_url(c, &u);
    explicit_bzero(&u, sizeof(u));
}

void check_web_url(struct check *c)
{
    struct url u = {.port = 0};
    if (parse_url(c, &u) && u.has_user && !c->variable->allow_userinfo)
        problem_hint(check_broken(c, "url.userinfo", "a user name or a password in the URL"),
                     "put credentials into a variable of type secret, or set \"allow_userinfo\": true for %s",
                     c->declared->name);
    explicit_bzero(&u, sizeof(u));
}

void accept_url(const struct variable *v, struct buf *out)
{
    bool web = v->type == VALUE_HTTP_URL || v->type == VALUE_WS_URL;
    buf_puts(out, scheme_at(v, 0) ? "a URL with the scheme " : "a URL, scheme://host");
    schemes_text(v, " or ", out);
    if (web && !v->allow_userinfo)
        buf_puts(out, ", without user name and password");
}

static void database_range(const struct variable *v, int64_t *min, int64_t *max)
{
    *min = v->has_min ? v->min : 0;
    *max = v->has_max ? v->max : REDIS_DATABASE_MAX;
}

static void check_redis_database(struct check *c, const char *path)
{
    char example[EXAMPLE_MAX];
    int64_t min = 0;
    int64_t max = 0;
    int64_t n = 0;
    if (path[0] == '\0' || path[1] == '\0')
        return;
    database_range(c->variable, &min, &max);
    check_example(c, example, sizeof(example));
    bool number = text_parse_int(path + 1, &n) == 0;
    if (!number && !check_is_decimal(path + 1))
        problem_hint(check_broken(c, "uri.syntax", "the path of a Redis URL is a database number"), "write it like %s",
                     example);
    else if (!number || n < min || n > max)
        problem_hint(check_broken(c, "int.range",
                                  "the database in the URL is not a number from %" PRId64 " to %" PRId64, min, max),
                     "write it like %s", example);
}

void check_redis_url(struct check *c)
{
    struct url u = {.port = 0};
    if (parse_url(c, &u)) {
        if (u.host[0] != '\0')
            check_redis_database(c, u.path);
        else if (strlen(u.path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
            problem_hint(
                check_broken(c, "uri.syntax", "the path of the socket is too long for a socket address, unix(7)"),
                "use a path of at most 107 bytes");
    }
    explicit_bzero(&u, sizeof(u));
}

void accept_redis_url(const struct variable *v, struct buf *out)
{
    int64_t min = 0;
    int64_t max = 0;
    database_range(v, &min, &max);
    accept_url(v, out);
    buf_printf(out, ", and with a database from %" PRId64 " to %" PRId64 " in it if any", min, max);
}

/* Behind a scheme it is a URL: the rules for hosts and ports are the same. */
void check_hostport(struct check *c)
{
    char text[URL_MAX];
    char quote[CHECK_QUOTE_ROOM];
    char example[EXAMPLE_MAX];
    struct url u = {.port = 0};
    const char *wrong = NULL;
    int n = snprintf(text, sizeof(text), "tcp://%s", c->value);
    enum url_fault fault = (size_t)n < sizeof(text) ? url_parse(text, (size_t)n, &u) : URL_TOO_LONG;
    if (strpbrk(c->value, "/?#@%") || fault == URL_SYNTAX || fault == URL_TOO_LONG)
        wrong = "not of the form host:port";
    else if (fault == URL_HOST)
        wrong = "no valid host";
    else if (fault == URL_PORT)
        wrong = "the port is not a number from 1 to 65535";
    else if (u.port == 0)
        wrong = "the port is missing";
    if (wrong)
        problem_hint(check_broken(c, "hostport", "%s%s", wrong, check_quote(c, quote)),
                     "write it like %s: no scheme, no path; an IPv6 address goes in brackets",
                     check_example(c, example, sizeof(example)));
    explicit_bzero(&u, sizeof(u));
    explicit_bzero(text, sizeof(text));
}

void accept_hostport(const struct variable *v, struct buf *out)
{
    (void)v;
    buf_puts(out, "host:port or [IPv6 address]:port, the port from 1 to 65535");
}
