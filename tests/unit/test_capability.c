#include "init/core/capability.h"
#include "tests/unit/suites.h"

#include <ctype.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

START_TEST(every_name_is_understood_in_every_spelling)
{
    ck_assert_str_eq(capability_name(0), "CHOWN");
    ck_assert_str_eq(capability_name(40), "CHECKPOINT_RESTORE");
    ck_assert_ptr_null(capability_name(41));
    for (unsigned number = 0; number <= 40; number++) {
        const char *name = capability_name(number);
        char full[64];
        uint64_t mask = 0;
        struct err e;
        ck_assert_int_eq(capability_parse(name, &mask, &e), 0);
        ck_assert_uint_eq(mask, UINT64_C(1) << number);
        (void)snprintf(full, sizeof full, "CAP_%s", name);
        ck_assert_int_eq(capability_parse(full, &mask, &e), 0);
        ck_assert_uint_eq(mask, UINT64_C(1) << number);
        for (char *c = full; *c != '\0'; c++) {
            *c = (char)tolower((unsigned char)*c);
        }
        ck_assert_int_eq(capability_parse(full, &mask, &e), 0);
        ck_assert_uint_eq(mask, UINT64_C(1) << number);
    }
}
END_TEST

START_TEST(lists_and_all)
{
    static const struct {
        const char *text;
        uint64_t mask;
    } rows[] = {
        {"all", UINT64_MAX},
        {"ALL", UINT64_MAX},
        {"chown,ALL", UINT64_MAX},
        {"all,chown", UINT64_MAX},
        {"NET_RAW,cap_chown", (1U << CAP_NET_RAW) | 1U},
        {"KILL,KILL", 1U << CAP_KILL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t mask = 7;
        struct err e;
        ck_assert_int_eq(capability_parse(rows[i].text, &mask, &e), 0);
        ck_assert_uint_eq(mask, rows[i].mask);
    }
}
END_TEST

START_TEST(mistakes_are_told_and_change_nothing)
{
    static const struct {
        const char *text;
        const char *said;
    } rows[] = {
        {"", "write like NET_RAW,CHOWN"},
        {",", "write like"},
        {"KILL,", "write like"},
        {",KILL", "write like"},
        {"KILL,,CHOWN", "write like"},
        {"NET_ROW", "capability NET_ROW: unknown; did you mean NET_RAW?"},
        {"KILL,cap_net_bind_servise", "capability cap_net_bind_servise: unknown; did you mean NET_BIND_SERVICE?"},
        {"zzzzzzzzzz", "capability zzzzzzzzzz: unknown; write like"},
        {"CAP_", "unknown"},
        {"13", "unknown"},
        {"KILL CHOWN", "unknown"},
        {"ALLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL", "write like"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t mask = 7;
        struct err e = {0};
        ck_assert_msg(capability_parse(rows[i].text, &mask, &e) == -1, "\"%s\" was taken", rows[i].text);
        ck_assert_int_eq(e.code, ERR_USAGE);
        ck_assert_msg(strstr(e.text, rows[i].said) != NULL, "\"%s\": %s", rows[i].text, e.text);
        ck_assert_uint_eq(mask, 7);
    }
}
END_TEST

START_TEST(the_sets_are_those_the_kernel_tells)
{
    struct capability_sets sets;
    ck_assert_int_eq(capability_get(&sets), 0);
    FILE *status = fopen("/proc/self/status", "re");
    ck_assert_ptr_nonnull(status);
    char line[256];
    unsigned seen = 0;
    while (fgets(line, sizeof line, status) != NULL) {
        unsigned long long mask;
        if (sscanf(line, "CapEff: %llx", &mask) == 1) {
            ck_assert_uint_eq(mask, sets.effective);
            seen++;
        } else if (sscanf(line, "CapPrm: %llx", &mask) == 1) {
            ck_assert_uint_eq(mask, sets.permitted);
            seen++;
        } else if (sscanf(line, "CapInh: %llx", &mask) == 1) {
            ck_assert_uint_eq(mask, sets.inheritable);
            seen++;
        }
    }
    (void)fclose(status);
    ck_assert_uint_eq(seen, 3);
    ck_assert_int_eq(capability_set(&sets), 0); /* the same is always allowed */
    struct capability_sets again;
    ck_assert_int_eq(capability_get(&again), 0);
    ck_assert_mem_eq(&again, &sets, sizeof sets);
}
END_TEST

Suite *suite_capability(void)
{
    Suite *s = suite_create("capability");
    TCase *tc = tcase_create("capability");
    tcase_add_test(tc, every_name_is_understood_in_every_spelling);
    tcase_add_test(tc, lists_and_all);
    tcase_add_test(tc, mistakes_are_told_and_change_nothing);
    tcase_add_test(tc, the_sets_are_those_the_kernel_tells);
    suite_add_tcase(s, tc);
    return s;
}
