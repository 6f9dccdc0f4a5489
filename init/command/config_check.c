#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/exit_code.h"
#include "init/base/fdio.h"
#include "init/base/json.h"
#include "init/base/log.h"
#include "init/command/command.h"
#include "init/command/config_actions.h"
#include "init/command/print.h"
#include "init/config/environment.h"
#include "init/report/config_lint.h"
#include "init/report/config_text.h"
#include "init/report/problem_json.h"
#include "init/report/terminal.h"

/* One file under check. */
struct check {
    const struct options *options;
    const char *path;
    enum env_dialect dialect;
    char *text;
    size_t len;
    struct env_file file;
    struct loaded loaded;
    struct arena *arena;    /* of loaded */
    struct problems *found; /* the answer: where is "path:line", or "path" for what is not in the file at all */
};

/* Fill the file's bytes and entries. Returns 0, or -1 with the reason told. */
static int read_file(struct check *c)
{
    struct err e;
    struct arena *a = c->arena;
    struct problems *scratch = arena_alloc(a, 1, sizeof *scratch);
    c->text = arena_alloc(a, ENV_FILE_MAX + 1, 1);
    if (file_read(AT_FDCWD, c->path, c->text, ENV_FILE_MAX + 1, &c->len, &e) != 0) {
        problem_hint(problem_add(c->found, e.code == ERR_LIMIT ? "env_file.limit" : "env_file.missing",
                                 config_lint_place(c->path, 0, a), "%s", e.text),
                     "--against has to name a regular file that can be read");
        return -1;
    }
    /* Its mistakes are told when it is read as one source of the configuration. */
    (void)env_file_parse(c->text, c->len, c->dialect, c->path, a, &c->file, scratch);
    return 0;
}

/* What docker takes from the environment for a NAME alone. */
static char *const *taken_environment(const struct check *c, char *const *environ_)
{
    char **out = arena_alloc(c->arena, c->file.count + 1, sizeof *out);
    size_t count = 0;
    for (size_t i = 0; i < c->file.count; i++) {
        const char *name = c->file.entries[i].name;
        size_t len = strlen(name);
        for (char *const *at = environ_; c->file.entries[i].value == NULL && *at != NULL; at++) {
            if (strncmp(*at, name, len) == 0 && (*at)[len] == '=') {
                out[count++] = *at;
                break;
            }
        }
    }
    return out;
}

/* The file as the last of the --env-file, with no environment around it. */
static void resolve(struct check *c, char *const *environ_)
{
    struct err e;
    const char *files[ENV_FILES_MAX + 1] = {NULL};
    struct load_options load = command_load_options(c->options, taken_environment(c, environ_));
    size_t count = c->options->env_file_count < ENV_FILES_MAX ? c->options->env_file_count : ENV_FILES_MAX - 1;
    memcpy(files, c->options->env_files, count * sizeof files[0]);
    files[count] = c->options->against;
    load.env_files = files;
    load.resolve.strict = false;
    c->loaded.problems.errors = c->loaded.problems.warnings = c->loaded.problems.count = 0;
    (void)load_config(&load, &c->loaded, &e);
}

/* The entry that gives @v a value, or says in which file it is; NULL when there is none. */
static const struct env_entry *entry_of(const struct check *c, const struct variable *v)
{
    const struct env_entry *found = NULL;
    for (size_t i = 0; i <= v->alias_count && found == NULL; i++) {
        found = env_file_find(&c->file, i < v->alias_count ? v->aliases[i].name : v->name);
    }
    for (size_t i = 0; i <= v->alias_count && found == NULL; i++) {
        const char *name = i < v->alias_count ? v->aliases[i].name : v->name;
        const char *file = config_text_file_of(&c->loaded.manifest, v, name, c->arena);
        found = file != NULL ? env_file_find(&c->file, file) : NULL;
    }
    return found;
}

/* Put another mistake in its place, a lesser one. */
static void lessen(struct problem *item, const char *rule, const char *text, const char *hint)
{
    struct problems one = {.count = 0};
    problem_hint(problem_warn(&one, rule, item->where, "%s", text), "%s", hint);
    *item = one.items[0];
}

static bool is_about_disk(const struct problem *item)
{
    return strcmp(item->rule, "path.missing") == 0 || strcmp(item->rule, "path.kind") == 0 ||
           strcmp(item->rule, "path.access") == 0;
}

/* What the file says about a variable makes some mistakes less of one. Returns false when it is none at all. */
static bool weigh(const struct variable *v, const struct env_entry *e, struct problem *item)
{
    bool missing = strcmp(item->rule, "required.missing") == 0;
    bool empty = e != NULL && e->value != NULL && e->value[0] == '\0';
    if (is_about_disk(item)) {
        item->warning = true;
    } else if (config_text_hides(v) && empty && !item->warning) {
        lessen(item, "env_file.unfilled", "a secret without its value",
               "fill it in where the file is used, not where it is kept for everybody");
    } else if (missing && e != NULL && e->value == NULL) {
        lessen(item, "env_file.passed_on", "taken from the environment, which does not have it here",
               "set it where the container is started");
    } else if (missing && e != NULL && !empty) {
        return false; /* NAME_FILE: the value is somewhere else */
    }
    return true;
}

static const struct setting *setting_of(const struct check *c, const char *name)
{
    bool names_file;
    const struct variable *v = config_lint_variable(&c->loaded.manifest, name, &names_file, c->arena);
    return v != NULL ? config_find(&c->loaded.config, v->name) : NULL;
}

static const char *place_of(const struct check *c, const struct problem *item, const struct env_entry *e)
{
    const char *colon = strrchr(item->source, ':');
    if (colon != NULL && colon[1] >= '1' && colon[1] <= '9') {
        return arena_strdup(c->arena, item->source);
    }
    return config_lint_place(c->path, e != NULL ? e->line : 0, c->arena);
}

/* One of the configuration's mistakes as one of the file. */
static void take(struct check *c, const struct problem *from)
{
    struct problem item = *from;
    const struct setting *s = setting_of(c, item.where);
    const struct variable *v = s != NULL ? s->variable : NULL;
    const struct env_entry *e = v != NULL ? entry_of(c, v) : env_file_find(&c->file, item.where);
    if (v != NULL && !weigh(v, e, &item)) {
        return;
    }
    bool named = v != NULL || e != NULL;
    const char *place = named ? place_of(c, &item, e) : item.where;
    const char *text = named ? arena_printf(c->arena, "%s: %s", item.where, item.text) : item.text;
    struct problem *out = item.warning ? problem_warn(c->found, item.rule, place, "%s", text)
                                       : problem_add(c->found, item.rule, place, "%s", text);
    if (out != NULL) {
        memcpy(out->hint, item.hint, sizeof out->hint);
        memcpy(out->found, item.found, sizeof out->found);
        memcpy(out->accepted, item.accepted, sizeof out->accepted);
    }
}

static void take_all(struct check *c)
{
    const struct problems *from = &c->loaded.problems;
    size_t warnings = 0;
    for (size_t i = 0; i < from->count; i++) {
        warnings += from->items[i].warning;
        take(c, &from->items[i]);
    }
    /* What was only counted stays counted. */
    c->found->errors += from->errors - (from->count - warnings);
    c->found->warnings += from->warnings - warnings;
}

/* A name that is wrong for a better reason is not unknown as well. */
static bool is_told(const struct problems *p, const struct problem *unknown)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct problem *item = &p->items[i];
        size_t len = strcspn(item->text, ":");
        if (strcmp(item->rule, "name.similar") == 0 && strcmp(item->where, unknown->where) == 0 &&
            strncmp(item->text, unknown->text, len) == 0) {
            return true;
        }
    }
    return false;
}

static void drop_told(struct problems *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->items[i].rule, "env_file.unknown") == 0 && is_told(p, &p->items[i])) {
            p->warnings--;
            continue;
        }
        if (kept != i) {
            p->items[kept] = p->items[i];
        }
        kept++;
    }
    p->count = kept;
}

static unsigned long line_of(const struct problem *item)
{
    const char *colon = strrchr(item->where, ':');
    return colon != NULL ? strtoul(colon + 1, NULL, 10) : 0;
}

/* By line, what is not in the file at the end; insertion keeps the order of what is on the same line. */
static void sort_by_line(struct problems *p, struct problem *spare)
{
    for (size_t i = 1; i < p->count; i++) {
        size_t k = i;
        unsigned long line = line_of(&p->items[i]) - 1;
        *spare = p->items[i];
        for (; k > 0 && line_of(&p->items[k - 1]) - 1 > line; k--) {
            p->items[k] = p->items[k - 1];
        }
        p->items[k] = *spare;
    }
}

static void look(struct check *c, char *const *environ_)
{
    static char *const nothing[] = {NULL};
    struct arena *a = c->arena;
    struct environment empty;
    if (read_file(c) != 0) {
        return;
    }
    resolve(c, environ_);
    take_all(c);
    environment_index(&empty, nothing, a);
    const struct config_lint lint = {.text = c->text,
                                     .len = c->len,
                                     .file = &c->file,
                                     .manifest = &c->loaded.manifest,
                                     .environment = &empty,
                                     .arena = a,
                                     .problems = c->found};
    config_lint(&lint);
    explicit_bzero(c->text, c->len);
    drop_told(c->found);
    sort_by_line(c->found, arena_alloc(a, 1, sizeof(struct problem)));
    if (c->options->strict) {
        problems_promote(c->found);
    }
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void put_text(const struct check *c, struct buf *out)
{
    const struct problems *p = c->found;
    for (size_t i = 0; i < p->count; i++) {
        const struct problem *item = &p->items[i];
        if (item->warning && !log_shows(LOG_WARNING)) {
            continue;
        }
        buf_printf(out, "%s: %s: %s: %s\n", item->where, item->warning ? "warning" : "error", item->rule, item->text);
        if (item->hint[0] != '\0') {
            buf_printf(out, "    %s\n", item->hint);
        }
    }
    if (p->errors + p->warnings > p->count) {
        buf_printf(out, "and %zu more\n", p->errors + p->warnings - p->count);
    }
    if (log_shows(LOG_NOTICE)) {
        buf_printf(out, "%s: %zu variable%s, %zu error%s, %zu warning%s\n", config_lint_place(c->path, 0, c->arena),
                   c->file.count, plural(c->file.count), p->errors, plural(p->errors), p->warnings,
                   plural(p->warnings));
    }
}

static void put_json(const struct check *c, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out, true);
    jsonw_object(&w, NULL);
    jsonw_string(&w, "path", c->path);
    jsonw_string(&w, "dialect", env_dialect_name(c->dialect));
    jsonw_uint(&w, "variables", c->file.count);
    problem_json(&w, "errors", c->found, false);
    problem_json(&w, "warnings", c->found, true);
    jsonw_object_end(&w);
    buf_putc(out, '\n');
}

int config_check(const struct options *o, char *const *environ_)
{
    size_t kind = strcspn(o->against, ":");
    struct check c = {.options = o, .path = o->against + kind + 1};
    struct load_options load = command_load_options(o, environ_);
    struct err e;
    struct buf out;
    c.dialect = (enum env_dialect)env_dialect_from_name(o->against, kind);
    if (load_manifest(&load, &c.loaded, &e) != 0) {
        terminal_problems(&c.loaded.problems, "manifest");
        return err_exit_code(e.code);
    }
    c.arena = &c.loaded.arena;
    c.found = arena_alloc(&c.loaded.arena, 1, sizeof *c.found);
    look(&c, environ_);
    buf_init(&out, arena_alloc(&c.loaded.arena, JSON_TEXT_MAX, 1), JSON_TEXT_MAX);
    if (o->json) {
        put_json(&c, &out);
    } else {
        put_text(&c, &out);
    }
    int printed = print_buf(&out);
    return printed != EXIT_OK ? printed : c.found->errors > 0 ? EXIT_BAD_CONFIG : EXIT_OK;
}
