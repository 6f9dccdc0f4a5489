#include <stdio.h>
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
    {.name = "MIRRORS", .type = VALUE_LIST, .item_type = VALUE_URI, .separator = ','},
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
                "API=https://ghp_token@h/x?api_key=q-key-1&mode=plainmode", "PLAIN=hello",
                "MIRRORS=http://a/?key=first-key,http://u:second-one@b/");
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
    {"k=first-key", "k=***"},
    {"p=second-one", "p=***"},
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
    learn(ENTRIES("KEY=secret"));
    size_t forms = redactor.count;
    learn(ENTRIES("KEY=secret", "OTHER=secret", "REDIS_URL=redis://:secret@h"));
    ck_assert_uint_eq(redactor.count, forms);
}
END_TEST

/* It is in the environment all the same, and may be anywhere. */
START_TEST(a_secret_that_is_not_used_is_found)
{
    struct setting s = {.variable = &variables[0], .unused = "not-used-now", .tainted = true};
    char text[] = "a not-used-now b";
    redactor_init(&redactor, &(struct config){.settings = &s, .count = 1}, &arena);
    redact(&redactor, text, strlen(text));
    ck_assert_str_eq(text, "a *** b");
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

/* ---- as others write it down ---- */

#define AWKWARD "p@ss/w0rd=\"x\\y'z\" & 100% + ~\t\xc3\xa9\xf0\x9f\x94\x91!"

/* What common programs make of it: percent-encoding with other safe characters, JSON of several writers, Python, a shell. */
static const char *const written[] = {
    AWKWARD,
    "p%40ss%2Fw0rd%3D%22x%5Cy%27z%22%20%26%20100%25%20%2B%20~%09%C3%A9%F0%9F%94%91%21",
    "p%40ss%2fw0rd%3d%22x%5cy%27z%22%20%26%20100%25%20%2b%20~%09%c3%a9%f0%9f%94%91%21",
    "p%40ss/w0rd%3D%22x%5Cy%27z%22%20%26%20100%25%20%2B%20~%09%C3%A9%F0%9F%94%91%21",
    "p%40ss%2Fw0rd%3D%22x%5Cy'z%22%20%26%20100%25%20%2B%20~%09%C3%A9%F0%9F%94%91!",
    "p%40ss%2Fw0rd%3D%22x%5Cy%27z%22+%26+100%25+%2B+%7E%09%C3%A9%F0%9F%94%91%21",
    "%70%40%73%73%2F%77%30%72%64%3D%22%78%5C%79%27%7A%22%20%26%20%31%30%30%25%20%2B%20%7E%09%C3%A9%F0%9F%94%91%21",
    "p@ss/w0rd=\\\"x\\\\y'z\\\" & 100% + ~\\t\xc3\xa9\xf0\x9f\x94\x91!",
    "p@ss\\/w0rd=\\\"x\\\\y'z\\\" & 100% + ~\\t\\u00e9\\ud83d\\udd11!",
    "p@ss/w0rd=\\\"x\\\\y\\u0027z\\\" \\u0026 100% + ~\\u0009\\u00E9\\uD83D\\uDD11!",
    "p@ss/w0rd=\"x\\\\y\\'z\" & 100% + ~\\t\\xc3\\xa9\\xf0\\x9f\\x94\\x91!",
    "p@ss/w0rd=\\\"x\\\\y\\'z\\\"\\ \\&\\ 100%\\ +\\ \\~\\t\xc3\xa9\xf0\x9f\x94\x91\\!",
};

/* Also when it comes in two parts, and then only the part that cannot be known yet is held back. */
START_TEST(it_is_found_however_it_is_written)
{
    char text[512];
    learn(ENTRIES("OTHER=" AWKWARD));
    size_t len = (size_t)snprintf(text, sizeof(text), "<%s>", written[_i]);
    ck_assert(redact_finds(&redactor, text, len));
    ck_assert_uint_eq(redact(&redactor, text, len), 5);
    ck_assert_str_eq(text, "<***>");
    for (size_t cut = 1; cut < len - 1; cut++) {
        size_t held;
        (void)snprintf(text, sizeof(text), "<%s", written[_i]);
        size_t now = redact_part(&redactor, text, cut, &held);
        ck_assert_uint_eq(now, cut);
        ck_assert_uint_ge(held, cut - 1);
        ck_assert(held == cut - 1 || cut < REDACT_ESCAPE_MAX * REDACT_MIN);
    }
}
END_TEST

static size_t encode(const char *text, size_t len, const char *last, char *out)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t used = 0;
    for (size_t i = 0; i < len; i += 3) {
        unsigned bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < len ? (unsigned char)text[i + k] : 0U);
        for (size_t k = 0; k < 4; k++) {
            unsigned six = bits >> (18 - 6 * k) & 63;
            out[used++] = i + k > len ? '=' : six < 62 ? first[six] : last[six - 62];
        }
    }
    out[used] = '\0';
    return used;
}

/* Every length of text before and behind it, in both alphabets: nothing is left of its bits. */
START_TEST(base64_is_found_wherever_it_begins)
{
    static const char secret[] = "\xfb\xff\xbe s3cret?>~";
    learn(ENTRIES("OTHER=\xfb\xff\xbe s3cret?>~"));
    for (size_t before = 0; before < 7; before++) {
        for (size_t behind = 0; behind < 7; behind++) {
            char plain[64];
            char text[128];
            int n =
                snprintf(plain, sizeof(plain), "%.*s%s%.*s", (int)before, "aaaaaaa", secret, (int)behind, "bbbbbbb");
            size_t len = encode(plain, (size_t)n, _i == 0 ? "+/" : "-_", text);
            char wanted[128];
            size_t end = before + sizeof(secret) - 1;
            char *rest = text + (8 * end + 5) / 6;
            (void)snprintf(wanted, sizeof(wanted), "%.*s***%s", (int)(8 * before / 6), text, rest);
            (void)redact(&redactor, text, len);
            ck_assert_str_eq(text, wanted);
        }
    }
}
END_TEST

static const char pem[] = "-----BEGIN KEY-----\n"
                          "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
                          "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu\n"
                          "-----END KEY-----\n";

/* Whole in one line, line by line, and in the lines that base64(1) and openssl(1) make. */
START_TEST(secrets_of_several_lines_are_found)
{
    static const size_t widths[] = {64, 76, 10000};
    char entry[512];
    char text[512];
    char encoded[512];
    (void)snprintf(entry, sizeof(entry), "KEY=%s", pem);
    learn(ENTRIES(entry));
    for (const char *at = pem; *at != '\0'; at += strcspn(at, "\n") + 1) {
        size_t len = (size_t)snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "\n"), at);
        (void)redact(&redactor, text, len);
        ck_assert_str_eq(text, "***");
    }
    size_t len = encode(pem, strlen(pem), "+/", encoded);
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        for (size_t at = 0; at < len; at += widths[i]) {
            size_t n =
                (size_t)snprintf(text, sizeof(text), "%.*s", (int)(widths[i] < len ? widths[i] : len), encoded + at);
            (void)redact(&redactor, text, n);
            ck_assert_msg(strcmp(text, "***") == 0 || strcmp(text, "***=") == 0 || strcmp(text, "***==") == 0, "%s",
                          text);
        }
    }
}
END_TEST

START_TEST(lines_that_are_written_as_one_are_found_in_both_ways)
{
    learn(ENTRIES("KEY=first line\\nsecond line"));
    char one[] = "first line\\nsecond line";
    char two[] = "first line, second line";
    (void)redact(&redactor, one, strlen(one));
    ck_assert_str_eq(one, "***");
    (void)redact(&redactor, two, strlen(two));
    ck_assert_str_eq(two, "***, ***");
}
END_TEST

/* The longer a secret, the more pieces; all of them are found, and what is held back is bounded. */
START_TEST(long_secrets_are_found_in_pieces)
{
    static char entry[8192] = "KEY=";
    static char text[8192];
    for (size_t i = 4; i < sizeof(entry) - 1; i++)
        entry[i] = (char)('a' + (i * i + i / 26) % 26);
    const char *secret = entry + 4;
    learn(ENTRIES(entry));
    for (size_t len = strlen(secret); len > 0; len = len > 600 ? len - 600 : 0) {
        size_t held;
        memcpy(text, secret, len);
        size_t now = redact_part(&redactor, text, len, &held);
        ck_assert_uint_le(held, REDACT_HELD_MAX);
        ck_assert_uint_eq((now - held) % 3, 0);
        ck_assert_uint_eq(strspn(text, "*"), now - held);
    }
}
END_TEST

/* In memory that has texts, and much that is none; but not what the redactor itself needs. */
START_TEST(copies_in_memory_are_erased)
{
    learn(ENTRIES("KEY=0123456789abcdef", "OTHER=short-one"));
    static const char before[] = "\0\x01name=0123456789abcdef;\0short-one\0{\"0123456789\\u0061bcdef\"}\0\0\0end";
    static const char after[] = "\0\x01name=\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0;\0short-one\0{\""
                                "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\"}\0\0\0end";
    char *copy = arena_alloc(&arena, 1, 8192);
    memcpy(copy + 4000, before, sizeof(before));
    redact_erase(&redactor, arena.base, arena.used, 12);
    ck_assert_uint_eq(sizeof(before), sizeof(after));
    ck_assert_mem_eq(copy + 4000, after, sizeof(after));
    char text[] = "0123456789abcdef";
    ck_assert_uint_eq(redact(&redactor, text, strlen(text)), 3);
}
END_TEST

START_TEST(wiped_forms_find_nothing)
{
    char text[] = "sk-\"a/b c\"";
    redactor_wipe(&redactor);
    ck_assert_uint_eq(redact(&redactor, text, strlen(text)), strlen(text));
    ck_assert(!redact_finds(&redactor, text, strlen(text)));
    for (size_t i = 0; i < redactor.memory_len; i++)
        ck_assert_int_eq(redactor.memory[i], 0);
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
    tcase_add_test(t, a_secret_that_is_not_used_is_found);
    tcase_add_test(t, a_password_is_found_as_it_was_written);
    tcase_add_test(t, short_secrets_are_left_alone);
    tcase_add_test(t, bytes_above_127_are_found);
    tcase_add_test(t, without_secrets_nothing_changes);
    tcase_add_loop_test(t, it_is_found_however_it_is_written, 0, (int)(sizeof(written) / sizeof(written[0])));
    tcase_add_loop_test(t, base64_is_found_wherever_it_begins, 0, 2);
    tcase_add_test(t, secrets_of_several_lines_are_found);
    tcase_add_test(t, lines_that_are_written_as_one_are_found_in_both_ways);
    tcase_add_test(t, long_secrets_are_found_in_pieces);
    tcase_add_test(t, copies_in_memory_are_erased);
    tcase_add_test(t, wiped_forms_find_nothing);
    suite_add_tcase(s, t);
    return s;
}
