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

/* A unit of something, and how many of the smallest one it is. */
struct text_unit {
    const char *name;
    int64_t worth;
};

/* Why a text is not taken for a quantity. */
enum text_fault {
    TEXT_OK = 0,
    TEXT_FORMAT = -1,
    TEXT_RANGE = -2, /* of the right form, but more than 63 bits hold */
};

/* Units of text_parse_quantity(), the smallest first, and their number. */
extern const struct text_unit text_size_units[]; /* in bytes: B KB KiB MB MiB GB GiB TB TiB */
extern const struct text_unit text_time_units[]; /* in microseconds: ms s m h d */
#define TEXT_SIZE_UNITS 9
#define TEXT_TIME_UNITS 5

/*
 * text_parse_quantity - a whole number in plain decimal, without leading zeros, and right behind it one of @count @units,
 * mandatory and with its case: "64KiB".
 *
 * Returns TEXT_OK and fills @out, or a fault.
 */
enum text_fault text_parse_quantity(const char *s, const struct text_unit *units, size_t count, int64_t *out);

/*
 * text_parse_size - "64KiB" to bytes. text_parse_time - "250ms" or "7d" to microseconds; for values of any length, while
 * text_parse_duration() is for what muster itself waits for.
 */
enum text_fault text_parse_size(const char *s, int64_t *bytes);
enum text_fault text_parse_time(const char *s, int64_t *us);

/*
 * text_quantity - the reverse: @n in the largest unit that leaves no fraction: 65536 is "64KiB", 90 s are "90s". What is no
 * whole number of the smallest unit is cut.
 *
 * @n  not negative.
 */
void text_quantity(int64_t n, const struct text_unit *units, size_t count, char *out, size_t cap);

#endif
