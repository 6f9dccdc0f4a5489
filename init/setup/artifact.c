#include "init/setup/artifact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "init/base/digest.h"

#define SHA256_PREFIX "sha256:"
#define CHECKSUM_TEXT_MAX (sizeof(SHA256_PREFIX) + DIGEST_HEX_MAX)

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
    return was_found(r) && (r->found.facts.kind == WIRE_FILE_REGULAR || r->found.facts.kind == WIRE_FILE_SYMLINK);
}

static void checksum_text(const struct artifact_record *r, char out[CHECKSUM_TEXT_MAX])
{
    char hex[DIGEST_HEX_MAX];
    digest_hex(r->found.facts.digest, hex);
    snprintf(out, CHECKSUM_TEXT_MAX, "%s%s", SHA256_PREFIX, hex);
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
    } else if (r->found.error == ESTALE) {
        snprintf(text, cap, "%s: it changed while it was being measured", r->path);
    } else {
        snprintf(text, cap, "%s: cannot measure it: %s", r->path, strerror(r->found.error));
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
        snprintf(text, cap, "%s: a checksum is declared, but it is not a regular file", r->path);
        return false;
    }
    char found[CHECKSUM_TEXT_MAX];
    checksum_text(r, found);
    const char *hex = strchr(declared, ':') == NULL ? found + strlen(SHA256_PREFIX) : found;
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
    snprintf(text, cap, "%s: its permissions are %04o, declared are %s", r->path, (unsigned)r->found.facts.mode, declared);
    return false;
}

bool artifact_agrees(const struct artifact_record *r, char *text, size_t cap)
{
    if (!artifact_needs_measuring(r)) {
        return true;
    }
    return exists(r, text, cap) && checksum_agrees(r, text, cap) && permissions_agree(r, text, cap);
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

void artifact_write(struct jsonw *w, const char *key, const struct artifact_record *r)
{
    bool found = was_found(r);
    bool digest = has_digest(r);
    char checksum[CHECKSUM_TEXT_MAX];
    char permissions[16];
    checksum_text(r, checksum);
    snprintf(permissions, sizeof(permissions), "%04o", (unsigned)(r->found.facts.mode & 07777));

    jsonw_object(w, key);
    jsonw_string(w, "artifact_type", artifact_type_name(r->declared->type));
    jsonw_string(w, "artifact_path", r->path);
    jsonw_string(w, "created_by_step", r->step_id);
    write_number(w, "size_bytes", digest, r->found.facts.size);
    jsonw_string(w, "checksum", digest ? checksum : NULL);
    jsonw_string(w, "permissions", found ? permissions : NULL);
    jsonw_null(w, "backup_location");
    write_cleanup(w, &r->declared->cleanup);
    jsonw_string(w, "kind", found ? kind_name(r->found.facts.kind) : NULL);
    write_number(w, "uid", found, r->found.facts.uid);
    write_number(w, "gid", found, r->found.facts.gid);
    jsonw_object_end(w);
}
