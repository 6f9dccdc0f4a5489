/*
 * fuzz_expand - config_expand() against a second, slower reading of its contract.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/config/placeholder.h"
#include "init/config/resolve.h"

#define PROMISE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    const char *name;
    const char *value; /* NULL = declared, but unset */
} values[] = {{"A", "value of a"}, {"BB", "${A}$$"}, {"EMPTY", ""}, {"UNSET", NULL}};

#define COUNT (sizeof(values) / sizeof(values[0]))

static const struct variable variables[COUNT] = {
    {.name = "A", .type = VALUE_STRING},
    {.name = "BB", .type = VALUE_STRING},
    {.name = "EMPTY", .type = VALUE_STRING},
    {.name = "UNSET", .type = VALUE_STRING},
};

/* What has been expanded so far, or the name of what is unset. */
struct wanted {
    char text[1 << 17];
    size_t len;
};

static bool begins(const char *at, const char *end, const char *word)
{
    return (size_t)(end - at) >= strlen(word) && memcmp(at, word, strlen(word)) == 0;
}

/* The brace that closes a placeholder of that level, or NULL. */
static const char *close_of(const char *at, const char *end, int level)
{
    if (level > 4)
        return NULL;
    while (at < end && *at != '}') {
        if (begins(at, end, "$$")) {
            at += 2;
        } else if (begins(at, end, "${")) {
            at = close_of(at + 2, end, level + 1);
            if (!at)
                return NULL;
            at++;
        } else {
            at++;
        }
    }
    return at < end ? at : NULL;
}

static int expected(const char *at, const char *end, int level, struct wanted *out);

/* Behind the name of variable @i. Returns what config_expand() must return. */
static int expected_rest(size_t i, const char **at, const char *end, int level, struct wanted *out)
{
    const char *value = values[i].value;
    if (begins(*at, end, "}")) {
        *at += 1;
        if (!value)
            return 1;
    } else {
        bool message = begins(*at, end, ":?");
        const char *text = *at + 2;
        const char *close = message || begins(*at, end, ":-") ? close_of(text, end, level) : NULL;
        if (!close)
            return -1;
        for (const char *c = text; message && c < close; c++) {
            if (*c == '$' && *++c != '$')
                return -1;
        }
        *at = close + 1;
        if (!value || *value == '\0')
            return message ? -2 : expected(text, close, level + 1, out);
    }
    memcpy(out->text + out->len, value, strlen(value));
    out->len += strlen(value);
    return 0;
}

static int expected(const char *at, const char *end, int level, struct wanted *out)
{
    int rc = 0;
    while (rc == 0 && at < end) {
        if (*at != '$' || begins(at, end, "$$")) {
            out->text[out->len++] = *at;
            at += *at == '$' ? 2 : 1;
            continue;
        }
        size_t i = 0;
        if (!begins(at, end, "${") || level > 4)
            return -1;
        size_t len = strspn(at + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
        while (i < COUNT && (strlen(values[i].name) != len || memcmp(at + 2, values[i].name, len) != 0))
            i++;
        if (i == COUNT)
            return -1;
        at += 2 + len;
        rc = expected_rest(i, &at, end, level, out);
    }
    return rc;
}

static void count_variable(void *ctx, const char *name)
{
    PROMISE(strlen(name) > 0 && strlen(name) < PLACEHOLDER_NAME_MAX);
    ++*(size_t *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena arena;
    static struct problems list;
    static char text[4096];
    static struct wanted wanted;
    static char a[] = "A=value of a";
    static char bb[] = "BB=${A}$$";
    static char empty[] = "EMPTY=";
    char *const entries[] = {a, bb, empty, NULL};
    struct config config;
    const char *out = NULL;
    const char *name = NULL;
    size_t named = 0;
    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!arena.base)
        arena_init(&arena);
    memset(arena.base, 0, arena.used); /* the arena promises zeroed memory */
    arena.used = 0;
    config_resolve(variables, COUNT, entries, &(struct resolve_options){.strict = false}, &arena, &config, &list);
    int rc = config_expand(&config, text, &arena, &out, &name);
    wanted.len = 0;
    PROMISE(rc == expected(text, text + strlen(text), 1, &wanted));
    wanted.text[wanted.len] = '\0';
    PROMISE((rc == 0) == (out != NULL) && (rc != 0) == (name != NULL));
    if (rc == 0)
        PROMISE(strcmp(out, wanted.text) == 0);
    if (rc == 1)
        PROMISE(strcmp(name, "UNSET") == 0);
    if (rc == -2)
        PROMISE(strncmp(name, "UNSET", 5) == 0 || strncmp(name, "EMPTY", 5) == 0);
    placeholder_variables(text, count_variable, &named);
    PROMISE(named <= size / strlen("${A}"));
    return 0;
}
