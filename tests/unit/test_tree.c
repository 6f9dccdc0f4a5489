#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/setup/measure.h"
#include "init/setup/tree.h"
#include "tests/unit/file_fixture.h"
#include "tests/unit/suites.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct files files;
static struct pool pool;
static struct err e;

static void setup(void)
{
    files_make(&files);
    pool_start(&pool, 3);
}

static void teardown(void)
{
    pool_end(&pool);
    files_remove(&files);
}

static struct wire_facts facts_of(const char *name, enum digest_algorithm a)
{
    struct wire_facts out;
    ck_assert_msg(measure(&pool, files.fd, name, a, &out, &e) == 0, "%s", e.text);
    return out;
}

static void has_digest(const struct wire_facts *f, const char *expected)
{
    char text[DIGEST_TEXT_MAX];
    digest_text((enum digest_algorithm)f->algorithm, f->digest, text);
    ck_assert_str_eq(strchr(text, ':') + 1, expected);
}

static void has_digest_of(const struct wire_facts *f, const char *lines)
{
    uint8_t digest[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    digest_of(lines, strlen(lines), digest);
    digest_hex(digest, hex);
    has_digest(f, hex);
}

START_TEST(a_folder_is_the_lines_of_its_entries)
{
    files_folder(&files, "root", 0750);
    files_folder(&files, "root/a", 0700);
    files_write(&files, "root/a/c", "abc", 04755);
    files_write(&files, "root/a-b", "", 0644);
    files_write(&files, "root/new\nline\\\r", "abc", 0600);
    files_link(&files, "root/link", "/nowhere");
    ck_assert_int_eq(mkfifoat(files.fd, "root/pipe", 0600), 0);
    struct wire_facts f = facts_of("root", DIGEST_SHA512);
    uint8_t target[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    char lines[2048];
    digest_of("/nowhere", 8, target);
    digest_hex(target, hex);
    /* Bytewise: '-' comes before '/', so a-b before a/c. */
    snprintf(lines, sizeof(lines),
             "d 0700 0 " EMPTY " a\n"
             "f 0644 0 " EMPTY " a-b\n"
             "f 4755 3 " ABC " a/c\n"
             "l 0777 0 %s link\n"
             "f 0600 3 " ABC " new\\nline\\\\\\r\n",
             hex);
    has_digest_of(&f, lines);
    ck_assert_uint_eq(f.algorithm, DIGEST_SHA256);
    ck_assert_uint_eq(f.kind, WIRE_FILE_DIRECTORY);
    ck_assert_uint_eq(f.mode, 0750);
    ck_assert_uint_eq(f.size, 6);
}
END_TEST

START_TEST(an_empty_folder_has_the_digest_of_nothing)
{
    files_folder(&files, "root", 0755);
    struct wire_facts f = facts_of("root", DIGEST_SHA256);
    has_digest(&f, EMPTY);
    ck_assert_uint_eq(f.size, 0);
}
END_TEST

START_TEST(files_and_links_have_the_algorithm_that_is_asked_for)
{
    files_write(&files, "file", "abc", 0640);
    files_link(&files, "link", "abc");
    struct wire_facts f = facts_of("file", DIGEST_SHA256);
    has_digest(&f, ABC);
    f = facts_of("link", DIGEST_SHA256);
    has_digest(&f, ABC);
    ck_assert_uint_eq(f.kind, WIRE_FILE_SYMLINK);
    ck_assert_uint_eq(f.size, 3);
    f = facts_of("file", DIGEST_SHA512);
    ck_assert_uint_eq(f.algorithm, DIGEST_SHA512);
    has_digest(&f, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                   "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}
END_TEST

START_TEST(nothing_and_special_files_are_facts_too)
{
    ck_assert_int_eq(mkfifoat(files.fd, "pipe", 0600), 0);
    files_write(&files, "file", "", 0600);
    ck_assert_uint_eq(facts_of("none", DIGEST_SHA256).kind, WIRE_FILE_NONE);
    ck_assert_uint_eq(facts_of("file/below", DIGEST_SHA256).kind, WIRE_FILE_NONE);
    struct wire_facts f = facts_of("pipe", DIGEST_SHA256);
    ck_assert_uint_eq(f.kind, WIRE_FILE_OTHER);
    ck_assert_uint_eq(f.algorithm, DIGEST_NONE);
    ck_assert_uint_eq(facts_of("/dev/null", DIGEST_SHA256).kind, WIRE_FILE_OTHER);
}
END_TEST

START_TEST(threads_do_not_change_the_digest)
{
    struct wire_facts alone;
    files_folder(&files, "root", 0755);
    for (int i = 0; i < 300; i++) {
        char name[64];
        snprintf(name, sizeof(name), "root/%d", i * 7919 % 300);
        files_write(&files, name, name, 0644);
    }
    ck_assert_int_eq(measure(NULL, files.fd, "root", DIGEST_SHA256, &alone, &e), 0);
    struct wire_facts together = facts_of("root", DIGEST_SHA256);
    ck_assert_mem_eq(&alone, &together, sizeof(alone));
    files_write(&files, "root/17", "other", 0644);
    together = facts_of("root", DIGEST_SHA256);
    ck_assert_mem_ne(alone.digest, together.digest, sizeof(alone.digest));
}
END_TEST

START_TEST(what_is_too_deep_is_said)
{
    int at = files.fd;
    struct wire_facts f;
    for (int i = 0; i <= TREE_DEPTH_MAX + 1; i++) {
        ck_assert_int_eq(mkdirat(at, "d", 0700), 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        if (at != files.fd)
            close(at);
        at = next;
    }
    close(at);
    ck_assert_int_eq(measure(&pool, files.fd, "d", DIGEST_SHA256, &f, &e), -1);
    ck_assert_int_eq(e.sys, E2BIG);
    ck_assert_ptr_nonnull(strstr(e.text, "d/d/d"));
}
END_TEST

START_TEST(too_many_entries_are_refused)
{
    struct tree t = {.count = TREE_ENTRIES_MAX};
    ck_assert_ptr_null(tree_add(&t, "x", 1));
    ck_assert_int_eq(errno, E2BIG);
    t = (struct tree){.text_len = TREE_TEXT_MAX};
    ck_assert_uint_eq(tree_add_text(&t, "x", 1), 0);
    ck_assert_int_eq(errno, E2BIG);
}
END_TEST

START_TEST(escaping_is_undone)
{
    static const char *const texts[] = {"plain", "a\\b", "new\nline", "\r\\n\n", "\xff\x01"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char storage[64];
        char back[64];
        struct buf b = BUF_OVER(storage);
        tree_escape(&b, texts[i]);
        ck_assert_ptr_null(strchr(b.data, '\n'));
        ck_assert_uint_eq(tree_unescape(b.data, b.len, back, sizeof(back)), strlen(texts[i]));
        ck_assert_str_eq(back, texts[i]);
        ck_assert_uint_eq(tree_unescape(b.data, b.len, back, strlen(texts[i])), 0);
    }
    char out[8];
    static const char *const wrong[] = {"", "\\", "\\x", "a\nb", "a\rb"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_uint_eq(tree_unescape(wrong[i], strlen(wrong[i]), out, sizeof(out)), 0);
}
END_TEST

Suite *suite_tree(void)
{
    Suite *s = suite_create("tree");
    TCase *t = tcase_create("tree");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_folder_is_the_lines_of_its_entries);
    tcase_add_test(t, an_empty_folder_has_the_digest_of_nothing);
    tcase_add_test(t, files_and_links_have_the_algorithm_that_is_asked_for);
    tcase_add_test(t, nothing_and_special_files_are_facts_too);
    tcase_add_test(t, threads_do_not_change_the_digest);
    tcase_add_test(t, what_is_too_deep_is_said);
    tcase_add_test(t, too_many_entries_are_refused);
    tcase_add_test(t, escaping_is_undone);
    suite_add_tcase(s, t);
    return s;
}
