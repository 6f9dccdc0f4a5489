/*
 * config_ere - a regular expression of the manifest (base/pattern.h) in the dialect of JSON Schema (ECMA-262 with the "u"
 * flag). Bytes in, bytes out.
 */
#ifndef MUSTER_REPORT_CONFIG_ERE_H
#define MUSTER_REPORT_CONFIG_ERE_H

#include <stdbool.h>

#include "init/base/buf.h"
#include "init/config/schema.h"

/* A class of characters is at most some five times as long as its name. */
#define CONFIG_ERE_TEXT_MAX (8 * PATTERN_MAX)

/*
 * config_ere_translate - append to @out what matches the same texts as @pattern does, which base/pattern.h takes. Anchors at
 * its ends are left out: the caller puts some around it.
 *
 * @anchored  whether an anchor is left in it, so that it cannot be a part of a larger expression.
 *
 * Returns 0, or -1 when it does not fit or is no pattern; @out then holds a part of it.
 */
int config_ere_translate(const char *pattern, struct buf *out, bool *anchored);

/*
 * config_ere_literal - append what matches just this character.
 */
void config_ere_literal(char c, struct buf *out);

#endif
