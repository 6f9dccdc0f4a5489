/*
 * env_file - files of NAME=value lines. Bytes in, entries out; fuzzed.
 *
 * Two dialects, because Docker itself reads such files in two ways; which one is meant has to be said.
 *
 *   docker  as `docker run --env-file`: the rest of the line is the value, quotes and all; "NAME" alone takes the value
 *           of the process environment; a line that begins with '#' is a comment.
 *   dotenv  as Compose and the dotenv libraries: an optional "export ", 'single quotes' are literal, in "double quotes" \n
 *           \r \t \\ \" \$ are escapes, either may go on over lines; blanks around an unquoted value and " # comments"
 *           behind it are not part of it. Nothing is substituted and nothing is executed: a dollar sign is a dollar sign.
 *
 * In both a line may end with LF or CRLF, the last one with neither; blanks in front of a name are passed over.
 */
#ifndef MUSTER_CONFIG_ENV_FILE_H
#define MUSTER_CONFIG_ENV_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/base/problem.h"

enum env_dialect { ENV_DOCKER, ENV_DOTENV };

/* A file of variables, not a database. */
#define ENV_FILE_MAX ((size_t)1 << 20)
#define ENV_FILE_ENTRIES_MAX 10000
/* Files that may be named with --env-file. */
#define ENV_FILES_MAX 16

struct env_entry {
    const char *name;
    const char *value; /* NULL: docker's NAME alone */
    unsigned line;     /* from 1 */
};

struct env_file {
    const char *path; /* as given; borrowed */
    enum env_dialect dialect;
    struct env_entry *entries; /* in the arena, in file order; a name may be there twice: the last one counts */
    size_t count;
    uint32_t *slots; /* for env_file_find(): entry number plus 1, or 0; in the arena */
    uint32_t mask;   /* slots - 1 */
};

/*
 * env_dialect_name - "docker", "dotenv"; env_dialect_from_name - the reverse of the first @len bytes, -1 when there is none.
 */
const char *env_dialect_name(enum env_dialect d);
int env_dialect_from_name(const char *name, size_t len);

/*
 * env_file_parse - @text of @len bytes to entries.
 *
 * @path  borrowed by @out; where of problems is "path:line".
 * @p     env_file.syntax for each line that is none, env_file.nul, env_file.encoding (not UTF-8), env_file.limit. Warnings:
 *        env_file.encoding (a byte order mark, which is passed over), env_file.name (Docker and others take names that
 *        no variable of a manifest can have). Never quotes a value.
 *
 * Returns 0, or -1 when @p has got an error; @out holds what could be read: nothing behind a quote that is not closed.
 * Does no I/O; names and values are copied, so that @text may be wiped.
 */
int env_file_parse(const char *text, size_t len, enum env_dialect dialect, const char *path, struct arena *a,
                   struct env_file *out, struct problems *p);

/*
 * env_file_find - the entry that counts for @name: the last, or NULL.
 */
const struct env_entry *env_file_find(const struct env_file *f, const char *name);

#endif
