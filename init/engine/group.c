/*
 * Groups (any_of): services that are healthy while enough of their members are. Members count themselves in and out; their
 * groups are looked at when the event is over, so that groups of groups need no recursion.
 */
#include "init/base/clock.h"
#include "init/engine/internal.h"

static size_t needed(const struct node *node)
{
    return node->at_least > 0 ? node->at_least : 1;
}

static void look_at_groups(struct engine *en, const struct node *member)
{
    for (size_t k = 0; engine_running(en) && k < member->group_count; k++) {
        engine_look_at(en, member->groups[k]);
    }
}

void group_member_counts(struct engine *en, size_t i, bool healthy)
{
    const struct node *member = &en->graph->nodes[i];
    for (size_t k = 0; k < member->group_count; k++) {
        uint32_t *count = &en->states[member->groups[k]].members_healthy;
        *count = healthy ? *count + 1 : *count - 1;
    }
    look_at_groups(en, member);
}

void group_member_out(struct engine *en, size_t i, bool out)
{
    const struct node *member = &en->graph->nodes[i];
    if (en->work[i].out == out) {
        return;
    }
    en->work[i].out = out;
    for (size_t k = 0; k < member->group_count; k++) {
        uint16_t *count = &en->work[member->groups[k]].members_out;
        *count = (uint16_t)(out ? *count + 1 : *count - 1);
    }
    look_at_groups(en, member);
}

void group_note(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    verdict_note(en, i, VERDICT_MEMBERS, "%u of %zu healthy, %zu needed", en->states[i].members_healthy,
                 node->member_count, needed(node));
}

void group_look(struct engine *en, size_t i)
{
    const struct node *node = &en->graph->nodes[i];
    struct node_state *st = &en->states[i];
    if (node->member_count == 0 || node->inactive || st->called_us == 0) {
        return;
    }
    if (st->members_healthy >= needed(node)) {
        if (st->status.service != SERVICE_HEALTHY) {
            verdict_note(en, i, VERDICT_OK, "%s", "");
            service_healthy(en, i);
        }
        return;
    }
    bool hopeless = node->member_count - en->work[i].members_out < needed(node) && pace_coming_up(en, i);
    if (hopeless || st->status.service != SERVICE_STARTING) {
        group_note(en, i);
    }
    if (st->status.service == SERVICE_HEALTHY || (hopeless && st->status.service == SERVICE_STARTING)) {
        service_unhealthy(en, i);
    }
    if (hopeless) {
        service_give_up(en, i, "is not healthy: ");
    }
}
