/*
 * text - questions about strings: UTF-8, names, near misses, durations.
 */
#ifndef MUSTER_BASE_TEXT_H
#define MUSTER_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * text_utf8_span - length of the longest valid UTF-8 prefix of @s (RFC 3629: no overlong forms, no surrogates).
 */
size_t text_utf8_span(const char *s, size_t len);

/*
 * text_printable - copy @s into @out with control characters and invalid UTF-8 shown as '?', cut at a character
 * boundary to fit @cap (with the NUL). Returns the length written.
 */
size_t text_printable(const char *s, size_t len, char *out, size_t cap);

/*
 * text_is_variable_name - [A-Za-z_][A-Za-z0-9_]*, at most 256 bytes.
 */
bool text_is_variable_name(const char *s);

/*
 * text_is_service_name - ^[a-z][a-z0-9_-]{0,62}$ (ServiceStatus.service_name).
 */
bool text_is_service_name(const char *s);

/*
 * text_is_step_id - ^[a-z0-9][a-z0-9._-]{0,63}$ without ".." (SetupProgress.step_id, TestExecution.test_name).
 */
bool text_is_step_id(const char *s);

/*
 * text_nearest - the candidate a person probably meant, or NULL.
 *
 * @get  returns candidate i of @count (borrowed) for @ctx.
 *
 * Damerau-Levenshtein distance, case-insensitive, at most 2 (1 for words of up to 5 bytes); the nearest wins, then the
 * first. Words over 64 bytes have no near miss.
 */
const char *text_nearest(const char *word, const char *(*get)(const void *ctx, size_t i), const void *ctx,
                         size_t count);

/*
 * text_parse_int - strict decimal: 0|-?[1-9][0-9]*, no blanks, no '+', no leading zeros, no "-0", in int64 range.
 *
 * Returns 0 and fills @out, or -1.
 */
int text_parse_int(const char *s, int64_t *out);

/*
 * text_parse_duration - "250ms", "5s", "2m", "1h": a whole number and a mandatory unit, at most 24 h.
 *
 * Returns 0 and fills @us (microseconds), or -1.
 */
int text_parse_duration(const char *s, uint64_t *us);

#endif
