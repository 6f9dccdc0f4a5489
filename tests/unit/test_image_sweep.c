#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/setup/image_sweep.h"
#include "init/setup/journal_lines.h"
#include "tests/unit/file_fixture.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/suites.h"

static struct files files; /* images/ */
static struct journal_rig rig;
static int images;

static void setup(void)
{
    files_make(&files);
    files_folder(&files, "images", 0700);
    images = openat(files.fd, "images", O_RDONLY | O_DIRECTORY);
    rig_begin(&rig);
}

static void teardown(void)
{
    rig_end(&rig);
    close(images);
    files_remove(&files);
}

static void make(const char *name)
{
    int fd = openat(images, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static bool is_there(const char *name)
{
    return faccessat(images, name, F_OK, 0) == 0;
}

START_TEST(names_are_new)
{
    char a[WIRE_BACKUP_MAX];
    char b[WIRE_BACKUP_MAX];
    image_name("0123456789abcdef0123456789abcdef", UINT64_MAX, UINT32_MAX, a);
    ck_assert_str_eq(a, "01234567-18446744073709551615-4294967295");
    image_name("0123456789abcdef0123456789abcdef", 12, 1, a);
    image_name("0123456789abcdef0123456789abcdef", 1, 21, b);
    ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(what_no_step_is_known_by_is_removed)
{
    static const struct wire_facts facts = {.kind = WIRE_FILE_REGULAR, .mode = 0644, .algorithm = DIGEST_SHA256};
    char known[WIRE_BACKUP_MAX];
    char list[WIRE_BACKUP_MAX + 8];
    char left[WIRE_BACKUP_MAX];
    char open_mark[WIRE_BACKUP_MAX + 8];
    image_name(rig.journal.session, 1, 0, known);
    image_name(rig.journal.session, 1, 1, left);
    snprintf(list, sizeof(list), "%s.meta", known);
    snprintf(open_mark, sizeof(open_mark), "%s.open", left);
    ck_assert_int_eq(journal_before(&rig.journal, "a", "/x", "/x", known, &facts, 1, &rig.e), 0);
    make(known);
    make(list);
    make(open_mark);
    ck_assert_int_eq(mkdirat(images, left, 0700), 0);
    int folder = openat(images, left, O_RDONLY | O_DIRECTORY);
    close(openat(folder, "f", O_WRONLY | O_CREAT, 0600));
    close(folder);
    image_sweep(images, &rig.history);
    ck_assert(is_there(known) && is_there(list));
    ck_assert(!is_there(left) && !is_there(open_mark));
}
END_TEST

START_TEST(what_another_journal_speaks_of_is_left_alone)
{
    char other[WIRE_BACKUP_MAX];
    image_name("ffffffffffffffffffffffffffffffff", 1, 0, other);
    make(other);
    make("1-0");
    make("notes");
    image_sweep(images, &rig.history);
    ck_assert(is_there(other) && is_there("1-0") && is_there("notes"));
    struct history empty;
    history_init(&empty, &rig.arena);
    image_sweep(images, &empty);
    ck_assert(is_there(other));
}
END_TEST

Suite *suite_image_sweep(void)
{
    Suite *s = suite_create("image_sweep");
    TCase *t = tcase_create("image_sweep");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, names_are_new);
    tcase_add_test(t, what_no_step_is_known_by_is_removed);
    tcase_add_test(t, what_another_journal_speaks_of_is_left_alone);
    suite_add_tcase(s, t);
    return s;
}
