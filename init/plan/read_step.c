#include <stddef.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/plan/file_path.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

#define STEP_NAME_MAX 200
#define ARTIFACTS_MAX 256
#define HASH_PREFIX "sha256:"
#define HASH_DIGITS 64
/* In the first of four octal digits: set-user-id 4, set-group-id 2. */
#define SET_ID_BITS 6

static bool is_octal(const char *s)
{
    return s[strspn(s, "01234567")] == '\0';
}

static void read_permissions(struct reader *r, const struct json *n, void *field)
{
    const char *s = json_string(n);

    if (!s) {
        problem_hint(reader_fault(r, "mode", "expected a string, found %s", json_type_name(json_type(n))),
                     "a number could be octal or decimal: write \"0644\"");
        return;
    }
    size_t len = strlen(s);
    if ((len != 3 && len != 4) || !is_octal(s)) {
        problem_hint(reader_fault(r, "mode", "\"%s\" is not a file mode", s), "write four octal digits: \"0644\"");
        return;
    }
    if (len == 4 && ((s[0] - '0') & SET_ID_BITS)) {
        reader_fault(r, "mode", "set-user-id and set-group-id files are refused");
        return;
    }
    *(const char **)field = arena_printf(r->arena, "%s%s", len == 3 ? "0" : "", s);
}

static void read_checksum(struct reader *r, const struct json *n, void *field)
{
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return;
    const char *digits = strncmp(s, HASH_PREFIX, strlen(HASH_PREFIX)) == 0 ? s + strlen(HASH_PREFIX) : s;
    if (strlen(digits) != HASH_DIGITS || digits[strspn(digits, "0123456789abcdef")] != '\0') {
        problem_hint(reader_fault(r, "hash.format", "not a SHA-256 checksum"),
                     "write \"sha256:\" and 64 hexadecimal digits in lower case, as sha256sum prints them");
        return;
    }
    *(const char **)field = arena_printf(r->arena, HASH_PREFIX "%s", digits);
}

static const char *cleanup_element(struct reader *r, const struct json *n)
{
    if (!reader_expect(r, n, JSON_STRING))
        return NULL;
    return reference_check(r, json_string(n), true) ? arena_strdup(r->arena, json_string(n)) : NULL;
}

/* An argument array, or a line for the shell. */
static void read_cleanup(struct reader *r, const struct json *n, void *field)
{
    struct strings *out = field;

    if (json_type(n) == JSON_ARRAY) {
        if (json_count(n) == 0)
            reader_fault(r, "value", "the command is empty");
        reader_list(r, n, MANIFEST_ARGS_MAX, cleanup_element, out);
        return;
    }
    const char *line = json_type(n) == JSON_STRING ? cleanup_element(r, n) : NULL;
    if (json_type(n) != JSON_STRING)
        reader_fault(r, "type", "expected an array or a string, found %s", json_type_name(json_type(n)));
    if (!line)
        return;
    const char **items = arena_alloc(r->arena, 4, sizeof(*items));
    items[0] = "/bin/sh";
    items[1] = "-c";
    items[2] = line;
    *out = (struct strings){.items = items, .count = 3};
}

#define ARTIFACT(member) offsetof(struct artifact, member)

static const struct key keys_of_artifact[] = {
    {.name = "type", .kind = KEY_WORD, .required = true, .offset = ARTIFACT(type), .words = &artifact_type_names},
    {.name = "path", .kind = KEY_TEXT, .required = true, .offset = ARTIFACT(path)},
    {.name = "permissions", .kind = KEY_OWN, .offset = ARTIFACT(permissions), .read = read_permissions},
    {.name = "checksum", .kind = KEY_OWN, .offset = ARTIFACT(checksum), .read = read_checksum},
    {.name = "cleanup_script", .kind = KEY_OWN, .offset = ARTIFACT(cleanup), .read = read_cleanup},
};
const struct key_table artifact_keys = {"an artifact", keys_of_artifact,
                                        sizeof(keys_of_artifact) / sizeof(keys_of_artifact[0])};

static void check_is_file(struct reader *r, const struct artifact *a, const char *key, const char *value)
{
    if (!value)
        return;
    size_t up = json_pointer_push(&r->at, key);
    reader_fault(r, "value", "\"%s\" means nothing for an artifact of type %s that is no file", key,
                 artifact_type_name(a->type));
    json_pointer_pop(&r->at, up);
}

static void check_artifact(struct reader *r, const struct artifact *a)
{
    bool file = a->type == ARTIFACT_FILE || (a->type == ARTIFACT_CONFIGURATION && a->path[0] == '/');

    if (file && !reference_found(a->path)) {
        size_t up = json_pointer_push(&r->at, "path");
        file_path_check(a->path, r->at.text, r->problems);
        json_pointer_pop(&r->at, up);
    }
    if (!file && !(a->type == ARTIFACT_CONFIGURATION && reference_found(a->path))) {
        check_is_file(r, a, "permissions", a->permissions);
        check_is_file(r, a, "checksum", a->checksum);
    }
}

static void read_artifacts(struct reader *r, const struct json *n, void *entry)
{
    struct step *step = entry;
    size_t index = 0;

    if (!reader_expect(r, n, JSON_ARRAY))
        return;
    if (json_count(n) > ARTIFACTS_MAX) {
        reader_fault(r, "limit", "%zu artifacts; at most %d are allowed", json_count(n), ARTIFACTS_MAX);
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

static void read_name(struct reader *r, const struct json *n, void *field)
{
    const char *name = reader_line(r, n);

    if (name && strlen(name) > STEP_NAME_MAX)
        reader_fault(r, "limit", "a step's name has at most %d bytes", STEP_NAME_MAX);
    else if (name)
        *(const char **)field = name;
}

#define OFFSET(member) offsetof(struct step, member)

static const struct key keys[] = {
    {.name = "name", .kind = KEY_OWN, .offset = OFFSET(name), .read = read_name},
    {.name = "category", .kind = KEY_WORD, .required = true, .offset = OFFSET(category), .words = &step_category_names},
    {.name = "prerequisites", .kind = KEY_REFS, .offset = OFFSET(prerequisites), .collection = "steps"},
    {.name = "services", .kind = KEY_REFS, .offset = OFFSET(services), .collection = "services"},
    {.name = "command", .kind = KEY_COMMAND, .required = true, .offset = OFFSET(command)},
    {.name = "secrets", .kind = KEY_OWN, .offset = OFFSET(secrets), .read = reference_secrets},
    {.name = "directory", .kind = KEY_LINE, .offset = OFFSET(process.directory)},
    {.name = "timeout", .kind = KEY_DURATION, .offset = OFFSET(timeout_us), .zero = true},
    {.name = "artifacts", .kind = KEY_OWN, .read = read_artifacts},
};
const struct key_table step_keys = {"a step", keys, sizeof(keys) / sizeof(keys[0])};

static void check_directory(struct reader *r, const char *directory)
{
    size_t up = json_pointer_push(&r->at, "directory");

    if (directory[0] != '/')
        problem_hint(reader_fault(r, "path.relative", "a working directory has to be absolute"), "begin it with \"/\"");
    else if (reference_found(directory))
        problem_hint(reader_fault(r, "ref.syntax", "variables are not replaced in a working directory"),
                     "write the directory itself, or change to it in the command");
    json_pointer_pop(&r->at, up);
}

void read_step(struct reader *r, const struct json *n, const char *name, void *entry)
{
    struct step *s = entry;

    *s = (struct step){.id = name, .name = name, .timeout_us = DEFAULT_STEP_TIMEOUT_US};
    reader_object(r, n, &step_keys, s);
    if (s->process.directory)
        check_directory(r, s->process.directory);
}
