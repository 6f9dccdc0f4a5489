/*
 * value_case - a value, and what value_check() has to say about it.
 */
#ifndef MUSTER_TESTS_UNIT_VALUE_CASE_H
#define MUSTER_TESTS_UNIT_VALUE_CASE_H

#include "init/config/schema.h"

struct value_case {
    const struct variable *variable;
    const char *value;
    const char *rule;     /* NULL = accepted */
    const char *says;     /* in the text or the hint; NULL = whatever */
    const char *found;    /* exactly, "" for none; NULL = whatever */
    const char *accepted; /* likewise */
};

/*
 * value_case_run - check, and fail the test when the outcome is another. One problem at most, told completely.
 */
void value_case_run(const struct value_case *wanted);

/*
 * value_case_text - what value_accepted() says of @v, in a buffer that the next call writes over.
 */
const char *value_case_text(const struct variable *v);

#endif
