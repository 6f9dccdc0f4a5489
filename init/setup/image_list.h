/*
 * image_list - the list beside a before-image: everything that the copies themselves do not say.
 *
 *     muster before-image 1 sha256
 *     <f|d|l> <mode> <uid> <gid> <mtime in ns> <size> <digest> <path>     the root first, as "."; paths escaped as in tree.h
 *     t <target>                                                         after a symbolic link
 *     x <name> <value>                                                   extended attributes (attributes.h)
 *     end <SHA-256 of everything above>
 *
 * The digest makes a torn list recognisable. Reading it does no I/O; paths that leave the folder are refused (data model:
 * InstallationArtifact.backup_location).
 */
#ifndef MUSTER_SETUP_IMAGE_LIST_H
#define MUSTER_SETUP_IMAGE_LIST_H

#include "init/base/err.h"
#include "init/setup/tree.h"

/* Half a million entries have less, unless most of them have access control lists. */
#define IMAGE_LIST_MAX ((size_t)256 << 20)

/*
 * image_list_write - to an open file. Returns 0, or an errno.
 */
int image_list_write(const struct tree *t, int fd);

/*
 * image_list_parse - @len bytes of a list.
 *
 * @out  filled on success; release with tree_free().
 *
 * Returns 0, or -1 with ERR_STATE.
 */
int image_list_parse(const char *bytes, size_t len, struct tree *out, struct err *e);

#endif
