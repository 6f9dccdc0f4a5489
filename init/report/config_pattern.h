/*
 * config_pattern - the form of a value as a regular expression of JSON Schema. It matches every value that value_check()
 * accepts, and as few others as can be expressed.
 */
#ifndef MUSTER_REPORT_CONFIG_PATTERN_H
#define MUSTER_REPORT_CONFIG_PATTERN_H

#include <stdbool.h>

#include "init/base/buf.h"
#include "init/config/schema.h"

/* A URL with a range of ports and of databases, and some schemes in letters of both cases; or a list of words. */
#define CONFIG_PATTERN_MAX ((size_t)64 << 10)

/*
 * config_pattern_type - what the type says, with bounds and schemes but without the variable's own words and pattern, except
 * for a list, where they are of its items. Without anchors around it. Appended to @out.
 *
 * Returns false when the type says nothing that can be put so, or it does not fit: @out is not to be used then.
 */
bool config_pattern_type(const struct variable *v, struct buf *out);

#endif
