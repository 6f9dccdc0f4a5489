/*
 * schema - what a variable may hold, as data. The manifest fills these; types.c has one table row per type.
 */
#ifndef MUSTER_CONFIG_SCHEMA_H
#define MUSTER_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/pattern.h"
#include "init/base/problem.h"
#include "init/config/condition.h"

enum value_type {
    VALUE_STRING,
    VALUE_SECRET,
    VALUE_INT,
    VALUE_NUMBER, /* decimal, with a fraction and an exponent if need be: RFC 8259 */
    VALUE_BOOL,   /* true/false, yes/no, on/off, 1/0; exactly so */
    VALUE_PORT,
    VALUE_ENUM,
    VALUE_DURATION, /* a number and a unit: 250ms, 5s, 2m, 1h */
    VALUE_SIZE,     /* bytes: a number and a unit: 512B, 64KiB, 10MB */
    VALUE_PATH,     /* absolute */
    VALUE_REGEX,    /* the value is a regular expression, POSIX extended */
    VALUE_JSON,
    VALUE_BASE64,
    VALUE_EMAIL,
    VALUE_LIST, /* items of one type, with a separator */
    VALUE_HOSTPORT,
    VALUE_URI,
    VALUE_HTTP_URL,
    VALUE_WS_URL,
    VALUE_REDIS_URL,
    VALUE_TYPE_COUNT,
};

/* What a path must be besides absolute, as bits. */
enum path_rule {
    PATH_EXISTS = 1,
    PATH_FILE = 2, /* a regular file; this and what follows imply that it exists */
    PATH_DIRECTORY = 4,
    PATH_READABLE = 8, /* by the user that muster runs as, access(2) */
    PATH_WRITABLE = 16,
    PATH_EXECUTABLE = 32,
};

/* How children get a value. */
enum delivery {
    DELIVER_AS_IT_CAME, /* NAME=value; what came by NAME_FILE stays NAME_FILE */
    DELIVER_ENV,        /* NAME=value, wherever it came from */
    DELIVER_FILE,       /* NAME_FILE names a descriptor to read it from */
    DELIVER_NONE,       /* not at all: muster alone uses it */
};

/* Another name of a variable. */
struct alias {
    const char *name;
    const char *deprecated; /* what to tell who uses it, or NULL */
};

/* What is different in one environment: local, docker, cloud. */
struct variable_override {
    const char *environment;
    const char *default_value; /* or NULL: as elsewhere */
    bool has_required;
    bool required;
};

/* One declared variable. Everything is borrowed from the arena that the manifest was loaded into. */
struct variable {
    const char *name;  /* REDIS_URL */
    const char *field; /* redis_url: the data model's field, or NULL for a user's own variable */
    const char *description;
    const char *example; /* for documentation, instead of the type's own; or NULL */
    enum value_type type;
    bool required;
    bool secret; /* never shown; always true for VALUE_SECRET */
    bool empty_is_unset;
    bool no_file;        /* NAME_FILE means something else: not looked at */
    bool allow_userinfo; /* http-url, ws-url: user and password in the URL are accepted (and masked) */
    enum delivery delivery;
    const char *deprecated;      /* what to tell who sets it, or NULL */
    const char *default_value;   /* may hold ${OTHER}; or NULL */
    const struct alias *aliases; /* other names, the first wins over `name` itself: see resolve.h */
    size_t alias_count;
    const struct variable_override *overrides;
    size_t override_count;
    const struct condition *required_when; /* required also if this holds; or NULL */
    const struct condition *only_when;     /* means something only if this holds; or NULL = always */
    bool has_min, has_max; /* int, port, redis-url: of the database in the URL, else 0 to 15; duration: µs; size: bytes;
                              list: items; string, secret: length in bytes; base64: of what it decodes to */
    int64_t min, max;
    double number_min, number_max; /* VALUE_NUMBER, with has_min and has_max */
    const char *const *choices;    /* VALUE_ENUM; list: of its items */
    size_t choice_count;
    const char *const *schemes; /* URLs: only these, fewer than the type's own; lower case */
    size_t scheme_count;
    const char *pattern;       /* base/pattern.h, for the whole value; checked when the manifest is read; or NULL */
    unsigned path_rules;       /* bits of enum path_rule */
    char separator;            /* VALUE_LIST; ',' unless the manifest says otherwise */
    enum value_type item_type; /* VALUE_LIST; no list, json, secret */
};

/*
 * value_type_name - "redis-url"; value_type_from_name - the reverse, -1 when there is none.
 */
const char *value_type_name(enum value_type t);
int value_type_from_name(const char *name);

/*
 * value_type_help - one line for documentation: what is accepted.
 */
const char *value_type_help(enum value_type t);

/*
 * value_type_example - a value of that type, for hints and .env.example: "redis://cache:6379/0".
 */
const char *value_type_example(enum value_type t);

/*
 * value_type_is_url - uri, http-url, ws-url, redis-url: the value may have a password in it.
 */
bool value_type_is_url(enum value_type t);

/*
 * value_accepted - what is accepted for @v in one line, with its own bounds, words and schemes: "a whole number from 0 to
 * 15". Written to @out of @cap bytes, cut at its end.
 */
void value_accepted(const struct variable *v, char *out, size_t cap);

/*
 * value_type_schemes - the schemes of http-url, ws-url and redis-url, NULL-terminated; NULL for the rest, uri too.
 */
const char *const *value_type_schemes(enum value_type t);

/*
 * value_example - a value that @v accepts, for hints, .env.example and documentation: the manifest's example, the first
 * word of an enum, else the type's own if it is within the rules of @v.
 *
 * Returns it (borrowed), or NULL when there is none. Does not look at the file system.
 */
const char *value_example(const struct variable *v);

/*
 * value_pattern_fault - why @pattern is no regular expression that can be used (base/pattern.h), or NULL when it is one.
 *
 * @out  room for the answer; 160 bytes are enough. It may quote a character of the pattern.
 */
const char *value_pattern_fault(const char *pattern, char *out, size_t cap);

/*
 * value_bound - text of a bound of type @t ("30s", "64KiB", "12") to the number in @out.
 *
 * Returns 0, or -1: not of that form, or @t has no bounds that are whole numbers (number has other ones).
 */
int value_bound(enum value_type t, const char *text, int64_t *out);

/*
 * value_check - hold @value against the rules of @v.
 *
 * @where  shown as the place: the name of the variable (or alias) it came from.
 * @p      the first broken rule is added, with a hint, what was found and what is accepted. Never quotes
 *         the value of a secret or any part of a URL but its scheme. Whoever put a secret into the value of a variable
 *         that is none passes a copy of it with `secret` set.
 *
 * Rules: ConfigurationProfile, cases CFG-03 to CFG-07: rule codes required.missing (resolve.c), uri.syntax, uri.scheme,
 * uri.host, uri.port, url.scheme, url.userinfo, int.format, int.range, secret.empty, secret.whitespace, value.empty,
 * enum, bool, port, number.format, number.range, duration.format, duration.range, size.format, size.range, path.relative,
 * path.syntax (control characters, too long), path.missing, path.kind, path.access, regex, json, base64, email, list.items
 * (an empty one, blanks around one, too many; what else is wrong with an item has the rule of its type), length, hostport,
 * pattern. An empty value is int.format for an int (CFG-04), secret.empty for a secret, value.empty for the rest. path
 * rules look at the file system, as the user that muster runs as; nothing else does I/O. json and list allocate while they
 * work.
 */
void value_check(const struct variable *v, const char *where, const char *value, struct problems *p);

#endif
