#include "init/setup/content.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "init/base/fdio.h"

/* copy_file_range(2) takes more, but then cannot be stopped for long. */
#define RANGE_MAX ((uint64_t)1 << 30)

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

static int copy_through_memory(int from, int to, off_t at, off_t end)
{
    unsigned char block[CONTENT_BLOCK];
    if (lseek(to, at, SEEK_SET) < 0) {
        return errno;
    }
    while (at < end) {
        size_t want = (uint64_t)(end - at) < sizeof(block) ? (size_t)(end - at) : sizeof(block);
        ssize_t n = pread(from, block, want, at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? errno : ESTALE;
        }
        if (fd_write_all(to, block, (size_t)n) != 0) {
            return errno;
        }
        at += n;
    }
    return 0;
}

/* Kernels and file systems that cannot do it say so in many ways; 0 bytes are of files that only look empty (proc). */
static bool cannot_copy_range(ssize_t n)
{
    return n == 0 || errno == ENOSYS || errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == EPERM ||
           errno == EBADF;
}

static int copy_range(int from, int to, off_t at, off_t end)
{
    while (at < end) {
        off_t in = at;
        off_t out = at;
        size_t want = (uint64_t)(end - at) < RANGE_MAX ? (size_t)(end - at) : (size_t)RANGE_MAX;
        ssize_t n = copy_file_range(from, &in, to, &out, want, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return cannot_copy_range(n) ? copy_through_memory(from, to, at, end) : errno;
        }
        at += n;
    }
    return 0;
}

int content_copy(int from, int to, uint64_t size)
{
    if (ioctl(to, FICLONE, from) == 0) {
        return 0;
    }
    off_t end = (off_t)size;
    off_t at = 0;
    while (at < end) {
        off_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) {
            break; /* nothing but a hole is left */
        }
        bool known = data >= 0;
        off_t hole = known ? lseek(from, data, SEEK_HOLE) : end;
        data = known ? data : at;
        hole = hole > end || hole < 0 ? end : hole;
        int failed = data < hole ? copy_range(from, to, data, hole) : 0;
        if (failed != 0) {
            return failed;
        }
        at = data < hole ? hole : end;
    }
    return ftruncate(to, end) == 0 ? 0 : errno;
}
