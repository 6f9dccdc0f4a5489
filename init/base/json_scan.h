/*
 * json_scan - decides whether a text is strict JSON, before cJSON sees it, and says what is wrong and where.
 */
#ifndef MUSTER_BASE_JSON_SCAN_H
#define MUSTER_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/problem.h"

/*
 * json_scan - check @text against RFC 8259 and the limits of json.h; comments are overwritten with blanks in place.
 *
 * @comments  whether comments (and a byte order mark) are allowed.
 * @p         filled as json_parse() promises. Goes on after mistakes inside a value, a missing or a surplus comma; stops at
 *            the first place where the structure is lost.
 *
 * Returns 0 when the text is strict JSON, else -1. Recursion is bounded by JSON_DEPTH_MAX. Allocates while it works.
 */
int json_scan(char *text, size_t len, bool comments, struct problems *p);

#endif
