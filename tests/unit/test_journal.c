#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/digest.h"
#include "init/base/fdio.h"
#include "init/base/json.h"
#include "init/setup/journal_file.h"
#include "init/setup/journal_lines.h"
#include "tests/unit/suites.h"

static char base[64];
static struct statedir dir;
static struct journal journal;
static struct history history;
static struct arena arena;
static struct clock_anchor anchor;
static struct err e;
static char text[JOURNAL_COMPACT_MIN * 4];
static size_t text_len;

static void setup(void)
{
    snprintf(base, sizeof(base), "/tmp/muster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    dir = (struct statedir){.fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .lock_fd = -1};
    snprintf(dir.path, sizeof(dir.path), "%s", base);
    ck_assert_int_ge(dir.fd, 0);
    /* 2026-01-01T00:00:00Z */
    anchor = (struct clock_anchor){.wall_us = 1767225600ULL * US_PER_S, .mono_us = 1000};
    journal = (struct journal){.fd = -1};
    arena_init(&arena);
    e = (struct err){0};
}

static void teardown(void)
{
    journal_close(&journal);
    arena_free_all(&arena);
    (void)unlinkat(dir.fd, JOURNAL_FILE, 0);
    (void)unlinkat(dir.fd, JOURNAL_OLD_FILE, 0);
    (void)unlinkat(dir.fd, JOURNAL_NEW_FILE, 0);
    close(dir.fd);
    ck_assert_int_eq(rmdir(base), 0);
}

static int try_open(const struct journal_mark *mark)
{
    journal_close(&journal);
    return journal_open(&dir, &anchor, "abc123", mark, &journal, &history, &arena, &e);
}

static void open_journal(void)
{
    ck_assert_msg(try_open(NULL) == 0, "%s", e.text);
}

static int write_step(enum step_status to)
{
    const struct step_line line = {.step_id = "migrate", .to = to, .started_at = "2025-12-31T00:00:00.000000Z"};
    return journal_step(&journal, &line, anchor.mono_us + 1234567, &e);
}

/* With a limit to so much. No checks in between: they write files themselves. */
static int write_step_with_room_for(rlim_t bytes)
{
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGXFSZ, &ignore, NULL);
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    int result = write_step(STEP_IN_PROGRESS);
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

/* It is damaged: refused, and exactly as it was. */
static void check_refused(const char *part)
{
    static char before[sizeof(text)];
    read_text();
    size_t before_len = text_len;
    memcpy(before, text, text_len);
    ck_assert_int_eq(try_open(NULL), -1);
    ck_assert_int_eq(e.code, ERR_MANIFEST);
    ck_assert_msg(strstr(e.text, part) != NULL, "%s", e.text);
    ck_assert_ptr_nonnull(strstr(e.text, "begin set-up anew, move it out of /tmp/muster-test-"));
    ck_assert_int_eq(journal.fd, -1);
    read_text();
    ck_assert_uint_eq(text_len, before_len);
    ck_assert_mem_eq(text, before, before_len);
}

static void write_text(const char *bytes, size_t len)
{
    int fd = openat(dir.fd, JOURNAL_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq(fd_write_all(fd, bytes, len), 0);
    close(fd);
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
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    ck_assert_int_eq(write_step(STEP_COMPLETED), 0);
    read_text();
    ck_assert_uint_eq(check_lines(), 3);
    ck_assert_ptr_nonnull(strstr(text, "{\"sequence\":2,\"at\":\"2026-01-01T00:00:01.234567Z\",\"session\":\""));
    ck_assert_ptr_nonnull(strstr(text, "\"kind\":\"step\",\"step_id\":\"migrate\",\"from\":\"pending\",\"to\":"));
    ck_assert_ptr_nonnull(strstr(text, "{\"sequence\":3,"));
    ck_assert_uint_eq(journal.sequence, 3);
    ck_assert_uint_eq((size_t)journal.size, text_len);
}
END_TEST

/* As the header says it: anybody can check it. */
START_TEST(the_check_sum_is_that_of_the_description)
{
    open_journal();
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    read_text();
    char before[CHAIN_TEXT_MAX] = "00000000000000000000000000000000";
    for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        char *member = strstr(line, ",\"check\":\"");
        static char bytes[JOURNAL_LINE_MAX];
        uint8_t sum[DIGEST_BYTES];
        char hex[DIGEST_HEX_MAX];
        memcpy(bytes, before, CHAIN_DIGITS);
        memcpy(bytes + CHAIN_DIGITS, line, (size_t)(member - line));
        digest_of(bytes, CHAIN_DIGITS + (size_t)(member - line), sum);
        digest_hex(sum, hex);
        ck_assert_mem_eq(member + 10, hex, CHAIN_DIGITS);
        ck_assert_mem_eq(member + 10 + CHAIN_DIGITS, "\"}\n", 3);
        memcpy(before, hex, CHAIN_DIGITS);
    }
}
END_TEST

START_TEST(a_session_lasts_as_long_as_the_configuration)
{
    open_journal();
    char first[SESSION_ID_MAX];
    memcpy(first, journal.session, sizeof(first));
    ck_assert_int_eq(journal_session(&journal, "d1", &e), 0);
    ck_assert_str_eq(first, journal.session);
    ck_assert_uint_eq(journal.sequence, 1);
    /* As core does: the digest is on disk with the configuration's state. */
    const struct entry validated = {.kind = ENTRY_CONFIGURATION, .config_digest = "d1"};
    ck_assert_int_eq(journal_put(&journal, &validated, 2000, &e), 0);
    open_journal();
    ck_assert_int_eq(journal_session(&journal, "d1", &e), 0);
    ck_assert_str_eq(first, journal.session);
    ck_assert_uint_eq(journal.sequence, 3);
    ck_assert_int_eq(journal_session(&journal, "d2", &e), 0);
    ck_assert_str_ne(first, journal.session);
    ck_assert_str_eq(history.session, journal.session);
    ck_assert_uint_eq(journal.sequence, 4);
    memcpy(first, journal.session, sizeof(first));
    open_journal();
    ck_assert_str_eq(first, journal.session);
    ck_assert_str_eq(history.config_digest, "d2");
}
END_TEST

START_TEST(a_torn_line_is_cut_off)
{
    open_journal();
    ck_assert_int_eq(write_step(STEP_SKIPPED), 0);
    ck_assert_int_eq(fd_write_all(journal.fd, "{\"sequence\":3,\"at", 17), 0);
    open_journal();
    ck_assert_uint_eq(journal.torn, 17);
    ck_assert_uint_eq(journal.sequence, 3);
    read_text();
    ck_assert_uint_eq(check_lines(), 3);
    ck_assert_int_eq(history_find(&history, "migrate")->status, STEP_SKIPPED);
    open_journal();
    ck_assert_uint_eq(journal.torn, 0);
}
END_TEST

/* STP-05 */
START_TEST(what_was_in_progress_is_failed_now)
{
    open_journal();
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    open_journal();
    const struct past_step *s = history_find(&history, "migrate");
    ck_assert_int_eq(s->status, STEP_FAILED);
    ck_assert_str_eq(s->error, JOURNAL_INTERRUPTED);
    ck_assert_str_eq(s->completed_at, "2026-01-01T00:00:00.000000Z");
    ck_assert_uint_eq(s->attempts, 1);
    ck_assert_uint_eq(journal.sequence, 4);
    open_journal();
    ck_assert_uint_eq(journal.sequence, 5);
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    ck_assert_uint_eq(history_find(&history, "migrate")->attempts, 2);
}
END_TEST

START_TEST(a_damaged_one_is_refused_and_left_alone)
{
    open_journal();
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    ck_assert_int_eq(write_step(STEP_COMPLETED), 0);
    read_text();
    char *word = strstr(text, "in_progress");
    ck_assert_ptr_nonnull(word);
    word[0] = 'I';
    write_text(text, text_len);
    check_refused("line 2: ");
    struct history read;
    ck_assert_int_eq(journal_read(&dir, &read, &arena, &e), -1);
    ck_assert_int_eq(e.code, ERR_MANIFEST);
    /* Moved away, it begins anew. */
    ck_assert_int_eq(renameat(dir.fd, JOURNAL_FILE, dir.fd, JOURNAL_OLD_FILE), 0);
    open_journal();
    ck_assert_uint_eq(history.step_count, 0);
}
END_TEST

START_TEST(one_that_is_too_large_is_refused)
{
    int fd = openat(dir.fd, JOURNAL_FILE, O_RDWR | O_CREAT, 0600);
    ck_assert_int_eq(ftruncate(fd, (off_t)JOURNAL_MAX + 1), 0);
    close(fd);
    ck_assert_int_eq(try_open(NULL), -1);
    ck_assert_int_eq(e.code, ERR_MANIFEST);
    ck_assert_ptr_nonnull(strstr(e.text, "larger than 256 MiB"));
}
END_TEST

START_TEST(lines_that_somebody_has_seen_are_not_missed)
{
    open_journal();
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    struct journal_mark mark = {.sequence = journal.sequence};
    memcpy(mark.session, journal.session, sizeof(mark.session));
    ck_assert_int_eq(try_open(&mark), 0);
    read_text();
    mark.sequence = journal.sequence + 1;
    size_t before = text_len;
    ck_assert_int_eq(try_open(&mark), -1);
    ck_assert_int_eq(e.code, ERR_MANIFEST);
    ck_assert_ptr_nonnull(strstr(e.text, "ends with line number 4, but status.json knows of 5"));
    read_text();
    ck_assert_uint_eq(text_len, before);
    /* Of another session it says nothing. */
    mark.session[0] = mark.session[0] == 'a' ? 'b' : 'a';
    ck_assert_int_eq(try_open(&mark), 0);
}
END_TEST

START_TEST(a_reader_changes_nothing)
{
    struct history read;
    ck_assert_int_eq(journal_read(&dir, &read, &arena, &e), 0);
    ck_assert_uint_eq(read.step_count, 0);
    ck_assert_int_eq(faccessat(dir.fd, JOURNAL_FILE, F_OK, 0), -1);
    open_journal();
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    ck_assert_int_eq(fd_write_all(journal.fd, "{\"seq", 5), 0);
    read_text();
    size_t before = text_len;
    ck_assert_int_eq(journal_read(&dir, &read, &arena, &e), 0);
    ck_assert_int_eq(history_find(&read, "migrate")->status, STEP_IN_PROGRESS);
    read_text();
    ck_assert_uint_eq(text_len, before);
}
END_TEST

/* Of one step, so that it comes to little. Not synced line by line: there are many. */
static void write_large(void)
{
    open_journal();
    struct journal fast = journal;
    int file = journal.fd;
    fast.fd = -1;
    char at[40];
    for (unsigned i = 0; fast.size <= (off_t)JOURNAL_COMPACT_MIN; i++) {
        char storage[JOURNAL_LINE_MAX];
        struct jsonw w;
        struct buf b;
        struct entry line = {.kind = ENTRY_STEP, .session = fast.session, .step_id = "migrate", .started_at = at};
        line.attempt = i / 2 + 1;
        line.from = i % 2 == 1 ? STEP_IN_PROGRESS : i == 0 ? STEP_PENDING : STEP_FAILED;
        line.to = i % 2 == 1 ? STEP_FAILED : STEP_IN_PROGRESS;
        snprintf(at, sizeof(at), "2025-01-01T00:00:00.%06uZ", i);
        journal_begin(&fast, &w, &b, storage, sizeof(storage), "step", 2000);
        entry_write(&w, &line);
        if (journal_commit(&fast, &w, &e) != 0 || history_check(&history, &line, &e) != 0 ||
            fd_write_all(file, b.data, b.len) != 0) {
            ck_abort_msg("%s", e.text);
        }
        history_apply(&history, &line);
        fast.size += (off_t)b.len;
    }
    fast.fd = file;
    journal = fast;
}

START_TEST(a_large_one_is_written_anew)
{
    write_large();
    uint64_t sequence = journal.sequence;
    uint32_t attempts = history_find(&history, "migrate")->attempts;
    struct journal_mark mark = {.sequence = sequence};
    memcpy(mark.session, journal.session, sizeof(mark.session));
    read_text();
    size_t large = text_len;
    ck_assert_int_eq(try_open(&mark), 0);
    struct stat st;
    ck_assert_int_eq(fstatat(dir.fd, JOURNAL_OLD_FILE, &st, 0), 0);
    ck_assert_uint_eq((size_t)st.st_size, large);
    ck_assert_int_eq(faccessat(dir.fd, JOURNAL_NEW_FILE, F_OK, 0), -1);
    read_text();
    ck_assert_uint_lt(text_len, 100000);
    ck_assert_uint_eq((size_t)journal.size, text_len);
    ck_assert_int_eq(fstatat(dir.fd, JOURNAL_FILE, &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_uint_eq(history_find(&history, "migrate")->attempts, attempts);
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    /* The numbers go on: what was seen of the old one is still no news. */
    ck_assert_uint_gt(journal.sequence, sequence);
    ck_assert_int_eq(try_open(&mark), 0);
    ck_assert_uint_eq(history_find(&history, "migrate")->attempts, attempts + 1);
    ck_assert_str_eq(journal.session, mark.session);
}
END_TEST

START_TEST(what_a_kill_left_while_it_was_written_anew_is_no_hindrance)
{
    write_large();
    int fd = openat(dir.fd, JOURNAL_NEW_FILE, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(fd_write_all(fd, "half", 4), 0);
    close(fd);
    fd = openat(dir.fd, JOURNAL_OLD_FILE, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(fd_write_all(fd, "that of an earlier time", 23), 0);
    close(fd);
    off_t large = journal.size;
    open_journal();
    struct stat st;
    ck_assert_int_eq(fstatat(dir.fd, JOURNAL_OLD_FILE, &st, 0), 0);
    ck_assert_int_eq(st.st_size, large);
    read_text();
    ck_assert_uint_lt(text_len, 100000);
    ck_assert_int_eq(faccessat(dir.fd, JOURNAL_NEW_FILE, F_OK, 0), -1);
}
END_TEST

/* No room for a second one: the first is as good. */
START_TEST(one_that_cannot_be_written_anew_stays)
{
    write_large();
    ck_assert_int_eq(mkdirat(dir.fd, JOURNAL_NEW_FILE, 0700), 0);
    uint64_t sequence = journal.sequence;
    open_journal();
    ck_assert_uint_eq(journal.sequence, sequence + 1 + (history.steps[0].error != NULL && sequence % 2 == 0));
    ck_assert_int_eq(faccessat(dir.fd, JOURNAL_OLD_FILE, F_OK, 0), -1);
    ck_assert_int_eq(unlinkat(dir.fd, JOURNAL_NEW_FILE, AT_REMOVEDIR), 0);
}
END_TEST

START_TEST(a_line_without_room_is_told_and_leaves_no_half)
{
    open_journal();
    read_text();
    size_t before = text_len;
    struct journal as_it_was = journal;
    ck_assert_int_eq(write_step_with_room_for((rlim_t)before + 10), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    ck_assert_ptr_nonnull(strstr(e.text, "ulimit -f"));
    read_text();
    ck_assert_uint_eq(text_len, before);
    ck_assert_mem_eq(&journal, &as_it_was, sizeof(journal));
    ck_assert_ptr_null(history_find(&history, "migrate"));
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    open_journal();
    ck_assert_int_eq(history_find(&history, "migrate")->status, STEP_FAILED);
}
END_TEST

/* A descriptor whose write works and whose fdatasync(2) does not. */
START_TEST(a_line_that_was_not_synced_is_not_believed)
{
    open_journal();
    int file = journal.fd;
    int both[2];
    ck_assert_int_eq(pipe2(both, O_CLOEXEC), 0);
    journal.fd = both[1];
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    ck_assert_uint_eq(journal.sequence, 1);
    ck_assert(journal.unsure);
    ck_assert_ptr_null(history_find(&history, "migrate"));
    /* A pipe cannot be cut back: no line is written behind one that may be there. */
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), -1);
    ck_assert(journal.unsure);
    close(both[0]);
    close(both[1]);
    journal.fd = file;
    ck_assert_int_eq(fd_write_all(file, "{\"sequence\":2", 13), 0);
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    ck_assert(!journal.unsure);
    read_text();
    ck_assert_uint_eq(check_lines(), 2);
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
    ck_assert_int_eq(try_open(NULL), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    ck_assert_int_eq(journal.fd, -1);
}
END_TEST

START_TEST(works_in_memory_only)
{
    struct statedir memory = {.fd = -1, .lock_fd = -1};
    ck_assert_int_eq(journal_open(&memory, &anchor, NULL, NULL, &journal, &history, &arena, &e), 0);
    ck_assert_int_eq(write_step(STEP_IN_PROGRESS), 0);
    ck_assert_uint_eq(journal.sequence, 2);
    ck_assert_uint_eq(strlen(journal.session), SESSION_ID_MAX - 1);
    ck_assert_int_eq(history_find(&history, "migrate")->status, STEP_IN_PROGRESS);
}
END_TEST

START_TEST(errors_say_what_to_do)
{
    static const struct {
        int sys;
        const char *says;
    } rows[] = {{ENOSPC, "make room"},
                {EDQUOT, "for this user"},
                {EROFS, "--state-dir"},
                {EIO, "kernel's log"},
                {EFBIG, "ulimit"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_int_eq(journal_fail(&e, rows[i].sys, "write to"), -1);
        ck_assert_int_eq(e.code, ERR_STATE);
        ck_assert_ptr_nonnull(strstr(e.text, rows[i].says));
        ck_assert_ptr_nonnull(strstr(e.text, strerror(rows[i].sys)));
    }
}
END_TEST

Suite *suite_journal(void)
{
    Suite *s = suite_create("journal");
    TCase *t = tcase_create("journal");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, begins_with_a_session);
    tcase_add_test(t, appends_numbered_lines);
    tcase_add_test(t, the_check_sum_is_that_of_the_description);
    tcase_add_test(t, a_session_lasts_as_long_as_the_configuration);
    tcase_add_test(t, a_torn_line_is_cut_off);
    tcase_add_test(t, what_was_in_progress_is_failed_now);
    tcase_add_test(t, a_damaged_one_is_refused_and_left_alone);
    tcase_add_test(t, one_that_is_too_large_is_refused);
    tcase_add_test(t, lines_that_somebody_has_seen_are_not_missed);
    tcase_add_test(t, a_reader_changes_nothing);
    tcase_add_test(t, a_large_one_is_written_anew);
    tcase_add_test(t, what_a_kill_left_while_it_was_written_anew_is_no_hindrance);
    tcase_add_test(t, one_that_cannot_be_written_anew_stays);
    tcase_add_test(t, a_line_without_room_is_told_and_leaves_no_half);
    tcase_add_test(t, a_line_that_was_not_synced_is_not_believed);
    tcase_add_test(t, too_long_a_line_is_refused);
    tcase_add_test(t, refuses_a_symbolic_link);
    tcase_add_test(t, works_in_memory_only);
    tcase_add_test(t, errors_say_what_to_do);
    suite_add_tcase(s, t);
    return s;
}
