/*
 * buf - a text buffer of fixed capacity over storage that the caller owns. Never allocates, always NUL-terminated;
 * what does not fit is dropped and `overflow` stays set.
 */
#ifndef MUSTER_BASE_BUF_H
#define MUSTER_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* borrowed */
    size_t len; /* without the NUL */
    size_t cap; /* with the NUL; at least 1 */
    bool overflow;
};

/* A buffer over a local array. */
#define BUF_OVER(array)                                                                                                \
    {                                                                                                                  \
        .data = (array), .len = 0, .cap = sizeof(array), .overflow = false                                             \
    }

/*
 * buf_init - empty buffer over @storage (borrowed, @cap bytes, at least 1).
 */
void buf_init(struct buf *b, char *storage, size_t cap);

void buf_reset(struct buf *b);
void buf_putc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *s);
void buf_write(struct buf *b, const char *bytes, size_t len);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

#endif
