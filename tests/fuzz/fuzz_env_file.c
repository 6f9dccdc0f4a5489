/*
 * fuzz_env_file - any bytes as a file of variables, in both dialects: names and values are strings of their own, lines
 * ascend, the last entry of a name is the one that is found, and what was refused has been told.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"
#include "init/config/env_file.h"

#define PROMISE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const struct env_file *f, size_t i, const char *text, size_t len)
{
    const struct env_entry *e = &f->entries[i];
    PROMISE(e->name[0] != '\0' && !strchr(e->name, '=') && memmem(text, len, e->name, strlen(e->name)));
    PROMISE(e->line >= 1 && (i == 0 || f->entries[i - 1].line <= e->line));
    PROMISE(e->value || f->dialect == ENV_DOCKER);
    PROMISE(text_utf8_span(e->name, strlen(e->name)) == strlen(e->name));
    PROMISE(!e->value || strlen(e->value) < len);
    const struct env_entry *found = env_file_find(f, e->name);
    PROMISE(found >= e && strcmp(found->name, e->name) == 0);
    for (const struct env_entry *later = found + 1; later < f->entries + f->count; later++)
        PROMISE(strcmp(later->name, e->name) != 0);
}

static void check_dialect(const char *text, size_t len, enum env_dialect dialect)
{
    static struct arena arena;
    static struct problems list;
    struct env_file f;
    if (!arena.base)
        arena_init(&arena);
    memset(arena.base, 0, arena.used); /* the arena promises zeroed memory */
    arena.used = 0;
    memset(&list, 0, offsetof(struct problems, items));
    char *copy = malloc(len + 1);
    if (!copy)
        return;
    memcpy(copy, text, len);
    int rc = env_file_parse(copy, len, dialect, ".env", &arena, &f, &list);
    memset(copy, 'x', len + 1);
    free(copy);
    PROMISE((rc == 0) == (list.errors == 0));
    PROMISE(f.count <= ENV_FILE_ENTRIES_MAX);
    for (size_t i = 0; i < f.count && i < 50; i++)
        check_entry(&f, i, text, len);
    PROMISE(!env_file_find(&f, "not there"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_dialect((const char *)data, size, ENV_DOCKER);
    check_dialect((const char *)data, size, ENV_DOTENV);
    return 0;
}
