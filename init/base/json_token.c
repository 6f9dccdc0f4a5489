#include "init/base/json_token.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"

int token_peek(const struct json_scanner *s)
{
    return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

void token_place(const struct json_scanner *s, size_t offset, char *out, size_t cap)
{
    size_t line = 1;
    size_t column = 1;

    for (size_t i = 0; i < offset && i < s->len; i++) {
        if (s->text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)s->text[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    snprintf(out, cap, "%zu:%zu", line, column);
}

struct problem *token_complain(struct json_scanner *s, const char *rule, size_t offset, const char *fmt, ...)
{
    char place[48];
    char text[256];
    va_list ap;

    /* More mistakes than anybody reads: this is not JSON. Also bounds the work of token_place(). */
    if (s->problems->errors - s->errors_before >= PROBLEMS_MAX) {
        s->stopped = true;
        return NULL;
    }
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    token_place(s, offset, place, sizeof(place));
    return problem_add(s->problems, rule, place, "%s", text);
}

/* What stands at the current place, for messages. */
static const char *describe(const struct json_scanner *s, char out[24])
{
    int c = token_peek(s);

    if (c < 0)
        return "the end of the text";
    if (c > 0x20 && c < 0x7f)
        snprintf(out, 24, "'%c'", c);
    else if (c == '\n' || c == '\r')
        snprintf(out, 24, "the end of the line");
    else
        snprintf(out, 24, "byte 0x%02x", c);
    return out;
}

void token_lose(struct json_scanner *s, const char *expected, const char *hint)
{
    char found[24];
    const char *shown = describe(s, found);

    if (!s->stopped)
        problem_hint(token_complain(s, "json.syntax", s->at, "expected %s, found %s", expected, shown), "%s", hint);
    s->stopped = true;
}

static void skip_comment(struct json_scanner *s)
{
    size_t start = s->at;
    bool block = s->text[s->at + 1] == '*';
    size_t end = start + 2;

    if (block) {
        while (end < s->len && !(s->text[end] == '/' && s->text[end - 1] == '*' && end > start + 2))
            end++;
        if (end == s->len) {
            token_complain(s, "json.syntax", start, "the comment that begins here is not closed");
            s->stopped = true;
            return;
        }
        end++;
    } else {
        while (end < s->len && s->text[end] != '\n')
            end++;
    }
    /* Blanks instead of nothing: every later place stays where the author sees it. */
    for (size_t i = start; i < end; i++)
        s->text[i] = s->text[i] == '\n' ? '\n' : ' ';
    s->at = end;
}

void token_skip_blanks(struct json_scanner *s)
{
    while (!s->stopped && s->at < s->len) {
        char c = s->text[s->at];
        bool comment = c == '/' && s->at + 1 < s->len && (s->text[s->at + 1] == '/' || s->text[s->at + 1] == '*');

        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            s->at++;
        } else if (comment && s->comments) {
            skip_comment(s);
        } else {
            if (comment)
                token_lose(s, "a value", "comments are not allowed here");
            return;
        }
    }
}

static void keep(struct json_scanner *s, bool wanted, const char *bytes, size_t len)
{
    if (!wanted)
        return;
    memcpy(s->names + s->names_len, bytes, len);
    s->names_len += len;
}

static void keep_code_point(struct json_scanner *s, bool wanted, uint32_t c)
{
    char out[4];
    size_t n;

    if (c < 0x80) {
        out[0] = (char)c;
        n = 1;
    } else if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        n = 2;
    } else if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        n = 3;
    } else {
        out[0] = (char)(0xf0 | c >> 18);
        out[1] = (char)(0x80 | (c >> 12 & 0x3f));
        out[2] = (char)(0x80 | (c >> 6 & 0x3f));
        out[3] = (char)(0x80 | (c & 0x3f));
        n = 4;
    }
    keep(s, wanted, out, n);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hexadecimal digits at the current place, or -1. */
static int32_t scan_hex4(struct json_scanner *s)
{
    int32_t value = 0;

    for (size_t i = 0; i < 4; i++) {
        int digit = s->at + i < s->len ? hex_digit(s->text[s->at + i]) : -1;

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    s->at += 4;
    return value;
}

/* After "\u". */
static void scan_unicode_escape(struct json_scanner *s, size_t start, bool wanted)
{
    int32_t c = scan_hex4(s);

    if (c < 0) {
        token_complain(s, "json.syntax", start, "\\u needs four hexadecimal digits");
        return;
    }
    if (c == 0) {
        token_complain(s, "json.control", start, "a string cannot hold a NUL");
        return;
    }
    if (c >= 0xd800 && c <= 0xdfff) {
        bool pair = c <= 0xdbff && s->at + 1 < s->len && s->text[s->at] == '\\' && s->text[s->at + 1] == 'u';
        int32_t low = -1;

        if (pair) {
            s->at += 2;
            low = scan_hex4(s);
        }
        if (low < 0xdc00 || low > 0xdfff) {
            token_complain(s, "json.utf8", start, "\\u%04x is one half of a pair, and the other half does not follow",
                           (unsigned)c);
            return;
        }
        c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
    }
    keep_code_point(s, wanted, (uint32_t)c);
}

/* After the backslash. */
static void scan_escape(struct json_scanner *s, bool wanted)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    size_t start = s->at - 1;
    int c = token_peek(s);
    const char *known = c > 0 ? strchr(names, c) : NULL;

    if (c == 'u') {
        s->at++;
        scan_unicode_escape(s, start, wanted);
    } else if (c < 0) {
        return; /* told as a string that is not closed */
    } else if (known) {
        s->at++;
        keep(s, wanted, &values[known - names], 1);
    } else {
        char found[24];
        problem_hint(token_complain(s, "json.syntax", start, "a backslash cannot stand before %s", describe(s, found)),
                     "write two backslashes for one");
    }
}

/* Bytes from here on that stand for themselves. @all is or'ed with each of them. */
static size_t plain_span(const struct json_scanner *s, unsigned *all)
{
    size_t at = s->at;

    for (; at < s->len; at++) {
        unsigned char c = (unsigned char)s->text[at];
        if (c < 0x20 || c == '"' || c == '\\')
            break;
        *all |= c;
    }
    return at - s->at;
}

void token_string(struct json_scanner *s, bool wanted)
{
    size_t start = s->at++;
    bool told = false;
    unsigned all = 0;

    for (;;) {
        size_t plain = plain_span(s, &all);
        keep(s, wanted, s->text + s->at, plain);
        s->at += plain;
        int c = token_peek(s);

        if (c < 0 || c == '\n') {
            token_complain(s, "json.syntax", start, "the string that begins here is not closed");
            s->stopped = true;
            return;
        }
        s->at++;
        if (c == '"')
            break;
        if (c == '\\') {
            scan_escape(s, wanted);
            if (s->stopped)
                return;
            continue;
        }
        if (c < 0x20 && !told) {
            told = true;
            problem_hint(
                token_complain(s, "json.control", s->at - 1, "a string holds the control byte 0x%02x", (unsigned)c),
                "write it as \\u%04x", (unsigned)c);
        }
        keep(s, wanted, &s->text[s->at - 1], 1);
    }
    size_t inside = s->at - start - 2;
    size_t valid = all < 0x80 ? inside : text_utf8_span(s->text + start + 1, inside);
    if (valid < inside)
        token_complain(s, "json.utf8", start + 1 + valid, "a string is not valid UTF-8");
}

static size_t digits_at(const struct json_scanner *s, size_t at)
{
    size_t n = 0;

    while (at + n < s->len && s->text[at + n] >= '0' && s->text[at + n] <= '9')
        n++;
    return n;
}

/* Length of ".5" or "e-5" after an integer at @at, 0 = none; -1 when it begins but has no digits. */
static int span_after(const struct json_scanner *s, size_t at, bool exponent)
{
    size_t i = at;

    if (i == s->len || !strchr(exponent ? "eE" : ".", s->text[i]) || s->text[i] == '\0')
        return 0;
    i++;
    if (exponent && i < s->len && (s->text[i] == '+' || s->text[i] == '-'))
        i++;
    size_t digits = digits_at(s, i);
    return digits ? (int)(i + digits - at) : -1;
}

/* Length of the number at @at by the grammar of RFC 8259, section 6; 0 = none. @whole: no fraction, no exponent. */
static size_t number_span(const struct json_scanner *s, size_t at, bool *whole)
{
    size_t i = at;

    if (i < s->len && s->text[i] == '-')
        i++;
    size_t digits = digits_at(s, i);
    if (digits == 0 || (digits > 1 && s->text[i] == '0'))
        return 0;
    i += digits;
    int fraction = span_after(s, i, false);
    if (fraction < 0)
        return 0;
    i += (size_t)fraction;
    int exponent = span_after(s, i, true);
    if (exponent < 0)
        return 0;
    *whole = fraction == 0 && exponent == 0;
    return i + (size_t)exponent - at;
}

static bool is_word_byte(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '+' ||
           c == '-' || c == '_';
}

static size_t word_span(const struct json_scanner *s)
{
    size_t n = 0;

    while (s->at + n < s->len && is_word_byte((unsigned char)s->text[s->at + n]))
        n++;
    return n;
}

void token_number(struct json_scanner *s)
{
    char copy[JSON_NUMBER_MAX + 1];
    size_t start = s->at;
    size_t word = word_span(s);
    bool whole = false;

    s->at += word;
    if (number_span(s, start, &whole) != word) {
        problem_hint(token_complain(s, "json.number", start, "\"%.*s\" is not a JSON number",
                                    word > 40 ? 40 : (int)word, s->text + start),
                     "plain decimal, without leading zeros or a plus sign; anything else needs quotes");
        return;
    }
    if (word > JSON_NUMBER_MAX) {
        token_complain(s, "json.number", start, "a number of %zu characters", word);
        return;
    }
    memcpy(copy, s->text + start, word);
    copy[word] = '\0';
    double value = strtod(copy, NULL);
    if (!isfinite(value))
        token_complain(s, "json.number", start, "%s is too large", copy);
    else if (whole && fabs(value) >= 9007199254740992.0)
        problem_hint(token_complain(s, "json.number", start, "%s is too large to be exact", copy),
                     "write it as a string");
}

void token_word(struct json_scanner *s)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t word = word_span(s);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (word == strlen(words[i]) && memcmp(s->text + s->at, words[i], word) == 0) {
            s->at += word;
            return;
        }
    }
    problem_hint(
        token_complain(s, "json.syntax", s->at, "\"%.*s\" is not a value", word > 40 ? 40 : (int)word, s->text + s->at),
        "texts need double quotes; true, false and null are written in lower case");
    s->at += word;
}
