/*
 * crosscheck - warnings about values that are right on their own and wrong together.
 */
#ifndef MUSTER_CONFIG_CROSSCHECK_H
#define MUSTER_CONFIG_CROSSCHECK_H

#include "init/base/problem.h"
#include "init/config/resolve.h"

/*
 * crosscheck - look at the model's fields of a resolved configuration.
 *
 * @p  warnings are added: url.localhost_in_container, redis.db_shared, redis.db_in_url. Values that are unset or broken
 *     on their own are passed over.
 *
 * Rule: ConfigurationProfile, backend_url (CFG-10), redis_session_db and redis_task_db.
 */
void crosscheck(const struct config *c, struct problems *p);

#endif
