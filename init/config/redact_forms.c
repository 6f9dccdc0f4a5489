#include "init/config/redact_forms.h"

#include <string.h>
#include <strings.h>

#include "init/base/url.h"

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
static const char *const alphabets[] = {ALPHABET "+/", ALPHABET "-_"};
#define ALPHABETS (sizeof(alphabets) / sizeof(alphabets[0]))

/* How programs break lines of base64: RFC 7468 and RFC 2045. */
static const size_t line_widths[] = {64, 76};

/* Forms while they are collected. The first walk counts, the second fills. */
struct collector {
    struct arena *arena;
    struct redact_form *forms; /* NULL while counting */
    size_t count;
    size_t base64_len; /* of the secrets that have been added in base64 */
};

bool redact_is_base64(char c)
{
    return c != '\0' && (strchr(alphabets[0], c) || c == '-' || c == '_');
}

static void add_form(struct collector *k, const char *text, size_t len)
{
    if (len < REDACT_MIN)
        return;
    if (k->forms)
        k->forms[k->count] = (struct redact_form){.text = text, .len = (uint32_t)len};
    k->count++;
}

/* Length of the next piece: neither is the rest too short to be looked for, nor is a character cut in two (of which there
 * are none where @text is NULL). */
static size_t piece_length(const char *text, size_t len)
{
    if (len <= REDACT_PIECE_MAX)
        return len;
    size_t n = len - REDACT_PIECE_MAX < REDACT_MIN ? REDACT_PIECE_MAX - REDACT_MIN : REDACT_PIECE_MAX;
    for (int i = 0; text && i < 3 && ((unsigned char)text[n] & 0xc0) == 0x80; i++)
        n--;
    return n;
}

/* @text stays; NULL while counting what has to be made first. */
static void add_pieces(struct collector *k, const char *text, size_t len)
{
    for (size_t at = 0, n; at < len; at += n) {
        n = piece_length(text ? text + at : NULL, len - at);
        add_form(k, text ? text + at : NULL, n);
    }
}

static void add_wrapped(struct collector *k, const char *text, size_t len, size_t width)
{
    for (size_t at = 0; at < len && len > width; at += width)
        add_form(k, text ? text + at : NULL, len - at < width ? len - at : width);
}

/* Six bits of @text behind @before bytes of something else, from bit 6 * @i on. */
static unsigned sextet(const char *text, size_t len, size_t before, size_t i)
{
    unsigned bits = 0;
    for (size_t k = 0; k < 2; k++) {
        size_t byte = 6 * i / 8 + k;
        bits = bits << 8 | (byte >= before && byte - before < len ? (unsigned char)text[byte - before] : 0U);
    }
    return bits >> (10 - 6 * i % 8) & 63;
}

/* The last form, added after number @start, ends where the encoded text does: at @end. */
static void mark_partial(struct collector *k, size_t start, const char *end, bool partial)
{
    if (k->count == start)
        return;
    struct redact_form *last = &k->forms[k->count - 1];
    last->partial_after = partial && last->text + last->len == end;
}

/* The characters that have nothing but bits of @text, when it stands behind @before bytes, modulo three. */
static void add_base64(struct collector *k, const char *text, size_t len, size_t before, const char *alphabet)
{
    size_t first = (8 * before + 5) / 6;
    size_t end = 8 * (before + len) / 6;
    char *copy = NULL;
    size_t start = k->count;
    if (k->forms) {
        copy = arena_alloc(k->arena, end - first, 1);
        for (size_t i = first; i < end; i++)
            copy[i - first] = alphabet[sextet(text, len, before, i)];
    }
    add_pieces(k, copy, end - first);
    if (copy && k->count > start) {
        k->forms[start].partial_before = before > 0;
        mark_partial(k, start, copy + (end - first), 8 * (before + len) % 6 != 0);
    }
    for (size_t i = 0; before == 0 && i < sizeof(line_widths) / sizeof(line_widths[0]); i++) {
        add_wrapped(k, copy, end, line_widths[i]);
        if (copy)
            mark_partial(k, start, copy + end, 8 * len % 6 != 0);
    }
}

static void add_raw(struct collector *k, const char *text, size_t len)
{
    if (len < REDACT_MIN)
        return;
    if (k->forms) {
        char *copy = arena_alloc(k->arena, len, 1);
        memcpy(copy, text, len);
        text = copy;
    }
    add_pieces(k, text, len);
}

static void add_secret(struct collector *k, const char *text, size_t len)
{
    add_raw(k, text, len);
    if (len < REDACT_MIN)
        return;
    k->base64_len += len;
    for (size_t i = 0; k->base64_len <= REDACT_BASE64_MAX && i < 3 * ALPHABETS; i++)
        add_base64(k, text, len, i / ALPHABETS, alphabets[i % ALPHABETS]);
}

/* Length up to the end of the line, and of that end: also one that is written down in a single line. */
static size_t line_length(const char *text, size_t *end)
{
    size_t n = 0;
    while (text[n] != '\0' && text[n] != '\n' && text[n] != '\r' && strncmp(text + n, "\\n", 2) != 0)
        n++;
    *end = text[n] == '\0' ? 0 : text[n] == '\\' ? 2 : 1;
    return n;
}

/* Text is redacted line by line, so a secret of several lines is met one line at a time. */
static void add_lines(struct collector *k, const char *text)
{
    size_t end;
    size_t n = line_length(text, &end);
    bool several = end > 0;
    while (several && *text != '\0') {
        add_raw(k, text, n);
        text += n + end;
        n = line_length(text, &end);
    }
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
        add_secret(k, u.password, strlen(u.password));
        if (strcmp(u.password, u.raw_password) != 0)
            add_secret(k, u.raw_password, strlen(u.raw_password));
    }
    if (url_user_is_token(&u))
        add_secret(k, u.user, strlen(u.user));
    add_query(k, u.query);
    explicit_bzero(&u, sizeof(u));
}

/* Each URL of a list may have a password of its own. */
static void add_items(struct collector *k, const char *list, char separator)
{
    const char separators[] = {separator, '\0'};
    char item[URL_MAX];
    for (const char *at = list; *at != '\0';) {
        size_t n = strcspn(at, separators);
        if (n < sizeof(item)) {
            memcpy(item, at, n);
            item[n] = '\0';
            add_url(k, item);
        }
        at += n + (at[n] != '\0');
    }
    explicit_bzero(item, sizeof(item));
}

size_t redact_collect(const struct config *c, struct redact_form *forms, struct arena *a)
{
    struct collector k = {.arena = a, .forms = forms};
    for (size_t i = 0; i < c->count; i++) {
        const struct setting *s = &c->settings[i];
        const char *value = s->value ? s->value : s->unused;
        bool secret = s->variable->secret || s->variable->type == VALUE_SECRET;
        if (!value || !s->tainted)
            continue;
        if (secret) {
            add_secret(&k, value, strlen(value));
            add_lines(&k, value);
        }
        if (s->variable->type == VALUE_LIST && strstr(value, "://"))
            add_items(&k, value, s->variable->separator);
        else if (!secret || strstr(value, "://"))
            add_url(&k, value);
    }
    return k.count;
}
