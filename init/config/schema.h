/*
 * schema - what a variable may hold, as data. The manifest fills these; types.c has one table row per type.
 */
#ifndef MUSTER_CONFIG_SCHEMA_H
#define MUSTER_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/problem.h"

enum value_type {
    VALUE_STRING,
    VALUE_SECRET,
    VALUE_INT,
    VALUE_BOOL, /* true/false, yes/no, on/off, 1/0; exactly so */
    VALUE_PORT,
    VALUE_ENUM,
    VALUE_URI,
    VALUE_HTTP_URL,
    VALUE_WS_URL,
    VALUE_REDIS_URL,
    VALUE_TYPE_COUNT,
};

/* One declared variable. Everything is borrowed from the arena that the manifest was loaded into. */
struct variable {
    const char *name;  /* REDIS_URL */
    const char *field; /* redis_url: the data model's field, or NULL for a user's own variable */
    const char *description;
    enum value_type type;
    bool required;
    bool secret; /* never shown; always true for VALUE_SECRET */
    bool empty_is_unset;
    bool allow_userinfo;        /* http-url, ws-url: user and password in the URL are accepted (and masked) */
    const char *default_value;  /* or NULL */
    const char *const *aliases; /* other names, the first wins over `name` itself: see resolve.h */
    size_t alias_count;
    bool has_min, has_max; /* VALUE_INT, VALUE_PORT; VALUE_REDIS_URL: of the database in the URL, else 0 to 15 */
    int64_t min, max;
    const char *const *choices; /* VALUE_ENUM */
    size_t choice_count;
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
 * value_check - hold @value against the rules of @v.
 *
 * @where  shown as the place: the name of the variable (or alias) it came from.
 * @p      the first broken rule is added, with a hint. Never quotes the value of a secret or any part of a URL but its
 *         scheme.
 *
 * Rules: ConfigurationProfile, cases CFG-03 to CFG-07: rule codes required.missing (resolve.c), uri.syntax, uri.scheme,
 * uri.host, uri.port, url.scheme, url.userinfo, int.format, int.range, secret.empty, secret.whitespace, value.empty,
 * enum, bool, port. An empty value is int.format for an int (CFG-04), secret.empty for a secret, value.empty for the
 * rest.
 */
void value_check(const struct variable *v, const char *where, const char *value, struct problems *p);

#endif
