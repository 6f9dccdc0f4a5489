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

/* "  any of a, b", "  2 of a, b, c" */
static void print_members(struct buf *out, const struct graph *g, const struct node *n)
{
    if (n->at_least == 1) {
        buf_puts(out, "  any of");
    } else {
        buf_printf(out, "  %u of", n->at_least);
    }
    for (size_t i = 0; i < n->member_count; i++) {
        buf_printf(out, "%s %s", i == 0 ? "" : ",", g->nodes[n->members[i]].name);
    }
}

static void print_node(struct buf *out, const struct graph *g, size_t i, int width)
{
    const struct node *n = &g->nodes[i];
    buf_printf(out, "%-7s  %-*s", kind_names[n->kind], width, n->name);
    if (n->inactive) {
        buf_printf(out, "  (%s)", n->inactive_why);
    } else if (n->shown_target[0] != '\0') {
        buf_printf(out, "  %s", n->shown_target);
    } else if (n->member_count > 0) {
        print_members(out, g, n);
    }
    for (size_t k = 0; k < n->need_count; k++) {
        buf_printf(out, "%s%s", k == 0 ? "  after " : ", ", g->nodes[n->needs[k]].name);
    }
    buf_putc(out, '\n');
}

/* Mark the named services and, transitively, what they need. */
static void choose(struct loaded *l, char *const *names, bool *chosen)
{
    const struct graph *g = &l->graph;
    for (; *names != NULL; names++) {
        const struct service *found = manifest_find_service(&l->manifest, *names, "plan", &l->problems);
        int node = found == NULL ? -1 : graph_find(g, NODE_SERVICE, found->name);
        if (node >= 0) {
            chosen[node] = true;
        }
    }
    for (size_t k = g->count; k-- > 0;) { /* dependents come after what they need */
        const struct node *n = &g->nodes[g->order[k]];
        for (size_t i = 0; chosen[g->order[k]] && i < n->need_count; i++) {
            chosen[n->needs[i]] = true;
        }
        for (size_t i = 0; chosen[g->order[k]] && i < n->member_count; i++) {
            chosen[n->members[i]] = true;
        }
    }
}

static int load(const struct options *o, char *const *environ_, struct loaded *loaded)
{
    struct load_options options = command_load_options(o, environ_);
    struct err e;
    if (load_manifest(&options, loaded, &e) == 0 && load_config(&options, loaded, &e) == 0 &&
        load_graph(&options, loaded, &e) == 0) {
        return EXIT_OK;
    }
    terminal_problems(&loaded->problems, e.code == ERR_CONFIG ? "configuration" : "manifest");
    return err_exit_code(e.code);
}

int command_plan(const struct options *o, char *const *environ_)
{
    struct loaded loaded = {.declared = false};
    int exit_code = load(o, environ_, &loaded);
    if (exit_code != EXIT_OK) {
        return exit_code;
    }
    const struct graph *g = &loaded.graph;
    bool *chosen = arena_alloc(&loaded.arena, g->count, sizeof *chosen);
    if (o->main_argv != NULL) {
        choose(&loaded, o->main_argv, chosen);
    }
    if (loaded.problems.errors > 0) {
        terminal_problems(&loaded.problems, "command line");
        return EXIT_USAGE_ERROR;
    }
    struct buf out;
    buf_init(&out, arena_alloc(&loaded.arena, JSON_TEXT_MAX, 1), JSON_TEXT_MAX);
    int width = name_width(g);
    for (size_t k = 0; k < g->count; k++) {
        if (o->main_argv == NULL || chosen[g->order[k]]) {
            print_node(&out, g, g->order[k], width);
        }
    }
    return print_buf(&out);
}
