#include "init/command/option_rows.h"

#include <string.h>

#include "init/base/text.h"
#include "init/plan/names.h"

#define RUNNING (ON(COMMAND_RUN) | ON(COMMAND_UP))
#define LOADING (RUNNING | ON(COMMAND_CONFIG) | ON(COMMAND_PLAN) | ON(COMMAND_ROLLBACK))
#define READING (ON(COMMAND_CHECK) | ON(COMMAND_STATUS) | ON(COMMAND_VERIFY))
#define EVERY (LOADING | READING | ON(COMMAND_WAIT) | ON(COMMAND_STEP))

/* "143=0" and some room. */
#define REMAP_MAX 32

#define UMASK_LAST 0777

static void *target(struct options *o, const struct option_row *row)
{
    return (char *)o + row->target;
}

static int set_flag(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    *(bool *)target(o, row) = true;
    return 0;
}

static int set_text(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    (void)e;
    *(const char **)target(o, row) = value;
    return 0;
}

/* The first of two would be forgotten: not acceptable where it takes a right away. */
static int set_text_once(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    const char **text = target(o, row);
    if (*text != NULL) {
        return err_set(e, ERR_USAGE, 0, "--%s is given twice; write one, like %s", row->name, row->argument);
    }
    *text = value;
    return 0;
}

static int set_duration(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    if (text_parse_duration(value, target(o, row)) != 0) {
        return err_set(e, ERR_USAGE, 0, "--%s %s: not a duration; write a number and a unit, like 90s or 5m", row->name,
                       value);
    }
    return 0;
}

static int set_timeout(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    int64_t seconds = 0;
    if (text_parse_int(value, &seconds) == 0) { /* as wait-for-it has it */
        return err_set(e, ERR_USAGE, 0, "--timeout %s: say which unit; for seconds, write %ss", value, value);
    }
    if (set_duration(o, row, value, e) != 0) {
        return -1;
    }
    o->has_timeout = true;
    return 0;
}

static int set_state_dir(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    (void)row;
    return option_state_dir(o, value, e);
}

static int set_skip(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    if (o->skip_count == SKIP_LISTS_MAX) {
        return err_set(e, ERR_USAGE, 0, "--%s is given more than %d times; name several steps in one: a,b", row->name,
                       SKIP_LISTS_MAX);
    }
    o->skip[o->skip_count++] = value;
    return 0;
}

static int set_parallel(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    int64_t count = 0;
    if (text_parse_int(value, &count) != 0 || count < 1 || count > MANIFEST_PARALLEL_MAX) {
        return err_set(e, ERR_USAGE, 0, "--%s %s: not a number from 1 to %d", row->name, value, MANIFEST_PARALLEL_MAX);
    }
    o->parallel = (uint32_t)count;
    return 0;
}

static int set_rollback(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    int policy = names_find(&rollback_names, value);
    if (policy < 0) {
        return err_set(e, ERR_USAGE, 0, "--%s %s: must be step, session or none", row->name, value);
    }
    o->rollback = (enum rollback_policy)policy;
    o->has_rollback = true;
    return 0;
}

static int check_env_file(const struct option_row *row, const char *value, struct err *e)
{
    size_t dialect = strcspn(value, ":");
    if (value[dialect] == '\0' || env_dialect_from_name(value, dialect) < 0 || value[dialect + 1] == '\0') {
        return err_set(e, ERR_USAGE, 0,
                       "--%s %s: say how to read it: docker:FILE (as docker run does, quotes are part of the value) or "
                       "dotenv:FILE (quotes are removed)",
                       row->name, value);
    }
    return 0;
}

static int set_against(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    return check_env_file(row, value, e) == 0 ? set_text_once(o, row, value, e) : -1;
}

static int set_env_file(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    if (check_env_file(row, value, e) != 0) {
        return -1;
    }
    if (o->env_file_count == ENV_FILES_MAX) {
        return err_set(e, ERR_USAGE, 0, "--%s is given more than %d times", row->name, ENV_FILES_MAX);
    }
    o->env_files[o->env_file_count++] = value;
    return 0;
}

/* The lists are for `verify` alone: options.c sees which command it is. */
static int set_format(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    static const char *const names[LIST_FORMAT_COUNT] = {
        [LIST_TEXT] = "text", [LIST_JSON] = "json", [LIST_SHA256SUM] = "sha256sum", [LIST_MTREE] = "mtree"};
    for (size_t i = 0; i < LIST_FORMAT_COUNT; i++) {
        if (strcmp(value, names[i]) == 0) {
            o->list = (enum list_format)i;
            o->json = i == LIST_JSON;
            return 0;
        }
    }
    return err_set(e, ERR_USAGE, 0, "--%s %s: must be text or json; for verify also sha256sum or mtree", row->name,
                   value);
}

static int set_help(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    (void)row;
    (void)value;
    (void)e;
    o->command = COMMAND_HELP;
    return 0;
}

static int set_version(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    (void)row;
    (void)value;
    (void)e;
    o->command = COMMAND_VERSION;
    return 0;
}

static int set_rewrite(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    return main_options_rewrite(&o->main, value, e) == 0 ? 0 : err_wrap(e, "--%s", row->name);
}

static int parse_signal(const struct option_row *row, const char *value, struct err *e)
{
    int number = signame_parse(value);
    return number > 0 ? number : err_set(e, ERR_USAGE, 0, "--%s %s: not a signal; write like QUIT", row->name, value);
}

static int set_stop_signal(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    int number = parse_signal(row, value, e);
    if (number < 0) {
        return -1;
    }
    o->main.rewrite[signame_parse("TERM")] = (uint8_t)number;
    return 0;
}

static int set_parent_death(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    int number = parse_signal(row, value, e);
    if (number < 0) {
        return -1;
    }
    o->main.parent_death_signal = number;
    return 0;
}

static int set_remap(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    return main_options_remap(&o->main, value, e) == 0 ? 0 : err_wrap(e, "--%s", row->name);
}

static int set_umask(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    unsigned bits = 0;
    const char *d = value;
    for (; *d >= '0' && *d <= '7' && bits <= UMASK_LAST; d++) {
        bits = bits * 8 + (unsigned)(*d - '0');
    }
    if (*d != '\0' || bits > UMASK_LAST) {
        return err_set(e, ERR_USAGE, 0, "--%s %s: not an octal number from 0 to 777; write like 027", row->name, value);
    }
    o->main.privilege.has_umask = true;
    o->main.privilege.umask = (mode_t)bits;
    return 0;
}

static int set_limit(struct options *o, const struct option_row *row, const char *value, struct err *e)
{
    return privilege_parse_limit(value, &o->main.privilege, e) == 0 ? 0 : err_wrap(e, "--%s", row->name);
}

#define FIELD(field) offsetof(struct options, field)

const struct option_row option_rows[OPTION_ROWS] = {
    {'f', "file", "FILE", LOADING | ON(COMMAND_STEP), set_text, FIELD(file),
     "manifest; else MUSTER_FILE, ./muster.json, /etc/muster/muster.json"},
    {0, "profile", "NAME", LOADING | ON(COMMAND_STEP), set_text, FIELD(profile),
     "use the builtin manifest of that name instead: devstack, none"},
    {0, "state-dir", "DIR", EVERY, set_state_dir, 0,
     "where status, journal and lock are; else MUSTER_STATE_DIR, /run/muster"},
    {'t', "timeout", "TIME", RUNNING | ON(COMMAND_WAIT), set_timeout, FIELD(timeout_us),
     "give up when the roll is not complete by then, like 90s or 5m (wait: 60s; 0s: never)"},
    {0, "any", NULL, ON(COMMAND_WAIT), set_flag, FIELD(any), "one target is enough"},
    {0, "no-watch", NULL, ON(COMMAND_RUN), set_flag, FIELD(no_watch),
     "probe nothing any more once everything is ready"},
    {0, "skip", "ID,...", LOADING, set_skip, 0, "do not run these steps; also MUSTER_SKIP"},
    {0, "parallel", "N", RUNNING, set_parallel, 0, "steps at the same time, 1 to 256; else as the manifest says"},
    {0, "rollback", "POLICY", RUNNING, set_rollback, 0,
     "when a step has failed, take back: step (what it made), session (what all made), none"},
    {0, "wait-lock", "TIME", RUNNING | ON(COMMAND_WAIT) | ON(COMMAND_ROLLBACK), set_duration, FIELD(lock_wait_us),
     "wait that long for another instance to leave the state directory"},
    {0, "strict", NULL, LOADING, set_flag, FIELD(strict), "warnings about the configuration are errors"},
    {0, "empty-as-unset", NULL, LOADING, set_flag, FIELD(empty_is_unset),
     "a variable that is set but empty counts as not set"},
    {0, "env-file", "KIND:FILE", LOADING, set_env_file, 0,
     "more variables, of a docker: or dotenv: file; repeatable, a later one wins, the environment before all"},
    {0, "secrets-dir", "DIR", LOADING, set_text, FIELD(secrets_dir),
     "take variables that are not set from files of their names there, like /run/secrets"},
    {0, "only-declared", NULL, LOADING, set_flag, FIELD(only_declared),
     "programs get the declared variables and PATH, HOME and their like, nothing else"},
    {0, "no-redact", NULL, RUNNING | ON(COMMAND_ROLLBACK), set_flag, FIELD(no_redact),
     "do not search the output of steps and tests for secrets"},
    {0, "against", "KIND:FILE", ON(COMMAND_CONFIG), set_against, FIELD(against),
     "config check: the docker: or dotenv: file to look at, like dotenv:.env"},
    {0, "manifest", NULL, ON(COMMAND_CONFIG), set_flag, FIELD(manifest), "print the effective manifest"},
    {0, "format", "FORMAT", ON(COMMAND_CONFIG) | ON(COMMAND_STATUS) | ON(COMMAND_VERIFY), set_format, 0,
     "text or json; verify: sha256sum (as sha256sum -c reads it), mtree, too"},
    {0, "processes", NULL, ON(COMMAND_STATUS), set_flag, FIELD(processes),
     "list what runs below muster, and zombies with the parent that does not wait"},
    {'q', "quiet", NULL, EVERY, set_flag, FIELD(quiet), "say only what went wrong"},
    {'v', "verbose", NULL, EVERY, set_flag, FIELD(verbose), "say more; with --version: what is inside"},
    {'h', "help", NULL, EVERY, set_help, 0, "this text"},
    {'V', "version", NULL, EVERY, set_version, 0, "print the version"},

    {'g', "group", NULL, ON_MAIN, set_flag, FIELD(main.group), "send signals to its whole process group"},
    {0, "session", NULL, ON_MAIN, set_flag, FIELD(main.session), "run it in a session of its own"},
    {0, "rewrite", "SIG:SIG", ON_MAIN, set_rewrite, 0,
     "send the second where the first arrived, or 0 for nothing; repeatable"},
    {0, "stop-signal", "SIG", ON_MAIN, set_stop_signal, 0, "send SIG where TERM arrived"},
    {0, "drain", "TIME", ON_MAIN, set_duration, FIELD(main.drain_us),
     "wait that long before TERM is sent on; a second TERM does not"},
    {0, "kill-after", "TIME", ON_MAIN, set_duration, FIELD(main.kill_after_us),
     "KILL it that long after TERM was sent on"},
    {0, "grace", "TIME", ON_MAIN, set_duration, FIELD(main.grace_us),
     "for what it leaves behind, TERM to KILL (5s; 0s: none)"},
    {0, "remap", "CODE=CODE", ON_MAIN, set_remap, 0,
     "exit with the second where it exits with the first; also MUSTER_REMAP"},
    {0, "parent-death", "SIG", ON_MAIN, set_parent_death, 0, "act as if SIG arrived when the parent process ends"},
    {0, "chdir", "DIR", ON_MAIN, set_text, FIELD(main.directory), "run it in that directory"},
    {0, "user", "USER[:GROUP]", ON_MAIN, set_text_once, FIELD(main.privilege.user),
     "run it as that user, by name or number"},
    {0, "groups", "GROUP,...", ON_MAIN, set_text_once, FIELD(main.privilege.groups),
     "its supplementary groups, instead of the user's; '' for none", true},
    {0, "cap-drop", "NAME,...", ON_MAIN, set_text_once, FIELD(main.privilege.cap_drop),
     "capabilities to take away, or all"},
    {0, "cap-add", "NAME,...", ON_MAIN, set_text_once, FIELD(main.privilege.cap_add),
     "capabilities to keep all the same"},
    {0, "no-new-privs", NULL, ON_MAIN, set_flag, FIELD(main.privilege.no_new_privs),
     "no program can give it more rights"},
    {0, "umask", "OCTAL", ON_MAIN, set_umask, 0, "permissions that its new files do not get"},
    {0, "rlimit", "NAME=N[:M]", ON_MAIN, set_limit, 0, "soft and hard limit, like nofile=1024:4096; repeatable"},
};

int option_state_dir(struct options *o, const char *path, struct err *e)
{
    if (path[0] != '/') {
        return err_set(e, ERR_USAGE, 0, "--state-dir %s: not an absolute path", path);
    }
    o->state_dir = path;
    return 0;
}

int option_remap_list(struct options *o, const char *list, struct err *e)
{
    struct main_options given;
    main_options_init(&given);
    while (*list != '\0') {
        char pair[REMAP_MAX];
        size_t len = strcspn(list, ",");
        size_t kept = len < sizeof pair ? len : sizeof pair - 1;
        memcpy(pair, list, kept);
        pair[kept] = '\0';
        if (kept > 0 && main_options_remap(&given, pair, e) != 0) {
            return -1;
        }
        list += len + (list[len] == ',');
    }
    for (size_t code = 0; code < sizeof given.remap; code++) {
        if (given.remapped[code] && !o->main.remapped[code]) {
            o->main.remapped[code] = true;
            o->main.remap[code] = given.remap[code];
        }
    }
    return 0;
}
