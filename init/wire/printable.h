/*
 * printable - texts that come over a channel: terminated, and fit to be shown.
 */
#ifndef MUSTER_WIRE_PRINTABLE_H
#define MUSTER_WIRE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "init/base/text.h"
#include "init/wire/messages.h"

/*
 * is_terminated - whether there is a NUL within @cap bytes.
 */
static inline bool is_terminated(const char *s, size_t cap)
{
    return memchr(s, '\0', cap) != NULL;
}

/*
 * make_printable - control bytes become '?' where they are, the rest of @cap bytes NULs. At most WIRE_TEXT_MAX bytes.
 */
static inline void make_printable(char *s, size_t cap)
{
    char clean[WIRE_TEXT_MAX];
    size_t len = strnlen(s, cap);
    /* It never makes a text longer. */
    size_t n = text_printable(s, len, clean, cap < sizeof(clean) ? cap : sizeof(clean));
    memcpy(s, clean, n);
    memset(s + n, 0, cap - n);
}

#endif
