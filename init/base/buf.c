#include "init/base/buf.h"

#include <stdio.h>
#include <string.h>

void buf_init(struct buf *b, char *storage, size_t cap)
{
    b->data = storage;
    b->cap = cap;
    buf_reset(b);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->overflow = false;
    b->data[0] = '\0';
}

void buf_putc(struct buf *b, char c)
{
    buf_write(b, &c, 1);
}

void buf_puts(struct buf *b, const char *s)
{
    buf_write(b, s, strlen(s));
}

void buf_write(struct buf *b, const char *bytes, size_t len)
{
    size_t room = b->cap - 1 - b->len;
    if (len > room) {
        len = room;
        b->overflow = true;
    }
    memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
    size_t room = b->cap - b->len;
    int n = vsnprintf(b->data + b->len, room, fmt, ap);
    if (n < 0) {
        b->data[b->len] = '\0';
        b->overflow = true;
    } else if ((size_t)n >= room) {
        b->len = b->cap - 1;
        b->overflow = true;
    } else {
        b->len += (size_t)n;
    }
}
