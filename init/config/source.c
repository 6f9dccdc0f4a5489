#include "init/config/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"

/* Of a variable's name and what is put behind it. */
#define FILE_SUFFIX "_FILE"
#define NAME_WITH_SUFFIX_MAX 264

/* One variable being looked up. */
struct look_up {
    struct sources *sources;
    const struct variable *variable;
    struct found *found;
    bool skip_empty;
};

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_name(const char **sorted, size_t count, const char *name)
{
    return count > 0 && bsearch(&name, sorted, count, sizeof(*sorted), compare_strings) != NULL;
}

static bool ends_in_file(const char *name)
{
    size_t len = strlen(name);
    return len >= sizeof(FILE_SUFFIX) && strcmp(name + len - (sizeof(FILE_SUFFIX) - 1), FILE_SUFFIX) == 0;
}

/* What is named like a variable: neither "..data" nor its like. */
static void list_secrets(struct sources *s, struct problems *p)
{
    const char *path = s->options->secrets_dir;
    size_t count = 0;
    DIR *dir = opendir(path);
    if (!dir) {
        problem_hint(problem_add(p, "source.directory", path, "cannot list the folder of secrets: %s", strerror(errno)),
                     "mount it, or leave --secrets-dir out");
        return;
    }
    s->secrets = arena_alloc(s->arena, SECRETS_DIR_MAX, sizeof(*s->secrets));
    for (const struct dirent *e = readdir(dir); e && count <= SECRETS_DIR_MAX; e = readdir(dir)) {
        if (!text_is_variable_name(e->d_name))
            continue;
        if (count++ < SECRETS_DIR_MAX)
            s->secrets[s->secret_count++] = arena_strdup(s->arena, e->d_name);
    }
    closedir(dir);
    if (count > SECRETS_DIR_MAX)
        problem_hint(
            problem_add(p, "source.directory", path, "more than %d files in the folder of secrets", SECRETS_DIR_MAX),
            "name a folder with nothing but the secrets in it");
    qsort(s->secrets, s->secret_count, sizeof(*s->secrets), compare_strings);
}

static void collect_file_aliases(struct sources *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->config->count; i++)
        count += s->config->settings[i].variable->alias_count;
    s->file_aliases = arena_alloc(s->arena, count + 1, sizeof(*s->file_aliases));
    for (size_t i = 0; i < s->config->count; i++) {
        const struct variable *v = s->config->settings[i].variable;
        for (size_t k = 0; k < v->alias_count; k++) {
            if (ends_in_file(v->aliases[k].name))
                s->file_aliases[s->file_alias_count++] = v->aliases[k].name;
        }
    }
    qsort(s->file_aliases, s->file_alias_count, sizeof(*s->file_aliases), compare_strings);
}

static bool names_files(const struct environment *e)
{
    const size_t len = sizeof(FILE_SUFFIX) - 1;
    for (uint32_t i = 0; i < e->count; i++) {
        const char *equals = strchr(e->entries[i], '=');
        if (equals && (size_t)(equals - e->entries[i]) > len && memcmp(equals - len, FILE_SUFFIX, len) == 0)
            return true;
    }
    return false;
}

void sources_init(struct sources *s, const struct config *c, const struct environment *e,
                  const struct resolve_options *options, struct arena *a, struct problems *p)
{
    *s = (struct sources){.environment = e, .options = options, .config = c, .arena = a, .reader = {.arena = a}};
    s->names_files = names_files(e);
    if (s->names_files)
        collect_file_aliases(s);
    if (options->secrets_dir)
        list_secrets(s, p);
}

static void remark(struct look_up *l, const char *rule, const char *text, const char *hint)
{
    struct remark *fresh = arena_alloc(l->sources->arena, 1, sizeof(*fresh));
    struct remark **end = &l->found->remarks;
    *fresh = (struct remark){.rule = rule, .text = text, .hint = hint};
    while (*end)
        end = &(*end)->next;
    *end = fresh;
}

/* Aliases in their order, then the variable's own name. */
static const char *name_at(const struct variable *v, size_t i)
{
    return i < v->alias_count ? v->aliases[i].name : v->name;
}

static const char *usable(const struct look_up *l, const char *value)
{
    return value && (value[0] != '\0' || !l->skip_empty) ? value : NULL;
}

/* The name of the file that NAME_FILE names; NULL when it is not set, or something else. */
static const char *file_for(const struct look_up *l, const char *name, char file_name[NAME_WITH_SUFFIX_MAX])
{
    const struct sources *s = l->sources;
    size_t len = strlen(name);
    if (!s->names_files || l->variable->no_file || len + sizeof(FILE_SUFFIX) > NAME_WITH_SUFFIX_MAX)
        return NULL;
    memcpy(file_name, name, len);
    memcpy(file_name + len, FILE_SUFFIX, sizeof(FILE_SUFFIX));
    const char *path = usable(l, environment_value(s->environment, file_name));
    if (!path || config_find(s->config, file_name) || has_name(s->file_aliases, s->file_alias_count, file_name))
        return NULL;
    return path;
}

/* Somebody may have put the secret itself where the path should be: only what looks like a path is shown. */
static bool may_be_shown(const struct variable *v, const char *path)
{
    return (!v->secret && v->type != VALUE_SECRET) || path[0] == '/' || path[0] == '.';
}

static void read_file(struct look_up *l, const char *path, const char *file_name)
{
    struct arena *a = l->sources->arena;
    struct found *f = l->found;
    struct value_file file = {.value = NULL};
    const char *why = NULL;
    bool ok = path[0] != '\0' && value_file_read(&l->sources->reader, path, &file, &why) == 0;
    const char *shown = ok || !file_name || may_be_shown(l->variable, path) ? path : "***";
    f->origin = file_name ? arena_printf(a, "file %s (%s)", shown, file_name) : arena_printf(a, "file %s", shown);
    if (ok) {
        f->value = usable(l, file.value);
        f->exposed = file.exposed;
        f->path = path;
        return;
    }
    if (path[0] == '\0') {
        f->origin = file_name;
        remark(l, "source.file", arena_printf(a, "%s is set, but empty: it should name a file", file_name),
               arena_printf(a, "set %s to the path of a file, or not at all", file_name));
    } else if (file_name) {
        remark(l, "source.file",
               arena_printf(a, "cannot read %s, which %s names: %s", shown == path ? path : "the file", file_name, why),
               arena_printf(a, "%s has to be the path of a regular file that muster may read", file_name));
    } else {
        remark(l, "source.file", arena_printf(a, "cannot read %s: %s", path, why),
               "everything in --secrets-dir that is named like a variable has to be a file that muster may read");
    }
    f->broken = true;
}

static void tell_conflict(struct look_up *l, const char *first, const char *second)
{
    struct arena *a = l->sources->arena;
    bool same = strlen(second) > strlen(first) && strncmp(first, second, strlen(first)) == 0;
    remark(l, "source.conflict", arena_printf(a, "%s and %s are both set", first, second),
           same ? arena_printf(a, "set only one of them; if %s means something else: \"file\": false", second)
                : "set only one of them");
}

static void tell_other_value(struct look_up *l, const char *other)
{
    struct arena *a = l->sources->arena;
    const char *name = l->found->name;
    remark(l, "alias.conflict",
           arena_printf(a, "%s and %s are names of the same variable, and are set to different values", name, other),
           arena_printf(a, "set only %s", l->variable->name));
}

static void take(struct found *f, const char *value, enum value_source source, const char *name, const char *origin)
{
    f->value = value;
    f->source = source;
    f->name = name;
    f->origin = origin;
}

static void look_in_environment(struct look_up *l)
{
    struct found *f = l->found;
    const char *file = NULL;
    char first_file[NAME_WITH_SUFFIX_MAX] = "";
    for (size_t i = 0; i <= l->variable->alias_count; i++) {
        const char *name = name_at(l->variable, i);
        char file_name[NAME_WITH_SUFFIX_MAX];
        const char *value = usable(l, environment_value(l->sources->environment, name));
        const char *path = file_for(l, name, file_name);
        if (value && (f->value || file)) {
            if (!f->value)
                tell_conflict(l, first_file, name);
            else if (strcmp(f->value, value) != 0)
                tell_other_value(l, name);
        } else if (value) {
            take(f, value, SOURCE_ENVIRONMENT, name, "environment");
        }
        if (path && (f->value || file)) {
            tell_conflict(l, f->value ? f->name : first_file, file_name);
        } else if (path) {
            file = path;
            f->name = name;
            memcpy(first_file, file_name, sizeof(first_file));
        }
    }
    if (!file)
        return;
    f->source = SOURCE_FILE;
    read_file(l, file, arena_strdup(l->sources->arena, first_file));
}

static const char *lower_case(struct arena *a, const char *name)
{
    char *out = arena_strdup(a, name);
    for (char *c = out; *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return out;
}

static void look_in_secrets(struct look_up *l)
{
    struct sources *s = l->sources;
    const char *hit = NULL;
    for (size_t i = 0; i < 2 * (l->variable->alias_count + 1); i++) {
        const char *name = name_at(l->variable, i / 2);
        const char *file = i % 2 == 0 ? name : lower_case(s->arena, name);
        if ((i % 2 == 1 && strcmp(file, name) == 0) || !has_name(s->secrets, s->secret_count, file))
            continue;
        if (hit) {
            remark(l, "source.conflict",
                   arena_printf(s->arena, "%s and %s in %s are the same variable", hit, file, s->options->secrets_dir),
                   "leave only one of them there");
            continue;
        }
        hit = file;
        l->found->name = name;
    }
    if (!hit)
        return;
    l->found->source = SOURCE_SECRETS;
    const char *dir = s->options->secrets_dir;
    bool slash = dir[0] != '\0' && dir[strlen(dir) - 1] == '/';
    read_file(l, arena_printf(s->arena, "%s%s%s", dir, slash ? "" : "/", hit), NULL);
}

static void look_in_env_file(struct look_up *l, const struct env_file *file)
{
    struct found *f = l->found;
    for (size_t i = 0; i <= l->variable->alias_count; i++) {
        const char *name = name_at(l->variable, i);
        const struct env_entry *entry = env_file_find(file, name);
        const char *value = entry ? usable(l, entry->value) : NULL;
        if (!value)
            continue;
        if (!f->value)
            take(f, value, SOURCE_ENV_FILE, name, arena_printf(l->sources->arena, "%s:%u", file->path, entry->line));
        else if (strcmp(f->value, value) != 0)
            tell_other_value(l, name);
    }
}

void source_look_up(struct sources *s, const struct variable *v, struct found *out)
{
    struct look_up l = {
        .sources = s, .variable = v, .found = out, .skip_empty = s->options->empty_is_unset || v->empty_is_unset};
    *out = (struct found){.source = SOURCE_UNSET, .name = v->name, .origin = "not set"};
    look_in_environment(&l);
    if (!out->value && !out->broken && s->secret_count > 0)
        look_in_secrets(&l);
    for (size_t i = s->options->env_file_count; i > 0 && !out->value && !out->broken; i--)
        look_in_env_file(&l, &s->options->env_files[i - 1]);
    if (!out->value && !out->broken)
        take(out, NULL, SOURCE_UNSET, v->name, "not set");
}
