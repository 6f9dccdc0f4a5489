#include "init/setup/drift.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_deleted(const struct wire_facts *recorded, const struct wire_facts *found)
{
    return recorded->kind != WIRE_FILE_NONE && found->kind == WIRE_FILE_NONE;
}

static bool has_other_type(const struct wire_facts *recorded, const struct wire_facts *found)
{
    return recorded->kind != found->kind;
}

static bool is_changed(const struct wire_facts *recorded, const struct wire_facts *found)
{
    return recorded->size != found->size || recorded->algorithm != found->algorithm ||
           memcmp(recorded->digest, found->digest, sizeof(found->digest)) != 0;
}

static bool has_other_mode(const struct wire_facts *recorded, const struct wire_facts *found)
{
    return recorded->mode != found->mode;
}

static bool has_other_owner(const struct wire_facts *recorded, const struct wire_facts *found)
{
    return recorded->uid != found->uid || recorded->gid != found->gid;
}

/* In the order of the enum: of what is gone, the mode is not told. */
static const struct {
    const char *name;
    bool (*applies)(const struct wire_facts *recorded, const struct wire_facts *found);
} kinds[DRIFT_COUNT] = {
    [DRIFT_NONE] = {"none", NULL},           [DRIFT_DELETED] = {"deleted", is_deleted},
    [DRIFT_TYPE] = {"type", has_other_type}, [DRIFT_CHANGED] = {"changed", is_changed},
    [DRIFT_MODE] = {"mode", has_other_mode}, [DRIFT_OWNER] = {"owner", has_other_owner},
};

const char *drift_name(enum drift d)
{
    return (size_t)d < DRIFT_COUNT ? kinds[d].name : "unknown";
}

enum drift facts_differ(const struct wire_facts *recorded, const struct wire_facts *found)
{
    for (size_t d = DRIFT_NONE + 1; d < DRIFT_COUNT; d++) {
        if (kinds[d].applies(recorded, found)) {
            return (enum drift)d;
        }
    }
    return DRIFT_NONE;
}
