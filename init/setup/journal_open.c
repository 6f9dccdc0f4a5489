#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/setup/journal_file.h"

struct content {
    char *bytes; /* owned */
    size_t len;
};

/* What was found must not be made worse: it is left alone, and somebody has to look. */
static int damaged(const struct statedir *s, struct err *e)
{
    struct err found = *e;
    return err_set(e, ERR_MANIFEST, 0,
                   JOURNAL_FILE
                   " is damaged (%.150s); it was left as it is: to begin set-up anew, move it out of %.60s",
                   found.text, s->path);
}

static int read_content(int fd, struct content *out, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return journal_fail(e, errno, "look at");
    }
    if (!S_ISREG(st.st_mode)) {
        return err_set(e, ERR_STATE, 0, "the journal (" JOURNAL_FILE ") is not a regular file");
    }
    if ((uint64_t)st.st_size > JOURNAL_MAX) {
        return err_set(e, ERR_MANIFEST, 0, "it is larger than %zu MiB", JOURNAL_MAX >> 20);
    }
    size_t size = (size_t)st.st_size;
    out->bytes = malloc(size + 1);
    if (out->bytes == NULL) {
        return journal_fail(e, ENOMEM, "read");
    }
    while (out->len < size) {
        ssize_t n = pread(fd, out->bytes + out->len, size - out->len, (off_t)out->len);
        if (n < 0 && errno != EINTR) {
            return journal_fail(e, errno, "read");
        }
        if (n == 0) {
            break;
        }
        out->len += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int replay(const struct statedir *s, int fd, struct history *h, size_t *good, size_t *len, struct err *e)
{
    struct content content = {.bytes = NULL};
    int rc = read_content(fd, &content, e);
    if (rc == 0) {
        rc = history_replay(h, content.bytes, content.len, good, e);
    }
    *len = content.len;
    free(content.bytes);
    return rc != 0 && e->code == ERR_MANIFEST ? damaged(s, e) : rc;
}

int journal_read(const struct statedir *s, struct history *out, struct arena *a, struct err *e)
{
    history_init(out, a);
    if (s->fd < 0) {
        return 0;
    }
    size_t good = 0;
    size_t len = 0;
    cleanup_fd int fd = openat(s->fd, JOURNAL_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? 0 : journal_fail(e, errno, "open");
    }
    return replay(s, fd, out, &good, &len, e);
}

static int check_mark(const struct statedir *s, const struct history *h, const struct journal_mark *mark, struct err *e)
{
    if (mark == NULL || mark->sequence <= h->sequence || strcmp(mark->session, h->session) != 0) {
        return 0;
    }
    err_set(e, ERR_MANIFEST, 0, "it ends with line number %llu, but status.json knows of %llu",
            (unsigned long long)h->sequence, (unsigned long long)mark->sequence);
    return damaged(s, e);
}

/* The name has to survive a power cut as well as the lines, and so has what is no longer there. */
static int settle(int dirfd, struct journal *j, struct err *e)
{
    if (j->torn > 0 && (ftruncate(j->fd, j->size) != 0 || fsync(j->fd) != 0)) {
        return journal_fail(e, errno, "cut the torn line off");
    }
    if (fsync(dirfd) != 0 && errno != EINVAL) {
        return journal_fail(e, errno, "sync the folder of");
    }
    return journal_compact(dirfd, j, e);
}

static int open_file(const struct statedir *s, const struct journal_mark *mark, struct journal *j, struct err *e)
{
    struct history *h = j->history;
    size_t good = 0;
    size_t len = 0;
    j->fd = openat(s->fd, JOURNAL_FILE, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (j->fd < 0) {
        return journal_fail(e, errno, "open");
    }
    if (replay(s, j->fd, h, &good, &len, e) != 0 || check_mark(s, h, mark, e) != 0) {
        return -1;
    }
    j->size = (off_t)good;
    j->torn = len - good;
    j->sequence = h->sequence;
    memcpy(j->check, h->check, sizeof(j->check));
    memcpy(j->session, h->session, sizeof(j->session));
    return settle(s->fd, j, e);
}

/* Whoever did it has ended: we hold the lock. Retrying a step is an edge of the model, going on with one is none. */
static int fail_interrupted(struct journal *j, struct err *e)
{
    char now[CLOCK_TEXT_MAX];
    clock_format(&j->anchor, j->anchor.mono_us, 6, now);
    for (size_t i = 0; i < j->history->step_count; i++) {
        const struct past_step *s = &j->history->steps[i];
        /* When it ended nobody knows. By now, if the clock has not been set back meanwhile. */
        bool later = s->started_at != NULL && strcmp(now, s->started_at) > 0;
        const struct entry failed = {
            .kind = ENTRY_STEP,
            .step_id = s->id,
            .from = STEP_IN_PROGRESS,
            .to = STEP_FAILED,
            .attempt = s->attempts,
            .definition_sha256 = s->definition_sha256,
            .inputs = s->inputs,
            .started_at = s->started_at,
            .completed_at = later ? now : NULL,
            .error = JOURNAL_INTERRUPTED,
        };
        if (s->status == STEP_IN_PROGRESS && journal_put(j, &failed, j->anchor.mono_us, e) != 0) {
            return -1;
        }
    }
    return 0;
}

int journal_open(const struct statedir *s, const struct clock_anchor *anchor, const char *manifest_sha256,
                 const struct journal_mark *mark, struct journal *out, struct history *history, struct arena *a,
                 struct err *e)
{
    struct journal j = {.fd = -1, .anchor = *anchor, .history = history, .manifest_sha256 = manifest_sha256};
    history_init(history, a);
    chain_start(j.check);
    if ((s->fd >= 0 && open_file(s, mark, &j, e) != 0) ||
        (j.session[0] == '\0' && journal_new_session(j.session, e) != 0) ||
        journal_put_session(&j, NULL, anchor->mono_us, e) != 0 || fail_interrupted(&j, e) != 0) {
        journal_close(&j);
        return -1;
    }
    *out = j;
    return 0;
}
