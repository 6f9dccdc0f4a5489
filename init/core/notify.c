#include "init/core/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/base/log.h"
#include "init/base/text.h"
#include "init/core/notify_text.h"
#include "init/core/session.h"
#include "init/report/terminal.h"

#define VARIABLE "NOTIFY_SOCKET="
#define NAME_RANDOM_BYTES 16
#define NAME_MAX_BYTES 64
/* One that talks without end must not keep PID 1 from the others. */
#define DATAGRAMS_PER_TURN 16
#define PIPE_READS_PER_TURN 4
/* Descriptors that a datagram may carry; the kernel drops what is above. */
#define PASSED_FDS_MAX 16
/* From a sender up to the process that we started. */
#define ANCESTORS_MAX 32
/* In /proc/PID/stat, from the end of the name: ") S 123" */
#define STAT_PARENT_AT 4
/* A stranger must not be able to fill our log. */
#define REFUSED_TOLD_MAX 5

/* ---- opening ---- */

static bool node_notifies(const struct node *n, enum ready_kind kind)
{
    return n->kind == NODE_SERVICE && n->notified && !n->inactive && n->service->ready == kind;
}

static bool anybody_notifies(const struct session *s)
{
    bool any = s->notify.of_main;
    for (size_t i = 0; i < s->loaded->graph.count; i++) {
        any = any || node_notifies(&s->loaded->graph.nodes[i], READY_BY_NOTIFY);
    }
    return any;
}

/* A copy of @from with @entry as its only NOTIFY_SOCKET, or with none when @entry is NULL. */
static char **copy_environment(char *const *from, char *entry, struct arena *a)
{
    size_t count = 0;
    while (from[count] != NULL) {
        count++;
    }
    char **out = arena_alloc(a, count + 2, sizeof *out);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(from[i], VARIABLE, strlen(VARIABLE)) != 0) {
            out[kept++] = from[i];
        }
    }
    out[kept] = entry;
    return out;
}

static int bind_socket(int fd, const char *name, struct err *e)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const int on = 1;
    size_t len = strlen(name);
    memcpy(at.sun_path + 1, name, len);
    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot open the socket for sd_notify");
    }
    return 0;
}

/* @entry is filled: what those who have to say something find in their environment. */
static int open_socket(struct session *s, char **entry, struct err *e)
{
    uint8_t random[NAME_RANDOM_BYTES];
    char name[NAME_MAX_BYTES];
    struct buf b = BUF_OVER(name);
    s->notify.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->notify.socket < 0 || getrandom(random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random) {
        return err_set(e, ERR_SYS, errno, "cannot open the socket for sd_notify");
    }
    buf_reset(&b);
    buf_puts(&b, "muster/");
    for (size_t i = 0; i < sizeof random; i++) {
        buf_printf(&b, "%02x", random[i]);
    }
    *entry = arena_printf(&s->loaded->arena, VARIABLE "@%s", name);
    return bind_socket(s->notify.socket, name, e);
}

static void complete_environment(struct child_environment *x, char *entry, struct arena *a)
{
    if (x->silent == NULL) {
        x->silent = copy_environment(x->entries, NULL, a);
        x->telling = entry != NULL ? copy_environment(x->entries, entry, a) : NULL;
    }
}

int notify_open(struct session *s, struct err *e)
{
    char *entry = NULL;
    struct arena *a = &s->loaded->arena;
    const struct graph *g = &s->loaded->graph;
    struct notify *n = &s->notify;
    *n = (struct notify){.socket = -1, .of_main = s->loaded->manifest.main_notifies && s->options->main_argv != NULL};
    n->messages = arena_alloc(a, g->count + 1, sizeof *n->messages);
    n->pipes = arena_alloc(a, g->count + 1, sizeof *n->pipes);
    for (size_t i = 0; i < g->count; i++) {
        n->pipes[i] = -1;
        if (g->nodes[i].notified) {
            n->messages[i] = arena_alloc(a, NOTIFY_MESSAGE_MAX, 1);
        }
    }
    n->main_message = arena_alloc(a, NOTIFY_MESSAGE_MAX, 1);
    s->view.messages = n->messages;
    s->view.main_message = n->main_message;
    if (anybody_notifies(s) && (open_socket(s, &entry, e) != 0 || loop_watch(s, n->socket, SOURCE_NOTIFY, 0, e) != 0)) {
        return -1;
    }
    complete_environment(s->secrets.of_main, entry, a);
    for (size_t i = 0; i < g->count; i++) {
        complete_environment(s->secrets.of_nodes[i], entry, a);
    }
    return 0;
}

char *const *notify_node_environment(const struct session *s, size_t node)
{
    bool notifies = node_notifies(&s->loaded->graph.nodes[node], READY_BY_NOTIFY);
    return notifies ? s->secrets.of_nodes[node]->telling : s->secrets.of_nodes[node]->silent;
}

/* What our own parent gave us is for the main process, unless we want to hear from it. */
char *const *notify_main_environment(const struct session *s)
{
    return s->notify.of_main ? s->secrets.of_main->telling : s->secrets.of_main->entries;
}

static void close_pipe(struct session *s, size_t node)
{
    (void)close(s->notify.pipes[node]);
    s->notify.pipes[node] = -1;
}

void notify_fresh(struct session *s, size_t node)
{
    if (s->notify.pipes[node] >= 0) {
        close_pipe(s, node);
    }
    if (s->notify.messages[node] != NULL) {
        s->notify.messages[node][0] = '\0';
    }
}

int notify_pipe(struct session *s, size_t node, int *write_end, struct err *e)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot open a pipe");
    }
    *write_end = ends[1];
    s->notify.pipes[node] = ends[0];
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return loop_watch(s, ends[0], SOURCE_NOTIFY, node + 1, e);
}

/* ---- who it is ---- */

static pid_t parent_of(pid_t pid)
{
    char path[32];
    char text[512];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        (void)close(fd);
    }
    text[len > 0 ? len : 0] = '\0';
    const char *name_end = strrchr(text, ')'); /* the name may hold anything */
    if (name_end == NULL || strlen(name_end) < STAT_PARENT_AT) {
        return 0;
    }
    pid_t parent = 0;
    for (const char *digit = name_end + STAT_PARENT_AT; *digit >= '0' && *digit <= '9'; digit++) {
        parent = parent * 10 + (*digit - '0');
    }
    return parent;
}

/* The process of ours that the sender is, is in the group of, or descends from. */
static struct child *find_sender(struct session *s, pid_t pid)
{
    for (int level = 0; level < ANCESTORS_MAX && pid > 1 && pid != getpid(); level++) {
        struct child *slot = children_by_pid(&s->children, pid);
        pid_t group = slot == NULL ? getpgid(pid) : 0;
        if (slot == NULL && group > 1) {
            slot = children_by_pid(&s->children, group);
        }
        if (slot != NULL) {
            return slot;
        }
        pid = parent_of(pid);
    }
    return NULL;
}

static bool may_say(const struct session *s, const struct child *slot)
{
    if (slot == NULL) {
        return false;
    }
    if (slot->role == CHILD_MAIN) {
        return s->notify.of_main;
    }
    return slot->role == CHILD_NODE && node_notifies(&s->loaded->graph.nodes[slot->node], READY_BY_NOTIFY);
}

static void refuse(struct session *s, pid_t pid)
{
    if (s->notify.refused_told < REFUSED_TOLD_MAX) {
        s->notify.refused_told++;
        log_line(LOG_WARNING, "process %d says that it is ready or not, but is not of a service that is asked",
                 (int)pid);
    }
}

/* ---- what it says ---- */

/* Whole, secrets out, then cut: a secret that is cut in half would not be found. Returns whether it is news. */
static bool keep_message(const struct session *s, const struct notify_text *said, char *message)
{
    char raw[NOTIFY_DATAGRAM_MAX + 1];
    char shown[NOTIFY_MESSAGE_MAX];
    size_t len = said->status_len;
    if (said->status == NULL && said->error == 0) {
        return false;
    }
    if (said->status != NULL) {
        memcpy(raw, said->status, len);
        raw[len] = '\0';
    } else {
        len = (size_t)snprintf(raw, sizeof raw, "%s", strerror(said->error));
    }
    len = redact(&s->redactor, raw, len);
    (void)text_printable(raw, len, shown, sizeof shown);
    if (strcmp(shown, message) == 0) {
        return false;
    }
    memcpy(message, shown, sizeof shown);
    return true;
}

static void main_says(struct session *s, const struct notify_text *said)
{
    if (keep_message(s, said, s->notify.main_message)) {
        session_refresh_soon(s);
    }
    struct err e;
    if (said->ready && s->view.phase == PHASE_STARTING) {
        s->view.main_ready_us = s->now_us;
        if (session_activate(s, &e) != 0) {
            log_line(LOG_WARNING, "%s", e.text); /* it runs: nothing of ours may end it now */
        }
    }
}

static void node_says(struct session *s, size_t node, const struct notify_text *said)
{
    char *message = s->notify.messages[node];
    if (keep_message(s, said, message)) {
        session_refresh_soon(s);
        terminal_output(&s->view, node, message, strlen(message));
    }
    if (said->ready || said->stopping) {
        session_handle(s, &(struct engine_event){.kind = EVENT_NOTIFIED, .node = node, .ok = !said->stopping});
    }
}

static void hear(struct session *s, pid_t pid, const char *bytes, size_t len)
{
    struct notify_text said;
    struct child *slot = find_sender(s, pid);
    if (!may_say(s, slot)) {
        refuse(s, pid);
        return;
    }
    notify_text_parse(bytes, len, &said);
    if (slot->role == CHILD_MAIN) {
        main_says(s, &said);
    } else {
        node_says(s, slot->node, &said);
    }
}

/* ---- receiving ---- */

union control {
    char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int) * PASSED_FDS_MAX)];
    struct cmsghdr align;
};

static pid_t sender_pid(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
            struct ucred sender;
            memcpy(&sender, CMSG_DATA(c), sizeof sender);
            return sender.pid;
        }
    }
    return 0;
}

/* A sender may wait for this: what it passed is closed once we have heard it. */
static void close_passed(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= c->cmsg_len; at += sizeof(int)) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
            (void)close(fd);
        }
    }
}

static bool receive(struct session *s)
{
    char bytes[NOTIFY_DATAGRAM_MAX];
    union control control;
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t len = recvmsg(s->notify.socket, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (len < 0) {
        return false;
    }
    if ((m.msg_flags & MSG_TRUNC) == 0) {
        hear(s, sender_pid(&m), bytes, (size_t)len);
    }
    close_passed(&m);
    return true;
}

static void read_pipe(struct session *s, size_t node)
{
    static const struct notify_text ready = {.ready = true};
    static const char silent[] = "it closed its descriptor without a newline";
    static const struct notify_text closed = {.status = silent, .status_len = sizeof silent - 1};
    char bytes[256];
    for (int i = 0; i < PIPE_READS_PER_TURN && s->notify.pipes[node] >= 0; i++) {
        ssize_t len = read(s->notify.pipes[node], bytes, sizeof bytes);
        if (len < 0) {
            return;
        }
        if (len == 0 || memchr(bytes, '\n', (size_t)len) != NULL) {
            close_pipe(s, node);
            node_says(s, node, len == 0 ? &closed : &ready);
        }
    }
}

void notify_readable(struct session *s, size_t index)
{
    if (index > 0) {
        read_pipe(s, index - 1);
        return;
    }
    for (int i = 0; i < DATAGRAMS_PER_TURN && receive(s); i++) {
    }
}
