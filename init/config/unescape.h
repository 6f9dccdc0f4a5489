/*
 * unescape - what one place of an escaped text stands for. Bytes in, bytes out.
 */
#ifndef MUSTER_CONFIG_UNESCAPE_H
#define MUSTER_CONFIG_UNESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* How a text may have been escaped. */
enum escape {
    ESCAPE_NONE,
    ESCAPE_PERCENT,   /* %2F, RFC 3986 */
    ESCAPE_FORM,      /* likewise, and '+' for a blank: application/x-www-form-urlencoded */
    ESCAPE_BACKSLASH, /* JSON, RFC 8259, and what C, Python and shells have besides: \x2f, \', "\ " */
    ESCAPE_KINDS,
};

/* The longest character of UTF-8. */
#define UNESCAPED_MAX 4

struct unescaped {
    char bytes[UNESCAPED_MAX];
    unsigned count;  /* of them, at least one */
    unsigned length; /* in the text; 0 = the text ends within an escape */
};

/*
 * unescape_mark - may an escape begin with it?
 */
static inline bool unescape_mark(char c)
{
    return c == '%' || c == '\\' || c == '+';
}

/*
 * unescape - read one character at the beginning of @text.
 *
 * @len   at least 1.
 * @more  the text goes on behind @len: an escape that is cut short is not known yet. Otherwise it is what it looks like.
 *
 * What is no escape stands for itself; a surrogate pair is one character, a lone half of one (U+DC80 to U+DCFF) a byte, as
 * Python writes what is not UTF-8.
 */
struct unescaped unescape(enum escape e, const char *text, size_t len, bool more);

#endif
