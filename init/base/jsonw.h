/*
 * jsonw - write JSON into a bounded buffer. Allocates nothing, so PID 1 can publish its status at any time.
 *
 * Every string is made valid: invalid UTF-8 becomes U+FFFD, control characters are escaped. @key is NULL inside arrays
 * and at the top. A NULL string is written as null. After the last end, out->overflow tells whether it fitted.
 */
#ifndef MUSTER_BASE_JSONW_H
#define MUSTER_BASE_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/buf.h"

struct jsonw {
    struct buf *out; /* borrowed */
    bool comma;
    int depth;
    bool pretty; /* two-space indentation, else one line */
};

void jsonw_init(struct jsonw *w, struct buf *out, bool pretty);
void jsonw_object(struct jsonw *w, const char *key);
void jsonw_object_end(struct jsonw *w);
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_array_end(struct jsonw *w);
void jsonw_string(struct jsonw *w, const char *key, const char *value);
void jsonw_bytes(struct jsonw *w, const char *key, const char *bytes, size_t len);
void jsonw_int(struct jsonw *w, const char *key, int64_t value);
void jsonw_uint(struct jsonw *w, const char *key, uint64_t value);
void jsonw_bool(struct jsonw *w, const char *key, bool value);
void jsonw_null(struct jsonw *w, const char *key);

/*
 * jsonw_number - a double with the fewest digits that read back as the same value; whole numbers up to 2^53 as integers.
 * Infinities and not-a-number, which JSON cannot express, become null.
 */
void jsonw_number(struct jsonw *w, const char *key, double value);

/*
 * jsonw_ms - microseconds as milliseconds with three decimals: 1234567 -> 1234.567.
 */
void jsonw_ms(struct jsonw *w, const char *key, uint64_t us);

#endif
