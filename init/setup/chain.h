/*
 * chain - how the lines of a journal hold on to each other.
 *
 * The last member of a line is "check": the first half of the SHA-256, in hex, over the check sum of the line before (32 digits;
 * of nothing: zeros) and this line's bytes up to the comma before that member. A line that is changed, moved or left out shows.
 * It finds damage and mistakes: whoever wants to can compute it anew.
 */
#ifndef MUSTER_SETUP_CHAIN_H
#define MUSTER_SETUP_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

/* 128 bits: an accident does not hit them, and the line stays short. */
#define CHAIN_DIGITS 32
#define CHAIN_TEXT_MAX (CHAIN_DIGITS + 1)

/*
 * chain_start - the check sum before the first line.
 */
void chain_start(char out[CHAIN_TEXT_MAX]);

/*
 * chain_check - the check sum of a line.
 *
 * @before       of the line before.
 * @line, @len   up to the comma before "check"; borrowed.
 * @out          filled; may be @before.
 */
void chain_check(const char before[CHAIN_TEXT_MAX], const char *line, size_t len, char out[CHAIN_TEXT_MAX]);

/*
 * chain_holds - whether a whole line, without its newline, ends with the right check sum. Fills @out with it.
 */
bool chain_holds(const char before[CHAIN_TEXT_MAX], const char *line, size_t len, char out[CHAIN_TEXT_MAX]);

/*
 * chain_span - how long the line at @bytes is that has the right check sum, whatever stands behind it; 0 = there is none.
 */
size_t chain_span(const char before[CHAIN_TEXT_MAX], const char *bytes, size_t len);

#endif
