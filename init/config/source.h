/*
 * source - where a variable's value comes from outside the manifest: the process environment, files that it names, the
 * folder of secrets, files of variables; in this order.
 */
#ifndef MUSTER_CONFIG_SOURCE_H
#define MUSTER_CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/arena.h"
#include "init/base/problem.h"
#include "init/config/environment.h"
#include "init/config/resolve.h"
#include "init/config/value_file.h"

/* Entries of --secrets-dir that are looked at. */
#define SECRETS_DIR_MAX 10000

/* What has to be said about a source; told when it is the variable's turn. */
struct remark {
    struct remark *next;
    const char *rule;
    const char *text;
    const char *hint;
};

/* What was found for one variable. */
struct found {
    const char *value; /* borrowed from the environment, or in the arena; NULL = nothing */
    enum value_source source;
    const char *name;       /* of the variable or an alias */
    const char *origin;     /* for people */
    const char *exposed;    /* value_file.h: told if the value turns out to be secret; or NULL */
    const char *path;       /* the file it came from, or NULL */
    struct remark *remarks; /* mistakes; may be several */
    bool broken;            /* a source was named that cannot be read: whether there is a value is not known */
};

struct sources {
    const struct environment *environment;
    const struct resolve_options *options;
    const struct config *config; /* for the names that are declared */
    struct arena *arena;
    struct value_reader reader;
    const char **secrets; /* names in --secrets-dir, sorted */
    size_t secret_count;
    const char **file_aliases; /* aliases that end in _FILE: variables of their own right */
    size_t file_alias_count;
    bool names_files; /* something in the environment ends in _FILE: mostly nothing does */
};

/*
 * sources_init - get ready to look variables up; lists --secrets-dir.
 *
 * @c  settings and by_name are there; everything is borrowed.
 * @p  source.directory when the folder cannot be listed.
 */
void sources_init(struct sources *s, const struct config *c, const struct environment *e,
                  const struct resolve_options *options, struct arena *a, struct problems *p);

/*
 * source_look_up - the value of one variable.
 *
 * The first source that has the variable under its own name or an alias decides, aliases in their order and before the own
 * name. An empty value is none when the variable or the options say so. Remarks: alias.conflict, source.conflict,
 * source.file. Reads files; blocks on the file system only.
 */
void source_look_up(struct sources *s, const struct variable *v, struct found *out);

#endif
