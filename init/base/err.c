#include "init/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/base/buf.h"
#include "init/base/exit_code.h"

int err_set(struct err *e, enum err_code code, int sys, const char *fmt, ...)
{
    int saved = errno;
    e->code = code;
    e->sys = sys;
    struct buf text = BUF_OVER(e->text);
    buf_reset(&text);
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    if (sys != 0) {
        buf_printf(&text, ": %s", strerror(sys));
    }
    errno = saved;
    return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
    char old[ERR_TEXT_MAX];
    memcpy(old, e->text, sizeof old);
    old[sizeof old - 1] = '\0';
    struct buf text = BUF_OVER(e->text);
    buf_reset(&text);
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    buf_printf(&text, ": %s", old);
    return -1;
}

int err_exit_code(enum err_code code)
{
    switch (code) {
    case ERR_NONE:
        return EXIT_OK;
    case ERR_USAGE:
        return EXIT_USAGE_ERROR;
    case ERR_CONFIG:
        return EXIT_BAD_CONFIG;
    case ERR_MANIFEST:
        return EXIT_BAD_MANIFEST;
    case ERR_STATE:
        return EXIT_NO_STATE;
    case ERR_LOCKED:
        return EXIT_LOCKED;
    case ERR_SYS:
    case ERR_PROTO:
    case ERR_TIMEOUT:
    case ERR_LIMIT:
        break;
    }
    return EXIT_INTERNAL;
}
