/*
 * merge - a manifest on top of the builtin that it extends.
 */
#ifndef MUSTER_PLAN_MERGE_H
#define MUSTER_PLAN_MERGE_H

#include "init/base/json.h"
#include "init/base/problem.h"

/*
 * merge_base - the builtin that a manifest extends, parsed.
 *
 * @user  the manifest: "extends" is "builtin:NAME"; without it nothing is predefined.
 * @p     type, builtin.unknown (with the name that was probably meant).
 *
 * Returns the tree (owned: json_free), after a mistake that of the builtin that was probably meant, or an empty one, so that
 * the other mistakes of @user can be found; NULL only when there is no memory for it (said in @p).
 */
struct json *merge_base(const struct json *user, struct problems *p);

/*
 * merge_check - a derived manifest may add and tighten; what loosens a rule of @base needs "override": true on that
 * variable: "override.needed" otherwise, the warning "override" with it.
 *
 * Loosening: another type, field, pattern or type of items, a wider range, more values or schemes, fewer checks of a path,
 * required (also in one environment) or secret taken back, another condition under which it is required, any new one under
 * which alone it means something, credentials let into URLs, a secret handed over more openly.
 */
void merge_check(const struct json *base, const struct json *user, struct problems *p);

/*
 * merge_finish - take out of the merged tree what only steers the merge: $schema, extends, and every override.
 */
void merge_finish(struct json *merged);

#endif
