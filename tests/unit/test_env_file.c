#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/config/env_file.h"
#include "tests/unit/suites.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static struct arena arena;
static struct problems list;
static struct env_file file;

static void set_up(void)
{
    arena_init(&arena);
    memset(&list, 0, sizeof(list));
}

static void tear_down(void)
{
    arena_free_all(&arena);
}

/* A copy of exactly that size, so that the sanitizers see a read behind its end. */
static int parse_bytes(const char *text, size_t len, enum env_dialect dialect)
{
    char *copy = malloc(len + (len == 0));
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, len);
    int rc = env_file_parse(copy, len, dialect, ".env", &arena, &file, &list);
    free(copy); /* nothing may point into it */
    return rc;
}

/* "NAME=value|NAME=value", with "NAME" alone for one without a value. */
static const char *entries_of(const struct env_file *f)
{
    static char text[1024];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < f->count; i++) {
        const struct env_entry *e = &f->entries[i];
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s%s", i == 0 ? "" : "|", e->name,
                                 e->value ? "=" : "", e->value ? e->value : "");
    }
    return text;
}

static const struct {
    const char *text;
    const char *docker;
    const char *dotenv;
} good[] = {
    {"", "", ""},
    {"\n", "", ""},
    {"\n\n  \n\t\n", "", ""},
    {"# nothing\n  # at all", "", ""},
    {"A=1", "A=1", "A=1"},
    {"A=1\n", "A=1", "A=1"},
    {"A=1\r\n", "A=1", "A=1"},
    {"A=1\r\nB=2\r\n", "A=1|B=2", "A=1|B=2"},
    {"A=1\r", "A=1", "A=1"},
    {"A=\n", "A=", "A="},
    {"A=", "A=", "A="},
    {"A=\r\n", "A=", "A="},
    {"A==", "A==", "A=="},
    {"A=b=c", "A=b=c", "A=b=c"},
    {"  A=1", "A=1", "A=1"},
    {"\tA=1", "A=1", "A=1"},
    {"A= 1 ", "A= 1 ", "A=1"},
    {"A=1 \n", "A=1 ", "A=1"},
    {"A=\t1\t\n", "A=\t1\t", "A=1"},
    {"A=1 # one", "A=1 # one", "A=1"},
    {"A=1\t# one", "A=1\t# one", "A=1"},
    {"A=1# one", "A=1# one", "A=1# one"},
    {"A=#1", "A=#1", "A=#1"},
    {"A= #1", "A= #1", "A="},
    {"A=a # b # c", "A=a # b # c", "A=a"},
    {"A=\"1\"", "A=\"1\"", "A=1"},
    {"A='1'", "A='1'", "A=1"},
    {"A=\"\"", "A=\"\"", "A="},
    {"A=''", "A=''", "A="},
    {"A=\" 1 \"  ", "A=\" 1 \"  ", "A= 1 "},
    {"A= \"1\"", "A= \"1\"", "A=1"},
    {"A=\"1\" # one", "A=\"1\" # one", "A=1"},
    {"A='1'\t#", "A='1'\t#", "A=1"},
    {"A='#'", "A='#'", "A=#"},
    {"A=\"it's\"", "A=\"it's\"", "A=it's"},
    {"A='a\"b'", "A='a\"b'", "A=a\"b"},
    {"A='a\\nb\\'", "A='a\\nb\\'", "A=a\\nb\\"},
    {"A=\"a\\nb\\r\\tc\"", "A=\"a\\nb\\r\\tc\"", "A=a\nb\r\tc"},
    {"A=\"\\\\n\\\"\\$x\"", "A=\"\\\\n\\\"\\$x\"", "A=\\n\"$x"},
    {"A=\"\\x\\'\\0\"", "A=\"\\x\\'\\0\"", "A=\\x\\'\\0"},
    {"A=\\n\\\"", "A=\\n\\\"", "A=\\n\\\""},
    {"A=b\"c\"", "A=b\"c\"", "A=b\"c\""},
    {"A=$B${C}`d`$(e)", "A=$B${C}`d`$(e)", "A=$B${C}`d`$(e)"},
    {"A=\"$B${C}`d`$(e)\"", "A=\"$B${C}`d`$(e)\"", "A=$B${C}`d`$(e)"},
    {"A=1\nA=2\n", "A=1|A=2", "A=1|A=2"},
    {"a_b1=x", "a_b1=x", "a_b1=x"},
    {"A=\xc3\xa9", "A=\xc3\xa9", "A=\xc3\xa9"},
    {"A=\x01\x7f", "A=\x01\x7f", "A=\x01\x7f"},
};

START_TEST(good_files)
{
    ck_assert_int_eq(parse_bytes(good[_i].text, strlen(good[_i].text), ENV_DOCKER), 0);
    ck_assert_str_eq(entries_of(&file), good[_i].docker);
    ck_assert_int_eq(parse_bytes(good[_i].text, strlen(good[_i].text), ENV_DOTENV), 0);
    ck_assert_str_eq(entries_of(&file), good[_i].dotenv);
    ck_assert_uint_eq(list.count, 0);
    ck_assert_str_eq(file.path, ".env");
}
END_TEST

/* What is good in one of them and not, or something else, in the other. */
static const struct {
    const char *text;
    enum env_dialect dialect;
    const char *entries;
} own[] = {
    {"A", ENV_DOCKER, "A"},
    {"A\nB=1\n", ENV_DOCKER, "A|B=1"},
    {"  A\r\n", ENV_DOCKER, "A"},
    {"export A=1", ENV_DOTENV, "A=1"},
    {"export\t A=1", ENV_DOTENV, "A=1"},
    {" export A='1'", ENV_DOTENV, "A=1"},
    {"exported=1", ENV_DOTENV, "exported=1"},
    {"export=1", ENV_DOTENV, "export=1"},
    {"A = 1", ENV_DOTENV, "A=1"},
    {"A\t=\"1\"", ENV_DOTENV, "A=1"},
    {"A=\"1\n2\r\n3\"\nB=4", ENV_DOTENV, "A=1\n2\n3|B=4"},
    {"A='1\n# 2'\nB=4", ENV_DOTENV, "A=1\n# 2|B=4"},
    {"A='\n'", ENV_DOTENV, "A=\n"},
    {"A=\"1\\\n2\"", ENV_DOTENV, "A=1\\\n2"},
    {"A=\"1\r2\"", ENV_DOTENV, "A=1\r2"},
};

START_TEST(good_in_its_dialect)
{
    ck_assert_int_eq(parse_bytes(own[_i].text, strlen(own[_i].text), own[_i].dialect), 0);
    ck_assert_str_eq(entries_of(&file), own[_i].entries);
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

#define BOTH (-1)

static const struct {
    const char *text;
    int dialect;
    const char *rule;
    const char *where;
    const char *entries; /* what is read all the same */
} bad[] = {
    {"A=1\n=2\nB=3", BOTH, "env_file.syntax", ".env:2", "A=1|B=3"},
    {"A B=1\nC=2", BOTH, "env_file.syntax", ".env:1", "C=2"},
    {"A =1\nC=2", ENV_DOCKER, "env_file.syntax", ".env:1", "C=2"},
    {"A \nC=2", ENV_DOCKER, "env_file.syntax", ".env:1", "C=2"},
    {"export A=1\nC=2", ENV_DOCKER, "env_file.syntax", ".env:1", "C=2"},
    {"A\nC=2", ENV_DOTENV, "env_file.syntax", ".env:1", "C=2"},
    {"export\nC=2", ENV_DOTENV, "env_file.syntax", ".env:1", "C=2"},
    {"export A\nC=2", ENV_DOTENV, "env_file.syntax", ".env:1", "C=2"},
    {"export =1\nC=2", ENV_DOTENV, "env_file.syntax", ".env:1", "C=2"},
    {"A: 1\nC=2", ENV_DOTENV, "env_file.syntax", ".env:1", "C=2"},
    {"A=\"1\" 2\nC=2", ENV_DOTENV, "env_file.syntax", ".env:1", "C=2"},
    {"A=\"1\"#2\nC=2", ENV_DOTENV, "env_file.syntax", ".env:1", "C=2"},
    {"A='1\n2'3\nC=2", ENV_DOTENV, "env_file.syntax", ".env:2", "C=2"},
    {"Z=1\nA=\"1\nC=2\n", ENV_DOTENV, "env_file.syntax", ".env:2", "Z=1"},
    {"A=\"1\\\"\nC=2\n", ENV_DOTENV, "env_file.syntax", ".env:1", ""},
    {"A='", ENV_DOTENV, "env_file.syntax", ".env:1", ""},
    {"A=\"\\", ENV_DOTENV, "env_file.syntax", ".env:1", ""},
    {"A=\xff\nC=2", BOTH, "env_file.encoding", ".env:1", "C=2"},
    {"\xe9=1\nC=2", BOTH, "env_file.encoding", ".env:1", "C=2"},
    {"A='\n\xff'\nC=2", ENV_DOTENV, "env_file.encoding", ".env:1", "C=2"},
};

START_TEST(bad_lines)
{
    for (int dialect = ENV_DOCKER; dialect <= ENV_DOTENV; dialect++) {
        if (bad[_i].dialect != BOTH && bad[_i].dialect != dialect)
            continue;
        memset(&list, 0, sizeof(list));
        ck_assert_int_eq(parse_bytes(bad[_i].text, strlen(bad[_i].text), dialect), -1);
        ck_assert_uint_eq(list.errors, 1);
        ck_assert_str_eq(list.items[0].rule, bad[_i].rule);
        ck_assert_str_eq(list.items[0].where, bad[_i].where);
        ck_assert_str_ne(list.items[0].text, "");
        ck_assert_str_ne(list.items[0].hint, "");
        ck_assert_str_eq(entries_of(&file), bad[_i].entries);
    }
}
END_TEST

START_TEST(zero_bytes_are_refused)
{
    static const char text[] = "A=1\0x\nB='\0'\nC\0=1\nD=4";
    ck_assert_int_eq(parse_bytes(text, sizeof(text) - 1, ENV_DOTENV), -1);
    ck_assert_uint_eq(list.errors, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(list.items[i].rule, "env_file.nul");
    ck_assert_str_eq(entries_of(&file), "D=4");
    memset(&list, 0, sizeof(list));
    ck_assert_int_eq(parse_bytes(text, sizeof(text) - 1, ENV_DOCKER), -1);
    ck_assert_uint_eq(list.errors, 3);
    ck_assert_str_eq(entries_of(&file), "D=4");
}
END_TEST

START_TEST(a_byte_order_mark_is_passed_over)
{
    for (int dialect = ENV_DOCKER; dialect <= ENV_DOTENV; dialect++) {
        memset(&list, 0, sizeof(list));
        ck_assert_int_eq(parse_bytes("\xef\xbb\xbf"
                                     "A=1",
                                     6, dialect),
                         0);
        ck_assert_uint_eq(list.warnings, 1);
        ck_assert_str_eq(list.items[0].rule, "env_file.encoding");
        ck_assert_str_eq(list.items[0].where, ".env:1");
        ck_assert_str_eq(entries_of(&file), "A=1");
    }
}
END_TEST

START_TEST(a_byte_order_mark_is_one_only_in_front)
{
    ck_assert_int_eq(parse_bytes("A=1\n\xef\xbb\xbf"
                                 "B=1",
                                 10, ENV_DOTENV),
                     0);
    ck_assert_uint_eq(list.warnings, 1);
    ck_assert_str_eq(list.items[0].rule, "env_file.name");
    ck_assert_str_eq(list.items[0].where, ".env:2");
}
END_TEST

START_TEST(names_of_others_are_a_warning)
{
    static const char *const names[] = {"a.b=1", "A-B=1", "1A=1", "\xc3\xa9=1"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        memset(&list, 0, sizeof(list));
        ck_assert_int_eq(parse_bytes(names[i], strlen(names[i]), i % 2 == 0 ? ENV_DOCKER : ENV_DOTENV), 0);
        ck_assert_uint_eq(list.warnings, 1);
        ck_assert_str_eq(list.items[0].rule, "env_file.name");
        ck_assert_str_eq(entries_of(&file), names[i]);
    }
}
END_TEST

START_TEST(the_last_one_counts)
{
    parse_bytes("A=1\nB=2\nA=3\nC\n", 14, ENV_DOCKER);
    ck_assert_uint_eq(file.count, 4);
    ck_assert_str_eq(env_file_find(&file, "A")->value, "3");
    ck_assert_uint_eq(env_file_find(&file, "A")->line, 3);
    ck_assert_str_eq(env_file_find(&file, "B")->value, "2");
    ck_assert_ptr_null(env_file_find(&file, "C")->value);
    ck_assert_ptr_null(env_file_find(&file, "D"));
    ck_assert_ptr_null(env_file_find(&file, ""));
}
END_TEST

START_TEST(lines_are_counted_through_quotes)
{
    static const char text[] = "# one\nA=\"2\n3\r\n4\"\n\nB=6";
    parse_bytes(text, sizeof(text) - 1, ENV_DOTENV);
    ck_assert_uint_eq(env_file_find(&file, "A")->line, 2);
    ck_assert_uint_eq(env_file_find(&file, "B")->line, 6);
}
END_TEST

START_TEST(as_many_as_may_be)
{
    enum { LINE = 12 };
    char *text = malloc((size_t)(ENV_FILE_ENTRIES_MAX + 1) * LINE + 1);
    size_t len = 0;
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < ENV_FILE_ENTRIES_MAX; i++)
        len += (size_t)snprintf(text + len, LINE + 1, "N%d=%d\n", i, i % 1000);
    ck_assert_int_eq(parse_bytes(text, len, ENV_DOCKER), 0);
    ck_assert_uint_eq(file.count, ENV_FILE_ENTRIES_MAX);
    for (int i = 0; i < ENV_FILE_ENTRIES_MAX; i++) {
        char name[16];
        char value[16];
        snprintf(name, sizeof(name), "N%d", i);
        snprintf(value, sizeof(value), "%d", i % 1000);
        ck_assert_str_eq(env_file_find(&file, name)->value, value);
    }
    len += (size_t)snprintf(text + len, LINE, "MORE=1\n");
    ck_assert_int_eq(parse_bytes(text, len, ENV_DOTENV), -1);
    ck_assert_str_eq(list.items[0].rule, "env_file.limit");
    ck_assert_str_eq(list.items[0].where, ".env:10001");
    ck_assert_uint_eq(file.count, ENV_FILE_ENTRIES_MAX);
    free(text);
}
END_TEST

START_TEST(as_large_as_may_be)
{
    char *text = malloc(ENV_FILE_MAX + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', ENV_FILE_MAX + 1);
    memcpy(text, "A=", 2);
    ck_assert_int_eq(parse_bytes(text, ENV_FILE_MAX, ENV_DOTENV), 0);
    ck_assert_uint_eq(strlen(env_file_find(&file, "A")->value), ENV_FILE_MAX - 2);
    ck_assert_int_eq(parse_bytes(text, ENV_FILE_MAX + 1, ENV_DOTENV), -1);
    ck_assert_str_eq(list.items[0].rule, "env_file.limit");
    ck_assert_uint_eq(file.count, 0);
    free(text);
}
END_TEST

START_TEST(no_value_is_told)
{
    static const char text[] = "A=\"hunter22\" hunter22\nhunter22 x=1\n=hunter22\nB='hunter22";
    parse_bytes(text, sizeof(text) - 1, ENV_DOTENV);
    ck_assert_uint_eq(list.errors, 4);
    for (size_t i = 0; i < list.count; i++) {
        ck_assert_ptr_null(strstr(list.items[i].text, "hunter22"));
        ck_assert_ptr_null(strstr(list.items[i].hint, "hunter22"));
    }
}
END_TEST

START_TEST(a_long_path_leaves_the_line_visible)
{
    char path[400];
    memset(path, 'd', sizeof(path));
    memcpy(path + sizeof(path) - 6, "/.env", 6);
    env_file_parse("=1", 2, ENV_DOTENV, path, &arena, &file, &list);
    const char *where = list.items[0].where;
    ck_assert_str_eq(where + strlen(where) - 9, "dd/.env:1");
}
END_TEST

START_TEST(dialects_have_names)
{
    ck_assert_str_eq(env_dialect_name(ENV_DOCKER), "docker");
    ck_assert_str_eq(env_dialect_name(ENV_DOTENV), "dotenv");
    ck_assert_int_eq(env_dialect_from_name("docker:x", 6), ENV_DOCKER);
    ck_assert_int_eq(env_dialect_from_name("dotenv", 6), ENV_DOTENV);
    ck_assert_int_eq(env_dialect_from_name("dotenv", 3), -1);
    ck_assert_int_eq(env_dialect_from_name("Docker", 6), -1);
    ck_assert_int_eq(env_dialect_from_name("", 0), -1);
}
END_TEST

Suite *suite_env_file(void)
{
    Suite *s = suite_create("env_file");
    TCase *t = tcase_create("env_file");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, good_files, 0, ROWS(good));
    tcase_add_loop_test(t, good_in_its_dialect, 0, ROWS(own));
    tcase_add_loop_test(t, bad_lines, 0, ROWS(bad));
    tcase_add_test(t, zero_bytes_are_refused);
    tcase_add_test(t, a_byte_order_mark_is_passed_over);
    tcase_add_test(t, a_byte_order_mark_is_one_only_in_front);
    tcase_add_test(t, names_of_others_are_a_warning);
    tcase_add_test(t, the_last_one_counts);
    tcase_add_test(t, lines_are_counted_through_quotes);
    tcase_add_test(t, as_many_as_may_be);
    tcase_add_test(t, as_large_as_may_be);
    tcase_add_test(t, no_value_is_told);
    tcase_add_test(t, a_long_path_leaves_the_line_visible);
    tcase_add_test(t, dialects_have_names);
    suite_add_tcase(s, t);
    return s;
}
