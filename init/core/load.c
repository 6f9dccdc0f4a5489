#include "init/core/load.h"

#include <errno.h>
#include <fcntl.h>
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

static int load_builtin(const char *name, struct loaded *out, struct err *e)
{
    const char *source = arena_printf(&out->arena, "builtin:%s", name);
    (void)manifest_load(NULL, 0, source, name, &out->arena, &out->manifest, &out->problems);
    return check_problems(&out->problems, ERR_MANIFEST, source, e);
}

static int load_file(const char *path, struct loaded *out, struct err *e)
{
    char *text = arena_alloc(&out->arena, JSON_TEXT_MAX + 1, 1);
    size_t len;
    if (file_read(AT_FDCWD, path, text, JSON_TEXT_MAX + 1, &len, e) != 0) {
        e->code = ERR_MANIFEST;
        struct problem *item = problem_add(&out->problems, "file", path, "%s", e->text);
        problem_hint(item, "name a readable manifest with --file or MUSTER_FILE");
        return -1;
    }
    (void)manifest_load(text, len, path, NULL, &out->arena, &out->manifest, &out->problems);
    return check_problems(&out->problems, ERR_MANIFEST, path, e);
}

int load_manifest(const struct load_options *o, struct loaded *out, struct err *e)
{
    arena_init(&out->arena);
    out->problems.errors = out->problems.warnings = out->problems.count = 0;
    out->declared = true;
    if (o->profile != NULL) {
        return load_builtin(o->profile, out, e);
    }
    const char *path = find_file(o);
    if (path != NULL) {
        return load_file(path, out, e);
    }
    out->declared = false;
    return load_builtin("none", out, e);
}

int load_config(const struct load_options *o, struct loaded *out, struct err *e)
{
    config_resolve(out->manifest.variables, out->manifest.variable_count, o->environ_, &o->resolve, &out->arena,
                   &out->config, &out->problems);
    return check_problems(&out->problems, ERR_CONFIG, "configuration", e);
}

int load_graph(const struct load_options *o, struct loaded *out, struct err *e)
{
    const struct graph_options options = {.skip = o->skip};
    (void)graph_build(&out->manifest, &out->config, &options, &out->arena, &out->graph, &out->problems);
    return check_problems(&out->problems, ERR_MANIFEST, out->manifest.source, e);
}
