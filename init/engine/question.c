/*
 * What others ask about a run.
 */
#include "init/base/clock.h"
#include "init/engine/internal.h"

uint64_t engine_wake(const struct engine *en)
{
    uint64_t at_us;
    alarm_first(en, &at_us);
    return en->phase == ENGINE_CALLING && en->deadline_us < at_us ? en->deadline_us : at_us;
}

bool engine_satisfied(const struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    const struct node_state *st = &en->states[i];
    switch (node->kind) {
    case NODE_SERVICE:
        return node->inactive || st->status.service == SERVICE_HEALTHY;
    case NODE_STEP:
        return (st->status.step == STEP_COMPLETED && !en->work[i].unverified) ||
               (st->status.step == STEP_SKIPPED && node->skip_satisfies);
    case NODE_TEST:
        return st->status.test == TEST_PASSED || st->status.test == TEST_SKIPPED ||
               (!node->required && st->ended_us != 0);
    }
    return false;
}

size_t engine_waits_for(const struct engine *en, size_t i, uint16_t *out, size_t max)
{
    const struct node *node = &en->graph->nodes[i];
    size_t count = 0;
    for (size_t k = 0; k < node->need_count; k++) {
        if (!engine_satisfied(en, node->needs[k])) {
            if (count < max) {
                out[count] = node->needs[k];
            }
            count++;
        }
    }
    return count;
}

enum engine_phase engine_phase(const struct engine *en)
{
    return en->phase;
}

bool engine_ready(const struct engine *en)
{
    return en->phase == ENGINE_READY && en->unhealthy == 0;
}

uint64_t engine_started_us(const struct engine *en)
{
    return en->started_us;
}

uint64_t engine_ready_us(const struct engine *en)
{
    return en->ready_us;
}

int engine_exit_code(const struct engine *en)
{
    return en->exit_code;
}

const char *engine_reason(const struct engine *en)
{
    return en->reason;
}

const struct node_state *engine_state(const struct engine *en, size_t i)
{
    return &en->states[i];
}
