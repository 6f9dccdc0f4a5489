#include "init/setup/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/digest.h"
#include "init/base/exit_code.h"
#include "init/base/fdio.h"
#include "init/setup/before_image.h"
#include "init/setup/file_error.h"
#include "init/setup/measure.h"
#include "init/setup/pool.h"
#include "init/setup/safe_path.h"
#include "init/wire/channel.h"
#include "init/wire/messages.h"

struct recorder {
    struct pool pool;
    int channel;
};

/* One request under way; freed when it is answered. */
struct task {
    struct recorder *recorder;
    int files[WIRE_TLS_FILE_COUNT]; /* owned */
    union {
        uint32_t type;
        struct wire_record_request record;
        struct wire_keep_request keep;
        struct wire_restore_request restore;
    } request;
};

static int wait_for(int channel, short events)
{
    struct pollfd p = {.fd = channel, .events = events};
    int n;
    do {
        n = poll(&p, 1, -1);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : 0;
}

/* From several threads: the kernel keeps messages apart. When PID 1 is gone, nobody asks any more. */
static void answer(int channel, const void *message, size_t len)
{
    struct err e;
    while (channel_send(channel, message, len, &e) == 0 && wait_for(channel, POLLOUT) == 0) {
    }
}

/* Whatever the umask of the command was (ART-09). What is no file or folder, or is behind a symbolic link, is not touched. */
static int set_mode(const char *path, uint32_t mode, struct err *e)
{
    cleanup_safe_path struct safe_path at = {.folder = -1};
    struct stat st;
    if (mode == 0 || safe_path_open(path, &at, e) != 0) {
        return mode == 0 || e->sys == ENOENT || e->sys == ENOTDIR ? 0 : -1;
    }
    cleanup_fd int fd = openat(at.folder, at.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        return errno == ENOENT || errno == ELOOP || errno == EACCES ? 0 : file_error(e, errno, "");
    }
    bool ours = S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
    if (ours && (st.st_mode & 07777) != mode && fchmod(fd, mode) != 0) {
        return file_error(e, errno, "its permissions");
    }
    return 0;
}

static void record(struct recorder *r, const struct wire_record_request *q)
{
    struct err e = {.code = ERR_NONE};
    struct wire_recorded out = {.type = WIRE_RECORDED, .id = q->id};
    if (set_mode(q->path, q->mode, &e) != 0 ||
        measure(&r->pool, AT_FDCWD, q->path, (enum digest_algorithm)q->algorithm, &out.facts, &e) != 0) {
        out.error = e.sys != 0 ? e.sys : EIO;
    }
    answer(r->channel, &out, sizeof(out));
}

static const char no_folder[] = "the folder of before-images did not arrive: too many open files";

static void keep(struct recorder *r, const struct wire_keep_request *q, int images)
{
    struct wire_kept out = {.type = WIRE_KEPT, .id = q->id, .error = EMFILE};
    if (images >= 0) {
        before_image_keep(&r->pool, q, images, &out);
    } else {
        (void)snprintf(out.text, sizeof(out.text), "%s", no_folder);
    }
    answer(r->channel, &out, sizeof(out));
}

static void restore(struct recorder *r, const struct wire_restore_request *q, int images)
{
    struct wire_restored out = {.type = WIRE_RESTORED, .id = q->id, .outcome = RESTORE_FAILED, .error = EMFILE};
    if (images >= 0) {
        before_image_restore(&r->pool, q, images, &out);
    } else {
        (void)snprintf(out.text, sizeof(out.text), "%s", no_folder);
    }
    answer(r->channel, &out, sizeof(out));
}

static void close_files(int files[WIRE_TLS_FILE_COUNT])
{
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++) {
        fd_close_cleanup(&files[i]);
    }
}

static void serve(void *argument)
{
    struct task *t = argument;
    switch (t->request.type) {
    case WIRE_RECORD:
        record(t->recorder, &t->request.record);
        break;
    case WIRE_KEEP:
        keep(t->recorder, &t->request.keep, t->files[0]);
        break;
    default:
        restore(t->recorder, &t->request.restore, t->files[0]);
        break;
    }
    close_files(t->files);
    free(t);
}

#define IS_TEXT(array) (memchr((array), '\0', sizeof(array)) != NULL)

/* A name that is generated has nothing special in it. */
static bool is_backup(const char name[WIRE_BACKUP_MAX])
{
    return memchr(name, '\0', WIRE_BACKUP_MAX) != NULL && name[0] != '\0' && name[0] != '.' &&
           strchr(name, '/') == NULL;
}

static bool has_algorithm(uint32_t a)
{
    return a < DIGEST_ALGORITHM_COUNT;
}

static bool is_restore(const struct wire_restore_request *q)
{
    bool removes = q->before.kind == WIRE_FILE_NONE;
    return q->check <= 1 && q->shallow <= 1 && q->before.kind <= WIRE_FILE_SYMLINK &&
           q->after.kind <= WIRE_FILE_OTHER && q->before.algorithm < DIGEST_ALGORITHM_COUNT &&
           q->after.algorithm < DIGEST_ALGORITHM_COUNT && (removes ? q->backup[0] == '\0' : is_backup(q->backup)) &&
           IS_TEXT(q->path);
}

static bool is_request(const union wire_message *m, size_t len, const int files[WIRE_TLS_FILE_COUNT])
{
    switch (m->type) {
    case WIRE_RECORD:
        return len == sizeof(m->record) && m->record.mode <= 07777 && has_algorithm(m->record.algorithm) &&
               IS_TEXT(m->record.path) && files[0] < 0;
    case WIRE_KEEP:
        return len == sizeof(m->keep) && has_algorithm(m->keep.algorithm) && is_backup(m->keep.backup) &&
               IS_TEXT(m->keep.path) && files[1] < 0;
    case WIRE_RESTORE:
        return len == sizeof(m->restore) && is_restore(&m->restore) && files[1] < 0;
    default:
        return false;
    }
}

/* Returns false for a message that is no request. @files are taken. */
static bool take(struct recorder *r, const union wire_message *m, size_t len, int files[WIRE_TLS_FILE_COUNT])
{
    struct task *t = len >= sizeof(m->type) && is_request(m, len, files) ? malloc(sizeof(*t)) : NULL;
    if (t == NULL) {
        close_files(files);
        return false;
    }
    t->recorder = r;
    memcpy(t->files, files, sizeof(t->files));
    memcpy(&t->request, m, len);
    pool_add(&r->pool, serve, t);
    return true;
}

static int receive_all(struct recorder *r)
{
    for (;;) {
        union wire_message m;
        int files[WIRE_TLS_FILE_COUNT];
        size_t len;
        struct err e;
        int got = channel_receive_files(r->channel, &m, &len, files, &e);
        if (got == 0 && wait_for(r->channel, POLLIN) == 0) {
            continue;
        }
        if (got < 0 && e.code == ERR_PROTO) {
            return EXIT_OK;
        }
        if (got <= 0 || !take(r, &m, len, files)) {
            return EXIT_INTERNAL;
        }
    }
}

int recorder_main(int channel)
{
    struct recorder r = {.channel = channel};
    pool_start(&r.pool, pool_processors());
    int code = receive_all(&r);
    pool_end(&r.pool);
    return code;
}
