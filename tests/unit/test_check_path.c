#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/config/schema.h"
#include "tests/unit/suites.h"
#include "tests/unit/value_case.h"

static char folder[64];

/* folder/name; the buffer is written over by the next call. */
static const char *in_folder(const char *name)
{
    static char path[200];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void make_file(const char *name, mode_t mode)
{
    FILE *f = fopen(in_folder(name), "we");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_int_eq(chmod(in_folder(name), mode), 0);
}

static void make_folder(void)
{
    char target[200];
    snprintf(folder, sizeof(folder), "/tmp/muster-path-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    make_file("plain", 0600);
    make_file("program", 0700);
    ck_assert_int_eq(mkdir(in_folder("folder"), 0700), 0);
    ck_assert_int_eq(mkfifo(in_folder("pipe"), 0600), 0);
    snprintf(target, sizeof(target), "%s", in_folder("plain"));
    ck_assert_int_eq(symlink(target, in_folder("link")), 0);
    ck_assert_int_eq(symlink("nowhere", in_folder("dangling")), 0);
    ck_assert_int_eq(symlink("loop", in_folder("loop")), 0);
}

static void remove_folder(void)
{
    static const char *const names[] = {"plain", "program", "pipe", "link", "dangling", "loop"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_int_eq(unlink(in_folder(names[i])), 0);
    ck_assert_int_eq(rmdir(in_folder("folder")), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static const struct {
    unsigned rules;
    const char *name;
    const char *rule;
    const char *says;
} cases[] = {
    {0, "missing", NULL, NULL},
    {PATH_EXISTS, "plain", NULL, NULL},
    {PATH_EXISTS, "pipe", NULL, NULL},
    {PATH_EXISTS, "link", NULL, NULL},
    {PATH_EXISTS, "missing", "path.missing", "nothing is there"},
    {PATH_EXISTS, "dangling", "path.missing", "a link that leads nowhere"},
    {PATH_EXISTS, "plain/below", "path.missing", "create it or mount it"},
    {PATH_EXISTS, "loop", "path.missing", "nothing is there"},
    {PATH_FILE, "plain", NULL, NULL},
    {PATH_FILE, "link", NULL, NULL},
    {PATH_FILE, "folder", "path.kind", "a directory, not a regular file"},
    {PATH_FILE, "folder", "path.kind", "a mount of a file that is missing makes a directory"},
    {PATH_FILE, "pipe", "path.kind", "something else, not a regular file"},
    {PATH_FILE, "missing", "path.missing", NULL},
    {PATH_DIRECTORY, "folder", NULL, NULL},
    {PATH_DIRECTORY, "plain", "path.kind", "not a directory"},
    {PATH_READABLE | PATH_WRITABLE, "plain", NULL, NULL},
    {PATH_READABLE | PATH_WRITABLE | PATH_EXECUTABLE, "folder", NULL, NULL},
    {PATH_EXECUTABLE, "program", NULL, NULL},
    {PATH_EXECUTABLE, "plain", "path.access", "not executable: "}, /* so also for root */
    {PATH_FILE | PATH_EXECUTABLE, "folder", "path.kind", NULL},
    {PATH_READABLE, "missing", "path.missing", NULL},
};

START_TEST(paths_are_looked_at_when_that_is_asked_for)
{
    struct variable v = {.name = "V", .type = VALUE_PATH, .path_rules = cases[_i].rules};
    value_case_run(&(struct value_case){&v, in_folder(cases[_i].name), cases[_i].rule, cases[_i].says});
}
END_TEST

START_TEST(a_file_system_that_cannot_be_written_is_told)
{
    struct variable v = {.name = "V", .type = VALUE_PATH, .path_rules = PATH_WRITABLE};
    value_case_run(&(struct value_case){&v, "/proc/self/cmdline", geteuid() == 0 ? NULL : "path.access", NULL});
    struct variable program = {.name = "V", .type = VALUE_PATH, .path_rules = PATH_EXECUTABLE};
    value_case_run(&(struct value_case){&program, "/proc/self/status", "path.access", "Permission denied"});
}
END_TEST

START_TEST(secret_paths_are_not_told)
{
    struct variable v = {.name = "V", .type = VALUE_PATH, .secret = true, .path_rules = PATH_EXISTS};
    static struct problems list;
    static const char *const values[] = {"hunter22", "/hunter22", "/dev/null/hunter22", "/hunter22\n", "~/hunter22"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        memset(&list, 0, sizeof(list));
        value_check(&v, "V", values[i], &list);
        ck_assert_uint_eq(list.errors, 1);
        ck_assert_ptr_null(strstr(list.items[0].text, "hunter22"));
        ck_assert_ptr_null(strstr(list.items[0].hint, "hunter22"));
        ck_assert_str_eq(list.items[0].found, "");
    }
}
END_TEST

static const struct variable plain = {.name = "V", .type = VALUE_PATH};

static const struct value_case forms[] = {
    {&plain, "/", NULL, NULL},
    {&plain, "//a/./../b c", NULL, NULL},
    {&plain, "a/b", "path.relative", "not an absolute path, found \"a/b\"", "a/b", "an absolute path"},
    {&plain, "../a", "path.relative", "begin with /"},
    {&plain, "~/a", "path.relative", "~ means something to shells only"},
    {&plain, "/a\n", "path.syntax", "control characters in a path, found \"/a?\"", "/a?"},
    {&plain, "/a\r", "path.syntax", "carriage return"},
    {&plain, "", "value.empty", NULL},
};

START_TEST(paths_are_absolute)
{
    value_case_run(&forms[_i]);
}
END_TEST

START_TEST(lengths_of_paths_are_those_of_the_kernel)
{
    static char path[4200];
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[256] = '\0';
    value_case_run(&(struct value_case){&plain, path, NULL, NULL});
    path[256] = 'a';
    path[257] = '\0';
    value_case_run(&(struct value_case){&plain, path, "path.syntax", "at most 4095 bytes, and a name in it 255"});
    for (size_t i = 0; i < sizeof(path); i += 100)
        path[i] = '/';
    path[257] = 'a';
    path[4095] = '\0';
    value_case_run(&(struct value_case){&plain, path, NULL, NULL});
    path[4095] = 'a';
    path[4096] = '\0';
    value_case_run(&(struct value_case){&plain, path, "path.syntax", "too long for a path"});
}
END_TEST

static const struct {
    unsigned rules;
    const char *text;
} accepted[] = {
    {0, "an absolute path"},
    {PATH_EXISTS, "an absolute path of a file or directory that exists"},
    {PATH_FILE, "an absolute path of a regular file"},
    {PATH_DIRECTORY, "an absolute path of a directory"},
    {PATH_READABLE, "an absolute path of a readable file or directory"},
    {PATH_FILE | PATH_READABLE | PATH_WRITABLE, "an absolute path of a readable and writable file"},
    {PATH_FILE | PATH_EXECUTABLE, "an absolute path of an executable file"},
    {PATH_EXISTS | PATH_DIRECTORY | PATH_WRITABLE, "an absolute path of a writable directory"},
};

START_TEST(what_has_to_be_there_is_said)
{
    struct variable v = {.name = "V", .type = VALUE_PATH, .path_rules = accepted[_i].rules};
    ck_assert_str_eq(value_case_text(&v), accepted[_i].text);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_check_path(void)
{
    Suite *s = suite_create("check_path");
    TCase *files = tcase_create("files");
    TCase *t = tcase_create("check_path");
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_loop_test(files, paths_are_looked_at_when_that_is_asked_for, 0, ROWS(cases));
    suite_add_tcase(s, files);
    tcase_add_test(t, a_file_system_that_cannot_be_written_is_told);
    tcase_add_test(t, secret_paths_are_not_told);
    tcase_add_loop_test(t, paths_are_absolute, 0, ROWS(forms));
    tcase_add_test(t, lengths_of_paths_are_those_of_the_kernel);
    tcase_add_loop_test(t, what_has_to_be_there_is_said, 0, ROWS(accepted));
    suite_add_tcase(s, t);
    return s;
}
