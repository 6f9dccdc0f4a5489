/*
 * tree_copy - make what a tree says: as a before-image, for nobody but us, or as it was.
 */
#ifndef MUSTER_SETUP_TREE_COPY_H
#define MUSTER_SETUP_TREE_COPY_H

#include "init/setup/tree.h"

struct tree_place {
    int folder; /* borrowed */
    const char *name;
};

/*
 * tree_keep - copy what is at @from as @to, files 0600 and folders 0700, and note its extended attributes in @t.
 *
 * @t  from tree_scan() of @from; ESTALE when a file is not as it says any more.
 *
 * tree_put_back - copy the before-image @from as @to, with the attributes that @t says.
 *
 * Of both: @to must not exist. Nothing follows a symbolic link. On disk when they return. Return 0, or -1 with ERR_SYS (the
 * text names an entry below the root, if it is one), and then something may be there: tree_remove() it.
 */
int tree_keep(struct pool *pool, struct tree *t, struct tree_place from, struct tree_place to, struct err *e);
int tree_put_back(struct pool *pool, struct tree *t, struct tree_place from, struct tree_place to, struct err *e);

/*
 * tree_verify - do the files of the before-image @from have the digests that @t says?
 *
 * Returns 0, or -1 with ERR_SYS, ESTALE: they do not.
 */
int tree_verify(struct pool *pool, struct tree *t, struct tree_place from, struct err *e);

/*
 * tree_remove - remove @name in @folder: a file, a link, or a folder with everything in it.
 *
 * What is mounted is not entered and makes it fail with EBUSY. Not there is fine. Returns 0, or an errno.
 */
int tree_remove(int folder, const char *name);

#endif
