#include "init/core/load.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/json.h"
#include "init/config/environment.h"

static const char *const default_files[] = {"muster.json", "/etc/muster/muster.json"};

/* The manifest to read, or NULL when none was named and none is in the usual places. */
static const char *find_file(const struct load_options *o)
{
    if (o->file != NULL) {
        return o->file;
    }
    const char *named = environment_get(o->environ_, "MUSTER_FILE");
    if (named != NULL) {
        return named;
    }
    for (size_t i = 0; i < sizeof default_files / sizeof default_files[0]; i++) {
        if (access(default_files[i], F_OK) == 0) {
            return default_files[i];
        }
    }
    return NULL;
}

bool load_declared(const struct load_options *o)
{
    return o->profile != NULL || find_file(o) != NULL;
}

static int check_problems(const struct problems *p, enum err_code code, const char *what, struct err *e)
{
    if (p->errors == 0) {
        return 0;
    }
    return err_set(e, code, 0, "%s: %zu mistake%s; nothing was started", what, p->errors, p->errors == 1 ? "" : "s");
}

static int load_builtin(const char *name, const struct wait_request *wait, struct loaded *out, struct err *e)
{
    const char *source = arena_printf(&out->arena, "builtin:%s", name);
    (void)manifest_load_waiting(NULL, 0, source, name, wait, &out->arena, &out->manifest, &out->problems);
    return check_problems(&out->problems, ERR_MANIFEST, source, e);
}

/* No manifest: nothing but what words say. */
static int load_words(const struct wait_request *wait, struct loaded *out, struct err *e)
{
    if (wait == NULL) {
        return load_builtin("none", NULL, out, e);
    }
    (void)manifest_load_waiting(NULL, 0, "targets", "none", wait, &out->arena, &out->manifest, &out->problems);
    return check_problems(&out->problems, ERR_USAGE, "targets", e);
}

static int load_file(const char *path, const struct wait_request *wait, struct loaded *out, struct err *e)
{
    char *text = arena_alloc(&out->arena, JSON_TEXT_MAX + 1, 1);
    size_t len;
    if (file_read(AT_FDCWD, path, text, JSON_TEXT_MAX + 1, &len, e) != 0) {
        e->code = ERR_MANIFEST;
        struct problem *item = problem_add(&out->problems, "file", path, "%s", e->text);
        problem_hint(item, "name a readable manifest with --file or MUSTER_FILE");
        return -1;
    }
    (void)manifest_load_waiting(text, len, path, NULL, wait, &out->arena, &out->manifest, &out->problems);
    return check_problems(&out->problems, ERR_MANIFEST, path, e);
}

static int load_any(const struct load_options *o, struct loaded *out, struct err *e)
{
    out->problems.errors = out->problems.warnings = out->problems.count = 0;
    out->declared = true;
    if (o->profile != NULL) {
        return load_builtin(o->profile, o->wait, out, e);
    }
    const char *path = o->wait != NULL && o->wait->alone ? NULL : find_file(o);
    if (path != NULL) {
        return load_file(path, o->wait, out, e);
    }
    out->declared = false;
    return load_words(o->wait, out, e);
}

int load_manifest(const struct load_options *o, struct loaded *out, struct err *e)
{
    arena_init(&out->arena);
    if (load_any(o, out, e) != 0) {
        return -1;
    }
    if (o->parallel != 0) {
        out->manifest.parallel = o->parallel;
    }
    if (o->rollback != NULL) {
        out->manifest.rollback = *o->rollback;
    }
    return 0;
}

/* @named is "dialect:path", as the command line was checked for. */
static void load_env_file(const char *named, char *text, struct loaded *out, struct env_file *file)
{
    struct err why = {.code = ERR_NONE};
    size_t len = 0;
    size_t dialect_len = strcspn(named, ":");
    int dialect = env_dialect_from_name(named, dialect_len);
    const char *path = named[dialect_len] == '\0' ? "" : named + dialect_len + 1;
    if (dialect < 0 || path[0] == '\0') {
        problem_hint(problem_add(&out->problems, "env_file.dialect", named, "how to read the file is not said"),
                     "say docker:FILE or dotenv:FILE");
    } else if (file_read(AT_FDCWD, path, text, ENV_FILE_MAX + 1, &len, &why) != 0) {
        bool large = why.code == ERR_LIMIT;
        problem_hint(problem_add(&out->problems, large ? "env_file.limit" : "env_file.missing", path, "%s", why.text),
                     large ? "remove what is not needed"
                           : "--env-file has to name a regular file that muster may read");
    } else {
        (void)env_file_parse(text, len, (enum env_dialect)dialect, path, &out->arena, file, &out->problems);
    }
    explicit_bzero(text, len);
}

/* Read in the order given; what cannot be read is told, and has no variables. */
static void load_env_files(const struct load_options *o, struct loaded *out, struct resolve_options *resolve)
{
    size_t count = 0;
    while (o->env_files != NULL && o->env_files[count] != NULL && count < ENV_FILES_MAX) {
        count++;
    }
    if (count == 0) {
        return;
    }
    struct env_file *files = arena_alloc(&out->arena, count, sizeof *files);
    char *text = arena_alloc(&out->arena, ENV_FILE_MAX + 1, 1);
    for (size_t i = 0; i < count; i++) {
        load_env_file(o->env_files[i], text, out, &files[i]);
    }
    resolve->env_files = files;
    resolve->env_file_count = count;
}

int load_config(const struct load_options *o, struct loaded *out, struct err *e)
{
    struct resolve_options resolve = o->resolve;
    load_env_files(o, out, &resolve);
    resolve.prefixes = out->manifest.prefixes.items;
    resolve.prefix_count = out->manifest.prefixes.count;
    config_resolve(out->manifest.variables, out->manifest.variable_count, o->environ_, &resolve, &out->arena,
                   &out->config, &out->problems);
    if (out->problems.errors > 0) {
        out->config.state = CONFIG_CONFIGURATION; /* also for a file that could not be read before */
    }
    return check_problems(&out->problems, ERR_CONFIG, "configuration", e);
}

static void tell_no_shell(struct problems *p, const char *where)
{
    problem_hint(problem_add(p, "shell.missing", where, "there is no " MANIFEST_SHELL " here"),
                 "write an argument array, or let muster do it: write, mkdir, copy, symlink, chmod, chown, download");
}

/* Only of what is to be done: a step for another image may have the shell that is there. */
static void check_shell(const struct graph *g, struct arena *a, struct problems *p)
{
    bool looked = false;
    for (size_t i = 0; i < g->count; i++) {
        const struct step *s = g->nodes[i].step;
        bool done = s != NULL && !g->nodes[i].inactive && !g->nodes[i].skipped;
        for (size_t k = 0; done && k <= s->artifact_count; k++) {
            if (k < s->artifact_count ? !s->artifacts[k].cleanup_shell : !s->shell) {
                continue;
            }
            if (!looked && access(MANIFEST_SHELL, X_OK) == 0) {
                return;
            }
            looked = true;
            tell_no_shell(p, k < s->artifact_count ? arena_printf(a, "/steps/%s/artifacts/%zu/cleanup_script", s->id, k)
                                                   : arena_printf(a, "/steps/%s/shell", s->id));
        }
    }
}

int load_graph(const struct load_options *o, struct loaded *out, struct err *e)
{
    const struct graph_options options = {.skip = o->skip, .skip_too = o->skip_too, .state_dir = o->state_dir};
    if (graph_build(&out->manifest, &out->config, &options, &out->arena, &out->graph, &out->problems) == 0) {
        check_shell(&out->graph, &out->arena, &out->problems);
    }
    return check_problems(&out->problems, ERR_MANIFEST, out->manifest.source, e);
}
