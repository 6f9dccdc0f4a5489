/*
 * load_text - manifests in tests, written with ' for " so that they can be read.
 */
#ifndef MUSTER_TESTS_UNIT_LOAD_TEXT_H
#define MUSTER_TESTS_UNIT_LOAD_TEXT_H

#include <check.h>
#include <string.h>

#include "init/plan/manifest.h"

#define LOAD_TEXT_MAX 8192

/* Manifests around one object. */
#define TCP "'probe':{'type':'tcp','url':'tcp://h:1'}"
#define VARIABLE(rest) "{'variables':{'A':{" rest "}}}"
#define SERVICE(rest) "{'services':{'s':{" rest "}}}"
#define PROBE(rest) SERVICE("'probe':{" rest "}")
#define STEP(rest) "{'steps':{'p':{'category':'installation','command':['true']" rest "}}}"
#define ARTIFACT(rest) STEP(",'artifacts':[{" rest "}]")
#define TEST_OF_S(rest) "{'services':{'s':{" TCP "}},'tests':{'t':{" rest "}}}"

/* @out has at least LOAD_TEXT_MAX bytes. */
static inline size_t unquote(const char *text, char *out)
{
    size_t len = strlen(text);

    ck_assert_uint_lt(len, LOAD_TEXT_MAX);
    for (size_t i = 0; i <= len; i++)
        out[i] = text[i] == '\'' ? '"' : text[i];
    return len;
}

static inline int load_text(const char *text, struct arena *a, struct manifest *out, struct problems *p)
{
    char copy[LOAD_TEXT_MAX];
    size_t len = unquote(text, copy);

    memset(p, 0, sizeof(*p));
    return manifest_load(copy, len, "test.json", NULL, a, out, p);
}

#endif
