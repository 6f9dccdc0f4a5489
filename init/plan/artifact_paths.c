#include "init/plan/artifact_paths.h"

#include <string.h>

#include "init/base/name_table.h"
#include "init/plan/file_path.h"

/* An artifact with the step that creates it. */
struct creation {
    const char *path;
    const struct step *step;
    size_t index;
};

void artifact_paths_place(const struct step *s, size_t index, struct json_pointer *at)
{
    if (s->artifacts[index].implied) {
        json_pointer_push(at, step_action_name(s->action.kind));
    } else {
        json_pointer_push(at, "artifacts");
        json_pointer_index(at, index);
    }
    json_pointer_push(at, "path");
}

bool artifact_is_file(const struct artifact *a, const char *path)
{
    return a->type == ARTIFACT_FILE || (a->type == ARTIFACT_CONFIGURATION && path[0] == '/');
}

static struct json_pointer place(const struct step *s, size_t index)
{
    struct json_pointer at = {.len = 0};

    json_pointer_push(&at, "steps");
    json_pointer_push(&at, s->id);
    artifact_paths_place(s, index, &at);
    return at;
}

/* Of chmod and chown it is the purpose to change what another step has made. */
static bool is_a_touch(const struct creation *c)
{
    enum step_action_kind kind = c->step->action.kind;

    return c->step->artifacts[c->index].implied && (kind == DO_CHMOD || kind == DO_CHOWN);
}

static bool may_both(const struct creation *one, const struct creation *other)
{
    bool shared = one->step->artifacts[one->index].shared && other->step->artifacts[other->index].shared;

    return one->step != other->step && (shared || is_a_touch(one) || is_a_touch(other));
}

static void report(const struct creation *c, const struct creation *earlier, struct problems *p)
{
    bool same = c->step == earlier->step;

    problem_hint(problem_add(p, "duplicate", place(c->step, c->index).text, "step \"%s\" creates this artifact already",
                             earlier->step->id),
                 same ? "list it once"
                      : "list it with the step that creates it; if both change it, with both, and \"shared\": true");
}

void artifact_paths_check(const struct manifest *m, const char *const *const *expanded, struct arena *a,
                          struct problems *p)
{
    size_t total = 0;
    uint32_t count = 0;
    struct name_table paths;

    for (size_t i = 0; i < m->step_count; i++)
        total += m->steps[i].artifact_count;
    struct creation *all = arena_alloc(a, total + 1, sizeof(*all));
    name_table_init(&paths, total, &all[0].path, sizeof(*all), a);
    for (size_t i = 0; i < m->step_count; i++) {
        const struct step *s = &m->steps[i];
        for (size_t k = 0; k < s->artifact_count && !(expanded && !expanded[i]); k++) {
            struct creation *c = &all[count];
            *c = (struct creation){expanded ? expanded[i][k] : s->artifacts[k].path, s, k};
            /* One without a path was reported when it was read. */
            if (!c->path)
                continue;
            uint32_t earlier = name_table_add(&paths, count++);
            if (earlier != NAME_TABLE_NONE && !may_both(c, &all[earlier]))
                report(c, &all[earlier], p);
        }
    }
}

void artifact_paths_check_state(const struct manifest *m, const char *const *const *expanded, const char *state_dir,
                                struct problems *p)
{
    for (size_t i = 0; i < m->step_count; i++) {
        const struct step *s = &m->steps[i];
        for (size_t k = 0; expanded[i] && k < s->artifact_count; k++) {
            if (artifact_is_file(&s->artifacts[k], expanded[i][k]))
                file_path_check_state(expanded[i][k], state_dir, place(s, k).text, p);
        }
    }
}
