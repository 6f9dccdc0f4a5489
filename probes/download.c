#include "probes/download.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/base/digest.h"
#include "init/base/exit_code.h"
#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/base/pending_file.h"
#include "init/wire/instructions.h"
#include "probes/fetch.h"

#define FILE_MODE 0644
#define BLOCK_BYTES 65536

struct download {
    const struct instructions *in;
    struct file_look look;
    struct place at;
    struct pending_file part;
    uint8_t found[DIGEST_BYTES_MAX]; /* digest of what was looked at last */
};

/* Returns 0, or -1 with errno. */
static int digest_file(int fd, uint32_t algorithm, uint8_t out[DIGEST_BYTES_MAX])
{
    unsigned char block[BLOCK_BYTES];
    struct digest d;
    digest_start(&d, (enum digest_algorithm)algorithm);
    off_t at = 0;
    ssize_t n;
    while ((n = pread(fd, block, sizeof(block), at)) != 0) {
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0)
            digest_update(&d, block, (size_t)n);
        at += n > 0 ? n : 0;
    }
    memset(out, 0, DIGEST_BYTES_MAX);
    digest_final(&d, out);
    return 0;
}

static bool has_checksum(const struct download *d)
{
    return memcmp(d->found, d->in->digest, sizeof(d->found)) == 0;
}

/* Whether the file is there already; then it is given its look. Otherwise what is there does not matter. */
static int look_at_target(struct download *d, bool *there, struct err *e)
{
    struct stat st;
    cleanup_fd int fd = openat(d->at.folder, d->at.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    *there = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= d->in->size_max &&
             digest_file(fd, d->in->algorithm, d->found) == 0 && has_checksum(d);
    if (!*there)
        return 0;
    const struct file_look wanted = {.mode = d->in->mode, .uid = d->in->uid, .gid = d->in->gid};
    log_line(LOG_NOTICE, "%s has the check sum already: nothing is fetched", d->in->path);
    return file_look_apply(fd, d->in->path, &wanted, e);
}

/* What it says besides its exit code it has said itself. */
static int await_child(pid_t pid, struct err *e)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return err_set(e, ERR_SYS, errno, "cannot wait for the process that fetches");
    }
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return err_set(e, ERR_SYS, 0, "the process that fetches was killed by signal %d", WTERMSIG(status));
}

static int fetch_in_child(const struct download *d, uint64_t offset, struct err *e)
{
    const struct fetch f = {.url = d->in->url,
                            .path = d->in->path,
                            .fd = d->part.fd,
                            .offset = offset,
                            .size_max = d->in->size_max,
                            .stall_ms = d->in->stall_ms};
    pid_t pid = fork();
    if (pid == 0)
        _exit(fetch_run(&f));
    return pid < 0 ? err_set(e, ERR_SYS, errno, "cannot start the process that fetches") : await_child(pid, e);
}

/* The child shares the offset, which is where it stopped: behind it may be what was there before. */
static int digest_part(struct download *d, struct err *e)
{
    off_t end = lseek(d->part.fd, 0, SEEK_CUR);
    if (end < 0 || ftruncate(d->part.fd, end) != 0 || digest_file(d->part.fd, d->in->algorithm, d->found) != 0)
        return err_set(e, ERR_SYS, errno, "cannot read what was fetched for %s", d->in->path);
    return 0;
}

static int start_afresh(struct download *d, struct err *e)
{
    return ftruncate(d->part.fd, 0) == 0
               ? 0
               : err_set(e, ERR_SYS, errno, "cannot empty what was fetched for %s", d->in->path);
}

static int commit(struct download *d, struct err *e)
{
    int rc = pending_file_commit(&d->part, &d->look, e);
    if (rc > 0)
        log_line(LOG_NOTICE, PENDING_WRITTEN_OVER, d->in->path);
    return rc < 0 ? -1 : EXIT_OK;
}

static int refuse_content(struct download *d)
{
    char wanted[DIGEST_TEXT_MAX];
    char found[DIGEST_TEXT_MAX];
    digest_text((enum digest_algorithm)d->in->algorithm, d->in->digest, wanted);
    digest_text((enum digest_algorithm)d->in->algorithm, d->found, found);
    pending_file_remove(&d->part);
    log_line(LOG_ERROR, "wrong check sum for %s: %s came, not %s", d->in->path, found, wanted);
    return EXIT_FAILURE;
}

static int fetch_part(struct download *d, struct err *e)
{
    struct stat st;
    if (fstat(d->part.fd, &st) != 0)
        return err_set(e, ERR_SYS, errno, "cannot read what was fetched for %s", d->in->path);
    uint64_t offset = (uint64_t)st.st_size > d->in->size_max ? 0 : (uint64_t)st.st_size;
    for (;;) {
        int code = fetch_in_child(d, offset, e);
        if (code == FETCH_FAILED)
            pending_file_remove(&d->part);
        if (code != FETCH_DONE && code != FETCH_AFRESH)
            return code;
        if (digest_part(d, e) != 0)
            return -1;
        if (has_checksum(d))
            return commit(d, e);
        if (code == FETCH_AFRESH || offset == 0)
            return refuse_content(d);
        log_line(LOG_NOTICE, "what was there of %s does not fit: all of it is fetched", d->in->path);
        if (start_afresh(d, e) != 0)
            return -1;
        offset = 0;
    }
}

/* Returns an exit code, or -1 with an error. */
static int download(struct download *d, struct err *e)
{
    bool there;
    if (place_open(d->in->path, &d->at, e) != 0 || look_at_target(d, &there, e) != 0)
        return -1;
    if (there)
        return EXIT_OK;
    if (pending_file_open(&d->part, &d->at, PENDING_PART, &d->look, e) != 0)
        return -1;
    return fetch_part(d, e);
}

static void ignore(int number)
{
    const struct sigaction action = {.sa_handler = SIG_IGN};
    (void)sigaction(number, &action, NULL);
}

static int carry_out(const struct instructions *in)
{
    struct err e;
    struct download d = {
        .in = in,
        .look = {.mode = in->mode == INSTRUCT_KEEP ? FILE_MODE : in->mode, .uid = in->uid, .gid = in->gid},
        .at = {.folder = -1},
        .part = PENDING_NONE};
    int code = download(&d, &e);
    pending_file_close(&d.part);
    place_close(&d.at);
    if (code < 0)
        log_line(LOG_ERROR, "%s", e.text);
    return code < 0 ? EXIT_FAILURE : code;
}

int download_main(int instructions_fd)
{
    struct err e;
    struct instructions in;
    ignore(SIGXFSZ);
    ignore(SIGPIPE);
    (void)umask(0);
    unsigned char *storage = malloc(INSTRUCTIONS_MAX);
    int code = EXIT_INTERNAL;
    if (storage == NULL)
        log_line(LOG_ERROR, "cannot read the instructions of an action: out of memory");
    else if (instructions_read(instructions_fd, storage, &in, &e) != 0)
        log_line(LOG_ERROR, "%s", e.text);
    else if (in.kind != INSTRUCT_DOWNLOAD)
        log_line(LOG_ERROR, "this action belongs to another role (%u)", in.kind);
    else
        code = carry_out(&in);
    if (storage != NULL)
        explicit_bzero(storage, INSTRUCTIONS_MAX);
    free(storage);
    return code;
}
