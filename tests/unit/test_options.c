#include "init/command/options.h"
#include "tests/unit/suites.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct options o;
static struct err e;
static char words[4096];
static char *argv[64];

/* Parse a line of words, which must outlive the call: options point into them. */
static int parse_with(const char *line, char *const *environ_)
{
    size_t count = 0;
    argv[count++] = words;
    (void)snprintf(words, sizeof words, "muster %s", line);
    for (char *at = strchr(words, ' '); at != NULL && count < 63; at = strchr(at, ' ')) {
        *at++ = '\0';
        argv[count++] = at;
    }
    argv[count] = NULL;
    return options_parse(argv, environ_, &o, &e);
}

static int parse(const char *line)
{
    char *none[] = {NULL};
    return parse_with(line, none);
}

START_TEST(the_default_command_runs_the_rest)
{
    ck_assert_int_eq(parse("-- up -x"), 0);
    ck_assert_int_eq(o.command, COMMAND_RUN);
    ck_assert_str_eq(o.main_argv[0], "up");
    ck_assert_str_eq(o.main_argv[1], "-x");
    ck_assert_int_eq(parse("gunicorn --file x"), 0);
    ck_assert_ptr_null(o.file);
    ck_assert_str_eq(o.main_argv[0], "gunicorn");
}
END_TEST

START_TEST(options_stand_before_and_after_the_command)
{
    ck_assert_int_eq(parse("-f a.json run --timeout=90s --skip a,b -- x"), 0);
    ck_assert_str_eq(o.file, "a.json");
    ck_assert_uint_eq(o.timeout_us, 90000000);
    ck_assert_uint_eq(o.skip_count, 1);
    ck_assert_str_eq(o.skip[0], "a,b");
    ck_assert_ptr_null(o.skip[1]);
    ck_assert_str_eq(o.main_argv[0], "x");
    ck_assert_int_eq(parse("-fb.json up"), 0);
    ck_assert_str_eq(o.file, "b.json");
    ck_assert_int_eq(o.command, COMMAND_UP);
}
END_TEST

START_TEST(only_the_first_word_is_a_command)
{
    ck_assert_int_eq(parse("run check"), 0);
    ck_assert_int_eq(o.command, COMMAND_RUN);
    ck_assert_str_eq(o.main_argv[0], "check");
}
END_TEST

START_TEST(usage_errors_say_what_would_be_right)
{
    ck_assert_int_eq(parse("--tiemout 5s up"), -1);
    ck_assert_int_eq(e.code, ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(e.text, "--timeout"));
    ck_assert_int_eq(parse("--timeout 5 up"), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "unit"));
    ck_assert_int_eq(parse("up --file"), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "FILE"));
    ck_assert_int_eq(parse("up --strict=yes"), -1);
    ck_assert_int_eq(parse("check --file x"), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "check"));
    ck_assert_int_eq(parse("up app"), -1);
    ck_assert_int_eq(parse("run"), -1);
    ck_assert_int_eq(parse("--state-dir relative up"), -1);
    ck_assert_int_eq(parse("--file x --profile none up"), -1);
    ck_assert_int_eq(parse("-z"), -1);
}
END_TEST

START_TEST(how_steps_are_done)
{
    ck_assert_int_eq(parse("up"), 0);
    ck_assert(o.parallel == 0 && !o.has_rollback && o.lock_wait_us == 0);
    ck_assert_int_eq(parse("up --parallel 256 --rollback session --wait-lock 1m"), 0);
    ck_assert(o.parallel == 256 && o.has_rollback && o.rollback == ROLLBACK_SESSION && o.lock_wait_us == 60000000);
    ck_assert_int_eq(parse("--parallel=1 --rollback=none -- x"), 0);
    ck_assert(o.parallel == 1 && o.rollback == ROLLBACK_NONE);
    ck_assert_int_eq(parse("wait --wait-lock 5s tcp://h:1"), 0);
    free(o.targets);
    static const char *const wrong[] = {"up --parallel 0",      "up --parallel 257",     "up --parallel x",
                                        "up --rollback all",    "up --wait-lock 5",      "plan --parallel 1",
                                        "check --wait-lock 1s", "config --rollback none"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_msg(parse(wrong[i]) == -1, "%s", wrong[i]);
        ck_assert_int_eq(e.code, ERR_USAGE);
    }
    ck_assert_int_eq(parse("up --rollback all"), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "step, session or none"));
}
END_TEST

START_TEST(the_environment_fills_in)
{
    char skip[] = "MUSTER_SKIP=a";
    char state_dir[] = "MUSTER_STATE_DIR=/s";
    char *const environ_[] = {skip, state_dir, NULL};
    ck_assert_int_eq(parse_with("up --skip=b", environ_), 0);
    ck_assert_uint_eq(o.skip_count, 1);
    ck_assert_str_eq(o.skip[0], "b");
    ck_assert_str_eq(o.skip_too, "a");
    ck_assert_str_eq(o.state_dir, "/s");
    ck_assert_int_eq(parse_with("up --state-dir=/t", environ_), 0);
    ck_assert_str_eq(o.state_dir, "/t");
}
END_TEST

START_TEST(how_the_main_process_is_run)
{
    ck_assert_int_eq(
        parse("-g --session --rewrite HUP:USR1 --rewrite 10:0 --stop-signal QUIT --drain 2s --kill-after 30s "
              "--grace 0s --parent-death sigkill --chdir /srv --umask 027 -- x"),
        0);
    ck_assert(o.main.group && o.main.session);
    for (int number = 1; number <= SIGNAL_LAST; number++) {
        int expected = number == SIGHUP    ? SIGUSR1
                       : number == SIGUSR1 ? SIGNAL_DROPPED
                       : number == SIGTERM ? SIGQUIT
                                           : SIGNAL_AS_IT_IS;
        ck_assert_int_eq(o.main.rewrite[number], expected);
    }
    ck_assert_uint_eq(o.main.drain_us, 2000000);
    ck_assert_uint_eq(o.main.kill_after_us, 30000000);
    ck_assert_uint_eq(o.main.grace_us, 0);
    ck_assert_int_eq(o.main.parent_death_signal, SIGKILL);
    ck_assert_str_eq(o.main.directory, "/srv");
    ck_assert(o.main.privilege.has_umask);
    ck_assert_uint_eq(o.main.privilege.umask, 027);
    ck_assert_int_eq(parse("x"), 0);
    ck_assert_uint_eq(o.main.grace_us, MAIN_GRACE_DEFAULT_US);
    ck_assert(!o.main.privilege.has_umask && !o.main.group && !o.main.session);
}
END_TEST

START_TEST(what_the_main_process_may_do)
{
    ck_assert_int_eq(parse("run --user app:web --groups a,12 --cap-drop all --cap-add NET_BIND_SERVICE --no-new-privs "
                           "--rlimit nofile=10:20 --rlimit core=0 x"),
                     0);
    const struct privilege_request *p = &o.main.privilege;
    ck_assert_str_eq(p->user, "app:web");
    ck_assert_str_eq(p->groups, "a,12");
    ck_assert_str_eq(p->cap_drop, "all");
    ck_assert_str_eq(p->cap_add, "NET_BIND_SERVICE");
    ck_assert(p->no_new_privs);
    ck_assert_uint_eq(p->limit_count, 2);
    ck_assert_int_eq(parse("--groups= x"), 0);
    ck_assert_str_eq(p->groups, "");
    ck_assert_int_eq(parse("--cap-drop CHOWN --cap-drop KILL x"), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "twice"));
}
END_TEST

static const char *const wrong_main_options[] = {
    "--rewrite TERM",     "--rewrite TERM:FOO",
    "--stop-signal 65",   "--stop-signal TRAM",
    "--drain 5",          "--kill-after soon",
    "--grace -1s",        "--remap 143",
    "--remap 256=0",      "--parent-death 0",
    "--umask 8",          "--umask 1000",
    "--umask 0x1",        "--rlimit nofile",
    "--rlimit nofiles=1", "--user=",
    "--no-new-privs=yes", "--umask 77777777777777777777",
};

START_TEST(wrong_main_options_are_named)
{
    char line[128];
    (void)snprintf(line, sizeof line, "%s x", wrong_main_options[_i]);
    char name[32];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(line, " ="), line);
    ck_assert_int_eq(parse(line), -1);
    ck_assert_int_eq(e.code, ERR_USAGE);
    ck_assert_msg(strstr(e.text, name) != NULL, "%s: %s", line, e.text);
}
END_TEST

START_TEST(main_options_are_for_run_only)
{
    ck_assert_int_eq(parse("up --user app"), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "--user makes no sense with up"));
    ck_assert_int_eq(parse("check -g"), -1);
    ck_assert_int_eq(parse("run -g x"), 0);
}
END_TEST

START_TEST(exit_codes_are_remapped_by_both)
{
    char remap[] = "MUSTER_REMAP=143=0,130=7,,1=2";
    char *const environ_[] = {remap, NULL};
    ck_assert_int_eq(parse_with("--remap 130=3 --remap 9=8 x", environ_), 0);
    for (int code = 0; code < 256; code++) {
        int expected = code == 143 ? 0 : code == 130 ? 3 : code == 9 ? 8 : code == 1 ? 2 : -1;
        ck_assert_int_eq(o.main.remapped[code] ? o.main.remap[code] : -1, expected);
    }
    char wrong[] = "MUSTER_REMAP=143";
    char *const wrong_environ[] = {wrong, NULL};
    ck_assert_int_eq(parse_with("x", wrong_environ), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "MUSTER_REMAP"));
    ck_assert_int_eq(parse_with("check", wrong_environ), 0);
}
END_TEST

START_TEST(plan_takes_names_and_up_takes_none)
{
    ck_assert_int_eq(parse("plan redis backend"), 0);
    ck_assert_str_eq(o.main_argv[1], "backend");
    ck_assert_int_eq(parse("up redis"), -1);
}
END_TEST

START_TEST(config_takes_words_with_options_between_them)
{
    ck_assert_int_eq(parse("config"), 0);
    ck_assert_int_eq(o.config_action, CONFIG_SHOW);
    ck_assert_int_eq(parse("config --strict explain A --format json -f x B"), 0);
    ck_assert_int_eq(o.command, COMMAND_CONFIG);
    ck_assert_int_eq(o.config_action, CONFIG_EXPLAIN);
    ck_assert_uint_eq(o.name_count, 2);
    ck_assert_str_eq(o.names[0], "A");
    ck_assert_str_eq(o.names[1], "B");
    ck_assert(o.json && o.strict);
    ck_assert_str_eq(o.file, "x");
    ck_assert_int_eq(parse("config example"), 0);
    ck_assert_int_eq(o.config_action, CONFIG_EXAMPLE);
    ck_assert_int_eq(parse("config docs"), 0);
    ck_assert_int_eq(o.config_action, CONFIG_DOCS);
    ck_assert_int_eq(parse("config schema"), 0);
    ck_assert_int_eq(o.config_action, CONFIG_SCHEMA);
    ck_assert_int_eq(parse("config check --against dotenv:.env"), 0);
    ck_assert_int_eq(o.config_action, CONFIG_CHECK);
    ck_assert_str_eq(o.against, "dotenv:.env");
    ck_assert_int_eq(parse("config explain --help"), 0);
    ck_assert_int_eq(o.command, COMMAND_HELP);
}
END_TEST

static const struct {
    const char *line;
    const char *said;
} wrong_config_words[] = {
    {"config explian", "did you mean config explain?"},
    {"config everything", "explain, example, docs, schema or check"},
    {"config explain", "needs a name"},
    {"config docs more", "takes no more words: more"},
    {"config check", "--against docker:FILE"},
    {"config check --against .env", "say how to read it"},
    {"config check --against dotenv:a --against dotenv:b", "twice"},
    {"config --against dotenv:a", "config check"},
    {"config schema --manifest", "--manifest makes no sense with config schema"},
    {"config example --format json", "one form"},
    {"up --against dotenv:a", "makes no sense with up"},
    {"config -- explain", "takes no command"},
};

START_TEST(wrong_words_after_config_are_named)
{
    ck_assert_int_eq(parse(wrong_config_words[_i].line), -1);
    ck_assert_int_eq(e.code, ERR_USAGE);
    ck_assert_msg(strstr(e.text, wrong_config_words[_i].said) != NULL, "%s: %s", wrong_config_words[_i].line, e.text);
}
END_TEST

START_TEST(too_many_names_are_refused)
{
    char *many[CONFIG_NAMES_MAX + 5] = {"muster", "config", "explain"};
    char *none[] = {NULL};
    for (size_t i = 0; i <= CONFIG_NAMES_MAX; i++) {
        many[3 + i] = "A";
    }
    ck_assert_int_eq(options_parse(many, none, &o, &e), -1);
    ck_assert_int_eq(e.code, ERR_USAGE);
    many[3 + CONFIG_NAMES_MAX] = NULL;
    ck_assert_int_eq(options_parse(many, none, &o, &e), 0);
}
END_TEST

START_TEST(too_many_skips_are_refused)
{
    char storage[16 + (SKIP_LISTS_MAX + 1) * sizeof " --skip=a"];
    struct buf list = BUF_OVER(storage);
    buf_reset(&list);
    buf_puts(&list, "up");
    for (size_t i = 0; i < SKIP_LISTS_MAX; i++) {
        buf_puts(&list, " --skip=a");
    }
    ck_assert_int_eq(parse(storage), 0);
    buf_puts(&list, " --skip=a");
    ck_assert_int_eq(parse(storage), -1);
    ck_assert_int_eq(e.code, ERR_USAGE);
}
END_TEST

START_TEST(help_and_version_need_nothing_else)
{
    ck_assert_int_eq(parse("--help"), 0);
    ck_assert_int_eq(o.command, COMMAND_HELP);
    ck_assert_int_eq(parse("--version --verbose"), 0);
    ck_assert_int_eq(o.command, COMMAND_VERSION);
    ck_assert(o.verbose);
    char text[8192];
    struct buf out = BUF_OVER(text);
    buf_reset(&out);
    options_help(&out);
    ck_assert(!out.overflow);
    ck_assert_ptr_nonnull(strstr(text, "--empty-as-unset"));
}
END_TEST

Suite *suite_options(void)
{
    Suite *s = suite_create("options");
    TCase *t = tcase_create("options");
    tcase_add_test(t, the_default_command_runs_the_rest);
    tcase_add_test(t, options_stand_before_and_after_the_command);
    tcase_add_test(t, only_the_first_word_is_a_command);
    tcase_add_test(t, usage_errors_say_what_would_be_right);
    tcase_add_test(t, how_steps_are_done);
    tcase_add_test(t, the_environment_fills_in);
    tcase_add_test(t, how_the_main_process_is_run);
    tcase_add_test(t, what_the_main_process_may_do);
    tcase_add_loop_test(t, wrong_main_options_are_named, 0,
                        (int)(sizeof wrong_main_options / sizeof wrong_main_options[0]));
    tcase_add_test(t, main_options_are_for_run_only);
    tcase_add_test(t, exit_codes_are_remapped_by_both);
    tcase_add_test(t, plan_takes_names_and_up_takes_none);
    tcase_add_test(t, config_takes_words_with_options_between_them);
    tcase_add_loop_test(t, wrong_words_after_config_are_named, 0,
                        (int)(sizeof wrong_config_words / sizeof wrong_config_words[0]));
    tcase_add_test(t, too_many_names_are_refused);
    tcase_add_test(t, too_many_skips_are_refused);
    tcase_add_test(t, help_and_version_need_nothing_else);
    suite_add_tcase(s, t);
    return s;
}
