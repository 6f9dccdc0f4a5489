#include "init/base/signame.h"
#include "tests/unit/suites.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

START_TEST(every_signal_of_the_shell_has_its_name)
{
    for (int number = 1; number <= SIGSYS; number++) {
        char expected[SIGNAME_MAX];
        /* The C library calls number 29 SIGPOLL; kill(1) and the shells do not. */
        const char *short_name = number == SIGIO ? "IO" : sigabbrev_np(number);
        ck_assert_int_lt(snprintf(expected, sizeof expected, "SIG%s", short_name), (int)sizeof expected);
        ck_assert_str_eq(signame_known(number), expected);
    }
}
END_TEST

START_TEST(real_time_signals_are_named_as_kill_lists_them)
{
    ck_assert_int_eq(SIGNAME_RTMIN, SIGRTMIN);
    ck_assert_int_eq(SIGNAL_LAST, SIGRTMAX);
    static const struct {
        int number;
        const char *name;
    } rows[] = {{34, "SIGRTMIN"},    {35, "SIGRTMIN+1"}, {49, "SIGRTMIN+15"},
                {50, "SIGRTMAX-14"}, {63, "SIGRTMAX-1"}, {64, "SIGRTMAX"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_str_eq(signame_known(rows[i].number), rows[i].name);
    }
    for (int number = SIGNAME_RTMIN; number <= SIGNAL_LAST; number++) {
        char text[SIGNAME_MAX];
        ck_assert_int_eq(signame_parse(signame_known(number)), number);
        (void)snprintf(text, sizeof text, "rtmin+%d", number - SIGNAME_RTMIN);
        ck_assert_int_eq(signame_parse(text), number);
        (void)snprintf(text, sizeof text, "SigRtMax-%d", SIGNAL_LAST - number);
        ck_assert_int_eq(signame_parse(text), number);
    }
}
END_TEST

START_TEST(other_numbers_have_none)
{
    static const int numbers[] = {-1, 0, SIGSYS + 1, 33, SIGNAL_LAST + 1, 255};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        ck_assert_ptr_null(signame_known(numbers[i]));
    }
}
END_TEST

START_TEST(all_spellings_are_understood)
{
    for (int number = 1; number <= SIGNAL_LAST; number++) {
        char digits[12];
        (void)snprintf(digits, sizeof digits, "%d", number);
        ck_assert_int_eq(signame_parse(digits), number);
        const char *name = signame_known(number);
        if (name != NULL) {
            char lower[SIGNAME_MAX] = "";
            for (size_t i = 0; name[i] != '\0'; i++) {
                lower[i] = (char)tolower((unsigned char)name[i]);
            }
            lower[strlen(name)] = '\0';
            ck_assert_int_eq(signame_parse(lower), number);
            ck_assert_int_eq(signame_parse(name), number);
            ck_assert_int_eq(signame_parse(name + 3), number);
            ck_assert_int_eq(signame_parse(lower + 3), number);
        }
    }
    ck_assert_int_eq(signame_parse("usr1"), SIGUSR1);
    ck_assert_int_eq(signame_parse("SigUsr2"), SIGUSR2);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    static const char *const texts[] = {
        "",         "0",        "-1",      "65",       "015",        "15 ",
        "+15",      "SIG",      "TER",     "TERMX",    "SIGSIGTERM", "99999999999999999999",
        "RTMIN+",   "RTMIN+31", "RTMIN-1", "RTMIN+-1", "RTMIN1",     "RTMIN+x",
        "RTMAX-31", "RTMAX+1",  "RTMAX-",  "RT",       "SIGSIGRTMIN"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ck_assert_msg(signame_parse(texts[i]) == -1, "\"%s\" was taken", texts[i]);
    }
}
END_TEST

Suite *suite_signame(void)
{
    Suite *s = suite_create("signame");
    TCase *tc = tcase_create("signame");
    tcase_add_test(tc, every_signal_of_the_shell_has_its_name);
    tcase_add_test(tc, real_time_signals_are_named_as_kill_lists_them);
    tcase_add_test(tc, other_numbers_have_none);
    tcase_add_test(tc, all_spellings_are_understood);
    tcase_add_test(tc, nonsense_is_refused);
    suite_add_tcase(s, tc);
    return s;
}
