#include "init/command/print.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/base/exit_code.h"
#include "init/base/fdio.h"
#include "init/base/log.h"

int print_buf(const struct buf *b)
{
    if (fd_write_all(STDOUT_FILENO, b->data, b->len) != 0) {
        log_line(LOG_ERROR, "cannot write to standard output: %s", strerror(errno));
        return EXIT_INTERNAL;
    }
    if (b->overflow) {
        log_line(LOG_ERROR, "the text is longer than %zu bytes and was cut", b->cap);
        return EXIT_INTERNAL;
    }
    return EXIT_OK;
}
