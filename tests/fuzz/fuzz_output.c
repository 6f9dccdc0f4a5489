/*
 * fuzz_output - whatever a child writes, in whatever portions: lines are bounded and printable, the tail is bounded and
 * valid, and a secret never gets through.
 *
 * The first byte chooses the size of the portions; '\x01' in the data stands for the secret, so that it is met often.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"
#include "init/setup/output.h"

#define SECRET "S3cret-Value"
#define SECRET_LEN (sizeof(SECRET) - 1)
#define EXPANDED_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    const struct output *output;
    char before[SECRET_LEN]; /* end of the line before: a split line must not carry a secret across */
    size_t before_len;
};

static void check_line(void *ctx, const char *line, size_t len)
{
    struct seen *seen = ctx;
    char joined[SECRET_LEN + OUTPUT_LINE_MAX];
    if (len > OUTPUT_LINE_MAX || text_utf8_span(line, len) != len) {
        abort();
    }
    memcpy(joined, seen->before, seen->before_len);
    memcpy(joined + seen->before_len, line, len);
    size_t joined_len = seen->before_len + len;
    if (memmem(joined, joined_len, SECRET, SECRET_LEN) != NULL) {
        abort();
    }
    /* Only a line that was split is continued; what the child itself broke in two is its own affair. */
    seen->before_len = seen->output->line_len == OUTPUT_LINE_MAX && len >= SECRET_LEN ? SECRET_LEN - 1 : 0;
    memcpy(seen->before, line + len - seen->before_len, seen->before_len);
}

static size_t expand(const uint8_t *data, size_t size, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < size && len + SECRET_LEN < EXPANDED_MAX; i++) {
        if (data[i] == 1) {
            memcpy(out + len, SECRET, SECRET_LEN);
            len += SECRET_LEN;
        } else {
            out[len++] = (char)data[i];
        }
    }
    return len;
}

static void check_tail(const struct output *o, size_t total)
{
    if (o->total != total || o->tail_len > OUTPUT_TAIL_MAX || strlen(o->tail) != o->tail_len ||
        text_utf8_span(o->tail, o->tail_len) != o->tail_len || strstr(o->tail, SECRET) != NULL) {
        abort();
    }
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
    output_init(&o, &redactor);
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
