#include "init/config/unescape.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* @digits hexadecimal digits: the number; -1 when they are none, -2 when the text ends before that is known. */
static long hex_number(const char *text, size_t len, unsigned digits)
{
    long number = 0;
    for (unsigned i = 0; i < digits; i++) {
        if (i == len)
            return -2;
        int digit = hex_digit(text[i]);
        if (digit < 0)
            return -1;
        number = number * 16 + digit;
    }
    return number;
}

static struct unescaped one_byte(char c, unsigned length)
{
    return (struct unescaped){.bytes = {c}, .count = 1, .length = length};
}

/* "%2F", the number being at @digits; what is none stands for itself. */
static struct unescaped escaped_byte(const char *text, size_t len, unsigned digits)
{
    long number = hex_number(text + digits, len - digits, 2);
    if (number == -2)
        return (struct unescaped){.length = 0};
    return number < 0 ? one_byte(text[0], 1) : one_byte((char)number, digits + 2);
}

static struct unescaped utf8(unsigned long c, unsigned length)
{
    struct unescaped u = {.length = length};
    if (c < 0x80) {
        u.bytes[u.count++] = (char)c;
        return u;
    }
    if (c < 0x800) {
        u.bytes[u.count++] = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            u.bytes[u.count++] = (char)(0xe0 | c >> 12);
        } else {
            u.bytes[u.count++] = (char)(0xf0 | c >> 18);
            u.bytes[u.count++] = (char)(0x80 | (c >> 12 & 63));
        }
        u.bytes[u.count++] = (char)(0x80 | (c >> 6 & 63));
    }
    u.bytes[u.count++] = (char)(0x80 | (c & 63));
    return u;
}

/* "\u0041", or two of them for what lies beyond. A lone half of a pair is how some write a byte that is no UTF-8. */
static struct unescaped escaped_character(const char *text, size_t len)
{
    long c = hex_number(text + 2, len - 2, 4);
    if (c == -2)
        return (struct unescaped){.length = 0};
    if (c < 0)
        return one_byte(text[0], 1);
    if (c >= 0xd800 && c < 0xdc00) {
        static const char next[] = "\\u";
        size_t left = len - 6 < 2 ? len - 6 : 2;
        long low = memcmp(text + 6, next, left) != 0 ? -1 : left < 2 ? -2 : hex_number(text + 8, len - 8, 4);
        if (low == -2)
            return (struct unescaped){.length = 0};
        if (low >= 0xdc00 && low < 0xe000)
            return utf8(0x10000UL + (((unsigned long)c & 0x3ff) << 10) + ((unsigned long)low & 0x3ff), 12);
    }
    if (c >= 0xdc80 && c < 0xdd00)
        return one_byte((char)(c & 0xff), 6);
    return utf8((unsigned long)c, 6);
}

static struct unescaped after_backslash(const char *text, size_t len)
{
    static const char names[] = "abtnvfre";
    static const char bytes[] = "\a\b\t\n\v\f\r\033";
    if (len < 2)
        return (struct unescaped){.length = 0};
    if (text[1] == 'u')
        return escaped_character(text, len);
    if (text[1] == 'x')
        return escaped_byte(text, len, 2);
    const char *at = memchr(names, text[1], sizeof(names) - 1);
    if (at)
        return one_byte(bytes[at - names], 2);
    bool word = (text[1] >= '0' && text[1] <= '9') || ((text[1] | 0x20) >= 'a' && (text[1] | 0x20) <= 'z');
    return word ? one_byte(text[0], 1) : one_byte(text[1], 2);
}

struct unescaped unescape(enum escape e, const char *text, size_t len, bool more)
{
    char c = text[0];
    struct unescaped u = one_byte(c, 1);
    if (c == '%' && (e == ESCAPE_PERCENT || e == ESCAPE_FORM))
        u = escaped_byte(text, len, 1);
    else if (c == '+' && e == ESCAPE_FORM)
        u.bytes[0] = ' ';
    else if (c == '\\' && e == ESCAPE_BACKSLASH)
        u = after_backslash(text, len);
    return u.length == 0 && !more ? one_byte(c, 1) : u;
}
