/* A folder that others use, too: itself counts, not what is in it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/setup/before_image.h"
#include "init/setup/drift.h"
#include "init/setup/measure.h"
#include "tests/unit/file_fixture.h"
#include "tests/unit/suites.h"

#define NAME "0-1"

static struct files files;
static int images;
static struct wire_kept kept;
static struct wire_restored restored;
static struct err e;

static void setup(void)
{
    files_make(&files);
    files_folder(&files, "images", 0700);
    images = openat(files.fd, "images", O_RDONLY | O_DIRECTORY);
}

static void teardown(void)
{
    close(images);
    files_remove(&files);
}

static void keep(void)
{
    struct wire_keep_request q = {.type = WIRE_KEEP, .algorithm = DIGEST_NONE, .backup = NAME};
    snprintf(q.path, sizeof(q.path), "%s", files_path(&files, "it"));
    before_image_keep(NULL, &q, images, &kept);
    union wire_message m = {.kept = kept};
    ck_assert_msg(kept.error == 0, "%s", kept.text);
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(kept), 1, &e), 0);
}

static struct wire_facts now(void)
{
    struct wire_facts f;
    ck_assert_int_eq(measure(NULL, files.fd, "it", DIGEST_NONE, &f, &e), 0);
    return f;
}

static enum wire_restore_outcome restore(void)
{
    struct wire_restore_request q = {
        .type = WIRE_RESTORE, .check = 1, .shallow = 1, .before = kept.facts, .after = now()};
    snprintf(q.path, sizeof(q.path), "%s", kept.resolved);
    snprintf(q.backup, sizeof(q.backup), "%s", kept.facts.kind == WIRE_FILE_NONE ? "" : NAME);
    before_image_restore(NULL, &q, images, &restored);
    union wire_message m = {.restored = restored};
    ck_assert_msg(wire_check_recorder(&m, sizeof(restored), 1, &e) == 0, "%s", e.text);
    return (enum wire_restore_outcome)restored.outcome;
}

START_TEST(what_is_in_it_does_not_count)
{
    files_folder(&files, "it", 0755);
    struct wire_facts empty = now();
    ck_assert_uint_eq(empty.kind, WIRE_FILE_DIRECTORY);
    ck_assert_uint_eq(empty.algorithm, DIGEST_NONE);
    files_write(&files, "it/f", "x", 0644);
    struct wire_facts full = now();
    ck_assert_int_eq(facts_differ(&empty, &full), DRIFT_NONE);
    ck_assert_int_eq(chmod(files_path(&files, "it"), 0700), 0);
    struct wire_facts closed = now();
    ck_assert_int_eq(facts_differ(&empty, &closed), DRIFT_MODE);
}
END_TEST

START_TEST(a_new_one_is_removed_only_if_it_is_empty)
{
    keep();
    files_folder(&files, "it", 0755);
    files_write(&files, "it/f", "somebody's", 0644);
    ck_assert_int_eq(restore(), RESTORE_CONFLICT);
    ck_assert_str_eq(files_read(&files, "it/f"), "somebody's");
    ck_assert_int_eq(unlinkat(files.fd, "it/f", 0), 0);
    ck_assert_int_eq(restore(), RESTORE_REMOVED);
    ck_assert(!files_have(&files, "it"));
    ck_assert_int_eq(restore(), RESTORE_UNCHANGED);
}
END_TEST

START_TEST(an_old_one_gets_its_permissions_back_and_keeps_what_is_in_it)
{
    files_folder(&files, "it", 0750);
    files_write(&files, "it/f", "x", 0644);
    keep();
    ck_assert_int_eq(chmod(files_path(&files, "it"), 0777), 0);
    files_write(&files, "it/g", "y", 0644);
    ck_assert_int_eq(restore(), RESTORE_RESTORED);
    ck_assert_uint_eq(now().mode, 0750);
    ck_assert_str_eq(files_read(&files, "it/f"), "x");
    ck_assert_str_eq(files_read(&files, "it/g"), "y");
}
END_TEST

START_TEST(one_that_is_gone_is_made_again)
{
    files_folder(&files, "it", 0750);
    keep();
    ck_assert_int_eq(unlinkat(files.fd, "it", AT_REMOVEDIR), 0);
    ck_assert_int_eq(restore(), RESTORE_RESTORED);
    ck_assert_uint_eq(now().mode, 0750);
}
END_TEST

Suite *suite_shallow(void)
{
    Suite *s = suite_create("shallow");
    TCase *t = tcase_create("shallow");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_is_in_it_does_not_count);
    tcase_add_test(t, a_new_one_is_removed_only_if_it_is_empty);
    tcase_add_test(t, an_old_one_gets_its_permissions_back_and_keeps_what_is_in_it);
    tcase_add_test(t, one_that_is_gone_is_made_again);
    suite_add_tcase(s, t);
    return s;
}
