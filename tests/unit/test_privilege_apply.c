#include "init/core/privilege.h"
#include "tests/unit/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/core/capability.h"
#include "tests/unit/privilege_run.h"

/*
 * Each request is applied by a process of its own, twice: as root (if we are) it must hold in the program that is then
 * executed, as a user without any privilege it must be refused with EPERM and the right step, or need no privilege.
 */

#define BIT(name) CAPABILITY_BIT(CAP_##name)
#define ALL CAPABILITY_ALL

/* What the program has of the bounding set that the test itself has. */
#define AS_BOUND ALL

struct expected {
    uid_t uid;
    gid_t gid;
    const char *groups;
    uint64_t effective; /* of what the test's own bounding set has */
    uint64_t bounding;  /* likewise */
    uint64_t ambient;   /* likewise; the inheritable set is the same */
};

struct row {
    const char *name;
    struct privilege request;
    struct expected as_root;
    enum privilege_step refused; /* without privileges; PRIVILEGE_DONE = works for everybody */
};

#define USER(u, g) .set_ids = true, .uid = (u), .gid = (g), .groups = {(g)}, .group_count = 1
#define CAPS(drop, keep) .set_caps = true, .dropped = (drop), .kept = (keep)

static const struct row rows[] = {
    {"nothing", {0}, {0, 0, NULL, AS_BOUND, ALL, 0}, PRIVILEGE_DONE},
    {"user with groups",
     {.set_ids = true, .uid = 4000, .gid = 4001, .groups = {4001, 50, 4}, .group_count = 3},
     {4000, 4001, "4 50 4001", 0, ALL, 0},
     PRIVILEGE_GROUPS},
    {"user without any group",
     {.set_ids = true, .uid = 4000, .gid = 4001},
     {4000, 4001, "", 0, ALL, 0},
     PRIVILEGE_GROUPS},
    {"user in group 0", {USER(4000, 0)}, {4000, 0, "0", 0, ALL, 0}, PRIVILEGE_GROUPS},
    {"group alone", {USER(0, 50)}, {0, 50, "50", AS_BOUND, ALL, 0}, PRIVILEGE_GROUPS},
    {"user by largest number",
     {USER(4294967294, 4294967294)},
     {4294967294, 4294967294, "4294967294", 0, ALL, 0},
     PRIVILEGE_GROUPS},
    {"drop all", {CAPS(ALL, 0)}, {0, 0, NULL, 0, 0, 0}, PRIVILEGE_BOUNDING},
    {"drop all, for good", {CAPS(ALL, 0), .no_new_privs = true}, {0, 0, NULL, 0, 0, 0}, PRIVILEGE_DONE},
    {"drop one, for good",
     {CAPS(BIT(KILL), 0), .no_new_privs = true},
     {0, 0, NULL, ~BIT(KILL), ~BIT(KILL), 0},
     PRIVILEGE_DONE},
    {"drop all but one, for good",
     {CAPS(~BIT(KILL), BIT(KILL)), .no_new_privs = true},
     {0, 0, NULL, BIT(KILL), BIT(KILL), 0},
     PRIVILEGE_CAPABILITIES},
    {"drop one", {CAPS(BIT(KILL), 0)}, {0, 0, NULL, ~BIT(KILL), ~BIT(KILL), 0}, PRIVILEGE_BOUNDING},
    {"drop all but one",
     {CAPS(~BIT(NET_BIND_SERVICE), BIT(NET_BIND_SERVICE))},
     {0, 0, NULL, BIT(NET_BIND_SERVICE), BIT(NET_BIND_SERVICE), 0},
     PRIVILEGE_BOUNDING},
    {"keep one, no user", {CAPS(0, BIT(CHOWN))}, {0, 0, NULL, AS_BOUND, ALL, 0}, PRIVILEGE_CAPABILITIES},
    {"user, keep one",
     {USER(4000, 4001), CAPS(0, BIT(NET_BIND_SERVICE))},
     {4000, 4001, "4001", BIT(NET_BIND_SERVICE), ALL, BIT(NET_BIND_SERVICE)},
     PRIVILEGE_GROUPS},
    {"user, drop all", {USER(4000, 4001), CAPS(ALL, 0)}, {4000, 4001, "4001", 0, 0, 0}, PRIVILEGE_BOUNDING},
    {"user, drop one",
     {USER(4000, 4001), CAPS(BIT(KILL), 0)},
     {4000, 4001, "4001", 0, ~BIT(KILL), 0},
     PRIVILEGE_BOUNDING},
    {"user, drop all but one",
     {USER(4000, 4001), CAPS(~BIT(KILL), BIT(KILL))},
     {4000, 4001, "4001", BIT(KILL), BIT(KILL), BIT(KILL)},
     PRIVILEGE_BOUNDING},
    {"user, keep all",
     {USER(4000, 4001), CAPS(0, ALL), .kept_all = true},
     {4000, 4001, "4001", ALL, ALL, ALL},
     PRIVILEGE_GROUPS},
    {"user, keep all but one",
     {USER(4000, 4001), CAPS(BIT(KILL), ~BIT(KILL)), .kept_all = true},
     {4000, 4001, "4001", ~BIT(KILL), ~BIT(KILL), ~BIT(KILL)},
     PRIVILEGE_BOUNDING},
    {"user who may become another",
     {USER(4000, 4001), CAPS(0, BIT(SETUID) | BIT(SETGID))},
     {4000, 4001, "4001", BIT(SETUID) | BIT(SETGID), ALL, BIT(SETUID) | BIT(SETGID)},
     PRIVILEGE_GROUPS},
    {"user and all the rest",
     {USER(4000, 4001), .no_new_privs = true, .has_umask = true, .umask = 027,
      .limits = {{RLIMIT_NOFILE, {100, 200}}, {RLIMIT_CORE, {0, 0}}}, .limit_count = 2},
     {4000, 4001, "4001", 0, ALL, 0},
     PRIVILEGE_GROUPS},
    {"the rest alone",
     {.no_new_privs = true,
      .has_umask = true,
      .umask = 0,
      .limits = {{RLIMIT_NOFILE, {64, 128}}, {RLIMIT_NPROC, {RLIM_INFINITY, RLIM_INFINITY}}},
      .limit_count = 1},
     {0, 0, NULL, AS_BOUND, ALL, 0},
     PRIVILEGE_DONE},
};
#define ROWS ((int)(sizeof rows / sizeof rows[0]))

static struct privilege_run run;
static uint64_t own_bounding;

static const char *field_of(const char *name)
{
    const char *at = strstr(run.text, name);
    ck_assert_msg(at != NULL, "no %s in: %s", name, run.text);
    return at + strlen(name);
}

static uint64_t mask_of(const char *name)
{
    return strtoull(field_of(name), NULL, 16);
}

static void setup(void)
{
    struct err e;
    size_t len;
    ck_assert_int_eq(file_read(AT_FDCWD, "/proc/self/status", run.text, sizeof run.text, &len, &e), 0);
    own_bounding = mask_of("\nCapBnd:\t");
}

static void check_ids(const struct row *row)
{
    const struct expected *x = &row->as_root;
    char line[128];
    (void)snprintf(line, sizeof line, "\nUid:\t%u\t%u\t%u\t%u\n", x->uid, x->uid, x->uid, x->uid);
    ck_assert_msg(strstr(run.text, line) != NULL, "%s: %s", row->name, run.text);
    (void)snprintf(line, sizeof line, "\nGid:\t%u\t%u\t%u\t%u\n", x->gid, x->gid, x->gid, x->gid);
    ck_assert_msg(strstr(run.text, line) != NULL, "%s: %s", row->name, run.text);
    if (x->groups != NULL) {
        (void)snprintf(line, sizeof line, "%s%s", x->groups, x->groups[0] == '\0' ? "" : " ");
        const char *groups = field_of("\nGroups:\t");
        size_t len = strcspn(groups, "\n");
        len -= len > 0 && groups[len - 1] == ' ' && x->groups[0] == '\0' ? 1 : 0;
        ck_assert_msg(len == strlen(line) && strncmp(groups, line, len) == 0, "%s: groups %.*s", row->name, (int)len,
                      groups);
    }
}

static void check_capabilities(const struct row *row)
{
    const struct {
        const char *name;
        uint64_t expected;
    } sets[] = {
        {"\nCapInh:\t", row->as_root.ambient},   {"\nCapPrm:\t", row->as_root.effective},
        {"\nCapEff:\t", row->as_root.effective}, {"\nCapBnd:\t", row->as_root.bounding},
        {"\nCapAmb:\t", row->as_root.ambient},
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        uint64_t mask = mask_of(sets[i].name);
        ck_assert_msg(mask == (sets[i].expected & own_bounding), "%s: %s%llx", row->name, sets[i].name + 1,
                      (unsigned long long)mask);
    }
}

static void check_rest(const struct row *row)
{
    char line[128];
    ck_assert_msg(mask_of("\nNoNewPrivs:\t") == row->request.no_new_privs, "%s: no_new_privs", row->name);
    if (row->request.has_umask) {
        ck_assert_msg(strtoul(field_of("\nUmask:\t"), NULL, 8) == row->request.umask, "%s: umask", row->name);
    }
    for (size_t i = 0; i < row->request.limit_count; i++) {
        const struct privilege_limit *l = &row->request.limits[i];
        const char *name = l->resource == RLIMIT_NOFILE ? "Max open files" : "Max core file size";
        (void)snprintf(line, sizeof line, "%-25s %-20lu %-20lu ", name, (unsigned long)l->value.rlim_cur,
                       (unsigned long)l->value.rlim_max);
        ck_assert_msg(strstr(run.text, line) != NULL, "%s: no \"%s\" in: %s", row->name, line, run.text);
    }
}

START_TEST(the_program_has_what_was_asked_for)
{
    const struct row *row = &rows[_i];
    privilege_run(&row->request, false, NULL, &run);
    if (!privileged()) {
        ck_assert_int_eq(run.result, -(int)row->refused);
        return;
    }
    ck_assert_msg(run.result == 0, "%s: cannot %s: %s", row->name, privilege_step_text(run.result),
                  strerror(run.error));
    check_ids(row);
    check_capabilities(row);
    check_rest(row);
}
END_TEST

START_TEST(without_privileges_it_is_refused)
{
    const struct row *row = &rows[_i];
    privilege_run(&row->request, true, NULL, &run);
    ck_assert_msg(run.result == -(int)row->refused, "%s: %d", row->name, run.result);
    if (row->refused != PRIVILEGE_DONE) {
        ck_assert_int_eq(run.error, EPERM);
        ck_assert_str_eq(run.text, "");
    } else {
        check_rest(row);
        ck_assert_uint_eq(mask_of("\nCapPrm:\t") | mask_of("\nCapEff:\t") | mask_of("\nCapAmb:\t"), 0);
    }
}
END_TEST

START_TEST(asking_for_who_we_are_needs_no_privilege)
{
    bool root = geteuid() == 0;
    uid_t uid = root ? ORDINARY_USER : geteuid();
    gid_t gid = root ? ORDINARY_USER : getegid();
    struct privilege p = {USER(uid, gid)};
    if (!root) {
        int n = getgroups(PRIVILEGE_GROUPS_MAX, p.groups);
        ck_assert_int_ge(n, 0);
        p.group_count = (size_t)n;
    }
    privilege_run(&p, true, NULL, &run);
    ck_assert_msg(run.result == 0, "cannot %s", privilege_step_text(run.result));
    ck_assert_uint_eq(strtoul(field_of("\nUid:\t"), NULL, 10), uid);
    p.uid++;
    privilege_run(&p, true, NULL, &run);
    ck_assert_int_eq(run.result, -PRIVILEGE_UID);
    ck_assert_int_eq(run.error, EPERM);
    p.uid--;
    p.gid++;
    privilege_run(&p, true, NULL, &run);
    ck_assert_int_eq(run.result, -PRIVILEGE_GROUPS);
    p.gid--;
    p.groups[p.group_count++] = 4002;
    privilege_run(&p, true, NULL, &run);
    ck_assert_int_eq(run.result, -PRIVILEGE_GROUPS);
    ck_assert_int_eq(run.error, EPERM);
}
END_TEST

START_TEST(a_limit_that_nobody_may_set_is_refused_first)
{
    const struct privilege p = {USER(4000, 4001), .limits = {{RLIMIT_NOFILE, {RLIM_INFINITY, RLIM_INFINITY}}},
                                .limit_count = 1};
    for (int ordinary = 0; ordinary <= 1; ordinary++) {
        privilege_run(&p, ordinary == 1, NULL, &run);
        ck_assert_int_eq(run.result, -PRIVILEGE_LIMITS);
        ck_assert_int_eq(run.error, EPERM);
    }
}
END_TEST

START_TEST(every_step_has_a_text_of_its_own)
{
    for (int step = PRIVILEGE_DONE; step <= PRIVILEGE_VERIFY; step++) {
        for (int other = PRIVILEGE_DONE; other < step; other++) {
            ck_assert_str_ne(privilege_step_text(-step), privilege_step_text(-other));
        }
    }
    ck_assert_str_eq(privilege_step_text(-PRIVILEGE_UID), "set the user");
    ck_assert_str_eq(privilege_step_text(1), "change privileges");
    ck_assert_str_eq(privilege_step_text(-PRIVILEGE_VERIFY - 1), "change privileges");
}
END_TEST

Suite *suite_privilege_apply(void)
{
    Suite *s = suite_create("privilege_apply");
    TCase *tc = tcase_create("privilege_apply");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, the_program_has_what_was_asked_for, 0, ROWS);
    tcase_add_loop_test(tc, without_privileges_it_is_refused, 0, ROWS);
    tcase_add_test(tc, asking_for_who_we_are_needs_no_privilege);
    tcase_add_test(tc, a_limit_that_nobody_may_set_is_refused_first);
    tcase_add_test(tc, every_step_has_a_text_of_its_own);
    suite_add_tcase(s, tc);
    return s;
}
