#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "tests/sim/check.h"

#define ARTIFACTS_TIMEOUT_US (600 * US_PER_S)

/* The attempt before this one ended so that another one is worth it. */
static void check_retry(struct world *s, size_t i)
{
    const struct node *node = &s->graph.nodes[i];
    int status = s->ended_status[i];
    CHECK(s, s->runs[i] < node->attempt_max, "attempted too often", i);
    CHECK(s, s->ended_errno[i] != ENOENT, "what is not there was run again", i);
    CHECK(s, s->now >= s->ended_us[i] + 5000, "attempted again at once", i);
    if (node->retry_exit_count > 0) {
        bool listed = status > 0 && WIFEXITED(status);
        listed = listed && (WEXITSTATUS(status) == node->retry_exits[0] || WEXITSTATUS(status) == node->retry_exits[1]);
        CHECK(s, listed, "attempted again after another exit code", i);
    }
    uint64_t limit = node->attempts_timeout_us;
    CHECK(s, limit == 0 || s->now < s->begun_us[i] + limit, "attempted again too late", i);
}

void check_step_run(struct world *s, size_t i)
{
    const struct node *node = &s->graph.nodes[i];
    const struct node_state *st = engine_state(s->engine, i);
    const struct step_past *past = &s->past[i];
    CHECK(s, !s->running[i], "run while it runs", i);
    CHECK(s, s->told_status[i] == STEP_IN_PROGRESS, "run before it was journaled", i);
    CHECK(s, past->status != STEP_SKIPPED, "an earlier run skipped it, but it was run", i);
    CHECK(s, past->status != STEP_COMPLETED || (st->reopened && s->doubtful[i]), "done again without need", i);
    CHECK(s, st->attempts == (st->reopened ? 0 : past->attempts) + s->runs[i] + 1, "attempts are miscounted", i);
    CHECK(s, !node->prepares || s->prepared[i] == st->attempts, "run unprepared", i);
    if (s->runs[i] > 0) {
        check_retry(s, i);
    }
    s->termed[i] = false;
}

void check_verify(struct world *s, size_t i)
{
    CHECK(s, s->past[i].status == STEP_COMPLETED && s->past[i].verify, "verified, but there is nothing to verify", i);
    CHECK(s, s->verify_us[i] == 0, "verified twice", i);
    CHECK(s, engine_waits_for(s->engine, i, NULL, 0) == 0 || s->at_once, "verified before its turn", i);
    s->verify_us[i] = s->now;
}

void check_prepare(struct world *s, size_t i)
{
    CHECK(s, s->graph.nodes[i].prepares && !s->running[i], "prepared without need, or too late", i);
    CHECK(s, s->told_status[i] == STEP_IN_PROGRESS, "prepared before it was journaled", i);
}

void check_record(struct world *s, size_t i)
{
    CHECK(s, s->graph.nodes[i].records, "recorded, but there is nothing to record", i);
    CHECK(s, s->ran[i] && !s->running[i], "recorded before its command ended", i);
}

/* Nothing else runs that is no service, nothing that depends on it, and all that it needs does. */
void check_rollback(struct world *s, size_t i)
{
    const struct node_state *st = engine_state(s->engine, i);
    CHECK(s, s->failed && s->stop_us != 0, "taken back, but the run has not failed", i);
    CHECK(s, s->undone[i] == 0, "taken back twice", i);
    CHECK(s, s->graph.nodes[i].rolls_back && st->rollback == ROLLBACK_PENDING, "taken back, but not to be", i);
    CHECK(s, st->status.step != STEP_SKIPPED, "a skipped step was taken back", i);
    CHECK(s, s->options.rollback == ROLLBACK_SESSION || (st->status.step == STEP_FAILED && s->ran[i]),
          "taken back, but it did not fail", i);
    for (size_t k = 0; k < s->graph.count; k++) {
        bool runs = s->running[k] && !s->behaviour[k].undead;
        bool above = (s->above[i] >> k & 1) != 0;
        bool below = (s->above[k] >> i & 1) != 0;
        bool other = s->undone[k] != 0 && engine_state(s->engine, k)->rollback == ROLLBACK_PENDING;
        CHECK(s, s->graph.nodes[k].kind == NODE_SERVICE || !runs, "taken back while a job runs", i);
        CHECK(s, !above || !runs, "taken back while what needs it runs", i);
        CHECK(s, !below || s->graph.nodes[k].kind != NODE_SERVICE || !s->termed[k], "taken back after what it needs",
              i);
        CHECK(s, !other || k == i, "two are taken back at the same time", i);
    }
    s->undone[i] = ++s->undos;
}

/* The one way back from completed. */
static bool was_reopened(struct world *s, size_t i, enum step_status from, enum step_status to)
{
    const struct node_state *st = engine_state(s->engine, i);
    s->doubtful[i] |= s->verify_us[i] != 0 && s->now >= s->verify_us[i] + ARTIFACTS_TIMEOUT_US;
    return from == STEP_COMPLETED && (to == STEP_PENDING || to == STEP_IN_PROGRESS) && st->reopened &&
           s->past[i].status == STEP_COMPLETED && s->verify_us[i] != 0 && s->doubtful[i] && s->runs[i] == 0;
}

void check_told(struct world *s, size_t i)
{
    enum step_status from = (enum step_status)s->told_status[i];
    enum step_status to = engine_state(s->engine, i)->status.step;
    CHECK(s, from == to || step_may_become(from, to) || was_reopened(s, i, from, to), "illegal, as told", i);
    s->told_status[i] = (int)to;
}

/* What was skipped and does not count as done keeps nobody waiting: the run fails. One that is being verified does not wait. */
static void check_missed(struct world *s, size_t i)
{
    const struct node *node = &s->graph.nodes[i];
    for (size_t k = 0; k < node->block_count; k++) {
        const struct node *waiting = &s->graph.nodes[node->blocks[k]];
        const struct node_state *st = engine_state(s->engine, node->blocks[k]);
        bool done =
            waiting->kind == NODE_STEP && (st->status.step == STEP_COMPLETED || st->status.step == STEP_SKIPPED);
        bool waits = st->called_us == 0 && !waiting->inactive && !engine_satisfied(s->engine, node->blocks[k]);
        CHECK(s, !waiting->required || !waits || done, "skipped, and something waits for it", i);
    }
}

void check_step(struct world *s, size_t i)
{
    enum step_status from = (enum step_status)s->last_status[i];
    enum step_status to = engine_state(s->engine, i)->status.step;
    /* What is in progress may not be after all, as long as nobody was told. */
    bool untold = from == STEP_IN_PROGRESS && s->told_status[i] != STEP_IN_PROGRESS &&
                  (to == STEP_PENDING || to == STEP_FAILED) && s->stop_us == s->now;
    CHECK(s, from == to || step_may_become(from, to) || was_reopened(s, i, from, to) || untold, "illegal", i);
    s->last_status[i] = (int)to;
    if (to == STEP_SKIPPED && !s->graph.nodes[i].skip_satisfies && engine_phase(s->engine) == ENGINE_CALLING) {
        check_missed(s, i);
    }
}

void check_places(struct world *s)
{
    size_t taken = 0;
    for (size_t i = 0; i < s->graph.count; i++) {
        taken += s->graph.nodes[i].kind == NODE_STEP && s->last_status[i] == STEP_IN_PROGRESS;
    }
    /* While stopping an undead one keeps its place. */
    CHECK(s, s->options.parallel == 0 || taken <= s->options.parallel, "too many steps at the same time", taken);
}

static bool is_due(const struct world *s, size_t i)
{
    const struct node_state *st = engine_state(s->engine, i);
    if (s->graph.nodes[i].kind != NODE_STEP || !s->graph.nodes[i].rolls_back) {
        return false;
    }
    if (s->options.rollback == ROLLBACK_SESSION) {
        return st->status.step == STEP_COMPLETED ||
               (st->status.step == STEP_FAILED && (s->ran[i] || s->past[i].attempts > 0));
    }
    bool failed = s->options.rollback == ROLLBACK_STEP && st->status.step == STEP_FAILED && s->ran[i];
    return failed && strcmp(st->verdict.text, "interrupted") != 0;
}

void check_taken_back(struct world *s)
{
    int code = engine_exit_code(s->engine);
    bool failed = code == EXIT_DEPENDENCY || code == EXIT_STEP_FAILED || code == EXIT_TEST_FAILED ||
                  code == EXIT_ROLLBACK_INCOMPLETE;
    bool incomplete = false;
    for (size_t i = 0; i < s->graph.count; i++) {
        enum rollback_state state = engine_state(s->engine, i)->rollback;
        incomplete |= state == ROLLBACK_PARTIAL || state == ROLLBACK_FAILED;
        CHECK(s, state != ROLLBACK_PENDING, "the end, and it is still to be taken back", i);
        CHECK(s, !failed || !is_due(s, i) || state != ROLLBACK_NOT_ASKED, "not taken back", i);
        CHECK(s, failed || state == ROLLBACK_NOT_ASKED, "taken back, but the run did not fail", i);
        CHECK(s, state != ROLLBACK_DONE || s->undone[i] != 0, "believed to be taken back", i);
        for (size_t k = 0; k < s->graph.count && s->undone[i] != 0; k++) {
            bool above = (s->above[i] >> k & 1) != 0 && s->undone[k] != 0;
            CHECK(s, !above || s->undone[k] < s->undone[i], "taken back before what needs it", i);
        }
    }
    CHECK(s, incomplete == (code == EXIT_ROLLBACK_INCOMPLETE), "the exit code does not say what was taken back", 0);
}
