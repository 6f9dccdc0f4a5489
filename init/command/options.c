#include "init/command/options.h"

#include <string.h>

#include "init/base/text.h"
#include "init/config/environment.h"

typedef int apply_fn(struct options *o, const char *value, struct err *e);

struct option_row {
    char letter; /* 0 = none */
    const char *name;
    const char *argument; /* what --help calls it; NULL = a switch */
    unsigned commands;    /* bits of enum command that take it */
    apply_fn *apply;
    const char *help;
};

#define ON(command) (1U << (command))
#define RUNNING (ON(COMMAND_RUN) | ON(COMMAND_UP))
#define LOADING (RUNNING | ON(COMMAND_CONFIG) | ON(COMMAND_PLAN))
#define READING (ON(COMMAND_CHECK) | ON(COMMAND_STATUS))
#define EVERY (LOADING | READING)

static int set_file(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->file = value;
    return 0;
}

static int set_profile(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->profile = value;
    return 0;
}

static int set_state_dir(struct options *o, const char *value, struct err *e)
{
    if (value[0] != '/') {
        return err_set(e, ERR_USAGE, 0, "--state-dir %s: not an absolute path", value);
    }
    o->state_dir = value;
    return 0;
}

static int set_timeout(struct options *o, const char *value, struct err *e)
{
    if (text_parse_duration(value, &o->timeout_us) != 0 || o->timeout_us == 0) {
        return err_set(e, ERR_USAGE, 0, "--timeout %s: not a duration; write a number and a unit, like 90s or 5m", value);
    }
    return 0;
}

/* Adds the ids of a comma-separated list. */
static int set_skip(struct options *o, const char *value, struct err *e)
{
    while (*value != '\0') {
        size_t len = strcspn(value, ",");
        if (o->skip_count == SKIP_MAX || o->skip_used + len + 1 > sizeof o->skip_text) {
            return err_set(e, ERR_USAGE, 0, "--skip: more than %d steps", SKIP_MAX);
        }
        if (len > 0) {
            char *id = o->skip_text + o->skip_used;
            memcpy(id, value, len);
            id[len] = '\0';
            o->skip_used += len + 1;
            o->skip[o->skip_count++] = id;
            o->skip[o->skip_count] = NULL;
        }
        value += len + (value[len] == ',');
    }
    return 0;
}

static int set_format(struct options *o, const char *value, struct err *e)
{
    if (strcmp(value, "json") != 0 && strcmp(value, "text") != 0) {
        return err_set(e, ERR_USAGE, 0, "--format %s: must be text or json", value);
    }
    o->json = value[0] == 'j';
    return 0;
}

static int set_manifest(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->manifest = true;
    return 0;
}

static int set_strict(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->strict = true;
    return 0;
}

static int set_empty_is_unset(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->empty_is_unset = true;
    return 0;
}

static int set_quiet(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->quiet = true;
    return 0;
}

static int set_verbose(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->verbose = true;
    return 0;
}

static int set_help(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->command = COMMAND_HELP;
    return 0;
}

static int set_version(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->command = COMMAND_VERSION;
    return 0;
}

static const struct option_row rows[] = {
    {'f', "file", "FILE", LOADING, set_file, "manifest; else MUSTER_FILE, ./muster.json, /etc/muster/muster.json"},
    {0, "profile", "NAME", LOADING, set_profile, "use the builtin manifest of that name instead: devstack, none"},
    {0, "state-dir", "DIR", EVERY, set_state_dir, "where status, journal and lock are; else MUSTER_STATE_DIR, /run/muster"},
    {0, "timeout", "TIME", RUNNING, set_timeout, "give up when the roll is not complete by then, like 90s or 5m"},
    {0, "skip", "ID,...", LOADING, set_skip, "do not run these steps; also MUSTER_SKIP"},
    {0, "strict", NULL, LOADING, set_strict, "warnings about the configuration are errors"},
    {0, "empty-as-unset", NULL, LOADING, set_empty_is_unset, "a variable that is set but empty counts as not set"},
    {0, "manifest", NULL, ON(COMMAND_CONFIG), set_manifest, "print the effective manifest"},
    {0, "format", "FORMAT", ON(COMMAND_CONFIG) | ON(COMMAND_STATUS), set_format, "text or json"},
    {'q', "quiet", NULL, EVERY, set_quiet, "say only what went wrong"},
    {'v', "verbose", NULL, EVERY, set_verbose, "say more; with --version: what is inside"},
    {'h', "help", NULL, EVERY, set_help, "this text"},
    {'V', "version", NULL, EVERY, set_version, "print the version"},
};
#define ROWS (sizeof rows / sizeof rows[0])

static const struct {
    const char *name;
    const char *help;
} commands[COMMAND_COUNT] = {
    [COMMAND_RUN] = {"run", "bring everything up, then run and supervise COMMAND (the default)"},
    [COMMAND_UP] = {"up", "bring everything up, then exit 0"},
    [COMMAND_CHECK] = {"check", "exit 0 if ready, else 1 and one line why"},
    [COMMAND_STATUS] = {"status", "show the status file"},
    [COMMAND_CONFIG] = {"config", "check the configuration and show it"},
    [COMMAND_PLAN] = {"plan", "show in which order the roll would be called (for SERVICE...: what they need)"},
};

static const char *option_name(const void *ctx, size_t i)
{
    (void)ctx;
    return rows[i].name;
}

static const struct option_row *find_long(const char *name, size_t len)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static const struct option_row *find_letter(char letter)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].letter != 0 && rows[i].letter == letter) {
            return &rows[i];
        }
    }
    return NULL;
}

static int unknown_option(const char *word, struct err *e)
{
    const char *near = word[0] == '-' && word[1] == '-' ? text_nearest(word + 2, option_name, NULL, ROWS) : NULL;
    if (near != NULL) {
        return err_set(e, ERR_USAGE, 0, "unknown option %s; did you mean --%s?", word, near);
    }
    return err_set(e, ERR_USAGE, 0, "unknown option %s; see muster --help", word);
}

static int find_command(const char *word)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, word) == 0) {
            return i;
        }
    }
    return -1;
}

/* Where the parser stands in argv, and which options were seen: whether the command takes them shows only at the end. */
struct parser {
    char *const *argv;
    bool seen[ROWS];
    bool have_command;
};

/* One option word, its value possibly in the next one. */
static int parse_option(struct parser *p, struct options *o, struct err *e)
{
    const char *word = *p->argv++;
    const struct option_row *row;
    const char *value = NULL;
    if (word[1] == '-') {
        size_t len = strcspn(word + 2, "=");
        row = find_long(word + 2, len);
        value = word[2 + len] == '=' ? word + 3 + len : NULL;
    } else {
        row = find_letter(word[1]);
        value = word[2] != '\0' ? word + 2 : NULL;
    }
    if (row == NULL) {
        return unknown_option(word, e);
    }
    if (row->argument == NULL && value != NULL) {
        return err_set(e, ERR_USAGE, 0, "--%s takes no value", row->name);
    }
    if (row->argument != NULL && value == NULL && (value = *p->argv) != NULL) {
        p->argv++;
    }
    if (row->argument != NULL && (value == NULL || *value == '\0')) {
        return err_set(e, ERR_USAGE, 0, "--%s needs a value: %s", row->name, row->argument);
    }
    p->seen[row - rows] = true;
    return row->apply(o, value, e);
}

static int parse_words(struct parser *p, struct options *o, struct err *e)
{
    while (*p->argv != NULL) {
        const char *word = *p->argv;
        if (strcmp(word, "--") == 0) {
            p->argv++;
            return 0;
        }
        if (word[0] == '-' && word[1] != '\0') {
            if (parse_option(p, o, e) != 0) {
                return -1;
            }
            continue;
        }
        int command = p->have_command ? -1 : find_command(word);
        if (command < 0) {
            return 0;
        }
        p->have_command = true;
        p->argv++;
        if (o->command < COMMAND_COUNT) {
            o->command = (enum command)command;
        }
    }
    return 0;
}

static int check_options(const struct parser *p, const struct options *o, struct err *e)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (p->seen[i] && (rows[i].commands & ON(o->command)) == 0) {
            return err_set(e, ERR_USAGE, 0, "--%s makes no sense with %s", rows[i].name, commands[o->command].name);
        }
    }
    if (o->file != NULL && o->profile != NULL) {
        return err_set(e, ERR_USAGE, 0, "--file and --profile exclude each other; a manifest can extend a builtin");
    }
    if (o->command == COMMAND_RUN && o->main_argv == NULL) {
        return err_set(e, ERR_USAGE, 0, "no command to run; write muster -- COMMAND, or muster up; see muster --help");
    }
    if (o->command != COMMAND_RUN && o->command != COMMAND_PLAN && o->main_argv != NULL) {
        return err_set(e, ERR_USAGE, 0, "%s takes no command: %s", commands[o->command].name, o->main_argv[0]);
    }
    return 0;
}

int options_parse(char *const *argv, char *const *environ_, struct options *out, struct err *e)
{
    struct parser p = {.argv = argv + (argv[0] != NULL)};
    memset(out, 0, sizeof *out);
    main_options_init(&out->main);
    if (parse_words(&p, out, e) != 0) {
        return -1;
    }
    if (*p.argv != NULL) {
        out->main_argv = p.argv;
    }
    if (out->command >= COMMAND_COUNT) {
        return 0;
    }
    const char *skip = environment_get(environ_, "MUSTER_SKIP");
    if (skip != NULL && set_skip(out, skip, e) != 0) {
        return err_wrap(e, "MUSTER_SKIP");
    }
    const char *state_dir = environment_get(environ_, "MUSTER_STATE_DIR");
    if (out->state_dir == NULL && state_dir != NULL && set_state_dir(out, state_dir, e) != 0) {
        return err_wrap(e, "MUSTER_STATE_DIR");
    }
    return check_options(&p, out, e);
}

void options_help(struct buf *out)
{
    buf_puts(out, "muster: check the configuration, wait for dependencies, set up, then run the main process\n\n"
                  "usage: muster [OPTIONS] [--] COMMAND [ARGUMENT...]\n"
                  "       muster up|check|status|config [OPTIONS]\n"
                  "       muster plan [OPTIONS] [SERVICE...]\n\ncommands:\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        buf_printf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
    }
    buf_puts(out, "\noptions:\n");
    for (size_t i = 0; i < ROWS; i++) {
        char name[40];
        struct buf text = BUF_OVER(name);
        buf_reset(&text);
        buf_printf(&text, "--%s%s%s", rows[i].name, rows[i].argument != NULL ? " " : "",
                   rows[i].argument != NULL ? rows[i].argument : "");
        buf_printf(out, "  %c%c%c %-19s %s\n", rows[i].letter != 0 ? '-' : ' ',
                   rows[i].letter != 0 ? rows[i].letter : ' ', rows[i].letter != 0 ? ',' : ' ', name, rows[i].help);
    }
    buf_puts(out, "\nexit codes: 0 ok, 64 usage, 65 bad manifest, 69 a dependency is not healthy, 70 internal,\n"
                  "  73 no usable state directory, 75 another instance holds it, 76 a step failed, 77 a test failed,\n"
                  "  78 invalid configuration, 126/127 the command could not be started, else the command's own.\n");
}
