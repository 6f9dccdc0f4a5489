#include "init/config/redact.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "init/base/url.h"

static const char mask[] = "***";
#define MASK_LEN (sizeof(mask) - 1)
_Static_assert(REDACT_MIN > MASK_LEN, "a replacement never grows the text");

/* How one byte of a secret may be written: the three escapes that logs, URLs and documents use. */
enum { ENCODE_PERCENT_UPPER, ENCODE_PERCENT_LOWER, ENCODE_JSON, ENCODE_COUNT };

/* Longest escape of one byte: "\u00xx". */
#define ESCAPE_MAX 6

/* Forms while they are collected. The first walk counts, the second fills. */
struct collector {
    struct arena *arena;
    struct redact_form *forms; /* NULL while counting */
    size_t count;
};

static void add_form(struct collector *k, const char *text, size_t len)
{
    if (len < REDACT_MIN)
        return;
    if (k->forms)
        k->forms[k->count] = (struct redact_form){.text = text, .len = len};
    k->count++;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c));
}

static size_t escape_percent(char c, const char *digits, char out[ESCAPE_MAX])
{
    out[0] = c;
    if (is_unreserved(c))
        return 1;
    out[0] = '%';
    out[1] = digits[(unsigned char)c >> 4];
    out[2] = digits[(unsigned char)c & 15];
    return 3;
}

static size_t escape_json(char c, char out[ESCAPE_MAX])
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char named[] = "\"\\bfnrt";
    const char *at = c == '\0' ? NULL : strchr(plain, c);
    out[0] = c;
    if (at) {
        out[0] = '\\';
        out[1] = named[at - plain];
        return 2;
    }
    if ((unsigned char)c >= 0x20)
        return 1;
    memcpy(out, "\\u00", 4);
    out[4] = "0123456789abcdef"[(unsigned char)c >> 4];
    out[5] = "0123456789abcdef"[(unsigned char)c & 15];
    return ESCAPE_MAX;
}

static size_t escape(char c, int encoding, char out[ESCAPE_MAX])
{
    if (encoding == ENCODE_JSON)
        return escape_json(c, out);
    return escape_percent(c, encoding == ENCODE_PERCENT_UPPER ? "0123456789ABCDEF" : "0123456789abcdef", out);
}

static void add_escaped(struct collector *k, const char *text, size_t len, int encoding)
{
    char one[ESCAPE_MAX];
    size_t escaped_len = 0;
    for (size_t i = 0; i < len; i++)
        escaped_len += escape(text[i], encoding, one);
    if (escaped_len == len)
        return;
    char *copy = NULL;
    if (k->forms) {
        size_t used = 0;
        copy = arena_alloc(k->arena, escaped_len + 1, 1);
        for (size_t i = 0; i < len; i++) {
            size_t n = escape(text[i], encoding, one);
            memcpy(copy + used, one, n);
            used += n;
        }
    }
    add_form(k, copy, escaped_len);
}

/* @text is borrowed for good. */
static void add_secret(struct collector *k, const char *text, size_t len)
{
    if (len < REDACT_MIN)
        return;
    add_form(k, text, len);
    for (int encoding = 0; encoding < ENCODE_COUNT; encoding++)
        add_escaped(k, text, len, encoding);
}

/* Text is redacted line by line, so a secret of several lines is met one line at a time. */
static void add_lines(struct collector *k, const char *text)
{
    if (!strchr(text, '\n'))
        return;
    while (*text != '\0') {
        size_t n = strcspn(text, "\r\n");
        add_form(k, text, n);
        text += n + (text[n] != '\0');
    }
}

static const char *keep(struct collector *k, const char *text)
{
    return k->forms ? arena_strdup(k->arena, text) : text;
}

static bool names_a_secret(const char *name, size_t len)
{
    static const char *const words[] = {"pass", "pwd", "secret", "token", "key", "auth", "sig", "credential"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t n = strlen(words[i]);
        for (size_t at = 0; at + n <= len; at++) {
            if (strncasecmp(name + at, words[i], n) == 0)
                return true;
        }
    }
    return false;
}

static void add_query(struct collector *k, const char *query)
{
    const char *at = query;
    while (*at != '\0') {
        size_t n = strcspn(at, "&;");
        const char *equals = memchr(at, '=', n);
        if (equals && names_a_secret(at, (size_t)(equals - at)))
            add_secret(k, equals + 1, n - (size_t)(equals + 1 - at));
        at += n + (at[n] != '\0');
    }
}

static void add_url(struct collector *k, const char *value)
{
    struct url u = {.port = 0};
    if (url_parse(value, strlen(value), &u) != URL_OK) {
        add_secret(k, value, strlen(value));
        return;
    }
    if (u.has_password) {
        add_secret(k, keep(k, u.password), strlen(u.password));
        if (strcmp(u.password, u.raw_password) != 0)
            add_secret(k, keep(k, u.raw_password), strlen(u.raw_password));
    }
    if (url_user_is_token(&u))
        add_secret(k, keep(k, u.user), strlen(u.user));
    if (u.query[0] != '\0')
        add_query(k, keep(k, u.query));
    explicit_bzero(&u, sizeof(u));
}

static void collect(struct collector *k, const struct config *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct setting *s = &c->settings[i];
        bool secret = s->variable->secret || s->variable->type == VALUE_SECRET;
        if (!s->value || !s->tainted)
            continue;
        if (secret) {
            add_secret(k, s->value, strlen(s->value));
            add_lines(k, s->value);
        }
        if (!secret || strstr(s->value, "://"))
            add_url(k, s->value);
    }
}

static int compare_forms(const void *a, const void *b)
{
    const struct redact_form *x = a;
    const struct redact_form *y = b;
    unsigned char p = (unsigned char)x->text[0];
    unsigned char q = (unsigned char)y->text[0];
    if (p != q)
        return p < q ? -1 : 1;
    if (x->len != y->len)
        return x->len > y->len ? -1 : 1;
    return memcmp(x->text, y->text, x->len);
}

/* One password in many URLs is one form. Returns how many are left of the sorted forms. */
static size_t drop_repeated(struct redact_form *forms, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_forms(&forms[kept - 1], &forms[i]) != 0)
            forms[kept++] = forms[i];
    }
    return kept;
}

void redactor_init(struct redactor *r, const struct config *c, struct arena *a)
{
    struct collector k = {.arena = a, .forms = NULL, .count = 0};
    *r = (struct redactor){.forms = NULL};
    collect(&k, c);
    k.forms = arena_alloc(a, k.count + 1, sizeof(*k.forms));
    k.count = 0;
    collect(&k, c);
    qsort(k.forms, k.count, sizeof(*k.forms), compare_forms);
    k.count = drop_repeated(k.forms, k.count);
    r->forms = k.forms;
    r->count = k.count;
    for (size_t i = 0; i < k.count; i++) {
        r->first[(unsigned char)k.forms[i].text[0] + 1] = (uint32_t)(i + 1);
        r->again = r->again || memchr(k.forms[i].text, mask[0], k.forms[i].len);
    }
    for (size_t b = 1; b < sizeof(r->first) / sizeof(r->first[0]); b++) {
        if (r->first[b] == 0)
            r->first[b] = r->first[b - 1];
    }
}

/* Length of the longest form that begins at @text, or 0. */
static size_t match(const struct redactor *r, const char *text, size_t len)
{
    unsigned char b = (unsigned char)text[0];
    for (uint32_t i = r->first[b]; i < r->first[b + 1]; i++) {
        if (r->forms[i].len <= len && memcmp(r->forms[i].text, text, r->forms[i].len) == 0)
            return r->forms[i].len;
    }
    return 0;
}

static size_t replace_once(const struct redactor *r, char *text, size_t len)
{
    size_t out = 0;
    for (size_t at = 0; at < len;) {
        size_t n = match(r, text + at, len - at);
        if (n == 0) {
            text[out++] = text[at++];
            continue;
        }
        memcpy(text + out, mask, MASK_LEN);
        out += MASK_LEN;
        at += n;
    }
    return out;
}

size_t redact(const struct redactor *r, char *text, size_t len)
{
    size_t now = replace_once(r, text, len);
    for (size_t before = len; r->again && now < before;) {
        before = now;
        now = replace_once(r, text, now);
    }
    if (now < len)
        text[now] = '\0';
    return now;
}
