#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/setup/safe_path.h"
#include "init/wire/messages.h"
#include "tests/unit/file_fixture.h"
#include "tests/unit/suites.h"

static struct files files;
static struct err e;

static void setup(void)
{
    files_make(&files);
    files_folder(&files, "a", 0755);
    files_folder(&files, "a/b", 0755);
    files_write(&files, "a/b/file", "content", 0644);
    files_link(&files, "a/link", "b");
    files_link(&files, "a/b/end", "file");
}

static void teardown(void)
{
    files_remove(&files);
}

static int refused(const char *path)
{
    struct safe_path p = {.folder = -1};
    ck_assert_int_eq(safe_path_open(path, &p, &e), -1);
    ck_assert_int_eq(p.folder, -1);
    return e.sys;
}

START_TEST(finds_the_folder_and_the_name)
{
    struct safe_path p = {.folder = -1};
    struct stat st;
    ck_assert_int_eq(safe_path_open(files_path(&files, "a/b/file"), &p, &e), 0);
    ck_assert_str_eq(p.name, "file");
    ck_assert_int_eq(fstatat(p.folder, p.name, &st, AT_SYMLINK_NOFOLLOW), 0);
    safe_path_close(&p);
    /* The last component is not looked at. */
    ck_assert_int_eq(safe_path_open(files_path(&files, "a/link"), &p, &e), 0);
    safe_path_close(&p);
    ck_assert_int_eq(safe_path_open("/nothing-of-this-name", &p, &e), 0);
    ck_assert_int_eq(fstatat(p.folder, "tmp", &st, 0), 0);
    safe_path_close(&p);
}
END_TEST

START_TEST(refuses_links_and_what_is_no_path)
{
    ck_assert_int_eq(refused(files_path(&files, "a/link/file")), ELOOP);
    ck_assert_int_eq(refused(files_path(&files, "a/none/file")), ENOENT);
    ck_assert_int_eq(refused(files_path(&files, "a/b/file/x")), ENOTDIR);
    ck_assert_int_eq(refused("relative"), EINVAL);
    ck_assert_int_eq(refused("/"), EINVAL);
    ck_assert_int_eq(refused("/tmp/"), EINVAL);
    ck_assert_int_eq(refused(""), EINVAL);
}
END_TEST

static int (*const ways[])(int root, const char *relative, int flags, mode_t mode) = {safe_open_below, safe_walk_below};

START_TEST(both_ways_open_the_same)
{
    int (*open_below)(int, const char *, int, mode_t) = ways[_i];
    static const struct {
        const char *path;
        int flags;
        int number;
    } rows[] = {
        {"a/b/file", O_RDONLY, 0},
        {"a/b", O_PATH | O_DIRECTORY, 0},
        {".", O_RDONLY | O_DIRECTORY, 0},
        {"a/link/file", O_RDONLY, ELOOP},
        {"a/b/end", O_RDONLY, ELOOP},
        {"a/b/end", O_PATH, 0},
        {"a/link", O_PATH | O_DIRECTORY, ELOOP},
        {"a/none", O_RDONLY, ENOENT},
        {"a/none/x", O_RDONLY, ENOENT},
        {"a/b/file/x", O_RDONLY, ENOTDIR},
        {"a/../a/b/file", O_RDONLY, -1},
        {"../etc", O_RDONLY, EXDEV},
        {"a/b/file", O_WRONLY | O_CREAT | O_EXCL, EEXIST},
        {"a/b/made", O_WRONLY | O_CREAT | O_EXCL, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        errno = 0;
        int fd = open_below(files.fd, rows[i].path, rows[i].flags, 0600);
        int number = fd < 0 ? errno : 0;
        if (fd >= 0)
            close(fd);
        /* "a/.." does not leave the root; only one way bears it. */
        bool same = rows[i].number == number || rows[i].number == -1;
        ck_assert_msg(same, "%s: %s", rows[i].path, strerror(number));
    }
}
END_TEST

START_TEST(both_ways_stop_at_a_mount)
{
    int root = open("/", O_PATH | O_DIRECTORY);
    ck_assert_int_eq(ways[_i](root, "proc/self", O_PATH | O_DIRECTORY, 0), -1);
    ck_assert(errno == EXDEV || errno == ELOOP);
    ck_assert_int_eq(ways[_i](root, "proc", O_RDONLY | O_DIRECTORY, 0), -1);
    ck_assert_int_eq(errno, EXDEV);
    close(root);
}
END_TEST

START_TEST(finds_the_parent)
{
    const char *name;
    struct stat st;
    int fd = safe_parent_below(files.fd, "a/b/new", &name);
    ck_assert_int_ge(fd, 0);
    ck_assert_str_eq(name, "new");
    ck_assert_int_eq(fstatat(fd, "file", &st, 0), 0);
    close(fd);
    fd = safe_parent_below(files.fd, "top", &name);
    ck_assert_str_eq(name, "top");
    ck_assert_int_eq(fstatat(fd, "a", &st, 0), 0);
    close(fd);
    ck_assert_int_eq(safe_parent_below(files.fd, "a/link/x", &name), -1);
    ck_assert_int_eq(errno, ELOOP);
}
END_TEST

START_TEST(resolves_the_links_of_folders)
{
    char out[WIRE_PATH_MAX];
    static const struct {
        const char *path;
        const char *resolved;
    } rows[] = {
        {"a/b/file", "a/b/file"}, {"a/link/file", "a/b/file"},  {"a/link/none/x/y", "a/b/none/x/y"},
        {"a/link", "a/link"},     {"a/b/file/x", "a/b/file/x"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_int_eq(safe_path_resolve(files_path(&files, rows[i].path), out, sizeof(out), &e), 0);
        ck_assert_str_eq(out, files_path(&files, rows[i].resolved));
    }
    ck_assert_int_eq(safe_path_resolve("/no-such-folder/x", out, sizeof(out), &e), 0);
    ck_assert_str_eq(out, "/no-such-folder/x");
    ck_assert_int_eq(safe_path_resolve("/x", out, sizeof(out), &e), 0);
    ck_assert_str_eq(out, "/x");
    ck_assert_int_eq(safe_path_resolve(files_path(&files, "a/b/file"), out, 10, &e), -1);
    ck_assert_int_eq(e.sys, ENAMETOOLONG);
}
END_TEST

START_TEST(refuses_control_characters_behind_a_link)
{
    char out[WIRE_PATH_MAX];
    files_folder(&files, "new\nline", 0755);
    files_link(&files, "plain", "new\nline");
    ck_assert_int_eq(safe_path_resolve(files_path(&files, "plain/x"), out, sizeof(out), &e), -1);
    ck_assert_int_eq(e.sys, EINVAL);
}
END_TEST

Suite *suite_safe_path(void)
{
    Suite *s = suite_create("safe_path");
    TCase *t = tcase_create("safe_path");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, finds_the_folder_and_the_name);
    tcase_add_test(t, refuses_links_and_what_is_no_path);
    tcase_add_loop_test(t, both_ways_open_the_same, 0, 2);
    tcase_add_loop_test(t, both_ways_stop_at_a_mount, 0, 2);
    tcase_add_test(t, finds_the_parent);
    tcase_add_test(t, resolves_the_links_of_folders);
    tcase_add_test(t, refuses_control_characters_behind_a_link);
    suite_add_tcase(s, t);
    return s;
}
