#include "init/plan/manifest.h"

#include <string.h>

#include "init/base/json.h"
#include "init/base/text.h"
#include "init/plan/builtin.h"
#include "init/plan/check.h"
#include "init/plan/definition.h"
#include "init/plan/merge.h"
#include "init/plan/read.h"
#include "init/plan/variable_uses.h"
#include "init/plan/wait.h"

#define BUILTIN_PREFIX "builtin:"

static struct json *load_builtin(const char *name, struct problems *p)
{
    const struct builtin *b = builtin_find(name);

    if (b)
        return json_parse(b->text, (size_t)(b->end - b->text), true, p);
    struct problem *item = problem_add(p, "builtin.unknown", "", "there is no builtin manifest \"%s\"", name);
    problem_hint(item, "there are: %s, %s", builtin_name(0), builtin_name(1));
    return NULL;
}

/* The user's manifest on top of what it extends; NULL after a mistake that leaves nothing to check. */
static struct json *load_user(const char *text, size_t len, struct problems *p)
{
    cleanup_json struct json *user = json_parse(text, len, true, p);

    if (!user)
        return NULL;
    if (json_type(user) != JSON_OBJECT) {
        problem_add(p, "type", "", "expected an object, found %s", json_type_name(json_type(user)));
        return NULL;
    }
    struct json *merged = merge_base(user, p);
    if (!merged)
        return NULL;
    merge_check(merged, user, p);
    json_merge(merged, user);
    return merged;
}

/* The effective manifest as text, and its digest. */
static void set_canonical(struct json *root, struct arena *a, struct manifest *out, struct problems *p)
{
    struct buf b;
    struct jsonw w;
    uint8_t digest[DIGEST_BYTES];

    merge_finish(root);
    buf_init(&b, arena_alloc(a, JSON_TEXT_MAX + 1, 1), JSON_TEXT_MAX + 1);
    jsonw_init(&w, &b, true);
    json_write(&w, NULL, root);
    /* It has to be readable as a manifest again. */
    if (b.overflow) {
        problem_add(p, "limit", "", "the effective manifest is longer than %zu bytes", JSON_TEXT_MAX);
        return;
    }
    digest_of(b.data, b.len, digest);
    digest_hex(digest, out->sha256);
    out->canonical = b.data;
}

int manifest_load(const char *text, size_t len, const char *source, const char *builtin, struct arena *a,
                  struct manifest *out, struct problems *p)
{
    return manifest_load_waiting(text, len, source, builtin, NULL, a, out, p);
}

int manifest_load_waiting(const char *text, size_t len, const char *source, const char *builtin,
                          const struct wait_request *wait, struct arena *a, struct manifest *out, struct problems *p)
{
    size_t errors = p->errors;
    size_t from = p->count;
    cleanup_json struct json *root = text ? load_user(text, len, p) : load_builtin(builtin, p);
    struct wait_names words = {.count = 0};

    if (!root)
        return -1;
    struct manifest m = {.source = arena_strdup(a, source)};
    struct reader r = {.arena = a, .problems = p, .root = root};
    if (wait) {
        set_canonical(root, a, &m, p);
        wait_add(wait, root, a, &words, p);
    }
    read_manifest(&r, &m);
    check_manifest(&m, a, p);
    wait_retarget(&words, p, from);
    if (!wait && p->errors == errors)
        set_canonical(root, a, &m, p);
    if (p->errors == errors)
        variable_uses(&m, a, p);
    if (p->errors != errors)
        return -1;
    definition_digests(root, strlen(m.canonical), a, &m);
    *out = m;
    return 0;
}

static const char *service_name_at(const void *ctx, size_t i)
{
    const struct manifest *m = ctx;

    return m->services[i].name;
}

const struct service *manifest_find_service(const struct manifest *m, const char *name, const char *where,
                                            struct problems *p)
{
    bool predefined = strncmp(m->source, BUILTIN_PREFIX, strlen(BUILTIN_PREFIX)) == 0;

    for (size_t i = 0; i < m->service_count; i++) {
        if (strcmp(m->services[i].name, name) == 0)
            return &m->services[i];
    }
    struct problem *item = problem_add(p, predefined ? "service.not_predefined" : "ref.unknown", where,
                                       "%s has no service \"%s\"", predefined ? m->source : "the manifest", name);
    const char *meant = text_nearest(name, service_name_at, m, m->service_count);
    if (meant)
        problem_hint(item, "did you mean \"%s\"?", meant);
    else if (predefined)
        problem_hint(item, "declare it in a manifest of your own that extends %s", m->source);
    return NULL;
}

static const char *step_id_at(const void *ctx, size_t i)
{
    return ((const struct manifest *)ctx)->steps[i].id;
}

const struct step *manifest_find_step(const struct manifest *m, const char *id, struct err *e)
{
    for (size_t i = 0; i < m->step_count; i++) {
        if (strcmp(m->steps[i].id, id) == 0)
            return &m->steps[i];
    }
    const char *meant = text_nearest(id, step_id_at, m, m->step_count);
    err_set(e, ERR_USAGE, 0, "there is no step \"%s\"%s%s%s", id, meant ? "; did you mean \"" : "", meant ? meant : "",
            meant ? "\"?" : "");
    return NULL;
}
