/*
 * problem_json - mistakes for programs.
 */
#ifndef MUSTER_REPORT_PROBLEM_JSON_H
#define MUSTER_REPORT_PROBLEM_JSON_H

#include <stdbool.h>

#include "init/base/jsonw.h"
#include "init/base/problem.h"

/*
 * problem_json_item - one as an object: rule, where, text, source, found, accepted and hint; null for what is not known.
 */
void problem_json_item(struct jsonw *w, const struct problem *item);

/*
 * problem_json - the errors of @p, or its warnings, as an array.
 */
void problem_json(struct jsonw *w, const char *key, const struct problems *p, bool warnings);

#endif
