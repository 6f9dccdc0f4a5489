/*
 * crosscheck - warnings about values that are right on their own and wrong together.
 */
#ifndef MUSTER_CONFIG_CROSSCHECK_H
#define MUSTER_CONFIG_CROSSCHECK_H

#include "init/base/problem.h"
#include "init/config/resolve.h"

/*
 * crosscheck - look at a resolved configuration.
 *
 * @p  warnings are added, each with its source: url.localhost_in_container for every URL and host:port that leads to this
 *     container itself while the environment is docker or cloud (not for a name with LISTEN or BIND in it: that is where a
 *     program of this container listens); redis.db_shared and redis.db_in_url for the model's fields. Values that are unset
 *     or broken on their own are passed over.
 *
 * Rule: ConfigurationProfile, backend_url (CFG-10), redis_session_db and redis_task_db.
 */
void crosscheck(const struct config *c, struct problems *p);

#endif
