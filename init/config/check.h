/*
 * check - one value held against its type: what the check_*.c share. Only they and types.c include this.
 */
#ifndef MUSTER_CONFIG_CHECK_H
#define MUSTER_CONFIG_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/buf.h"
#include "init/base/pattern.h"
#include "init/config/schema.h"

/* Longer quotations do not help to find the mistake. */
#define CHECK_QUOTE_MAX 40
/* Room for check_quote(). */
#define CHECK_QUOTE_ROOM (CHECK_QUOTE_MAX + 24)

struct type_row;

/* One value under check. */
struct check {
    const struct variable *variable; /* for an item of a list: of the item */
    const struct variable *declared; /* as the manifest has it */
    const struct type_row *row;
    const char *where; /* the place in the list of problems */
    const char *name;  /* in sentences: "PORTS", "item 2 of PORTS" */
    size_t item;       /* of a list, from 1; 0 = this is no item */
    const char *value;
    const struct pattern *pattern; /* compiled already, or NULL */
    struct problems *problems;     /* NULL: only the verdict is wanted */
    bool broken;
};

/* What there is to know about a type. */
struct type_row {
    const char *name;
    const char *help;
    const char *example;
    void (*check)(struct check *c);                              /* the first broken rule is told */
    void (*accepted)(const struct variable *v, struct buf *out); /* in one line, with the bounds of @v */
    int (*bound)(const char *text, int64_t *out);                /* NULL: there are no bounds as a whole number */
    const char *const *schemes;                                  /* of a URL, NULL-terminated; NULL = any */
    const char *scheme_rule;                                     /* of a URL: when the scheme is another */
    bool tells_empty;                                            /* the check has a rule of its own for it */
};

/*
 * type_row - the row of a type.
 */
const struct type_row *type_row(enum value_type t);

/*
 * check_run - empty, type, words, pattern: the first broken rule is told.
 */
void check_run(struct check *c);

/*
 * check_broken - tell a broken rule, with what was found and what is accepted.
 *
 * Returns the entry, for problem_hint(); NULL when the list is full or not wanted.
 */
struct problem *check_broken(struct check *c, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * check_may_quote - whether the value is no secret and, as far as can be seen, holds none.
 */
bool check_may_quote(const struct check *c);

/*
 * check_quote - ", found "abc"", cut; nothing for what may not be quoted. Returns @out.
 */
const char *check_quote(const struct check *c, char out[CHECK_QUOTE_ROOM]);

/*
 * check_example - the example of the manifest, else one of the type that fits the schemes asked for; for hints.
 */
const char *check_example(const struct check *c, char *out, size_t cap);

/*
 * check_words - the value has to be one of @words, else @rule is broken.
 */
void check_words(struct check *c, const char *rule, const char *const *words, size_t count);

/*
 * check_length - @length, counted in @what ("byte", "item"), against min and max of the variable: rule "length".
 */
void check_length(struct check *c, size_t length, const char *what);

/*
 * accepted_length - " of 8 to 64 bytes", " of at least 8 bytes", or nothing.
 */
void accepted_length(const struct variable *v, const char *what, struct buf *out);

/*
 * check_is_decimal - a whole number in plain decimal that is not 0, whether or not it fits into 64 bits.
 */
bool check_is_decimal(const char *s);

/* The checks of the types, and what they accept. */
void check_string(struct check *c);
void check_secret(struct check *c);
void check_json(struct check *c);
void check_base64(struct check *c);
void check_email(struct check *c);
void check_regex(struct check *c);
void check_bool(struct check *c);
void check_enum(struct check *c);
void check_int(struct check *c);
void check_number(struct check *c);
void check_port(struct check *c);
void check_duration(struct check *c);
void check_size(struct check *c);
void check_path(struct check *c);
void check_list(struct check *c);
void check_hostport(struct check *c);
void check_uri(struct check *c);
void check_web_url(struct check *c);
void check_redis_url(struct check *c);

void accept_string(const struct variable *v, struct buf *out);
void accept_secret(const struct variable *v, struct buf *out);
void accept_json(const struct variable *v, struct buf *out);
void accept_base64(const struct variable *v, struct buf *out);
void accept_email(const struct variable *v, struct buf *out);
void accept_regex(const struct variable *v, struct buf *out);
void accept_bool(const struct variable *v, struct buf *out);
void accept_enum(const struct variable *v, struct buf *out);
void accept_int(const struct variable *v, struct buf *out);
void accept_number(const struct variable *v, struct buf *out);
void accept_port(const struct variable *v, struct buf *out);
void accept_duration(const struct variable *v, struct buf *out);
void accept_size(const struct variable *v, struct buf *out);
void accept_path(const struct variable *v, struct buf *out);
void accept_list(const struct variable *v, struct buf *out);
void accept_hostport(const struct variable *v, struct buf *out);
void accept_url(const struct variable *v, struct buf *out);
void accept_redis_url(const struct variable *v, struct buf *out);

#endif
