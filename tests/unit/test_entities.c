#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/json.h"
#include "tests/unit/document.h"
#include "tests/unit/run_fixture.h"
#include "tests/unit/suites.h"

#define EXITED(code) ((code) << 8)

static struct run run;
static struct json *root;

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

static const struct json *service(const char *name)
{
    return document_entry(root, "services", "service_name", name);
}

/* The fields of data-model.md, in its order, then muster's own. */
START_TEST(has_the_fields_of_the_model)
{
    run_to_ready(&run);
    read_back();
    DOCUMENT_HAS(root, "schema", "sequence", "muster_version", "written_at", "session", "journal_sequence", "phase",
                 "ready", "started_at", "elapsed_ms", "ready_after_ms", "exit_code", "summary", "brief", "owner",
                 "profile", "problems", "services", "tests", "steps", "artifacts");
    DOCUMENT_HAS(service("redis"), "service_name", "status", "last_check", "response_time_ms", "error_message",
                 "connection_details", "dependencies", "required", "reason", "blocked_by", "attempts", "failing_since",
                 "failures", "restarts", "hint", "members", "source", "message");
    DOCUMENT_HAS(json_get(service("redis"), "connection_details"), "kind", "target", "resolved_address", "http_status",
                 "tls", "redis", "attempts", "class");
    DOCUMENT_HAS(document_entry(root, "tests", "test_name", "smoke"), "test_type", "test_name", "execution_time",
                 "duration_ms", "status", "error_details", "test_data", "environment_snapshot", "skip_reason");
    DOCUMENT_HAS(document_entry(root, "steps", "step_id", "migrate"), "step_id", "step_name", "category", "status",
                 "started_at", "completed_at", "error_details", "prerequisites", "artifacts", "skip_reason",
                 "skip_source", "blocked_by", "definition_sha256", "generation", "reopened", "cached", "attempts",
                 "history", "rollback");
    DOCUMENT_HAS(json_first(json_get(root, "artifacts")), "artifact_type", "artifact_path", "created_by_step",
                 "size_bytes", "checksum", "permissions", "backup_location", "cleanup_script", "kind", "uid", "gid");
}
END_TEST

START_TEST(tells_why_a_service_waits)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_REFUSED, "nothing listens on cache:6379 yet");
    read_back();
    ck_assert_str_eq(document_string(service("redis"), "status"), "unhealthy");
    ck_assert_str_eq(document_string(service("redis"), "error_message"), "refused: nothing listens on cache:6379 yet");
    ck_assert_str_eq(document_string(service("backend"), "status"), "starting");
    ck_assert(document_is_null(service("backend"), "error_message"));
    ck_assert_str_eq(document_string(json_get(service("redis"), "connection_details"), "class"), "refused");
    const struct json *blockers = json_get(service("backend"), "blocked_by");
    ck_assert_uint_eq(json_count(blockers), 2);
    ck_assert_str_eq(json_string(json_first(blockers)), "redis");
    ck_assert_uint_eq(json_count(json_get(service("backend"), "dependencies")), 1);
    ck_assert_uint_eq(json_count(json_get(root, "tests")), 0);
    ck_assert(!json_true(json_get(root, "ready")));
    ck_assert(document_is_null(root, "ready_after_ms"));
}
END_TEST

START_TEST(tells_a_service_that_is_healthy)
{
    run_to_ready(&run);
    read_back();
    const struct json *redis = service("redis");
    ck_assert_str_eq(document_string(redis, "status"), "healthy");
    ck_assert_str_eq(document_string(redis, "last_check"), "2026-01-01T00:00:00.000Z");
    ck_assert_double_eq_tol(json_number(json_get(redis, "response_time_ms")), 0.3, 0.0001);
    ck_assert(document_is_null(redis, "error_message"));
    const struct json *details = json_get(redis, "connection_details");
    ck_assert_str_eq(document_string(details, "target"), "redis://app:***@cache:6379/0");
    ck_assert_str_eq(document_string(details, "class"), "ok");
    ck_assert_str_eq(document_string(json_get(details, "redis"), "role"), "master");
    ck_assert(document_is_null(details, "http_status"));
    ck_assert_int_eq((int)json_number(json_get(json_get(service("backend"), "connection_details"), "http_status")),
                     200);

    /* SVC-05 */
    ck_assert_str_eq(document_string(service("websocket"), "status"), "stopped");
    ck_assert_str_eq(document_string(service("websocket"), "reason"), "not_configured");
    ck_assert(document_is_null(service("websocket"), "last_check"));
    ck_assert(document_is_null(service("websocket"), "response_time_ms"));
}
END_TEST

START_TEST(tells_an_unhealthy_service)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_WRONGPASS, "the password of user app is wrong");
    run_wait(&run, 31 * US_PER_S);
    ck_assert(run.failed);
    read_back();
    ck_assert_str_eq(document_string(root, "phase"), "failed");
    ck_assert_int_eq((int)json_number(json_get(root, "exit_code")), 69);
    ck_assert_ptr_eq(
        strstr(document_string(root, "summary"), "service redis was not healthy within 30 s: 2 of 2 services"),
        document_string(root, "summary"));
    ck_assert_str_eq(document_string(service("redis"), "status"), "unhealthy");
    ck_assert_ptr_nonnull(
        strstr(document_string(service("redis"), "error_message"), "the password of user app is wrong"));
    ck_assert_str_eq(document_string(service("backend"), "status"), "stopped");
    ck_assert_str_eq(document_string(service("backend"), "reason"), "dependency");
    const struct json *blockers = json_get(service("backend"), "blocked_by");
    ck_assert_uint_eq(json_count(blockers), 2);
    ck_assert_str_eq(json_string(json_first(blockers)), "redis");
    ck_assert_str_eq(json_string(json_next(json_first(blockers))), "migrate");
    ck_assert_str_eq(document_string(document_entry(root, "steps", "step_id", "migrate"), "status"), "pending");
    ck_assert_str_eq(
        json_string(json_first(json_get(document_entry(root, "steps", "step_id", "migrate"), "blocked_by"))), "redis");
}
END_TEST

/* Redis came up, and was stopped only because migrate failed. */
START_TEST(what_was_well_blocked_nobody)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, EXITED(3), 0);
    ck_assert(run.failed);
    read_back();
    ck_assert_str_eq(document_string(service("redis"), "reason"), "shutdown");
    ck_assert_uint_eq(json_count(json_get(service("redis"), "blocked_by")), 0);
    ck_assert_str_eq(document_string(service("backend"), "reason"), "dependency");
    ck_assert_uint_eq(json_count(json_get(service("backend"), "blocked_by")), 1);
    ck_assert_str_eq(json_string(json_first(json_get(service("backend"), "blocked_by"))), "migrate");
}
END_TEST

START_TEST(tells_a_completed_step_and_its_artifact)
{
    run_to_ready(&run);
    read_back();
    const struct json *step = document_entry(root, "steps", "step_id", "migrate");
    ck_assert_str_eq(document_string(step, "status"), "completed");
    ck_assert_str_eq(document_string(step, "category"), "configuration");
    ck_assert_str_eq(document_string(step, "started_at"), "2026-01-01T00:00:00.000300Z");
    ck_assert_str_eq(document_string(step, "completed_at"), "2026-01-01T00:00:00.210300Z");
    ck_assert(document_is_null(step, "error_details"));
    /* Both ways: the step names the artifact, the artifact names the step. */
    ck_assert_str_eq(json_string(json_first(json_get(step, "artifacts"))), "/srv/schema.sql");
    const struct json *artifact = document_entry(root, "artifacts", "artifact_path", "/srv/schema.sql");
    ck_assert_str_eq(document_string(artifact, "created_by_step"), "migrate");
    ck_assert_str_eq(document_string(artifact, "permissions"), "0644");
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
    const struct json *step = document_entry(root, "steps", "step_id", "migrate");
    ck_assert_int_lt(strcmp(document_string(step, "started_at"), document_string(step, "completed_at")), 0);
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
    const struct json *step = document_entry(root, "steps", "step_id", "migrate");
    const struct json *error = json_get(step, "error_details");
    ck_assert_str_eq(document_string(step, "status"), "failed");
    DOCUMENT_HAS(error, "message", "exit_code", "signal", "timed_out", "output_tail", "output_bytes", "truncated");
    ck_assert_str_eq(document_string(error, "message"), "exited with code 3");
    ck_assert_int_eq((int)json_number(json_get(error, "exit_code")), 3);
    ck_assert(document_is_null(error, "signal"));
    ck_assert(!json_true(json_get(error, "timed_out")));
    ck_assert_str_eq(document_string(error, "output_tail"), "connecting with ***\nno such table");
    ck_assert_int_eq((int)json_number(json_get(error, "output_bytes")), (int)strlen(said));
}
END_TEST

START_TEST(tells_a_signal_and_a_missing_program)
{
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, 11, 0);
    read_back();
    const struct json *error = json_get(document_entry(root, "steps", "step_id", "migrate"), "error_details");
    ck_assert_int_eq((int)json_number(json_get(error, "signal")), 11);
    ck_assert(document_is_null(error, "exit_code"));

    run_end(&run);
    run_begin(&run);
    run_start(&run);
    run_verdict(&run, RUN_REDIS, VERDICT_OK, "");
    run_exit(&run, RUN_MIGRATE, 0, 2);
    read_back();
    error = json_get(document_entry(root, "steps", "step_id", "migrate"), "error_details");
    ck_assert(document_is_null(error, "signal"));
    ck_assert(document_is_null(error, "exit_code"));
    ck_assert_ptr_nonnull(strstr(document_string(error, "message"), "No such file"));
}
END_TEST

START_TEST(tells_a_passed_test)
{
    run_to_ready(&run);
    read_back();
    const struct json *test = document_entry(root, "tests", "test_name", "smoke");
    ck_assert_str_eq(document_string(test, "test_type"), "smoke");
    ck_assert_str_eq(document_string(test, "status"), "passed");
    /* TST-02: took no time, is positive all the same */
    ck_assert_double_eq_tol(json_number(json_get(test, "duration_ms")), 0.001, 1e-9);
    ck_assert(document_is_null(test, "error_details"));
    const struct json *command = json_get(json_get(test, "test_data"), "command");
    ck_assert_str_eq(json_string(json_next(json_first(command))), "${API_TOKEN}");
    /* TST-04 */
    const struct json *snapshot = json_get(test, "environment_snapshot");
    ck_assert_int_eq(json_type(json_get(snapshot, "redis_url")), JSON_STRING);
    ck_assert_ptr_nonnull(json_get(snapshot, "API_TOKEN"));
    ck_assert_ptr_nonnull(json_get(snapshot, "youtube_api_key"));
    ck_assert_str_eq(document_string(snapshot, "manifest_sha256"), "abc");
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
    ck_assert_str_eq(document_string(service("backend"), "status"), "unhealthy");
    ck_assert_str_eq(document_string(service("backend"), "source"), "test:smoke");
    ck_assert(document_is_null(service("redis"), "source"));
    ck_assert_str_eq(document_string(document_entry(root, "tests", "test_name", "smoke"), "status"), "failed");
    ck_assert_int_eq((int)json_number(json_get(root, "exit_code")), 77);
}
END_TEST

START_TEST(skipped_step_was_not_executed)
{
    run.graph.nodes[RUN_MIGRATE].skipped = true;
    run_start(&run);
    read_back();
    const struct json *step = document_entry(root, "steps", "step_id", "migrate");
    ck_assert_str_eq(document_string(step, "status"), "skipped");
    ck_assert_str_eq(document_string(step, "skip_reason"), "manual");
    ck_assert(document_is_null(step, "started_at"));
    ck_assert(document_is_null(step, "completed_at"));
}
END_TEST

Suite *suite_entities(void)
{
    Suite *s = suite_create("entities");
    TCase *t = tcase_create("entities");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, has_the_fields_of_the_model);
    tcase_add_test(t, tells_why_a_service_waits);
    tcase_add_test(t, tells_a_service_that_is_healthy);
    tcase_add_test(t, tells_an_unhealthy_service);
    tcase_add_test(t, what_was_well_blocked_nobody);
    tcase_add_test(t, tells_a_completed_step_and_its_artifact);
    tcase_add_test(t, step_ends_after_it_began);
    tcase_add_test(t, tells_a_failed_step);
    tcase_add_test(t, tells_a_signal_and_a_missing_program);
    tcase_add_test(t, tells_a_passed_test);
    tcase_add_test(t, failed_test_makes_its_service_unhealthy);
    tcase_add_test(t, skipped_step_was_not_executed);
    suite_add_tcase(s, t);
    return s;
}
