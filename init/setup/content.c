#include "init/setup/content.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int content_hash(int fd, uint64_t size, enum digest_algorithm a, uint8_t *out)
{
    unsigned char block[CONTENT_BLOCK];
    struct digest d;
    digest_start(&d, a);
    uint64_t total = 0;
    if (size > sizeof(block)) {
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    while (total <= size) {
        ssize_t n = read(fd, block, sizeof(block));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno;
        }
        if (n == 0) {
            break;
        }
        digest_update(&d, block, (size_t)n);
        total += (uint64_t)n;
    }
    digest_final(&d, out);
    return total == size ? 0 : ESTALE;
}
