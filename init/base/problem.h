/*
 * problem - a list of mistakes in what the user wrote, so that all of them are told at once.
 *
 * Used for the manifest (where = JSON pointer) and for the configuration (where = variable name). Not an error of the
 * program: functions that fill a list return normally and the caller counts.
 */
#ifndef MUSTER_BASE_PROBLEM_H
#define MUSTER_BASE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

/* Nobody reads a hundredth mistake; more are counted, not kept. An error takes the place of a warning then. */
#define PROBLEMS_MAX 100

struct problem {
    bool warning;
    char rule[32];   /* stable code: "uri.scheme", "ref.unknown", "graph.cycle" */
    char where[192]; /* variable name or JSON pointer */
    char text[320];  /* what is wrong; one line; no secret */
    char hint[192];  /* what to do; may be empty */
    /* Of a value, for programs (--format json) and `config explain`; each may be empty. */
    char source[128];   /* where the value came from: "environment", ".env:12", "file /run/secrets/db" */
    char found[64];     /* what it is, cut; never of a secret, and of a URL only what is no secret */
    char accepted[192]; /* what would be accepted */
};

struct problems {
    size_t errors;   /* counted, also beyond what is kept */
    size_t warnings; /* likewise */
    size_t count;    /* kept in items */
    struct problem items[PROBLEMS_MAX];
};

/*
 * problem_add - append an error. @where is copied. Text is made printable and cut to fit.
 *
 * Returns the entry so that a hint can be added with problem_hint(), good until the next one is added; NULL when the list is
 * full.
 */
struct problem *problem_add(struct problems *p, const char *rule, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * problem_warn - likewise, a warning.
 */
struct problem *problem_warn(struct problems *p, const char *rule, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * problem_hint - add what to do. @item may be NULL (list full).
 */
void problem_hint(struct problem *item, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * problem_source, problem_found, problem_accepted - add one of the three. @item may be NULL; text is made printable and cut.
 */
void problem_source(struct problem *item, const char *text);
void problem_found(struct problem *item, const char *text);
void problem_accepted(struct problem *item, const char *text);

/*
 * problems_promote - turn warnings into errors (--strict).
 */
void problems_promote(struct problems *p);

#endif
