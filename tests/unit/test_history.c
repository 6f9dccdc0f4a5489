#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/setup/history.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/suites.h"

static struct journal_rig rig;
static struct history again;
static struct arena arena;
static size_t good;
static struct err e;

static void setup(void)
{
    rig_begin(&rig);
    arena = (struct arena){.base = NULL};
    good = 0;
}

static void forget(void)
{
    if (arena.base != NULL) {
        arena_free_all(&arena);
        arena.base = NULL;
    }
}

static void teardown(void)
{
    forget();
    rig_end(&rig);
}

static int replay(const char *bytes, size_t len)
{
    forget();
    return rig_replay(&again, &arena, bytes, len, &good, &e);
}

static int replay_all(void)
{
    rig_read(&rig);
    return replay(rig.text, rig.len);
}

static void refused(const char *part)
{
    ck_assert_int_eq(replay_all(), -1);
    ck_assert_int_eq(e.code, ERR_MANIFEST);
    ck_assert_msg(strstr(e.text, part) != NULL, "\"%s\" does not say \"%s\"", e.text, part);
}

static void step(const char *from, const char *to, unsigned attempt)
{
    char members[256];
    snprintf(members, sizeof(members), "\"step_id\":\"one\",\"from\":\"%s\",\"to\":\"%s\",\"attempt\":%u", from, to,
             attempt);
    rig_raw(&rig, "step", members);
}

START_TEST(nothing_is_an_empty_history)
{
    ck_assert_int_eq(replay("", 0), 0);
    ck_assert_uint_eq(again.step_count, 0);
    ck_assert_str_eq(again.session, "");
    ck_assert_ptr_null(history_find(&again, "one"));
    ck_assert_uint_eq(good, 0);
}
END_TEST

START_TEST(random_histories_come_back)
{
    for (uint32_t seed = 1; seed <= 300; seed++) {
        rig.seed = seed * 2654435761U;
        size_t refused_count = rig_random(&rig, 4);
        ck_assert_uint_gt(refused_count + 1, 0);
        if (seed % 10 != 0) {
            continue;
        }
        ck_assert_int_eq(replay_all(), 0);
        ck_assert_uint_eq(good, rig.len);
        ck_assert(rig_same(&again, &rig.history));
        ck_assert_str_eq(again.check, rig.journal.check);
        ck_assert_uint_eq(again.sequence, rig.journal.sequence);
    }
    ck_assert_uint_gt(rig.history.step_count, 3);
}
END_TEST

/* replay(compact(h)) == h */
START_TEST(a_snapshot_comes_to_the_same)
{
    char *text = malloc(RIG_TEXT_MAX);
    ck_assert_ptr_nonnull(text);
    for (uint32_t seed = 1; seed <= 300; seed++) {
        rig_end(&rig);
        rig_begin(&rig);
        rig.seed = seed * 2654435761U;
        rig_random(&rig, seed % 60);
        size_t len = rig_compact(&rig.history, &rig.journal, text);
        ck_assert_msg(replay(text, len) == 0, "seed %u: %s", (unsigned)seed, e.text);
        ck_assert_uint_eq(good, len);
        ck_assert(rig_same(&again, &rig.history));
        ck_assert_uint_gt(again.sequence, rig.journal.sequence);
        /* A part of it is no snapshot: it was put in place whole. */
        const char *last = len > 1 ? memrchr(text, '\n', len - 1) : NULL;
        if (last != NULL) {
            ck_assert_int_eq(replay(text, (size_t)(last - text) + 1), -1);
        }
    }
    free(text);
}
END_TEST

/* A kill may cut it anywhere: what is believed is what had been written, and the cut is no error. */
START_TEST(every_cut_leaves_the_lines_before_it)
{
    rig_random(&rig, 12);
    rig_read(&rig);
    for (size_t cut = 0; cut <= rig.len; cut++) {
        const char *end = cut > 0 ? memrchr(rig.text, '\n', cut) : NULL;
        size_t whole = end != NULL ? (size_t)(end - rig.text) + 1 : 0;
        ck_assert_msg(replay(rig.text, cut) == 0, "cut at %zu: %s", cut, e.text);
        ck_assert_uint_eq(good, whole);
    }
}
END_TEST

START_TEST(every_changed_byte_shows)
{
    rig_random(&rig, 8);
    rig_read(&rig);
    const char *before_last = memrchr(rig.text, '\n', rig.len - 1);
    size_t last = (size_t)(before_last - rig.text) + 1;
    for (size_t i = 0; i < rig.len; i++) {
        static const unsigned char flips[] = {0x01, 0x20, 0x80, 0xff};
        for (size_t k = 0; k < sizeof(flips); k++) {
            char old = rig.text[i];
            rig.text[i] = (char)(old ^ flips[k]);
            bool taken = replay(rig.text, rig.len) == 0;
            ck_assert_msg(!taken || (i >= last && good == last), "byte %zu of %zu: good %zu", i, rig.len, good);
            rig.text[i] = old;
        }
    }
}
END_TEST

static size_t line_start(size_t n)
{
    const char *at = rig.text;
    for (size_t i = 0; i < n; i++) {
        at = strchr(at, '\n') + 1;
    }
    return (size_t)(at - rig.text);
}

/* Also at the end, where a torn line is allowed. */
START_TEST(a_line_left_out_moved_or_doubled_shows)
{
    rig_random(&rig, 9);
    rig_read(&rig);
    rig.text[rig.len] = '\0';
    char *text = malloc(2 * RIG_TEXT_MAX);
    ck_assert_ptr_nonnull(text);
    for (size_t n = 0; n < 10; n++) {
        size_t from = line_start(n);
        size_t to = line_start(n + 1);
        memcpy(text, rig.text, from);
        memcpy(text + from, rig.text + to, rig.len - to);
        /* Of the last one nothing is left to show it: status.json does. */
        ck_assert_int_eq(replay(text, rig.len - (to - from)), n == 9 ? 0 : -1);
        memcpy(text, rig.text, to);
        memcpy(text + to, rig.text + from, rig.len - from);
        ck_assert_msg(replay(text, rig.len + (to - from)) == -1, "line %zu twice", n + 1);
        if (n < 9) {
            size_t next = line_start(n + 2);
            memcpy(text, rig.text, rig.len);
            memcpy(text + from, rig.text + to, next - to);
            memcpy(text + from + (next - to), rig.text + from, to - from);
            ck_assert_msg(replay(text, rig.len) == -1, "lines %zu and %zu exchanged", n + 1, n + 2);
        }
    }
    free(text);
}
END_TEST

START_TEST(a_file_of_somebody_else_is_refused)
{
    static const char *const texts[] = {"hello", "hello\n", "{}", "[1]\n", "{\"sequence\":2,\"at\":1}\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_msg(replay(texts[i], strlen(texts[i])) == -1, "%s", texts[i]);
    }
    /* A power cut during the very first write. */
    char zeros[200] = {0};
    ck_assert_int_eq(replay(zeros, sizeof(zeros)), 0);
    ck_assert_uint_eq(good, 0);
    char *huge = calloc(1, ENTRY_LINE_MAX + 2);
    ck_assert_int_eq(replay(huge, ENTRY_LINE_MAX + 1), -1);
    free(huge);
}
END_TEST

/* STP-04, read back from disk: each pair of states, the right check sum around it. */
START_TEST(the_table_holds_for_what_is_read)
{
    /* How to get to a state, as members of step lines. */
    static const char *const ways[STEP_STATUS_COUNT][3] = {
        [STEP_PENDING] = {NULL},
        [STEP_IN_PROGRESS] = {"in_progress"},
        [STEP_COMPLETED] = {"in_progress", "completed"},
        [STEP_FAILED] = {"in_progress", "failed"},
        [STEP_SKIPPED] = {"skipped"},
    };
    for (enum step_status from = STEP_PENDING; from < STEP_STATUS_COUNT; from++) {
        for (enum step_status to = STEP_PENDING; to < STEP_STATUS_COUNT; to++) {
            rig_end(&rig);
            rig_begin(&rig);
            const char *at = "pending";
            unsigned attempt = 0;
            for (size_t i = 0; i < 3 && ways[from][i] != NULL; i++) {
                attempt += strcmp(ways[from][i], "in_progress") == 0;
                step(at, ways[from][i], attempt);
                at = ways[from][i];
            }
            step(at, step_status_name(to), attempt + (to == STEP_IN_PROGRESS));
            ck_assert_msg((replay_all() == 0) == step_may_become(from, to), "%s to %s", at, step_status_name(to));
        }
    }
}
END_TEST

/* STP-12 */
START_TEST(a_completed_step_does_not_become_pending_by_hand)
{
    step("pending", "in_progress", 1);
    step("in_progress", "completed", 1);
    step("completed", "pending", 1);
    step("pending", "in_progress", 2);
    refused("line 4: step one cannot become pending: it is completed");
}
END_TEST

START_TEST(what_does_not_follow_is_refused)
{
    static const struct {
        const char *kind, *members, *says;
    } rows[] = {
        {"step", "\"step_id\":\"one\",\"from\":\"failed\",\"to\":\"in_progress\",\"attempt\":1",
         "is pending by then, not failed"},
        {"step", "\"step_id\":\"one\",\"from\":\"pending\",\"to\":\"in_progress\",\"attempt\":2",
         "is at attempt 1, not 2"},
        {"step", "\"step_id\":\"../one\",\"from\":\"pending\",\"to\":\"in_progress\",\"attempt\":1", "no id of a step"},
        {"step", "\"step_id\":\"one\",\"from\":\"pending\",\"to\":\"gone\",\"attempt\":1",
         "\"to\" is not as it can be"},
        {"step", "\"step_id\":\"one\",\"from\":\"pending\",\"to\":\"in_progress\"", "\"attempt\" is missing"},
        {"step", "\"step_id\":\"one\",\"from\":\"pending\",\"to\":\"in_progress\",\"attempt\":-1",
         "\"attempt\" is not"},
        {"step", "\"from\":\"pending\",\"to\":\"in_progress\",\"attempt\":1", "\"step_id\" is missing"},
        {"reopen", "\"step_id\":\"one\",\"why\":\"drift\"", "cannot be done anew: it is pending"},
        {"after", "\"step_id\":\"one\",\"artifact_path\":\"/a\",\"facts\":null",
         "cannot leave anything: it is pending"},
        {"before", "\"step_id\":\"one\",\"artifact_path\":\"/a\",\"backup\":\"x\",\"facts\":null", "do not agree"},
        {"before", "\"step_id\":\"one\",\"artifact_path\":\"/a\",\"facts\":{\"kind\":\"regular\"}", "\"facts\" is not"},
        {"rollback", "\"step_id\":\"one\",\"state\":\"pending\"", "cannot be taken back"},
        {"taken_back", "\"step_id\":\"one\",\"artifact_path\":\"/a\",\"outcome\":\"restored\"",
         "is not being taken back"},
        {"snapshot", "\"lines\":0", "only at the beginning"},
        {"snapshot_attempt", "\"step_id\":\"one\",\"status\":\"failed\",\"attempt\":1", "only at the beginning"},
        {"lease", "", "\"lease\" is not known here: a newer muster has written it"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig_end(&rig);
        rig_begin(&rig);
        rig_raw(&rig, rows[i].kind, rows[i].members);
        refused(rows[i].says);
        ck_assert_ptr_nonnull(strstr(e.text, "line 2: "));
    }
}
END_TEST

START_TEST(members_that_are_not_known_are_ignored)
{
    rig_raw(&rig, "step",
            "\"step_id\":\"one\",\"from\":\"pending\",\"to\":\"in_progress\",\"attempt\":1,\"lease\":{\"a\":[1]}");
    ck_assert_int_eq(replay_all(), 0);
    ck_assert_int_eq(history_find(&again, "one")->status, STEP_IN_PROGRESS);
}
END_TEST

START_TEST(a_line_of_another_session_is_refused)
{
    memset(rig.journal.session, 'a', SESSION_ID_MAX - 1);
    step("pending", "in_progress", 1);
    refused("session that has not begun");
}
END_TEST

START_TEST(numbers_follow_one_another)
{
    rig.journal.sequence++;
    step("pending", "in_progress", 1);
    refused("lines are missing");
}
END_TEST

START_TEST(the_newest_attempts_are_remembered)
{
    for (unsigned i = 1; i <= 3 * HISTORY_ATTEMPTS_MAX; i++) {
        step(i == 1 ? "pending" : "failed", "in_progress", i);
        step("in_progress", "failed", i);
    }
    ck_assert_int_eq(replay_all(), 0);
    const struct past_step *s = history_find(&again, "one");
    ck_assert_uint_eq(s->attempts, 3 * HISTORY_ATTEMPTS_MAX);
    ck_assert_uint_eq(s->recent_count, HISTORY_ATTEMPTS_MAX);
    for (size_t i = 0; i < HISTORY_ATTEMPTS_MAX; i++) {
        ck_assert_uint_eq(s->recent[i].number, 2 * HISTORY_ATTEMPTS_MAX + 1 + i);
        ck_assert_int_eq(s->recent[i].status, STEP_FAILED);
    }
}
END_TEST

/* Thousands of attempts with texts of their own need no more memory than a few. */
START_TEST(memory_is_bounded_by_what_is_known)
{
    size_t few = 0;
    for (unsigned i = 1; i <= 5000; i++) {
        char at[40];
        snprintf(at, sizeof(at), "2026-01-01T00:00:00.%06uZ", i);
        struct entry line = {.kind = ENTRY_STEP,
                             .step_id = "one",
                             .from = i == 1 ? STEP_PENDING : STEP_FAILED,
                             .to = STEP_IN_PROGRESS,
                             .attempt = i,
                             .started_at = at,
                             .definition_sha256 = at};
        ck_assert_int_eq(journal_put(&rig.journal, &line, 2000, &rig.e), 0);
        line.from = STEP_IN_PROGRESS;
        line.to = STEP_FAILED;
        line.error = at;
        ck_assert_int_eq(journal_put(&rig.journal, &line, 2000, &rig.e), 0);
        few = i == 2 * HISTORY_ATTEMPTS_MAX ? rig.history.taken : few;
    }
    ck_assert_uint_eq(rig.history.taken, few);
}
END_TEST

START_TEST(there_is_a_limit_of_steps)
{
    char id[32];
    struct entry line = {.kind = ENTRY_STEP, .step_id = id, .from = STEP_PENDING, .to = STEP_SKIPPED};
    line.session = rig.journal.session;
    for (unsigned i = 0; i < HISTORY_STEPS_MAX; i++) {
        snprintf(id, sizeof(id), "s%u", i);
        ck_assert_int_eq(history_check(&rig.history, &line, &e), 0);
        history_apply(&rig.history, &line);
    }
    ck_assert_str_eq(history_find(&rig.history, "s0")->id, "s0");
    ck_assert_str_eq(history_find(&rig.history, "s16383")->id, "s16383");
    snprintf(id, sizeof(id), "one-more");
    ck_assert_int_eq(history_check(&rig.history, &line, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "more steps and artifacts than fit"));
    ck_assert_uint_lt(rig.history.taken, HISTORY_BYTES_MAX);
}
END_TEST

START_TEST(there_is_a_limit_of_artifacts)
{
    char path[ENTRY_TEXT_MAX + 1];
    memset(path, 'x', sizeof(path) - 1);
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    struct entry line = {.kind = ENTRY_BEFORE, .step_id = "one", .artifact_path = path, .resolved = path};
    line.session = rig.journal.session;
    bool full = false;
    for (unsigned i = 0; !full; i++) {
        char id[16];
        snprintf(id, sizeof(id), "s%u", i / HISTORY_ARTIFACTS_MAX);
        snprintf(path + 1, 8, "%07u", i);
        path[8] = 'x';
        line.step_id = id;
        full = history_check(&rig.history, &line, &e) != 0;
        if (!full) {
            history_apply(&rig.history, &line);
        }
        ck_assert_uint_lt(i, 100000);
    }
    ck_assert_uint_le(rig.history.taken, HISTORY_BYTES_MAX);
    ck_assert_ptr_nonnull(strstr(e.text, "more steps and artifacts than fit"));
}
END_TEST

Suite *suite_history(void)
{
    Suite *s = suite_create("history");
    TCase *t = tcase_create("history");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, nothing_is_an_empty_history);
    tcase_add_test(t, random_histories_come_back);
    tcase_add_test(t, a_snapshot_comes_to_the_same);
    tcase_add_test(t, every_cut_leaves_the_lines_before_it);
    tcase_add_test(t, every_changed_byte_shows);
    tcase_add_test(t, a_line_left_out_moved_or_doubled_shows);
    tcase_add_test(t, a_file_of_somebody_else_is_refused);
    tcase_add_test(t, the_table_holds_for_what_is_read);
    tcase_add_test(t, a_completed_step_does_not_become_pending_by_hand);
    tcase_add_test(t, what_does_not_follow_is_refused);
    tcase_add_test(t, members_that_are_not_known_are_ignored);
    tcase_add_test(t, a_line_of_another_session_is_refused);
    tcase_add_test(t, numbers_follow_one_another);
    tcase_add_test(t, the_newest_attempts_are_remembered);
    tcase_add_test(t, memory_is_bounded_by_what_is_known);
    tcase_add_test(t, there_is_a_limit_of_steps);
    tcase_add_test(t, there_is_a_limit_of_artifacts);
    suite_add_tcase(s, t);
    return s;
}
