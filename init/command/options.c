#include "init/command/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"
#include "init/command/config_words.h"
#include "init/command/option_rows.h"
#include "init/config/environment.h"

#define BLANKS " \t\r\n"

/* Commands whose words are collected as they are. */
#define TAKES_WORDS                                                                                                    \
    (ON(COMMAND_WAIT) | ON(COMMAND_CHECK) | ON(COMMAND_VERIFY) | ON(COMMAND_ROLLBACK) | ON(COMMAND_STEP))

static const struct {
    const char *name;
    const char *help;
} commands[COMMAND_COUNT] = {
    [COMMAND_RUN] = {"run", "bring everything up, then run and supervise COMMAND (the default)"},
    [COMMAND_UP] = {"up", "bring everything up, then exit 0"},
    [COMMAND_CHECK] = {"check", "exit 0 if ready (for SERVICE...: if each is healthy), else 1 and why"},
    [COMMAND_STATUS] = {"status", "show the status file"},
    [COMMAND_CONFIG] = {"config", "check the configuration and show it"},
    [COMMAND_WAIT] = {"wait", "wait for TARGET... like tcp://db:5432; then run COMMAND, if there is one"},
    [COMMAND_VERIFY] = {"verify", "is what the steps have left still as it was? exit 1 if not (for STEP...: of those)"},
    [COMMAND_ROLLBACK] = {"rollback",
                          "take back what the steps have done (for STEP...: those, and what was built on them)"},
    [COMMAND_STEP] = {"step",
                      "step skip ID...: leave it out from now on; step retry ID...: do it again at the next start"},
    [COMMAND_PLAN] = {"plan", "show in which order the roll would be called (for SERVICE...: what they need)"},
};

static const char *option_name(const void *ctx, size_t i)
{
    (void)ctx;
    return option_rows[i].name;
}

static const struct option_row *find_long(const char *name, size_t len)
{
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        if (strlen(option_rows[i].name) == len && strncmp(option_rows[i].name, name, len) == 0) {
            return &option_rows[i];
        }
    }
    return NULL;
}

static const struct option_row *find_letter(char letter)
{
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        if (option_rows[i].letter != 0 && option_rows[i].letter == letter) {
            return &option_rows[i];
        }
    }
    return NULL;
}

static int unknown_option(const char *word, struct err *e)
{
    const char *near = word[0] == '-' && word[1] == '-' ? text_nearest(word + 2, option_name, NULL, OPTION_ROWS) : NULL;
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
    bool seen[OPTION_ROWS];
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
    if (row->argument != NULL && (value == NULL || (*value == '\0' && !row->may_be_empty))) {
        return err_set(e, ERR_USAGE, 0, "--%s needs a value: %s", row->name, row->argument);
    }
    p->seen[row - option_rows] = true;
    return row->apply(o, row, value, e);
}

/* There may be options in between, so they get a list of their own. */
static int take_target(struct parser *p, struct options *o, struct err *e)
{
    size_t left = 0;
    while (o->targets == NULL && p->argv[left] != NULL) {
        left++;
    }
    if (o->targets == NULL) {
        o->targets = calloc(left + 1, sizeof *o->targets); /* for life */
    }
    if (o->targets == NULL) {
        return err_set(e, ERR_SYS, errno, "no memory for the command line");
    }
    o->targets[o->target_count++] = *p->argv++;
    return 0;
}

/* A word behind a command of ours: 1 when it belongs to that, 0 when the main command begins, -1 for a mistake. */
static int take_word(struct parser *p, struct options *o, struct err *e)
{
    if ((ON(o->command) & TAKES_WORDS) != 0) {
        return take_target(p, o, e) == 0 ? 1 : -1;
    }
    if (o->command != COMMAND_CONFIG) {
        return 0;
    }
    return config_words_take(o, *p->argv++, e) == 0 ? 1 : -1;
}

/* The first word: 1 when it is a command of ours. */
static int take_command(struct parser *p, struct options *o)
{
    int command = find_command(*p->argv);
    if (command < 0) {
        return 0;
    }
    p->have_command = true;
    p->argv++;
    if (o->command < COMMAND_COUNT) {
        o->command = (enum command)command;
    }
    return 1;
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
        int taken = p->have_command ? take_word(p, o, e) : take_command(p, o);
        if (taken <= 0) {
            return taken;
        }
    }
    return 0;
}

static int check_taken(const struct parser *p, const struct options *o, struct err *e)
{
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        if (p->seen[i] && (option_rows[i].commands & ON(o->command)) == 0) {
            return err_set(e, ERR_USAGE, 0, "--%s makes no sense with %s", option_rows[i].name,
                           commands[o->command].name);
        }
    }
    return 0;
}

static int check_together(const struct options *o, struct err *e)
{
    if (o->file != NULL && o->profile != NULL) {
        return err_set(e, ERR_USAGE, 0, "--file and --profile exclude each other; a manifest can extend a builtin");
    }
    if (o->command == COMMAND_RUN && o->main_argv == NULL) {
        return err_set(e, ERR_USAGE, 0, "no command to run; write muster -- COMMAND, or muster up; see muster --help");
    }
    if (o->has_timeout && o->timeout_us == 0 && o->command != COMMAND_WAIT) {
        return err_set(e, ERR_USAGE, 0, "--timeout: must be longer than that");
    }
    if (o->main_argv != NULL && (ON(o->command) & (ON_MAIN | ON(COMMAND_PLAN))) == 0) {
        return err_set(e, ERR_USAGE, 0, "%s takes no command: %s", commands[o->command].name, o->main_argv[0]);
    }
    if (o->list > LIST_JSON && o->command != COMMAND_VERIFY) {
        return err_set(e, ERR_USAGE, 0, "--format: %s knows text and json only", commands[o->command].name);
    }
    return o->command == COMMAND_CONFIG ? config_words_check(o, e) : 0;
}

/* The command line wins. */
static int read_environment(char *const *environ_, struct options *out, struct err *e)
{
    out->skip_too = environment_get(environ_, "MUSTER_SKIP");
    const char *state_dir = environment_get(environ_, "MUSTER_STATE_DIR");
    if (out->state_dir == NULL && out->command != COMMAND_WAIT && state_dir != NULL &&
        option_state_dir(out, state_dir, e) != 0) {
        return err_wrap(e, "MUSTER_STATE_DIR");
    }
    const char *remap = environment_get(environ_, "MUSTER_REMAP");
    if (remap != NULL && (ON(out->command) & ON_MAIN) != 0 && option_remap_list(out, remap, e) != 0) {
        return err_wrap(e, "MUSTER_REMAP");
    }
    const char *words = environment_get(environ_, "MUSTER_WAIT");
    if (out->command == COMMAND_WAIT && out->target_count == 0 &&
        (words == NULL || words[strspn(words, BLANKS)] == '\0')) {
        return err_set(e, ERR_USAGE, 0, "nothing to wait for; write muster wait tcp://db:5432, or set MUSTER_WAIT");
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
    if (read_environment(environ_, out, e) != 0 || check_taken(&p, out, e) != 0) {
        return -1;
    }
    return check_together(out, e);
}

static void put_option(const struct option_row *row, struct buf *out)
{
    char name[40];
    struct buf text = BUF_OVER(name);
    buf_reset(&text);
    buf_printf(&text, "--%s%s%s", row->name, row->argument != NULL ? " " : "",
               row->argument != NULL ? row->argument : "");
    buf_printf(out, "  %c%c%c %-19s %s\n", row->letter != 0 ? '-' : ' ', row->letter != 0 ? row->letter : ' ',
               row->letter != 0 ? ',' : ' ', name, row->help);
}

void options_help(struct buf *out)
{
    buf_puts(out, "muster: check the configuration, wait for dependencies, set up, then run the main process\n\n"
                  "usage: muster [OPTIONS] [--] COMMAND [ARGUMENT...]\n"
                  "       muster up|status|config [OPTIONS]\n"
                  "       muster check [OPTIONS] [SERVICE...]\n"
                  "       muster wait [OPTIONS] TARGET... [-- COMMAND [ARGUMENT...]]\n"
                  "       muster config explain|example|docs|schema|check [OPTIONS] [NAME...]\n"
                  "       muster plan [OPTIONS] [SERVICE...]\n"
                  "       muster verify|rollback [OPTIONS] [STEP...]\n"
                  "       muster step skip|retry [OPTIONS] STEP...\n\ncommands:\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        buf_printf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
        if (i == COMMAND_CONFIG) {
            config_words_help(out);
        }
    }
    for (int main_process = 0; main_process < 2; main_process++) {
        buf_puts(out, main_process ? "\noptions for COMMAND:\n" : "\noptions:\n");
        for (size_t i = 0; i < OPTION_ROWS; i++) {
            if ((option_rows[i].commands == ON_MAIN) == main_process) {
                put_option(&option_rows[i], out);
            }
        }
    }
    buf_puts(out, "\nexit codes: 0 ok, 1 check: not ready, verify: not as recorded, 64 usage, 65 bad manifest,\n"
                  "  69 a dependency is not healthy, 70 internal, 73 no usable state directory, 74 not everything was\n"
                  "  taken back, 75 another instance holds the directory, 76 a step failed, 77 a test failed,\n"
                  "  78 invalid configuration, 126/127 the command could not be started, else the command's own.\n");
}
