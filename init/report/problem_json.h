/*
 * problem_json - mistakes for programs.
 */
#ifndef MUSTER_REPORT_PROBLEM_JSON_H
#define MUSTER_REPORT_PROBLEM_JSON_H

#include <stdbool.h>

#include "init/base/jsonw.h"
#include "init/base/problem.h"

/*
 * problem_json - the errors of @p, or its warnings, as an array of objects: rule, where, text, source, found, accepted and
 * hint; null for what is not known.
 *
 * @where  only those of that place; NULL = all.
 */
void problem_json(struct jsonw *w, const char *key, const struct problems *p, bool warnings, const char *where);

#endif
