#include "init/setup/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/text.h"
#include "init/setup/journal_file.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

int journal_new_session(char out[SESSION_ID_MAX], struct err *e)
{
    unsigned char bytes[(SESSION_ID_MAX - 1) / 2];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return err_set(e, ERR_STATE, errno, "cannot get random bytes from the kernel");
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
    return 0;
}

int journal_fail(struct err *e, int sys, const char *what)
{
    static const struct {
        int sys;
        const char *why;
    } rows[] = {
        {ENOSPC, "the disk of the state directory is full: make room, or name another with --state-dir"},
        {EDQUOT, "the disk of the state directory is full for this user: make room, or name another with --state-dir"},
        {EFBIG, "it may not become that large (ulimit -f)"},
        {EROFS, "the state directory is on a read-only file system: name another with --state-dir"},
        {EIO, "the disk of the state directory does not work: see the kernel's log, or name another with --state-dir"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].sys == sys) {
            return err_set(e, ERR_STATE, sys, "cannot %s the journal: %s", what, rows[i].why);
        }
    }
    return err_set(e, ERR_STATE, sys, "cannot %s the journal", what);
}

void journal_begin(struct journal *j, struct jsonw *w, struct buf *b, char *storage, size_t cap, const char *kind,
                   uint64_t now_us)
{
    char at[CLOCK_TEXT_MAX];
    clock_format(&j->anchor, now_us, 6, at);
    buf_init(b, storage, cap);
    jsonw_init(w, b, false);
    jsonw_object(w, NULL);
    jsonw_uint(w, "sequence", j->sequence + 1);
    jsonw_string(w, "at", at);
    jsonw_string(w, "session", j->session);
    jsonw_string(w, "kind", kind);
}

/* What was not written whole and synced must not be there after a power cut either. */
static int cut_back(const struct journal *j)
{
    return ftruncate(j->fd, j->size) == 0 && fdatasync(j->fd) == 0 ? 0 : -1;
}

static int append(struct journal *j, const char *line, size_t len)
{
    if (j->unsure && cut_back(j) != 0) {
        return -1;
    }
    j->unsure = false;
    bool written = fd_write_all(j->fd, line, len) == 0; /* where it stops short the next write says why */
    if (written && fdatasync(j->fd) == 0) {
        j->size += (off_t)len;
        return 0;
    }
    int reason = errno;
    j->unsure = cut_back(j) != 0 || written;
    errno = reason;
    return -1;
}

int journal_commit(struct journal *j, struct jsonw *w, struct err *e)
{
    struct buf *b = w->out;
    char check[CHAIN_TEXT_MAX];
    chain_check(j->check, b->data, b->len, check);
    jsonw_string(w, "check", check);
    jsonw_object_end(w);
    buf_putc(b, '\n');
    if (b->overflow) {
        return err_set(e, ERR_LIMIT, 0, "a line of the journal is longer than %zu bytes", b->cap - 1);
    }
    if (j->fd >= 0 && append(j, b->data, b->len) != 0) {
        return journal_fail(e, errno, "write to");
    }
    j->sequence++;
    memcpy(j->check, check, sizeof(check));
    return 0;
}

/* A remark is made what will be read back: printable, and not too long. */
static void set_remark(const char **remark, char storage[ENTRY_REMARK_MAX + 1])
{
    if (*remark != NULL) {
        text_printable(*remark, strlen(*remark), storage, ENTRY_REMARK_MAX + 1);
        *remark = storage;
    }
}

static int refuse(const struct entry *entry, struct err *e)
{
    e->code = e->code == ERR_MANIFEST ? ERR_STATE : e->code;
    return err_wrap(e, "cannot journal \"%s\"", entry_kind_name(entry->kind));
}

int journal_put(struct journal *j, const struct entry *entry, uint64_t now_us, struct err *e)
{
    char error[ENTRY_REMARK_MAX + 1];
    char detail[ENTRY_REMARK_MAX + 1];
    struct entry line = *entry;
    line.session = j->session;
    set_remark(&line.error, error);
    set_remark(&line.detail, detail);
    if (entry_check(&line, e) != 0 || (j->history != NULL && history_check(j->history, &line, e) != 0)) {
        return refuse(&line, e);
    }
    char storage[JOURNAL_LINE_MAX];
    struct jsonw w;
    struct buf b;
    journal_begin(j, &w, &b, storage, sizeof(storage), entry_kind_name(line.kind), now_us);
    entry_write(&w, &line);
    if (journal_commit(j, &w, e) != 0) {
        return -1;
    }
    if (j->history != NULL) {
        history_apply(j->history, &line);
    }
    return 0;
}

int journal_put_session(struct journal *j, const char *config_digest, uint64_t now_us, struct err *e)
{
    char boot_id[64] = "";
    size_t len = 0;
    struct err unreadable;
    bool known = file_read(AT_FDCWD, BOOT_ID, boot_id, sizeof(boot_id), &len, &unreadable) == 0;
    boot_id[strcspn(boot_id, "\n")] = '\0';
    const struct entry session = {
        .kind = ENTRY_SESSION,
        .manifest_sha256 = j->manifest_sha256,
        .config_digest = config_digest,
        .pid = (uint32_t)getpid(),
        .boot_id = known ? boot_id : NULL,
    };
    return journal_put(j, &session, now_us, e);
}

int journal_session(struct journal *j, const char *config_digest, struct err *e)
{
    struct history *h = j->history;
    if (h == NULL) {
        return 0;
    }
    if (h->config_digest[0] == '\0' || strcmp(h->config_digest, config_digest) == 0) {
        snprintf(h->config_digest, sizeof(h->config_digest), "%s", config_digest);
        return 0;
    }
    char old[SESSION_ID_MAX];
    memcpy(old, j->session, sizeof(old));
    if (journal_new_session(j->session, e) != 0 || journal_put_session(j, config_digest, clock_mono_us(), e) != 0) {
        memcpy(j->session, old, sizeof(old));
        return -1;
    }
    return 0;
}

void journal_close(struct journal *j)
{
    fd_close_cleanup(&j->fd);
    j->fd = -1;
}
