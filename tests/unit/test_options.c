#include "init/command/options.h"
#include "tests/unit/suites.h"

#include <string.h>

static struct options o;
static struct err e;
static char *const no_environment[] = {NULL};

#define ARGV(...) ((char *[]){(char[]){"muster"}, __VA_ARGS__, NULL})
#define PARSE(...) options_parse(ARGV(__VA_ARGS__), no_environment, &o, &e)
#define W(text) ((char[]){text})

START_TEST(the_default_command_runs_the_rest)
{
    ck_assert_int_eq(PARSE(W("--"), W("up"), W("-x")), 0);
    ck_assert_int_eq(o.command, COMMAND_RUN);
    ck_assert_str_eq(o.main_argv[0], "up");
    ck_assert_str_eq(o.main_argv[1], "-x");
    ck_assert_int_eq(PARSE(W("gunicorn"), W("--file"), W("x")), 0);
    ck_assert_ptr_null(o.file);
    ck_assert_str_eq(o.main_argv[0], "gunicorn");
}
END_TEST

START_TEST(options_stand_before_and_after_the_command)
{
    ck_assert_int_eq(PARSE(W("-f"), W("a.json"), W("run"), W("--timeout=90s"), W("--skip"), W("a,b"), W("--"), W("x")), 0);
    ck_assert_str_eq(o.file, "a.json");
    ck_assert_uint_eq(o.timeout_us, 90000000);
    ck_assert_uint_eq(o.skip_count, 2);
    ck_assert_str_eq(o.skip[1], "b");
    ck_assert_ptr_null(o.skip[2]);
    ck_assert_str_eq(o.main_argv[0], "x");
    ck_assert_int_eq(PARSE(W("-fb.json"), W("up")), 0);
    ck_assert_str_eq(o.file, "b.json");
    ck_assert_int_eq(o.command, COMMAND_UP);
}
END_TEST

START_TEST(only_the_first_word_is_a_command)
{
    ck_assert_int_eq(PARSE(W("run"), W("check")), 0);
    ck_assert_int_eq(o.command, COMMAND_RUN);
    ck_assert_str_eq(o.main_argv[0], "check");
}
END_TEST

START_TEST(usage_errors_say_what_would_be_right)
{
    ck_assert_int_eq(PARSE(W("--tiemout"), W("5s"), W("up")), -1);
    ck_assert_int_eq(e.code, ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(e.text, "--timeout"));
    ck_assert_int_eq(PARSE(W("--timeout"), W("5"), W("up")), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "unit"));
    ck_assert_int_eq(PARSE(W("up"), W("--file")), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "FILE"));
    ck_assert_int_eq(PARSE(W("up"), W("--strict=yes")), -1);
    ck_assert_int_eq(PARSE(W("check"), W("--file"), W("x")), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "check"));
    ck_assert_int_eq(PARSE(W("up"), W("app")), -1);
    ck_assert_int_eq(PARSE(W("run")), -1);
    ck_assert_int_eq(PARSE(W("--state-dir"), W("relative"), W("up")), -1);
    ck_assert_int_eq(PARSE(W("--file"), W("x"), W("--profile"), W("none"), W("up")), -1);
    ck_assert_int_eq(PARSE(W("-z")), -1);
}
END_TEST

START_TEST(the_environment_fills_in)
{
    char *const environ_[] = {W("MUSTER_SKIP=a"), W("MUSTER_STATE_DIR=/s"), NULL};
    ck_assert_int_eq(options_parse(ARGV(W("up"), W("--skip=b")), environ_, &o, &e), 0);
    ck_assert_uint_eq(o.skip_count, 2);
    ck_assert_str_eq(o.state_dir, "/s");
    ck_assert_int_eq(options_parse(ARGV(W("up"), W("--state-dir=/t")), environ_, &o, &e), 0);
    ck_assert_str_eq(o.state_dir, "/t");
}
END_TEST

START_TEST(too_many_skips_are_refused)
{
    char list[2 * SKIP_MAX + 3];
    for (size_t i = 0; i + 1 < sizeof list; i++) {
        list[i] = i % 2 == 0 ? 'a' : ',';
    }
    list[sizeof list - 1] = '\0';
    ck_assert_int_eq(PARSE(W("up"), W("--skip"), list), -1);
    ck_assert_int_eq(e.code, ERR_USAGE);
}
END_TEST

START_TEST(help_and_version_need_nothing_else)
{
    ck_assert_int_eq(PARSE(W("--help")), 0);
    ck_assert_int_eq(o.command, COMMAND_HELP);
    ck_assert_int_eq(PARSE(W("--version"), W("--verbose")), 0);
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
    tcase_add_test(t, too_many_skips_are_refused);
    tcase_add_test(t, help_and_version_need_nothing_else);
    suite_add_tcase(s, t);
    return s;
}
