/*
 * near_name - does one name of a variable look like another, mistyped?
 *
 * Made for a thousand names against a thousand: a sketch of each name is compared first, which is a few instructions.
 */
#ifndef MUSTER_CONFIG_NEAR_NAME_H
#define MUSTER_CONFIG_NEAR_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer names are not typed by hand. */
#define NEAR_NAME_MAX 64
/* What near_name() returns for names that are not near. */
#define NEAR_NAME_NOT 3

struct sketch {
    const char *name; /* borrowed */
    uint64_t letters; /* which are in it, once and more than once; digits */
    uint32_t len;
};

/*
 * near_name_sketch - @name is borrowed. A name that is empty, longer than NEAR_NAME_MAX, or holds what no name does is near
 * nothing; its len is 0.
 */
struct sketch near_name_sketch(const char *name);

/*
 * near_name_maybe - false: they are not near, for certain. Constant time.
 */
bool near_name_maybe(const struct sketch *a, const struct sketch *b);

/*
 * near_name - how many mistakes of typing lie between two names, or NEAR_NAME_NOT.
 *
 * Damerau-Levenshtein distance (one letter more, less or other, or two neighbours swapped), whatever the case: at most 2, 1
 * when one of them has up to five letters, 0 with up to two. Names that differ in digits alone are numbered, not mistyped; and
 * names that differ in words that both are usual in names (HOST and PORT, MIN and MAX, HTTP and HTTPS) mean different things.
 */
unsigned near_name(const struct sketch *a, const struct sketch *b);

#endif
