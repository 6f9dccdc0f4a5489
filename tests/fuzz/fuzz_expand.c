/*
 * fuzz_expand - config_expand() against a second, slower reading of its contract.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/config/resolve.h"

#define PROMISE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct variable variables[] = {
    {.name = "A", .type = VALUE_STRING},
    {.name = "BB", .type = VALUE_STRING},
    {.name = "UNSET", .type = VALUE_STRING},
};

static const struct {
    const char *reference;
    const char *value; /* NULL = declared, but unset */
} references[] = {{"${A}", "value of a"}, {"${BB}", "${A}$$"}, {"${UNSET}", NULL}, {"$$", "$"}};

/* Returns what config_expand() must return; the result goes to @out. */
static int expected(const char *text, char *out)
{
    size_t used = 0;
    while (*text != '\0') {
        size_t i = 0;
        size_t count = sizeof(references) / sizeof(references[0]);
        while (i < count && strncmp(text, references[i].reference, strlen(references[i].reference)) != 0)
            i++;
        if (i == count && *text == '$')
            return -1;
        if (i == count) {
            out[used++] = *text++;
            continue;
        }
        if (!references[i].value)
            return 1;
        memcpy(out + used, references[i].value, strlen(references[i].value));
        used += strlen(references[i].value);
        text += strlen(references[i].reference);
    }
    out[used] = '\0';
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena arena;
    static struct problems list;
    static char text[4096];
    static char wanted[4 * sizeof(text)];
    static char a[] = "A=value of a";
    static char bb[] = "BB=${A}$$";
    char *const entries[] = {a, bb, NULL};
    struct config config;
    const char *out = NULL;
    const char *name = NULL;
    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!arena.base)
        arena_init(&arena);
    memset(arena.base, 0, arena.used); /* the arena promises zeroed memory */
    arena.used = 0;
    config_resolve(variables, 3, entries, &(struct resolve_options){.strict = false}, &arena, &config, &list);
    int rc = config_expand(&config, text, &arena, &out, &name);
    PROMISE(rc == expected(text, wanted));
    PROMISE((rc == 0) == (out != NULL) && (rc != 0) == (name != NULL));
    if (rc == 0)
        PROMISE(strcmp(out, wanted) == 0);
    if (rc == 1)
        PROMISE(strcmp(name, "UNSET") == 0);
    return 0;
}
