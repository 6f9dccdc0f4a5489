/*
 * check - what only shows when the whole manifest is known.
 */
#ifndef MUSTER_PLAN_CHECK_H
#define MUSTER_PLAN_CHECK_H

#include "init/base/arena.h"
#include "init/base/problem.h"
#include "init/plan/manifest.h"

/*
 * check_manifest - names, fields and artifact paths given twice ("duplicate"), prerequisites in a later category
 * ("step.category_order"), cycles ("graph.cycle"), also those that categories close; variables that need each other's values
 * ("graph.cycle"), and deliveries under a name that is taken ("value").
 *
 * @m  may have entries with mistakes that were reported before.
 */
void check_manifest(const struct manifest *m, struct arena *a, struct problems *p);

#endif
