/*
 * json_token - the words of a JSON text: blanks, comments, strings, numbers. Only json_scan.c uses it.
 */
#ifndef MUSTER_BASE_JSON_TOKEN_H
#define MUSTER_BASE_JSON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/json.h"
#include "init/base/problem.h"

/* cJSON reads numbers through a buffer of 64 bytes and cuts longer ones silently. */
#define JSON_NUMBER_MAX 60

/* Of the hash table in which names are looked up: twice as many as there can be members. */
#define JSON_SLOTS (2 * JSON_MEMBERS_MAX)
_Static_assert((JSON_SLOTS & (JSON_SLOTS - 1)) == 0 && JSON_SLOTS - 1 <= UINT16_MAX,
               "slots are masked, and have 16 bits");

/* A member of an object that is still open. */
struct json_member {
    uint32_t name; /* offset of the decoded name in json_scanner.names */
    uint32_t name_len;
    uint32_t at; /* offset of the opening quote in json_scanner.text */
};

struct json_scanner {
    char *text;
    size_t len;
    size_t at;
    int depth;
    bool comments;
    bool stopped; /* the structure is lost: whatever follows would only be noise */
    struct problems *problems;
    size_t errors_before;
    struct json_pointer pointer;
    char *names; /* decoded names of all open objects: never longer than the text */
    size_t names_len;
    struct json_member *members;
    size_t member_count;
    uint16_t
        *slots; /* member of the object that ends + 1; all free in between. NULL until an object has many members */
    uint16_t *taken; /* slot of each of its members */
};

/*
 * token_peek - the byte at the current place, or -1 at the end.
 */
int token_peek(const struct json_scanner *s);

/*
 * token_place - an offset as "line:column", both from 1, columns in characters.
 */
void token_place(const struct json_scanner *s, size_t offset, char *out, size_t cap);

/*
 * token_complain - report a mistake at @offset and go on; after PROBLEMS_MAX of them, stop instead.
 *
 * Returns the entry, for problem_hint(); may be NULL.
 */
struct problem *token_complain(struct json_scanner *s, const char *rule, size_t offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * token_lose - report that @expected is not what stands at the current place, and stop.
 */
void token_lose(struct json_scanner *s, const char *expected, const char *hint);

/*
 * token_skip_blanks - to the next token; comments are overwritten with blanks.
 */
void token_skip_blanks(struct json_scanner *s);

/*
 * token_string - over a string; the current place is its opening quote.
 *
 * @wanted  whether the decoded text is appended to the names.
 */
void token_string(struct json_scanner *s, bool wanted);

/*
 * token_number, token_word - over a number; over true, false or null.
 */
void token_number(struct json_scanner *s);
void token_word(struct json_scanner *s);

#endif
