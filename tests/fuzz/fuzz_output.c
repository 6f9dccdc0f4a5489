/*
 * fuzz_output - whatever a child writes, in whatever portions: lines are bounded and printable, the tail is bounded and
 * valid, and a secret never gets through.
 *
 * The first byte chooses the size of the portions; '\x01' to '\x04' in the data stand for the secret and what others make of
 * it, so that it is met often.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"
#include "init/setup/output.h"

#define SECRET "S3cret-Value"
#define EXPANDED_MAX 65536
#define FORM_MAX 32

static const char *const forms[] = {SECRET, "S3cret%2DValue", "UzNjcmV0LVZhbHVl", "\\u0053\\u0033cret-Value"};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    const struct output *output;
    char before[FORM_MAX]; /* end of the line before: a split line must not carry a secret across */
    size_t before_len;
};

static void check_text(const char *text, size_t len)
{
    for (size_t i = 0; i < FORMS; i++) {
        if (memmem(text, len, forms[i], strlen(forms[i])) != NULL) {
            abort();
        }
    }
}

static void check_line(void *ctx, const char *line, size_t len)
{
    struct seen *seen = ctx;
    char joined[FORM_MAX + OUTPUT_LINE_MAX];
    if (len > OUTPUT_LINE_MAX || text_utf8_span(line, len) != len) {
        abort();
    }
    memcpy(joined, seen->before, seen->before_len);
    memcpy(joined + seen->before_len, line, len);
    size_t joined_len = seen->before_len + len;
    check_text(joined, joined_len);
    /* Only a line that was split is continued; what the child itself broke in two is its own affair. */
    seen->before_len = seen->output->line_len == OUTPUT_LINE_MAX && len >= FORM_MAX ? FORM_MAX - 1 : 0;
    memcpy(seen->before, line + len - seen->before_len, seen->before_len);
}

static size_t expand(const uint8_t *data, size_t size, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < size && len + FORM_MAX < EXPANDED_MAX; i++) {
        if (data[i] >= 1 && data[i] <= FORMS) {
            const char *form = forms[data[i] - 1];
            memcpy(out + len, form, strlen(form));
            len += strlen(form);
        } else {
            out[len++] = (char)data[i];
        }
    }
    return len;
}

static void check_tail(const struct output *o, size_t total)
{
    if (o->total != total || o->tail_len > OUTPUT_TAIL_MAX || strlen(o->tail) != o->tail_len ||
        text_utf8_span(o->tail, o->tail_len) != o->tail_len) {
        abort();
    }
    check_text(o->tail, o->tail_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct variable variable = {.name = "PASSWORD", .type = VALUE_SECRET, .secret = true};
    struct setting setting = {.variable = &variable, .value = SECRET, .tainted = true};
    struct config config = {.settings = &setting, .count = 1};
    static char text[EXPANDED_MAX];
    if (size < 1) {
        return 0;
    }
    struct arena arena;
    struct redactor redactor;
    struct output o;
    struct seen seen = {.output = &o};
    arena_init(&arena);
    redactor_init(&redactor, &config, &arena);
    output_init(&o, &redactor, false, NULL);
    size_t len = expand(data + 1, size - 1, text);
    size_t portion = (size_t)data[0] * 16 + 1;
    for (size_t at = 0; at < len; at += portion) {
        output_feed(&o, text + at, len - at < portion ? len - at : portion, check_line, &seen);
    }
    output_flush(&o, check_line, &seen);
    check_tail(&o, len);
    arena_free_all(&arena);
    return 0;
}
