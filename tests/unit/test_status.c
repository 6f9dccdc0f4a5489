#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/json.h"
#include "init/base/text.h"
#include "tests/unit/run_fixture.h"
#include "tests/unit/suites.h"

#define EXITED(code) ((code) << 8)

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

/* The document as a reader sees it. */
static void read_back(void)
{
    struct buf b;
    struct jsonw w;
    buf_init(&b, text, sizeof(text));
    jsonw_init(&w, &b, true);
    status_write(&w, &run.view, run.now_us);
    ck_assert(!b.overflow);
    json_free(root);
    struct problems p = {0};
    root = json_parse(text, b.len, false, &p);
    ck_assert_msg(root != NULL, "%s: %s", p.items[0].where, p.items[0].text);
    ck_assert_ptr_null(strstr(text, RUN_PASSWORD));
    ck_assert_ptr_null(strstr(text, RUN_TOKEN));
}

static const struct json *entry(const char *list, const char *key, const char *name)
{
    for (const struct json *n = json_first(json_get(root, list)); n != NULL; n = json_next(n)) {
        if (strcmp(json_string(json_get(n, key)), name) == 0) {
            return n;
        }
    }
    return NULL;
}

static const struct json *service(const char *name)
{
    return entry("services", "service_name", name);
}

static const char *string(const struct json *n, const char *key)
{
    const char *value = json_string(json_get(n, key));
    return value != NULL ? value : "(null)";
}

static bool is_null(const struct json *n, const char *key)
{
    const struct json *value = json_get(n, key);
    return value != NULL && json_type(value) == JSON_NULL;
}

static void has_fields(const struct json *n, const char *const *fields, size_t count)
{
    ck_assert_ptr_nonnull(n);
    size_t i = 0;
    for (const struct json *m = json_first(n); m != NULL; m = json_next(m), i++) {
        ck_assert_msg(i < count, "unexpected field %s", json_key(m));
        ck_assert_str_eq(json_key(m), fields[i]);
    }
    ck_assert_uint_eq(i, count);
}

#define HAS_FIELDS(node, ...)                                                                                          \
    do {                                                                                                               \
        const char *const fields[] = {__VA_ARGS__};                                                                    \
        has_fields(node, fields, sizeof(fields) / sizeof(fields[0]));                                                  \
    } while (0)

START_TEST(phases_have_names)
{
    static const char *const names[] = {"configuration", "calling", "ready", "failed", "stopping", "complete"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ck_assert_str_eq(run_phase_name((enum run_phase)i), names[i]);
    }
}
END_TEST

/* The fields of data-model.md, in its order, then muster's own. */
START_TEST(has_the_fields_of_the_model)
{
    run_to_ready(&run);
    read_back();
    HAS_FIELDS(root, "schema", "sequence", "muster_version", "written_at", "session", "phase", "ready", "started_at",
               "elapsed_ms", "ready_after_ms", "exit_code", "summary", "owner", "profile", "problems", "services",
               "tests", "steps", "artifacts");
    HAS_FIELDS(service("redis"), "service_name", "status", "last_check", "response_time_ms", "error_message",
               "connection_details", "dependencies", "required", "reason", "blocked_by", "attempts", "source");
    HAS_FIELDS(json_get(service("redis"), "connection_details"), "kind", "target", "resolved_address", "http_status",
               "tls", "redis", "attempts", "class");
    HAS_FIELDS(entry("tests", "test_name", "smoke"), "test_type", "test_name", "execution_time", "duration_ms",
               "status", "error_details", "test_data", "environment_snapshot", "skip_reason");
    HAS_FIELDS(entry("steps", "step_id", "migrate"), "step_id", "step_name", "category", "status", "started_at",
               "completed_at", "error_details", "prerequisites", "artifacts", "skip_reason", "blocked_by");
    HAS_FIELDS(json_first(json_get(root, "artifacts")), "artifact_type", "artifact_path", "created_by_step",
               "size_bytes", "checksum", "permissions", "backup_location", "cleanup_script", "kind", "uid", "gid");
}
END_TEST

START_TEST(tells_a_run_that_is_ready)
{
    run_to_ready(&run);
    read_back();
    ck_assert_str_eq(string(root, "phase"), "ready");
    ck_assert(json_true(json_get(root, "ready")));
    ck_assert_str_eq(string(root, "started_at"), "2026-01-01T00:00:00.000Z");
    ck_assert_double_eq_tol(json_number(json_get(root, "ready_after_ms")), 210.6, 0.01);
    ck_assert(is_null(root, "exit_code"));
    ck_assert_int_eq((int)json_number(json_get(json_get(root, "owner"), "pid")), getpid());

    const struct json *redis = service("redis");
    ck_assert_str_eq(string(redis, "status"), "healthy");
    ck_assert_str_eq(string(redis, "last_check"), "2026-01-01T00:00:00.000Z");
    ck_assert_double_eq_tol(json_number(json_get(redis, "response_time_ms")), 0.3, 0.0001);
    ck_assert(is_null(redis, "error_message"));
    const struct json *details = json_get(redis, "connection_details");
    ck_assert_str_eq(string(details, "target"), "redis://app:***@cache:6379/0");
    ck_assert_str_eq(string(details, "class"), "ok");
    ck_assert_str_eq(string(json_get(details, "redis"), "role"), "master");
    ck_assert(is_null(details, "http_status"));
    ck_assert_int_eq((int)json_number(json_get(json_get(service("backend"), "connection_details"), "http_status")),
                     200);

    /* SVC-05 */
    ck_assert_str_eq(string(service("websocket"), "status"), "stopped");
    ck_assert_str_eq(string(service("websocket"), "reason"), "not_configured");
    ck_assert(is_null(service("websocket"), "last_check"));
    ck_assert(is_null(service("websocket"), "response_time_ms"));
}
END_TEST

START_TEST(tells_why_a_service_waits)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_REFUSED, "nothing listens on cache:6379 yet");
    read_back();
    ck_assert_str_eq(string(service("redis"), "status"), "unhealthy");
    ck_assert_str_eq(string(service("redis"), "error_message"), "refused: nothing listens on cache:6379 yet");
    ck_assert_str_eq(string(service("backend"), "status"), "starting");
    ck_assert(is_null(service("backend"), "error_message"));
    ck_assert_str_eq(string(json_get(service("redis"), "connection_details"), "class"), "refused");
    const struct json *blockers = json_get(service("backend"), "blocked_by");
    ck_assert_uint_eq(json_count(blockers), 2);
    ck_assert_str_eq(json_string(json_first(blockers)), "redis");
    ck_assert_uint_eq(json_count(json_get(service("backend"), "dependencies")), 1);
    ck_assert_uint_eq(json_count(json_get(root, "tests")), 0);
    ck_assert(!json_true(json_get(root, "ready")));
    ck_assert(is_null(root, "ready_after_ms"));
}
END_TEST

START_TEST(tells_an_unhealthy_service)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_WRONGPASS, "the password of user app is wrong");
    run_wait(&run, 31 * US_PER_S);
    ck_assert(run.failed);
    read_back();
    ck_assert_str_eq(string(root, "phase"), "failed");
    ck_assert_int_eq((int)json_number(json_get(root, "exit_code")), 69);
    ck_assert_ptr_eq(strstr(string(root, "summary"), "service redis was not healthy within 30 s: 2 of 2 services"),
                     string(root, "summary"));
    ck_assert_str_eq(string(service("redis"), "status"), "unhealthy");
    ck_assert_ptr_nonnull(strstr(string(service("redis"), "error_message"), "the password of user app is wrong"));
    ck_assert_str_eq(string(service("backend"), "status"), "stopped");
    ck_assert_str_eq(string(service("backend"), "reason"), "dependency");
    ck_assert_str_eq(string(entry("steps", "step_id", "migrate"), "status"), "pending");
    ck_assert_str_eq(json_string(json_first(json_get(entry("steps", "step_id", "migrate"), "blocked_by"))), "redis");
}
END_TEST

START_TEST(tells_a_completed_step_and_its_artifact)
{
    run_to_ready(&run);
    read_back();
    const struct json *step = entry("steps", "step_id", "migrate");
    ck_assert_str_eq(string(step, "status"), "completed");
    ck_assert_str_eq(string(step, "category"), "configuration");
    ck_assert_str_eq(string(step, "started_at"), "2026-01-01T00:00:00.000300Z");
    ck_assert_str_eq(string(step, "completed_at"), "2026-01-01T00:00:00.210300Z");
    ck_assert(is_null(step, "error_details"));
    /* Both ways: the step names the artifact, the artifact names the step. */
    ck_assert_str_eq(json_string(json_first(json_get(step, "artifacts"))), "/srv/schema.sql");
    const struct json *artifact = entry("artifacts", "artifact_path", "/srv/schema.sql");
    ck_assert_str_eq(string(artifact, "created_by_step"), "migrate");
    ck_assert_str_eq(string(artifact, "permissions"), "0644");
    ck_assert_int_eq((int)json_number(json_get(artifact, "size_bytes")), 1204);
}
END_TEST

/* "Completed timestamp must be after started timestamp", also for a step that took no time. */
START_TEST(step_ends_after_it_began)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, EXITED(1), 0);
    read_back();
    const struct json *step = entry("steps", "step_id", "migrate");
    ck_assert_int_lt(strcmp(string(step, "started_at"), string(step, "completed_at")), 0);
}
END_TEST

START_TEST(tells_a_failed_step)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    const char *said = "connecting with " RUN_PASSWORD "\nno such table\n";
    output_feed(&run.outputs[RUN_MIGRATE], said, strlen(said), NULL, NULL);
    run_exit(&run, RUN_MIGRATE, EXITED(3), 0);
    read_back();
    const struct json *step = entry("steps", "step_id", "migrate");
    const struct json *error = json_get(step, "error_details");
    ck_assert_str_eq(string(step, "status"), "failed");
    HAS_FIELDS(error, "message", "exit_code", "signal", "timed_out", "output_tail", "output_bytes", "truncated");
    ck_assert_str_eq(string(error, "message"), "exited with code 3");
    ck_assert_int_eq((int)json_number(json_get(error, "exit_code")), 3);
    ck_assert(is_null(error, "signal"));
    ck_assert(!json_true(json_get(error, "timed_out")));
    ck_assert_str_eq(string(error, "output_tail"), "connecting with ***\nno such table");
    ck_assert_int_eq((int)json_number(json_get(error, "output_bytes")), (int)strlen(said));
}
END_TEST

START_TEST(tells_a_signal_and_a_missing_program)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, 11, 0);
    read_back();
    const struct json *error = json_get(entry("steps", "step_id", "migrate"), "error_details");
    ck_assert_int_eq((int)json_number(json_get(error, "signal")), 11);
    ck_assert(is_null(error, "exit_code"));

    run_end(&run);
    run_begin(&run);
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, 0, 2);
    read_back();
    error = json_get(entry("steps", "step_id", "migrate"), "error_details");
    ck_assert(is_null(error, "signal"));
    ck_assert(is_null(error, "exit_code"));
    ck_assert_ptr_nonnull(strstr(string(error, "message"), "No such file"));
}
END_TEST

START_TEST(tells_a_passed_test)
{
    run_to_ready(&run);
    read_back();
    const struct json *test = entry("tests", "test_name", "smoke");
    ck_assert_str_eq(string(test, "test_type"), "smoke");
    ck_assert_str_eq(string(test, "status"), "passed");
    /* TST-02: took no time, is positive all the same */
    ck_assert_double_eq_tol(json_number(json_get(test, "duration_ms")), 0.001, 1e-9);
    ck_assert(is_null(test, "error_details"));
    const struct json *command = json_get(json_get(test, "test_data"), "command");
    ck_assert_str_eq(json_string(json_next(json_first(command))), "${API_TOKEN}");
    /* TST-04 */
    const struct json *snapshot = json_get(test, "environment_snapshot");
    ck_assert_int_eq(json_type(json_get(snapshot, "redis_url")), JSON_STRING);
    ck_assert_ptr_nonnull(json_get(snapshot, "API_TOKEN"));
    ck_assert_ptr_nonnull(json_get(snapshot, "youtube_api_key"));
    ck_assert_str_eq(string(snapshot, "manifest_sha256"), "abc");
}
END_TEST

/* REL-02 */
START_TEST(failed_test_makes_its_service_unhealthy)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, 0, 0);
    run_recorded(&run, true, NULL);
    run_verdict(&run, RUN_BACKEND, VERDICT_OK, "");
    run_exit(&run, RUN_SMOKE, EXITED(1), 0);
    ck_assert(run.failed);
    read_back();
    ck_assert_str_eq(string(service("backend"), "status"), "unhealthy");
    ck_assert_str_eq(string(service("backend"), "source"), "test:smoke");
    ck_assert(is_null(service("redis"), "source"));
    ck_assert_str_eq(string(entry("tests", "test_name", "smoke"), "status"), "failed");
    ck_assert_int_eq((int)json_number(json_get(root, "exit_code")), 77);
}
END_TEST

START_TEST(skipped_step_was_not_executed)
{
    run.graph.nodes[RUN_MIGRATE].skipped = true;
    run_start(&run);
    read_back();
    const struct json *step = entry("steps", "step_id", "migrate");
    ck_assert_str_eq(string(step, "status"), "skipped");
    ck_assert_str_eq(string(step, "skip_reason"), "manual");
    ck_assert(is_null(step, "started_at"));
    ck_assert(is_null(step, "completed_at"));
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
    HAS_FIELDS(first, "severity", "rule", "where", "text", "hint");
    ck_assert_str_eq(string(first, "severity"), "error");
    ck_assert_str_eq(string(first, "hint"), "set it");
    ck_assert_str_eq(string(json_next(first), "severity"), "warning");
    ck_assert(is_null(json_next(first), "hint"));
    ck_assert_str_eq(string(root, "summary"), "1 mistake in the configuration: REDIS_URL (required.missing)");
    ck_assert_uint_eq(json_count(json_get(root, "services")), 0);
    ck_assert_int_eq((int)json_number(json_get(root, "exit_code")), 78);
}
END_TEST

START_TEST(writes_before_anything_is_known)
{
    run.view = (struct status_view){.phase = PHASE_CONFIGURATION};
    read_back();
    ck_assert_str_eq(string(root, "phase"), "configuration");
    ck_assert(is_null(root, "profile"));
    ck_assert(is_null(root, "started_at"));
    ck_assert_str_eq(string(root, "summary"), "the configuration is being checked");
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
    ck_assert_str_eq(string(root, "schema"), "muster.status/1");
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
    tcase_add_test(t, phases_have_names);
    tcase_add_test(t, has_the_fields_of_the_model);
    tcase_add_test(t, tells_a_run_that_is_ready);
    tcase_add_test(t, tells_why_a_service_waits);
    tcase_add_test(t, tells_an_unhealthy_service);
    tcase_add_test(t, tells_a_completed_step_and_its_artifact);
    tcase_add_test(t, step_ends_after_it_began);
    tcase_add_test(t, tells_a_failed_step);
    tcase_add_test(t, tells_a_signal_and_a_missing_program);
    tcase_add_test(t, tells_a_passed_test);
    tcase_add_test(t, failed_test_makes_its_service_unhealthy);
    tcase_add_test(t, skipped_step_was_not_executed);
    tcase_add_test(t, lists_the_problems);
    tcase_add_test(t, writes_before_anything_is_known);
    tcase_add_test(t, summary_names_what_is_missing);
    tcase_add_test(t, summary_of_a_good_run_counts);
    tcase_add_test(t, summary_fits_whatever_the_room);
    tcase_add_test(t, publishes_a_whole_file);
    tcase_add_test(t, publishes_nothing_without_a_folder);
    suite_add_tcase(s, t);
    return s;
}
