#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/setup/attributes.h"
#include "init/setup/image_list.h"
#include "tests/unit/suites.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ROOT "d 0755 0 0 1700000000123456789 0 " EMPTY " .\n"

static struct err e;

/* @body with a header and the digest that it needs. */
static int parse(const char *body, struct tree *out)
{
    char text[8192];
    uint8_t digest[DIGEST_BYTES];
    int n = snprintf(text, sizeof(text), "muster before-image 1 sha256\n%s", body);
    digest_of(text, (size_t)n, digest);
    memcpy(text + n, "end ", 4);
    digest_hex(digest, text + n + 4);
    text[n + 4 + 64] = '\n';
    return image_list_parse(text, (size_t)n + 4 + 65, out, &e);
}

static size_t write_list(const struct tree *t, char *out, size_t cap)
{
    int fd = memfd_create("list", 0);
    ck_assert_int_eq(image_list_write(t, fd), 0);
    ssize_t n = pread(fd, out, cap, 0);
    close(fd);
    return (size_t)n;
}

static const char full[] = ROOT "f 4640 1000 100 -5 3 " EMPTY " a\\\\b\\n\n"
                                "x user.note 00ff\nx security.capability 01\n"
                                "d 0700 4294967295 0 9223372036854775807 0 " EMPTY " d\n"
                                "l 0777 0 0 0 8 " EMPTY " d/link\nt /nowhere\n";

START_TEST(reads_everything)
{
    struct tree t;
    ck_assert_msg(parse(full, &t) == 0, "%s", e.text);
    ck_assert_uint_eq(t.count, 4);
    ck_assert_uint_eq(t.algorithm, DIGEST_SHA256);
    ck_assert_int_eq(t.entries[0].mtime_ns, 1700000000123456789);
    ck_assert_str_eq(tree_text(&t, t.entries[1].path), "a\\b\n");
    ck_assert_uint_eq(t.entries[1].mode, 04640);
    ck_assert_int_eq(t.entries[1].mtime_ns, -5);
    ck_assert_str_eq(t.entries[1].extended, "x user.note 00ff\nx security.capability 01\n");
    ck_assert_uint_eq(t.entries[2].uid, UINT32_MAX);
    ck_assert_str_eq(tree_text(&t, t.entries[3].target), "/nowhere");
    tree_free(&t);
}
END_TEST

START_TEST(writes_what_it_read)
{
    struct tree t;
    struct tree again;
    char first[8192];
    char second[8192];
    ck_assert_int_eq(parse(full, &t), 0);
    size_t len = write_list(&t, first, sizeof(first));
    ck_assert_int_eq(image_list_parse(first, len, &again, &e), 0);
    ck_assert_uint_eq(write_list(&again, second, sizeof(second)), len);
    ck_assert_mem_eq(first, second, len);
    ck_assert_ptr_nonnull(strstr(first, full));
    tree_free(&again);
    /* SHA-512 is written in full. */
    t.algorithm = DIGEST_SHA512;
    len = write_list(&t, first, sizeof(first));
    ck_assert_int_eq(image_list_parse(first, len, &again, &e), 0);
    ck_assert_uint_eq(again.algorithm, DIGEST_SHA512);
    ck_assert_mem_eq(again.entries[1].digest, t.entries[1].digest, DIGEST_BYTES_MAX);
    tree_free(&again);
    tree_free(&t);
}
END_TEST

START_TEST(every_torn_list_is_recognised)
{
    struct tree t;
    struct tree again;
    char text[8192];
    ck_assert_int_eq(parse(full, &t), 0);
    size_t len = write_list(&t, text, sizeof(text));
    for (size_t cut = 0; cut < len; cut++) {
        ck_assert_int_eq(image_list_parse(text, cut, &again, &e), -1);
        ck_assert_int_eq(e.code, ERR_STATE);
        text[cut] ^= 1;
        ck_assert_int_eq(image_list_parse(text, len, &again, &e), -1);
        text[cut] ^= 1;
    }
    tree_free(&t);
}
END_TEST

START_TEST(refuses_what_it_would_not_write)
{
    static const char *const wrong[] = {
        "",
        "x user.a 00\n",
        "t /x\n",
        "d 0755 0 0 0 0 " EMPTY " \n",
        "d 0755 0 0 0 0 " EMPTY " a\n",
        "d 0755 0 0 0 0 " EMPTY "\n",
        "d 10755 0 0 0 0 " EMPTY " .\n",
        "d 0785 0 0 0 0 " EMPTY " .\n",
        "q 0755 0 0 0 0 " EMPTY " .\n",
        "d 0755 4294967296 0 0 0 " EMPTY " .\n",
        "d 0755 0 0 9223372036854775808 0 " EMPTY " .\n",
        "d 0755 0 0  0 " EMPTY " .\n",
        "d 0755 0 0 0 0 E" EMPTY " .\n",
        "f 0755 0 0 0 0 " EMPTY " .\nf 0644 0 0 0 0 " EMPTY " a\n",
        ROOT "f 0644 0 0 0 0 " EMPTY " /etc/x\n",
        ROOT "f 0644 0 0 0 0 " EMPTY " ..\n",
        ROOT "f 0644 0 0 0 0 " EMPTY " a/../../x\n",
        ROOT "f 0644 0 0 0 0 " EMPTY " a/./x\n",
        ROOT "f 0644 0 0 0 0 " EMPTY " a//x\n",
        ROOT "f 0644 0 0 0 0 " EMPTY " a/\n",
        ROOT "f 0644 0 0 0 0 " EMPTY " b\nf 0644 0 0 0 0 " EMPTY " a\n",
        ROOT "f 0644 0 0 0 0 " EMPTY " a\nf 0644 0 0 0 0 " EMPTY " a\n",
        ROOT "l 0777 0 0 0 8 " EMPTY " link\n",
        ROOT "l 0777 0 0 0 7 " EMPTY " link\nt /nowhere\n",
        ROOT "l 0777 0 0 0 8 " EMPTY " link\nt /nowhere\nt /nowhere\n",
        ROOT "t /nowhere\n",
        ROOT "x user.a 0\n",
        ROOT "x user.a 0G\n",
        ROOT "x  00\n",
        ROOT "x user.a 00\nt /x\n",
        ROOT "f 0644 0 0 0 0 " EMPTY " a",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct tree t;
        ck_assert_msg(parse(wrong[i], &t) == -1, "%s", wrong[i]);
    }
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    struct tree t;
    ck_assert_int_eq(parse(full, &t), 0);
    int fd = open("/dev/full", O_WRONLY);
    ck_assert_int_eq(image_list_write(&t, fd), ENOSPC);
    close(fd);
    tree_free(&t);
}
END_TEST

Suite *suite_image_list(void)
{
    Suite *s = suite_create("image_list");
    TCase *t = tcase_create("image_list");
    tcase_add_test(t, reads_everything);
    tcase_add_test(t, writes_what_it_read);
    tcase_add_test(t, every_torn_list_is_recognised);
    tcase_add_test(t, refuses_what_it_would_not_write);
    tcase_add_test(t, a_full_disk_is_told);
    suite_add_tcase(s, t);
    return s;
}
