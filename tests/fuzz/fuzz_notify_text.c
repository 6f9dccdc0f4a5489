/*
 * Whatever a process says of itself: values stay within the datagram and their ranges, a status is one line of it, and
 * nobody is ready who did not say so on a line of its own.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/core/notify_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct notify_text said;
    const char *bytes = (const char *)data;
    notify_text_parse(bytes, size, &said);
    require(said.error >= 0 && said.error <= 4095);
    if (said.ready)
        require(memmem(bytes, size, "READY=1", 7) != NULL);
    if (said.stopping)
        require(memmem(bytes, size, "STOPPING=1", 10) != NULL);
    if (said.error != 0)
        require(memmem(bytes, size, "ERRNO=", 6) != NULL);
    if (said.status != NULL) {
        require(said.status >= bytes + 7 && said.status + said.status_len <= bytes + size);
        require(memcmp(said.status - 7, "STATUS=", 7) == 0);
        require(memchr(said.status, '\n', said.status_len) == NULL);
    }
    if (size > NOTIFY_DATAGRAM_MAX)
        require(!said.ready && !said.stopping && said.status == NULL);
    return 0;
}
