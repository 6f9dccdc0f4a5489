#include "init/engine/job.h"

static bool is_waiting(const struct engine *en, size_t i)
{
    return !en->work[i].released && en->states[i].called_us == 0 && !job_under_way(en, i);
}

/* A service that waits for one that is not coming up is not checked; a step keeps waiting, and the run fails with it. */
static bool lose_hope(struct engine *en, size_t i, size_t by)
{
    enum node_kind kind = en->graph->nodes[i].kind;
    if (kind == NODE_TEST) {
        test_blocked(en, i, by);
    }
    if (kind != NODE_SERVICE || en->states[i].status.service != SERVICE_STARTING) {
        return false;
    }
    service_stop(en, i, "dependency");
    group_member_out(en, i, true);
    return true;
}

size_t hope_lost(struct engine *en, size_t i)
{
    size_t head = 0;
    size_t tail = 0;
    size_t first = ENGINE_NO_NODE;
    en->hopeless[tail++] = (uint16_t)i;
    while (head < tail) {
        size_t by = en->hopeless[head++];
        const struct node *node = &en->graph->nodes[by];
        for (size_t k = 0; k < node->block_count; k++) {
            size_t waiting = node->blocks[k];
            if (!is_waiting(en, waiting)) {
                continue;
            }
            if (first == ENGINE_NO_NODE && en->graph->nodes[waiting].required) {
                first = waiting;
            }
            if (lose_hope(en, waiting, by)) {
                en->hopeless[tail++] = (uint16_t)waiting;
            }
        }
    }
    return first;
}
