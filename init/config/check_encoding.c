#include "init/config/check.h"

#include <stdlib.h>
#include <string.h>

#include "init/base/json.h"
#include "init/base/json_scan.h"

static void told_json_fault(struct check *c, const struct problem *fault)
{
    bool place = strchr(fault->where, '/') == NULL; /* else it names members */
    struct problem *item = NULL;
    if (check_may_quote(c))
        item = check_broken(c, "json", "no JSON: %s (%s%s)", fault->text, place ? "at " : "", fault->where);
    else if (place)
        item = check_broken(c, "json", "no JSON (at %s)", fault->where);
    else
        item = check_broken(c, "json", "no JSON: a name is there twice");
    problem_hint(item, "write it as RFC 8259 says: double quotes, no comments, no comma at the end");
}

void check_json(struct check *c)
{
    size_t len = strlen(c->value);
    if (len > JSON_TEXT_MAX) {
        problem_hint(check_broken(c, "json", "longer than %zu bytes", JSON_TEXT_MAX), "shorten it");
        return;
    }
    char *copy = malloc(len + 1);
    if (!copy) {
        problem_hint(check_broken(c, "json", "there is no memory to look at it"), "give the container more of it");
        return;
    }
    memcpy(copy, c->value, len + 1);
    struct problems faults;
    faults.errors = faults.warnings = faults.count = 0;
    if (json_scan(copy, len, false, &faults) != 0)
        told_json_fault(c, &faults.items[0]);
    explicit_bzero(faults.items, faults.count * sizeof(faults.items[0]));
    explicit_bzero(copy, len);
    free(copy);
}

void accept_json(const struct variable *v, struct buf *out)
{
    (void)v;
    buf_printf(out, "a JSON document, at most %d levels deep, no name twice in an object", JSON_DEPTH_MAX);
}

/* 0 to 63, or -1. @alphabet becomes the one that is needed: '+' or '-'. */
static int base64_digit(char c, unsigned *alphabets)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '/')
        *alphabets |= 1;
    else if (c == '-' || c == '_')
        *alphabets |= 2;
    else
        return -1;
    return c == '+' || c == '-' ? 62 : 63;
}

/* What is wrong with it as base64, or NULL and the @length that it decodes to. RFC 4648, sections 3 to 5. */
static const char *base64_fault(const char *s, size_t *length)
{
    size_t len = strlen(s);
    size_t digits = len;
    unsigned alphabets = 0;
    int last = 0;
    while (digits > 0 && len - digits < 2 && s[digits - 1] == '=')
        digits--;
    for (size_t i = 0; i < digits; i++) {
        last = base64_digit(s[i], &alphabets);
        if (last < 0)
            return s[i] == '=' ? "padding that is not at the end" : "characters in it that base64 does not have";
    }
    if (alphabets == 3)
        return "it mixes the alphabet with + and / and the one with - and _";
    if (len % 4 != 0)
        return "its length is no multiple of 4: padding (=) or something else is missing";
    size_t spare = len - digits; /* of 2 bits each */
    if (spare > 0 && (last & ((1 << (2 * spare)) - 1)) != 0)
        return "its last digit has bits that belong to nothing: it was cut or changed";
    *length = len / 4 * 3 - spare;
    return NULL;
}

void check_base64(struct check *c)
{
    char quote[CHECK_QUOTE_ROOM];
    size_t length = 0;
    const char *fault = base64_fault(c->value, &length);
    if (fault)
        problem_hint(check_broken(c, "base64", "no base64: %s%s", fault, check_quote(c, quote)),
                     "encode it in one line and with its padding, as base64 -w0 does");
    else
        check_length(c, length, "byte");
}

void accept_base64(const struct variable *v, struct buf *out)
{
    buf_puts(out, "base64 with padding, in the standard or the URL-safe alphabet");
    if (v->has_min || v->has_max)
        buf_puts(out, ",");
    accepted_length(v, "byte", out);
    if (v->has_min || v->has_max)
        buf_puts(out, " when decoded");
}
