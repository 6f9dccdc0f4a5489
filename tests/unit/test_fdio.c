#include "init/base/fdio.h"
#include "tests/unit/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/muster-fdio-XXXXXX";
static int dir = -1;

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    dir = open(folder, O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(dir, 0);
}

static void remove_folder(void)
{
    (void)unlinkat(dir, "file", 0);
    (void)unlinkat(dir, "fifo", 0);
    (void)close(dir);
    (void)rmdir(folder);
}

START_TEST(replace_then_read)
{
    struct err e;
    char text[16];
    size_t len;
    mode_t old = umask(077);
    ck_assert_int_eq(file_replace(dir, "file", "first", 5, 0644, &e), 0);
    ck_assert_int_eq(file_replace(dir, "file", "second", 6, 0644, &e), 0);
    (void)umask(old);
    ck_assert_int_eq(file_read(dir, "file", text, sizeof text, &len, &e), 0);
    ck_assert_uint_eq(len, 6);
    ck_assert_str_eq(text, "second");
    struct stat st;
    ck_assert_int_eq(fstatat(dir, "file", &st, 0), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0644);
}
END_TEST

START_TEST(a_file_that_does_not_fit_is_refused)
{
    struct err e;
    char text[6];
    size_t len = 99;
    ck_assert_int_eq(file_replace(dir, "file", "123456", 6, 0600, &e), 0);
    ck_assert_int_eq(file_read(dir, "file", text, sizeof text, &len, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_uint_eq(len, 99);
    ck_assert_int_eq(file_replace(dir, "file", "12345", 5, 0600, &e), 0);
    ck_assert_int_eq(file_read(dir, "file", text, sizeof text, &len, &e), 0);
}
END_TEST

START_TEST(a_fifo_is_refused_and_does_not_hang)
{
    struct err e;
    char text[6];
    size_t len;
    ck_assert_int_eq(mkfifoat(dir, "fifo", 0600), 0);
    ck_assert_int_eq(file_read(dir, "fifo", text, sizeof text, &len, &e), -1);
    ck_assert_int_eq(e.sys, EINVAL);
}
END_TEST

START_TEST(a_missing_file_names_errno)
{
    struct err e;
    char text[6];
    size_t len;
    ck_assert_int_eq(file_read(dir, "nothing", text, sizeof text, &len, &e), -1);
    ck_assert_int_eq(e.code, ERR_SYS);
    ck_assert_int_eq(e.sys, ENOENT);
}
END_TEST

START_TEST(replace_leaves_the_old_file_when_it_fails)
{
    struct err e;
    char text[16];
    size_t len;
    ck_assert_int_eq(file_replace(dir, "file", "old", 3, 0600, &e), 0);
    ck_assert_int_eq(file_replace(dir, "missing/file", "new", 3, 0600, &e), -1);
    ck_assert_int_eq(file_read(dir, "file", text, sizeof text, &len, &e), 0);
    ck_assert_str_eq(text, "old");
}
END_TEST

START_TEST(steal_takes_the_descriptor_away)
{
    int fd = open("/dev/null", O_RDONLY);
    {
        cleanup_fd int owned = fd;
        ck_assert_int_eq(fd_steal(&owned), fd);
        ck_assert_int_eq(owned, -1);
    }
    ck_assert_int_eq(fcntl(fd, F_GETFD) >= 0, 1);
    {
        cleanup_fd int owned = fd;
        (void)owned;
    }
    ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

Suite *suite_fdio(void)
{
    Suite *s = suite_create("fdio");
    TCase *t = tcase_create("files");
    tcase_add_checked_fixture(t, make_folder, remove_folder);
    tcase_add_test(t, replace_then_read);
    tcase_add_test(t, a_file_that_does_not_fit_is_refused);
    tcase_add_test(t, a_fifo_is_refused_and_does_not_hang);
    tcase_add_test(t, a_missing_file_names_errno);
    tcase_add_test(t, replace_leaves_the_old_file_when_it_fails);
    tcase_add_test(t, steal_takes_the_descriptor_away);
    suite_add_tcase(s, t);
    return s;
}
