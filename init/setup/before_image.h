/*
 * before_image - what was at an artifact's path before a step touched it: kept, checked, put back (data model:
 * InstallationArtifact.backup_location; ART-04 to ART-07).
 *
 * The folder of before-images holds for each one
 *
 *     NAME       the copy: a file (0600), a folder (0700) or a symbolic link; of nothing there is none
 *     NAME.meta  the list with everything else (image_list.h); written last, so where it is, the copy is complete
 *     NAME.open  the path is being written in place: whatever is there now is not somebody else's change
 *
 * Beside the artifact there may be for a while ".muster-DIGEST.new" (its replacement) and ".muster-DIGEST.old" (what is replaced,
 * where the kernel cannot exchange two names), with 16 digits of the SHA-256 of the artifact's name. Killed at any instant and asked
 * again, both functions end as if they had not been.
 */
#ifndef MUSTER_SETUP_BEFORE_IMAGE_H
#define MUSTER_SETUP_BEFORE_IMAGE_H

#include "init/setup/pool.h"
#include "init/setup/tree.h"
#include "init/wire/messages.h"

/* A generated name, ".meta" and a NUL. */
#define IMAGE_NAME_MAX (WIRE_BACKUP_MAX + 8)

/*
 * before_image_keep - copy what is at the path.
 *
 * @images  the folder of before-images; borrowed.
 * @out     filled, whatever happens: what goes back to PID 1.
 *
 * An earlier one of the same name is replaced. A device, pipe or socket is an error (EOPNOTSUPP). Blocks, allocates.
 */
void before_image_keep(struct pool *pool, const struct wire_keep_request *r, int images, struct wire_kept *out);

/*
 * before_image_restore - make the path what it was.
 *
 * Likewise. The path is replaced in one step, or left as it is; only where it is a mount point it is written in place. Nothing
 * outside its folder is touched, whatever has become of the path. What is removed is a file, a symbolic link or a whole folder,
 * never a device, pipe or socket, and nothing that is mounted.
 */
void before_image_restore(struct pool *pool, const struct wire_restore_request *r, int images,
                          struct wire_restored *out);

/*
 * before_image_load - read the list of @backup and check the copy against it and against @facts.
 *
 * @out  filled on success; release with tree_free().
 *
 * Returns 0, or -1: the before-image is missing or damaged.
 */
int before_image_load(struct pool *pool, int images, const char *backup, const struct wire_facts *facts,
                      struct tree *out, struct err *e);

#endif
