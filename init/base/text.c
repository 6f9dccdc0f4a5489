#include "init/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "init/base/clock.h"

#define VARIABLE_NAME_MAX 256
#define SERVICE_NAME_MAX 63
#define STEP_ID_MAX 64
/* Longer words are not typed by hand, and the distance table grows with the square. */
#define NEAREST_WORD_MAX 64
#define NEAREST_SHORT_WORD 5
#define DURATION_MAX_S (24ULL * 3600)

/* Locale and signedness traps of <ctype.h> do not apply to these. */
static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/*
 * One row per lead byte range of RFC 3629, section 4: the second byte's range is what excludes overlong forms,
 * surrogates and everything above U+10FFFF.
 */
static const struct utf8_row {
    unsigned char lead_min, lead_max, second_min, second_max;
    unsigned char length;
} utf8_rows[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* Length of the character at @s, 0 when it is not valid. */
static size_t utf8_char(const char *s, size_t len)
{
    const unsigned char *u = (const unsigned char *)s;
    for (size_t i = 0; i < sizeof(utf8_rows) / sizeof(utf8_rows[0]); i++) {
        const struct utf8_row *row = &utf8_rows[i];
        if (u[0] < row->lead_min || u[0] > row->lead_max)
            continue;
        if (row->length > len)
            return 0;
        if (row->length > 1 && (u[1] < row->second_min || u[1] > row->second_max))
            return 0;
        for (size_t k = 2; k < row->length; k++) {
            if ((u[k] & 0xc0) != 0x80)
                return 0;
        }
        return row->length;
    }
    return 0;
}

size_t text_utf8_span(const char *s, size_t len)
{
    size_t at = 0;
    while (at < len) {
        /* Nearly every byte is ASCII. */
        size_t n = (unsigned char)s[at] < 0x80 ? 1 : utf8_char(s + at, len - at);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

/* C0, DEL and, as UTF-8, C1: terminals act on all three. */
static bool is_control(const char *s, size_t n)
{
    unsigned char c = (unsigned char)s[0];
    if (n == 1)
        return c < 0x20 || c == 0x7f;
    return n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0;
}

size_t text_printable(const char *s, size_t len, char *out, size_t cap)
{
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        size_t n = utf8_char(s + at, len - at);
        bool replace = n == 0 || is_control(s + at, n);
        size_t width = replace ? 1 : n;
        if (used + width >= cap)
            break;
        if (replace)
            out[used] = '?';
        else
            memcpy(out + used, s + at, n);
        used += width;
        at += n == 0 ? 1 : n;
    }
    if (cap > 0)
        out[used] = '\0';
    return used;
}

bool text_is_variable_name(const char *s)
{
    size_t n = 0;
    for (; s[n] != '\0'; n++) {
        bool letter = is_lower(to_lower(s[n])) || s[n] == '_';
        if (!letter && !(n > 0 && is_digit(s[n])))
            return false;
        if (n >= VARIABLE_NAME_MAX)
            return false;
    }
    return n > 0;
}

bool text_is_service_name(const char *s)
{
    size_t n = 0;
    for (; s[n] != '\0'; n++) {
        bool inner = is_digit(s[n]) || s[n] == '_' || s[n] == '-';
        if (!is_lower(s[n]) && !(n > 0 && inner))
            return false;
        if (n >= SERVICE_NAME_MAX)
            return false;
    }
    return n > 0;
}

bool text_is_step_id(const char *s)
{
    size_t n = 0;
    for (; s[n] != '\0'; n++) {
        bool inner = s[n] == '.' || s[n] == '_' || s[n] == '-';
        if (!is_lower(s[n]) && !is_digit(s[n]) && !(n > 0 && inner))
            return false;
        if (n >= STEP_ID_MAX || (s[n] == '.' && s[n + 1] == '.'))
            return false;
    }
    return n > 0;
}

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/*
 * Damerau-Levenshtein distance in its optimal string alignment form, three rows at a time. Stops as soon as two rows in
 * a row are above @limit: later rows cannot come back below it.
 */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len, size_t limit)
{
    size_t rows[3][NEAREST_WORD_MAX + 1];
    size_t previous_least = 0;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        size_t least = now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            char x = to_lower(a[i - 1]);
            char y = to_lower(b[j - 1]);
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y));
            bool swapped = i > 1 && j > 1 && x == to_lower(b[j - 2]) && to_lower(a[i - 2]) == y;
            if (swapped && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
            if (now[j] < least)
                least = now[j];
        }
        if (least > limit && previous_least > limit)
            return limit + 1;
        previous_least = least;
    }
    return rows[a_len % 3][b_len];
}

const char *text_nearest(const char *word, const char *(*get)(const void *ctx, size_t i), const void *ctx, size_t count)
{
    const char *best = NULL;
    size_t word_len = strnlen(word, NEAREST_WORD_MAX + 1);
    if (word_len == 0 || word_len > NEAREST_WORD_MAX)
        return NULL;
    size_t limit = word_len <= NEAREST_SHORT_WORD ? 1 : 2;
    for (size_t i = 0; i < count; i++) {
        const char *candidate = get(ctx, i);
        size_t len = strnlen(candidate, NEAREST_WORD_MAX + 1);
        if (len == 0 || len > NEAREST_WORD_MAX || len > word_len + limit || word_len > len + limit)
            continue;
        size_t d = distance(word, word_len, candidate, len, limit);
        if (d > limit)
            continue;
        best = candidate;
        if (d == 0)
            break;
        limit = d - 1; /* only a nearer one can still win */
    }
    return best;
}

int text_parse_int(const char *s, int64_t *out)
{
    bool negative = s[0] == '-';
    const char *digits = s + negative;
    if (!is_digit(digits[0]) || (digits[0] == '0' && (digits[1] != '\0' || negative)))
        return -1;
    /* Built up on the negative side, which has room for one more. */
    int64_t value = 0;
    for (const char *d = digits; *d != '\0'; d++) {
        if (!is_digit(*d) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *d - '0', &value))
            return -1;
    }
    if (!negative && value == INT64_MIN)
        return -1;
    *out = negative ? value : -value;
    return 0;
}

const struct text_unit text_size_units[TEXT_SIZE_UNITS] = {
    {"B", 1},           {"KB", 1000},       {"KiB", 1LL << 10},    {"MB", 1000000},    {"MiB", 1LL << 20},
    {"GB", 1000000000}, {"GiB", 1LL << 30}, {"TB", 1000000000000}, {"TiB", 1LL << 40},
};
const struct text_unit text_time_units[TEXT_TIME_UNITS] = {
    {"ms", US_PER_MS}, {"s", US_PER_S}, {"m", 60 * US_PER_S}, {"h", 3600 * US_PER_S}, {"d", 86400 * US_PER_S},
};

enum text_fault text_parse_quantity(const char *s, const struct text_unit *units, size_t count, int64_t *out)
{
    int64_t value = 0;
    bool fits = true;
    size_t digits = strspn(s, "0123456789");
    if (digits == 0 || (s[0] == '0' && digits > 1))
        return TEXT_FORMAT;
    for (size_t i = 0; i < digits && fits; i++)
        fits = !__builtin_mul_overflow(value, 10, &value) && !__builtin_add_overflow(value, s[i] - '0', &value);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(s + digits, units[i].name) != 0)
            continue;
        if (!fits || __builtin_mul_overflow(value, units[i].worth, &value))
            return TEXT_RANGE;
        *out = value;
        return TEXT_OK;
    }
    return TEXT_FORMAT;
}

enum text_fault text_parse_size(const char *s, int64_t *bytes)
{
    return text_parse_quantity(s, text_size_units, TEXT_SIZE_UNITS, bytes);
}

enum text_fault text_parse_time(const char *s, int64_t *us)
{
    return text_parse_quantity(s, text_time_units, TEXT_TIME_UNITS, us);
}

void text_quantity(int64_t n, const struct text_unit *units, size_t count, char *out, size_t cap)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        if (n != 0 && n % units[i].worth == 0)
            best = i;
    }
    snprintf(out, cap, "%" PRId64 "%s", n / units[best].worth, units[best].name);
}

int text_parse_duration(const char *s, uint64_t *us)
{
    int64_t value = 0;
    /* Days are no unit of a time-out. */
    if (text_parse_quantity(s, text_time_units, TEXT_TIME_UNITS - 1, &value) != TEXT_OK ||
        (uint64_t)value > DURATION_MAX_S * US_PER_S)
        return -1;
    *us = (uint64_t)value;
    return 0;
}
