#include "init/setup/artifact.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "init/base/digest.h"
#include "init/setup/file_error.h"
#include "init/setup/statedir.h"

/* Two ids and a colon. */
#define OWNER_TEXT_MAX 32

void artifact_list_build(struct artifact_list *out, const struct graph *g, struct arena *a)
{
    size_t count = 0;
    for (size_t i = 0; i < g->count; i++) {
        count += g->nodes[i].kind == NODE_STEP ? g->nodes[i].step->artifact_count : 0;
    }
    out->items = arena_alloc(a, count > 0 ? count : 1, sizeof(*out->items));
    out->count = 0;
    for (size_t i = 0; i < g->count; i++) {
        const struct node *n = &g->nodes[i];
        for (size_t k = 0; n->kind == NODE_STEP && k < n->step->artifact_count; k++) {
            out->items[out->count++] = (struct artifact_record){
                .declared = &n->step->artifacts[k],
                .path = n->artifact_paths[k],
                .step_id = n->step->id,
                .node = i,
                .index = k,
            };
        }
    }
}

bool artifact_needs_measuring(const struct artifact_record *r)
{
    return r->declared->type == ARTIFACT_FILE || (r->declared->type == ARTIFACT_CONFIGURATION && r->path[0] == '/');
}

static const char *kind_name(uint32_t kind)
{
    static const char *const names[] = {
        [WIRE_FILE_NONE] = NULL,         [WIRE_FILE_REGULAR] = "regular", [WIRE_FILE_DIRECTORY] = "directory",
        [WIRE_FILE_SYMLINK] = "symlink", [WIRE_FILE_OTHER] = "other",
    };
    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

static bool was_found(const struct artifact_record *r)
{
    return r->measured && r->found.error == 0 && r->found.facts.kind != WIRE_FILE_NONE;
}

static bool has_digest(const struct artifact_record *r)
{
    return was_found(r) && digest_size((enum digest_algorithm)r->found.facts.algorithm) > 0;
}

static void checksum_text(const struct artifact_record *r, char out[DIGEST_TEXT_MAX])
{
    digest_text((enum digest_algorithm)r->found.facts.algorithm, r->found.facts.digest, out);
}

enum digest_algorithm artifact_algorithm(const struct artifact *declared)
{
    bool longer = declared->checksum != NULL && strncmp(declared->checksum, "sha512:", 7) == 0;
    return declared->shallow ? DIGEST_NONE : longer ? DIGEST_SHA512 : DIGEST_SHA256;
}

static bool exists(const struct artifact_record *r, char *text, size_t cap)
{
    if (was_found(r)) {
        return true;
    }
    if (!r->measured) {
        snprintf(text, cap, "%s: it was not measured", r->path);
    } else if (r->found.error == 0 || r->found.error == ENOENT || r->found.error == ENOTDIR) {
        snprintf(text, cap, "%s: the step should have left it behind, but it does not exist", r->path);
    } else {
        snprintf(text, cap, "%s: cannot measure it: %s", r->path, file_error_text(r->found.error));
    }
    return false;
}

static bool checksum_agrees(const struct artifact_record *r, char *text, size_t cap)
{
    const char *declared = r->declared->checksum;
    if (declared == NULL) {
        return true;
    }
    if (!has_digest(r)) {
        snprintf(text, cap, "%s: a checksum is declared, but it is a device, pipe or socket", r->path);
        return false;
    }
    enum digest_algorithm a = (enum digest_algorithm)r->found.facts.algorithm;
    if (a != artifact_algorithm(r->declared)) {
        snprintf(text, cap, "%s: its checksum is %s, declared is %s: that of a folder is always sha256", r->path,
                 digest_name(a), digest_name(artifact_algorithm(r->declared)));
        return false;
    }
    char found[DIGEST_TEXT_MAX];
    checksum_text(r, found);
    const char *hex = strchr(declared, ':') == NULL ? strchr(found, ':') + 1 : found;
    if (strcasecmp(declared, hex) == 0) {
        return true;
    }
    snprintf(text, cap, "%s: its checksum is %s, declared is %s", r->path, found, declared);
    return false;
}

static bool permissions_agree(const struct artifact_record *r, char *text, size_t cap)
{
    const char *declared = r->declared->permissions;
    if (declared == NULL || strtoul(declared, NULL, 8) == r->found.facts.mode) {
        return true;
    }
    snprintf(text, cap, "%s: its permissions are %04o, declared are %s", r->path, (unsigned)r->found.facts.mode,
             declared);
    return false;
}

/* "uid" or "uid:gid". */
static bool owner_agrees(const struct artifact_record *r, char *text, size_t cap)
{
    const char *declared = r->declared->owner;
    char found[OWNER_TEXT_MAX];
    if (declared == NULL) {
        return true;
    }
    bool group = strchr(declared, ':') != NULL;
    int n = snprintf(found, sizeof(found), "%u", (unsigned)r->found.facts.uid);
    if (group) {
        snprintf(found + n, sizeof(found) - (size_t)n, ":%u", (unsigned)r->found.facts.gid);
    }
    if (strcmp(declared, found) == 0) {
        return true;
    }
    snprintf(text, cap, "%s: its owner is %s, declared is %s", r->path, found, declared);
    return false;
}

bool artifact_agrees(const struct artifact_record *r, char *text, size_t cap)
{
    if (!artifact_needs_measuring(r)) {
        return true;
    }
    return exists(r, text, cap) && checksum_agrees(r, text, cap) && permissions_agree(r, text, cap) &&
           owner_agrees(r, text, cap);
}

static void write_number(struct jsonw *w, const char *key, bool known, uint64_t value)
{
    if (known) {
        jsonw_uint(w, key, value);
    } else {
        jsonw_null(w, key);
    }
}

static void write_cleanup(struct jsonw *w, const struct strings *argv)
{
    if (argv->count == 0) {
        jsonw_null(w, "cleanup_script");
        return;
    }
    jsonw_array(w, "cleanup_script");
    for (size_t i = 0; i < argv->count; i++) {
        jsonw_string(w, NULL, argv->items[i]);
    }
    jsonw_array_end(w);
}

/* What is there now; of a step that is not done in this run, what is on record. */
static struct wire_facts shown_facts(const struct artifact_record *r, const struct past_artifact *known)
{
    static const struct wire_facts nothing = {.kind = WIRE_FILE_NONE};
    if (r->measured) {
        return r->found.error == 0 ? r->found.facts : nothing;
    }
    return known != NULL && known->has_after && !known->taken_back ? known->after : nothing;
}

static void write_backup(struct jsonw *w, const struct past_artifact *known, const char *folder)
{
    char path[PATH_MAX + WIRE_BACKUP_MAX];
    if (known == NULL || known->backup == NULL || !known->has_before) {
        jsonw_null(w, "backup_location");
        return;
    }
    snprintf(path, sizeof(path), "%s/%s/%s", folder, BACKUPS_FOLDER, known->backup);
    jsonw_string(w, "backup_location", path);
}

void artifact_write(struct jsonw *w, const char *key, const struct artifact_record *r,
                    const struct past_artifact *known, const char *folder)
{
    const struct wire_facts facts = shown_facts(r, known);
    bool found = facts.kind != WIRE_FILE_NONE;
    bool digest = digest_size((enum digest_algorithm)facts.algorithm) > 0;
    char checksum[DIGEST_TEXT_MAX];
    char permissions[16];
    digest_text((enum digest_algorithm)facts.algorithm, facts.digest, checksum);
    snprintf(permissions, sizeof(permissions), "%04o", (unsigned)(facts.mode & 07777));

    jsonw_object(w, key);
    jsonw_string(w, "artifact_type", artifact_type_name(r->declared->type));
    jsonw_string(w, "artifact_path", r->path);
    jsonw_string(w, "created_by_step", r->step_id);
    write_number(w, "size_bytes", digest, facts.size);
    jsonw_string(w, "checksum", digest ? checksum : NULL);
    jsonw_string(w, "permissions", found ? permissions : NULL);
    write_backup(w, known, folder);
    write_cleanup(w, &r->declared->cleanup);
    jsonw_string(w, "kind", found ? kind_name(facts.kind) : NULL);
    write_number(w, "uid", found, facts.uid);
    write_number(w, "gid", found, facts.gid);
    jsonw_object_end(w);
}
