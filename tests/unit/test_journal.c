#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/json.h"
#include "init/setup/journal.h"
#include "tests/unit/suites.h"

static char base[64];
static struct statedir dir;
static struct journal journal;
static struct clock_anchor anchor;
static struct err e;
static char text[JOURNAL_LINE_MAX * 4];
static size_t text_len;

static void setup(void)
{
    snprintf(base, sizeof(base), "/tmp/muster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    dir = (struct statedir){.fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .lock_fd = -1};
    ck_assert_int_ge(dir.fd, 0);
    /* 2026-01-01T00:00:00Z */
    anchor = (struct clock_anchor){.wall_us = 1767225600ULL * US_PER_S, .mono_us = 1000};
    journal = (struct journal){.fd = -1};
    e = (struct err){0};
}

static void teardown(void)
{
    journal_close(&journal);
    (void)unlinkat(dir.fd, JOURNAL_FILE, 0);
    (void)unlinkat(dir.fd, JOURNAL_FILE ".1", 0);
    close(dir.fd);
    ck_assert_int_eq(rmdir(base), 0);
}

static void open_journal(void)
{
    ck_assert_int_eq(journal_open(&dir, &anchor, "abc123", &journal, &e), 0);
}

static int write_step(const char *to)
{
    char storage[JOURNAL_LINE_MAX];
    struct buf b;
    struct jsonw w;
    journal_begin(&journal, &w, &b, storage, sizeof(storage), "step", anchor.mono_us + 1234567);
    jsonw_string(&w, "step_id", "migrate");
    jsonw_string(&w, "to", to);
    return journal_commit(&journal, &w, &e);
}

/* As on a file system with so much room. No checks in between: they write files themselves. */
static int write_step_with_room_for(rlim_t bytes)
{
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    int result = write_step("in_progress");
    limit.rlim_cur = RLIM_INFINITY;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    return result;
}

static void read_text(void)
{
    ck_assert_int_eq(file_read(dir.fd, JOURNAL_FILE, text, sizeof(text), &text_len, &e), 0);
}

/* Every line is one strict JSON object. Returns how many there are. */
static size_t check_lines(void)
{
    size_t count = 0;
    for (char *line = text; *line != '\0';) {
        char *end = strchr(line, '\n');
        ck_assert_ptr_nonnull(end);
        struct problems p = {0};
        struct json *root = json_parse(line, (size_t)(end - line), false, &p);
        ck_assert_msg(root != NULL, "not JSON: %.*s", (int)(end - line), line);
        ck_assert_int_eq(json_type(root), JSON_OBJECT);
        json_free(root);
        count++;
        line = end + 1;
    }
    return count;
}

START_TEST(begins_with_a_session)
{
    open_journal();
    read_text();
    ck_assert_uint_eq(check_lines(), 1);
    struct problems p = {0};
    struct json *root = json_parse(text, text_len, false, &p);
    ck_assert_str_eq(json_string(json_get(root, "kind")), "session");
    ck_assert_str_eq(json_string(json_get(root, "manifest_sha256")), "abc123");
    ck_assert_str_eq(json_string(json_get(root, "session")), journal.session);
    ck_assert_uint_eq(strspn(journal.session, "0123456789abcdef"), SESSION_ID_MAX - 1);
    ck_assert_str_eq(json_string(json_get(root, "at")), "2026-01-01T00:00:00.000000Z");
    ck_assert_int_eq((int)json_number(json_get(root, "pid")), getpid());
    ck_assert_int_eq(json_type(json_get(root, "boot_id")), JSON_STRING);
    json_free(root);
    struct stat st;
    ck_assert_int_eq(fstatat(dir.fd, JOURNAL_FILE, &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(appends_numbered_lines)
{
    open_journal();
    ck_assert_int_eq(write_step("in_progress"), 0);
    ck_assert_int_eq(write_step("completed"), 0);
    read_text();
    ck_assert_uint_eq(check_lines(), 3);
    ck_assert_ptr_nonnull(strstr(text, "{\"sequence\":2,\"at\":\"2026-01-01T00:00:01.234567Z\",\"session\":\""));
    ck_assert_ptr_nonnull(strstr(text, "\"kind\":\"step\",\"step_id\":\"migrate\",\"to\":\"in_progress\"}\n"));
    ck_assert_ptr_nonnull(strstr(text, "{\"sequence\":3,"));
    ck_assert_uint_eq(journal.sequence, 3);
}
END_TEST

START_TEST(sessions_share_the_file)
{
    open_journal();
    char first[SESSION_ID_MAX];
    memcpy(first, journal.session, sizeof(first));
    journal_close(&journal);
    open_journal();
    ck_assert_str_ne(first, journal.session);
    read_text();
    ck_assert_uint_eq(check_lines(), 2);
}
END_TEST

START_TEST(torn_line_spoils_only_itself)
{
    open_journal();
    ck_assert_int_eq(fd_write_all(journal.fd, "{\"sequence\":2,\"at", 17), 0);
    journal_close(&journal);
    open_journal();
    read_text();
    ck_assert_ptr_nonnull(strstr(text, "{\"sequence\":2,\"at\n{\"sequence\":1,"));
}
END_TEST

START_TEST(large_file_is_put_aside)
{
    open_journal();
    ck_assert_int_eq(ftruncate(journal.fd, (off_t)JOURNAL_KEEP_MAX + 1), 0);
    journal_close(&journal);
    open_journal();
    struct stat st;
    ck_assert_int_eq(fstatat(dir.fd, JOURNAL_FILE ".1", &st, 0), 0);
    ck_assert_int_eq(st.st_size, (off_t)JOURNAL_KEEP_MAX + 1);
    read_text();
    ck_assert_uint_eq(check_lines(), 1);
}
END_TEST

START_TEST(full_disk_is_told_and_leaves_no_half_line)
{
    open_journal();
    read_text();
    size_t before = text_len;
    ck_assert_int_eq(write_step_with_room_for((rlim_t)before + 10), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    ck_assert_ptr_nonnull(strstr(e.text, "full"));
    read_text();
    ck_assert_uint_eq(text_len, before);
    ck_assert_uint_eq(journal.sequence, 1);
    ck_assert_int_eq(write_step("in_progress"), 0);
}
END_TEST

START_TEST(too_long_a_line_is_refused)
{
    open_journal();
    char storage[128];
    struct buf b;
    struct jsonw w;
    journal_begin(&journal, &w, &b, storage, sizeof(storage), "step", anchor.mono_us);
    jsonw_string(&w, "text", "a text that is too long for the rest of this small buffer");
    ck_assert_int_eq(journal_commit(&journal, &w, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    read_text();
    ck_assert_uint_eq(check_lines(), 1);
}
END_TEST

START_TEST(refuses_a_symbolic_link)
{
    ck_assert_int_eq(symlinkat("/dev/null", dir.fd, JOURNAL_FILE), 0);
    ck_assert_int_eq(journal_open(&dir, &anchor, NULL, &journal, &e), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    ck_assert_int_eq(journal.fd, -1);
}
END_TEST

START_TEST(works_in_memory_only)
{
    struct statedir memory = {.fd = -1, .lock_fd = -1};
    ck_assert_int_eq(journal_open(&memory, &anchor, NULL, &journal, &e), 0);
    ck_assert_int_eq(write_step("completed"), 0);
    ck_assert_uint_eq(journal.sequence, 2);
    ck_assert_uint_eq(strlen(journal.session), SESSION_ID_MAX - 1);
}
END_TEST

Suite *suite_journal(void)
{
    Suite *s = suite_create("journal");
    TCase *t = tcase_create("journal");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, begins_with_a_session);
    tcase_add_test(t, appends_numbered_lines);
    tcase_add_test(t, sessions_share_the_file);
    tcase_add_test(t, torn_line_spoils_only_itself);
    tcase_add_test(t, large_file_is_put_aside);
    tcase_add_test(t, full_disk_is_told_and_leaves_no_half_line);
    tcase_add_test(t, too_long_a_line_is_refused);
    tcase_add_test(t, refuses_a_symbolic_link);
    tcase_add_test(t, works_in_memory_only);
    suite_add_tcase(s, t);
    return s;
}
