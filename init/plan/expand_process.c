#include "init/plan/expand_process.h"

#include <string.h>

#include "init/config/placeholder.h"

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

char *const *expand_command(struct expander *x, const char *key, const struct strings *command)
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

void expand_process(struct expander *x, const struct process_options *o, struct node *n)
{
    expand_environment(x, &o->environment, n);
    if (!o->directory)
        return;
    size_t up = json_pointer_push(&x->at, "directory");
    n->directory = expand_text(x, o->directory);
    if (n->directory && n->directory[0] != '/')
        problem_add(x->problems, "path.relative", x->at.text, "a working directory has to be absolute");
    json_pointer_pop(&x->at, up);
}
