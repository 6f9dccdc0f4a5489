/*
 * Whether and when a step that failed is attempted again.
 */
#include <errno.h>
#include <sys/wait.h>

#include "init/base/clock.h"
#include "init/engine/backoff.h"
#include "init/engine/job.h"

/* The pause doubles each time. */
static uint64_t next_pause(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    struct node_work *work = &en->work[i];
    uint64_t pause = work->pause_us == 0 ? node->attempt_pause_us : 2 * work->pause_us;
    uint64_t longest = node->attempt_pause_max_us > 0 ? node->attempt_pause_max_us : RETRY_MAX_US;
    pause = pause < longest ? pause : longest;
    work->pause_us = pause > RETRY_MIN_US ? pause : RETRY_MIN_US;
    pause = backoff_jitter(work->pause_us, node->jitter, backoff_random(&en->random));
    return pause > RETRY_MIN_US ? pause : RETRY_MIN_US;
}

/* What is not there does not come by waiting, nor does room for before-images. A list of exit codes means just those. */
static bool may_help(const struct node *node, const struct node_state *st, const struct node_work *work)
{
    bool exited =
        work->stage == STAGE_COMMAND && work->cause == CAUSE_NONE && st->exec_errno == 0 && WIFEXITED(st->wait_status);
    bool listed = node->retry_exit_count == 0 && st->exec_errno != ENOENT && work->stage != STAGE_PREPARE;
    for (size_t k = 0; exited && k < node->retry_exit_count; k++) {
        listed = listed || node->retry_exits[k] == WEXITSTATUS(st->wait_status);
    }
    return listed;
}

bool retry_wanted(struct engine *en, size_t i, uint64_t *pause_us)
{
    const struct node *node = &en->graph->nodes[i];
    const struct node_work *work = &en->work[i];
    bool ended = work->cause == CAUSE_NONE || work->cause == CAUSE_TIMEOUT;
    if (!ended || work->lost || work->tries >= node->attempt_max || !may_help(node, &en->states[i], work)) {
        return false;
    }
    *pause_us = next_pause(en, i);
    return en->now_us + *pause_us < retry_limit(en, i);
}

uint64_t retry_limit(const struct engine *en, size_t i)
{
    uint64_t all = en->graph->nodes[i].attempts_timeout_us;
    return all > 0 ? en->work[i].begun_us + all : CLOCK_NEVER;
}
