#include "init/config/placeholder.h"

#include <stdbool.h>
#include <string.h>

#include "init/base/text.h"

/* Is there "$$" or "${" at @at? */
static bool is_pair(const char *at, const char *limit, char second)
{
    return limit - at >= 2 && at[0] == '$' && at[1] == second;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool read_name(const char **at, const char *limit, char out[PLACEHOLDER_NAME_MAX])
{
    size_t len = 0;

    for (; *at < limit && is_name_byte(**at); (*at)++) {
        if (len == PLACEHOLDER_NAME_MAX - 1)
            return false;
        out[len++] = **at;
    }
    return text_is_variable_name(out);
}

/* The brace that closes what was opened before @at, or NULL with the reason in @fault. */
static const char *closing_brace(const char *at, const char *limit, unsigned level, enum placeholder_fault *fault)
{
    unsigned open = 1;

    for (; at < limit; at++) {
        if (*at == '}' && --open == 0)
            return at;
        if (is_pair(at, limit, '{') && level + open++ > PLACEHOLDER_DEPTH_MAX) {
            *fault = PLACEHOLDER_DEEP;
            return NULL;
        }
        if (is_pair(at, limit, '$') || is_pair(at, limit, '{'))
            at++;
    }
    *fault = PLACEHOLDER_OPEN;
    return NULL;
}

static bool is_verbatim(const char *text, size_t len)
{
    const char *limit = text + len;

    for (const char *at = memchr(text, '$', len); at; at = memchr(at, '$', (size_t)(limit - at))) {
        if (!is_pair(at, limit, '$'))
            return false;
        at += 2;
    }
    return true;
}

enum placeholder_fault placeholder_parse(const char *dollar, const char *limit, unsigned level, struct placeholder *out)
{
    enum placeholder_fault fault = PLACEHOLDER_OK;
    const char *at = dollar + 2;

    memset(out, 0, sizeof(*out));
    if (!is_pair(dollar, limit, '{'))
        return is_pair(dollar, limit, '(') ? PLACEHOLDER_COMMAND : PLACEHOLDER_DOLLAR;
    if (level > PLACEHOLDER_DEPTH_MAX)
        return PLACEHOLDER_DEEP;
    if (!read_name(&at, limit, out->name)) {
        out->name[0] = '\0';
        return PLACEHOLDER_NAME;
    }
    if (at == limit)
        return PLACEHOLDER_OPEN;
    if (*at == '}') {
        out->end = at + 1;
        return PLACEHOLDER_OK;
    }
    if (limit - at < 2 || at[0] != ':' || (at[1] != '-' && at[1] != '?'))
        return PLACEHOLDER_OPERATOR;
    out->kind = at[1] == '-' ? PLACEHOLDER_ELSE : PLACEHOLDER_MESSAGE;
    out->text = at + 2;
    const char *brace = closing_brace(out->text, limit, level, &fault);
    if (!brace)
        return fault;
    out->text_len = (size_t)(brace - out->text);
    out->end = brace + 1;
    return out->kind == PLACEHOLDER_MESSAGE && !is_verbatim(out->text, out->text_len) ? PLACEHOLDER_VERBATIM
                                                                                      : PLACEHOLDER_OK;
}

static void visit(const char *at, const char *limit, unsigned level, void (*fn)(void *ctx, const char *name), void *ctx)
{
    struct placeholder p;

    while ((at = memchr(at, '$', (size_t)(limit - at))) != NULL) {
        if (is_pair(at, limit, '$')) {
            at += 2;
            continue;
        }
        if (placeholder_parse(at, limit, level, &p) != PLACEHOLDER_OK) {
            at++;
            continue;
        }
        fn(ctx, p.name);
        if (p.kind == PLACEHOLDER_ELSE)
            visit(p.text, p.text + p.text_len, level + 1, fn, ctx);
        at = p.end;
    }
}

void placeholder_variables(const char *text, void (*fn)(void *ctx, const char *name), void *ctx)
{
    visit(text, text + strlen(text), 1, fn, ctx);
}
