/*
 * environment - the environment as a table: thousands of names are looked up in one pass each.
 */
#ifndef MUSTER_CONFIG_ENVIRONMENT_H
#define MUSTER_CONFIG_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"

#define ENVIRONMENT_NONE UINT32_MAX

struct config;
struct redactor;
struct setting;

struct environment {
    char *const *entries; /* borrowed */
    uint32_t count;
    uint32_t mask;   /* slots - 1, slots being a power of two and at least twice the entries */
    uint32_t *slots; /* entry index or ENVIRONMENT_NONE */
    bool *repeated;  /* per entry: an earlier one has the same name */
};

/*
 * environment_index - build the table over a NULL-terminated "NAME=value" list (borrowed, outlives @e).
 *
 * Entries without '=' or without a name are not in the table.
 */
void environment_index(struct environment *e, char *const *environ_, struct arena *a);

/*
 * environment_find - number of the first entry of that name, or ENVIRONMENT_NONE.
 */
uint32_t environment_find(const struct environment *e, const char *name);

/*
 * environment_value - value of the first entry of that name (borrowed from it), or NULL.
 */
const char *environment_value(const struct environment *e, const char *name);

/*
 * environment_get - without a table, for a name or two: value of @name in the list, borrowed; NULL when unset or empty.
 */
const char *environment_get(char *const *environ_, const char *name);

/*
 * environment_copy - every entry anew in the arena.
 */
char **environment_copy(char *const *environ_, struct arena *a);

/* What a child gets to see. */
struct environment_options {
    bool only_declared; /* the declared variables, and those that every program needs (environment.c has the table) */
    const char *const *secrets; /* NULL-terminated names of the secrets that get in; NULL = all */
    const int *files; /* per setting: the descriptor that its value is read from, or -1; NULL = there are none */
};

/*
 * environment_admits - does a child with these options get the value of @s, if it has one? @s is not secret, or is listed.
 */
bool environment_admits(const struct setting *s, const struct environment_options *o);

/*
 * config_environment - the environment of a child: @environ_ with every value of the configuration in it.
 *
 * Byte-exact for what was set; defaults are added; a variable that came in under an alias is added under its own name. A name
 * that is there twice is passed on once, with the value that was checked. How a value is delivered (enum delivery) says the
 * variable:
 *
 *   as it came  NAME=value; where NAME_FILE named a file, NAME_FILE alone, and no value
 *   env         NAME=value, and no NAME_FILE
 *   file        NAME_FILE=/proc/self/fd/N, N being its entry in @o->files, and no value
 *   none        neither
 *
 * A secret that is not admitted is in there under none of its names, nor is the name of its file. What nobody declared is not
 * looked into.
 *
 * Returns a NULL-terminated array in the arena, which borrows entries of @environ_.
 */
char **config_environment(const struct config *c, char *const *environ_, const struct environment_options *o,
                          struct arena *a);

/*
 * environment_scrub - overwrite the value of every entry that is a secret of @c or has one in it, in place. Afterwards nobody
 * reads it in /proc/PID/environ, where the kernel shows the memory that the process was started with.
 *
 * @environ_  nothing of @c may be borrowed from it.
 */
void environment_scrub(char *const *environ_, const struct config *c, const struct redactor *r);

#endif
