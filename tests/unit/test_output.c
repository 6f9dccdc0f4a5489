#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"
#include "init/setup/output.h"
#include "tests/unit/suites.h"

#define SECRET "hunter2-hunter2"

static const struct variable variable = {.name = "PASSWORD", .type = VALUE_SECRET, .secret = true};
static struct arena arena;
static struct redactor redactor;
static struct output output;
static char lines[65536]; /* what was handed on, one line each */
static size_t lines_len;

static void take_line(void *ctx, const char *line, size_t len)
{
    ck_assert_ptr_eq(ctx, &output);
    ck_assert_uint_le(len, OUTPUT_LINE_MAX);
    ck_assert_uint_eq(text_utf8_span(line, len), len);
    ck_assert_uint_lt(lines_len + len + 2, sizeof(lines));
    memcpy(lines + lines_len, line, len);
    lines_len += len;
    lines[lines_len++] = '\n';
    lines[lines_len] = '\0';
}

static void setup(void)
{
    struct setting setting = {.variable = &variable, .value = SECRET, .tainted = true};
    struct config config = {.settings = &setting, .count = 1};
    arena_init(&arena);
    redactor_init(&redactor, &config, &arena);
    output_init(&output, &redactor, false, NULL);
    lines_len = 0;
    lines[0] = '\0';
}

static void teardown(void)
{
    arena_free_all(&arena);
}

/* One more case in the same test. */
static void again(void)
{
    teardown();
    setup();
}

static void feed(const char *text)
{
    output_feed(&output, text, strlen(text), take_line, &output);
}

static void flush(void)
{
    output_flush(&output, take_line, &output);
}

START_TEST(splits_into_lines)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"one\ntwo\n", "one\ntwo\n"},
        {"one\r\ntwo\r\n", "one\ntwo\n"},
        {"10%\r50%\r100%\n", "10%\n50%\n100%\n"},
        {"no end", "no end\n"},
        {"return at the end\r", "return at the end\n"},
        {"\n\n", "\n\n"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        again();
        feed(rows[i].in);
        flush();
        ck_assert_str_eq(lines, rows[i].out);
    }
}
END_TEST

START_TEST(same_lines_however_it_arrives)
{
    const char *text = "first\r\nsecond " SECRET "\rthird\n";
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        again();
        output_feed(&output, text, cut, take_line, &output);
        feed(text + cut);
        flush();
        ck_assert_str_eq(lines, "first\nsecond ***\nthird\n");
    }
}
END_TEST

START_TEST(takes_secrets_out)
{
    feed("url redis://:" SECRET "@cache\n");
    ck_assert_str_eq(lines, "url redis://:***@cache\n");
    ck_assert_str_eq(output.tail, "url redis://:***@cache");
}
END_TEST

START_TEST(colour_does_not_hide_a_secret)
{
    feed("\033[32mok\033[0m hunter2\033[1m-hunter2\n");
    ck_assert_str_eq(lines, "ok ***\n");
}
END_TEST

/* Wherever a secret stands around the place at which a long line is split. */
START_TEST(split_does_not_cut_a_secret)
{
    for (size_t before = OUTPUT_LINE_MAX - 2 * sizeof(SECRET); before < OUTPUT_LINE_MAX + 4; before++) {
        again();
        for (size_t i = 0; i < before; i++) {
            feed("x");
        }
        feed(SECRET "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n");
        flush();
        ck_assert_ptr_null(strstr(lines, "hunter2"));
        /* Not across the two lines either. */
        char joined[3 * OUTPUT_LINE_MAX];
        size_t len = 0;
        for (size_t i = 0; i < lines_len; i++) {
            if (lines[i] != '\n') {
                joined[len++] = lines[i];
            }
        }
        joined[len] = '\0';
        ck_assert_ptr_null(strstr(joined, "hunter2"));
        ck_assert_ptr_nonnull(strstr(joined, "***y"));
    }
}
END_TEST

/* Also one that is escaped to six times its length, or has colours in it, and a long line without any end. */
START_TEST(split_does_not_cut_an_escaped_secret)
{
    char written[256] = "";
    for (const char *at = SECRET; *at != '\0'; at++)
        (void)snprintf(written + strlen(written), sizeof(written) - strlen(written), "\\u%04x\033[1m", (unsigned)*at);
    for (size_t before = OUTPUT_LINE_MAX - sizeof(written); before < OUTPUT_LINE_MAX + 4; before++) {
        again();
        for (size_t i = 0; i < before; i++)
            feed("x");
        feed(written);
        feed("yyyy");
        flush();
        ck_assert_ptr_null(strstr(lines, "\\u"));
        ck_assert_ptr_null(strchr(lines, '?'));
        ck_assert_ptr_nonnull(strstr(lines, "***"));
    }
}
END_TEST

START_TEST(lines_are_shown_as_they_are_if_that_is_wanted)
{
    static char expected[3 * OUTPUT_LINE_MAX];
    size_t len = 0;
    output_init(&output, &redactor, true, NULL);
    feed("url redis://:" SECRET "@cache\t\033[1m!\n");
    ck_assert_str_eq(lines, "url redis://:" SECRET "@cache !\n");
    ck_assert_str_eq(output.tail, "url redis://:***@cache !");
    lines_len = 0;
    for (int i = 0; len < 2 * OUTPUT_LINE_MAX; i++) {
        len += (size_t)snprintf(expected + len, sizeof(expected) - len, "%d" SECRET "\xc3\xa9,", i);
    }
    feed(expected);
    flush();
    size_t joined = 0;
    for (size_t i = 0; i < lines_len; i++) {
        if (lines[i] != '\n')
            lines[joined++] = lines[i];
    }
    lines[joined] = '\0';
    ck_assert_str_eq(lines, expected);
    ck_assert_ptr_null(strstr(output.tail, "hunter2"));
    ck_assert_ptr_nonnull(strstr(output.tail, "***\xc3\xa9,"));
}
END_TEST

START_TEST(split_keeps_characters_whole)
{
    for (int i = 0; i < OUTPUT_LINE_MAX; i++) {
        feed("\xe2\x82\xac");
    }
    flush();
    ck_assert_ptr_null(strchr(lines, '?'));
    ck_assert_ptr_nonnull(strchr(lines, '\n'));
}
END_TEST

START_TEST(shows_only_printable_text)
{
    output_feed(&output, "a\0b\xff\tc\x07\n", 8, take_line, &output);
    ck_assert_str_eq(lines, "a?b? c?\n");
}
END_TEST

START_TEST(tail_keeps_newest_whole_lines)
{
    char line[64];
    for (int i = 0; i < 1000; i++) {
        snprintf(line, sizeof(line), "line %d\n", i);
        output_feed(&output, line, strlen(line), NULL, NULL);
    }
    ck_assert(output.truncated);
    ck_assert_uint_le(output.tail_len, OUTPUT_TAIL_MAX);
    ck_assert_uint_gt(output.tail_len, OUTPUT_TAIL_MAX - 16);
    ck_assert_uint_eq(output.tail_len, strlen(output.tail));
    ck_assert_int_eq(strncmp(output.tail, "line ", 5), 0);
    ck_assert_str_eq(output.tail + output.tail_len - 8, "line 999");
}
END_TEST

START_TEST(tail_of_little_output_is_everything)
{
    feed("a\nb\n");
    ck_assert_str_eq(output.tail, "a\nb");
    ck_assert(!output.truncated);
    ck_assert_uint_eq(output.total, 4);
}
END_TEST

START_TEST(tail_of_one_huge_line_is_its_end)
{
    for (int i = 0; i < OUTPUT_TAIL_MAX; i++) {
        feed("\xc3\xa4");
    }
    feed("end\n");
    ck_assert(output.truncated);
    ck_assert_uint_le(output.tail_len, OUTPUT_TAIL_MAX);
    ck_assert_uint_eq(text_utf8_span(output.tail, output.tail_len), output.tail_len);
    ck_assert_str_eq(output.tail + output.tail_len - 3, "end");
}
END_TEST

/* TST-05: memory stays bounded and the count is exact. */
START_TEST(counts_a_flood)
{
    static char block[65536];
    memset(block, 'z', sizeof(block));
    for (int i = 0; i < 64; i++) {
        output_feed(&output, block, sizeof(block), NULL, NULL);
    }
    ck_assert_uint_eq(output.total, 64 * sizeof(block));
    ck_assert(output.truncated);
    ck_assert_uint_le(output.tail_len, OUTPUT_TAIL_MAX);
}
END_TEST

Suite *suite_output(void)
{
    Suite *s = suite_create("output");
    TCase *t = tcase_create("output");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, splits_into_lines);
    tcase_add_test(t, same_lines_however_it_arrives);
    tcase_add_test(t, takes_secrets_out);
    tcase_add_test(t, colour_does_not_hide_a_secret);
    tcase_add_test(t, split_does_not_cut_a_secret);
    tcase_add_test(t, split_does_not_cut_an_escaped_secret);
    tcase_add_test(t, lines_are_shown_as_they_are_if_that_is_wanted);
    tcase_add_test(t, split_keeps_characters_whole);
    tcase_add_test(t, shows_only_printable_text);
    tcase_add_test(t, tail_keeps_newest_whole_lines);
    tcase_add_test(t, tail_of_little_output_is_everything);
    tcase_add_test(t, tail_of_one_huge_line_is_its_end);
    tcase_add_test(t, counts_a_flood);
    suite_add_tcase(s, t);
    return s;
}
