/*
 * verify_list - the ways in which `muster verify` tells what it found. Internal to verify.c.
 */
#ifndef MUSTER_COMMAND_VERIFY_LIST_H
#define MUSTER_COMMAND_VERIFY_LIST_H

#include <stddef.h>

#include "init/base/buf.h"
#include "init/base/jsonw.h"
#include "init/setup/drift.h"
#include "init/setup/history.h"

/* One artifact of a completed step, as recorded and as found. All borrowed. */
struct verified {
    const struct past_step *step;
    const struct past_artifact *recorded;
    struct wire_facts found;
    int error; /* errno: it could not be measured */
    enum drift drift;
};

/*
 * verified_is_good - it is as it was recorded.
 */
bool verified_is_good(const struct verified *v);

/*
 * list_text - a line for each that is not as it was recorded: "/etc/app.conf  changed  (step migrate)".
 *
 * list_json - {"verified": N, "drifted": N, "artifacts": [...]}: all of them.
 *
 * list_sha256sum - as recorded, in the format of sha256sum(1), a backslash in front of names that are escaped: files with a
 * SHA-256 only, and the files of a folder that is as recorded.
 *
 * list_mtree - as recorded, mtree(5): files, folders and symbolic links.
 *
 * @out  appended to.
 */
void list_text(const struct verified *items, size_t count, struct buf *out);
void list_json(const struct verified *items, size_t count, struct buf *out);
void list_sha256sum(const struct verified *items, size_t count, struct buf *out);
void list_mtree(const struct verified *items, size_t count, struct buf *out);

#endif
