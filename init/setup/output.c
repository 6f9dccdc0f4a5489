#include "init/setup/output.h"

#include <stddef.h>
#include <string.h>

#include "init/base/text.h"

#define ESCAPE 0x1b
#define UTF8_BYTES_MAX 4

void output_init(struct output *o, const struct redactor *r, bool show_all, struct logfile *file)
{
    memset(o, 0, offsetof(struct output, tail) + 1);
    o->redactor = r;
    o->show_all = show_all;
    o->file = file;
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

/* Length of a sequence at the end of the text that has no end yet. */
static size_t open_sequence(const char *s, size_t len)
{
    size_t window = len < OUTPUT_SEQUENCE_MAX ? len : OUTPUT_SEQUENCE_MAX;
    const char *at = memrchr(s + len - window, ESCAPE, window);
    size_t rest = at != NULL ? (size_t)(s + len - at) : 0;
    for (size_t i = 1; i < rest; i++) {
        if (i == 1 ? at[i] != '[' : at[i] < 0x20 || at[i] > 0x3f) {
            return 0;
        }
    }
    return rest;
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

/* As a person may see it. Only now: a secret may hold a tab. */
static size_t make_printable(char *text, size_t len, char shown[OUTPUT_LINE_MAX + 1])
{
    for (char *tab = text; (tab = memchr(tab, '\t', len - (size_t)(tab - text))) != NULL;) {
        *tab = ' ';
    }
    return text_printable(text, len, shown, OUTPUT_LINE_MAX + 1);
}

static void hand_on(char *text, size_t len, output_line_fn *fn, void *ctx)
{
    char shown[OUTPUT_LINE_MAX + 1];
    size_t shown_len = make_printable(text, len, shown);
    if (fn != NULL) {
        fn(ctx, shown, shown_len);
    }
}

/* @text is clean. */
static void emit(struct output *o, char *text, size_t len, output_line_fn *fn, void *ctx)
{
    char shown[OUTPUT_LINE_MAX + 1];
    size_t shown_len = make_printable(text, len, shown);
    keep_in_tail(o, shown, shown_len);
    if (o->file != NULL) {
        logfile_write(o->file, shown, shown_len);
    }
    if (fn != NULL && !o->show_all) {
        fn(ctx, shown, shown_len);
    }
}

static void end_line(struct output *o, output_line_fn *fn, void *ctx)
{
    if (o->show_all) {
        char raw[OUTPUT_LINE_MAX + 1];
        memcpy(raw, o->line, o->line_len);
        hand_on(raw, strip_sequences(raw, o->line_len), fn, ctx);
    }
    /* Twice where there are sequences: one may be part of a secret, or stand in the middle of one. */
    if (o->redactor != NULL && memchr(o->line, ESCAPE, o->line_len) != NULL) {
        o->line_len = redact(o->redactor, o->line, o->line_len);
    }
    o->line_len = strip_sequences(o->line, o->line_len);
    if (o->redactor != NULL) {
        o->line_len = redact(o->redactor, o->line, o->line_len);
    }
    size_t len = o->line_len;
    o->line_len = 0;
    emit(o, o->line, len, fn, ctx);
}

/* How much of @text, which goes on, ends in a whole character. */
static size_t whole_characters(const char *text, size_t len)
{
    size_t whole = text_utf8_span(text, len);
    return len - whole < UTF8_BYTES_MAX ? whole : len;
}

/* The line is full: hand on what cannot be the beginning of a secret, a sequence or a character any more. */
static void split_line(struct output *o, output_line_fn *fn, void *ctx)
{
    char raw[OUTPUT_LINE_MAX + 1];
    o->line_len = strip_sequences(o->line, o->line_len);
    if (o->line_len < OUTPUT_LINE_MAX) {
        return;
    }
    size_t open = open_sequence(o->line, o->line_len);
    size_t len = o->line_len - open;
    size_t held = 0;
    size_t now = len;
    memcpy(raw, o->line, o->line_len);
    if (o->redactor != NULL) {
        now = redact_part(o->redactor, o->line, len, &held);
    }
    size_t cut = whole_characters(o->line, now - held);
    size_t kept = held + (now - held - cut);
    if (o->show_all) {
        hand_on(raw, len - kept, fn, ctx);
    }
    emit(o, o->line, cut, fn, ctx);
    memmove(o->line, raw + len - kept, kept + open);
    o->line_len = kept + open;
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
