#include "init/base/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/json_scan.h"

/* A copy of such a text is on the stack. */
#define SHORT_TEXT 1024
#define WHOLE_MAX 9007199254740992.0

/* A struct json is a cJSON under another name, so that nobody else needs cJSON's header. */
static const cJSON *tree_of(const struct json *n)
{
    return (const cJSON *)n;
}

static const struct json *node_of(const cJSON *item)
{
    return (const struct json *)item;
}

struct json *json_parse(const char *text, size_t len, bool comments, struct problems *p)
{
    if (len > JSON_TEXT_MAX) {
        problem_add(p, "json.limit", "1:1", "the text is longer than %zu bytes", JSON_TEXT_MAX);
        return NULL;
    }

    char short_copy[SHORT_TEXT];
    char *copy = len < sizeof(short_copy) ? short_copy : malloc(len + 1);
    if (!copy) {
        problem_add(p, "json.limit", "1:1", "out of memory");
        return NULL;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';

    cJSON *root = NULL;
    if (json_scan(copy, len, comments, p) == 0) {
        root = cJSON_ParseWithLength(copy, len);
        if (!root)
            problem_add(p, "json.limit", "1:1", "out of memory");
    }
    /* A manifest may hold what its author thinks of as secret. */
    explicit_bzero(copy, len);
    if (copy != short_copy)
        free(copy);
    return (struct json *)root;
}

void json_free(struct json *root)
{
    cJSON_Delete((cJSON *)root);
}

void json_free_cleanup(struct json **root)
{
    json_free(*root);
}

enum json_type json_type(const struct json *n)
{
    const cJSON *item = tree_of(n);

    if (cJSON_IsBool(item))
        return JSON_BOOL;
    if (cJSON_IsNumber(item))
        return JSON_NUMBER;
    if (cJSON_IsString(item))
        return JSON_STRING;
    if (cJSON_IsArray(item))
        return JSON_ARRAY;
    if (cJSON_IsObject(item))
        return JSON_OBJECT;
    return JSON_NULL;
}

const char *json_type_name(enum json_type t)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",     [JSON_OBJECT] = "an object",
    };

    return names[t];
}

const char *json_string(const struct json *n)
{
    return cJSON_IsString(tree_of(n)) ? tree_of(n)->valuestring : NULL;
}

bool json_true(const struct json *n)
{
    return cJSON_IsTrue(tree_of(n));
}

double json_number(const struct json *n)
{
    return cJSON_IsNumber(tree_of(n)) ? tree_of(n)->valuedouble : 0;
}

bool json_integer(const struct json *n, int64_t *out)
{
    double value = json_number(n);

    if (json_type(n) != JSON_NUMBER || fabs(value) > WHOLE_MAX || value != (double)(int64_t)value)
        return false;
    *out = (int64_t)value;
    return true;
}

size_t json_count(const struct json *n)
{
    size_t count = 0;

    for (const struct json *child = json_first(n); child; child = json_next(child))
        count++;
    return count;
}

const struct json *json_first(const struct json *n)
{
    return n ? node_of(tree_of(n)->child) : NULL;
}

const struct json *json_next(const struct json *n)
{
    return n ? node_of(tree_of(n)->next) : NULL;
}

const char *json_key(const struct json *n)
{
    return n ? tree_of(n)->string : NULL;
}

const struct json *json_get(const struct json *object, const char *key)
{
    if (json_type(object) != JSON_OBJECT)
        return NULL;
    return node_of(cJSON_GetObjectItemCaseSensitive(tree_of(object), key));
}

struct json *json_get_mutable(struct json *object, const char *key)
{
    if (json_type(object) != JSON_OBJECT)
        return NULL;
    return (struct json *)cJSON_GetObjectItemCaseSensitive((cJSON *)object, key);
}

/* RFC 7396, section 2: nulls in what is new mean nothing. Not in arrays, which are taken as they are. */
static void remove_nulls(cJSON *object)
{
    cJSON *next = NULL;

    for (cJSON *member = object->child; member; member = next) {
        next = member->next;
        if (cJSON_IsNull(member))
            cJSON_Delete(cJSON_DetachItemViaPointer(object, member));
        else if (cJSON_IsObject(member))
            remove_nulls(member);
    }
}

static cJSON *find_among_first(const cJSON *object, size_t count, const char *name)
{
    cJSON *member = object->child;

    for (size_t i = 0; i < count; i++, member = member->next) {
        if (strcmp(member->string, name) == 0)
            return member;
    }
    return NULL;
}

void json_merge(struct json *target, struct json *patch)
{
    cJSON *object = (cJSON *)target;
    cJSON *from = (cJSON *)patch;
    cJSON *next = NULL;

    if (json_type(target) != JSON_OBJECT || json_type(patch) != JSON_OBJECT)
        return;
    /* No name is twice in @patch, so what it adds need not be searched: a large manifest on a small one stays cheap. */
    size_t own = json_count(target);
    for (cJSON *member = from->child; member; member = next) {
        cJSON *old = find_among_first(object, own, member->string);

        next = member->next;
        if (old && cJSON_IsObject(member) && cJSON_IsObject(old)) {
            json_merge((struct json *)old, (struct json *)member);
            continue;
        }
        if (cJSON_IsObject(member))
            remove_nulls(member);
        if (old && cJSON_IsNull(member)) {
            cJSON_Delete(cJSON_DetachItemViaPointer(object, old));
            own--;
        } else if (old) {
            cJSON_ReplaceItemViaPointer(object, old, cJSON_DetachItemViaPointer(from, member));
        } else if (!cJSON_IsNull(member)) {
            cJSON_AddItemToArray(object, cJSON_DetachItemViaPointer(from, member)); /* with its name */
        }
    }
}

void json_remove(struct json *object, const char *key)
{
    if (json_type(object) == JSON_OBJECT)
        cJSON_DeleteItemFromObjectCaseSensitive((cJSON *)object, key);
}

void json_write(struct jsonw *w, const char *key, const struct json *n)
{
    switch (json_type(n)) {
    case JSON_NULL:
        jsonw_null(w, key);
        return;
    case JSON_BOOL:
        jsonw_bool(w, key, json_true(n));
        return;
    case JSON_NUMBER:
        jsonw_number(w, key, json_number(n));
        return;
    case JSON_STRING:
        jsonw_string(w, key, json_string(n));
        return;
    case JSON_ARRAY:
        jsonw_array(w, key);
        for (const struct json *child = json_first(n); child; child = json_next(child))
            json_write(w, NULL, child);
        jsonw_array_end(w);
        return;
    case JSON_OBJECT:
        jsonw_object(w, key);
        for (const struct json *child = json_first(n); child; child = json_next(child))
            json_write(w, json_key(child), child);
        jsonw_object_end(w);
        return;
    }
}

size_t json_pointer_push(struct json_pointer *p, const char *key)
{
    size_t before = p->len;
    size_t at = before;
    size_t last = sizeof(p->text) - 1;

    if (at < last)
        p->text[at++] = '/';
    for (; *key && at < last; key++) {
        bool escaped = *key == '~' || *key == '/';
        p->text[at++] = escaped ? '~' : *key;
        if (escaped && at < last)
            p->text[at++] = *key == '~' ? '0' : '1';
    }
    p->text[at] = '\0';
    p->len = at;
    return before;
}

size_t json_pointer_index(struct json_pointer *p, size_t index)
{
    char digits[24];
    struct buf b = BUF_OVER(digits);

    buf_printf(&b, "%zu", index);
    return json_pointer_push(p, digits);
}

void json_pointer_pop(struct json_pointer *p, size_t len)
{
    p->len = len;
    p->text[len] = '\0';
}
