#include "init/base/url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "init/base/text.h"

/* RFC 1035, section 2.3.4. */
#define HOST_NAME_MAX_BYTES 253
#define HOST_LABEL_MAX 63

/* A piece of the text under parse. */
struct span {
    const char *at;
    size_t len;
};

/* Where the parts are in the text: found and checked before anything is copied. */
struct parts {
    struct span scheme, user, password, host, path, query;
    uint16_t port;
    bool has_user, has_password, ipv6;
    bool is_socket;
};

#define FIELD_SIZE(field) sizeof(((struct url *)0)->field)

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Blanks, control bytes, backslashes, invalid UTF-8 and broken percent signs are wrong wherever they stand. */
static bool bytes_are_clean(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c <= 0x20 || c == 0x7f || c == '\\')
            return false;
        if (c == '%' && (len - i < 3 || hex_value(s[i + 1]) < 0 || hex_value(s[i + 2]) < 0))
            return false;
    }
    return text_utf8_span(s, len) == len;
}

/* Whether a part fits its field as written. */
static enum url_fault check_raw(struct span s, size_t cap)
{
    return s.len < cap ? URL_OK : URL_TOO_LONG;
}

/* Whether a part fits its field when it is decoded, and holds no control bytes then. */
static enum url_fault check_decoded(struct span s, size_t cap)
{
    size_t used = 0;
    for (size_t i = 0; i < s.len; i++, used++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c == '%') {
            c = (unsigned char)(hex_value(s.at[i + 1]) * 16 + hex_value(s.at[i + 2]));
            i += 2;
        }
        if (c < 0x20 || c == 0x7f)
            return URL_SYNTAX;
    }
    return used < cap ? URL_OK : URL_TOO_LONG;
}

static void copy(struct span from, char *out)
{
    memcpy(out, from.at, from.len);
    out[from.len] = '\0';
}

static void decode(struct span from, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < from.len; i++) {
        char c = from.at[i];
        if (c == '%') {
            c = (char)(hex_value(from.at[i + 1]) * 16 + hex_value(from.at[i + 2]));
            i += 2;
        }
        out[used++] = c;
    }
    out[used] = '\0';
}

/* Cut @s at the first of @stops: the part before is returned, @s keeps the rest with the stop in front. */
static struct span take_until(struct span *s, const char *stops)
{
    size_t n = 0;
    while (n < s->len && !strchr(stops, s->at[n]))
        n++;
    struct span head = {s->at, n};
    s->at += n;
    s->len -= n;
    return head;
}

static void drop(struct span *s, size_t n)
{
    s->at += n;
    s->len -= n;
}

static bool span_is(struct span s, const char *text)
{
    return s.len == strlen(text) && strncasecmp(s.at, text, s.len) == 0;
}

static enum url_fault parse_scheme(struct span *rest, struct parts *p)
{
    struct span scheme = take_until(rest, ":/?#");
    if (scheme.len == 0 || scheme.len >= FIELD_SIZE(scheme) || rest->len == 0 || rest->at[0] != ':')
        return URL_SYNTAX;
    for (size_t i = 0; i < scheme.len; i++) {
        char c = scheme.at[i];
        bool inner = is_digit(c) || c == '+' || c == '-' || c == '.';
        if (!is_alpha(c) && !(i > 0 && inner))
            return URL_SYNTAX;
    }
    p->scheme = scheme;
    p->is_socket = span_is(scheme, "unix") || span_is(scheme, "redis+unix") || span_is(scheme, "file");
    drop(rest, 1);
    return URL_OK;
}

static enum url_fault parse_userinfo(struct span info, struct parts *p)
{
    p->has_user = true;
    p->user = take_until(&info, ":");
    enum url_fault fault = check_decoded(p->user, FIELD_SIZE(user));
    if (fault != URL_OK || info.len == 0)
        return fault;
    drop(&info, 1);
    p->has_password = true;
    p->password = info;
    fault = check_raw(info, FIELD_SIZE(raw_password));
    return fault != URL_OK ? fault : check_decoded(info, FIELD_SIZE(password));
}

static enum url_fault parse_port(struct span text, struct parts *p)
{
    unsigned value = 0;
    if (text.len == 0 || text.len > 5 || text.at[0] == '0')
        return URL_PORT;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.at[i]))
            return URL_PORT;
        value = value * 10 + (unsigned)(text.at[i] - '0');
    }
    if (value > UINT16_MAX)
        return URL_PORT;
    p->port = (uint16_t)value;
    return URL_OK;
}

/* "1", "0x7f": resolvers read a host that ends in such a label as an address, in forms that hide where it leads. */
static bool label_is_number(const char *label, size_t len)
{
    bool hex = len >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X');
    for (size_t i = hex ? 2 : 0; i < len; i++) {
        if (hex ? hex_value(label[i]) < 0 : !is_digit(label[i]))
            return false;
    }
    return len > 0;
}

static bool host_name_is_valid(const char *host)
{
    const char *label = host;
    for (;;) {
        size_t n = strcspn(label, ".");
        if (n == 0 || n > HOST_LABEL_MAX)
            return false;
        for (size_t i = 0; i < n; i++) {
            if (!is_alpha(label[i]) && !is_digit(label[i]) && label[i] != '-' && label[i] != '_')
                return false;
        }
        bool last = label[n] == '\0' || label[n + 1] == '\0'; /* one trailing dot is allowed */
        if (last) {
            struct in_addr address;
            return !label_is_number(label, n) || inet_pton(AF_INET, host, &address) == 1;
        }
        label += n + 1;
    }
}

static bool host_is_valid(struct span host, bool ipv6)
{
    struct in6_addr address;
    char name[HOST_NAME_MAX_BYTES + 1];
    if (host.len == 0 || host.len >= sizeof(name))
        return false;
    copy(host, name);
    return ipv6 ? inet_pton(AF_INET6, name, &address) == 1 : host_name_is_valid(name);
}

static enum url_fault parse_host_and_port(struct span text, struct parts *p)
{
    p->ipv6 = text.len > 0 && text.at[0] == '[';
    if (p->ipv6)
        drop(&text, 1);
    p->host = take_until(&text, p->ipv6 ? "]" : ":");
    if (!host_is_valid(p->host, p->ipv6) || (p->ipv6 && text.len == 0))
        return URL_HOST;
    if (p->ipv6)
        drop(&text, 1);
    if (text.len == 0)
        return URL_OK;
    if (text.at[0] != ':')
        return URL_HOST;
    drop(&text, 1);
    return parse_port(text, p);
}

/* A raw '/', '?' or '#' in a password ends the authority early and leaves the '@' behind: never take such text for a
 * host and a port, or half of the password would be shown. */
static bool at_sign_was_left_behind(struct span rest)
{
    return rest.len > 0 && rest.at[0] != '/' && memchr(rest.at, '@', rest.len);
}

static enum url_fault parse_authority(struct span *rest, struct parts *p)
{
    struct span authority = take_until(rest, "/?#");
    const char *at_sign = memchr(authority.at, '@', authority.len);
    if (at_sign) {
        struct span info = {authority.at, (size_t)(at_sign - authority.at)};
        drop(&authority, info.len + 1);
        if (memchr(authority.at, '@', authority.len))
            return URL_SYNTAX;
        enum url_fault fault = parse_userinfo(info, p);
        if (fault != URL_OK)
            return fault;
    } else if (at_sign_was_left_behind(*rest)) {
        return URL_SYNTAX;
    }
    if (p->is_socket)
        return authority.len == 0 ? URL_OK : URL_HOST;
    return parse_host_and_port(authority, p);
}

static enum url_fault parse_path_and_query(struct span rest, struct parts *p)
{
    p->path = take_until(&rest, "?#");
    if (p->is_socket && p->path.len == 0)
        return URL_SYNTAX;
    enum url_fault fault =
        p->is_socket ? check_decoded(p->path, FIELD_SIZE(path)) : check_raw(p->path, FIELD_SIZE(path));
    if (fault != URL_OK || rest.len == 0 || rest.at[0] == '#')
        return fault;
    drop(&rest, 1);
    p->query = take_until(&rest, "#");
    return check_raw(p->query, FIELD_SIZE(query));
}

static enum url_fault parse(struct span rest, struct parts *p)
{
    enum url_fault fault = parse_scheme(&rest, p);
    if (fault != URL_OK)
        return fault;
    bool has_authority = rest.len >= 2 && memcmp(rest.at, "//", 2) == 0;
    if (has_authority) {
        drop(&rest, 2);
        fault = parse_authority(&rest, p);
    } else if (!p->is_socket || rest.len == 0 || rest.at[0] != '/') {
        fault = URL_SYNTAX;
    }
    return fault != URL_OK ? fault : parse_path_and_query(rest, p);
}

/* Only now is anything copied: struct url is large, and stays untouched when the text is wrong. */
static void fill(const struct parts *p, struct url *out)
{
    copy(p->scheme, out->scheme);
    for (char *c = out->scheme; *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    decode(p->user, out->user);
    decode(p->password, out->password);
    copy(p->password, out->raw_password);
    copy(p->host, out->host);
    if (p->is_socket)
        decode(p->path, out->path);
    else
        copy(p->path, out->path);
    copy(p->query, out->query);
    out->port = p->port;
    out->has_user = p->has_user;
    out->has_password = p->has_password;
    out->ipv6 = p->ipv6;
}

enum url_fault url_parse(const char *text, size_t len, struct url *out)
{
    if (len >= URL_MAX)
        return URL_TOO_LONG;
    if (!bytes_are_clean(text, len))
        return URL_SYNTAX;
    struct span all = {text, len};
    struct span none = {text, 0};
    struct parts p = {.user = none, .password = none, .host = none, .path = none, .query = none};
    enum url_fault fault = parse(all, &p);
    if (fault == URL_OK)
        fill(&p, out);
    return fault;
}

int url_unescape(char *text)
{
    struct span all = {text, strlen(text)};

    if (!bytes_are_clean(text, all.len) || check_decoded(all, all.len + 1) != URL_OK)
        return -1;
    decode(all, text); /* never longer than what it reads */
    return 0;
}

bool url_user_is_token(const struct url *u)
{
    bool redis = strncmp(u->scheme, "redis", 5) == 0 || strcmp(u->scheme, "unix") == 0;
    return u->has_user && !u->has_password && !redis;
}

static void show_user(const struct url *u, struct buf *out)
{
    for (const char *c = u->user; *c != '\0'; c++) {
        if (is_alpha(*c) || is_digit(*c) || strchr("-._~", *c))
            buf_putc(out, *c);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*c);
    }
}

void url_show(const struct url *u, struct buf *out)
{
    char path[sizeof(u->path)];
    buf_puts(out, u->scheme);
    buf_puts(out, "://");
    if (url_user_is_token(u))
        buf_puts(out, "***");
    else if (u->has_user)
        show_user(u, out);
    if (u->has_password)
        buf_puts(out, ":***");
    if (u->has_user)
        buf_putc(out, '@');
    buf_puts(out, u->ipv6 ? "[" : "");
    buf_puts(out, u->host);
    buf_puts(out, u->ipv6 ? "]" : "");
    if (u->port != 0)
        buf_printf(out, ":%u", (unsigned)u->port);
    text_printable(u->path, strlen(u->path), path, sizeof(path));
    buf_puts(out, path);
    if (u->query[0] != '\0')
        buf_puts(out, "?***");
}

bool url_host_is_loopback(const struct url *u)
{
    static const char suffix[] = "localhost";
    size_t len = strlen(u->host);
    if (u->ipv6) {
        struct in6_addr address;
        if (inet_pton(AF_INET6, u->host, &address) != 1)
            return false;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127;
        return mapped || IN6_IS_ADDR_LOOPBACK(&address);
    }
    struct in_addr address;
    if (inet_pton(AF_INET, u->host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == 127;
    if (len > 0 && u->host[len - 1] == '.')
        len--;
    size_t n = sizeof(suffix) - 1;
    if (len < n || strncasecmp(u->host + len - n, suffix, n) != 0)
        return false;
    return len == n || u->host[len - n - 1] == '.';
}
