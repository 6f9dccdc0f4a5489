#include "init/core/accounts.h"
#include "tests/unit/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"

static struct arena a;
static struct err e;
static char folder[] = "/tmp/muster-accounts-XXXXXX";
static char passwd[PATH_MAX];
static char group[PATH_MAX];

static void put(const char *path, const char *text, size_t len)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write_all(fd, text, len), 0);
}

static void setup(void)
{
    static const char users[] = "root:x:0:0:root:/root:/bin/sh\n"
                                "# a remark\n"
                                "\n"
                                "+::::::\n"
                                "half:x:7\n"
                                "words:x:seven:seven:::\n"
                                "octal:x:0100:0100:::\n"
                                "no-group:x:600::::\n"
                                "minus:x:4294967295:1::/:\n"
                                "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
                                "app:x:1000:1001:The App,,,:/home/app:/bin/sh\n"
                                "twin:x:1000:1002::/home/twin:\n"
                                "app:x:2000:2000::/second:\n"
                                "500:x:501:502::/number:\n"
                                "homeless:x:700:700:::\n"
                                "short:x:701:701\n"
                                "last:x:800:800::/last:"; /* no newline */
    static const char groups[] = "root:x:0:\n"
                                 "app:x:1001:\n"
                                 "adm:x:4:syslog,app\n"
                                 "half:x:9\n"
                                 "words:x:nine:app\n"
                                 "staff:x:50:app\n"
                                 "close:x:51:application,myapp,ap\n"
                                 "video:x:44:root,app,nobody\n"
                                 "502:x:503:";
    memcpy(strrchr(folder, '-') + 1, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(passwd, sizeof passwd, "%s/passwd", folder);
    (void)snprintf(group, sizeof group, "%s/group", folder);
    put(passwd, users, sizeof users - 1);
    put(group, groups, sizeof groups - 1);
    arena_init(&a);
}

static void teardown(void)
{
    (void)unlink(passwd);
    (void)unlink(group);
    (void)rmdir(folder);
    arena_free_all(&a);
}

START_TEST(users_are_found_by_name_and_by_number)
{
    static const struct {
        const char *user;
        struct account expected;
    } rows[] = {
        {"root", {0, 0, "root", "/root"}},
        {"0", {0, 0, "root", "/root"}},
        {"app", {1000, 1001, "app", "/home/app"}},
        {"1000", {1000, 1001, "app", "/home/app"}},
        {"twin", {1000, 1002, "twin", "/home/twin"}},
        {"500", {501, 502, "500", "/number"}}, /* a name wins over a number */
        {"501", {501, 502, "500", "/number"}},
        {"homeless", {700, 700, "homeless", NULL}},
        {"short", {701, 701, "short", NULL}},
        {"last", {800, 800, "last", "/last"}},
        {"65534", {65534, 65534, "nobody", "/nonexistent"}},
        {"12345", {12345, 0, NULL, NULL}},
        {"600", {600, 0, NULL, NULL}},
        {"4294967294", {4294967294, 0, NULL, NULL}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct account out;
        ck_assert_msg(accounts_user(passwd, rows[i].user, &a, &out, &e) == 0, "%s: %s", rows[i].user, e.text);
        ck_assert_msg(out.uid == rows[i].expected.uid, "%s is %u", rows[i].user, out.uid);
        ck_assert_msg(out.gid == rows[i].expected.gid, "%s has group %u", rows[i].user, out.gid);
        ck_assert_pstr_eq(out.name, rows[i].expected.name);
        ck_assert_pstr_eq(out.home, rows[i].expected.home);
    }
}
END_TEST

START_TEST(groups_are_found_by_name_and_by_number)
{
    static const struct {
        const char *group;
        gid_t gid;
    } rows[] = {{"root", 0}, {"adm", 4}, {"app", 1001}, {"50", 50}, {"502", 503}, {"12345", 12345}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gid_t out = 1;
        ck_assert_msg(accounts_group(group, rows[i].group, &a, &out, &e) == 0, "%s: %s", rows[i].group, e.text);
        ck_assert_uint_eq(out, rows[i].gid);
    }
}
END_TEST

START_TEST(an_unknown_name_is_told_with_the_file_and_a_near_one)
{
    static const struct {
        const char *user;
        const char *hint;
    } rows[] = {
        {"nobodyy", "did you mean nobody?"},
        {"ap", "did you mean app?"},
        {"zebra-crossing", "give a name from there, or a number"},
        {"half", "give a name"},
        {"words", "give a name"},
        {"octal", "give a name"},
        {"no-group", "give a name"},
        {"minus", "give a name"},
        {"+", ""},
        {"4294967295", "give a name"},
        {"-1", "give a name"},
        {"0100", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct account out = {.uid = 77};
        char said[PATH_MAX + 64];
        (void)snprintf(said, sizeof said, "user %s: not in %s; %s", rows[i].user, passwd, rows[i].hint);
        ck_assert_msg(accounts_user(passwd, rows[i].user, &a, &out, &e) == -1, "%s was found", rows[i].user);
        ck_assert_int_eq(e.code, ERR_USAGE);
        ck_assert_msg(strstr(e.text, said) == e.text, "%s", e.text);
        ck_assert_uint_eq(out.uid, 77);
    }
    gid_t gid = 77;
    ck_assert_int_eq(accounts_group(group, "stuff", &a, &gid, &e), -1);
    ck_assert_int_eq(e.code, ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(e.text, "did you mean staff?"));
    ck_assert_int_eq(accounts_group(group, "half", &a, &gid, &e), -1);
    ck_assert_uint_eq(gid, 77);
}
END_TEST

START_TEST(members_are_matched_whole)
{
    static const struct {
        const char *user;
        size_t count;
        gid_t groups[3];
    } rows[] = {{"app", 3, {4, 50, 44}}, {"root", 1, {44}},        {"syslog", 1, {4}}, {"myapp", 1, {51}},
                {"ap", 1, {51}},         {"application", 1, {51}}, {"last", 0, {0}},   {"a", 0, {0}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gid_t out[4];
        size_t count = 99;
        ck_assert_int_eq(accounts_groups_of(group, rows[i].user, &a, out, 3, &count, &e), 0);
        ck_assert_msg(count == rows[i].count, "%s is in %zu groups", rows[i].user, count);
        for (size_t g = 0; g < count; g++) {
            ck_assert_uint_eq(out[g], rows[i].groups[g]);
        }
    }
    gid_t out[2];
    size_t count = 99;
    ck_assert_int_eq(accounts_groups_of(group, "app", &a, out, 2, &count, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_uint_eq(count, 99);
}
END_TEST

START_TEST(an_image_without_the_files_still_knows_numbers)
{
    struct account out;
    gid_t gid;
    size_t count = 99;
    (void)unlink(passwd);
    (void)unlink(group);
    ck_assert_int_eq(accounts_user(passwd, "1234", &a, &out, &e), 0);
    ck_assert_uint_eq(out.uid, 1234);
    ck_assert_uint_eq(out.gid, 0);
    ck_assert_ptr_null(out.name);
    ck_assert_int_eq(accounts_group(group, "55", &a, &gid, &e), 0);
    ck_assert_uint_eq(gid, 55);
    ck_assert_int_eq(accounts_groups_of(group, "app", &a, &gid, 1, &count, &e), 0);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(accounts_user(passwd, "app", &a, &out, &e), -1);
    ck_assert_int_eq(e.code, ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(e.text, "user app: there is no /tmp/"));
    ck_assert_ptr_nonnull(strstr(e.text, "give a number"));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_not_an_empty_one)
{
    struct account out;
    gid_t gid;
    size_t count;
    ck_assert_int_eq(accounts_user(folder, "1234", &a, &out, &e), -1);
    ck_assert_int_eq(e.code, ERR_SYS);
    ck_assert_ptr_eq(strstr(e.text, "user 1234: "), e.text);
    ck_assert_int_eq(accounts_group(folder, "1234", &a, &gid, &e), -1);
    ck_assert_int_eq(e.code, ERR_SYS);
    ck_assert_int_eq(accounts_groups_of(folder, "app", &a, &gid, 1, &count, &e), -1);
    ck_assert_int_eq(e.code, ERR_SYS);
    ck_assert_int_eq(truncate(passwd, (off_t)ACCOUNT_FILE_MAX + 1), 0);
    ck_assert_int_eq(accounts_user(passwd, "app", &a, &out, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_int_eq(truncate(passwd, (off_t)ACCOUNT_FILE_MAX), 0);
    ck_assert_int_eq(accounts_user(passwd, "app", &a, &out, &e), 0);
}
END_TEST

Suite *suite_accounts(void)
{
    Suite *s = suite_create("accounts");
    TCase *tc = tcase_create("accounts");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, users_are_found_by_name_and_by_number);
    tcase_add_test(tc, groups_are_found_by_name_and_by_number);
    tcase_add_test(tc, an_unknown_name_is_told_with_the_file_and_a_near_one);
    tcase_add_test(tc, members_are_matched_whole);
    tcase_add_test(tc, an_image_without_the_files_still_knows_numbers);
    tcase_add_test(tc, a_file_that_cannot_be_read_is_not_an_empty_one);
    suite_add_tcase(s, tc);
    return s;
}
