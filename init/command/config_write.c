#include "init/base/exit_code.h"
#include "init/command/command.h"
#include "init/command/config_actions.h"
#include "init/command/print.h"
#include "init/report/config_docs.h"
#include "init/report/config_example.h"
#include "init/report/config_schema.h"
#include "init/report/config_text.h"
#include "init/report/terminal.h"

int config_write(const struct options *o, char *const *environ_)
{
    struct loaded loaded = {.declared = false};
    struct load_options load = command_load_options(o, environ_);
    struct err e = {.code = ERR_NONE};
    struct buf out;
    int failed = load_manifest(&load, &loaded, &e);
    if (failed == 0) {
        buf_init(&out, arena_alloc(&loaded.arena, CONFIG_DOCUMENT_MAX, 1), CONFIG_DOCUMENT_MAX);
        if (o->config_action == CONFIG_EXAMPLE) {
            config_example(&loaded.manifest, &loaded.arena, &out, &loaded.problems);
        } else if (o->config_action == CONFIG_DOCS) {
            config_docs(&loaded.manifest, &loaded.arena, &out);
        } else {
            config_schema(&loaded.manifest, &loaded.arena, &out);
        }
    }
    terminal_problems(&loaded.problems, "manifest");
    return failed != 0 ? err_exit_code(e.code) : print_buf(&out);
}
