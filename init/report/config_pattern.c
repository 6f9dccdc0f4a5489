#include "init/report/config_pattern.h"

#include <inttypes.h>
#include <string.h>

#include "init/base/text.h"
#include "init/report/config_ere.h"
#include "init/report/config_range.h"

#define PORT_LAST 65535
#define REDIS_DATABASE_LAST 15

/* url.h: no blanks, control bytes and backslashes anywhere; what may stand in a host. */
#define URL_BYTE "[^\\x00-\\x20\\x7f\\\\]"
#define URL_USER "(?:[^\\x00-\\x20\\x7f\\\\/?#@]*@)?"
#define HOST "(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])"
#define ATOM "[A-Za-z0-9!#$%&'*+\\/=?^_`{|}~-]+"
#define LABEL "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"

static const char secret[] = "[^\\x00-\\x20\\x7f](?:[^\\x00-\\x1f\\x7f]*[^\\x00-\\x20\\x7f])?";
static const char number[] = "-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?";
static const char boolean[] = "true|false|yes|no|on|off|1|0";
static const char path[] = "\\/[^\\x00-\\x1f\\x7f]*";
static const char email[] = ATOM "(?:\\." ATOM ")*@" LABEL "(?:\\." LABEL ")*";

static void put_range(bool has_min, int64_t min, bool has_max, int64_t max, struct buf *out)
{
    const struct config_range r = {has_min, has_max, min, max};
    buf_puts(out, "(?:");
    /* Bounds that leave nothing: the type has some of its own. */
    if (has_min && has_max && min > max)
        buf_puts(out, "(?!)");
    else
        config_range_pattern(&r, out);
    buf_putc(out, ')');
}

static void put_port(const struct variable *v, struct buf *out)
{
    put_range(true, v && v->has_min && v->min > 1 ? v->min : 1, true,
              v && v->has_max && v->max < PORT_LAST ? v->max : PORT_LAST, out);
}

static void put_quantity(const struct text_unit *units, size_t count, struct buf *out)
{
    buf_puts(out, "(?:0|[1-9][0-9]*)(?:");
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : "|", units[i].name);
    buf_putc(out, ')');
}

/* Whole groups of four, and the last one with the padding that fits, which leaves bits that have to be zero. */
static void put_base64(const char *digit, struct buf *out)
{
    buf_printf(out, "(?:%s{4})*(?:%s{4}|%s[AQgw]==|%s{2}[AEIMQUYcgkosw048]=)", digit, digit, digit, digit);
}

static void put_words(const char *const *words, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        buf_puts(out, i == 0 ? "" : "|");
        for (const char *c = words[i]; *c != '\0'; c++)
            config_ere_literal(*c, out);
    }
}

/* A scheme is the same in capitals. */
static void put_scheme(const char *scheme, struct buf *out)
{
    for (const char *c = scheme; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            buf_printf(out, "[%c%c]", *c - 'a' + 'A', *c);
        else
            config_ere_literal(*c, out);
    }
}

/* Behind the scheme of a URL with a host. */
static void put_authority(const struct variable *v, struct buf *out)
{
    bool web = v->type == VALUE_HTTP_URL || v->type == VALUE_WS_URL;
    buf_puts(out, ":\\/\\/");
    if (!web || v->allow_userinfo)
        buf_puts(out, URL_USER);
    buf_puts(out, HOST "(?::");
    put_port(NULL, out);
    buf_puts(out, ")?");
    if (v->type != VALUE_REDIS_URL) {
        buf_puts(out, "(?:[\\/?#]" URL_BYTE "*)?");
        return;
    }
    buf_puts(out, "(?:\\/");
    put_range(true, v->has_min ? v->min : 0, true, v->has_max ? v->max : REDIS_DATABASE_LAST, out);
    buf_puts(out, "?)?(?:[?#]" URL_BYTE "*)?");
}

/* Schemes that name a socket have a path and no host. */
static bool put_schemes(const struct variable *v, bool sockets, struct buf *out)
{
    const char *const *of_type = value_type_schemes(v->type);
    size_t told = 0;
    for (size_t i = 0; v->scheme_count > 0 ? i < v->scheme_count : of_type[i] != NULL; i++) {
        const char *scheme = v->scheme_count > 0 ? v->schemes[i] : of_type[i];
        bool socket = strcmp(scheme, "unix") == 0 || strcmp(scheme, "redis+unix") == 0;
        if (socket != sockets)
            continue;
        buf_puts(out, told++ == 0 ? "(?:" : "|");
        put_scheme(scheme, out);
    }
    buf_puts(out, told == 0 ? "" : ")");
    return told > 0;
}

static void put_url(const struct variable *v, struct buf *out)
{
    bool any = v->scheme_count == 0 && !value_type_schemes(v->type);
    if (any) {
        buf_puts(out, "(?:[A-Za-z][A-Za-z0-9+.-]*");
        put_authority(v, out);
        buf_puts(out, "|(?:");
        put_scheme("redis+", out);
        buf_puts(out, ")?");
        put_scheme("unix", out);
        buf_puts(out, ":" URL_BYTE "+)");
        return;
    }
    buf_puts(out, "(?:");
    bool hosts = put_schemes(v, false, out);
    if (hosts)
        put_authority(v, out);
    char storage[256];
    struct buf sockets = BUF_OVER(storage);
    buf_reset(&sockets);
    if (put_schemes(v, true, &sockets))
        buf_printf(out, "%s%s:" URL_BYTE "+", hosts ? "|" : "", storage);
    buf_putc(out, ')');
}

/* An item of a type without a form: anything without the separator, or what its pattern says. */
static void put_text_item(const struct variable *list, char separator, struct buf *out)
{
    char storage[CONFIG_ERE_TEXT_MAX];
    struct buf pattern = BUF_OVER(storage);
    bool anchored = false;
    buf_reset(&pattern);
    if (list->pattern && config_ere_translate(list->pattern, &pattern, &anchored) == 0 && !anchored) {
        buf_puts(out, storage);
        return;
    }
    buf_puts(out, "[^");
    config_ere_literal(separator, out);
    buf_puts(out, "]+");
}

static bool put_typed(const struct variable *v, struct buf *out);

static void put_item(const struct variable *list, char separator, struct buf *out)
{
    struct variable item = *list;
    item.type = list->item_type;
    item.has_min = item.has_max = false;
    buf_puts(out, "(?:");
    if (list->choice_count > 0)
        put_words(list->choices, list->choice_count, out);
    else if (item.type == VALUE_LIST || !put_typed(&item, out))
        put_text_item(list, separator, out);
    buf_putc(out, ')');
}

static void put_list(const struct variable *v, struct buf *out)
{
    const char separator = v->separator != '\0' ? v->separator : ',';
    int64_t least = v->has_min && v->min > 1 ? v->min - 1 : 0;
    put_item(v, separator, out);
    buf_puts(out, "(?:");
    config_ere_literal(separator, out);
    put_item(v, separator, out);
    buf_putc(out, ')');
    if (v->has_max && v->max > least)
        buf_printf(out, "{%" PRId64 ",%" PRId64 "}", least, v->max - 1);
    else
        buf_printf(out, "{%" PRId64 ",}", least);
}

/* The form of a type that has no bounds, or NULL. */
static const char *fixed_form(enum value_type t)
{
    switch (t) {
    case VALUE_SECRET:
        return secret;
    case VALUE_NUMBER:
        return number;
    case VALUE_BOOL:
        return boolean;
    case VALUE_PATH:
        return path;
    case VALUE_EMAIL:
        return email;
    default:
        return NULL;
    }
}

/* Returns whether anything was written. */
static bool put_typed(const struct variable *v, struct buf *out)
{
    const char *form = fixed_form(v->type);
    if (value_type_is_url(v->type)) {
        put_url(v, out);
    } else if (v->type == VALUE_INT) {
        put_range(v->has_min, v->min, v->has_max, v->max, out);
    } else if (v->type == VALUE_PORT) {
        put_port(v, out);
    } else if (v->type == VALUE_HOSTPORT) {
        buf_puts(out, HOST ":");
        put_port(NULL, out);
    } else if (v->type == VALUE_DURATION) {
        put_quantity(text_time_units, TEXT_TIME_UNITS, out);
    } else if (v->type == VALUE_SIZE) {
        put_quantity(text_size_units, TEXT_SIZE_UNITS, out);
    } else if (v->type == VALUE_BASE64) {
        put_base64("[A-Za-z0-9+\\/]", out);
        buf_putc(out, '|');
        put_base64("[A-Za-z0-9_-]", out);
    } else if (v->type == VALUE_LIST) {
        put_list(v, out);
    } else if (form) {
        buf_puts(out, form);
    } else {
        return false;
    }
    return true;
}

bool config_pattern_type(const struct variable *v, struct buf *out)
{
    return put_typed(v, out) && !out->overflow;
}
