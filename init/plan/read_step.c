#include <stddef.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

#define STEP_NAME_MAX 200
/* execve(2): MAX_ARG_STRLEN, with the NUL at its end. */
#define SHELL_TEXT_MAX 131071

static void read_name(struct reader *r, const struct json *n, void *field)
{
    const char *name = reader_line(r, n);

    if (name && strlen(name) > STEP_NAME_MAX)
        reader_fault(r, "limit", "a step's name has at most %d bytes", STEP_NAME_MAX);
    else if (name)
        *(const char **)field = name;
}

bool read_shell(struct reader *r, const struct json *n, struct strings *out)
{
    const char *text = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return false;
    if (text[strspn(text, " \t\r\n")] == '\0') {
        reader_fault(r, "value", "the command is empty");
        return false;
    }
    if (strlen(text) > SHELL_TEXT_MAX) {
        problem_hint(reader_fault(r, "limit", "the text is longer than %d bytes", SHELL_TEXT_MAX),
                     "put it into a file, and run that");
        return false;
    }
    const char **items = arena_alloc(r->arena, 4, sizeof(*items));
    items[0] = MANIFEST_SHELL;
    items[1] = "-c";
    items[2] = arena_strdup(r->arena, text);
    *out = (struct strings){.items = items, .count = 3};
    return true;
}

static void read_step_shell(struct reader *r, const struct json *n, void *entry)
{
    struct step *s = entry;

    s->shell = read_shell(r, n, &s->command);
}

static void read_when(struct reader *r, const struct json *n, void *field)
{
    *(const struct condition **)field = read_condition(r, n);
}

/* read_actions() does it, when it is known how many there are. */
static void read_later(struct reader *r, const struct json *n, void *entry)
{
    (void)r;
    (void)n;
    (void)entry;
}

#define OFFSET(member) offsetof(struct step, member)
#define KEY_ACTION(key)                                                                                                \
    {                                                                                                                  \
        .name = (key), .kind = KEY_OWN, .read = read_later                                                             \
    }

static const struct key keys[] = {
    {.name = "name", .kind = KEY_OWN, .offset = OFFSET(name), .read = read_name},
    {.name = "category", .kind = KEY_WORD, .required = true, .offset = OFFSET(category), .words = &step_category_names},
    {.name = "prerequisites", .kind = KEY_REFS, .offset = OFFSET(prerequisites), .collection = "steps"},
    {.name = "services", .kind = KEY_REFS, .offset = OFFSET(services), .collection = "services"},
    {.name = "environments", .kind = KEY_OWN, .offset = OFFSET(environments), .read = read_environments},
    {.name = "when", .kind = KEY_OWN, .offset = OFFSET(when), .read = read_when},
    {.name = "command", .kind = KEY_COMMAND, .offset = OFFSET(command)},
    {.name = "shell", .kind = KEY_OWN, .read = read_step_shell},
    KEY_ACTION("write"),
    KEY_ACTION("mkdir"),
    KEY_ACTION("copy"),
    KEY_ACTION("symlink"),
    KEY_ACTION("chmod"),
    KEY_ACTION("chown"),
    KEY_ACTION("download"),
    {.name = "secrets", .kind = KEY_OWN, .offset = OFFSET(secrets), .read = reference_secrets},
    READ_PROCESS_KEYS(OFFSET(process)),
    {.name = "timeout", .kind = KEY_DURATION, .offset = OFFSET(timeout_us), .zero = true},
    {.name = "retry", .kind = KEY_OWN, .offset = OFFSET(retry), .read = read_retry},
    {.name = "resume", .kind = KEY_BOOL, .offset = OFFSET(resume)},
    {.name = "skip_satisfies", .kind = KEY_BOOL, .offset = OFFSET(skip_satisfies)},
    {.name = "rollback", .kind = KEY_BOOL, .offset = OFFSET(rollback)},
    {.name = "artifacts", .kind = KEY_OWN, .read = read_artifacts},
};
const struct key_table step_keys = {"a step", keys, sizeof(keys) / sizeof(keys[0])};

/* What a step can do, by the key that says it. */
static const char *const doings[] = {"command", "shell", "write", "mkdir",   "copy",
                                     "symlink", "chmod", "chown", "download"};

static void check_one_doing(struct reader *r, const struct json *n)
{
    const char *first = NULL;
    const char *second = NULL;

    for (size_t i = 0; i < sizeof(doings) / sizeof(doings[0]) && !second; i++) {
        if (!json_get(n, doings[i]))
            continue;
        second = first ? doings[i] : NULL;
        first = first ? first : doings[i];
    }
    if (!first)
        problem_hint(
            reader_fault(r, "required", "a step needs something to do"),
            "one of \"command\", \"shell\", \"write\", \"mkdir\", \"copy\", \"symlink\", \"chmod\", \"chown\", "
            "\"download\"");
    else if (second)
        problem_hint(reader_fault(r, "value", "a step does one thing, not \"%s\" and \"%s\"", first, second),
                     "make two steps of it");
}

static void read_actions(struct reader *r, const struct json *n, struct step *s)
{
    for (int kind = DO_COMMAND + 1; kind < DO_KIND_COUNT; kind++) {
        const struct json *action = json_get(n, step_action_name((enum step_action_kind)kind));
        if (action && read_action(r, action, (enum step_action_kind)kind, &s->action))
            read_implied_artifact(r, s);
    }
}

/* What muster does itself needs no environment and no limits, and has no exit code of its own. */
static void check_needs_command(struct reader *r, const struct json *n, const struct step *s)
{
    static const char *const own[] = {"environment", "directory", "umask", "limits"};
    bool runs = s->action.kind == DO_COMMAND;
    bool fills_in = json_get(json_get(n, "write"), "template") != NULL;

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        reader_needs_command(r, n, own[i], runs);
    reader_needs_command(r, n, "secrets", runs || fills_in);
    size_t up = json_pointer_push(&r->at, "retry");
    reader_needs_command(r, json_get(n, "retry"), "on_exit", runs);
    json_pointer_pop(&r->at, up);
}

void read_step(struct reader *r, const struct json *n, const char *name, void *entry)
{
    struct step *s = entry;

    *s = (struct step){
        .id = name,
        .name = name,
        .timeout_us = DEFAULT_STEP_TIMEOUT_US,
        .retry =
            {
                .max = 1,
                .delay_us = DEFAULT_STEP_BACKOFF_US,
                .delay_max_us = DEFAULT_STEP_BACKOFF_MAX_US,
                .jitter = DEFAULT_JITTER,
            },
        .skip_satisfies = true,
        .rollback = true,
    };
    reader_object(r, n, &step_keys, s);
    if (json_type(n) != JSON_OBJECT)
        return;
    check_one_doing(r, n);
    read_actions(r, n, s);
    check_needs_command(r, n, s);
    if (s->process.directory)
        read_check_directory(r, s->process.directory);
}
