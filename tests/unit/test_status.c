#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/json.h"
#include "init/base/text.h"
#include "tests/unit/document.h"
#include "tests/unit/run_fixture.h"
#include "tests/unit/suites.h"

static struct run run;
static char text[STATUS_TEXT_MAX];
static struct json *root;
static char line[1024];

static void setup(void)
{
    run_begin(&run);
    root = NULL;
}

static void teardown(void)
{
    json_free(root);
    run_end(&run);
}

static void read_back(void)
{
    json_free(root);
    root = run_document(&run);
}

START_TEST(nothing_is_ready_before_the_main_process_says_so)
{
    char message[] = "warming up";
    run_to_ready(&run);
    run.view.phase = PHASE_STARTING;
    read_back();
    ck_assert(!json_true(json_get(root, "ready")));
    ck_assert(document_is_null(root, "ready_after_ms"));
    ck_assert_str_eq(document_string(root, "phase"), "starting");
    ck_assert_str_eq(document_string(root, "summary"), "main process has not said that it is ready");
    run.view.main_message = message;
    read_back();
    ck_assert_str_eq(document_string(root, "summary"), "main process has not said that it is ready: warming up");
    run.view.phase = PHASE_READY;
    run.view.main_ready_us = run.now_us + 1000;
    read_back();
    ck_assert(json_true(json_get(root, "ready")));
    ck_assert(!document_is_null(root, "ready_after_ms"));
}
END_TEST

START_TEST(phases_have_names)
{
    static const char *const names[] = {"configuration", "calling",  "starting", "ready",
                                        "failed",        "stopping", "stopped",  "complete"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ck_assert_str_eq(run_phase_name((enum run_phase)i), names[i]);
    }
}
END_TEST

START_TEST(tells_a_run_that_is_ready)
{
    run_to_ready(&run);
    read_back();
    ck_assert_str_eq(document_string(root, "phase"), "ready");
    ck_assert(json_true(json_get(root, "ready")));
    ck_assert_str_eq(document_string(root, "started_at"), "2026-01-01T00:00:00.000Z");
    ck_assert_double_eq_tol(json_number(json_get(root, "ready_after_ms")), 210.6, 0.01);
    ck_assert(document_is_null(root, "exit_code"));
    ck_assert_int_eq((int)json_number(json_get(json_get(root, "owner"), "pid")), getpid());
}
END_TEST

START_TEST(lists_the_problems)
{
    problem_hint(problem_add(&run.problems, "required.missing", "REDIS_URL", "it is not set"), "set it");
    problem_warn(&run.problems, "redis.db_shared", "REDIS_TASK_DB", "shared");
    run.view.graph = NULL;
    run.view.engine = NULL;
    run.view.artifacts = NULL;
    run.view.phase = PHASE_FAILED;
    run.view.exit_code = 78;
    read_back();
    const struct json *first = json_first(json_get(root, "problems"));
    DOCUMENT_HAS(first, "severity", "rule", "where", "text", "hint");
    ck_assert_str_eq(document_string(first, "severity"), "error");
    ck_assert_str_eq(document_string(first, "hint"), "set it");
    ck_assert_str_eq(document_string(json_next(first), "severity"), "warning");
    ck_assert(document_is_null(json_next(first), "hint"));
    ck_assert_str_eq(document_string(root, "summary"), "1 mistake in the configuration: REDIS_URL (required.missing)");
    ck_assert_uint_eq(json_count(json_get(root, "services")), 0);
    ck_assert_int_eq((int)json_number(json_get(root, "exit_code")), 78);
}
END_TEST

START_TEST(writes_before_anything_is_known)
{
    run.view = (struct status_view){.phase = PHASE_CONFIGURATION};
    read_back();
    ck_assert_str_eq(document_string(root, "phase"), "configuration");
    ck_assert(document_is_null(root, "profile"));
    ck_assert(document_is_null(root, "started_at"));
    ck_assert_str_eq(document_string(root, "summary"), "the configuration is being checked");
}
END_TEST

START_TEST(summary_names_what_is_missing)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_REFUSED, "nothing listens on cache:6379 yet");
    status_summary(&run.view, line, sizeof(line));
    ck_assert_str_eq(line, "2 of 2 services not healthy: redis (refused: nothing listens on cache:6379 yet), "
                           "backend (waits for redis, migrate); 1 of 1 step not completed: migrate (waits for redis); "
                           "1 of 1 test not passed: smoke (waits for backend)");
}
END_TEST

START_TEST(summary_of_a_good_run_counts)
{
    run_to_ready(&run);
    status_summary(&run.view, line, sizeof(line));
    ck_assert_str_eq(line, "ready: 2 services healthy, 1 step completed, 1 test passed");
}
END_TEST

START_TEST(summary_fits_whatever_the_room)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_REFUSED, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
    for (size_t cap = 1; cap < 200; cap++) {
        memset(line, 'x', sizeof(line));
        status_summary(&run.view, line, cap);
        ck_assert_uint_lt(strlen(line), cap);
        ck_assert_int_eq(line[cap], 'x');
        ck_assert_uint_eq(text_utf8_span(line, strlen(line)), strlen(line));
    }
}
END_TEST

START_TEST(publishes_a_whole_file)
{
    char base[] = "/tmp/muster-test-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(base));
    struct statedir dir = {.fd = open(base, O_RDONLY | O_DIRECTORY), .lock_fd = -1};
    struct err e;
    run_start(&run);
    ck_assert_int_eq(status_publish(&dir, &run.view, run.now_us, text, sizeof(text), &e), 0);
    ck_assert_int_eq(status_publish(&dir, &run.view, run.now_us, text, sizeof(text), &e), 0);
    size_t len;
    ck_assert_int_eq(file_read(dir.fd, STATUS_FILE, text, sizeof(text), &len, &e), 0);
    struct problems p = {0};
    root = json_parse(text, len, false, &p);
    ck_assert_ptr_nonnull(root);
    ck_assert_int_eq((int)json_number(json_get(root, "sequence")), 2);
    ck_assert_str_eq(document_string(root, "schema"), "muster.status/1");
    struct stat st;
    ck_assert_int_eq(fstatat(dir.fd, STATUS_FILE, &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);

    /* What does not fit leaves the old document alone. */
    char small[512];
    ck_assert_int_eq(status_publish(&dir, &run.view, run.now_us, small, sizeof(small), &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    size_t again;
    ck_assert_int_eq(file_read(dir.fd, STATUS_FILE, text, sizeof(text), &again, &e), 0);
    ck_assert_uint_eq(len, again);

    ck_assert_int_eq(unlinkat(dir.fd, STATUS_FILE, 0), 0);
    ck_assert_int_eq(rmdir(base), 0);
    ck_assert_int_eq(status_publish(&dir, &run.view, run.now_us, text, sizeof(text), &e), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    close(dir.fd);
}
END_TEST

static bool mark_of(struct statedir *dir, const char *document, struct journal_mark *mark)
{
    struct err e;
    ck_assert_int_eq(file_replace(dir->fd, STATUS_FILE, document, strlen(document), 0600, &e), 0);
    return status_mark(dir, text, sizeof(text), mark);
}

/* What was seen of the journal is found again; what says nothing about it proves nothing. */
START_TEST(tells_how_far_the_journal_had_got)
{
    char base[] = "/tmp/muster-test-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(base));
    struct statedir dir = {.fd = open(base, O_RDONLY | O_DIRECTORY), .lock_fd = -1};
    struct journal journal = {.fd = -1, .sequence = 41, .session = "0123456789abcdef0123456789abcdef"};
    struct journal_mark mark = {.sequence = 7};
    struct err e;
    ck_assert(!status_mark(&dir, text, sizeof(text), &mark));
    run_start(&run);
    run.view.session = journal.session;
    run.view.journal = &journal;
    ck_assert_int_eq(status_publish(&dir, &run.view, run.now_us, text, sizeof(text), &e), 0);
    ck_assert(!status_mark(&dir, text, 100, &mark));
    ck_assert_uint_eq(mark.sequence, 7);
    ck_assert(status_mark(&dir, text, sizeof(text), &mark));
    ck_assert_uint_eq(mark.sequence, 41);
    ck_assert_str_eq(mark.session, journal.session);
    ck_assert(!mark_of(&dir, "{", &mark));
    ck_assert(!mark_of(&dir, "[]", &mark));
    ck_assert(!mark_of(&dir, "{\"session\":\"x\"}", &mark));
    ck_assert(!mark_of(&dir, "{\"session\":null,\"journal_sequence\":1}", &mark));
    ck_assert(!mark_of(&dir, "{\"session\":\"x\",\"journal_sequence\":1.5}", &mark));
    ck_assert(!mark_of(&dir, "{\"session\":\"x\",\"journal_sequence\":null}", &mark));
    ck_assert_int_eq(unlinkat(dir.fd, STATUS_FILE, 0), 0);
    ck_assert_int_eq(rmdir(base), 0);
    close(dir.fd);
}
END_TEST

START_TEST(publishes_nothing_without_a_folder)
{
    struct statedir memory = {.fd = -1, .lock_fd = -1};
    struct err e;
    ck_assert_int_eq(status_publish(&memory, &run.view, run.now_us, text, sizeof(text), &e), 0);
    ck_assert_uint_eq(run.view.sequence, 1);
}
END_TEST

Suite *suite_status(void)
{
    Suite *s = suite_create("status");
    TCase *t = tcase_create("status");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, nothing_is_ready_before_the_main_process_says_so);
    tcase_add_test(t, phases_have_names);
    tcase_add_test(t, tells_a_run_that_is_ready);
    tcase_add_test(t, lists_the_problems);
    tcase_add_test(t, writes_before_anything_is_known);
    tcase_add_test(t, summary_names_what_is_missing);
    tcase_add_test(t, summary_of_a_good_run_counts);
    tcase_add_test(t, summary_fits_whatever_the_room);
    tcase_add_test(t, publishes_a_whole_file);
    tcase_add_test(t, tells_how_far_the_journal_had_got);
    tcase_add_test(t, publishes_nothing_without_a_folder);
    suite_add_tcase(s, t);
    return s;
}
