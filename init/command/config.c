#include <string.h>

#include "init/base/exit_code.h"
#include "init/base/json.h"
#include "init/command/command.h"
#include "init/command/config_actions.h"
#include "init/command/print.h"
#include "init/config/profile.h"
#include "init/report/problem_json.h"
#include "init/report/terminal.h"

static int print_json(struct loaded *l, int exit_code)
{
    struct buf out;
    struct jsonw w;
    buf_init(&out, arena_alloc(&l->arena, JSON_TEXT_MAX, 1), JSON_TEXT_MAX);
    jsonw_init(&w, &out, true);
    jsonw_object(&w, NULL);
    jsonw_string(&w, "state", config_state_name(l->config.state));
    problem_json(&w, "errors", &l->problems, false);
    problem_json(&w, "warnings", &l->problems, true);
    jsonw_string(&w, "manifest_sha256", l->manifest.sha256[0] == '\0' ? NULL : l->manifest.sha256);
    if (exit_code != EXIT_BAD_MANIFEST) {
        profile_write(&w, "profile", &l->config);
    }
    jsonw_object_end(&w);
    buf_putc(&out, '\n');
    int printed = print_buf(&out);
    return printed != EXIT_OK ? printed : exit_code;
}

static int print_text(const struct loaded *l, int exit_code)
{
    if (l->problems.count > 0) {
        terminal_problems(&l->problems, exit_code == EXIT_BAD_MANIFEST ? "manifest" : "configuration");
    }
    if (exit_code == EXIT_OK) {
        terminal_config(&l->config, &l->manifest);
    }
    return exit_code;
}

static int print_manifest(struct loaded *l)
{
    struct buf out = {.data = l->manifest.canonical, .len = strlen(l->manifest.canonical)};
    return print_buf(&out);
}

static int show_config(const struct options *o, char *const *environ_)
{
    struct loaded loaded = {.declared = false};
    struct load_options load = command_load_options(o, environ_);
    struct err e = {.code = ERR_NONE};
    if (load_manifest(&load, &loaded, &e) == 0) {
        if (o->manifest) {
            return print_manifest(&loaded);
        }
        if (load_config(&load, &loaded, &e) == 0) {
            (void)load_graph(&load, &loaded, &e);
        }
    }
    int exit_code = loaded.problems.errors == 0 ? EXIT_OK : err_exit_code(e.code);
    return o->json ? print_json(&loaded, exit_code) : print_text(&loaded, exit_code);
}

int command_config(const struct options *o, char *const *environ_)
{
    switch (o->config_action) {
    case CONFIG_EXAMPLE:
    case CONFIG_DOCS:
    case CONFIG_SCHEMA:
        return config_write(o, environ_);
    case CONFIG_EXPLAIN:
        return config_explain(o, environ_);
    case CONFIG_CHECK:
        return config_check(o, environ_);
    default:
        return show_config(o, environ_);
    }
}
