#include <stddef.h>
#include <string.h>

#include "init/base/text.h"
#include "init/plan/artifact_paths.h"
#include "init/plan/file_path.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

/* In the first of four octal digits: set-user-id 4, set-group-id 2. */
#define SET_ID_BITS 6
/* The last number is no user and no group: chown(2) takes it for "leave it". */
#define ID_MAX ((int64_t)UINT32_MAX - 1)

void read_recorded(struct reader *r, const struct json *n, void *field)
{
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return;
    if (*s == '\0')
        reader_fault(r, "value", "the text is empty");
    else if (reference_check(r, s, REFERENCE_RECORDED))
        *(const char **)field = arena_strdup(r->arena, s);
}

void read_permissions(struct reader *r, const struct json *n, void *field)
{
    const char *s = json_string(n);

    if (!s) {
        problem_hint(reader_fault(r, "mode", "expected a string, found %s", json_type_name(json_type(n))),
                     "a number could be octal or decimal: write \"0644\"");
        return;
    }
    size_t len = strlen(s);
    if ((len != 3 && len != 4) || s[strspn(s, "01234567")] != '\0') {
        problem_hint(reader_fault(r, "mode", "\"%s\" is not a file mode", s), "write four octal digits: \"0644\"");
        return;
    }
    *(const char **)field = arena_printf(r->arena, "%s%s", len == 3 ? "0" : "", s);
}

void read_check_setid(struct reader *r, const char *permissions, const char *hint)
{
    if (!permissions || !((permissions[0] - '0') & SET_ID_BITS))
        return;
    size_t up = json_pointer_push(&r->at, "permissions");
    problem_hint(reader_fault(r, "mode", "set-user-id and set-group-id files are refused"), "%s", hint);
    json_pointer_pop(&r->at, up);
}

/* Which hash @s is: what stands before its digits, "sha256:"; NULL when it is none. */
static const char *hash_prefix(const char *s)
{
    static const struct {
        const char *prefix;
        size_t digits;
    } hashes[] = {{"sha256:", 64}, {"sha512:", 128}};

    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        size_t skip = strncmp(s, hashes[i].prefix, strlen(hashes[i].prefix)) == 0 ? strlen(hashes[i].prefix) : 0;
        if (strlen(s + skip) == hashes[i].digits && s[skip + strspn(s + skip, "0123456789abcdef")] == '\0')
            return hashes[i].prefix;
    }
    return NULL;
}

void read_checksum(struct reader *r, const struct json *n, void *field)
{
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return;
    const char *prefix = hash_prefix(s);
    if (!prefix) {
        problem_hint(reader_fault(r, "hash.format", "not a SHA-256 or SHA-512 checksum"),
                     "write \"sha256:\" and 64 hexadecimal digits in lower case, as sha256sum prints them; or "
                     "\"sha512:\" and 128");
        return;
    }
    *(const char **)field = arena_printf(r->arena, "%s%s", strchr(s, ':') ? "" : prefix, s);
}

static bool is_id(const char *digits, size_t len)
{
    char copy[16];
    int64_t id = 0;

    if (len >= sizeof(copy))
        return false;
    memcpy(copy, digits, len);
    copy[len] = '\0';
    return text_parse_int(copy, &id) == 0 && id >= 0 && id <= ID_MAX;
}

bool read_is_numeric_owner(const char *owner)
{
    size_t len = strcspn(owner, ":");

    return is_id(owner, len) && (owner[len] == '\0' || is_id(owner + len + 1, strlen(owner + len + 1)));
}

/* Names are for those who make files: what is found on a disk has numbers. */
static void read_owner(struct reader *r, const struct json *n, void *field)
{
    const char *owner = reader_line(r, n);

    if (owner && !read_is_numeric_owner(owner))
        problem_hint(reader_fault(r, "value", "\"%s\" is no user in numbers", owner),
                     "write \"1000\" or \"1000:1000\": a name may mean another number tomorrow");
    else if (owner)
        *(const char **)field = owner;
}

static const char *cleanup_element(struct reader *r, const struct json *n)
{
    if (!reader_expect(r, n, JSON_STRING))
        return NULL;
    return reference_check(r, json_string(n), REFERENCE_ARGUMENT) ? arena_strdup(r->arena, json_string(n)) : NULL;
}

/* An argument array, or a text for the shell. */
static void read_cleanup(struct reader *r, const struct json *n, void *entry)
{
    struct artifact *a = entry;

    if (json_type(n) == JSON_STRING) {
        a->cleanup_shell = read_shell(r, n, &a->cleanup);
    } else if (json_type(n) != JSON_ARRAY) {
        reader_fault(r, "type", "expected an array or a string, found %s", json_type_name(json_type(n)));
    } else {
        if (json_count(n) == 0)
            reader_fault(r, "value", "the command is empty");
        reader_list(r, n, MANIFEST_ARGS_MAX, cleanup_element, &a->cleanup);
    }
}

/* It says what is known already; what it must not do is say something else. */
static void read_creator(struct reader *r, const struct json *n, void *entry)
{
    const char *id = json_string(n);

    (void)entry;
    if (reader_expect(r, n, JSON_STRING) && reference_exists(r, "steps", id) && strcmp(id, r->entry) != 0)
        problem_hint(reader_fault(r, "artifact.creator", "step \"%s\" lists it, and \"%s\" creates it", r->entry, id),
                     "list it with the step that creates it");
}

#define ARTIFACT(member) offsetof(struct artifact, member)

static const struct key keys[] = {
    {.name = "type", .kind = KEY_WORD, .required = true, .offset = ARTIFACT(type), .words = &artifact_type_names},
    {.name = "path", .kind = KEY_OWN, .required = true, .offset = ARTIFACT(path), .read = read_recorded},
    {.name = "permissions", .kind = KEY_OWN, .offset = ARTIFACT(permissions), .read = read_permissions},
    {.name = "allow_setid", .kind = KEY_BOOL, .offset = ARTIFACT(allow_setid)},
    {.name = "owner", .kind = KEY_OWN, .offset = ARTIFACT(owner), .read = read_owner},
    {.name = "checksum", .kind = KEY_OWN, .offset = ARTIFACT(checksum), .read = read_checksum},
    {.name = "shared", .kind = KEY_BOOL, .offset = ARTIFACT(shared)},
    {.name = "created_by_step", .kind = KEY_OWN, .read = read_creator},
    {.name = "cleanup_script", .kind = KEY_OWN, .read = read_cleanup},
};
const struct key_table artifact_keys = {"an artifact", keys, sizeof(keys) / sizeof(keys[0])};

static void check_is_file(struct reader *r, const struct artifact *a, const char *key, bool given)
{
    if (!given)
        return;
    size_t up = json_pointer_push(&r->at, key);
    reader_fault(r, "value", "\"%s\" means nothing for an artifact of type %s that is no file", key,
                 artifact_type_name(a->type));
    json_pointer_pop(&r->at, up);
}

static void check_path(struct reader *r, const struct artifact *a, bool file)
{
    size_t up = json_pointer_push(&r->at, "path");

    if (file && !reference_found(a->path))
        file_path_check(a->path, r->at.text, r->problems);
    else if (!file)
        file_path_check_text(a->path, r->at.text, r->problems);
    json_pointer_pop(&r->at, up);
}

static void check_artifact(struct reader *r, const struct artifact *a)
{
    bool file = artifact_is_file(a, a->path);

    check_path(r, a, file);
    if (!file && !(a->type == ARTIFACT_CONFIGURATION && reference_found(a->path))) {
        check_is_file(r, a, "permissions", a->permissions != NULL);
        check_is_file(r, a, "allow_setid", a->allow_setid);
        check_is_file(r, a, "owner", a->owner != NULL);
        check_is_file(r, a, "checksum", a->checksum != NULL);
    } else if (!a->allow_setid) {
        read_check_setid(r, a->permissions, "say \"allow_setid\": true if it is meant");
    }
}

void read_artifacts(struct reader *r, const struct json *n, void *step_)
{
    struct step *step = step_;
    size_t index = 0;

    if (!reader_expect(r, n, JSON_ARRAY))
        return;
    if (json_count(n) > READ_ARTIFACTS_MAX) {
        reader_fault(r, "limit", "%zu artifacts; at most %d are allowed", json_count(n), READ_ARTIFACTS_MAX);
        return;
    }
    step->artifacts = arena_alloc(r->arena, json_count(n) + 1, sizeof(*step->artifacts));
    for (const struct json *child = json_first(n); child; child = json_next(child)) {
        size_t errors = r->problems->errors;
        size_t up = json_pointer_index(&r->at, index);
        struct artifact *a = &step->artifacts[index++];

        reader_object(r, child, &artifact_keys, a);
        if (r->problems->errors == errors)
            check_artifact(r, a);
        json_pointer_pop(&r->at, up);
    }
    step->artifact_count = index;
}
