#include "init/config/value_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "init/base/fdio.h"

/* Where Docker, Podman and Kubernetes put secrets, readable for whatever user the container runs as. */
static const char *const platform_places[] = {"/run/secrets/", "/var/run/secrets/"};

static int fail(const char **why, const char *text)
{
    *why = text;
    return -1;
}

/* O_NONBLOCK: opening a FIFO by mistake must not hang. */
static int open_file(const char *path)
{
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, flags);
    return fd < 0 && errno == ENOENT ? open(path, flags) : fd;
}

static const char *exposure(int fd, mode_t mode, const char *path)
{
    struct statvfs mount;
    bool placed = false;
    if ((mode & (S_IWGRP | S_IWOTH | S_IROTH)) == 0 || fstatvfs(fd, &mount) != 0 || (mount.f_flag & ST_RDONLY) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof(platform_places) / sizeof(platform_places[0]); i++)
        placed = placed || strncmp(path, platform_places[i], strlen(platform_places[i])) == 0;
    if ((mode & S_IWOTH) != 0)
        return "everybody may write to";
    if ((mode & S_IWGRP) != 0)
        return "its group may write to";
    return placed ? NULL : "everybody may read";
}

/* Up to VALUE_FILE_MAX bytes into the scratch buffer; that many and one more when the file is larger. */
static int read_bytes(int fd, char *out, size_t *len)
{
    size_t used = 0;
    while (used <= VALUE_FILE_MAX) {
        ssize_t n = read(fd, out + used, VALUE_FILE_MAX + 1 - used);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n == 0)
            break;
        used += n > 0 ? (size_t)n : 0;
    }
    *len = used;
    return 0;
}

static int take_value(struct value_reader *r, size_t len, struct value_file *out, const char **why)
{
    if (len > VALUE_FILE_MAX)
        return fail(why, "larger than 1 MiB");
    if (memchr(r->scratch, '\0', len))
        return fail(why, "a zero byte in it: no variable can hold one");
    if (len > 0 && r->scratch[len - 1] == '\n') {
        len--;
        len -= len > 0 && r->scratch[len - 1] == '\r';
    }
    if (len > VALUE_FILES_MAX - r->total)
        return fail(why, "all values from files together are larger than 2 MiB");
    r->total += len;
    out->value = arena_strndup(r->arena, r->scratch, len);
    return 0;
}

int value_file_read(struct value_reader *r, const char *path, struct value_file *out, const char **why)
{
    struct stat st;
    size_t len = 0;
    cleanup_fd int fd = open_file(path);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fail(why, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(why, "not a regular file");
    if (!r->scratch)
        r->scratch = arena_alloc(r->arena, VALUE_FILE_MAX + 1, 1);
    int rc = read_bytes(fd, r->scratch, &len) == 0 ? take_value(r, len, out, why) : fail(why, strerror(errno));
    explicit_bzero(r->scratch, len);
    if (rc == 0)
        out->exposed = exposure(fd, st.st_mode, path);
    return rc;
}
