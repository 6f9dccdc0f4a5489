/*
 * dependencies - who has to wait for whom, as numbers; an order in which that works; cycles.
 *
 * Nodes are numbered: services, then steps, then tests, each in manifest order.
 */
#ifndef MUSTER_PLAN_DEPENDENCIES_H
#define MUSTER_PLAN_DEPENDENCIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/base/problem.h"
#include "init/plan/manifest.h"

struct node_list {
    const uint16_t *items; /* those that are needed, then the members of a group */
    size_t count;
    size_t member_count;
};

struct dependencies {
    struct node_list *needs; /* one list per node */
    size_t count;
};

/*
 * dependencies_declared - the edges that the manifest names: depends_on, after, prerequisites, services; and any_of.
 */
void dependencies_declared(const struct manifest *m, struct arena *a, struct dependencies *out);

/*
 * dependencies_all - those, and the ones that follow: step categories as barriers (unless switched off), tests after all
 * steps, test types in their order.
 */
void dependencies_all(const struct manifest *m, struct arena *a, struct dependencies *out);

/*
 * dependencies_order - all nodes, each behind everything it needs; otherwise in their own order.
 *
 * @order  filled (as many as there are nodes); unusable when there is a cycle.
 * @p      "graph.cycle" for every cycle that is closed on the way, with the whole path, at the pointer of the list that
 *         the cycle begins with. @hint is added to it.
 *
 * Returns whether there is no cycle.
 */
bool dependencies_order(const struct dependencies *d, const struct manifest *m, struct arena *a, uint16_t *order,
                        const char *hint, struct problems *p);

#endif
