#include "init/plan/expand_node.h"

#include <string.h>

#include "init/base/clock.h"
#include "init/base/json.h"
#include "init/config/placeholder.h"
#include "init/plan/file_path.h"
#include "init/plan/reference.h"
#include "init/plan/target.h"

/* Commands are shown shortened. */
#define SHOWN_MAX 160
/* A URL for people is never longer than twice the longest that there is. */
#define SHOWN_URL_MAX 4096

struct expander {
    enum node_kind kind;
    const struct config *config;
    struct arena *arena;
    struct problems *problems;
    struct json_pointer at;
};

/* NULL when it cannot be done; that was reported then. */
static const char *expand(struct expander *x, const char *text)
{
    const char *out = NULL;
    const char *name = NULL;

    switch (config_expand(x->config, text, x->arena, &out, &name)) {
    case 0:
        return out;
    case 1:
        problem_hint(problem_add(x->problems, "value.unset", x->at.text, "%s has no value", name),
                     x->kind == NODE_SERVICE ? "set it, or list it in the service's \"needs\" if both are optional"
                                             : "set it, or give it a default");
        return NULL;
    case -2:
        problem_hint(problem_add(x->problems, "value.unset", x->at.text, "%s", name),
                     "the manifest says so, with \":?\"");
        return NULL;
    default:
        problem_add(x->problems, "ref.syntax", x->at.text, "the variables in this text cannot be replaced");
        return NULL;
    }
}

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
        argv[i] = expand(x, command->items[i]);
        if (argv[i])
            placeholder_variables(command->items[i], warn_about_credentials, x);
        json_pointer_pop(&x->at, in);
    }
    json_pointer_pop(&x->at, up);
    /* execve(2) wants pointers to char, and changes nothing. */
    return (char *const *)(uintptr_t)argv;
}

static void expand_databases(struct expander *x, const struct probe *p, struct wire_probe_request *request)
{
    size_t up = json_pointer_push(&x->at, "databases");

    for (size_t i = 0; i < p->databases.count; i++) {
        size_t in = json_pointer_index(&x->at, i);
        const char *text = expand(x, p->databases.items[i]);
        uint8_t database = 0;
        if (text && target_database(text, &database, x->at.text, x->problems))
            target_add_database(request, database);
        json_pointer_pop(&x->at, in);
    }
    json_pointer_pop(&x->at, up);
}

static void expand_request(struct expander *x, const struct probe *p, uint32_t id, struct node *n)
{
    struct wire_probe_request *request = arena_alloc(x->arena, 1, sizeof(*request));
    char storage[SHOWN_URL_MAX];
    struct buf shown;
    size_t up = json_pointer_push(&x->at, "url");
    const char *url = expand(x, p->url);

    buf_init(&shown, storage, sizeof(storage));
    bool good = url && target_parse(p->kind, url, x->arena, request, &shown, x->at.text, x->problems);
    json_pointer_pop(&x->at, up);
    if (!good)
        return;
    request->id = id;
    request->timeout_ms = (uint32_t)(p->timeout_us / US_PER_MS);
    request->status_min = p->status_min;
    request->status_max = p->status_max;
    expand_databases(x, p, request);
    n->request = request;
    n->shown_target = arena_strdup(x->arena, storage);
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

static void expand_probe(struct expander *x, const struct probe *p, uint32_t id, struct node *n)
{
    size_t up = json_pointer_push(&x->at, "probe");
    size_t in;

    n->probe_timeout_us = p->timeout_us;
    switch (p->kind) {
    case PROBE_NONE:
        break;
    case PROBE_EXEC:
        n->probe_argv = expand_command(x, "command", &p->command);
        n->shown_target = show_command(x->arena, &p->command);
        break;
    case PROBE_FILE:
        in = json_pointer_push(&x->at, "path");
        n->probe_path = expand(x, p->path);
        n->shown_target = p->path;
        if (n->probe_path && n->probe_path[0] != '/')
            problem_add(x->problems, "path.relative", x->at.text, "the path of a probe has to be absolute");
        json_pointer_pop(&x->at, in);
        break;
    default:
        expand_request(x, p, id, n);
    }
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
    const char *path = expand(x, a->path);
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
            n->argv = expand_command(&x, "run", &n->service->run);
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
