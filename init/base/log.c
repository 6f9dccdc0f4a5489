#include "init/base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <unistd.h>

#include "init/base/buf.h"

static enum log_level shown = LOG_NOTICE;
static bool coloured;
static bool stuck; /* the reader of standard error did not keep up last time */

/* A reader that stops reading must not stop PID 1; one that is only slow should miss nothing. */
#define STUCK_AFTER_MS 100

void log_init(enum log_level show, bool colour)
{
    shown = show;
    coloured = colour;
}

bool log_colour(void)
{
    return coloured;
}

bool log_shows(enum log_level level)
{
    return level <= shown;
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_ERROR:
        return "error";
    case LOG_WARNING:
        return "warning";
    case LOG_NOTICE:
        return "notice";
    case LOG_DEBUG:
        break;
    }
    return "debug";
}

/* Whether write(2) of up to PIPE_BUF bytes would go through at once, pipe(7). Regular files always say yes. */
static bool may_write(void)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    int n = poll(&p, 1, stuck ? 0 : STUCK_AFTER_MS);
    stuck = n == 0;
    return n > 0 && (p.revents & POLLNVAL) == 0;
}

static void write_line(struct buf *line)
{
    int saved = errno;
    if (!may_write()) {
        errno = saved;
        return;
    }
    if (line->len == line->cap - 1) {
        line->len--; /* a line that was cut still ends */
    }
    buf_putc(line, '\n');
    ssize_t n = write(STDERR_FILENO, line->data, line->len);
    (void)n; /* nobody is left to tell */
    errno = saved;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    if (!log_shows(level)) {
        return;
    }
    char storage[LOG_LINE_MAX];
    struct buf line = BUF_OVER(storage);
    buf_reset(&line);
    buf_printf(&line, "muster: %s: ", level_name(level));
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&line, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.data[i];
        if (c < 0x20 || c == 0x7f) {
            line.data[i] = '?';
        }
    }
    write_line(&line);
}

void log_plain(const char *text, size_t len)
{
    char storage[LOG_LINE_MAX];
    struct buf line = BUF_OVER(storage);
    buf_reset(&line);
    buf_write(&line, text, len);
    write_line(&line);
}
