#include "init/core/main_options.h"
#include "tests/unit/suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct main_options o;
static struct main_options before;
static struct err e;

static void setup(void)
{
    memset(&o, 0xff, sizeof o);
    main_options_init(&o);
    before = o;
    memset(&e, 0, sizeof e);
}

START_TEST(by_default_everything_is_forwarded_as_it_is)
{
    for (int number = 1; number <= SIGNAL_LAST; number++) {
        ck_assert_uint_eq(o.rewrite[number], SIGNAL_AS_IT_IS);
    }
    for (int code = 0; code <= 255; code++) {
        ck_assert(!o.remapped[code]);
    }
    ck_assert(!o.group && !o.session);
    ck_assert_uint_eq(o.grace_us, 5000000);
    ck_assert_uint_eq(o.drain_us, 0);
    ck_assert_uint_eq(o.kill_after_us, 0);
    ck_assert_int_eq(o.parent_death_signal, 0);
    ck_assert_ptr_null(o.directory);
    ck_assert_ptr_null(o.privilege.user);
}
END_TEST

START_TEST(signals_are_rewritten_or_dropped)
{
    static const struct {
        const char *text;
        int from;
        int to;
    } rows[] = {
        {"TERM:QUIT", SIGTERM, SIGQUIT},   {"15:3", SIGTERM, SIGQUIT}, {"sigterm:3", SIGTERM, SIGQUIT},
        {"HUP:0", SIGHUP, SIGNAL_DROPPED}, {"34:64", 34, 64},          {"64:1", 64, SIGHUP},
        {"TERM:TERM", SIGTERM, SIGTERM},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        setup();
        ck_assert_int_eq(main_options_rewrite(&o, rows[i].text, &e), 0);
        for (int number = 0; number <= SIGNAL_LAST; number++) {
            int expected = number == rows[i].from ? rows[i].to : SIGNAL_AS_IT_IS;
            ck_assert_msg(o.rewrite[number] == expected, "%s: %d became %d", rows[i].text, number, o.rewrite[number]);
        }
    }
}
END_TEST

START_TEST(the_last_word_for_a_signal_counts)
{
    ck_assert_int_eq(main_options_rewrite(&o, "TERM:QUIT", &e), 0);
    ck_assert_int_eq(main_options_rewrite(&o, "TERM:INT", &e), 0);
    ck_assert_int_eq(main_options_rewrite(&o, "HUP:USR1", &e), 0);
    ck_assert_uint_eq(o.rewrite[SIGTERM], SIGINT);
    ck_assert_uint_eq(o.rewrite[SIGHUP], SIGUSR1);
}
END_TEST

START_TEST(what_is_not_two_signals_is_refused)
{
    static const char *const texts[] = {"",          ":",
                                        "TERM",      "TERM:",
                                        ":QUIT",     "TERM:QUIT:INT",
                                        "0:15",      "65:1",
                                        "1:65",      "TERM=QUIT",
                                        "TERM:00",   "NOPE:TERM",
                                        "TERM:NOPE", "-1:15",
                                        "TERM: 3",   "SIGSIGSIGSIGSIGSIGSIGSIGSIGSIGTERM:15"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        setup();
        ck_assert_msg(main_options_rewrite(&o, texts[i], &e) == -1, "\"%s\" was taken", texts[i]);
        ck_assert_int_eq(e.code, ERR_USAGE);
        ck_assert_ptr_eq(strstr(e.text, texts[i]), e.text);
        ck_assert_mem_eq(&o, &before, sizeof o);
    }
}
END_TEST

START_TEST(exit_codes_are_mapped)
{
    for (int from = 0; from <= 255; from++) {
        char text[16];
        setup();
        (void)snprintf(text, sizeof text, "%d=%d", from, 255 - from);
        ck_assert_int_eq(main_options_remap(&o, text, &e), 0);
        for (int code = 0; code <= 255; code++) {
            ck_assert(o.remapped[code] == (code == from));
        }
        ck_assert_uint_eq(o.remap[from], 255 - from);
    }
}
END_TEST

START_TEST(what_is_not_two_exit_codes_is_refused)
{
    static const char *const texts[] = {
        "",     "=",     "143",    "143=",   "=0",     "256=0",   "0=256",  "-1=0",
        "0=-1", "143:0", "0143=0", "143=00", "143 =0", "143=0=1", "TERM=0", "1000000000000000000000000000000000=0"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        setup();
        ck_assert_msg(main_options_remap(&o, texts[i], &e) == -1, "\"%s\" was taken", texts[i]);
        ck_assert_int_eq(e.code, ERR_USAGE);
        ck_assert_ptr_nonnull(strstr(e.text, "143=0"));
        ck_assert_mem_eq(&o, &before, sizeof o);
    }
}
END_TEST

Suite *suite_main_options(void)
{
    Suite *s = suite_create("main_options");
    TCase *tc = tcase_create("main_options");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, by_default_everything_is_forwarded_as_it_is);
    tcase_add_test(tc, signals_are_rewritten_or_dropped);
    tcase_add_test(tc, the_last_word_for_a_signal_counts);
    tcase_add_test(tc, what_is_not_two_signals_is_refused);
    tcase_add_test(tc, exit_codes_are_mapped);
    tcase_add_test(tc, what_is_not_two_exit_codes_is_refused);
    suite_add_tcase(s, tc);
    return s;
}
