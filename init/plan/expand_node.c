#include "init/plan/expand_node.h"

#include <string.h>

#include "init/base/json.h"
#include "init/config/placeholder.h"
#include "init/plan/expand_request.h"
#include "init/plan/file_path.h"
#include "init/plan/reference.h"

/* Commands are shown shortened. */
#define SHOWN_MAX 160

static bool holds_credentials(const struct setting *s)
{
    return s && s->value && s->shown && strstr(s->shown, "***") && !strstr(s->value, "***");
}

/* Secrets were refused by the manifest already; a URL with a password is only known by its value. */
static void warn_about_credentials(void *ctx, const char *name)
{
    struct expander *x = ctx;

    if (holds_credentials(config_find(x->config, name)))
        problem_hint(problem_warn(x->problems, "secret.argument", x->at.text,
                                  "%s holds credentials, and arguments can be seen in the process list", name),
                     "the command finds it in its environment");
}

static char *const *expand_command(struct expander *x, const char *key, const struct strings *command)
{
    const char **argv = arena_alloc(x->arena, command->count + 1, sizeof(*argv));
    size_t up = json_pointer_push(&x->at, key);

    for (size_t i = 0; i < command->count; i++) {
        size_t in = json_pointer_index(&x->at, i);
        argv[i] = expand_text(x, command->items[i]);
        if (argv[i])
            placeholder_variables(command->items[i], warn_about_credentials, x);
        json_pointer_pop(&x->at, in);
    }
    json_pointer_pop(&x->at, up);
    /* execve(2) wants pointers to char, and changes nothing. */
    return (char *const *)(uintptr_t)argv;
}

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

static void expand_environment(struct expander *x, const struct pairs *variables, struct node *n)
{
    const char **list = arena_alloc(x->arena, variables->count + 1, sizeof(*list));
    size_t up = json_pointer_push(&x->at, "environment");

    for (size_t i = 0; i < variables->count; i++) {
        size_t in = json_pointer_push(&x->at, variables->names[i]);
        const char *value = expand_text(x, variables->values[i]);
        list[i] = arena_printf(x->arena, "%s=%s", variables->names[i], value ? value : "");
        json_pointer_pop(&x->at, in);
    }
    json_pointer_pop(&x->at, up);
    if (variables->count > 0)
        n->environment = list;
}

static void expand_process(struct expander *x, const struct process_options *o, struct node *n)
{
    n->argv = expand_command(x, "run", &n->service->run);
    expand_environment(x, &o->environment, n);
    if (!o->directory)
        return;
    size_t up = json_pointer_push(&x->at, "directory");
    n->directory = expand_text(x, o->directory);
    if (n->directory && n->directory[0] != '/')
        problem_add(x->problems, "path.relative", x->at.text, "a working directory has to be absolute");
    json_pointer_pop(&x->at, up);
}

static bool is_file(const struct artifact *a, const char *path)
{
    return a->type == ARTIFACT_FILE || (a->type == ARTIFACT_CONFIGURATION && path[0] == '/');
}

static const char *expand_artifact(struct expander *x, const struct artifact *a, size_t index)
{
    size_t up = json_pointer_push(&x->at, "artifacts");
    size_t errors = x->problems->errors;

    json_pointer_index(&x->at, index);
    json_pointer_push(&x->at, "path");
    const char *path = expand_text(x, a->path);
    if (path && is_file(a, path) && reference_found(a->path))
        file_path_check(path, x->at.text, x->problems);
    json_pointer_pop(&x->at, up);
    return x->problems->errors == errors ? path : a->path;
}

static void expand_artifacts(struct expander *x, struct node *n)
{
    const struct step *s = n->step;
    const char **paths = arena_alloc(x->arena, s->artifact_count + 1, sizeof(*paths));

    for (size_t i = 0; i < s->artifact_count; i++)
        paths[i] = expand_artifact(x, &s->artifacts[i], i);
    n->artifact_paths = paths;
}

static void expand_skipped(const struct expander *x, struct node *n)
{
    struct problems ignored = {.errors = 0};
    struct expander quiet = *x;

    quiet.problems = &ignored;
    expand_artifacts(&quiet, n);
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
        if (n->runs)
            expand_process(&x, &n->service->process, n);
        if (n->probed)
            expand_probe(&x, &n->service->probe, id, n);
        return;
    case NODE_STEP:
        if (n->skipped) {
            expand_skipped(&x, n);
            return;
        }
        n->argv = expand_command(&x, "command", &n->step->command);
        expand_artifacts(&x, n);
        return;
    case NODE_TEST:
        if (n->runs)
            n->argv = expand_command(&x, "command", &n->test->command);
        expand_probe(&x, &n->test->probe, id, n);
        return;
    }
}
