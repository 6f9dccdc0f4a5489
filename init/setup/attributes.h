/*
 * attributes - what a file has besides its content: owner, mode, times, extended attributes (capabilities, access control lists).
 *
 * Extended attributes are kept as text, one line each: "x <name> <value in hexadecimal>\n", the name escaped as in tree.h.
 */
#ifndef MUSTER_SETUP_ATTRIBUTES_H
#define MUSTER_SETUP_ATTRIBUTES_H

#include "init/base/err.h"
#include "init/setup/tree.h"

/* Linux, limits.h: XATTR_LIST_MAX and XATTR_SIZE_MAX. */
#define ATTRIBUTE_NAMES_MAX 65536
#define ATTRIBUTE_VALUE_MAX 65536
/* XATTR_NAME_MAX, and a NUL. */
#define ATTRIBUTE_NAME_MAX 256

/*
 * attributes_read - extended attributes of an open file.
 *
 * @out  set to the text (owned; free()), or NULL: it has none, or the file system has no such thing.
 *
 * Returns 0, or an errno.
 */
int attributes_read(int fd, char **out);

/*
 * attributes_apply - make an open file or folder have what @entry says: owner, mode, extended attributes, times.
 *
 * An owner that we may not give away to stays ours, and the file then gets no set-id bit. Extended attributes that we may not set, or
 * the file system does not have, are left out; others that the file has (an inherited access control list) are removed. Returns 0,
 * or an errno.
 */
int attributes_apply(int fd, const struct tree_entry *entry);

/*
 * attributes_apply_link - likewise for the symbolic link @name in @folder; it has an owner and times.
 */
int attributes_apply_link(int folder, const char *name, const struct tree_entry *entry);

/*
 * attributes_line - check one line of the text, without its newline, and take it apart.
 *
 * @name   filled with the name, unescaped.
 * @value  filled; @value_len bytes.
 *
 * Returns 0, or -1: it is none.
 */
int attributes_line(const char *line, size_t len, char name[ATTRIBUTE_NAME_MAX], unsigned char *value,
                    size_t *value_len);

#endif
