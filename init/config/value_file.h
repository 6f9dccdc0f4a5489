/*
 * value_file - a value that is the content of a file: NAME_FILE, or a file of --secrets-dir.
 */
#ifndef MUSTER_CONFIG_VALUE_FILE_H
#define MUSTER_CONFIG_VALUE_FILE_H

#include <stddef.h>

#include "init/base/arena.h"

/* A key, a certificate chain; whatever is larger is not the value of a variable. */
#define VALUE_FILE_MAX ((size_t)1 << 20)
/* Of all files together: what the kernel lets an environment be, too. */
#define VALUE_FILES_MAX ((size_t)2 << 20)

struct value_reader {
    struct arena *arena;
    char *scratch; /* wiped after each file */
    size_t total;  /* bytes of values so far */
};

struct value_file {
    const char *value;   /* in the arena */
    const char *exposed; /* for people: who may do what with the file though it is nobody else's; or NULL */
};

/*
 * value_file_read - the content of a file as a value.
 *
 * @why  filled on failure: what is wrong, for people, without the path; static or strerror(3)'s.
 *
 * Exactly one LF or CRLF at the end is not part of the value. Symbolic links are followed, since Kubernetes mounts secrets as
 * such; an open that finds nothing is tried once more, since it replaces what they lead to while we look. A regular file of
 * at most VALUE_FILE_MAX bytes, VALUE_FILES_MAX together, without zero bytes.
 *
 * A file is exposed when its group or everybody may write to it, or everybody may read it: not where the mount is
 * read-only, nor, for reading, below /run/secrets: there a platform laid it out, and nobody in the container can do
 * otherwise.
 *
 * Returns 0, or -1. Blocks on the file system only.
 */
int value_file_read(struct value_reader *r, const char *path, struct value_file *out, const char **why);

#endif
