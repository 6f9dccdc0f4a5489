/*
 * environment - look names up in the environment that main() was given.
 */
#ifndef MUSTER_CORE_ENVIRONMENT_H
#define MUSTER_CORE_ENVIRONMENT_H

/*
 * environment_get - value of @name in the NULL-terminated "NAME=value" list, borrowed; NULL when unset or empty.
 */
const char *environment_get(char *const *environ_, const char *name);

#endif
