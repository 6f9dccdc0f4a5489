#include <stddef.h>
#include <string.h>

#include "init/plan/file_path.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"
#include "init/plan/target.h"

/* What a step writes is a file of settings, not a disk. */
#define CONTENT_MAX (1 << 20)

/* Unlike other texts, a file may be empty. */
static void read_content(struct reader *r, const struct json *n, void *field)
{
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return;
    if (strlen(s) > CONTENT_MAX)
        reader_fault(r, "limit", "the text is longer than %d bytes", CONTENT_MAX);
    else if (reference_check(r, s, REFERENCE_TEXT))
        *(const char **)field = arena_strdup(r->arena, s);
}

static void read_made_path(struct reader *r, const struct json *n, void *field)
{
    const char *path = NULL;

    read_recorded(r, n, &path);
    if (path && (reference_found(path) || file_path_check(path, r->at.text, r->problems)))
        *(const char **)field = path;
}

static void read_source(struct reader *r, const struct json *n, void *field)
{
    const char *path = NULL;

    read_recorded(r, n, &path);
    if (path && (reference_found(path) || file_path_check_source(path, r->at.text, r->problems)))
        *(const char **)field = path;
}

static void read_link_target(struct reader *r, const struct json *n, void *field)
{
    const char *target = NULL;

    read_recorded(r, n, &target);
    if (target && file_path_check_text(target, r->at.text, r->problems))
        *(const char **)field = target;
}

static void read_url(struct reader *r, const struct json *n, void *field)
{
    const char *url = reader_text(r, n);

    if (url && (reference_found(url) || target_download(url, r->at.text, r->problems)))
        *(const char **)field = url;
}

static void read_mode(struct reader *r, const struct json *n, void *action)
{
    struct step_action *a = action;

    read_permissions(r, n, &a->permissions);
}

#define ACTION(member) offsetof(struct step_action, member)
#define KEY_PATH                                                                                                       \
    {                                                                                                                  \
        .name = "path", .kind = KEY_OWN, .required = true, .offset = ACTION(path), .read = read_made_path              \
    }
#define KEY_MODE                                                                                                       \
    {                                                                                                                  \
        .name = "permissions", .kind = KEY_OWN, .read = read_mode                                                      \
    }
#define KEY_OWNER                                                                                                      \
    {                                                                                                                  \
        .name = "owner", .kind = KEY_OWN, .offset = ACTION(owner), .read = read_account                                \
    }
#define KEY_RECURSIVE                                                                                                  \
    {                                                                                                                  \
        .name = "recursive", .kind = KEY_BOOL, .offset = ACTION(recursive)                                             \
    }
#define TABLE(noun, keys)                                                                                              \
    {                                                                                                                  \
        noun, keys, sizeof(keys) / sizeof((keys)[0])                                                                   \
    }

static const struct key keys_of_write[] = {
    KEY_PATH,
    {.name = "content", .kind = KEY_OWN, .offset = ACTION(content), .read = read_content},
    {.name = "template", .kind = KEY_OWN, .offset = ACTION(from), .read = read_source},
    KEY_MODE,
    KEY_OWNER,
};
static const struct key keys_of_mkdir[] = {
    KEY_PATH,
    KEY_MODE,
    KEY_OWNER,
    {.name = "parents", .kind = KEY_BOOL, .offset = ACTION(parents)},
};
static const struct key keys_of_copy[] = {
    {.name = "from", .kind = KEY_OWN, .required = true, .offset = ACTION(from), .read = read_source},
    KEY_PATH,
    KEY_MODE,
    KEY_OWNER,
};
static const struct key keys_of_symlink[] = {
    KEY_PATH,
    {.name = "target", .kind = KEY_OWN, .required = true, .offset = ACTION(target), .read = read_link_target},
};
static const struct key keys_of_chmod[] = {
    KEY_PATH,
    {.name = "permissions", .kind = KEY_OWN, .required = true, .read = read_mode},
    KEY_RECURSIVE,
};
static const struct key keys_of_chown[] = {
    KEY_PATH,
    {.name = "owner", .kind = KEY_OWN, .required = true, .offset = ACTION(owner), .read = read_account},
    KEY_RECURSIVE,
};
static const struct key keys_of_download[] = {
    {.name = "url", .kind = KEY_OWN, .required = true, .offset = ACTION(url), .read = read_url},
    KEY_PATH,
    {.name = "checksum", .kind = KEY_OWN, .required = true, .offset = ACTION(checksum), .read = read_checksum},
    KEY_MODE,
    KEY_OWNER,
};

const struct key_table action_keys[DO_KIND_COUNT] = {
    [DO_WRITE] = TABLE("\"write\"", keys_of_write),
    [DO_MKDIR] = TABLE("\"mkdir\"", keys_of_mkdir),
    [DO_COPY] = TABLE("\"copy\"", keys_of_copy),
    [DO_SYMLINK] = TABLE("\"symlink\"", keys_of_symlink),
    [DO_CHMOD] = TABLE("\"chmod\"", keys_of_chmod),
    [DO_CHOWN] = TABLE("\"chown\"", keys_of_chown),
    [DO_DOWNLOAD] = TABLE("\"download\"", keys_of_download),
};

static void check_write(struct reader *r, const struct json *n)
{
    bool content = json_get(n, "content") != NULL;

    if (content != (json_get(n, "template") != NULL))
        return;
    problem_hint(reader_fault(r, content ? "value" : "required",
                              content ? "\"write\" has either \"content\" or \"template\", not both"
                                      : "\"write\" needs \"content\" or \"template\""),
                 "a template is a file in which ${NAME} is replaced");
}

bool read_action(struct reader *r, const struct json *n, enum step_action_kind kind, struct step_action *out)
{
    size_t errors = r->problems->errors;
    size_t up = json_pointer_push(&r->at, step_action_name(kind));

    *out = (struct step_action){.kind = kind};
    reader_object(r, n, &action_keys[kind], out);
    if (json_type(n) == JSON_OBJECT && kind == DO_WRITE)
        check_write(r, n);
    read_check_setid(r, out->permissions, "a command can make them, with an artifact that says \"allow_setid\": true");
    json_pointer_pop(&r->at, up);
    return r->problems->errors == errors;
}

/* The artifact of that path, as it is written; NULL when the step lists none. */
static struct artifact *find_listed(const struct step *s, const char *path)
{
    for (size_t i = 0; i < s->artifact_count; i++) {
        if (s->artifacts[i].path && strcmp(s->artifacts[i].path, path) == 0)
            return &s->artifacts[i];
    }
    return NULL;
}

void read_implied_artifact(struct reader *r, struct step *s)
{
    const struct step_action *a = &s->action;
    struct artifact *made = find_listed(s, a->path);

    if (!made && s->artifact_count == READ_ARTIFACTS_MAX) {
        reader_fault(r, "limit", "%d artifacts, and what \"%s\" makes: one too many", READ_ARTIFACTS_MAX,
                     step_action_name(a->kind));
        return;
    }
    if (!made) {
        struct artifact *all = arena_alloc(r->arena, s->artifact_count + 1, sizeof(*all));
        if (s->artifact_count > 0)
            memcpy(all, s->artifacts, s->artifact_count * sizeof(*all));
        s->artifacts = all;
        made = &all[s->artifact_count++];
        *made = (struct artifact){
            .type = ARTIFACT_FILE,
            .path = a->path,
            .permissions = a->permissions,
            .owner = a->owner && read_is_numeric_owner(a->owner) ? a->owner : NULL,
            .checksum = a->checksum,
            .implied = true,
        };
    }
    /* Other steps put their files into it. */
    made->shallow = a->kind == DO_MKDIR && !made->checksum;
}
