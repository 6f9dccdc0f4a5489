#include <errno.h>
#include <signal.h>

#include "init/base/clock.h"
#include "init/engine/outcome.h"
#include "tests/unit/suites.h"

START_TEST(ends_are_told_in_words)
{
    static const struct {
        int wait_status, exec_errno;
        const char *text;
    } cases[] = {
        {0, 0, "exited with code 0"},
        {1 << 8, 0, "exited with code 1"},
        {255 << 8, 0, "exited with code 255"},
        {SIGKILL, 0, "was killed by SIGKILL"},
        {SIGSEGV | 0x80, 0, "was killed by SIGSEGV"},
        {40, 0, "was killed by signal 40"},
        {0, ENOENT, "cannot start: No such file or directory"},
        {1 << 8, EACCES, "cannot start: Permission denied"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[80];
        outcome_describe(cases[i].wait_status, cases[i].exec_errno, text, sizeof(text));
        ck_assert_str_eq(text, cases[i].text);
    }
    char little[8];
    outcome_describe(SIGKILL, 0, little, sizeof(little));
    ck_assert_str_eq(little, "was kil");
}
END_TEST

START_TEST(signals_have_names)
{
    ck_assert_str_eq(outcome_signal_name(SIGTERM), "SIGTERM");
    ck_assert_str_eq(outcome_signal_name(SIGINT), "SIGINT");
    static const int nameless[] = {-1, 0, 40, 64, 1000};
    for (size_t i = 0; i < sizeof(nameless) / sizeof(nameless[0]); i++) {
        ck_assert_ptr_null(outcome_signal_name(nameless[i]));
    }
    for (int sig = 1; sig < 32; sig++) {
        /* 16 is the one standard signal that nothing raises. */
        ck_assert_msg(outcome_signal_name(sig) != NULL || sig == 16, "signal %d has no name", sig);
    }
}
END_TEST

START_TEST(spans_read_as_a_person_writes_them)
{
    static const struct {
        uint64_t us;
        const char *text;
    } cases[] = {
        {0, "0 ms"},
        {999, "0 ms"},
        {250000, "250 ms"},
        {US_PER_S, "1 s"},
        {1500000, "1.5 s"},
        {30 * US_PER_S, "30 s"},
        {30 * US_PER_S + 123, "30 s"},
        {90 * US_PER_S, "90 s"},
        {60 * US_PER_S, "1 min"},
        {300 * US_PER_S, "5 min"},
        {7200 * US_PER_S, "2 h"},
        {UINT64_MAX, "18446744073709.5 s"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[OUTCOME_SPAN_MAX];
        outcome_span(cases[i].us, text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

Suite *suite_outcome(void)
{
    Suite *s = suite_create("outcome");
    TCase *t = tcase_create("outcome");
    tcase_add_test(t, ends_are_told_in_words);
    tcase_add_test(t, signals_have_names);
    tcase_add_test(t, spans_read_as_a_person_writes_them);
    suite_add_tcase(s, t);
    return s;
}
