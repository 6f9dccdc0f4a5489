/*
 * pattern - regular expressions in the syntax of POSIX extended ones, for whole texts.
 *
 * Not the C library's: its time can grow with the square of the pattern, it allocates, and two libraries disagree about
 * what POSIX leaves open. This one takes time in proportion to pattern and text whatever they are, allocates nothing,
 * and refuses whatever is open or means something else in other dialects: empty alternatives, two repetitions in a row,
 * braces that are no repetition, back-references, a backslash before a letter, and one in a bracket expression that is not
 * written twice. Characters are Unicode's; classes like [:alpha:] hold those of ASCII. There is no case folding.
 */
#ifndef MUSTER_BASE_PATTERN_H
#define MUSTER_BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest pattern, and the longest text that one is held against, in bytes. */
#define PATTERN_MAX 512
#define PATTERN_TEXT_MAX 4096
/* Steps of a compiled pattern: about one for each character, as often as it is repeated by a number in braces. The time
 * for a text is at most this times its length: 4096 bytes take under 100 ms. */
#define PATTERN_STEPS_MAX 2048
/* Groups in groups. */
#define PATTERN_DEPTH_MAX 32
/* POSIX: RE_DUP_MAX. */
#define PATTERN_REPEAT_MAX 255
/* The shortest bracket expression is "[a]". */
#define PATTERN_SETS_MAX (PATTERN_MAX / 3 + 1)

struct pattern_step {
    uint8_t op;
    int16_t to; /* where else to go on, from here */
    uint32_t c; /* character, or index of a set */
};

struct pattern_range {
    uint32_t from, to;
};

struct pattern_set {
    uint16_t first, count; /* ranges */
    bool negated;
};

/* A compiled pattern: no pointers, nothing to free. About 20 KiB. */
struct pattern {
    size_t step_count, set_count, range_count;
    struct pattern_step steps[PATTERN_STEPS_MAX];
    struct pattern_set sets[PATTERN_SETS_MAX];
    struct pattern_range ranges[PATTERN_MAX];
};

enum pattern_op {
    PATTERN_CHARACTER,
    PATTERN_ANY,
    PATTERN_SET,
    PATTERN_SPLIT, /* go on with the next step and at `to` */
    PATTERN_JUMP,  /* go on at `to` */
    PATTERN_BEGIN,
    PATTERN_END,
};

/*
 * pattern_compile - read @text.
 *
 * @out  filled when it is a pattern.
 * @why  what is wrong with it, and at which byte, cut to @cap bytes. Quotes single characters of the pattern.
 *
 * Returns 0, or -1.
 */
int pattern_compile(const char *text, struct pattern *out, char *why, size_t cap);

/*
 * pattern_matches - whether the whole of @text is of the form that @p describes.
 *
 * @len  at most PATTERN_TEXT_MAX; for longer texts, and for what is no valid UTF-8, the answer is no.
 */
bool pattern_matches(const struct pattern *p, const char *text, size_t len);

/*
 * pattern_decode - the character at @s, which is valid UTF-8; its length is added to @at.
 */
uint32_t pattern_decode(const char *s, size_t *at);

#endif
