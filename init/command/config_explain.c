#include <fcntl.h>
#include <string.h>

#include "init/base/exit_code.h"
#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/base/text.h"
#include "init/command/command.h"
#include "init/command/config_actions.h"
#include "init/command/print.h"
#include "init/report/config_explain.h"
#include "init/report/config_lint.h"
#include "init/report/config_text.h"
#include "init/report/terminal.h"

/* The --env-file files once more, for what they say of variables that come from elsewhere. */
static void read_env_files(const struct options *o, struct arena *a, struct config_places *places)
{
    struct env_file *files = arena_alloc(a, o->env_file_count + 1, sizeof *files);
    char *text = arena_alloc(a, ENV_FILE_MAX + 1, 1);
    for (size_t i = 0; i < o->env_file_count; i++) {
        const char *named = o->env_files[i];
        size_t kind = strcspn(named, ":");
        size_t len = 0;
        struct err e; /* told already, when it was read first */
        struct problems *told = arena_alloc(a, 1, sizeof *told);
        if (file_read(AT_FDCWD, named + kind + 1, text, ENV_FILE_MAX + 1, &len, &e) != 0) {
            len = 0;
        }
        (void)env_file_parse(text, len, (enum env_dialect)env_dialect_from_name(named, kind), named + kind + 1, a,
                             &files[i], told);
        explicit_bzero(text, len);
    }
    places->env_files = files;
    places->env_file_count = o->env_file_count;
}

static const char *name_at(const void *ctx, size_t i)
{
    return ((const struct manifest *)ctx)->variables[i].name;
}

static void tell_unknown(const struct manifest *m, const char *name)
{
    const char *near = text_nearest(name, name_at, m, m->variable_count);
    if (near != NULL) {
        log_line(LOG_ERROR, "there is no variable %s; did you mean %s?", name, near);
    } else {
        log_line(LOG_ERROR, "there is no variable %s; muster config docs lists them all", name);
    }
}

/* Fill @out with the variables that are asked for, each once. Returns 0, or -1 after telling which are unknown. */
static int find_all(const struct options *o, struct loaded *l, const struct variable **out, size_t *count)
{
    int unknown = 0;
    for (size_t i = 0; i < o->name_count; i++) {
        bool names_file;
        bool again = false;
        const struct variable *v = config_lint_variable(&l->manifest, o->names[i], &names_file, &l->arena);
        for (size_t k = 0; k < *count; k++) {
            again = again || out[k] == v;
        }
        if (v == NULL) {
            tell_unknown(&l->manifest, o->names[i]);
            unknown = -1;
        } else if (!again) {
            out[(*count)++] = v;
        }
    }
    return unknown;
}

static int explain(const struct options *o, const struct config_explain *x, const struct variable *const *asked,
                   size_t count, struct buf *out)
{
    struct jsonw w;
    bool broken = false;
    jsonw_init(&w, out, true);
    if (o->json) {
        jsonw_array(&w, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        const struct setting *s = config_find(x->places.config, asked[i]->name);
        for (size_t k = 0; k < x->problems->count; k++) {
            const struct problem *item = &x->problems->items[k];
            broken = broken || (!item->warning && config_explain_concerns(item, s));
        }
        if (o->json) {
            config_explain_json(x, s, &w);
        } else {
            buf_puts(out, i > 0 ? "\n" : "");
            config_explain_text(x, s, out);
        }
    }
    if (o->json) {
        jsonw_array_end(&w);
        buf_putc(out, '\n');
    }
    return broken ? EXIT_BAD_CONFIG : EXIT_OK;
}

int config_explain(const struct options *o, char *const *environ_)
{
    struct loaded loaded = {.declared = false};
    struct load_options load = command_load_options(o, environ_);
    const struct variable *asked[CONFIG_NAMES_MAX];
    struct buf out;
    struct err e;
    size_t count = 0;
    if (load_manifest(&load, &loaded, &e) != 0) {
        terminal_problems(&loaded.problems, "manifest");
        return err_exit_code(e.code);
    }
    if (find_all(o, &loaded, asked, &count) != 0) {
        return EXIT_USAGE_ERROR;
    }
    (void)load_config(&load, &loaded, &e);
    struct config_explain x = {.problems = &loaded.problems, .arena = &loaded.arena};
    x.places = (struct config_places){.manifest = &loaded.manifest,
                                      .config = &loaded.config,
                                      .environ_ = environ_,
                                      .secrets_dir = o->secrets_dir,
                                      .empty_is_unset = o->empty_is_unset};
    read_env_files(o, &loaded.arena, &x.places);
    buf_init(&out, arena_alloc(&loaded.arena, CONFIG_DOCUMENT_MAX, 1), CONFIG_DOCUMENT_MAX);
    int exit_code = explain(o, &x, asked, count, &out);
    int printed = print_buf(&out);
    return printed != EXIT_OK ? printed : exit_code;
}
