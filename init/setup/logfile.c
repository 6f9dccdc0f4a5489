#include "init/setup/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/log.h"

/* That of a step, ".test.log.1", and a NUL. */
#define NAME_BYTES 96

int logfile_folder(const struct statedir *s)
{
    if (s->fd < 0) {
        return -1;
    }
    int fd = -1;
    if (mkdirat(s->fd, LOGFILE_FOLDER, 0700) == 0 || errno == EEXIST) {
        fd = openat(s->fd, LOGFILE_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0) {
        log_line(LOG_WARNING, "cannot open %s/%s: no output is kept: %s", s->path, LOGFILE_FOLDER, strerror(errno));
    }
    return fd;
}

void logfile_init(struct logfile *l, int folder, const char *name, uint64_t limit)
{
    *l = (struct logfile){.folder = folder, .name = name, .limit = limit, .fd = -1};
}

static void fail(struct logfile *l, const char *why)
{
    log_line(LOG_WARNING, "cannot write %s/%s: no more of this output is kept: %s", LOGFILE_FOLDER, l->name, why);
    logfile_close(l);
    l->broken = true;
}

static int open_file(struct logfile *l)
{
    struct stat st;
    l->fd = openat(l->folder, l->name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (l->fd < 0 || fstat(l->fd, &st) != 0) {
        fail(l, strerror(errno));
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        fail(l, "it is not a regular file");
        return -1;
    }
    l->size = (uint64_t)st.st_size;
    return 0;
}

static int put_aside(struct logfile *l)
{
    char old[NAME_BYTES];
    (void)snprintf(old, sizeof old, "%s.1", l->name);
    logfile_close(l);
    if (renameat(l->folder, l->name, l->folder, old) != 0) {
        fail(l, strerror(errno));
        return -1;
    }
    return open_file(l);
}

void logfile_write(struct logfile *l, const char *line, size_t len)
{
    const uint64_t half = l->limit / 2;
    if (l->folder < 0 || half == 0 || l->broken || (l->fd < 0 && open_file(l) != 0)) {
        return;
    }
    size_t kept = len < half ? len : (size_t)half - 1;
    if (l->size > 0 && l->size + kept + 1 > half && put_aside(l) != 0) {
        return;
    }
    char newline[] = "\n";
    struct iovec parts[] = {{.iov_base = (void *)(uintptr_t)line, .iov_len = kept},
                            {.iov_base = newline, .iov_len = 1}};
    ssize_t n = writev(l->fd, parts, 2);
    if (n != (ssize_t)kept + 1) {
        fail(l, strerror(n < 0 ? errno : ENOSPC));
        return;
    }
    l->size += kept + 1;
}

void logfile_close(struct logfile *l)
{
    fd_close_cleanup(&l->fd);
    l->fd = -1;
}
