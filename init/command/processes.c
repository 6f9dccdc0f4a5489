#include "init/command/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/base/jsonw.h"
#include "init/base/text.h"
#include "init/engine/outcome.h"

#define STAT_TEXT_MAX 2048
/* USER_HZ: what /proc counts in, whatever the kernel's own clock does; proc_pid_stat(5). */
#define TICKS_PER_S 100U
/* Of the fields behind the name, counted from 0: state, parent, …, start time; proc_pid_stat(5). */
#define FIELD_PARENT 1
#define FIELD_STARTED 19
#define INDENT_MAX 20

/* ---- reading ---- */

/* The decimal number at @text, which need not be all of it. */
static uint64_t number_at(const char *text)
{
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (uint64_t)(*text - '0');
    }
    return number;
}

static const char *field_at(const char *fields, int index)
{
    for (int i = 0; i < index && fields != NULL; i++) {
        fields = strchr(fields, ' ');
        fields = fields != NULL ? fields + 1 : NULL;
    }
    return fields;
}

bool processes_parse(const char *text, size_t len, struct process *out)
{
    char line[STAT_TEXT_MAX];
    if (len == 0 || len >= sizeof line) {
        return false;
    }
    memcpy(line, text, len);
    line[len] = '\0';
    const char *name = strchr(line, '(');
    const char *name_end = strrchr(line, ')'); /* a name may hold anything, also this */
    if (name == NULL || name_end == NULL || name_end < name || name_end[1] != ' ') {
        return false;
    }
    const char *fields = name_end + 2;
    const char *parent = field_at(fields, FIELD_PARENT);
    const char *started = field_at(fields, FIELD_STARTED);
    if (started == NULL) {
        return false;
    }
    *out = (struct process){.pid = (pid_t)number_at(line),
                            .parent = (pid_t)number_at(parent),
                            .state = fields[0],
                            .started_ticks = number_at(started)};
    (void)text_printable(name + 1, (size_t)(name_end - name - 1), out->name, sizeof out->name);
    return out->pid > 0;
}

static bool read_process(int proc, const char *pid, struct process *out)
{
    char path[64];
    char text[STAT_TEXT_MAX];
    (void)snprintf(path, sizeof path, "%.20s/stat", pid);
    cleanup_fd int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text);
    return len > 0 && processes_parse(text, (size_t)len, out);
}

/* "3600.25 7000.00": seconds and hundredths, which are ticks. */
static uint64_t uptime_ticks(int proc)
{
    char text[128];
    cleanup_fd int fd = openat(proc, "uptime", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    text[len > 0 ? len : 0] = '\0';
    const char *point = strchr(text, '.');
    return number_at(text) * TICKS_PER_S + (point != NULL ? number_at(point + 1) : 0);
}

int processes_read(struct processes *out, struct err *e)
{
    *out = (struct processes){.all = calloc(PROCESSES_MAX, sizeof *out->all)};
    DIR *dir = out->all == NULL ? NULL : opendir("/proc");
    if (dir == NULL) {
        processes_free(out);
        return err_set(e, ERR_SYS, errno, "cannot read /proc");
    }
    for (const struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        if (d->d_name[0] < '1' || d->d_name[0] > '9') {
            continue;
        }
        if (out->count == PROCESSES_MAX) {
            out->cut = true;
            break;
        }
        out->count += read_process(dirfd(dir), d->d_name, &out->all[out->count]);
    }
    out->now_ticks = uptime_ticks(dirfd(dir));
    (void)closedir(dir);
    return 0;
}

void processes_free(struct processes *p)
{
    free(p->all);
    p->all = NULL;
    p->count = 0;
}

/* ---- arranging ---- */

static int by_pid(const void *left, const void *right)
{
    const struct process *a = left;
    const struct process *b = right;
    return (a->pid > b->pid) - (a->pid < b->pid);
}

/* The first process from @from on whose parent is @parent. */
static size_t next_child(const struct processes *p, size_t from, pid_t parent)
{
    while (from < p->count && p->all[from].parent != parent) {
        from++;
    }
    return from;
}

static size_t index_of(const struct processes *p, pid_t pid)
{
    size_t i = 0;
    while (i < p->count && p->all[i].pid != pid) {
        i++;
    }
    return i;
}

/* From the last child of a process on to the next one of its parent, until there is none below @owner. */
static size_t climb(const struct processes *p, size_t at, pid_t owner)
{
    while (p->all[at].pid != owner) {
        size_t sibling = next_child(p, at + 1, p->all[at].parent);
        if (sibling < p->count) {
            return sibling;
        }
        at = index_of(p, p->all[at].parent);
        if (at == p->count) {
            break;
        }
    }
    return p->count;
}

void processes_arrange(struct processes *p, pid_t owner)
{
    struct process *kept = calloc(p->count + 1, sizeof *kept);
    size_t count = 0;
    unsigned depth = 0;
    qsort(p->all, p->count, sizeof *p->all, by_pid);
    /* Two readings of /proc at different times could be a circle: no more rows than processes. */
    for (size_t at = index_of(p, owner); kept != NULL && at < p->count && count < p->count;) {
        p->all[at].depth = depth;
        kept[count++] = p->all[at];
        size_t child = next_child(p, 0, p->all[at].pid);
        if (child < p->count) {
            depth++;
            at = child;
            continue;
        }
        at = climb(p, at, owner);
        size_t parent = at < p->count ? index_of(p, p->all[at].parent) : p->count;
        depth = parent < p->count ? p->all[parent].depth + 1 : 0;
    }
    memcpy(p->all, kept != NULL ? kept : p->all, count * sizeof *kept);
    free(kept);
    p->count = count;
}

/* ---- whose they are ---- */

/* 1 = it holds the file open, 0 = it does not, -1 = we may not look. */
static int holds_file(pid_t pid, const struct stat *file)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    int held = dir == NULL ? -1 : 0;
    for (const struct dirent *d = dir == NULL ? NULL : readdir(dir); d != NULL && held == 0; d = readdir(dir)) {
        struct stat st;
        held = fstatat(dirfd(dir), d->d_name, &st, 0) == 0 && st.st_dev == file->st_dev && st.st_ino == file->st_ino;
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return held;
}

pid_t processes_owner(const struct processes *p, const struct statedir *dir, pid_t claimed)
{
    struct stat lock;
    bool known = index_of(p, claimed) < p->count;
    if (statedir_lock_file(dir, &lock) != 0) {
        return known ? claimed : 0;
    }
    int holds = known ? holds_file(claimed, &lock) : 0;
    if (holds != 0) {
        return claimed;
    }
    for (size_t i = 0; i < p->count; i++) {
        if (holds_file(p->all[i].pid, &lock) == 1) {
            return p->all[i].pid;
        }
    }
    return 0;
}

/* ---- printing ---- */

static const char *state_word(char state)
{
    static const struct {
        char letter;
        const char *word;
    } words[] = {{'R', "running"}, {'S', "sleeping"}, {'D', "waiting"}, {'T', "stopped"},
                 {'t', "traced"},  {'Z', "zombie"},   {'X', "dead"},    {'I', "idle"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].letter == state) {
            return words[i].word;
        }
    }
    return "unknown";
}

static uint64_t age_us(const struct processes *p, const struct process *x)
{
    return p->now_ticks > x->started_ticks ? (p->now_ticks - x->started_ticks) * (US_PER_S / TICKS_PER_S) : 0;
}

/* The living parent of a zombie. Muster's own are not told: it is about to reap them. */
static const struct process *negligent(const struct processes *p, const struct process *x)
{
    size_t parent = x->state == 'Z' ? index_of(p, x->parent) : p->count;
    return parent > 0 && parent < p->count && p->all[parent].state != 'Z' ? &p->all[parent] : NULL;
}

void processes_print(const struct processes *p, struct buf *out)
{
    buf_printf(out, "%7s  %-8s  %9s  %s\n", "PID", "STATE", "AGE", "COMMAND");
    for (size_t i = 0; i < p->count; i++) {
        const struct process *x = &p->all[i];
        const struct process *parent = negligent(p, x);
        char age[OUTCOME_SPAN_MAX];
        uint64_t us = age_us(p, x);
        outcome_span(us < 60 * US_PER_S ? us / US_PER_S * US_PER_S : us / (60 * US_PER_S) * 60 * US_PER_S, age);
        unsigned indent = 2 * x->depth < INDENT_MAX ? 2 * x->depth : INDENT_MAX;
        buf_printf(out, "%7d  %-8s  %9s  %*s%s", (int)x->pid, state_word(x->state), age, (int)indent, "", x->name);
        if (parent != NULL) {
            buf_printf(out, "  zombie of %d (%s): its parent does not wait for it", (int)parent->pid, parent->name);
        }
        buf_putc(out, '\n');
    }
    if (p->cut) {
        buf_printf(out, "there are more: only %d processes were looked at\n", PROCESSES_MAX);
    }
}

void processes_print_json(const struct processes *p, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out, true);
    jsonw_object(&w, NULL);
    jsonw_string(&w, "schema", "muster.processes/1");
    jsonw_array(&w, "processes");
    for (size_t i = 0; i < p->count; i++) {
        const struct process *x = &p->all[i];
        const struct process *parent = negligent(p, x);
        jsonw_object(&w, NULL);
        jsonw_int(&w, "pid", x->pid);
        jsonw_int(&w, "parent", x->parent);
        jsonw_string(&w, "state", state_word(x->state));
        jsonw_string(&w, "name", x->name);
        jsonw_ms(&w, "age_ms", age_us(p, x));
        if (parent != NULL) {
            jsonw_int(&w, "zombie_of", parent->pid);
        } else {
            jsonw_null(&w, "zombie_of");
        }
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_bool(&w, "cut", p->cut);
    jsonw_object_end(&w);
    buf_putc(out, '\n');
}
