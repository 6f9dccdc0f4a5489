/*
 * wait - services from words: "tcp://db:5432", "http://api/health#status=204", "exec:pg_isready", "process:nginx".
 *
 * A word is a URL that a probe understands, host:port, file:///path, exec:command or process:name. Behind a '#' come keys of a
 * probe or a service, as a manifest has them: key=value, with '&' between them, and key.member=value for what is an object
 * there. %XX stands for a byte in them and in commands. Variables are not replaced: a dollar sign is one.
 */
#ifndef MUSTER_PLAN_WAIT_H
#define MUSTER_PLAN_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/base/json.h"
#include "init/base/problem.h"

/* As many services as a manifest may have, with room for those that it has. */
#define WAIT_TARGETS_MAX 12288

struct wait_request {
    const char *const *targets; /* borrowed */
    size_t count;
    bool any;             /* one of them is enough */
    bool alone;           /* nothing else is waited for: the deadline is all the time there is */
    uint64_t deadline_us; /* alone: 0 = none */
};

/* What has become of the words. */
struct wait_names {
    const char **names; /* of services, one for each target; NULL = none */
    const char **shown; /* the target without credentials, query and keys */
    size_t count;
};

/*
 * wait_add - add a service for each target to the manifest @root, and the group "any" of all of them if asked for.
 *
 * @out  filled; everything is in @a.
 * @p    target (not one of the forms above), key.unknown, json.*, limit: where = the target as it is shown.
 *
 * What is wrong with a service is found when the manifest is read; see wait_retarget().
 */
void wait_add(const struct wait_request *r, struct json *root, struct arena *a, struct wait_names *out,
              struct problems *p);

/*
 * wait_retarget - mistakes at services that came from words are told at the words.
 *
 * @from  index of the first problem that was found since.
 */
void wait_retarget(const struct wait_names *n, struct problems *p, size_t from);

/*
 * wait_target_json - one target as a service: a tree of its own (owned by the caller: json_free), or NULL after a mistake, told
 * with @shown as its place.
 */
struct json *wait_target_json(const char *target, const char *shown, bool alone, struct arena *a, struct problems *p);

/*
 * wait_target_show - a target for people: without credentials, query and keys.
 */
const char *wait_target_show(const char *target, struct arena *a);

#endif
