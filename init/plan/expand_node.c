#include "init/plan/expand_node.h"

#include <string.h>

#include "init/base/json.h"
#include "init/plan/expand_process.h"
#include "init/plan/expand_request.h"
#include "init/plan/expand_step.h"

/* Commands are shown shortened. */
#define SHOWN_MAX 160

static const char *show_command(struct arena *a, const struct strings *command)
{
    char storage[SHOWN_MAX];
    struct buf shown;

    buf_init(&shown, storage, sizeof(storage));
    for (size_t i = 0; i < command->count; i++)
        buf_printf(&shown, "%s%s", i ? " " : "", command->items[i]);
    return arena_strdup(a, storage);
}

/* What PID 1 looks for itself. */
static void expand_look(struct expander *x, const struct probe *p, struct node *n)
{
    n->probed_here = true;
    n->shown_target = p->process ? p->process : p->path;
    if (!p->path)
        return;
    size_t up = json_pointer_push(&x->at, p->kind == PROBE_FILE ? "path" : "pid_file");
    n->probe_path = expand_text(x, p->path);
    if (n->probe_path && n->probe_path[0] != '/')
        problem_add(x->problems, "path.relative", x->at.text, "the path of a probe has to be absolute");
    json_pointer_pop(&x->at, up);
}

static void expand_probe(struct expander *x, const struct probe *p, uint32_t id, struct node *n)
{
    size_t up = json_pointer_push(&x->at, "probe");

    n->probe_timeout_us = p->timeout_us;
    switch (p->kind) {
    case PROBE_NONE:
        break;
    case PROBE_EXEC:
        n->probe_argv = expand_command(x, "command", &p->command);
        n->shown_target = show_command(x->arena, &p->command);
        break;
    case PROBE_FILE:
    case PROBE_PROCESS:
        expand_look(x, p, n);
        break;
    default:
        expand_request(x, p, id, n);
    }
    json_pointer_pop(&x->at, up);
}

void expand_node(struct node *n, uint32_t id, const struct config *c, struct arena *a, struct problems *p)
{
    static const char *const collections[] = {
        [NODE_SERVICE] = "services", [NODE_STEP] = "steps", [NODE_TEST] = "tests"};
    struct expander x = {.kind = n->kind, .config = c, .arena = a, .problems = p};

    json_pointer_push(&x.at, collections[n->kind]);
    json_pointer_push(&x.at, n->name);
    switch (n->kind) {
    case NODE_SERVICE:
        if (n->runs) {
            n->argv = expand_command(&x, "run", &n->service->run);
            expand_process(&x, &n->service->process, n);
        }
        if (n->probed)
            expand_probe(&x, &n->service->probe, id, n);
        return;
    case NODE_STEP:
        expand_step(&x, n);
        return;
    case NODE_TEST:
        if (n->runs)
            n->argv = expand_command(&x, "command", &n->test->command);
        expand_probe(&x, &n->test->probe, id, n);
        return;
    }
}
