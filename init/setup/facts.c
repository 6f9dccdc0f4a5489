#include "init/setup/facts.h"

#include <stdio.h>
#include <string.h>

#include "init/base/digest.h"
#include "init/base/text.h"

#define SIZE_MAX_WHOLE ((uint64_t)1 << 53)
#define MODE_MAX 07777U
#define NS_PER_S 1000000000LL
#define NS_DIGITS 9
#define MTIME_MAX 32

static const char *const kinds[] = {
    [WIRE_FILE_NONE] = NULL,         [WIRE_FILE_REGULAR] = "regular", [WIRE_FILE_DIRECTORY] = "directory",
    [WIRE_FILE_SYMLINK] = "symlink", [WIRE_FILE_OTHER] = "other",
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static const struct algorithm {
    const char *prefix;
    size_t bytes;
} algorithms[DIGEST_ALGORITHM_COUNT] = {
    [DIGEST_NONE] = {"", 0},
    [DIGEST_SHA256] = {"sha256:", 32},
    [DIGEST_SHA512] = {"sha512:", 64},
};

static bool same_facts(const struct wire_facts *a, const struct wire_facts *b)
{
    return a->kind == b->kind && a->mode == b->mode && a->uid == b->uid && a->gid == b->gid && a->size == b->size &&
           a->mtime_ns == b->mtime_ns && a->algorithm == b->algorithm &&
           memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

bool facts_fit(const struct wire_facts *f)
{
    static const struct wire_facts nothing = {.kind = WIRE_FILE_NONE};
    if (f->kind == WIRE_FILE_NONE) {
        return same_facts(f, &nothing);
    }
    return f->kind < KIND_COUNT && f->mode <= MODE_MAX && f->size < SIZE_MAX_WHOLE &&
           f->algorithm < DIGEST_ALGORITHM_COUNT;
}

static void write_mtime(struct jsonw *w, int64_t ns)
{
    char text[MTIME_MAX];
    int64_t seconds = ns / NS_PER_S - (ns % NS_PER_S < 0);
    snprintf(text, sizeof(text), "%lld.%09lld", (long long)seconds,
             (long long)(ns % NS_PER_S + (ns % NS_PER_S < 0 ? NS_PER_S : 0)));
    jsonw_string(w, "mtime", text);
}

static void write_digest(struct jsonw *w, const struct wire_facts *f)
{
    char text[DIGEST_TEXT_MAX];
    struct buf b = BUF_OVER(text);
    const struct algorithm *a = &algorithms[f->algorithm < DIGEST_ALGORITHM_COUNT ? f->algorithm : DIGEST_NONE];
    buf_puts(&b, a->prefix);
    for (size_t i = 0; i < a->bytes; i++) {
        buf_printf(&b, "%02x", f->digest[i]);
    }
    jsonw_string(w, "digest", a->bytes > 0 ? text : NULL);
}

void facts_write(struct jsonw *w, const char *key, const struct wire_facts *f)
{
    const char *kind = f->kind < KIND_COUNT ? kinds[f->kind] : NULL;
    if (kind == NULL) {
        jsonw_null(w, key);
        return;
    }
    char mode[8];
    snprintf(mode, sizeof(mode), "%04o", (unsigned)(f->mode & MODE_MAX));
    jsonw_object(w, key);
    jsonw_string(w, "kind", kind);
    jsonw_string(w, "mode", mode);
    jsonw_uint(w, "uid", f->uid);
    jsonw_uint(w, "gid", f->gid);
    jsonw_uint(w, "size", f->size);
    write_mtime(w, f->mtime_ns);
    write_digest(w, f);
    jsonw_object_end(w);
}

static bool read_kind(const struct json *n, uint32_t *out)
{
    const char *text = json_string(n);
    for (uint32_t k = WIRE_FILE_REGULAR; text != NULL && k < KIND_COUNT; k++) {
        if (strcmp(text, kinds[k]) == 0) {
            *out = k;
            return true;
        }
    }
    return false;
}

static bool read_mode(const struct json *n, uint32_t *out)
{
    const char *text = json_string(n);
    if (text == NULL || strlen(text) != 4 || strspn(text, "01234567") != 4) {
        return false;
    }
    *out = 0;
    for (size_t i = 0; i < 4; i++) {
        *out = *out * 8 + (uint32_t)(text[i] - '0');
    }
    return true;
}

static bool read_number(const struct json *n, uint64_t below, uint64_t *out)
{
    int64_t value = 0;
    if (!json_integer(n, &value) || value < 0 || (uint64_t)value >= below) {
        return false;
    }
    *out = (uint64_t)value;
    return true;
}

static bool read_mtime(const struct json *n, int64_t *out)
{
    const char *text = json_string(n);
    const char *dot = text != NULL ? strchr(text, '.') : NULL;
    char seconds_text[MTIME_MAX];
    int64_t seconds = 0;
    if (dot == NULL || (size_t)(dot - text) >= sizeof(seconds_text) || strlen(dot + 1) != NS_DIGITS ||
        strspn(dot + 1, "0123456789") != NS_DIGITS) {
        return false;
    }
    memcpy(seconds_text, text, (size_t)(dot - text));
    seconds_text[dot - text] = '\0';
    int64_t ns = 0;
    for (const char *p = dot + 1; *p != '\0'; p++) {
        ns = ns * 10 + (*p - '0');
    }
    if (text_parse_int(seconds_text, &seconds) != 0) {
        return false;
    }
    /* Of the earliest instants that fit, the whole seconds alone would not. */
    if (seconds < 0 && ns > 0) {
        seconds++;
        ns -= NS_PER_S;
    }
    return !__builtin_mul_overflow(seconds, NS_PER_S, out) && !__builtin_add_overflow(*out, ns, out);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(const char *hex, uint8_t *out, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        int high = hex_digit(hex[2 * i]);
        int low = high >= 0 ? hex_digit(hex[2 * i + 1]) : -1;
        if (low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return hex[2 * bytes] == '\0';
}

static bool read_digest(const struct json *n, struct wire_facts *out)
{
    const char *text = json_string(n);
    if (text == NULL) {
        return json_type(n) == JSON_NULL;
    }
    for (uint32_t i = DIGEST_SHA256; i < DIGEST_ALGORITHM_COUNT; i++) {
        size_t len = strlen(algorithms[i].prefix);
        if (strncmp(text, algorithms[i].prefix, len) == 0) {
            out->algorithm = i;
            return read_hex(text + len, out->digest, algorithms[i].bytes);
        }
    }
    return false;
}

bool facts_read(const struct json *n, struct wire_facts *out)
{
    struct wire_facts f = {.kind = WIRE_FILE_NONE};
    uint64_t uid = 0;
    uint64_t gid = 0;
    if (json_type(n) == JSON_NULL) {
        *out = f;
        return true;
    }
    const uint64_t ids = (uint64_t)UINT32_MAX + 1;
    if (!read_kind(json_get(n, "kind"), &f.kind) || !read_mode(json_get(n, "mode"), &f.mode) ||
        !read_number(json_get(n, "uid"), ids, &uid) || !read_number(json_get(n, "gid"), ids, &gid) ||
        !read_number(json_get(n, "size"), SIZE_MAX_WHOLE, &f.size) || !read_mtime(json_get(n, "mtime"), &f.mtime_ns) ||
        !read_digest(json_get(n, "digest"), &f)) {
        return false;
    }
    f.uid = (uint32_t)uid;
    f.gid = (uint32_t)gid;
    *out = f;
    return true;
}
