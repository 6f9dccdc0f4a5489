#include "init/command/options.h"
#include "tests/unit/suites.h"

#include <stdio.h>
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
    ck_assert_uint_eq(o.skip_count, 2);
    ck_assert_str_eq(o.skip[1], "b");
    ck_assert_ptr_null(o.skip[2]);
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

START_TEST(the_environment_fills_in)
{
    char skip[] = "MUSTER_SKIP=a";
    char state_dir[] = "MUSTER_STATE_DIR=/s";
    char *const environ_[] = {skip, state_dir, NULL};
    ck_assert_int_eq(parse_with("up --skip=b", environ_), 0);
    ck_assert_uint_eq(o.skip_count, 2);
    ck_assert_str_eq(o.state_dir, "/s");
    ck_assert_int_eq(parse_with("up --state-dir=/t", environ_), 0);
    ck_assert_str_eq(o.state_dir, "/t");
}
END_TEST

START_TEST(plan_takes_names_and_up_takes_none)
{
    ck_assert_int_eq(parse("plan redis backend"), 0);
    ck_assert_str_eq(o.main_argv[1], "backend");
    ck_assert_int_eq(parse("up redis"), -1);
}
END_TEST

START_TEST(too_many_skips_are_refused)
{
    char list[2 * SKIP_MAX + 3 + 16] = "up --skip ";
    size_t start = strlen(list);
    for (size_t i = 0; i <= 2 * SKIP_MAX; i++) {
        list[start + i] = i % 2 == 0 ? 'a' : ',';
    }
    list[start + 2 * SKIP_MAX + 1] = '\0';
    ck_assert_int_eq(parse(list), -1);
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
    tcase_add_test(t, the_environment_fills_in);
    tcase_add_test(t, plan_takes_names_and_up_takes_none);
    tcase_add_test(t, too_many_skips_are_refused);
    tcase_add_test(t, help_and_version_need_nothing_else);
    suite_add_tcase(s, t);
    return s;
}
