#include "init/base/file_content.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Large enough that reading, not system calls, is the work; small enough for the stack. */
#define BLOCK_BYTES 65536

/* How many bytes were copied; 0 at the end of @from. */
static ssize_t copy_block(int from, int to, off_t at, size_t wanted)
{
    char block[BLOCK_BYTES];
    ssize_t n;
    do {
        n = pread(from, block, wanted < sizeof block ? wanted : sizeof block, at);
    } while (n < 0 && errno == EINTR);
    for (ssize_t done = 0; done < n;) {
        ssize_t written = pwrite(to, block + done, (size_t)(n - done), at + done);
        if (written < 0 && errno != EINTR) {
            return -1;
        }
        done += written < 0 ? 0 : written;
    }
    return n;
}

/* Other file systems, old kernels and filters of system calls do not have it. */
static bool is_unsupported(int error)
{
    return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM;
}

static int copy_extent(int from, int to, off_t at, off_t end)
{
    while (at < end) {
        off_t in = at;
        off_t out = at;
        ssize_t n = copy_file_range(from, &in, to, &out, (size_t)(end - at), 0);
        if (n == 0 || (n < 0 && is_unsupported(errno))) {
            n = copy_block(from, to, at, (size_t)(end - at));
        }
        if (n == 0) {
            errno = ESTALE;
        }
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return -1;
        }
        at += n < 0 ? 0 : n;
    }
    return 0;
}

/* A file of the proc file system says that it has no bytes, and has some. */
static int copy_to_the_end(int from, int to)
{
    off_t at = 0;
    ssize_t n;
    while ((n = copy_block(from, to, at, BLOCK_BYTES)) > 0) {
        at += n;
    }
    return n < 0 ? -1 : 0;
}

int file_content_copy(int from, int to)
{
    struct stat st;
    if (fstat(from, &st) != 0 || ftruncate(to, 0) != 0) {
        return -1;
    }
    if (st.st_size == 0) {
        return copy_to_the_end(from, to);
    }
    if (ioctl(to, FICLONE, from) == 0) {
        return 0;
    }
    for (off_t at = 0; at < st.st_size;) {
        off_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) {
            break; /* nothing but a hole until the end */
        }
        data = data < 0 ? at : data;
        off_t hole = lseek(from, data, SEEK_HOLE);
        off_t end = hole < 0 || hole > st.st_size ? st.st_size : hole;
        if (copy_extent(from, to, data, end) != 0) {
            return -1;
        }
        at = end;
    }
    return ftruncate(to, st.st_size);
}
