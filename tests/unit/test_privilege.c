#include "init/core/privilege.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/base/arena.h"
#include "init/base/fdio.h"
#include "init/core/capability.h"

#define GROUPS_SHOWN 6

static struct arena a;
static struct err e;
static char folder[] = "/tmp/muster-privilege-XXXXXX";
static char passwd[PATH_MAX];
static char group[PATH_MAX];
static const struct privilege_files files = {.passwd = passwd, .group = group};

static void put(const char *path, const char *text, size_t len)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write_all(fd, text, len), 0);
}

static void setup(void)
{
    static const char users[] = "root:x:0:0::/root:/bin/sh\n"
                                "app:x:1000:1001::/home/app:\n"
                                "crowd:x:900:900::/:\n";
    static const char groups[] = "root:x:0:\n"
                                 "adm:x:4:app,root\n"
                                 "staff:x:50:app\n"
                                 "app:x:1001:app\n"
                                 "1001:x:7:app\n";
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

START_TEST(users_and_groups_are_those_that_gosu_gives)
{
    static const struct {
        const char *user;
        const char *groups;
        uid_t uid;
        gid_t gid;
        const char *home;
        size_t count;
        gid_t expected[GROUPS_SHOWN];
    } rows[] = {
        {"app", NULL, 1000, 1001, "/home/app", 4, {1001, 4, 50, 7}},
        {"1000", NULL, 1000, 1001, "/home/app", 4, {1001, 4, 50, 7}},
        {"root", NULL, 0, 0, "/root", 2, {0, 4}},
        {"app:staff", NULL, 1000, 50, "/home/app", 1, {50}},
        {"app:adm", NULL, 1000, 4, "/home/app", 1, {4}},
        {"app:60", NULL, 1000, 60, "/home/app", 1, {60}},
        {"1000:1001", NULL, 1000, 7, "/home/app", 1, {7}}, /* a group of that name */
        {"4321", NULL, 4321, 0, NULL, 1, {0}},
        {"4321:1234", NULL, 4321, 1234, NULL, 1, {1234}},
        {"app", "", 1000, 1001, "/home/app", 0, {0}},
        {"app", "staff", 1000, 1001, "/home/app", 1, {50}},
        {"app:adm", "staff,99,50", 1000, 4, "/home/app", 2, {50, 99}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct privilege_request r = {.user = rows[i].user, .groups = rows[i].groups};
        struct privilege p;
        ck_assert_msg(privilege_prepare_from(&r, &files, &a, &p, &e) == 0, "%s: %s", r.user, e.text);
        ck_assert(p.set_ids);
        ck_assert_uint_eq(p.uid, rows[i].uid);
        ck_assert_msg(p.gid == rows[i].gid, "%s: gid %u", r.user, p.gid);
        ck_assert_pstr_eq(p.home, rows[i].home);
        ck_assert_msg(p.group_count == rows[i].count, "%s: %zu groups", r.user, p.group_count);
        for (size_t g = 0; g < p.group_count; g++) {
            ck_assert_msg(p.groups[g] == rows[i].expected[g], "%s: group %u", r.user, p.groups[g]);
        }
        ck_assert(!p.set_caps && !p.no_new_privs && !p.has_umask);
    }
}
END_TEST

START_TEST(a_group_alone_leaves_the_user)
{
    struct privilege p;
    struct privilege_request r = {.user = ":staff"};
    ck_assert_int_eq(privilege_prepare_from(&r, &files, &a, &p, &e), 0);
    ck_assert(p.set_ids);
    ck_assert_uint_eq(p.uid, geteuid());
    ck_assert_uint_eq(p.gid, 50);
    ck_assert_uint_eq(p.group_count, 1);
    ck_assert_uint_eq(p.groups[0], 50);
    ck_assert_ptr_null(p.home);
    r = (struct privilege_request){.groups = "adm"};
    ck_assert_int_eq(privilege_prepare_from(&r, &files, &a, &p, &e), 0);
    ck_assert(p.set_ids);
    ck_assert_uint_eq(p.uid, geteuid());
    ck_assert_uint_eq(p.gid, getegid());
    ck_assert_uint_eq(p.group_count, 1);
    ck_assert_uint_eq(p.groups[0], 4);
}
END_TEST

START_TEST(nothing_asked_for_needs_no_file)
{
    const struct privilege_files missing = {.passwd = folder, .group = folder};
    const struct privilege_request r = {.cap_drop = "all"};
    struct privilege p;
    ck_assert_int_eq(privilege_prepare_from(&r, &missing, &a, &p, &e), 0);
    ck_assert(!p.set_ids);
    const struct privilege_request none = {0};
    ck_assert_int_eq(privilege_prepare(&none, &a, &p, &e), 0);
    ck_assert(!p.set_ids && !p.set_caps && p.limit_count == 0);
}
END_TEST

START_TEST(the_image_s_own_files_are_read)
{
    const struct privilege_request r = {.user = "root"};
    struct privilege p;
    ck_assert_int_eq(privilege_prepare(&r, &a, &p, &e), 0);
    ck_assert_uint_eq(p.uid, 0);
    const struct privilege_request unknown = {.user = "nobody-of-that-name"};
    ck_assert_int_eq(privilege_prepare(&unknown, &a, &p, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "not in /etc/passwd"));
}
END_TEST

START_TEST(mistakes_are_told_and_fill_nothing)
{
    static const struct {
        struct privilege_request r;
        enum err_code code;
        const char *said;
    } rows[] = {
        {{.user = ""}, ERR_USAGE, "user \"\": write like app"},
        {{.user = ":"}, ERR_USAGE, "write like"},
        {{.user = "app:"}, ERR_USAGE, "user \"app:\": write like"},
        {{.user = "app:staff:adm"}, ERR_USAGE, "write like"},
        {{.user = "apq"}, ERR_USAGE, "user apq: not in"},
        {{.user = "apq:staff"}, ERR_USAGE, "user apq: not in"},
        {{.user = "app:stafff"}, ERR_USAGE, "group stafff: not in"},
        {{.user = "app", .groups = "adm,"}, ERR_USAGE, "groups adm,: a name is missing"},
        {{.user = "app", .groups = "adm,stuff"}, ERR_USAGE, "did you mean staff?"},
        {{.cap_drop = "NET_ROW"}, ERR_USAGE, "did you mean NET_RAW?"},
        {{.cap_add = "NET_ROW"}, ERR_USAGE, "did you mean NET_RAW?"},
        {{.cap_drop = "KILL,CHOWN", .cap_add = "KILL"}, ERR_USAGE, "capability KILL: both dropped and added"},
        {{.cap_drop = "all", .cap_add = "all"}, ERR_USAGE, "capability all: both dropped and added"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct privilege p;
        struct privilege untouched;
        memset(&p, 0x5a, sizeof p);
        memset(&untouched, 0x5a, sizeof untouched);
        ck_assert_msg(privilege_prepare_from(&rows[i].r, &files, &a, &p, &e) == -1, "row %zu was taken", i);
        ck_assert_int_eq(e.code, rows[i].code);
        ck_assert_msg(strstr(e.text, rows[i].said) != NULL, "row %zu: %s", i, e.text);
        ck_assert_mem_eq(&p, &untouched, sizeof p);
    }
}
END_TEST

START_TEST(too_many_groups_are_refused)
{
    static char text[8192];
    size_t len = 0;
    for (int i = 0; i < PRIVILEGE_GROUPS_MAX; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "g%d:x:%d:crowd\n", i, 3000 + i);
    }
    put(group, text, len);
    const struct privilege_request r = {.user = "crowd"};
    struct privilege p;
    ck_assert_int_eq(privilege_prepare_from(&r, &files, &a, &p, &e), -1); /* its own is one more */
    ck_assert_int_eq(e.code, ERR_LIMIT);
    put(group, text, (size_t)(strrchr(text, 'g') - text)); /* one row less */
    ck_assert_int_eq(privilege_prepare_from(&r, &files, &a, &p, &e), 0);
    ck_assert_uint_eq(p.group_count, PRIVILEGE_GROUPS_MAX);
}
END_TEST

START_TEST(what_is_added_wins_over_what_is_dropped_as_a_whole)
{
    const uint64_t kill = CAPABILITY_BIT(5);
    const struct {
        const char *drop;
        const char *add;
        bool set;
        uint64_t dropped;
        uint64_t kept;
        bool kept_all;
    } rows[] = {
        {NULL, NULL, false, 0, 0, false},          {"all", NULL, true, CAPABILITY_ALL, 0, false},
        {"KILL", NULL, true, kill, 0, false},      {NULL, "KILL", true, 0, kill, false},
        {"all", "KILL", true, ~kill, kill, false}, {"KILL", "CHOWN", true, kill, 1, false},
        {"KILL", "all", true, kill, ~kill, true},  {NULL, "all", true, 0, CAPABILITY_ALL, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct privilege_request r = {.cap_drop = rows[i].drop, .cap_add = rows[i].add};
        struct privilege p;
        ck_assert_int_eq(privilege_prepare_from(&r, &files, &a, &p, &e), 0);
        ck_assert(p.set_caps == rows[i].set);
        ck_assert_uint_eq(p.dropped, rows[i].dropped);
        ck_assert_uint_eq(p.kept, rows[i].kept);
        ck_assert(p.kept_all == rows[i].kept_all);
    }
}
END_TEST

START_TEST(limits_are_understood)
{
    static const struct {
        const char *text;
        struct privilege_limit expected;
    } rows[] = {
        {"nofile=1024", {RLIMIT_NOFILE, {1024, 1024}}},
        {"nofile=1024:4096", {RLIMIT_NOFILE, {1024, 4096}}},
        {"core=0", {RLIMIT_CORE, {0, 0}}},
        {"core=0:unlimited", {RLIMIT_CORE, {0, RLIM_INFINITY}}},
        {"memlock=unlimited", {RLIMIT_MEMLOCK, {RLIM_INFINITY, RLIM_INFINITY}}},
        {"as=1", {RLIMIT_AS, {1, 1}}},
        {"cpu=1", {RLIMIT_CPU, {1, 1}}},
        {"data=1", {RLIMIT_DATA, {1, 1}}},
        {"fsize=1", {RLIMIT_FSIZE, {1, 1}}},
        {"locks=1", {RLIMIT_LOCKS, {1, 1}}},
        {"msgqueue=1", {RLIMIT_MSGQUEUE, {1, 1}}},
        {"nice=1", {RLIMIT_NICE, {1, 1}}},
        {"nproc=1", {RLIMIT_NPROC, {1, 1}}},
        {"rss=1", {RLIMIT_RSS, {1, 1}}},
        {"rtprio=1", {RLIMIT_RTPRIO, {1, 1}}},
        {"rttime=1", {RLIMIT_RTTIME, {1, 1}}},
        {"sigpending=1", {RLIMIT_SIGPENDING, {1, 1}}},
        {"stack=8388608", {RLIMIT_STACK, {8388608, 8388608}}},
    };
    struct privilege_request all = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct privilege_request r = {0};
        ck_assert_msg(privilege_parse_limit(rows[i].text, &r, &e) == 0, "%s: %s", rows[i].text, e.text);
        ck_assert_uint_eq(r.limit_count, 1);
        ck_assert_mem_eq(&r.limits[0].value, &rows[i].expected.value, sizeof(struct rlimit));
        ck_assert_int_eq(r.limits[0].resource, rows[i].expected.resource);
        ck_assert_int_eq(privilege_parse_limit(rows[i].text, &all, &e), 0);
    }
    /* The later one for a resource counts; all of them fit. */
    ck_assert_uint_eq(all.limit_count, RLIM_NLIMITS);
    ck_assert_uint_eq(all.limits[0].value.rlim_max, 4096);
    struct privilege p;
    ck_assert_int_eq(privilege_prepare_from(&all, &files, &a, &p, &e), 0);
    ck_assert_uint_eq(p.limit_count, RLIM_NLIMITS);
    ck_assert_mem_eq(p.limits, all.limits, sizeof p.limits);
}
END_TEST

START_TEST(what_is_no_limit_is_refused)
{
    static const struct {
        const char *text;
        const char *said;
    } rows[] = {
        {"", "write like nofile=1024"},
        {"nofile", "limit nofile: write like nofile=1024"},
        {"nofile 1024", "write like"},
        {"nofiles=1024", "there is no nofiles; did you mean nofile?"},
        {"zebra=1", "there is no zebra; the names are those of ulimit"},
        {"=1", "there is no"},
        {"nofile=", "not a number"},
        {"nofile=-1", "not a number"},
        {"nofile=1k", "not a number"},
        {"nofile=0x10", "not a number"},
        {"nofile=1:", "not a number"},
        {"nofile=:1", "not a number"},
        {"nofile=1:2:3", "not a number"},
        {"nofile=99999999999999999999", "not a number"},
        {"nofile=4096:1024", "soft limit is above the hard one"},
        {"core=unlimited:0", "soft limit is above the hard one"},
        {"nofile=000000000000000000000000000000000000000000000000000000000000000000001", "write like"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct privilege_request r = {0};
        const struct privilege_request untouched = {0};
        ck_assert_msg(privilege_parse_limit(rows[i].text, &r, &e) == -1, "\"%s\" was taken", rows[i].text);
        ck_assert_int_eq(e.code, ERR_USAGE);
        ck_assert_msg(strstr(e.text, rows[i].said) != NULL, "\"%s\": %s", rows[i].text, e.text);
        ck_assert_mem_eq(&r, &untouched, sizeof r);
    }
}
END_TEST

Suite *suite_privilege(void)
{
    Suite *s = suite_create("privilege");
    TCase *tc = tcase_create("privilege");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, users_and_groups_are_those_that_gosu_gives);
    tcase_add_test(tc, a_group_alone_leaves_the_user);
    tcase_add_test(tc, nothing_asked_for_needs_no_file);
    tcase_add_test(tc, the_image_s_own_files_are_read);
    tcase_add_test(tc, mistakes_are_told_and_fill_nothing);
    tcase_add_test(tc, too_many_groups_are_refused);
    tcase_add_test(tc, what_is_added_wins_over_what_is_dropped_as_a_whole);
    tcase_add_test(tc, limits_are_understood);
    tcase_add_test(tc, what_is_no_limit_is_refused);
    suite_add_tcase(s, tc);
    return s;
}
