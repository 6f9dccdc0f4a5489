/*
 * fuzz_config_lint - any bytes as a file of variables that is looked at as it is written, in both dialects: every complaint is
 * about a line of the file.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/report/config_lint.h"

#define PROMISE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct alias aliases[] = {{"B", NULL}};
static struct variable variables[] = {
    {.name = "A", .aliases = aliases, .alias_count = 1},
    {.name = "C", .no_file = true},
    {.name = "P_Q"},
};
static const char *const prefixes[] = {"P_", NULL};
static const struct manifest manifest = {
    .variables = variables, .variable_count = sizeof(variables) / sizeof(variables[0]), .prefixes = {prefixes, 1}};

static void check_dialect(const char *text, size_t len, enum env_dialect dialect)
{
    static struct arena arena;
    static struct problems list;
    static char *const nothing[] = {NULL};
    struct environment empty;
    struct env_file f;
    unsigned long lines = 1;
    if (!arena.base)
        arena_init(&arena);
    memset(arena.base, 0, arena.used); /* the arena promises zeroed memory */
    arena.used = 0;
    memset(&list, 0, offsetof(struct problems, items));
    /* Without a zero byte behind it, so that nobody reads on. */
    char *copy = malloc(len > 0 ? len : 1);
    if (!copy)
        return;
    memcpy(copy, text, len);
    for (size_t i = 0; i < len; i++)
        lines += copy[i] == '\n';
    (void)env_file_parse(copy, len, dialect, "f", &arena, &f, &list);
    memset(&list, 0, offsetof(struct problems, items));
    environment_index(&empty, nothing, &arena);
    const struct config_lint lint = {.text = copy,
                                     .len = len,
                                     .file = &f,
                                     .manifest = &manifest,
                                     .environment = &empty,
                                     .arena = &arena,
                                     .problems = &list};
    config_lint(&lint);
    for (size_t i = 0; i < list.count; i++) {
        const struct problem *item = &list.items[i];
        PROMISE(strncmp(item->where, "f:", 2) == 0 && item->text[0] != '\0' && item->hint[0] != '\0');
        unsigned long line = strtoul(item->where + 2, NULL, 10);
        PROMISE(line >= 1 && line <= lines);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_dialect((const char *)data, size, ENV_DOCKER);
    check_dialect((const char *)data, size, ENV_DOTENV);
    return 0;
}
