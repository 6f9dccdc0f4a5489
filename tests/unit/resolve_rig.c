#include "tests/unit/resolve_rig.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct resolve_rig rig;

static struct env_file files[ENV_FILES_MAX];

void rig_up(void)
{
    memset(&rig, 0, sizeof(rig));
    arena_init(&rig.arena);
    snprintf(rig.folder, sizeof(rig.folder), "/tmp/muster-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(rig.folder));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void rig_down(void)
{
    ck_assert_int_eq(nftw(rig.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    arena_free_all(&rig.arena);
}

void rig_resolve(const struct variable *variables, size_t count, char *const *entries)
{
    memset(&rig.list, 0, sizeof(rig.list));
    config_resolve(variables, count, entries, &rig.options, &rig.arena, &rig.config, &rig.list);
}

const struct problem *rig_told(const char *rule, const char *where)
{
    for (size_t i = 0; i < rig.list.count; i++) {
        if (strcmp(rig.list.items[i].rule, rule) == 0 && strcmp(rig.list.items[i].where, where) == 0)
            return &rig.list.items[i];
    }
    return NULL;
}

void rig_expect(const char *name, const char *value, enum value_source source, const char *origin)
{
    const struct setting *s = config_find(&rig.config, name);
    ck_assert_ptr_nonnull(s);
    ck_assert_pstr_eq(s->value, value);
    ck_assert_int_eq(s->source, source);
    const char *at = strstr(origin, "@/");
    if (at)
        origin = arena_printf(&rig.arena, "%.*s%s%s", (int)(at - origin), origin, rig.folder, at + 1);
    ck_assert_str_eq(s->origin, origin);
}

const char *rig_path(const char *name)
{
    return arena_printf(&rig.arena, "%s/%s", rig.folder, name);
}

const char *rig_write(const char *name, const char *bytes, size_t len)
{
    const char *path = rig_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    ck_assert_int_eq(fchmod(fd, 0600), 0);
    close(fd);
    return path;
}

void rig_env_file(const char *path, enum env_dialect dialect, const char *text)
{
    ck_assert_uint_lt(rig.options.env_file_count, ENV_FILES_MAX);
    struct env_file *f = &files[rig.options.env_file_count++];
    ck_assert_int_eq(env_file_parse(text, strlen(text), dialect, path, &rig.arena, f, &rig.list), 0);
    rig.options.env_files = files;
}
