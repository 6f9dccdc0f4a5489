/*
 * json - the one strict door to cJSON.
 *
 * cJSON accepts trailing garbage, duplicate keys, leading zeros, raw control bytes, invalid UTF-8 and a NUL escape that
 * cuts strings short, and compares keys without case. Nothing of that passes here. Comments (// and C style) are
 * allowed when asked for: manifests are written by people.
 */
#ifndef MUSTER_BASE_JSON_H
#define MUSTER_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/jsonw.h"
#include "init/base/problem.h"

/* Deeper than any manifest needs; keeps recursion bounded. */
#define JSON_DEPTH_MAX 32
/* A manifest, a journal line or a status file larger than this is a mistake. */
#define JSON_TEXT_MAX ((size_t)4 << 20)
/* Members of one object: keeps every look-up by name bounded. Twice what a manifest may declare. */
#define JSON_MEMBERS_MAX 32768

struct json; /* a node; owned by its document */

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/*
 * json_parse - text to tree.
 *
 * @text      borrowed; @len bytes; need not be NUL-terminated.
 * @comments  whether comments are allowed.
 * @p         every syntax mistake that can be found is added, where = "line:column" ("json.syntax", "json.utf8",
 *            "json.depth", "json.number", "json.control", "json.limit"), and every duplicate key, where = JSON pointer
 *            ("json.duplicate").
 *
 * Returns the root (owned: json_free), or NULL when @p has got an error.
 */
struct json *json_parse(const char *text, size_t len, bool comments, struct problems *p);
void json_free(struct json *root);
void json_free_cleanup(struct json **root);
#define cleanup_json __attribute__((cleanup(json_free_cleanup)))

/* Readers take NULL and answer as for a null node; strings are borrowed from the tree. */
enum json_type json_type(const struct json *n);
const char *json_type_name(enum json_type t);  /* "a string", "an object": for messages */
const char *json_string(const struct json *n); /* NULL when not a string */
bool json_true(const struct json *n);
double json_number(const struct json *n);
bool json_integer(const struct json *n, int64_t *out); /* whole and |x| <= 2^53 */
size_t json_count(const struct json *n);               /* members or elements */
const struct json *json_first(const struct json *n);
const struct json *json_next(const struct json *n);
const char *json_key(const struct json *n);                              /* member name; NULL in arrays */
const struct json *json_get(const struct json *object, const char *key); /* case-sensitive */

/*
 * json_get_mutable - likewise, of a tree that is to be changed.
 */
struct json *json_get_mutable(struct json *object, const char *key);

/*
 * json_merge - RFC 7396 merge patch: objects merge member by member, null removes, everything else replaces.
 *
 * @target  an object (anything else is left alone); changed in place.
 * @patch   its members are moved into @target, not copied: what is left of it is good for json_free() only.
 */
void json_merge(struct json *target, struct json *patch);

/*
 * json_remove - take a member out of an object. Nothing happens when it is not there.
 */
void json_remove(struct json *object, const char *key);

/*
 * json_write - the tree through a writer (members in their order).
 */
void json_write(struct jsonw *w, const char *key, const struct json *n);

/* JSON pointer under construction (RFC 6901), for messages. */
struct json_pointer {
    char text[192];
    size_t len;
};

/*
 * json_pointer_push, json_pointer_index - go down; return the length to hand to json_pointer_pop().
 */
size_t json_pointer_push(struct json_pointer *p, const char *key);
size_t json_pointer_index(struct json_pointer *p, size_t index);
void json_pointer_pop(struct json_pointer *p, size_t len);

#endif
