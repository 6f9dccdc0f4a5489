#include "init/report/config_ere.h"

#include <string.h>

/* What may be escaped under the "u" flag: these, and nothing else. */
#define SYNTAX "^$\\.*+?()[]{}|/"

static const struct {
    const char *name;
    const char *members; /* as they stand between brackets */
} classes[] = {
    {"[:alnum:]", "A-Za-z0-9"},
    {"[:alpha:]", "A-Za-z"},
    {"[:blank:]", " \\t"},
    {"[:cntrl:]", "\\x01-\\x1f\\x7f"},
    {"[:digit:]", "0-9"},
    {"[:graph:]", "\\x21-\\x7e"},
    {"[:lower:]", "a-z"},
    {"[:print:]", "\\x20-\\x7e"},
    {"[:punct:]", "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e"},
    {"[:space:]", " \\t-\\r"},
    {"[:upper:]", "A-Z"},
    {"[:xdigit:]", "0-9A-Fa-f"},
};

void config_ere_literal(char c, struct buf *out)
{
    if (strchr(SYNTAX, c))
        buf_putc(out, '\\');
    buf_putc(out, c);
}

/* At "[:": the class. Returns what is behind it, or NULL. */
static const char *put_class(const char *at, struct buf *out)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        size_t len = strlen(classes[i].name);
        if (strncmp(at, classes[i].name, len) == 0) {
            buf_puts(out, classes[i].members);
            return at + len;
        }
    }
    return NULL;
}

/* A character between brackets: a hyphen means something there, and a backslash stands there twice. */
static const char *put_member(const char *at, struct buf *out)
{
    at += at[0] == '\\';
    if (*at == '\0')
        return NULL;
    if (*at == '-')
        buf_putc(out, '\\');
    config_ere_literal(*at, out);
    return at + 1;
}

/* Behind a character between brackets: the rest of a range, if it is one. The bytes of one character stay together. */
static const char *put_range_end(const char *at, struct buf *out)
{
    if (at[0] != '-' || at[1] == ']')
        return at;
    buf_putc(out, '-');
    return put_member(at + 1, out);
}

/* At "[": up to and with "]". A "]" that stands first is one of the members. Returns what is behind it, or NULL. */
static const char *put_set(const char *at, struct buf *out)
{
    bool first = true;
    buf_putc(out, *at++);
    if (*at == '^')
        buf_putc(out, *at++);
    for (; at && (*at != ']' || first); first = false) {
        if (at[0] == '[' && at[1] == ':') {
            at = put_class(at, out);
            continue;
        }
        at = put_member(at, out);
        if (at)
            at = put_range_end(at, out);
    }
    if (at)
        buf_putc(out, *at++);
    return at;
}

/* What stands for itself, or means the same in both. A dot is any character, also a line feed. */
static const char *put_plain(const char *at, struct buf *out)
{
    if (*at == '.')
        buf_puts(out, "[\\s\\S]");
    else if (*at == '(')
        buf_puts(out, "(?:");
    else if (strchr(")|*+?^$", *at))
        buf_putc(out, *at);
    else
        config_ere_literal(*at, out);
    return at + 1;
}

static const char *put_braces(const char *at, struct buf *out)
{
    const char *end = strchr(at, '}');
    if (!end)
        return NULL;
    buf_write(out, at, (size_t)(end + 1 - at));
    return end + 1;
}

static const char *put_one(const char *at, struct buf *out)
{
    if (*at == '[')
        return put_set(at, out);
    if (*at == '{')
        return put_braces(at, out);
    if (*at != '\\')
        return put_plain(at, out);
    if (at[1] == '\0')
        return NULL;
    config_ere_literal(at[1], out);
    return at + 2;
}

int config_ere_translate(const char *pattern, struct buf *out, bool *anchored)
{
    /* With alternatives an anchor at the end belongs to one of them only. */
    bool single = strchr(pattern, '|') == NULL;
    const char *at = pattern + (single && pattern[0] == '^');
    *anchored = false;
    while (at && *at != '\0') {
        if (single && at[0] == '$' && at[1] == '\0')
            break;
        *anchored = *anchored || *at == '^' || *at == '$';
        at = put_one(at, out);
    }
    return at && !out->overflow ? 0 : -1;
}
