/*
 * fuzz_redact - after redact() no form of any secret is left, nothing has grown, and text without secrets is untouched; in two
 * parts no form is left either.
 *
 * Up to the first three zero bytes: a secret, a password in a URL, a URL with a query. The rest is the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/config/redact.h"

#define PROMISE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct variable variables[] = {
    {.name = "KEY", .type = VALUE_STRING, .secret = true},
    {.name = "REDIS_URL", .type = VALUE_REDIS_URL},
    {.name = "API", .type = VALUE_URI},
};

/* One piece of the input behind @before, in front of @after; moves on past its zero byte. */
static char *take(struct arena *a, const char *before, const uint8_t **data, size_t *size, const char *after)
{
    const uint8_t *end = memchr(*data, 0, *size);
    size_t len = end ? (size_t)(end - *data) : *size;
    char *piece = arena_strndup(a, (const char *)*data, len);
    *data += len + (end != NULL);
    *size -= len + (end != NULL);
    return arena_printf(a, "%s%s%s", before, piece, after);
}

static bool contains_form(const struct redactor *r, const char *text, size_t len)
{
    for (size_t i = 0; i < r->count; i++) {
        if (memmem(text, len, r->forms[i].text, r->forms[i].len))
            return true;
    }
    return false;
}

static void redact_in_parts(const struct redactor *r, const uint8_t *data, size_t size, char *text)
{
    size_t cut = size / 2;
    size_t held;
    memcpy(text, data, size);
    size_t now = redact_part(r, text, cut, &held);
    PROMISE(now <= cut && held <= now && held <= REDACT_HELD_MAX);
    PROMISE(memcmp(text + now - held, data + cut - held, held) == 0);
    memmove(text + now, data + cut, size - cut);
    size_t rest = redact(r, text + now - held, held + size - cut);
    PROMISE(r->again || !contains_form(r, text, now - held + rest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena arena;
    static struct problems list;
    struct config config;
    struct redactor redactor;
    if (size > 4096)
        return 0;
    if (!arena.base)
        arena_init(&arena);
    memset(arena.base, 0, arena.used); /* the arena promises zeroed memory */
    arena.used = 0;
    memset(&list, 0, offsetof(struct problems, items));
    char *const entries[] = {take(&arena, "KEY=", &data, &size, ""),
                             take(&arena, "REDIS_URL=redis://u:", &data, &size, "@h"),
                             take(&arena, "API=https://h/?token=", &data, &size, ""), NULL};
    config_resolve(variables, 3, entries, &(struct resolve_options){.strict = false}, &arena, &config, &list);
    redactor_init(&redactor, &config, &arena);
    for (size_t i = 0; i < redactor.count; i++)
        PROMISE(redactor.forms[i].len >= REDACT_MIN);
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 'x';
    bool found = redact_finds(&redactor, text, size);
    PROMISE(found || !contains_form(&redactor, text, size));
    size_t now = redact(&redactor, text, size);
    PROMISE(now <= size && text[now] == (now < size ? '\0' : 'x'));
    PROMISE(found ? now < size : now == size && memcmp(text, data, size) == 0);
    PROMISE(!contains_form(&redactor, text, now) && !redact_finds(&redactor, text, now));
    redact_in_parts(&redactor, data, size, text);
    free(text);
    return 0;
}
