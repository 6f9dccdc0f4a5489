#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/buf.h"
#include "init/base/pending_file.h"
#include "tests/unit/action_rig.h"
#include "tests/unit/suites.h"

#define WRITE(name) .kind = INSTRUCT_WRITE, .path = acts_path(name)
#define MKDIR(name) .kind = INSTRUCT_MKDIR, .path = acts_path(name)
#define SYMLINK(name) .kind = INSTRUCT_SYMLINK, .path = acts_path(name)
#define CHMOD(name) .kind = INSTRUCT_CHMOD, .path = acts_path(name)
#define CHOWN(name) .kind = INSTRUCT_CHOWN, .path = acts_path(name)

static bool root(void)
{
    return geteuid() == 0;
}

START_TEST(write_makes_and_replaces)
{
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(acts_do(WRITE("f"), .content = "one"), 0);
        acts_holds("f", "one", 0644);
    }
    ck_assert_int_eq(acts_do(WRITE("f"), .content = "", .mode = 0604), 0);
    acts_holds("f", "", 0604);
    ck_assert_int_eq(acts_do(WRITE("f"), .mode = 04755), 0);
    acts_holds("f", "", 04755);
    ck_assert_uint_eq(acts_entries(""), 1);
}
END_TEST

START_TEST(write_never_changes_a_file_that_is_open)
{
    acts_file("f", "old", 0644);
    int fd = open(acts_path("f"), O_RDONLY);
    ck_assert_int_eq(acts_do(WRITE("f"), .content = "new"), 0);
    char found[4] = "";
    ck_assert_int_eq(read(fd, found, 3), 3);
    ck_assert_str_eq(found, "old");
    acts_holds("f", "new", 0644);
    close(fd);
}
END_TEST

START_TEST(write_replaces_a_link_and_follows_folders)
{
    acts_file("target", "kept", 0600);
    acts_link("f", "target");
    ck_assert_int_eq(acts_do(WRITE("f"), .content = "new"), 0);
    acts_holds("f", "new", 0644);
    acts_holds("target", "kept", 0600);
    acts_folder("real", 0755);
    acts_link("alias", "real");
    ck_assert_int_eq(acts_do(WRITE("alias/g"), .content = "g"), 0);
    acts_holds("real/g", "g", 0644);
}
END_TEST

START_TEST(write_refuses_what_is_no_file)
{
    acts_folder("d", 0755);
    acts_refuses("Is a directory", WRITE("d"));
    ck_assert_int_eq(mkfifo(acts_path("fifo"), 0600), 0);
    acts_refuses("no regular file", WRITE("fifo"));
    acts_refuses("cannot open the folder of", WRITE("missing/f"));
    ck_assert_uint_eq(acts_entries(""), 2);
}
END_TEST

START_TEST(write_fills_in_a_template)
{
    acts_file("t", "hello ${NAME}, $$5, $host\n", 0600);
    ck_assert_int_eq(acts_do(WRITE("f"), .from = acts_path("t")), 0);
    acts_holds("f", "hello world, $5, $host\n", 0644);
    acts_file("bad", "\n${NOT_THERE}\n", 0600);
    acts_refuses("bad:2: the variable NOT_THERE is not set", WRITE("f"), .from = acts_path("bad"));
    acts_holds("f", "hello world, $5, $host\n", 0644);
    acts_refuses("cannot open", WRITE("f"), .from = acts_path("missing"));
    acts_file("huge", "", 0600);
    ck_assert_int_eq(truncate(acts_path("huge"), (1 << 20) + 1), 0);
    acts_refuses("larger than", WRITE("f"), .from = acts_path("huge"));
    ck_assert_uint_eq(acts_entries(""), 4);
}
END_TEST

START_TEST(write_leaves_the_old_file_when_the_disk_is_full)
{
    static char content[70000];
    memset(content, 'x', sizeof(content) - 1);
    acts_file("f", "old", 0640);
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    ck_assert_int_eq(sigaction(SIGXFSZ, &ignore, NULL), 0);
    const struct rlimit limit = {.rlim_cur = 65536, .rlim_max = RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    acts_refuses("File too large", WRITE("f"), .content = content);
    acts_holds("f", "old", 0640);
    ck_assert_uint_eq(acts_entries(""), 1);
}
END_TEST

START_TEST(write_uses_nothing_that_was_put_in_its_way)
{
    acts_file("victim", "precious", 0600);
    acts_link(".f.muster-new", "victim");
    ck_assert_int_eq(acts_do(WRITE("f"), .content = "new"), 0);
    acts_holds("f", "new", 0644);
    acts_holds("victim", "precious", 0600);
    ck_assert_int_eq(link(acts_path("victim"), acts_path(".f.muster-new")), 0);
    ck_assert_int_eq(acts_do(WRITE("f"), .content = "newer"), 0);
    acts_holds("f", "newer", 0644);
    acts_holds("victim", "precious", 0600);
    acts_file(".f.muster-new", "left by a killed one", 0666);
    ck_assert_int_eq(acts_do(WRITE("f"), .content = "newest"), 0);
    acts_holds("f", "newest", 0644);
    ck_assert_uint_eq(acts_entries(""), 2);
}
END_TEST

START_TEST(two_do_not_write_the_same_file_at_once)
{
    int fd = open(acts_path(".f.muster-new"), O_RDWR | O_CREAT, 0600);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    acts_refuses("another process is doing that", WRITE("f"));
    ck_assert_int_eq(acts_error.code, ERR_LOCKED);
    close(fd);
    ck_assert_int_eq(acts_do(WRITE("f")), 0);
}
END_TEST

START_TEST(a_name_of_any_length_has_another_one)
{
    char name[NAME_MAX + 1];
    char first[NAME_MAX + 1];
    char second[NAME_MAX + 1];
    for (size_t len = 1; len <= NAME_MAX; len++) {
        memset(name, 'n', len);
        name[len] = '\0';
        pending_file_name(name, PENDING_PART, first);
        name[len - 1] = 'm';
        pending_file_name(name, PENDING_PART, second);
        ck_assert_uint_le(strlen(first), NAME_MAX);
        ck_assert_str_ne(first, second);
    }
    memset(name, 'n', NAME_MAX);
    ck_assert_int_eq(acts_do(WRITE(name), .content = "long"), 0);
    acts_holds(name, "long", 0644);
}
END_TEST

START_TEST(mkdir_makes_and_mends)
{
    ck_assert_int_eq(acts_do(MKDIR("d")), 0);
    ck_assert_uint_eq(acts_mode("d"), S_IFDIR | 0755);
    ck_assert_int_eq(acts_do(MKDIR("d"), .mode = 02770), 0);
    ck_assert_uint_eq(acts_mode("d"), S_IFDIR | 02770);
    ck_assert_int_eq(acts_do(MKDIR("d")), 0); /* not asked for: as it is */
    ck_assert_uint_eq(acts_mode("d"), S_IFDIR | 02770);
    acts_refuses("cannot open the folder of", MKDIR("a/b/c"));
    ck_assert_int_eq(acts_do(MKDIR("a/b/c"), .parents = 1, .mode = 01777), 0);
    ck_assert_uint_eq(acts_mode("a"), S_IFDIR | 0755);
    ck_assert_uint_eq(acts_mode("a/b"), S_IFDIR | 0755);
    ck_assert_uint_eq(acts_mode("a/b/c"), S_IFDIR | 01777);
    ck_assert_int_eq(acts_do(MKDIR("dark"), .mode = 0333), 0); /* need not be readable */
    ck_assert_uint_eq(acts_mode("dark"), S_IFDIR | 0333);
    acts_file("f", "", 0600);
    acts_refuses("something else is there", MKDIR("f"));
    acts_link("l", "d");
    acts_refuses("something else is there", MKDIR("l"));
    acts_refuses("Not a directory", MKDIR("f/x"), .parents = 1);
}
END_TEST

START_TEST(symlink_replaces_links_only)
{
    ck_assert_int_eq(acts_do(SYMLINK("l"), .target = "one"), 0);
    acts_leads("l", "one");
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(acts_do(SYMLINK("l"), .target = "two"), 0);
        acts_leads("l", "two");
    }
    acts_file(".l.muster-new", "left", 0600);
    ck_assert_int_eq(acts_do(SYMLINK("l"), .target = "three"), 0);
    acts_leads("l", "three");
    acts_file("f", "kept", 0600);
    acts_refuses("something else is there", SYMLINK("f"), .target = "x");
    acts_holds("f", "kept", 0600);
    acts_folder("d", 0700);
    acts_refuses("something else is there", SYMLINK("d"), .target = "x");
    ck_assert_uint_eq(acts_entries(""), 3);
}
END_TEST

START_TEST(chmod_changes_the_thing_itself)
{
    acts_file("f", "", 0600);
    acts_link("l", "f");
    ck_assert_int_eq(acts_do(CHMOD("f"), .mode = 04711), 0);
    acts_holds("f", "", 04711);
    acts_refuses("a symbolic link has none", CHMOD("l"), .mode = 0644);
    acts_holds("f", "", 04711);
    acts_refuses("cannot look at", CHMOD("missing"), .mode = 0644);
    acts_folder("d", 0700);
    ck_assert_int_eq(acts_do(CHMOD("d"), .mode = 0644), 0);
    ck_assert_uint_eq(acts_mode("d"), S_IFDIR | 0644);
}
END_TEST

START_TEST(chmod_of_a_tree_lets_folders_be_entered)
{
    acts_file("outside", "", 0600);
    acts_folder("d", 0700);
    acts_folder("d/e", 0);
    acts_file("d/f", "", 0600);
    acts_link("d/l", "../outside");
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(acts_do(CHMOD("d"), .mode = 0640, .recursive = 1), 0);
        ck_assert_uint_eq(acts_mode("d"), S_IFDIR | 0750);
        ck_assert_uint_eq(acts_mode("d/e"), S_IFDIR | 0750);
        acts_holds("d/f", "", 0640);
        acts_holds("outside", "", 0600);
    }
}
END_TEST

START_TEST(trees_have_a_greatest_depth)
{
    char path[1024];
    struct buf b = BUF_OVER(path);
    buf_puts(&b, "d");
    for (int i = 0; i < 130; i++) {
        acts_folder(path, 0700);
        buf_puts(&b, "/d");
    }
    acts_refuses("more than 128 folders", CHMOD("d"), .mode = 0700, .recursive = 1);
    acts_refuses("more than 128 folders", .kind = INSTRUCT_COPY, .path = acts_path("e"), .from = acts_path("d"));
}
END_TEST

static uid_t owner_of(const char *name, gid_t *gid)
{
    struct stat st;
    ck_assert_int_eq(lstat(acts_path(name), &st), 0);
    *gid = st.st_gid;
    return st.st_uid;
}

START_TEST(chown_changes_the_thing_itself)
{
    gid_t gid;
    acts_file("f", "", 0600);
    acts_folder("d", 0700);
    acts_link("d/l", "../f");
    if (!root()) {
        acts_refuses("cannot set the owner", CHOWN("f"), .uid = 1);
        return;
    }
    ck_assert_int_eq(acts_do(CHOWN("d"), .uid = 7, .gid = 8, .recursive = 1), 0);
    ck_assert_uint_eq(owner_of("d/l", &gid), 7);
    ck_assert_uint_eq(gid, 8);
    ck_assert_uint_eq(owner_of("d", &gid), 7);
    ck_assert_uint_eq(owner_of("f", &gid), 0);
    ck_assert_int_eq(acts_do(CHOWN("d/l"), .gid = 9), 0);
    ck_assert_uint_eq(owner_of("d/l", &gid), 7);
    ck_assert_uint_eq(gid, 9);
    ck_assert_uint_eq(owner_of("f", &gid), 0);
    ck_assert_int_eq(acts_do(WRITE("g"), .uid = 7, .gid = 8, .mode = 04750), 0);
    ck_assert_uint_eq(owner_of("g", &gid), 7);
    acts_holds("g", "", 04750); /* set-user-ID survives the change of owner */
}
END_TEST

START_TEST(an_unwritable_folder_is_told)
{
    acts_folder("d", 0555);
    if (root()) {
        ck_assert_int_eq(chown(acts_path("."), 65534, 65534), 0);
        ck_assert_int_eq(seteuid(65534), 0);
    }
    acts_refuses("Permission denied", WRITE("d/f"));
    acts_refuses("Permission denied", MKDIR("d/e"));
    acts_refuses("Permission denied", SYMLINK("d/l"), .target = "x");
    if (getuid() == 0) {
        ck_assert_int_eq(seteuid(0), 0);
    }
}
END_TEST

START_TEST(a_download_is_for_another_role)
{
    ck_assert_int_eq(acts_do(.kind = INSTRUCT_DOWNLOAD, .path = acts_path("f")), -1);
    ck_assert_int_eq(acts_error.code, ERR_PROTO);
}
END_TEST

Suite *suite_file_action(void)
{
    Suite *s = suite_create("file_action");
    TCase *t = tcase_create("file_action");
    tcase_add_checked_fixture(t, acts_set_up, acts_tear_down);
    tcase_add_test(t, write_makes_and_replaces);
    tcase_add_test(t, write_never_changes_a_file_that_is_open);
    tcase_add_test(t, write_replaces_a_link_and_follows_folders);
    tcase_add_test(t, write_refuses_what_is_no_file);
    tcase_add_test(t, write_fills_in_a_template);
    tcase_add_test(t, write_leaves_the_old_file_when_the_disk_is_full);
    tcase_add_test(t, write_uses_nothing_that_was_put_in_its_way);
    tcase_add_test(t, two_do_not_write_the_same_file_at_once);
    tcase_add_test(t, a_name_of_any_length_has_another_one);
    tcase_add_test(t, mkdir_makes_and_mends);
    tcase_add_test(t, symlink_replaces_links_only);
    tcase_add_test(t, chmod_changes_the_thing_itself);
    tcase_add_test(t, chmod_of_a_tree_lets_folders_be_entered);
    tcase_add_test(t, trees_have_a_greatest_depth);
    tcase_add_test(t, chown_changes_the_thing_itself);
    tcase_add_test(t, an_unwritable_folder_is_told);
    tcase_add_test(t, a_download_is_for_another_role);
    suite_add_tcase(s, t);
    return s;
}
