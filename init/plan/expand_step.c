#include "init/plan/expand_step.h"

#include <string.h>

#include "init/plan/artifact_paths.h"
#include "init/plan/expand_process.h"
#include "init/plan/file_path.h"
#include "init/plan/reference.h"
#include "init/plan/target.h"

/* A text of the action that @check has to like; NULL when it is not given or something is wrong with it. */
static const char *expand_key(struct expander *x, const char *key, const char *text,
                              bool (*check)(const char *text, const char *where, struct problems *p))
{
    if (!text)
        return NULL;
    size_t up = json_pointer_push(&x->at, key);
    const char *out = expand_text(x, text);
    /* What has no variables was checked when it was read. */
    if (out && check && reference_found(text) && !check(out, x->at.text, x->problems))
        out = NULL;
    json_pointer_pop(&x->at, up);
    return out;
}

static void expand_action(struct expander *x, struct node *n)
{
    const struct step_action *declared = &n->step->action;
    struct step_action *a = arena_alloc(x->arena, 1, sizeof(*a));
    size_t up = json_pointer_push(&x->at, step_action_name(declared->kind));

    *a = *declared;
    a->path = expand_key(x, "path", declared->path, file_path_check);
    a->content = expand_key(x, "content", declared->content, NULL);
    a->from = expand_key(x, declared->kind == DO_WRITE ? "template" : "from", declared->from, file_path_check_source);
    a->target = expand_key(x, "target", declared->target, file_path_check_text);
    a->url = expand_key(x, "url", declared->url, target_download);
    json_pointer_pop(&x->at, up);
    n->action = a;
}

static void expand_work(struct expander *x, struct node *n)
{
    const struct step *s = n->step;

    if (s->action.kind != DO_COMMAND)
        expand_action(x, n);
    else if (s->shell)
        n->argv = (char *const *)(uintptr_t)s->command.items;
    else
        n->argv = expand_command(x, "command", &s->command);
    expand_process(x, &s->process, n);
}

/* As it is declared when it cannot be expanded. */
static const char *expand_path(struct expander *x, const struct step *s, size_t index)
{
    const struct artifact *a = &s->artifacts[index];
    struct json_pointer before = x->at;
    size_t errors = x->problems->errors;

    artifact_paths_place(s, index, &x->at);
    const char *path = expand_text(x, a->path);
    if (path && reference_found(a->path))
        (artifact_is_file(a, path) ? file_path_check : file_path_check_text)(path, x->at.text, x->problems);
    x->at = before;
    return x->problems->errors == errors ? path : a->path;
}

static void expand_paths(struct expander *x, struct node *n)
{
    const struct step *s = n->step;
    const char **paths = arena_alloc(x->arena, s->artifact_count + 1, sizeof(*paths));

    for (size_t i = 0; i < s->artifact_count; i++) {
        /* What the action makes was expanded with it, and what is wrong was told. */
        if (n->action && s->artifacts[i].implied)
            paths[i] = n->action->path ? n->action->path : s->artifacts[i].path;
        else
            paths[i] = expand_path(x, s, i);
    }
    n->artifact_paths = paths;
}

static void expand_cleanups(struct expander *x, struct node *n)
{
    const struct step *s = n->step;
    char *const **cleanups = arena_alloc(x->arena, s->artifact_count + 1, sizeof(*cleanups));
    size_t up = json_pointer_push(&x->at, "artifacts");

    for (size_t i = 0; i < s->artifact_count; i++) {
        const struct artifact *a = &s->artifacts[i];
        size_t in = json_pointer_index(&x->at, i);
        if (a->cleanup_shell)
            cleanups[i] = (char *const *)(uintptr_t)a->cleanup.items;
        else if (a->cleanup.count > 0)
            cleanups[i] = expand_command(x, "cleanup_script", &a->cleanup);
        json_pointer_pop(&x->at, in);
    }
    json_pointer_pop(&x->at, up);
    n->cleanups = cleanups;
}

/* What there is to keep before it begins, and to take back when it fails. */
static void set_rollback(struct node *n)
{
    const struct step *s = n->step;
    bool files = false;
    bool scripts = false;

    for (size_t i = 0; i < s->artifact_count; i++) {
        files = files || artifact_is_file(&s->artifacts[i], n->artifact_paths[i]);
        scripts = scripts || s->artifacts[i].cleanup.count > 0;
    }
    n->rolls_back = s->rollback && (files || scripts);
    n->prepares = files && (s->rollback || !s->resume);
}

void expand_step(struct expander *x, struct node *n)
{
    struct problems ignored = {.errors = 0};
    struct expander quiet = *x;

    if (n->skipped || n->inactive) {
        quiet.problems = &ignored;
        expand_paths(&quiet, n);
        return;
    }
    expand_work(x, n);
    expand_paths(x, n);
    expand_cleanups(x, n);
    set_rollback(n);
}
