/*
 * reader - from JSON to structs by tables.
 *
 * Every object of the manifest is described by a table of keys; reader_object() walks it and reports unknown keys (with
 * the key that was probably meant), missing keys, wrong types, broken references and broken ${NAME}s in one manner, each
 * with its JSON pointer. Fields keep what they held when their key is missing or wrong, so defaults are put there first.
 */
#ifndef MUSTER_PLAN_READER_H
#define MUSTER_PLAN_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/arena.h"
#include "init/base/json.h"
#include "init/base/name_table.h"
#include "init/base/problem.h"
#include "init/plan/manifest.h"
#include "init/plan/names.h"
#include "init/plan/variable_index.h"

/* Longest one-line text: names and descriptions are shown in one line of a terminal or a report. */
#define READER_LINE_MAX 1000

/* A variable with a mistake of its own: nothing is held against its rules. */
struct broken {
    const struct variable *variable;
    const struct broken *next;
};

/* The names of a collection, whatever their entries hold. */
struct known_names {
    const char *collection;
    const char **items;
    size_t count;
    struct name_table table;
};

#define COLLECTIONS 4

struct reader {
    struct arena *arena;
    struct problems *problems;
    struct json_pointer at;                /* where the reader is */
    const struct json *root;               /* the effective manifest: references are looked up in it */
    struct variable_index variables;       /* empty until they are read */
    struct known_names known[COLLECTIONS]; /* filled as they are asked for */
    const struct broken *broken;
    const char *collection; /* the entry being read: "services", … */
    const char *entry;      /* … and its name */
};

enum key_kind {
    KEY_LINE,     /* const char *: one line of text without control characters, not empty */
    KEY_TEXT,     /* const char *: text in which ${NAME} stands for a variable, not empty */
    KEY_BOOL,     /* bool */
    KEY_COUNT,    /* uint32_t: a whole number from 1 to key.limit */
    KEY_DURATION, /* uint64_t, µs: "30s", at most key.limit µs */
    KEY_WORD,     /* an enum: one of key.words */
    KEY_REFS,     /* struct strings: names of entries of key.collection, none twice */
    KEY_COMMAND,  /* struct strings: an argument array with ${NAME}, not empty; no secrets */
    KEY_OWN,      /* key.read does it */
};

struct key {
    const char *name;
    enum key_kind kind;
    bool required;
    size_t offset; /* of the field in the struct */
    uint64_t limit;
    bool zero;                 /* KEY_DURATION: "0s" is allowed and means none */
    const struct names *words; /* KEY_WORD */
    const char *collection;    /* KEY_REFS */
    void (*read)(struct reader *r, const struct json *n, void *field);
};

/* An object with more keys would need a page of its own in the manual. */
#define READER_KEYS_MAX 48

/* The keys of one kind of object; at most READER_KEYS_MAX, which tests check. */
struct key_table {
    const char *noun; /* "a service": for messages */
    const struct key *keys;
    size_t count;
};

/* Entries of one collection of the manifest. */
struct collection {
    const char *name; /* "services" */
    const char *noun; /* "service" */
    size_t size;      /* of one entry */
    bool (*name_is_valid)(const char *name);
    const char *name_rule; /* what a valid name looks like */
    void (*read)(struct reader *r, const struct json *n, const char *name, void *entry);
};

/*
 * reader_fault - report an error at the current place. Returns the entry for problem_hint(), or NULL.
 */
struct problem *reader_fault(struct reader *r, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * reader_expect - is @n of type @t? If not, "type" is reported: "expected a string, found a number".
 */
bool reader_expect(struct reader *r, const struct json *n, enum json_type t);

/*
 * reader_is_broken - has this variable a mistake of its own?
 */
bool reader_is_broken(const struct reader *r, const struct variable *v);

/*
 * reader_object - read an object into @target by its table.
 */
void reader_object(struct reader *r, const struct json *n, const struct key_table *table, void *target);

/*
 * reader_collection - read an object of named entries. NULL and anything that is no object give no entries.
 *
 * Returns the array (in the arena) and fills @count; entries that are wrong are there too, with what could be read.
 */
void *reader_collection(struct reader *r, const struct json *n, const struct collection *c, size_t *count);

/*
 * reader_line, reader_text - one KEY_LINE or KEY_TEXT. NULL when it is wrong.
 */
const char *reader_line(struct reader *r, const struct json *n);
const char *reader_text(struct reader *r, const struct json *n);

/*
 * reader_scalar - a value as it could stand in the environment, written as a string or, for comfort, as a number, true or
 * false. NULL when it is something else.
 */
const char *reader_scalar(struct reader *r, const struct json *n);

/*
 * reader_array - is @n an array of at most @max elements? If not, "type" or "limit" is reported.
 */
bool reader_array(struct reader *r, const struct json *n, size_t max);

/*
 * reader_needs_command - report @key of @n ("value") when it is there and nothing is run that it could mean.
 */
void reader_needs_command(struct reader *r, const struct json *n, const char *key, bool runs);

/*
 * reader_list - an array, each element by @element (NULL = leave it out). At most @max elements.
 *
 * Returns whether @n is an array within the limit; @out is filled then.
 */
bool reader_list(struct reader *r, const struct json *n, size_t max,
                 const char *(*element)(struct reader *r, const struct json *n), struct strings *out);

/*
 * reader_word - one word of a closed list: index, or -1 after "enum" was reported.
 */
int reader_word(struct reader *r, const struct json *n, const struct names *words);

/*
 * reader_choice - likewise, of a word that is a string already.
 */
int reader_choice(struct reader *r, const char *word, const struct names *words);

#endif
