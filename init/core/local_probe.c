#include "init/core/local_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/base/match.h"
#include "init/base/text.h"

/* "4194304" and what an editor puts behind it. */
#define PID_TEXT_MAX 32
/* In /proc/PID/stat: number, name and state come first, proc_pid_stat(5). */
#define STAT_BYTES 128
/* What the kernel keeps of a name. */
#define COMM_MAX 15
#define LISTING_BYTES 8192
#define SPAN_MAX 32

/* ---- files ---- */

/* For whoever waits until it is gone, not being allowed to look proves nothing. */
static enum verdict_class cannot_look(const struct node *n, int error, struct buf *why)
{
    buf_printf(why, "%s: %s", n->shown_target, strerror(error));
    return error == ENOENT || error == ENOTDIR || !n->down ? VERDICT_MISSING : VERDICT_INTERNAL;
}

/* One that is newer than now was changed just now, by a clock that is not ours. */
static bool is_stale(const struct stat *st, uint64_t fresh_us, uint64_t now_us, uint64_t *age_us)
{
    int64_t changed_us = (int64_t)st->st_mtim.tv_sec * (int64_t)US_PER_S + st->st_mtim.tv_nsec / 1000;
    int64_t age = (int64_t)now_us - changed_us;
    *age_us = age > 0 ? (uint64_t)age : 0;
    return fresh_us != 0 && *age_us > fresh_us;
}

static enum verdict_class look_into(const struct node *n, const char *match, struct buf *why)
{
    char bytes[MATCH_TEXT_MAX];
    cleanup_fd int fd = open(n->probe_path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    size_t len = 0;
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && len < sizeof bytes) {
        got = read(fd, bytes + len, sizeof bytes - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        return cannot_look(n, errno, why);
    }
    return match_test(match, "the file", bytes, len, why) ? VERDICT_OK : VERDICT_CONTENT;
}

static enum verdict_class look_for_file(const struct node *n, const struct probe *p, uint64_t now_us, struct buf *why)
{
    struct stat st;
    uint64_t age_us;
    if (stat(n->probe_path, &st) != 0) {
        return cannot_look(n, errno, why);
    }
    if (is_stale(&st, p->fresh_us, now_us, &age_us)) {
        char age[SPAN_MAX];
        text_quantity((int64_t)(age_us - age_us % US_PER_S), text_time_units, TEXT_TIME_UNITS, age, sizeof age);
        buf_printf(why, "%s was changed %s ago", n->shown_target, age);
        return VERDICT_STALE;
    }
    if (p->expect_body == NULL) {
        return VERDICT_OK;
    }
    if (!S_ISREG(st.st_mode)) {
        buf_printf(why, "%s is not a regular file", n->shown_target);
        return VERDICT_CONTENT;
    }
    return look_into(n, p->expect_body, why);
}

/* ---- processes ---- */

/* Whether process @pid ("123") runs under that name (NULL = any): one that is dead and not reaped yet does not. */
static bool runs_as(const char *pid, const char *name)
{
    char path[PID_TEXT_MAX];
    char text[STAT_BYTES];
    (void)snprintf(path, sizeof path, "/proc/%s/stat", pid);
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n <= 0) {
        return false;
    }
    text[n] = '\0';
    char *comm = strchr(text, '(');
    char *end = strrchr(text, ')'); /* the name may hold anything */
    if (comm == NULL || end == NULL || end[1] != ' ' || strchr("ZXx", end[2]) != NULL) {
        return false;
    }
    *end = '\0';
    return name == NULL || strncmp(comm + 1, name, COMM_MAX) == 0;
}

/* As getdents64(2) gives it. */
struct directory_entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/* Not ourselves: whoever waits for a process of our name means another one. */
static bool is_candidate(const char *name)
{
    char own[PID_TEXT_MAX];
    (void)snprintf(own, sizeof own, "%d", (int)getpid());
    return name[0] >= '1' && name[0] <= '9' && strcmp(name, own) != 0;
}

static enum verdict_class look_for_name(const struct node *n, const char *name, struct buf *why)
{
    _Alignas(struct directory_entry) char entries[LISTING_BYTES];
    cleanup_fd int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t seen = 0;
    long got = 0;
    while (fd >= 0 && seen < LOCAL_PROBE_PROCESSES_MAX &&
           (got = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0) {
        for (long at = 0; at < got;) {
            const struct directory_entry *entry = (const void *)(entries + at);
            at += entry->length;
            if (is_candidate(entry->name) && seen++ < LOCAL_PROBE_PROCESSES_MAX && runs_as(entry->name, name)) {
                return VERDICT_OK;
            }
        }
    }
    if (fd < 0 || got < 0) {
        return cannot_look(n, errno, why);
    }
    buf_printf(why, "no process %s runs", name);
    return VERDICT_MISSING;
}

/* "123", with white space behind it. */
static bool read_pid(const char *path, char text[PID_TEXT_MAX], int *error)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, PID_TEXT_MAX - 1);
    *error = n < 0 ? errno : 0;
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, " \t\r\n")] = '\0';
    int64_t number;
    return text_parse_int(text, &number) == 0 && number > 0;
}

static enum verdict_class look_for_pid(const struct node *n, const struct probe *p, struct buf *why)
{
    char pid[PID_TEXT_MAX];
    int error;
    if (!read_pid(n->probe_path, pid, &error)) {
        if (error != 0) {
            return cannot_look(n, error, why);
        }
        buf_printf(why, "%s does not hold the number of a process", n->shown_target);
        return VERDICT_MISSING;
    }
    if (!runs_as(pid, p->process)) {
        buf_printf(why, "%s is the number of no process that runs: %s", n->shown_target, pid);
        return VERDICT_MISSING;
    }
    return VERDICT_OK;
}

enum verdict_class local_probe(const struct node *n, uint64_t now_us, struct buf *why)
{
    const struct probe *p = n->service != NULL ? &n->service->probe : &n->test->probe;
    if (p->kind == PROBE_FILE) {
        return look_for_file(n, p, now_us, why);
    }
    return n->probe_path != NULL ? look_for_pid(n, p, why) : look_for_name(n, p->process, why);
}
