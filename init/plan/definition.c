#include "init/plan/definition.h"

#include <stdlib.h>
#include <string.h>

#include "init/base/buf.h"

struct member {
    const struct json *node; /* NULL: the end */
};

static int by_key(const void *one, const void *other)
{
    const struct member *a = one;
    const struct member *b = other;

    return strcmp(json_key(a->node), json_key(b->node));
}

/* The members of an object in the order of their keys. */
static const struct member *sort_members(const struct json *object, struct arena *a)
{
    struct member *members = arena_alloc(a, json_count(object) + 1, sizeof(*members));
    size_t count = 0;

    for (const struct json *m = json_first(object); m; m = json_next(m))
        members[count++].node = m;
    qsort(members, count, sizeof(*members), by_key);
    return members;
}

/* @without is a key that does not count, or NULL. Manifests are not deeper than JSON_DEPTH_MAX. */
static void write_sorted(struct jsonw *w, const char *key, const struct json *n, const char *without, struct arena *a)
{
    switch (json_type(n)) {
    case JSON_OBJECT:
        jsonw_object(w, key);
        for (const struct member *m = sort_members(n, a); m->node; m++) {
            if (!without || strcmp(json_key(m->node), without) != 0)
                write_sorted(w, json_key(m->node), m->node, NULL, a);
        }
        jsonw_object_end(w);
        return;
    case JSON_ARRAY:
        jsonw_array(w, key);
        for (const struct json *e = json_first(n); e; e = json_next(e))
            write_sorted(w, NULL, e, NULL, a);
        jsonw_array_end(w);
        return;
    default:
        json_write(w, key, n);
    }
}

void definition_digests(const struct json *root, size_t max, struct arena *a, struct manifest *m)
{
    const struct json *step = json_first(json_get(root, "steps"));
    struct buf text;
    struct jsonw w;
    uint8_t digest[DIGEST_BYTES];

    if (m->step_count == 0)
        return;
    buf_init(&text, arena_alloc(a, max + 1, 1), max + 1);
    for (size_t i = 0; i < m->step_count; i++, step = json_next(step)) {
        buf_reset(&text);
        jsonw_init(&w, &text, false);
        write_sorted(&w, NULL, step, "name", a);
        digest_of(text.data, text.len, digest);
        digest_hex(digest, m->steps[i].definition_sha256);
    }
}
