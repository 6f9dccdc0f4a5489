#include "init/setup/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/digest.h"
#include "init/base/exit_code.h"
#include "init/base/fdio.h"
#include "init/wire/channel.h"
#include "init/wire/messages.h"

/* Large enough that reading, not system calls, is the work; small enough for the stack. */
#define BLOCK_BYTES 65536

static enum wire_file_kind kind_of(mode_t mode)
{
    if (S_ISREG(mode)) {
        return WIRE_FILE_REGULAR;
    }
    if (S_ISDIR(mode)) {
        return WIRE_FILE_DIRECTORY;
    }
    return S_ISLNK(mode) ? WIRE_FILE_SYMLINK : WIRE_FILE_OTHER;
}

static void take_facts(const struct stat *st, struct wire_recorded *out)
{
    out->facts.kind = kind_of(st->st_mode);
    out->facts.size = (uint64_t)st->st_size;
    out->facts.mode = st->st_mode & 07777;
    out->facts.uid = st->st_uid;
    out->facts.gid = st->st_gid;
}

static bool is_same_state(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Reads no further than the size it began with: a file that grows as fast as it is read would never end. */
static int hash_content(int fd, uint64_t size, uint8_t out[DIGEST_BYTES])
{
    unsigned char block[BLOCK_BYTES];
    struct digest d;
    digest_init(&d);
    uint64_t total = 0;
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

/* Only what @seen showed to be a regular file is opened for reading: opening a device can have effects. */
static int measure_regular(const char *path, const struct stat *seen, struct wire_recorded *out)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    struct stat before;
    if (fstat(fd, &before) != 0) {
        return errno;
    }
    if (before.st_dev != seen->st_dev || before.st_ino != seen->st_ino) {
        return ESTALE;
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    int failed = hash_content(fd, (uint64_t)before.st_size, out->facts.digest);
    if (failed != 0) {
        return failed;
    }
    struct stat after;
    if (fstat(fd, &after) != 0) {
        return errno;
    }
    take_facts(&after, out);
    return is_same_state(&before, &after) ? 0 : ESTALE;
}

static int measure_symlink(int fd, struct wire_recorded *out)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(fd, "", target, sizeof(target));
    if (n < 0) {
        return errno;
    }
    out->facts.size = (uint64_t)n;
    digest_of(target, (size_t)n, out->facts.digest);
    return 0;
}

static int measure(const char *path, struct wire_recorded *out)
{
    cleanup_fd int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return errno;
    }
    take_facts(&st, out);
    switch (kind_of(st.st_mode)) {
    case WIRE_FILE_REGULAR:
        return measure_regular(path, &st, out);
    case WIRE_FILE_SYMLINK:
        return measure_symlink(fd, out);
    default:
        return 0;
    }
}

static int wait_for(int channel, short events)
{
    struct pollfd p = {.fd = channel, .events = events};
    int n;
    do {
        n = poll(&p, 1, -1);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : 0;
}

static int answer(int channel, const struct wire_record_request *request)
{
    struct wire_recorded found = {.type = WIRE_RECORDED, .id = request->id};
    int failed = measure(request->path, &found);
    if (failed != 0) {
        found = (struct wire_recorded){.type = WIRE_RECORDED, .id = request->id, .error = failed};
    }
    struct err e;
    int sent;
    while ((sent = channel_send(channel, &found, sizeof(found), &e)) == 0) {
        if (wait_for(channel, POLLOUT) != 0) {
            return -1;
        }
    }
    return sent > 0 ? 0 : -1;
}

static bool is_request(const union wire_message *m, size_t len)
{
    return len == sizeof(m->record) && m->type == WIRE_RECORD &&
           memchr(m->record.path, '\0', sizeof(m->record.path)) != NULL;
}

int recorder_main(int channel)
{
    for (;;) {
        union wire_message m;
        size_t len;
        struct err e;
        int got = channel_receive(channel, &m, &len, &e);
        if (got == 0 && wait_for(channel, POLLIN) == 0) {
            continue;
        }
        if (got < 0 && e.code == ERR_PROTO) {
            return EXIT_OK;
        }
        if (got <= 0 || !is_request(&m, len)) {
            return EXIT_INTERNAL;
        }
        if (answer(channel, &m.record) != 0) {
            return EXIT_OK;
        }
    }
}
