/*
 * match - what an answer has to say. Bytes in, yes or the reason why not out; no I/O.
 *
 * A match is JSON: an object with any of the keys below, all of which have to hold, or a string, which is short for "contains".
 *
 *   {"contains": "TEXT",                 the bytes of TEXT are in it
 *    "regex": "PATTERN",                 a pattern (pattern.h) is found in one of its lines; ^ and $ are the ends of a line
 *    "json": {"/POINTER": value, ...}}   it is JSON, and what each pointer (RFC 6901) leads to equals the value: strings, numbers,
 *                                        true, false and null; arrays in their order, objects in any
 *
 * Of a line, the first PATTERN_TEXT_MAX bytes count, up to the first that is no UTF-8; a carriage return at its end does not.
 */
#ifndef MUSTER_BASE_MATCH_H
#define MUSTER_BASE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/buf.h"
#include "init/base/json.h"
#include "init/base/pattern.h"
#include "init/base/problem.h"

/* The longest match, written as JSON without blanks: it has to fit into a request to the prober. */
#define MATCH_JSON_MAX 2047
/* Pointers of one match. */
#define MATCH_POINTERS_MAX 32
/* What is looked at: readiness is told in a few lines, not in megabytes. */
#define MATCH_TEXT_MAX ((size_t)64 << 10)
/* The longest pattern to be searched for: what makes a search of a match takes six bytes of PATTERN_MAX. */
#define MATCH_REGEX_MAX (PATTERN_MAX - 6)

/*
 * match_check - is this a match? For the time of loading a manifest.
 *
 * @n      borrowed.
 * @where  JSON pointer of @n, for messages.
 * @p      every mistake: type, key.unknown (with the key that was probably meant), required (no key at all), value (empty
 *         text, no pointer), pattern, limit.
 *
 * Returns whether there is none.
 */
bool match_check(const struct json *n, const char *where, struct problems *p);

/*
 * match_compile_search - compile a pattern so that pattern_matches() tells whether it is found anywhere in a text.
 *
 * @why  what is wrong with it, cut to @cap bytes.
 *
 * Returns 0, or -1.
 */
int match_compile_search(const char *regex, struct pattern *out, char *why, size_t cap);

/*
 * match_test - hold bytes against a match.
 *
 * @match_json  that match_check() has passed; borrowed.
 * @what        what the bytes are, as the subject of a sentence: "the body".
 * @bytes       at most MATCH_TEXT_MAX; what comes behind is not looked at.
 * @why         when they do not hold: a sentence is added that quotes what is expected, and at most 80 bytes of a single value
 *              of @bytes, both made printable: "the body does not contain "ok"", "/status of the body is "starting", expected
 *              "up"".
 *
 * Returns whether all holds. Allocates while it runs, below 8 MiB whatever @bytes are; without memory the answer is no.
 */
bool match_test(const char *match_json, const char *what, const char *bytes, size_t len, struct buf *why);

/*
 * match_test_node - likewise, of a match that has been parsed.
 */
bool match_test_node(const struct json *match, const char *what, const char *bytes, size_t len, struct buf *why);

#endif
