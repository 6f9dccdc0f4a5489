#include "init/core/notify_text.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/suites.h"

/* A copy of the exact size, so that a sanitizer sees reading beyond it. */
static char *copy;

static struct notify_text parse(const char *bytes, size_t len)
{
    struct notify_text out;
    free(copy);
    copy = malloc(len > 0 ? len : 1);
    memcpy(copy, bytes, len);
    notify_text_parse(copy, len, &out);
    return out;
}

static void teardown(void)
{
    free(copy);
    copy = NULL;
}

static const struct {
    const char *text;
    bool ready, stopping;
    int error;
    const char *status;
} rows[] = {
    {"", false, false, 0, NULL},
    {"\n\n", false, false, 0, NULL},
    {"READY=1", true, false, 0, NULL},
    {"READY=1\n", true, false, 0, NULL},
    {"\nREADY=1", true, false, 0, NULL},
    {"MAINPID=12\nREADY=1\nSTATUS=up", true, false, 0, "up"},
    {"STOPPING=1", false, true, 0, NULL},
    {"STATUS=", false, false, 0, ""},
    {"STATUS=a=b", false, false, 0, "a=b"},
    {"STATUS=one\nSTATUS=two", false, false, 0, "two"},
    {"STATUS=READY=1", false, false, 0, "READY=1"},
    {"ERRNO=2", false, false, 2, NULL},
    {"ERRNO=4095", false, false, 4095, NULL},
    {"ERRNO=4096", false, false, 0, NULL},
    {"ERRNO=99999999999999999999", false, false, 0, NULL},
    {"ERRNO=-2", false, false, 0, NULL},
    {"ERRNO=", false, false, 0, NULL},
    {"READY=0", false, false, 0, NULL},
    {"READY=11", false, false, 0, NULL},
    {"READY=1 ", false, false, 0, NULL},
    {" READY=1", false, false, 0, NULL},
    {"READY", false, false, 0, NULL},
    {"ready=1", false, false, 0, NULL},
    {"READY=1\r", false, false, 0, NULL},
    {"XREADY=1", false, false, 0, NULL},
    {"BARRIER=1", false, false, 0, NULL},
};

START_TEST(lines_say_what_they_say)
{
    struct notify_text t = parse(rows[_i].text, strlen(rows[_i].text));
    ck_assert_int_eq(t.ready, rows[_i].ready);
    ck_assert_int_eq(t.stopping, rows[_i].stopping);
    ck_assert_int_eq(t.error, rows[_i].error);
    ck_assert_int_eq(t.status != NULL, rows[_i].status != NULL);
    if (rows[_i].status != NULL) {
        ck_assert_uint_eq(t.status_len, strlen(rows[_i].status));
        ck_assert_mem_eq(t.status, rows[_i].status, t.status_len);
    }
}
END_TEST

START_TEST(a_counted_end_of_the_string_is_no_part_of_it)
{
    ck_assert(parse("READY=1", 8).ready);
    ck_assert(!parse("READY=1\0x", 9).ready);
    ck_assert(parse("\0\0\0", 3).status == NULL);
}
END_TEST

START_TEST(what_is_too_long_says_nothing)
{
    static char text[NOTIFY_DATAGRAM_MAX + 1];
    memset(text, '\n', sizeof text);
    memcpy(text, "READY=1", 7);
    ck_assert(parse(text, NOTIFY_DATAGRAM_MAX).ready);
    ck_assert(!parse(text, NOTIFY_DATAGRAM_MAX + 1).ready);
}
END_TEST

Suite *suite_notify_text(void)
{
    Suite *s = suite_create("notify_text");
    TCase *t = tcase_create("notify_text");
    tcase_add_checked_fixture(t, NULL, teardown);
    tcase_add_loop_test(t, lines_say_what_they_say, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(t, a_counted_end_of_the_string_is_no_part_of_it);
    tcase_add_test(t, what_is_too_long_says_nothing);
    suite_add_tcase(s, t);
    return s;
}
