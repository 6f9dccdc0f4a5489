#include <string.h>

#include "init/base/exit_code.h"
#include "init/base/json.h"
#include "init/command/command.h"
#include "init/command/print.h"
#include "init/report/terminal.h"

static const char *const kind_names[] = {[NODE_SERVICE] = "service", [NODE_STEP] = "step", [NODE_TEST] = "test"};

static int name_width(const struct graph *g)
{
    size_t width = 0;
    for (size_t i = 0; i < g->count; i++) {
        size_t len = strlen(g->nodes[i].name);
        width = len > width ? len : width;
    }
    return (int)width;
}

static void print_node(struct buf *out, const struct graph *g, size_t i, int width)
{
    const struct node *n = &g->nodes[i];
    buf_printf(out, "%-7s  %-*s", kind_names[n->kind], width, n->name);
    if (n->inactive) {
        buf_printf(out, "  (%s)", n->inactive_why);
    } else if (n->shown_target[0] != '\0') {
        buf_printf(out, "  %s", n->shown_target);
    }
    for (size_t k = 0; k < n->need_count; k++) {
        buf_printf(out, "%s%s", k == 0 ? "  after " : ", ", g->nodes[n->needs[k]].name);
    }
    buf_putc(out, '\n');
}

int command_plan(const struct options *o, char *const *environ_)
{
    struct loaded loaded = {.declared = false};
    struct load_options load = command_load_options(o, environ_);
    struct err e;
    if (load_manifest(&load, &loaded, &e) != 0 || load_config(&load, &loaded, &e) != 0 ||
        load_graph(&load, &loaded, &e) != 0) {
        terminal_problems(&loaded.problems, e.code == ERR_CONFIG ? "configuration" : "manifest");
        return err_exit_code(e.code);
    }
    struct buf out;
    buf_init(&out, arena_alloc(&loaded.arena, JSON_TEXT_MAX, 1), JSON_TEXT_MAX);
    int width = name_width(&loaded.graph);
    for (size_t k = 0; k < loaded.graph.count; k++) {
        print_node(&out, &loaded.graph, loaded.graph.order[k], width);
    }
    return print_buf(&out);
}
