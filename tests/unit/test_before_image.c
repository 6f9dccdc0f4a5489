#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "init/setup/before_image.h"
#include "init/setup/drift.h"
#include "init/setup/measure.h"
#include "tests/unit/file_fixture.h"
#include "tests/unit/suites.h"

#define NAME "0-app.conf"

static struct files files; /* target/ and images/ */
static struct pool pool;
static int images;
static struct wire_kept kept;
static struct wire_restored restored;
static struct err e;

static void setup(void)
{
    files_make(&files);
    files_folder(&files, "target", 0755);
    files_folder(&files, "images", 0700);
    images = openat(files.fd, "images", O_RDONLY | O_DIRECTORY);
    pool_start(&pool, 2);
}

static void teardown(void)
{
    pool_end(&pool);
    close(images);
    files_remove(&files);
}

static void try_to_keep(const char *path)
{
    struct wire_keep_request q = {.type = WIRE_KEEP, .id = 3, .algorithm = DIGEST_SHA256, .backup = NAME};
    snprintf(q.path, sizeof(q.path), "%s", path);
    before_image_keep(&pool, &q, images, &kept);
    ck_assert_uint_eq(kept.type, WIRE_KEPT);
    ck_assert_uint_eq(kept.id, 3);
    union wire_message m = {.kept = kept};
    ck_assert_int_eq(wire_check_recorder(&m, sizeof(kept), 4, &e), 0);
}

static void keep(void)
{
    try_to_keep(files_path(&files, "target/it"));
    ck_assert_msg(kept.error == 0, "%s", kept.text);
}

static struct wire_facts now(void)
{
    struct wire_facts f;
    ck_assert_int_eq(measure(NULL, files.fd, "target/it", DIGEST_SHA256, &f, &e), 0);
    return f;
}

/* As it is now when it is checked, unless @after says otherwise. */
static enum wire_restore_outcome restore_from(const struct wire_facts *after)
{
    struct wire_restore_request q = {.type = WIRE_RESTORE, .id = 5, .check = after != NULL, .before = kept.facts};
    q.after = after == NULL ? (struct wire_facts){.kind = WIRE_FILE_NONE} : *after;
    snprintf(q.path, sizeof(q.path), "%s", kept.resolved);
    snprintf(q.backup, sizeof(q.backup), "%s", kept.facts.kind == WIRE_FILE_NONE ? "" : NAME);
    before_image_restore(&pool, &q, images, &restored);
    union wire_message m = {.restored = restored};
    ck_assert_msg(wire_check_recorder(&m, sizeof(restored), 6, &e) == 0, "%s", e.text);
    return (enum wire_restore_outcome)restored.outcome;
}

static enum wire_restore_outcome restore_now(void)
{
    struct wire_facts after = now();
    return restore_from(&after);
}

/* Nothing of ours is left beside it. */
static void is_clean(size_t names)
{
    ck_assert_uint_eq(files_count(&files, "target"), names);
}

static void has(enum wire_restore_outcome outcome)
{
    ck_assert_msg(restore_now() == outcome, "%s: %s", restore_outcome_name((enum wire_restore_outcome)restored.outcome),
                  restored.text);
}

static void is_as_kept(void)
{
    struct wire_facts f = now();
    ck_assert_str_eq(drift_name(facts_differ(&kept.facts, &f)), "none");
    if (f.kind == WIRE_FILE_REGULAR || f.kind == WIRE_FILE_SYMLINK)
        ck_assert_int_eq(f.mtime_ns, kept.facts.mtime_ns);
}

static void age(const char *name)
{
    struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1000000000, .tv_nsec = 123456789}};
    ck_assert_int_eq(utimensat(files.fd, name, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void make_file(void)
{
    files_write(&files, "target/it", "before", 0640);
    age("target/it");
}

static void make_link(void)
{
    files_link(&files, "target/it", "/nowhere");
    age("target/it");
}

static void make_folder(void)
{
    files_folder(&files, "target/it", 0750);
    files_folder(&files, "target/it/sub", 0700);
    files_write(&files, "target/it/sub/a\nb", "deep", 0600);
    files_write(&files, "target/it/tool", "#!", 04755);
    files_link(&files, "target/it/link", "sub");
    age("target/it/tool");
    age("target/it/sub");
    ck_assert_int_eq(fchmodat(files.fd, "target/it/sub", 0500, 0), 0);
}

static void make_nothing(void)
{
}

static void clear(void)
{
    if (files_have(&files, "target/it/sub"))
        ck_assert_int_eq(fchmodat(files.fd, "target/it/sub", 0700, 0), 0);
    static const char *const names[] = {"it/sub/a\nb", "it/sub", "it/tool", "it/link", "it/new", "it"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[64];
        snprintf(path, sizeof(path), "target/%s", names[i]);
        if (unlinkat(files.fd, path, 0) != 0)
            (void)unlinkat(files.fd, path, AT_REMOVEDIR);
    }
    ck_assert(!files_have(&files, "target/it"));
}

static void make_other_file(void)
{
    clear();
    files_write(&files, "target/it", "after, and longer", 0600);
}

static void make_other_link(void)
{
    clear();
    files_link(&files, "target/it", "elsewhere");
}

static void make_other_folder(void)
{
    clear();
    files_folder(&files, "target/it", 0700);
    files_write(&files, "target/it/new", "new", 0600);
}

static void (*const befores[])(void) = {make_nothing, make_file, make_link, make_folder};
static void (*const afters[])(void) = {clear, make_other_file, make_other_link, make_other_folder};

/* ART-04, ART-05: whatever was there, whatever a step made of it. */
START_TEST(every_kind_comes_back_from_every_kind)
{
    size_t before = (size_t)_i / 4;
    size_t after = (size_t)_i % 4;
    befores[before]();
    keep();
    ck_assert_uint_eq(files_count(&files, "images"), before == 0 ? 0 : 2);
    afters[after]();
    struct wire_facts made = now();
    enum wire_restore_outcome expected = before == 0 && after == 0 ? RESTORE_UNCHANGED
                                         : before == 0             ? RESTORE_REMOVED
                                                                   : RESTORE_RESTORED;
    ck_assert_msg(restore_from(&made) == expected, "%s: %s",
                  restore_outcome_name((enum wire_restore_outcome)restored.outcome), restored.text);
    is_as_kept();
    is_clean(before == 0 ? 0 : 1);
    /* Again, as after a kill right behind it. */
    ck_assert_int_eq(restore_from(&made), RESTORE_UNCHANGED);
    is_as_kept();
    clear();
}
END_TEST

/* ART-06 */
START_TEST(what_somebody_else_changed_is_left_alone)
{
    size_t before = (size_t)_i;
    befores[before]();
    keep();
    make_other_file();
    struct wire_facts made = now();
    files_write(&files, "target/it", "somebody else's", 0600);
    ck_assert_int_eq(restore_from(&made), RESTORE_CONFLICT);
    ck_assert_ptr_nonnull(strstr(restored.text, "changed it since"));
    ck_assert_str_eq(files_read(&files, "target/it"), "somebody else's");
    files_write(&files, "target/it", "after, and longer", 0644);
    ck_assert_int_eq(restore_from(&made), RESTORE_CONFLICT);
    ck_assert_ptr_nonnull(strstr(restored.text, "permissions"));
    is_clean(1);
    /* By force. */
    ck_assert_int_eq(restore_from(NULL), before == 0 ? RESTORE_REMOVED : RESTORE_RESTORED);
    is_as_kept();
    clear();
}
END_TEST

START_TEST(what_somebody_else_removed_or_replaced_is_left_alone)
{
    make_file();
    keep();
    make_other_file();
    struct wire_facts made = now();
    clear();
    ck_assert_int_eq(restore_from(&made), RESTORE_CONFLICT);
    ck_assert_ptr_nonnull(strstr(restored.text, "removed it since"));
    ck_assert_int_eq(mkfifoat(files.fd, "target/it", 0600), 0);
    ck_assert_int_eq(restore_from(&made), RESTORE_CONFLICT);
    ck_assert_int_eq(restore_from(NULL), RESTORE_FAILED);
    ck_assert_ptr_nonnull(strstr(restored.text, "device, pipe or socket"));
    ck_assert(files_have(&files, "target/it"));
    clear();
}
END_TEST

START_TEST(what_was_put_back_by_hand_is_unchanged)
{
    make_file();
    keep();
    make_other_file();
    struct wire_facts made = now();
    clear();
    make_file();
    ck_assert_int_eq(restore_from(&made), RESTORE_UNCHANGED);
}
END_TEST

/* ART-07 */
START_TEST(a_link_in_the_path_is_refused)
{
    files_folder(&files, "victim", 0755);
    files_write(&files, "victim/it", "outside", 0644);
    make_file();
    keep();
    make_other_file();
    struct wire_facts made = now();
    ck_assert_int_eq(renameat(files.fd, "target", files.fd, "moved"), 0);
    files_link(&files, "target", "victim");
    ck_assert_int_eq(restore_from(&made), RESTORE_FAILED);
    ck_assert_int_eq(restored.error, ELOOP);
    ck_assert_ptr_nonnull(strstr(restored.text, "symbolic link"));
    ck_assert_int_eq(restore_from(NULL), RESTORE_FAILED);
    ck_assert_str_eq(files_read(&files, "victim/it"), "outside");
    ck_assert_uint_eq(files_count(&files, "victim"), 1);
}
END_TEST

START_TEST(a_link_that_was_there_before_is_resolved_once)
{
    make_file();
    files_link(&files, "way", "target");
    try_to_keep(files_path(&files, "way/it"));
    ck_assert_int_eq(kept.error, 0);
    ck_assert_str_eq(kept.resolved, files_path(&files, "target/it"));
    make_other_file();
    has(RESTORE_RESTORED);
    is_as_kept();
}
END_TEST

START_TEST(a_damaged_before_image_is_not_put_back)
{
    static const char *const damage[] = {"images/" NAME, "images/" NAME ".meta"};
    make_file();
    keep();
    make_other_file();
    files_write(&files, damage[_i], "damage", 0600);
    ck_assert_int_eq(restore_now(), RESTORE_FAILED);
    ck_assert_ptr_nonnull(strstr(restored.text, "damaged"));
    ck_assert_str_eq(files_read(&files, "target/it"), "after, and longer");
    ck_assert_int_eq(unlinkat(files.fd, damage[_i], 0), 0);
    ck_assert_int_eq(restore_now(), RESTORE_FAILED);
    ck_assert_str_eq(files_read(&files, "target/it"), "after, and longer");
    is_clean(1);
}
END_TEST

START_TEST(another_before_image_is_not_put_back)
{
    make_file();
    keep();
    kept.facts.digest[0] ^= 1;
    make_other_file();
    ck_assert_int_eq(restore_now(), RESTORE_FAILED);
    ck_assert_str_eq(files_read(&files, "target/it"), "after, and longer");
}
END_TEST

START_TEST(the_copy_is_for_nobody_else)
{
    struct stat st;
    make_folder();
    keep();
    ck_assert_int_eq(fstatat(images, NAME, &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    ck_assert_int_eq(fstatat(images, NAME "/tool", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(fstatat(images, NAME ".meta", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    clear();
}
END_TEST

START_TEST(extended_attributes_come_back)
{
    char value[16] = {0};
    make_file();
    ck_assert_int_eq(setxattr(files_path(&files, "target/it"), "user.note", "a\nb", 3, 0), 0);
    keep();
    make_other_file();
    ck_assert_int_eq(setxattr(files_path(&files, "target/it"), "user.other", "x", 1, 0), 0);
    has(RESTORE_RESTORED);
    ck_assert_int_eq(getxattr(files_path(&files, "target/it"), "user.note", value, sizeof(value)), 3);
    ck_assert_str_eq(value, "a\nb");
    ck_assert_int_eq(getxattr(files_path(&files, "target/it"), "user.other", value, sizeof(value)), -1);
}
END_TEST

START_TEST(leftovers_of_a_killed_attempt_are_replaced)
{
    make_folder();
    keep();
    files_write(&files, "images/" NAME ".new", "torn", 0600);
    files_write(&files, "images/" NAME "/sub/more", "torn", 0600);
    keep();
    ck_assert_uint_eq(files_count(&files, "images"), 2);
    ck_assert(!files_have(&files, "images/" NAME "/sub/more"));
    make_other_file();
    clear();
    keep();
    ck_assert_uint_eq(kept.facts.kind, WIRE_FILE_NONE);
    ck_assert_uint_eq(files_count(&files, "images"), 0);
}
END_TEST

START_TEST(nothing_below_a_missing_folder)
{
    try_to_keep(files_path(&files, "target/none/deeper/it"));
    ck_assert_int_eq(kept.error, 0);
    ck_assert_uint_eq(kept.facts.kind, WIRE_FILE_NONE);
    ck_assert_int_eq(restore_from(&kept.facts), RESTORE_UNCHANGED);
    files_folder(&files, "target/none", 0755);
    files_folder(&files, "target/none/deeper", 0755);
    ck_assert_int_eq(restore_from(&kept.facts), RESTORE_UNCHANGED);
}
END_TEST

START_TEST(devices_pipes_and_sockets_are_not_kept)
{
    try_to_keep("/dev/null");
    ck_assert_int_eq(kept.error, EOPNOTSUPP);
    ck_assert_ptr_nonnull(strstr(kept.text, "cannot keep a copy of /dev/null: neither a file"));
    ck_assert_uint_eq(files_count(&files, "images"), 0);
}
END_TEST

/* A limit on file sizes, in a test process of its own. */
START_TEST(a_limit_on_file_sizes_is_told)
{
    struct rlimit limit = {.rlim_cur = 100, .rlim_max = 100};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGXFSZ);
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &blocked, NULL), 0);
    make_file();
    keep();
    make_other_file();
    struct wire_facts made = now();
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    try_to_keep(files_path(&files, "target/it")); /* its list is longer than that */
    ck_assert_int_eq(kept.error, EFBIG);
    ck_assert_uint_eq(files_count(&files, "images"), 0);
    ck_assert_int_eq(made.kind, WIRE_FILE_REGULAR);
}
END_TEST

/* The two names that a kill can leave beside the artifact. */
START_TEST(a_half_done_exchange_is_undone)
{
    char beside[2][64];
    uint8_t digest[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    digest_of("it", 2, digest);
    digest_hex(digest, hex);
    snprintf(beside[0], sizeof(beside[0]), "target/.muster-%.16s.new", hex);
    snprintf(beside[1], sizeof(beside[1]), "target/.muster-%.16s.old", hex);
    make_folder();
    keep();
    make_other_folder();
    struct wire_facts made = now();
    files_folder(&files, beside[0], 0700);
    ck_assert_int_eq(renameat(files.fd, "target/it", files.fd, beside[1]), 0);
    ck_assert_int_eq(restore_from(&made), RESTORE_RESTORED);
    is_as_kept();
    is_clean(1);
    files_folder(&files, beside[1], 0700);
    files_write(&files, beside[0], "torn", 0600);
    ck_assert_int_eq(restore_from(&made), RESTORE_UNCHANGED);
    is_clean(1);
    clear();
}
END_TEST

START_TEST(a_half_done_removal_goes_on)
{
    char old[64];
    uint8_t digest[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    digest_of("it", 2, digest);
    digest_hex(digest, hex);
    snprintf(old, sizeof(old), "target/.muster-%.16s.old", hex);
    keep();
    make_other_folder();
    struct wire_facts made = now();
    ck_assert_int_eq(renameat(files.fd, "target/it", files.fd, old), 0);
    ck_assert_int_eq(restore_from(&made), RESTORE_UNCHANGED);
    is_clean(0);
}
END_TEST

START_TEST(a_half_written_file_is_written_again)
{
    make_file();
    keep();
    make_other_file();
    struct wire_facts made = now();
    files_write(&files, "target/it", "befo", 0600);
    files_write(&files, "images/" NAME ".open", "", 0600);
    ck_assert_int_eq(restore_from(&made), RESTORE_RESTORED);
    ck_assert_uint_eq(restored.in_place, 1);
    is_as_kept();
    ck_assert_uint_eq(files_count(&files, "images"), 2);
}
END_TEST

Suite *suite_before_image(void)
{
    Suite *s = suite_create("before_image");
    TCase *t = tcase_create("before_image");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, every_kind_comes_back_from_every_kind, 0, 16);
    tcase_add_loop_test(t, what_somebody_else_changed_is_left_alone, 0, 4);
    tcase_add_test(t, what_somebody_else_removed_or_replaced_is_left_alone);
    tcase_add_test(t, what_was_put_back_by_hand_is_unchanged);
    tcase_add_test(t, a_link_in_the_path_is_refused);
    tcase_add_test(t, a_link_that_was_there_before_is_resolved_once);
    tcase_add_loop_test(t, a_damaged_before_image_is_not_put_back, 0, 2);
    tcase_add_test(t, another_before_image_is_not_put_back);
    tcase_add_test(t, the_copy_is_for_nobody_else);
    tcase_add_test(t, extended_attributes_come_back);
    tcase_add_test(t, leftovers_of_a_killed_attempt_are_replaced);
    tcase_add_test(t, nothing_below_a_missing_folder);
    tcase_add_test(t, devices_pipes_and_sockets_are_not_kept);
    tcase_add_test(t, a_limit_on_file_sizes_is_told);
    tcase_add_test(t, a_half_done_exchange_is_undone);
    tcase_add_test(t, a_half_done_removal_goes_on);
    tcase_add_test(t, a_half_written_file_is_written_again);
    suite_add_tcase(s, t);
    return s;
}
