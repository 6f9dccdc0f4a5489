#include <string.h>

#include "init/config/redact.h"
#include "tests/unit/model.h"
#include "tests/unit/suites.h"

static const struct variable variables[] = {
    {.name = "KEY", .type = VALUE_SECRET, .secret = true},
    {.name = "OTHER", .type = VALUE_STRING, .secret = true},
    {.name = "REDIS_URL", .type = VALUE_REDIS_URL},
    {.name = "API", .type = VALUE_URI},
    {.name = "PLAIN", .type = VALUE_STRING},
};

static struct arena arena;
static struct redactor redactor;

static void learn(char *const *entries)
{
    static struct problems list;
    struct config config;
    memset(&list, 0, sizeof(list));
    config_resolve(variables, sizeof(variables) / sizeof(variables[0]), entries,
                   &(struct resolve_options){.strict = false}, &arena, &config, &list);
    redactor_init(&redactor, &config, &arena);
}

static void set_up(void)
{
    arena_init(&arena);
    char **entries =
        ENTRIES("KEY=sk-\"a/b c\"", "OTHER=first line\nsecond line\nabc\n", "REDIS_URL=redis://default:p%40ss@h/0",
                "API=https://ghp_token@h/x?api_key=q-key-1&mode=plainmode", "PLAIN=hello");
    learn(entries);
}

static void tear_down(void)
{
    arena_free_all(&arena);
}

static const struct {
    const char *before;
    const char *after;
} cases[] = {
    {"nothing here", "nothing here"},
    {"", ""},
    {"k=sk-\"a/b c\";", "k=***;"},
    {"sk-\"a/b c\"sk-\"a/b c\"", "******"},
    {"?k=sk-%22a%2Fb%20c%22&x", "?k=***&x"},
    {"?k=sk-%22a%2fb%20c%22&x", "?k=***&x"},
    {"{\"k\":\"sk-\\\"a/b c\\\"\"}", "{\"k\":\"***\"}"},
    {"got first line", "got ***"},
    {"got second line", "got ***"},
    {"{\"v\":\"first line\\nsecond line\\nabc\\n\"}", "{\"v\":\"***\"}"},
    {"abc is too short", "abc is too short"},
    {"AUTH p@ss", "AUTH ***"},
    {"redis://default:p%40ss@h/0", "redis://default:***@h/0"},
    {"default stays", "default stays"},
    {"bearer ghp_token", "bearer ***"},
    {"api_key=q-key-1&mode=plainmode", "api_key=***&mode=plainmode"},
    {"hello", "hello"},
    {"sk-\"a/b c", "sk-\"a/b c"},
};

START_TEST(every_form_is_replaced)
{
    char text[256];
    size_t len = strlen(cases[_i].before);
    memset(text, '#', sizeof(text));
    memcpy(text, cases[_i].before, len);
    size_t now = redact(&redactor, text, len);
    ck_assert_uint_eq(now, strlen(cases[_i].after));
    ck_assert_mem_eq(text, cases[_i].after, now);
    ck_assert_int_eq(text[now], now < len ? '\0' : '#');
}
END_TEST

START_TEST(the_longest_form_goes_first)
{
    char **entries = ENTRIES("KEY=secret", "OTHER=secret-and-more");
    char text[] = "a secret-and-more b secret c";
    learn(entries);
    redact(&redactor, text, strlen(text));
    ck_assert_str_eq(text, "a *** b *** c");
}
END_TEST

START_TEST(what_is_left_is_no_secret_either)
{
    char **entries = ENTRIES("KEY=abcd", "OTHER=x***y");
    char text[] = "1 xabcdy 2";
    learn(entries);
    redact(&redactor, text, strlen(text));
    ck_assert_str_eq(text, "1 *** 2");
}
END_TEST

START_TEST(equal_secrets_are_one_form)
{
    char **entries = ENTRIES("KEY=secret", "OTHER=secret", "REDIS_URL=redis://:secret@h");
    learn(entries);
    ck_assert_uint_eq(redactor.count, 1);
}
END_TEST

START_TEST(a_password_is_found_as_it_was_written)
{
    char **entries = ENTRIES("REDIS_URL=redis://:p%61ssword@h");
    char text[] = "p%61ssword password p%61ss";
    learn(entries);
    redact(&redactor, text, strlen(text));
    ck_assert_str_eq(text, "*** *** p%61ss");
}
END_TEST

START_TEST(short_secrets_are_left_alone)
{
    char **entries = ENTRIES("KEY=abc", "REDIS_URL=redis://:pw@h");
    char text[] = "abc pw";
    learn(entries);
    ck_assert_uint_eq(redactor.count, 0);
    ck_assert_uint_eq(redact(&redactor, text, strlen(text)), 6);
    ck_assert_str_eq(text, "abc pw");
}
END_TEST

START_TEST(bytes_above_127_are_found)
{
    char **entries = ENTRIES("KEY=\xff\xfe\xfd\xfc");
    char text[] = "a\xff\xfe\xfd\xfc"
                  "b\0\xff\xfe\xfd\xfc";
    learn(entries);
    ck_assert_uint_eq(redact(&redactor, text, sizeof(text) - 1), 9);
    ck_assert_mem_eq(text, "a***b\0***", 10);
}
END_TEST

START_TEST(without_secrets_nothing_changes)
{
    char **entries = ENTRIES("PLAIN=hello");
    char text[] = "hello";
    learn(entries);
    ck_assert_uint_eq(redact(&redactor, text, 5), 5);
    ck_assert_str_eq(text, "hello");
}
END_TEST

Suite *suite_redact(void)
{
    Suite *s = suite_create("redact");
    TCase *t = tcase_create("redact");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, every_form_is_replaced, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(t, the_longest_form_goes_first);
    tcase_add_test(t, what_is_left_is_no_secret_either);
    tcase_add_test(t, equal_secrets_are_one_form);
    tcase_add_test(t, a_password_is_found_as_it_was_written);
    tcase_add_test(t, short_secrets_are_left_alone);
    tcase_add_test(t, bytes_above_127_are_found);
    tcase_add_test(t, without_secrets_nothing_changes);
    suite_add_tcase(s, t);
    return s;
}
