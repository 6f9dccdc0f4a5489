#include "init/config/near_name.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SHORT_NAME 5
#define TINY_NAME 2
#define DIGIT_BIT 52 /* after two bits for each letter */
#define WORD_MAX 8

/* Words that names are made of, and that are near one another: sorted. Those that people mix up are not in it: URI, KEYS. */
static const char *const words[] = {
    "API",  "APP",  "AUTH",  "BASE",  "CERT", "CODE", "CORE",  "COST", "DATA", "DATE", "DB",   "DEV",  "DIR",
    "DNS",  "DST",  "ENV",   "EU",    "EXT",  "FILE", "FORM",  "FROM", "GID",  "HEAD", "HOST", "HTTP", "HTTPS",
    "ID",   "IN",   "INT",   "IP",    "KEY",  "LAST", "LEVEL", "LOG",  "MAIL", "MAIN", "MAX",  "MIN",  "MODE",
    "NAME", "NEXT", "NO",    "NODE",  "OFF",  "ON",   "OUT",   "PASS", "PATH", "POLL", "POOL", "PORT", "POST",
    "PROD", "PUB",  "PULL",  "PUSH",  "READ", "ROLE", "ROOT",  "RULE", "SITE", "SIZE", "SQL",  "SRC",  "SSH",
    "SSL",  "SSO",  "START", "STATE", "SUB",  "TAG",  "TASK",  "TCP",  "TEST", "TEXT", "TIME", "TLS",  "TO",
    "TTL",  "TYPE", "UDP",   "UI",    "UID",  "URL",  "US",    "USE",  "USER", "WEB",  "WS",   "WSS",
};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Orchestrators take names that shells do not: "REDIS-URL", "redis.url". */
static bool is_separator(char c)
{
    return c == '_' || c == '-' || c == '.';
}

struct sketch near_name_sketch(const char *name)
{
    struct sketch s = {.name = name};
    size_t len = 0;
    for (; name[len] != '\0'; len++) {
        char c = upper(name[len]);
        if (len == NEAR_NAME_MAX)
            return s;
        if (c >= 'A' && c <= 'Z') {
            uint64_t once = 1ULL << (2 * (c - 'A'));
            s.letters |= s.letters & once ? once << 1 : once;
        } else if (is_digit(c)) {
            s.letters |= 1ULL << (DIGIT_BIT + (c - '0'));
        } else if (!is_separator(c)) {
            return s;
        }
    }
    s.len = (uint32_t)len;
    return s;
}

static size_t limit_of(const struct sketch *a, const struct sketch *b)
{
    size_t shorter = a->len < b->len ? a->len : b->len;
    if (shorter <= TINY_NAME)
        return 0;
    return shorter <= SHORT_NAME ? 1 : 2;
}

bool near_name_maybe(const struct sketch *a, const struct sketch *b)
{
    uint64_t differing = a->letters ^ b->letters;
    uint32_t longer = a->len > b->len ? a->len - b->len : b->len - a->len;
    /* One mistake changes two bits at most; this takes away four. */
    differing &= differing - 1;
    differing &= differing - 1;
    differing &= differing - 1;
    differing &= differing - 1;
    return differing == 0 && longer <= 2 && a->len > 0 && b->len > 0;
}

/* The first two letters of both, the other way round. */
static bool are_swapped(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len > 1 && b_len > 1 && upper(a[0]) == upper(b[1]) && upper(a[1]) == upper(b[0]);
}

/*
 * Are they at most @k mistakes apart? Letters that are the same at the front need no decision; then it is one of four
 * mistakes, and what follows has one less to make: for two mistakes that is less work than a table.
 */
static bool are_within(const char *a, size_t a_len, const char *b, size_t b_len, size_t k)
{
    while (a_len > 0 && b_len > 0 && upper(*a) == upper(*b)) {
        a++;
        b++;
        a_len--;
        b_len--;
    }
    if (a_len > b_len + k || b_len > a_len + k)
        return false;
    if (a_len == 0 || b_len == 0 || k == 0)
        return a_len + b_len <= k;
    if (are_swapped(a, a_len, b, b_len) && are_within(a + 2, a_len - 2, b + 2, b_len - 2, k - 1))
        return true;
    return are_within(a + 1, a_len - 1, b + 1, b_len - 1, k - 1) || are_within(a + 1, a_len - 1, b, b_len, k - 1) ||
           are_within(a, a_len, b + 1, b_len - 1, k - 1);
}

/* Equal but for their digits, and those are not equal. */
static bool are_numbered(const char *a, const char *b)
{
    bool digits = false;
    for (;;) {
        for (; is_digit(*a); a++)
            digits = true;
        for (; is_digit(*b); b++)
            digits = true;
        if (upper(*a) != upper(*b))
            return false;
        if (*a == '\0')
            return digits;
        a++;
        b++;
    }
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(a, *(const char *const *)b);
}

static size_t word_length(const char *at)
{
    size_t len = 0;
    while (at[len] != '\0' && !is_separator(at[len]))
        len++;
    return len;
}

static bool is_word(const char *at, size_t len)
{
    char word[WORD_MAX + 1];
    if (len > WORD_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        word[i] = upper(at[i]);
    word[len] = '\0';
    return len == 1 || bsearch(word, words, COUNT_OF(words), sizeof(words[0]), compare_words);
}

static bool are_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
    for (size_t i = 0; i < a_len && a_len == b_len; i++) {
        if (upper(a[i]) != upper(b[i]))
            return false;
    }
    return a_len == b_len;
}

/* Word for word the same, but for some where both have a usual one. */
static bool mean_different_things(const char *a, const char *b)
{
    bool differ = false;
    for (;;) {
        size_t a_len = word_length(a);
        size_t b_len = word_length(b);
        if (!are_equal(a, a_len, b, b_len)) {
            if (!is_word(a, a_len) || !is_word(b, b_len))
                return false;
            differ = true;
        }
        a += a_len;
        b += b_len;
        if (*a == '\0' || *b == '\0')
            return differ && *a == *b;
        a++;
        b++;
    }
}

unsigned near_name(const struct sketch *a, const struct sketch *b)
{
    if (!near_name_maybe(a, b))
        return NEAR_NAME_NOT;
    size_t limit = limit_of(a, b);
    size_t a_len = a->len;
    size_t b_len = b->len;
    while (a_len > 0 && b_len > 0 && upper(a->name[a_len - 1]) == upper(b->name[b_len - 1])) {
        a_len--;
        b_len--;
    }
    if (!are_within(a->name, a_len, b->name, b_len, limit))
        return NEAR_NAME_NOT;
    unsigned d = 0;
    while (!are_within(a->name, a_len, b->name, b_len, d))
        d++;
    if (d > 0 && (are_numbered(a->name, b->name) || mean_different_things(a->name, b->name)))
        return NEAR_NAME_NOT;
    return d;
}
