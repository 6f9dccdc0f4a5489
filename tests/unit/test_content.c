#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/file_content.h"
#include "init/setup/content.h"
#include "tests/unit/file_fixture.h"
#include "tests/unit/suites.h"

#define HOLE ((off_t)4 << 20)

static struct files files;

static void setup(void)
{
    files_make(&files);
}

static void teardown(void)
{
    files_remove(&files);
}

static int open_new(const char *name)
{
    int fd = openat(files.fd, name, O_RDWR | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    return fd;
}

START_TEST(hashes_exactly_the_size)
{
    static char content[3 * CONTENT_BLOCK + 5];
    uint8_t expected[DIGEST_BYTES];
    uint8_t found[DIGEST_BYTES_MAX];
    int fd = open_new("file");
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (char)(i * 7 / 3);
    ck_assert_int_eq(write(fd, content, sizeof(content)), (ssize_t)sizeof(content));
    digest_of(content, sizeof(content), expected);
    lseek(fd, 0, SEEK_SET);
    ck_assert_int_eq(content_hash(fd, sizeof(content), DIGEST_SHA256, found), 0);
    ck_assert_mem_eq(found, expected, sizeof(expected));
    lseek(fd, 0, SEEK_SET);
    ck_assert_int_eq(content_hash(fd, sizeof(content) - 1, DIGEST_SHA256, found), ESTALE);
    lseek(fd, 0, SEEK_SET);
    ck_assert_int_eq(content_hash(fd, sizeof(content) + 1, DIGEST_SHA256, found), ESTALE);
    ck_assert_int_eq(content_hash(-1, 1, DIGEST_SHA256, found), EBADF);
    close(fd);
}
END_TEST

START_TEST(holes_stay_holes)
{
    struct stat before;
    struct stat after;
    char found[8] = {0};
    int from = open_new("sparse");
    int to = open_new("copy");
    ck_assert_int_eq(pwrite(from, "begin", 5, 0), 5);
    ck_assert_int_eq(pwrite(from, "end", 3, HOLE), 3);
    ck_assert_int_eq(ftruncate(from, 2 * HOLE), 0);
    ck_assert_int_eq(file_content_copy(from, to), 0);
    ck_assert_int_eq(fstat(from, &before), 0);
    ck_assert_int_eq(fstat(to, &after), 0);
    ck_assert_int_eq(after.st_size, 2 * HOLE);
    ck_assert_int_lt(after.st_blocks, HOLE / 512);
    ck_assert_int_eq(pread(to, found, 5, 0), 5);
    ck_assert_str_eq(found, "begin");
    ck_assert_int_eq(pread(to, found, 3, HOLE), 3);
    ck_assert_mem_eq(found, "end", 3);
    close(from);
    close(to);
}
END_TEST

START_TEST(copies_what_has_no_content_and_nothing_but_a_hole)
{
    struct stat st;
    int from = open_new("from");
    int to = open_new("to");
    ck_assert_int_eq(file_content_copy(from, to), 0);
    ck_assert_int_eq(ftruncate(from, HOLE), 0);
    ck_assert_int_eq(file_content_copy(from, to), 0);
    ck_assert_int_eq(fstat(to, &st), 0);
    ck_assert_int_eq(st.st_size, HOLE);
    close(from);
    close(to);
}
END_TEST

/* Another file system: copied through memory. */
START_TEST(copies_where_the_kernel_does_not)
{
    int from = open("/proc/self/cmdline", O_RDONLY);
    int to = open_new("to");
    char c[2];
    ck_assert_int_eq(file_content_copy(from, to), 0);
    ck_assert_int_eq(pread(to, c, 2, 0), 2);
    close(from);
    close(to);
}
END_TEST

Suite *suite_content(void)
{
    Suite *s = suite_create("content");
    TCase *t = tcase_create("content");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, hashes_exactly_the_size);
    tcase_add_test(t, holes_stay_holes);
    tcase_add_test(t, copies_what_has_no_content_and_nothing_but_a_hole);
    tcase_add_test(t, copies_where_the_kernel_does_not);
    suite_add_tcase(s, t);
    return s;
}
