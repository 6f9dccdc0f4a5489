/*
 * resolve_rig - what tests of the configuration have in common: an arena, a list of mistakes, a folder of files.
 */
#ifndef MUSTER_TESTS_UNIT_RESOLVE_RIG_H
#define MUSTER_TESTS_UNIT_RESOLVE_RIG_H

#include "init/config/resolve.h"

struct resolve_rig {
    struct arena arena;
    struct problems list;
    struct config config;
    struct resolve_options options;
    char folder[64]; /* empty; removed with everything in it */
};

extern struct resolve_rig rig;

/*
 * rig_up, rig_down - as fixtures.
 */
void rig_up(void);
void rig_down(void);

/*
 * rig_resolve - resolve with the rig's options; mistakes of earlier calls are forgotten. @entries as for execve(2).
 */
void rig_resolve(const struct variable *variables, size_t count, char *const *entries);

/*
 * rig_told - the mistake of that rule at that place, or NULL.
 */
const struct problem *rig_told(const char *rule, const char *where);

/*
 * rig_expect - value, source and origin of a setting. NULL for unset; "@/" in @origin stands for the folder.
 */
void rig_expect(const char *name, const char *value, enum value_source source, const char *origin);

/*
 * rig_path - the path of a file in the folder, in the arena.
 */
const char *rig_path(const char *name);

/*
 * rig_write - put a file there. Mode 0600.
 */
const char *rig_write(const char *name, const char *bytes, size_t len);

/*
 * rig_env_file - parse a file of variables and add it to the options, behind those that are there.
 */
void rig_env_file(const char *path, enum env_dialect dialect, const char *text);

#endif
