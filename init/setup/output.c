#include "init/setup/output.h"

#include <stddef.h>
#include <string.h>

#include "init/base/text.h"

#define ESCAPE 0x1b
#define UTF8_BYTES_MAX 4

/* A split line always gets shorter by a useful amount, whatever the length of the secrets. */
#define SPLIT_KEEP_MAX (OUTPUT_LINE_MAX - 256)

void output_init(struct output *o, const struct redactor *r)
{
    memset(o, 0, offsetof(struct output, tail) + 1);
    o->redactor = r;
    for (size_t i = 0; r != NULL && i < r->count; i++) {
        o->longest_secret = r->forms[i].len > o->longest_secret ? r->forms[i].len : o->longest_secret;
    }
}

/* Length of the terminal control sequence at @s (ECMA-48: ESC [ parameters final), 0 when there is none. */
static size_t sequence_length(const char *s, size_t len)
{
    if (len < 3 || s[0] != ESCAPE || s[1] != '[') {
        return 0;
    }
    size_t i = 2;
    while (i < len && s[i] >= 0x20 && s[i] <= 0x3f) {
        i++;
    }
    return i < len && s[i] >= 0x40 && s[i] <= 0x7e ? i + 1 : 0;
}

/* Before redaction, since a colour in the middle would hide a secret from it. */
static size_t strip_sequences(char *s, size_t len)
{
    size_t out = 0;
    size_t i = 0;
    while (i < len) {
        size_t skip = sequence_length(s + i, len - i);
        if (skip > 0) {
            i += skip;
            continue;
        }
        s[out++] = s[i++];
    }
    s[out] = '\0';
    return out;
}

static void clean_line(struct output *o)
{
    o->line_len = strip_sequences(o->line, o->line_len);
    if (o->redactor != NULL) {
        o->line_len = redact(o->redactor, o->line, o->line_len);
    }
}

/* Oldest lines go until @need more bytes fit. */
static void make_room(struct output *o, size_t need)
{
    size_t drop = 0;
    while (o->tail_len - drop + need > OUTPUT_TAIL_MAX) {
        const char *end = memchr(o->tail + drop, '\n', o->tail_len - drop);
        drop = end != NULL ? (size_t)(end - o->tail) + 1 : o->tail_len;
        o->truncated = true;
    }
    o->tail_len -= drop;
    memmove(o->tail, o->tail + drop, o->tail_len);
}

static void keep_in_tail(struct output *o, const char *line, size_t len)
{
    size_t skip = len > OUTPUT_TAIL_MAX - 1 ? len - (OUTPUT_TAIL_MAX - 1) : 0;
    while (skip > 0 && skip < len && ((unsigned char)line[skip] & 0xc0) == 0x80) {
        skip++;
    }
    o->truncated = o->truncated || skip > 0;
    make_room(o, len - skip + 1);
    if (o->tail_len > 0) {
        o->tail[o->tail_len++] = '\n';
    }
    memcpy(o->tail + o->tail_len, line + skip, len - skip);
    o->tail_len += len - skip;
    o->tail[o->tail_len] = '\0';
}

/* The first @len bytes of the (clean) line are a line of their own. */
static void emit(struct output *o, size_t len, output_line_fn *fn, void *ctx)
{
    char shown[OUTPUT_LINE_MAX + 1];
    /* Only now: a secret may hold a tab. */
    for (char *tab = o->line; (tab = memchr(tab, '\t', len - (size_t)(tab - o->line))) != NULL;) {
        *tab = ' ';
    }
    size_t shown_len = text_printable(o->line, len, shown, sizeof(shown));
    keep_in_tail(o, shown, shown_len);
    if (fn != NULL) {
        fn(ctx, shown, shown_len);
    }
    o->line_len -= len;
    memmove(o->line, o->line + len, o->line_len);
}

static void end_line(struct output *o, output_line_fn *fn, void *ctx)
{
    clean_line(o);
    emit(o, o->line_len, fn, ctx);
}

/*
 * The line is full: hand on what cannot be the beginning of a secret any more. One that is cut by the end of the line
 * starts within its last (longest secret - 1) bytes, so these stay and wait for the rest.
 */
static void split_line(struct output *o, output_line_fn *fn, void *ctx)
{
    clean_line(o);
    if (o->line_len < OUTPUT_LINE_MAX) {
        return;
    }
    size_t keep = o->longest_secret > 0 ? o->longest_secret - 1 : 0;
    if (keep > SPLIT_KEEP_MAX) {
        keep = SPLIT_KEEP_MAX;
    }
    size_t cut = OUTPUT_LINE_MAX - keep;
    size_t whole = text_utf8_span(o->line, cut);
    if (cut - whole < UTF8_BYTES_MAX) {
        cut = whole;
    }
    emit(o, cut, fn, ctx);
}

static bool ends_in_return(const struct output *o)
{
    return o->line_len > 0 && o->line[o->line_len - 1] == '\r';
}

static void feed_byte(struct output *o, char c, output_line_fn *fn, void *ctx)
{
    /* A carriage return waits for the next byte: before a newline it is part of the line's end, else it is one. */
    if (ends_in_return(o)) {
        o->line_len--;
        end_line(o, fn, ctx);
        if (c == '\n') {
            return;
        }
    }
    if (c == '\n') {
        end_line(o, fn, ctx);
        return;
    }
    if (o->line_len == OUTPUT_LINE_MAX) {
        split_line(o, fn, ctx);
    }
    o->line[o->line_len++] = c;
}

void output_feed(struct output *o, const char *bytes, size_t len, output_line_fn *fn, void *ctx)
{
    o->total += len;
    for (size_t i = 0; i < len; i++) {
        feed_byte(o, bytes[i], fn, ctx);
    }
}

void output_flush(struct output *o, output_line_fn *fn, void *ctx)
{
    if (ends_in_return(o)) {
        o->line_len--;
    }
    if (o->line_len > 0) {
        end_line(o, fn, ctx);
    }
}
