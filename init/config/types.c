#include <stdio.h>
#include <string.h>

#include "init/base/text.h"
#include "init/config/check.h"

static const char *const http_schemes[] = {"http", "https", NULL};
static const char *const ws_schemes[] = {"ws", "wss", "http", "https", NULL};
static const char *const redis_schemes[] = {"redis", "rediss", "unix", "redis+unix", NULL};

static int bound_time(const char *text, int64_t *out)
{
    return text_parse_time(text, out) == TEXT_OK ? 0 : -1;
}

static int bound_size(const char *text, int64_t *out)
{
    return text_parse_size(text, out) == TEXT_OK ? 0 : -1;
}

static const struct type_row types[] = {
    [VALUE_STRING] = {.name = "string",
                      .check = check_string,
                      .accepted = accept_string,
                      .bound = text_parse_int,
                      .example = "text",
                      .help = "any text that is not empty; min and max count its bytes"},
    [VALUE_SECRET] = {.name = "secret",
                      .check = check_secret,
                      .accepted = accept_secret,
                      .bound = text_parse_int,
                      .tells_empty = true,
                      .example = "...",
                      .help = "text without control characters and without white space around it; never shown"},
    [VALUE_INT] = {.name = "int",
                   .check = check_int,
                   .accepted = accept_int,
                   .bound = text_parse_int,
                   .tells_empty = true,
                   .example = "1",
                   .help = "a whole number in plain decimal, between min and max"},
    [VALUE_NUMBER] = {.name = "number",
                      .check = check_number,
                      .accepted = accept_number,
                      .example = "0.5",
                      .help = "a decimal number as JSON has them, like 12, -0.5 or 1e-3, between min and max"},
    [VALUE_BOOL] = {.name = "bool",
                    .check = check_bool,
                    .accepted = accept_bool,
                    .example = "true",
                    .help = "true, false, yes, no, on, off, 1 or 0, in lower case"},
    [VALUE_PORT] = {.name = "port",
                    .check = check_port,
                    .accepted = accept_port,
                    .bound = text_parse_int,
                    .example = "8080",
                    .help = "a port number from 1 to 65535"},
    [VALUE_ENUM] = {.name = "enum",
                    .check = check_enum,
                    .accepted = accept_enum,
                    .example = "...",
                    .help = "one of the listed words, exactly as written"},
    [VALUE_DURATION] = {.name = "duration",
                        .check = check_duration,
                        .accepted = accept_duration,
                        .bound = bound_time,
                        .example = "30s",
                        .help = "a whole number and right behind it its unit, ms, s, m, h or d, between min and max"},
    [VALUE_SIZE] = {.name = "size",
                    .check = check_size,
                    .accepted = accept_size,
                    .bound = bound_size,
                    .example = "64MiB",
                    .help =
                        "a whole number and right behind it its unit: B, KB, MB, GB, TB (of 1000) or KiB, MiB, GiB, "
                        "TiB (of 1024), between min and max"},
    [VALUE_PATH] = {.name = "path",
                    .check = check_path,
                    .accepted = accept_path,
                    .example = "/data/file",
                    .help = "an absolute path; what has to be there is said by \"must\""},
    [VALUE_REGEX] = {.name = "regex",
                     .check = check_regex,
                     .accepted = accept_regex,
                     .example = "^[a-z]+$",
                     .help = "a POSIX extended regular expression of at most 512 bytes"},
    [VALUE_JSON] = {.name = "json",
                    .check = check_json,
                    .accepted = accept_json,
                    .example = "{\"key\": 1}",
                    .help = "a JSON document, RFC 8259, without a name that is twice in an object"},
    [VALUE_BASE64] = {.name = "base64",
                      .check = check_base64,
                      .accepted = accept_base64,
                      .bound = text_parse_int,
                      .example = "bXVzdGVy",
                      .help =
                          "base64 with its padding, in the standard or the URL-safe alphabet; min and max count the "
                          "bytes that it decodes to"},
    [VALUE_EMAIL] = {.name = "email",
                     .check = check_email,
                     .accepted = accept_email,
                     .example = "name@example.org",
                     .help = "an e-mail address, name@host, without a display name"},
    [VALUE_LIST] = {.name = "list",
                    .check = check_list,
                    .accepted = accept_list,
                    .bound = text_parse_int,
                    .example = "one,two",
                    .help = "items of one type with a separator between them and nothing else; min and max count them"},
    [VALUE_HOSTPORT] = {.name = "hostport",
                        .check = check_hostport,
                        .accepted = accept_hostport,
                        .example = "host:1234",
                        .help = "host:port or [IPv6 address]:port; the port from 1 to 65535"},
    [VALUE_URI] = {.name = "uri",
                   .check = check_uri,
                   .accepted = accept_url,
                   .scheme_rule = "uri.scheme",
                   .example = "tcp://host:1234",
                   .help = "scheme://host with an optional port, path and query"},
    [VALUE_HTTP_URL] = {.name = "http-url",
                        .check = check_web_url,
                        .accepted = accept_url,
                        .schemes = http_schemes,
                        .scheme_rule = "url.scheme",
                        .example = "http://api:8000",
                        .help = "http:// or https:// URL; credentials in it only with allow_userinfo"},
    [VALUE_WS_URL] = {.name = "ws-url",
                      .check = check_web_url,
                      .accepted = accept_url,
                      .schemes = ws_schemes,
                      .scheme_rule = "url.scheme",
                      .example = "ws://api:8000/ws",
                      .help = "ws://, wss://, http:// or https:// URL; credentials in it only with allow_userinfo"},
    [VALUE_REDIS_URL] = {.name = "redis-url",
                         .check = check_redis_url,
                         .accepted = accept_redis_url,
                         .bound = text_parse_int,
                         .schemes = redis_schemes,
                         .scheme_rule = "uri.scheme",
                         .example = "redis://cache:6379/0",
                         .help =
                             "redis://, rediss://, unix: or redis+unix: URL; port 6379 if none is given; a database "
                             "number as the path"},
};
_Static_assert(sizeof(types) / sizeof(types[0]) == VALUE_TYPE_COUNT, "one row per value type");

const struct type_row *type_row(enum value_type t)
{
    return &types[t];
}

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

bool value_type_is_url(enum value_type t)
{
    return types[t].scheme_rule != NULL;
}

const char *const *value_type_schemes(enum value_type t)
{
    return types[t].schemes;
}

int value_bound(enum value_type t, const char *text, int64_t *out)
{
    return types[t].bound ? types[t].bound(text, out) : -1;
}

const char *value_pattern_fault(const char *pattern, char *out, size_t cap)
{
    struct pattern compiled;
    return pattern_compile(pattern, &compiled, out, cap) == 0 ? NULL : out;
}

void value_accepted(const struct variable *v, char *out, size_t cap)
{
    static const char more[] = "...";
    struct buf b;
    buf_init(&b, out, cap);
    types[v->type].accepted(v, &b);
    if (v->pattern)
        buf_printf(&b, ", matching %s", v->pattern);
    if (b.overflow && cap > sizeof(more))
        memcpy(out + text_utf8_span(out, cap - sizeof(more)), more, sizeof(more));
}

/* The file system has no say in what is a good example. */
static bool is_valid(const struct variable *v, const char *value)
{
    struct variable plain = *v;
    plain.path_rules = 0;
    struct check c = {.variable = &plain, .declared = &plain, .row = &types[v->type], .name = v->name, .value = value};
    check_run(&c);
    return !c.broken;
}

const char *value_example(const struct variable *v)
{
    if (v->example)
        return v->example;
    if (v->type == VALUE_ENUM)
        return v->choice_count > 0 ? v->choices[0] : NULL;
    return is_valid(v, types[v->type].example) ? types[v->type].example : NULL;
}

void value_check(const struct variable *v, const char *where, const char *value, struct problems *p)
{
    struct check c = {.variable = v,
                      .declared = v,
                      .row = &types[v->type],
                      .where = where,
                      .name = where,
                      .value = value,
                      .problems = p};
    check_run(&c);
}
