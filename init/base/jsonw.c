#include "init/base/jsonw.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"

/* Whole numbers up to here are exact in a double, and so in every reader of JSON. */
#define WHOLE_MAX 9007199254740992.0

void jsonw_init(struct jsonw *w, struct buf *out, bool pretty)
{
    *w = (struct jsonw){.out = out, .pretty = pretty};
}

static void new_line(struct jsonw *w)
{
    static const char blanks[] = "\n                                                                ";
    size_t wanted = 1 + 2 * (size_t)w->depth;

    if (!w->pretty)
        return;
    buf_write(w->out, blanks, wanted < sizeof(blanks) ? wanted : sizeof(blanks) - 1);
    for (size_t i = sizeof(blanks) - 1; i < wanted; i++)
        buf_putc(w->out, ' ');
}

/* ASCII that is written as it is. */
static size_t plain_span(const char *bytes, size_t len)
{
    size_t n = 0;

    while (n < len && bytes[n] >= 0x20 && bytes[n] < 0x7f && bytes[n] != '"' && bytes[n] != '\\')
        n++;
    return n;
}

static void write_escaped(struct buf *out, unsigned char c)
{
    static const char short_escapes[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\',
    };

    buf_putc(out, '\\');
    if (c < sizeof(short_escapes) && short_escapes[c])
        buf_putc(out, short_escapes[c]);
    else
        buf_printf(out, "u%04x", c);
}

/* The first character of @bytes, which are not plain. Returns its length. */
static size_t write_character(struct buf *out, const char *bytes, size_t len)
{
    unsigned char c = (unsigned char)bytes[0];
    size_t wide = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

    if (c >= 0x80 && wide <= len && text_utf8_span(bytes, wide) == wide) {
        buf_write(out, bytes, wide);
        return wide;
    }
    if (c >= 0x80)
        buf_puts(out, "\xEF\xBF\xBD");
    else
        write_escaped(out, c);
    return 1;
}

static void write_text(struct buf *out, const char *bytes, size_t len)
{
    buf_putc(out, '"');
    for (size_t at = 0; at < len;) {
        size_t plain = plain_span(bytes + at, len - at);
        buf_write(out, bytes + at, plain);
        at += plain;
        if (at < len)
            at += write_character(out, bytes + at, len - at);
    }
    buf_putc(out, '"');
}

static void begin_value(struct jsonw *w, const char *key)
{
    if (w->comma)
        buf_putc(w->out, ',');
    if (w->depth > 0)
        new_line(w);
    if (key) {
        write_text(w->out, key, strlen(key));
        buf_puts(w->out, w->pretty ? ": " : ":");
    }
    w->comma = true;
}

static void open_container(struct jsonw *w, const char *key, char bracket)
{
    begin_value(w, key);
    buf_putc(w->out, bracket);
    w->depth++;
    w->comma = false;
}

static void close_container(struct jsonw *w, char bracket)
{
    bool empty = !w->comma;

    w->depth--;
    if (!empty)
        new_line(w);
    buf_putc(w->out, bracket);
    w->comma = true;
}

void jsonw_object(struct jsonw *w, const char *key)
{
    open_container(w, key, '{');
}

void jsonw_object_end(struct jsonw *w)
{
    close_container(w, '}');
}

void jsonw_array(struct jsonw *w, const char *key)
{
    open_container(w, key, '[');
}

void jsonw_array_end(struct jsonw *w)
{
    close_container(w, ']');
}

void jsonw_string(struct jsonw *w, const char *key, const char *value)
{
    if (value)
        jsonw_bytes(w, key, value, strlen(value));
    else
        jsonw_null(w, key);
}

void jsonw_bytes(struct jsonw *w, const char *key, const char *bytes, size_t len)
{
    begin_value(w, key);
    write_text(w->out, bytes, len);
}

static void write_digits(struct buf *out, uint64_t value)
{
    char digits[20]; /* of 2^64 - 1 */
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buf_write(out, digits + at, sizeof(digits) - at);
}

void jsonw_int(struct jsonw *w, const char *key, int64_t value)
{
    begin_value(w, key);
    if (value < 0)
        buf_putc(w->out, '-');
    write_digits(w->out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void jsonw_uint(struct jsonw *w, const char *key, uint64_t value)
{
    begin_value(w, key);
    write_digits(w->out, value);
}

void jsonw_bool(struct jsonw *w, const char *key, bool value)
{
    begin_value(w, key);
    buf_puts(w->out, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
    begin_value(w, key);
    buf_puts(w->out, "null");
}

void jsonw_number(struct jsonw *w, const char *key, double value)
{
    char text[40];

    if (!isfinite(value)) {
        jsonw_null(w, key);
        return;
    }
    if (fabs(value) <= WHOLE_MAX && value == (double)(int64_t)value) {
        jsonw_int(w, key, (int64_t)value);
        return;
    }
    /* Large ones always get an exponent: as plain digits they would look like integers that no reader can hold. */
    bool large = fabs(value) > WHOLE_MAX;
    for (int digits = 1; digits <= 17; digits++) {
        if (large)
            snprintf(text, sizeof(text), "%.*e", digits - 1, value);
        else
            snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    begin_value(w, key);
    buf_puts(w->out, text);
}

void jsonw_ms(struct jsonw *w, const char *key, uint64_t us)
{
    begin_value(w, key);
    buf_printf(w->out, "%" PRIu64 ".%03" PRIu64, us / 1000, us % 1000);
}
