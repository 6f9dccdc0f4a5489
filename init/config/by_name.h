/*
 * by_name - settings in the order of their variables' names.
 */
#ifndef MUSTER_CONFIG_BY_NAME_H
#define MUSTER_CONFIG_BY_NAME_H

#include "init/base/arena.h"
#include "init/config/resolve.h"

/*
 * by_name_sort - fill c->by_name, in the arena, from c->settings.
 *
 * A merge sort: half the comparisons of the C library's qsort(3), and only one for each pair of neighbours that is in order
 * already, as manifests often are. It matters with a thousand variables.
 */
void by_name_sort(struct config *c, struct arena *a);

#endif
