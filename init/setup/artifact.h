/*
 * artifact - what a step left behind: measured by the recorder, held against what was declared.
 */
#ifndef MUSTER_SETUP_ARTIFACT_H
#define MUSTER_SETUP_ARTIFACT_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/digest.h"
#include "init/base/jsonw.h"
#include "init/plan/graph.h"
#include "init/setup/history.h"
#include "init/wire/messages.h"

struct artifact_record {
    const struct artifact *declared; /* borrowed */
    const char *path;                /* expanded; borrowed */
    const char *step_id;             /* created_by_step; borrowed */
    size_t node;                     /* the step's node */
    size_t index;                    /* among the artifacts of its step */
    bool measured;                   /* `found` is valid */
    struct wire_recorded found;
    char backup[WIRE_BACKUP_MAX]; /* what the before-image is called that has been asked for */
    bool put_back;                /* what an earlier run had completed has been put back, and has to be kept now */
};

/* All artifacts of the manifest in step order; id on the wire = index here. */
struct artifact_list {
    struct artifact_record *items;
    size_t count;
};

/*
 * artifact_list_build - one record per declared artifact.
 */
void artifact_list_build(struct artifact_list *out, const struct graph *g, struct arena *a);

/*
 * artifact_needs_measuring - types that are files, and configurations with an absolute path.
 */
bool artifact_needs_measuring(const struct artifact_record *r);

/*
 * artifact_algorithm - with which digest it has to be measured: that of its declared checksum, else SHA-256.
 */
enum digest_algorithm artifact_algorithm(const struct artifact *declared);

/*
 * artifact_agrees - what was found is what was declared: it exists, has the checksum, the permissions and the owner.
 *
 * @text, @cap  filled with what is wrong, naming the path.
 */
bool artifact_agrees(const struct artifact_record *r, char *text, size_t cap);

/*
 * artifact_write - InstallationArtifact with exactly the model's fields, plus "kind", "uid" and "gid".
 *
 * @known   what the journal holds about it, or NULL.
 * @folder  the state directory: where before-images are.
 */
void artifact_write(struct jsonw *w, const char *key, const struct artifact_record *r,
                    const struct past_artifact *known, const char *folder);

#endif
