#include <string.h>

#include "init/config/schema.h"
#include "tests/unit/suites.h"
#include "tests/unit/value_case.h"

#define NAMED(what) .name = "V", .type = (what)

static const struct variable any_int = {NAMED(VALUE_INT)};
static const struct variable database = {NAMED(VALUE_INT), .has_min = true, .max = 15, .has_max = true};
static const struct variable at_least = {NAMED(VALUE_INT), .has_min = true, .min = 3};
static const struct variable at_most = {NAMED(VALUE_INT), .has_max = true, .max = 3};
static const struct variable secret_int = {NAMED(VALUE_INT), .secret = true, .has_max = true, .max = 3};
static const struct variable any_number = {NAMED(VALUE_NUMBER)};
static const struct variable share = {NAMED(VALUE_NUMBER), .has_min = true, .has_max = true, .number_max = 1};
static const struct variable above = {NAMED(VALUE_NUMBER), .has_min = true, .number_min = 0.1};
static const struct variable below = {NAMED(VALUE_NUMBER), .has_max = true, .number_max = 1e21};
static const struct variable secret_number = {NAMED(VALUE_NUMBER), .secret = true};
static const struct variable any_port = {NAMED(VALUE_PORT)};
static const struct variable high_port = {NAMED(VALUE_PORT), .has_min = true, .min = 1024, .example = "8443"};
static const struct variable far_port = {NAMED(VALUE_PORT), .has_min = true, .min = 10000};
static const struct variable odd_port = {NAMED(VALUE_PORT), .has_min = true, .has_max = true, .min = -4, .max = 99999};
static const struct variable any_time = {NAMED(VALUE_DURATION)};
static const struct variable brief = {NAMED(VALUE_DURATION), .has_min = true, .has_max = true, .min = 500000,
                                      .max = 90000000};
static const struct variable long_time = {NAMED(VALUE_DURATION), .has_min = true, .min = 86400000000, .example = "2d"};
static const struct variable any_size = {NAMED(VALUE_SIZE)};
static const struct variable buffer = {NAMED(VALUE_SIZE), .has_min = true, .has_max = true, .min = 65536,
                                       .max = 1000000};
static const struct variable quota = {NAMED(VALUE_SIZE), .has_max = true, .max = 1LL << 40};
static const struct variable secret_size = {NAMED(VALUE_SIZE), .secret = true};

static const struct value_case cases[] = {
    {&any_int, "9223372036854775807", NULL, NULL},
    {&any_int, "42abc", "int.format", "only digits: no blanks, no plus sign, no leading zeros", "42abc",
     "a whole number"},
    {&any_int, "9223372036854775808", "int.range", "not a number of 64 bits, found \"9223372036854775808\""},
    {&any_int, "-9223372036854775809", "int.range", "64 bits"},
    {&any_int, "-01", "int.format", NULL},
    {&any_int, "1\n", "int.format", "found \"1?\"", "1?"},
    {&database, "16", "int.range", "set PLACE to a number from 0 to 15", "16", "a whole number from 0 to 15"},
    {&at_least, "2", "int.range", "of at least 3", "2", "a whole number of at least 3"},
    {&at_most, "4", "int.range", "of at most 3", "4", "a whole number of at most 3"},
    {&secret_int, "x7391", "int.format", NULL, "", "a whole number of at most 3"},
    {&secret_int, "7391", "int.range", NULL, ""},

    {&any_number, "0", NULL, NULL},
    {&any_number, "-0", NULL, NULL},
    {&any_number, "-0.5", NULL, NULL},
    {&any_number, "10.25E+2", NULL, NULL},
    {&any_number, "1e-400", NULL, NULL},
    {&any_number, "1e400", "number.range", "of 64 bits, IEEE 754", "1e400", "a decimal number"},
    {&any_number, "", "value.empty", NULL, "", "a decimal number"},
    {&any_number, "1.", "number.format", "a point, no comma", "1."},
    {&any_number, ".5", "number.format", NULL},
    {&any_number, "01", "number.format", NULL},
    {&any_number, "-", "number.format", NULL},
    {&any_number, "1e", "number.format", NULL},
    {&any_number, "1e+", "number.format", NULL},
    {&any_number, "e5", "number.format", NULL},
    {&any_number, "1.5.2", "number.format", NULL},
    {&any_number, "NaN", "number.format", "not a decimal number, found \"NaN\""},
    {&any_number, "-Infinity", "number.format", NULL},
    {&any_number, "0x1F", "number.format", NULL},
    {&any_number, " 1", "number.format", NULL},
    {&any_number, "1 ", "number.format", NULL},
    {&any_number, "1_000", "number.format", NULL},
    {&share, "1", NULL, NULL},
    {&share, "1.0000000000000001", NULL, NULL}, /* which is 1 */
    {&share, "1.001", "number.range", "set PLACE to a number from 0 to 1", "1.001", "a decimal number from 0 to 1"},
    {&share, "-1e-9", "number.range", NULL},
    {&above, "0.1", NULL, NULL},
    {&above, "0.09", "number.range", "of at least 0.1", "0.09", "a decimal number of at least 0.1"},
    {&below, "1e22", "number.range", "of at most 1e+21", "1e22", "a decimal number of at most 1e+21"},
    {&secret_number, "7391x", "number.format", NULL, ""},

    {&any_port, "+80", "port", "for example 8080", "+80", "a port number from 1 to 65535"},
    {&any_port, "80 ", "port", NULL, "80 "},
    {&high_port, "80", "port", "from 1024 to 65535", "80", "a port number from 1024 to 65535"},
    {&high_port, "80", "port", "for example 8443"},
    {&far_port, "80", "port", "set PLACE to a port number, only digits"},
    {&odd_port, "0", "port", "from 1 to 65535"},
    {&odd_port, "65536", "port", "from 1 to 65535"},

    {&any_time, "0s", NULL, NULL},
    {&any_time, "106751991d", NULL, NULL},
    {&any_time, "106751992d", "duration.range", "too long to be counted in microseconds", "106751992d"},
    {&any_time, "99999999999999999999s", "duration.range", "too long"},
    {&any_time, "30", "duration.format", "the unit is missing, found \"30\"", "30",
     "a duration: a whole number and ms, s, m, h or d"},
    {&any_time, "30sec", "duration.format", "right behind it ms, s, m, h or d, for example 30s"},
    {&any_time, "1h30m", "duration.format", "not a whole number and a unit"},
    {&any_time, "30 s", "duration.format", NULL},
    {&any_time, "30S", "duration.format", NULL},
    {&any_time, "-1s", "duration.format", NULL},
    {&any_time, "s", "duration.format", NULL},
    {&any_time, "010s", "duration.format", NULL},
    {&any_time, "", "value.empty", NULL},
    {&brief, "500ms", NULL, NULL},
    {&brief, "90s", NULL, NULL},
    {&brief, "2m", "duration.range", "not a duration from 500ms to 90s", "2m",
     "a duration from 500ms to 90s: a whole number and ms, s, m, h or d"},
    {&brief, "499ms", "duration.range", "set PLACE to a duration from 500ms to 90s"},
    {&brief, "99999999999999999999d", "duration.range", NULL},
    {&long_time, "23h", "duration.range", "of at least 1d"},
    {&long_time, "23", "duration.format", "for example 2d"},

    {&any_size, "0B", NULL, NULL},
    {&any_size, "8388607TiB", NULL, NULL},
    {&any_size, "8388608TiB", "size.range", "too large to be counted in bytes", "8388608TiB"},
    {&any_size, "64", "size.format", "the unit is missing", "64"},
    {&any_size, "64K", "size.format", "KiB, MiB, GiB, TiB (of 1024), for example 64MiB"},
    {&any_size, "64kB", "size.format", NULL},
    {&any_size, "0.5GB", "size.format", NULL},
    {&buffer, "64KiB", NULL, NULL},
    {&buffer, "1MB", NULL, NULL},
    {&buffer, "1MiB", "size.range", "not a size from 64KiB to 1MB", "1MiB"},
    {&buffer, "65535B", "size.range", NULL},
    {&quota, "1TiB", NULL, NULL},
    {&quota, "2TB", "size.range", "of at most 1TiB"},
    {&secret_size, "7391", "size.format", "the unit is missing", ""},
};

START_TEST(no_example_is_given_that_would_be_refused)
{
    static struct problems list;
    static const struct value_case refused[] = {{&far_port, "80", NULL, NULL},
                                                {&long_time, "x", NULL, "2d"},
                                                {&buffer, "x", NULL, NULL},
                                                {&brief, "x", NULL, "30s"}};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        memset(&list, 0, sizeof(list));
        value_check(refused[i].variable, "V", refused[i].value, &list);
        const char *example = strstr(list.items[0].hint, "for example");
        ck_assert_msg((example != NULL) == (refused[i].says != NULL), "%s", list.items[0].hint);
        if (example)
            ck_assert_ptr_nonnull(strstr(example, refused[i].says));
    }
}
END_TEST

START_TEST(numbers_are_strict)
{
    value_case_run(&cases[_i]);
}
END_TEST

Suite *suite_check_number(void)
{
    Suite *s = suite_create("check_number");
    TCase *t = tcase_create("check_number");
    tcase_add_loop_test(t, numbers_are_strict, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(t, no_example_is_given_that_would_be_refused);
    suite_add_tcase(s, t);
    return s;
}
