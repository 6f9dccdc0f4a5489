#include "init/config/schema.h"

#include <inttypes.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "init/base/buf.h"
#include "init/base/text.h"
#include "init/base/url.h"

/* Longer quotations do not help to find the mistake. */
#define QUOTE_MAX 40
/* ConfigurationProfile: database numbers are 0 to 15, redis.conf's own default of 16 databases. */
#define REDIS_DATABASE_MAX 15
#define CHOICES_TEXT_MAX 200

static const char *const bool_words[] = {"true", "false", "yes", "no", "on", "off", "1", "0"};

/* One value under check. */
struct check {
    const struct variable *variable;
    const char *where;
    const char *value;
    struct problems *problems;
};

struct type_row {
    const char *name;
    void (*check)(const struct check *c, const struct type_row *row);
    const char *const *schemes; /* NULL-terminated; NULL = any, or not a URL */
    const char *scheme_rule;
    const char *example;
    const char *help;
};

static struct problem *broken(const struct check *c, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static struct problem *broken(const struct check *c, const char *rule, const char *fmt, ...)
{
    char text[sizeof(((struct problem *)0)->text)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return problem_add(c->problems, rule, c->where, "%s", text);
}

/* ", found "abc"", or nothing for a secret. */
static const char *found(const struct check *c, char out[QUOTE_MAX + 24])
{
    char quoted[QUOTE_MAX + 1];
    out[0] = '\0';
    if (c->variable->secret || c->variable->type == VALUE_SECRET)
        return out;
    size_t len = strlen(c->value);
    size_t kept = text_printable(c->value, len, quoted, sizeof(quoted));
    snprintf(out, QUOTE_MAX + 24, ", found \"%s\"%s", quoted, kept < len ? "..." : "");
    return out;
}

static void check_string(const struct check *c, const struct type_row *row)
{
    (void)c;
    (void)row;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void check_secret(const struct check *c, const struct type_row *row)
{
    (void)row;
    size_t len = strlen(c->value);
    size_t blanks = 0;
    size_t controls = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)c->value[i];
        blanks += is_blank(c->value[i]);
        controls += byte < 0x20 || byte == 0x7f;
    }
    if (blanks == len) {
        struct problem *item =
            broken(c, "secret.empty", len == 0 ? "set, but empty" : "set, but nothing except white space");
        problem_hint(item, "give %s its value, or do not set it at all (--empty-as-unset takes empty for unset)",
                     c->where);
    } else if (is_blank(c->value[0]) || is_blank(c->value[len - 1])) {
        problem_hint(broken(c, "secret.whitespace", "white space at the beginning or the end of a secret"),
                     "remove it; a file that was read with its last line feed is the usual cause");
    } else if (controls > 0) {
        problem_hint(broken(c, "secret.whitespace", "control characters in a secret"),
                     "remove them; a line feed in the middle often means that two values were pasted together");
    }
}

/* Decimal form alone, so that a number beyond 64 bits is out of range and not malformed. */
static bool is_decimal(const char *s)
{
    s += s[0] == '-';
    return s[0] >= '1' && s[0] <= '9' && s[strspn(s, "0123456789")] == '\0';
}

static void range_text(const struct variable *v, char *out, size_t cap)
{
    if (v->has_min && v->has_max)
        snprintf(out, cap, "from %" PRId64 " to %" PRId64, v->min, v->max);
    else if (v->has_min)
        snprintf(out, cap, "of at least %" PRId64, v->min);
    else if (v->has_max)
        snprintf(out, cap, "of at most %" PRId64, v->max);
    else
        snprintf(out, cap, "of 64 bits");
}

static void check_int(const struct check *c, const struct type_row *row)
{
    const struct variable *v = c->variable;
    char quote[QUOTE_MAX + 24];
    char range[64];
    int64_t n = 0;
    (void)row;
    range_text(v, range, sizeof(range));
    int parsed = text_parse_int(c->value, &n);
    if (parsed != 0 && !is_decimal(c->value)) {
        problem_hint(broken(c, "int.format", "not a whole number in plain decimal%s", found(c, quote)),
                     "set %s to a whole number %s, only digits: no blanks, no plus sign, no leading zeros", c->where,
                     range);
    } else if (parsed != 0 || (v->has_min && n < v->min) || (v->has_max && n > v->max)) {
        problem_hint(broken(c, "int.range", "not a number %s%s", range, found(c, quote)), "set %s to a number %s",
                     c->where, range);
    }
}

static void check_port(const struct check *c, const struct type_row *row)
{
    const struct variable *v = c->variable;
    char quote[QUOTE_MAX + 24];
    int64_t min = v->has_min && v->min > 1 ? v->min : 1;
    int64_t max = v->has_max && v->max < UINT16_MAX ? v->max : UINT16_MAX;
    int64_t n = 0;
    if (text_parse_int(c->value, &n) == 0 && n >= min && n <= max)
        return;
    problem_hint(broken(c, "port", "not a port number from %" PRId64 " to %" PRId64 "%s", min, max, found(c, quote)),
                 "set %s to a port number, for example %s", c->where, row->example);
}

static const char *word_at(const void *words, size_t i)
{
    return ((const char *const *)words)[i];
}

static void check_word(const struct check *c, const char *rule, const char *const *words, size_t count)
{
    char storage[CHOICES_TEXT_MAX];
    char quote[QUOTE_MAX + 24];
    struct buf choices = BUF_OVER(storage);
    buf_reset(&choices);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(c->value, words[i]) == 0)
            return;
        buf_printf(&choices, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    struct problem *item =
        broken(c, rule, "not one of %s%s%s", storage, choices.overflow ? "..." : "", found(c, quote));
    const char *near = c->variable->secret ? NULL : text_nearest(c->value, word_at, words, count);
    if (near)
        problem_hint(item, "did you mean \"%s\"?", near);
    else
        problem_hint(item, "set %s to one of these, exactly as written", c->where);
}

static void check_bool(const struct check *c, const struct type_row *row)
{
    (void)row;
    check_word(c, "bool", bool_words, sizeof(bool_words) / sizeof(bool_words[0]));
}

static void check_enum(const struct check *c, const struct type_row *row)
{
    (void)row;
    check_word(c, "enum", c->variable->choices, c->variable->choice_count);
}

static void url_fault_told(const struct check *c, const struct type_row *row, enum url_fault fault)
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
    problem_hint(broken(c, faults[fault].rule, "%s", faults[fault].text), "write it like %s%s", row->example,
                 faults[fault].advice);
}

static void schemes_text(const char *const *schemes, struct buf *out)
{
    for (size_t i = 0; schemes[i]; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : ", ", schemes[i]);
}

/* Fills @u (to be wiped by the caller) and returns true when the value is a URL with an accepted scheme. */
static bool parse_url(const struct check *c, const struct type_row *row, struct url *u)
{
    enum url_fault fault = url_parse(c->value, strlen(c->value), u);
    if (fault != URL_OK) {
        url_fault_told(c, row, fault);
        return false;
    }
    bool accepted = row->schemes == NULL;
    for (size_t i = 0; !accepted && row->schemes[i]; i++)
        accepted = strcmp(u->scheme, row->schemes[i]) == 0;
    if (accepted)
        return true;
    char storage[64];
    struct buf schemes = BUF_OVER(storage);
    buf_reset(&schemes);
    schemes_text(row->schemes, &schemes);
    bool quotable = !c->variable->secret;
    problem_hint(broken(c, row->scheme_rule, "the scheme %s%s%sis not one of %s", quotable ? "\"" : "",
                        quotable ? u->scheme : "", quotable ? "\" " : "", storage),
                 "write it like %s", row->example);
    return false;
}

static void check_uri(const struct check *c, const struct type_row *row)
{
    struct url u = {.port = 0};
    parse_url(c, row, &u);
    explicit_bzero(&u, sizeof(u));
}

static void check_web_url(const struct check *c, const struct type_row *row)
{
    struct url u = {.port = 0};
    if (parse_url(c, row, &u) && u.has_user && !c->variable->allow_userinfo)
        problem_hint(broken(c, "url.userinfo", "a user name or a password in the URL"),
                     "put credentials into a variable of type secret, or set \"allow_userinfo\": true for %s",
                     c->variable->name);
    explicit_bzero(&u, sizeof(u));
}

static void check_redis_database(const struct check *c, const struct type_row *row, const char *path)
{
    const struct variable *v = c->variable;
    int64_t min = v->has_min ? v->min : 0;
    int64_t max = v->has_max ? v->max : REDIS_DATABASE_MAX;
    int64_t n = 0;
    if (path[0] == '\0' || path[1] == '\0')
        return;
    bool number = text_parse_int(path + 1, &n) == 0;
    if (!number && !is_decimal(path + 1))
        problem_hint(broken(c, "uri.syntax", "the path of a Redis URL is a database number"), "write it like %s",
                     row->example);
    else if (!number || n < min || n > max)
        problem_hint(
            broken(c, "int.range", "the database in the URL is not a number from %" PRId64 " to %" PRId64, min, max),
            "write it like %s", row->example);
}

static void check_redis_url(const struct check *c, const struct type_row *row)
{
    struct url u = {.port = 0};
    if (parse_url(c, row, &u)) {
        if (u.host[0] != '\0')
            check_redis_database(c, row, u.path);
        else if (strlen(u.path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
            problem_hint(broken(c, "uri.syntax", "the path of the socket is too long for a socket address, unix(7)"),
                         "use a path of at most 107 bytes");
    }
    explicit_bzero(&u, sizeof(u));
}

static const char *const http_schemes[] = {"http", "https", NULL};
static const char *const ws_schemes[] = {"ws", "wss", "http", "https", NULL};
static const char *const redis_schemes[] = {"redis", "rediss", "unix", "redis+unix", NULL};

#define PLAIN(word)                                                                                                    \
    {                                                                                                                  \
        .name = (word), .check = check_string, .example = "text", .help = "text"                                       \
    }

static const struct type_row types[] = {
    [VALUE_NUMBER] = PLAIN("number"),
    [VALUE_DURATION] = PLAIN("duration"),
    [VALUE_SIZE] = PLAIN("size"),
    [VALUE_PATH] = PLAIN("path"),
    [VALUE_REGEX] = PLAIN("regex"),
    [VALUE_JSON] = PLAIN("json"),
    [VALUE_BASE64] = PLAIN("base64"),
    [VALUE_EMAIL] = PLAIN("email"),
    [VALUE_LIST] = PLAIN("list"),
    [VALUE_HOSTPORT] = PLAIN("hostport"),
    [VALUE_STRING] = {.name = "string", .check = check_string, .example = "text", .help = "any text that is not empty"},
    [VALUE_SECRET] = {.name = "secret",
                      .check = check_secret,
                      .example = "...",
                      .help = "text without control characters and without white space around it; never shown"},
    [VALUE_INT] = {.name = "int",
                   .check = check_int,
                   .example = "1",
                   .help = "a whole number in plain decimal, between min and max"},
    [VALUE_BOOL] = {.name = "bool",
                    .check = check_bool,
                    .example = "true",
                    .help = "true, false, yes, no, on, off, 1 or 0, in lower case"},
    [VALUE_PORT] = {.name = "port", .check = check_port, .example = "8080", .help = "a port number from 1 to 65535"},
    [VALUE_ENUM] = {.name = "enum",
                    .check = check_enum,
                    .example = "...",
                    .help = "one of the listed words, exactly as written"},
    [VALUE_URI] = {.name = "uri",
                   .check = check_uri,
                   .example = "tcp://host:1234",
                   .help = "scheme://host with an optional port, path and query"},
    [VALUE_HTTP_URL] = {.name = "http-url",
                        .check = check_web_url,
                        .schemes = http_schemes,
                        .scheme_rule = "url.scheme",
                        .example = "http://api:8000",
                        .help = "http:// or https:// URL; credentials in it only with allow_userinfo"},
    [VALUE_WS_URL] = {.name = "ws-url",
                      .check = check_web_url,
                      .schemes = ws_schemes,
                      .scheme_rule = "url.scheme",
                      .example = "ws://api:8000/ws",
                      .help = "ws://, wss://, http:// or https:// URL; credentials in it only with allow_userinfo"},
    [VALUE_REDIS_URL] = {.name = "redis-url",
                         .check = check_redis_url,
                         .schemes = redis_schemes,
                         .scheme_rule = "uri.scheme",
                         .example = "redis://cache:6379/0",
                         .help =
                             "redis://, rediss://, unix: or redis+unix: URL; port 6379 if none is given; a database "
                             "number as the path"},
};
_Static_assert(sizeof(types) / sizeof(types[0]) == VALUE_TYPE_COUNT, "one row per value type");

const char *value_type_name(enum value_type t)
{
    return types[t].name;
}

int value_type_from_name(const char *name)
{
    for (int t = 0; t < VALUE_TYPE_COUNT; t++) {
        if (strcmp(types[t].name, name) == 0)
            return t;
    }
    return -1;
}

const char *value_type_help(enum value_type t)
{
    return types[t].help;
}

const char *value_type_example(enum value_type t)
{
    return types[t].example;
}

void value_check(const struct variable *v, const char *where, const char *value, struct problems *p)
{
    struct check c = {.variable = v, .where = where, .value = value, .problems = p};
    bool tells_empty_itself = v->type == VALUE_INT || v->type == VALUE_SECRET;
    if (value[0] == '\0' && !tells_empty_itself)
        problem_hint(broken(&c, "value.empty", "set, but empty"),
                     "give %s a value, or do not set it at all (--empty-as-unset takes empty for unset)", where);
    else
        types[v->type].check(&c, &types[v->type]);
}

bool value_type_is_url(enum value_type t)
{
    return t == VALUE_URI || t == VALUE_HTTP_URL || t == VALUE_WS_URL || t == VALUE_REDIS_URL;
}

void value_accepted(const struct variable *v, char *out, size_t cap)
{
    snprintf(out, cap, "%s", value_type_help(v->type));
}

const char *value_pattern_fault(const char *pattern, char *out, size_t cap)
{
    regex_t compiled;
    if (strlen(pattern) > PATTERN_MAX) {
        snprintf(out, cap, "longer than %d bytes", PATTERN_MAX);
        return out;
    }
    int fault = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
    if (fault != 0) {
        regerror(fault, &compiled, out, cap);
        return out;
    }
    regfree(&compiled);
    return NULL;
}

int value_bound(enum value_type t, const char *text, int64_t *out)
{
    switch (t) {
    case VALUE_DURATION:
        return text_parse_time(text, out) == TEXT_OK ? 0 : -1;
    case VALUE_SIZE:
        return text_parse_size(text, out) == TEXT_OK ? 0 : -1;
    default:
        return text_parse_int(text, out);
    }
}
