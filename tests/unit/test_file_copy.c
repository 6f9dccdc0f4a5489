#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/file_content.h"
#include "tests/unit/action_rig.h"
#include "tests/unit/suites.h"

#define COPY(name, source) .kind = INSTRUCT_COPY, .path = acts_path(name), .from = acts_path(source)

START_TEST(a_file_keeps_its_permissions)
{
    acts_file("a", "content", 0751);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(acts_do(COPY("b", "a")), 0);
        acts_holds("b", "content", 0751);
    }
    ck_assert_int_eq(acts_do(COPY("b", "a"), .mode = 0604), 0);
    acts_holds("b", "content", 0604);
    acts_file("setuid", "x", 04755);
    ck_assert_int_eq(acts_do(COPY("b", "setuid")), 0);
    acts_holds("b", "x", 0755); /* it would run as whoever copied it */
    acts_link("alias", "a");
    ck_assert_int_eq(acts_do(COPY("b", "alias")), 0);
    acts_holds("b", "content", 0751);
    acts_link("l", "a");
    ck_assert_int_eq(acts_do(COPY("l", "setuid")), 0);
    acts_holds("l", "x", 0755);
    acts_holds("a", "content", 0751);
}
END_TEST

START_TEST(a_tree_is_copied_and_merged)
{
    acts_folder("a", 0750);
    acts_folder("a/d", 0500);
    ck_assert_int_eq(chmod(acts_path("a/d"), 0700), 0);
    acts_file("a/d/f", "deep", 0640);
    ck_assert_int_eq(chmod(acts_path("a/d"), 0500), 0);
    acts_file("a/f", "new", 0644);
    acts_link("a/l", "../nowhere");
    acts_folder("b", 0700);
    acts_file("b/f", "old", 0600);
    acts_file("b/other", "kept", 0600);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(acts_do(COPY("b", "a")), 0);
        ck_assert_uint_eq(acts_mode("b"), S_IFDIR | 0750);
        ck_assert_uint_eq(acts_mode("b/d"), S_IFDIR | 0500);
        acts_holds("b/d/f", "deep", 0640);
        acts_holds("b/f", "new", 0644);
        acts_holds("b/other", "kept", 0600);
        acts_leads("b/l", "../nowhere");
        ck_assert_uint_eq(acts_entries("b"), 4);
        if (geteuid() != 0) {
            break; /* who is not root may not write into b/d again */
        }
    }
    ck_assert_int_eq(chmod(acts_path("a/d"), 0700), 0);
    ck_assert_int_eq(chmod(acts_path("b/d"), 0700), 0);
    ck_assert_int_eq(acts_do(COPY("c", "a"), .mode = 0600), 0);
    acts_holds("c/d/f", "deep", 0600);
    ck_assert_uint_eq(acts_mode("c"), S_IFDIR | 0750);
}
END_TEST

START_TEST(what_cannot_be_copied_is_told)
{
    acts_refuses("cannot read", COPY("b", "missing"));
    acts_refuses("no regular file", .kind = INSTRUCT_COPY, .path = acts_path("b"), .from = "/dev/null");
    acts_folder("a", 0700);
    ck_assert_int_eq(mkfifo(acts_path("a/fifo"), 0600), 0);
    acts_refuses("a/fifo: no file, folder or symbolic link", COPY("b", "a"));
    ck_assert_int_eq(unlink(acts_path("a/fifo")), 0);
    acts_refuses("into itself", COPY("a", "a"));
    acts_refuses("into itself", COPY("a/new", "a"));
    acts_file("f", "", 0600);
    acts_refuses("something else is there", COPY("f", "a"));
    acts_refuses("Is a directory", COPY("a", "f"));
    acts_file("a/x", "", 0600);
    acts_folder("c", 0700);
    acts_folder("c/x", 0700);
    acts_refuses("c/x: Is a directory", COPY("c", "a"));
}
END_TEST

START_TEST(holes_stay_holes)
{
    struct stat st;
    acts_file("a", "begin", 0644);
    int fd = open(acts_path("a"), O_WRONLY);
    ck_assert_int_eq(pwrite(fd, "middle", 6, 8 << 20), 6);
    ck_assert_int_eq(ftruncate(fd, 64 << 20), 0);
    close(fd);
    ck_assert_int_eq(acts_do(COPY("b", "a")), 0);
    ck_assert_int_eq(stat(acts_path("b"), &st), 0);
    ck_assert_int_eq(st.st_size, 64 << 20);
    ck_assert_int_lt(st.st_blocks, 4096);
    char found[7] = "";
    fd = open(acts_path("b"), O_RDONLY);
    ck_assert_int_eq(pread(fd, found, 6, 8 << 20), 6);
    ck_assert_str_eq(found, "middle");
    ck_assert_int_eq(pread(fd, found, 6, 0), 6);
    ck_assert_mem_eq(found, "begin\0", 6);
    close(fd);
}
END_TEST

START_TEST(a_file_without_a_size_has_content_all_the_same)
{
    ck_assert_int_eq(acts_do(.kind = INSTRUCT_COPY, .path = acts_path("b"), .from = "/proc/version"), 0);
    struct stat st;
    ck_assert_int_eq(stat(acts_path("b"), &st), 0);
    ck_assert_int_gt(st.st_size, 10);
}
END_TEST

/* What was there before may be longer, and full where the new content has holes. */
START_TEST(content_replaces_all_that_was_there)
{
    acts_file("to", "a very long old content", 0600);
    acts_file("from", "x", 0600);
    ck_assert_int_eq(truncate(acts_path("from"), 10), 0);
    int from = open(acts_path("from"), O_RDONLY);
    int to = open(acts_path("to"), O_RDWR);
    ck_assert_int_eq(file_content_copy(from, to), 0);
    char found[16];
    ck_assert_int_eq(pread(to, found, sizeof(found), 0), 10);
    ck_assert_mem_eq(found, "x\0\0\0\0\0\0\0\0\0", 10);
    ck_assert_int_eq(file_content_copy(from, from), -1);
    close(from);
    close(to);
}
END_TEST

Suite *suite_file_copy(void)
{
    Suite *s = suite_create("file_copy");
    TCase *t = tcase_create("file_copy");
    tcase_add_checked_fixture(t, acts_set_up, acts_tear_down);
    tcase_add_test(t, a_file_keeps_its_permissions);
    tcase_add_test(t, a_tree_is_copied_and_merged);
    tcase_add_test(t, what_cannot_be_copied_is_told);
    tcase_add_test(t, holes_stay_holes);
    tcase_add_test(t, a_file_without_a_size_has_content_all_the_same);
    tcase_add_test(t, content_replaces_all_that_was_there);
    suite_add_tcase(s, t);
    return s;
}
