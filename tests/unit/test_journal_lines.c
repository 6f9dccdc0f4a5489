#include <check.h>
#include <string.h>

#include "init/setup/journal_lines.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/suites.h"

#define STARTED "2026-01-01T00:00:01.000000Z"
#define ENDED "2026-01-01T00:00:02.000000Z"
#define DEFINITION "d1"

static struct journal_rig rig;
static struct journal *j;
static struct err e;
static struct history again;
static struct arena arena;

static void setup(void)
{
    rig_begin(&rig);
    j = &rig.journal;
    arena = (struct arena){.base = NULL};
}

static void teardown(void)
{
    if (arena.base != NULL) {
        arena_free_all(&arena);
    }
    rig_end(&rig);
}

/* What was written is what is read, and what is known already. */
static const struct past_step *read_back(const char *id)
{
    size_t good = 0;
    if (arena.base != NULL) {
        arena_free_all(&arena);
    }
    rig_read(&rig);
    ck_assert_msg(rig_replay(&again, &arena, rig.text, rig.len, &good, &e) == 0, "%s", e.text);
    ck_assert_uint_eq(good, rig.len);
    ck_assert(rig_same(&again, &rig.history));
    return history_find(&again, id);
}

static void begin(void)
{
    const struct step_line line = {
        .step_id = "one",
        .to = STEP_IN_PROGRESS,
        .definition_sha256 = DEFINITION,
        .inputs = "i1",
        .started_at = STARTED,
    };
    ck_assert_int_eq(journal_step(j, &line, 2000, &e), 0);
}

static void end(enum step_status to, const char *error)
{
    const struct step_line line = {
        .step_id = "one",
        .to = to,
        .completed_at = ENDED,
        .error = error,
        .exited = true,
        .exit_code = error != NULL ? 3 : 0,
        .clock_jump_ms = -3600000,
    };
    ck_assert_int_eq(journal_step(j, &line, 3000, &e), 0);
}

static const struct wire_facts file = {
    .kind = WIRE_FILE_REGULAR,
    .mode = 0640,
    .uid = 1000,
    .gid = UINT32_MAX,
    .size = ((uint64_t)1 << 53) - 1,
    .mtime_ns = -1,
    .algorithm = DIGEST_SHA512,
    .digest = {[0] = 0xab, [63] = 0xcd},
};
static const struct wire_facts nothing = {.kind = WIRE_FILE_NONE};

START_TEST(a_step_that_completes)
{
    begin();
    const struct past_step *s = read_back("one");
    ck_assert_int_eq(s->status, STEP_IN_PROGRESS);
    ck_assert_uint_eq(s->attempts, 1);
    ck_assert_uint_eq(s->generation, 1);
    ck_assert_str_eq(s->started_at, STARTED);
    ck_assert_ptr_null(s->completed_at);
    end(STEP_COMPLETED, NULL);
    s = read_back("one");
    ck_assert_int_eq(s->status, STEP_COMPLETED);
    ck_assert_str_eq(s->definition_sha256, DEFINITION);
    ck_assert_str_eq(s->inputs, "i1");
    ck_assert_str_eq(s->completed_at, ENDED);
    ck_assert_ptr_null(s->error);
    ck_assert_uint_eq(s->recent_count, 1);
    ck_assert_str_eq(s->recent[0].started_at, STARTED);
    ck_assert_str_eq(s->recent[0].completed_at, ENDED);
    rig.text[rig.len] = '\0';
    ck_assert_ptr_nonnull(strstr(rig.text, "\"exit_code\":0,\"clock_jump_ms\":-3600000,\"check\":\""));
}
END_TEST

START_TEST(a_step_that_fails_and_is_retried)
{
    begin();
    end(STEP_FAILED, "exited with code 3");
    const struct past_step *s = read_back("one");
    ck_assert_int_eq(s->status, STEP_FAILED);
    ck_assert_str_eq(s->error, "exited with code 3");
    begin();
    s = read_back("one");
    ck_assert_uint_eq(s->attempts, 2);
    ck_assert_ptr_null(s->error);
    ck_assert_ptr_null(s->completed_at);
    ck_assert_uint_eq(s->recent_count, 2);
    ck_assert_str_eq(s->recent[0].error, "exited with code 3");
    ck_assert_int_eq(s->recent[1].status, STEP_IN_PROGRESS);
}
END_TEST

START_TEST(a_step_that_is_skipped)
{
    const struct step_line line = {
        .step_id = "two", .to = STEP_SKIPPED, .skip_reason = "manual", .skip_source = "option"};
    ck_assert_int_eq(journal_step(j, &line, 2000, &e), 0);
    const struct past_step *s = read_back("two");
    ck_assert_int_eq(s->status, STEP_SKIPPED);
    ck_assert_str_eq(s->skip_reason, "manual");
    ck_assert_str_eq(s->skip_source, "option");
    ck_assert_uint_eq(s->attempts, 0);
    ck_assert_uint_eq(s->recent_count, 0);
}
END_TEST

START_TEST(a_running_step_that_is_skipped)
{
    begin();
    const struct step_line line = {
        .step_id = "one", .to = STEP_SKIPPED, .completed_at = ENDED, .skip_reason = "manual"};
    ck_assert_int_eq(journal_step(j, &line, 3000, &e), 0);
    const struct past_step *s = read_back("one");
    ck_assert_int_eq(s->recent[0].status, STEP_SKIPPED);
    ck_assert_str_eq(s->recent[0].completed_at, ENDED);
}
END_TEST

/* STP-11 */
START_TEST(a_step_that_is_opened_anew)
{
    begin();
    end(STEP_COMPLETED, NULL);
    ck_assert_int_eq(journal_reopen(j, "one", "definition", "its command is another", 4000, &e), 0);
    const struct past_step *s = read_back("one");
    ck_assert_int_eq(s->status, STEP_PENDING);
    ck_assert_uint_eq(s->generation, 2);
    ck_assert_uint_eq(s->attempts, 0);
    ck_assert_str_eq(s->reopened, "definition");
    ck_assert_ptr_null(s->completed_at);
    const struct step_line line = {.step_id = "one", .to = STEP_IN_PROGRESS, .definition_sha256 = "d2"};
    ck_assert_int_eq(journal_step(j, &line, 5000, &e), 0);
    s = read_back("one");
    ck_assert_uint_eq(s->attempts, 1);
    ck_assert_str_eq(s->definition_sha256, "d2");
    ck_assert_uint_eq(s->recent_count, 2);
    ck_assert_str_eq(s->recent[0].definition_sha256, DEFINITION);
}
END_TEST

START_TEST(what_was_there_before_and_after)
{
    ck_assert_int_eq(journal_before(j, "one", "/link/a", "/real/a", "0001", &file, 2000, &e), 0);
    ck_assert_int_eq(journal_before(j, "one", "/b", "/b", NULL, &nothing, 2000, &e), 0);
    begin();
    const struct past_artifact *a = past_artifact_find(read_back("one"), "/link/a");
    ck_assert(a->has_before && !a->has_after);
    ck_assert_str_eq(a->resolved, "/real/a");
    ck_assert_str_eq(a->backup, "0001");
    ck_assert_mem_eq(&a->before, &file, sizeof(file));
    ck_assert_int_eq(journal_after(j, "one", "/link/a", &nothing, 2000, &e), 0);
    ck_assert_int_eq(journal_after(j, "one", "/b", &file, 2000, &e), 0);
    end(STEP_COMPLETED, NULL);
    const struct past_step *s = read_back("one");
    ck_assert_uint_eq(s->artifact_count, 2);
    a = past_artifact_find(s, "/b");
    ck_assert(a->has_before && a->has_after && !a->taken_back);
    ck_assert_ptr_null(a->backup);
    ck_assert_mem_eq(&a->before, &nothing, sizeof(file));
    ck_assert_mem_eq(&a->after, &file, sizeof(file));
    ck_assert_ptr_null(past_artifact_find(s, "/c"));
}
END_TEST

START_TEST(a_rollback_item_by_item)
{
    ck_assert_int_eq(journal_before(j, "one", "/a", "/a", "0001", &file, 2000, &e), 0);
    ck_assert_int_eq(journal_before(j, "one", "/b", "/b", NULL, &nothing, 2000, &e), 0);
    begin();
    end(STEP_FAILED, "no");
    ck_assert_int_eq(journal_rollback(j, "one", ROLLBACK_DONE, 4000, &e), -1);
    ck_assert_int_eq(journal_rollback(j, "one", ROLLBACK_PENDING, 4000, &e), 0);
    ck_assert_int_eq(read_back("one")->rollback, ROLLBACK_PENDING);
    ck_assert_int_eq(journal_taken_back(j, "one", "/b", RESTORE_CONFLICT, "somebody changed it", 4000, &e), 0);
    ck_assert_int_eq(journal_taken_back(j, "one", "/a", RESTORE_RESTORED, NULL, 4000, &e), 0);
    ck_assert_int_eq(journal_rollback(j, "one", ROLLBACK_PARTIAL, 5000, &e), 0);
    const struct past_step *s = read_back("one");
    ck_assert_int_eq(s->rollback, ROLLBACK_PARTIAL);
    ck_assert_int_eq(s->status, STEP_FAILED);
    ck_assert(past_artifact_find(s, "/a")->taken_back);
    ck_assert(!past_artifact_find(s, "/b")->taken_back);
    ck_assert_int_eq(journal_taken_back(j, "one", "/b", RESTORE_REMOVED, NULL, 4000, &e), -1);
    begin();
    ck_assert_int_eq(read_back("one")->rollback, ROLLBACK_NOT_ASKED);
}
END_TEST

/* Nothing is written that could not be read back, and a later line is none the worse. */
START_TEST(what_the_rules_do_not_allow_is_not_written)
{
    struct wire_facts huge = file;
    huge.size = (uint64_t)1 << 53;
    const struct step_line completed = {.step_id = "one", .to = STEP_COMPLETED};
    rig_read(&rig);
    size_t before = rig.len;
    ck_assert_int_eq(journal_step(j, &completed, 2000, &e), -1);
    ck_assert_int_eq(e.code, ERR_STATE);
    ck_assert_str_eq(e.text, "cannot journal \"step\": step one cannot become completed: it is pending");
    ck_assert_int_eq(journal_before(j, "one", "/a", "/\xff", "1", &file, 2000, &e), -1);
    ck_assert_str_eq(e.text, "cannot journal \"before\": \"resolved\" is not valid UTF-8");
    ck_assert_int_eq(journal_before(j, "one", "/a", "/a", "1", &huge, 2000, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_int_eq(journal_reopen(j, "one", "drift", NULL, 2000, &e), -1);
    rig_read(&rig);
    ck_assert_uint_eq(rig.len, before);
    begin();
    ck_assert_int_eq(read_back("one")->status, STEP_IN_PROGRESS);
}
END_TEST

START_TEST(the_longest_paths_fit)
{
    static char path[ENTRY_TEXT_MAX + 2];
    memset(path, '\x01', ENTRY_TEXT_MAX); /* six bytes each in JSON */
    path[0] = '/';
    ck_assert_int_eq(journal_before(j, "one", path, path, "1", &file, 2000, &e), 0);
    begin();
    ck_assert_int_eq(journal_after(j, "one", path, &file, 2000, &e), 0);
    ck_assert_ptr_nonnull(past_artifact_find(read_back("one"), path));
    char *text = rig.text + RIG_TEXT_MAX / 2;
    size_t good = 0;
    size_t len = rig_compact(&rig.history, j, text);
    ck_assert_uint_lt(len, RIG_TEXT_MAX / 2);
    arena_free_all(&arena);
    ck_assert_int_eq(rig_replay(&again, &arena, text, len, &good, &e), 0);
    path[ENTRY_TEXT_MAX] = 'x';
    ck_assert_int_eq(journal_before(j, "one", path, "/a", "1", &file, 2000, &e), -1);
}
END_TEST

START_TEST(remarks_are_made_to_fit)
{
    char error[2 * ENTRY_REMARK_MAX];
    memset(error, 'x', sizeof(error) - 1);
    error[0] = '\n';
    error[sizeof(error) - 1] = '\0';
    begin();
    end(STEP_FAILED, error);
    const struct past_step *s = read_back("one");
    ck_assert_uint_eq(strlen(s->error), ENTRY_REMARK_MAX);
    ck_assert_int_eq(s->error[0], '?');
}
END_TEST

Suite *suite_journal_lines(void)
{
    Suite *s = suite_create("journal_lines");
    TCase *t = tcase_create("journal_lines");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_step_that_completes);
    tcase_add_test(t, a_step_that_fails_and_is_retried);
    tcase_add_test(t, a_step_that_is_skipped);
    tcase_add_test(t, a_running_step_that_is_skipped);
    tcase_add_test(t, a_step_that_is_opened_anew);
    tcase_add_test(t, what_was_there_before_and_after);
    tcase_add_test(t, a_rollback_item_by_item);
    tcase_add_test(t, what_the_rules_do_not_allow_is_not_written);
    tcase_add_test(t, the_longest_paths_fit);
    tcase_add_test(t, remarks_are_made_to_fit);
    suite_add_tcase(s, t);
    return s;
}
