#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/config/environment.h"
#include "init/core/session.h"
#include "init/core/spawn.h"
#include "init/wire/channel.h"

/* All that a helper needs to know of our environment; the rest may hold secrets. */
static const char *const helper_variables[] = {"SSL_CERT_FILE", "SSL_CERT_DIR"};
#define HELPER_VARIABLES (sizeof helper_variables / sizeof helper_variables[0])

static enum loop_source source_of(const struct helper *h)
{
    return h->role == CHILD_PROBER ? SOURCE_PROBER : SOURCE_RECORDER;
}

static void helper_init(struct session *s, struct helper *h, enum child_role role, const char *name, size_t ids)
{
    *h = (struct helper){.role = role, .role_name = name, .channel = -1, .queue_cap = ids};
    h->queue = arena_alloc(&s->loaded->arena, ids, sizeof *h->queue);
    h->queued = arena_alloc(&s->loaded->arena, ids, sizeof *h->queued);
}

void helpers_init(struct session *s)
{
    helper_init(s, &s->prober, CHILD_PROBER, "@prober", s->loaded->graph.count);
    helper_init(s, &s->recorder, CHILD_RECORDER, "@recorder", s->artifacts.count);
}

/* The binary itself; where /proc is not mounted, the name it was started by. */
const char *helper_path(void)
{
    if (access("/proc/self/exe", X_OK) == 0) {
        return "/proc/self/exe";
    }
    return (const char *)getauxval(AT_EXECFN); /* NOLINT(performance-no-int-to-ptr): that is what getauxval gives */
}

static int helper_start(struct session *s, struct helper *h, struct err *e)
{
    int ends[2];
    if (channel_pair(ends, e) != 0) {
        return -1;
    }
    cleanup_fd int ours = ends[0];
    cleanup_fd int theirs = ends[1];
    char storage[HELPER_VARIABLES][512];
    char *envp[HELPER_VARIABLES + 1];
    size_t count = 0;
    for (size_t i = 0; i < HELPER_VARIABLES; i++) {
        const char *value = environment_get(s->options->load.environ_, helper_variables[i]);
        if (value != NULL) {
            (void)snprintf(storage[i], sizeof storage[i], "%s=%s", helper_variables[i], value);
            envp[count++] = storage[i];
        }
    }
    envp[count] = NULL;
    char name[] = "muster";
    char role[16];
    (void)snprintf(role, sizeof role, "%s", h->role_name);
    char *argv[] = {name, role, NULL};
    const struct spawn_spec spec = {
        .path = helper_path(), .argv = argv, .envp = envp, .output_fd = -1, .channel_fd = theirs};
    struct child *slot = children_add(&s->children, h->role, 0, 0);
    if (slot == NULL) {
        return err_set(e, ERR_LIMIT, 0, "cannot start %s: too many processes", role);
    }
    int exec_errno;
    pid_t pid = spawn(&spec, &exec_errno, e);
    if (pid < 0 || loop_watch(s, ours, source_of(h), 0, e) != 0) {
        slot->role = CHILD_FREE;
        return -1;
    }
    slot->pid = pid;
    h->pid = pid;
    h->channel = fd_steal(&ours);
    h->want_write = false;
    return 0;
}

/* The prober's answer, by ourselves. */
static void answer_probe(struct session *s, uint32_t node, enum verdict_class class, const char *why)
{
    struct wire_verdict v = {.type = WIRE_VERDICT,
                             .id = node,
                             .attempt = engine_state(s->engine, node)->attempts,
                             .verdict = class,
                             .elapsed_us = clock_mono_us() - s->attempt_us[node]};
    (void)snprintf(v.text, sizeof v.text, "%s", why);
    (void)redact(&s->redactor, v.text, strlen(v.text)); /* paths are written with variables, too */
    session_handle(s, &(struct engine_event){.kind = EVENT_VERDICT, .node = node, .verdict = &v});
}

/* Non-blocking, since it may be anything. */
static int open_regular(const char *path, struct err *e)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot read %s", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return err_set(e, ERR_SYS, 0, "%s is not a regular file", path);
    }
    return fd_steal(&fd);
}

/* What a prober's user may not read is opened here, for each attempt, since certificates are renewed in place. */
static int open_tls_files(const struct node *n, int files[WIRE_TLS_FILE_COUNT], uint8_t *which, struct err *e)
{
    size_t count = 0;
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++) {
        if (n->tls_files[i] == NULL) {
            continue;
        }
        files[count] = open_regular(n->tls_files[i], e);
        if (files[count++] < 0) {
            return -1;
        }
        *which |= (uint8_t)(1U << i);
    }
    return (int)count;
}

static void close_tls_files(int (*files)[WIRE_TLS_FILE_COUNT])
{
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++) {
        fd_close_cleanup(&(*files)[i]);
    }
}

/* Returns as channel_send(): 1 also when an answer was not the prober's to give. */
static int send_probe(struct session *s, struct helper *h, uint32_t node, struct err *e)
{
    const struct node *n = &s->loaded->graph.nodes[node];
    struct wire_probe_request request = *n->request;
    request.type = WIRE_PROBE;
    request.id = node;
    request.attempt = engine_state(s->engine, node)->attempts;
    request.timeout_ms = s->timeout_ms[node];
    request.patience_us = engine_state(s->engine, node)->patience_us;
    request.knock_us = engine_state(s->engine, node)->knock_us;
    request.pause_us = engine_state(s->engine, node)->pause_us;
    __attribute__((cleanup(close_tls_files))) int files[WIRE_TLS_FILE_COUNT] = {-1, -1, -1};
    int count = open_tls_files(n, files, &request.tls_files, e);
    if (count < 0) {
        answer_probe(s, node, VERDICT_TLS, e->text);
        return 1;
    }
    unsigned char packed[WIRE_PROBE_MAX];
    size_t len = wire_pack_probe(&request, packed, sizeof packed);
    if (len == 0) {
        return err_set(e, ERR_LIMIT, 0, "the probe of %s is too large", n->name);
    }
    int sent = channel_send_files(h->channel, packed, len, files, (size_t)count, e);
    explicit_bzero(packed, len);
    return sent;
}

static int send_one(struct session *s, struct helper *h, uint32_t id, struct err *e)
{
    return h->role == CHILD_PROBER ? send_probe(s, h, id, e) : steps_send(s, h->channel, id, e);
}

static void want_write(struct session *s, struct helper *h, bool wanted)
{
    if (h->want_write != wanted) {
        h->want_write = wanted;
        loop_rewatch(s, h->channel, source_of(h), wanted);
    }
}

static void enqueue(struct helper *h, uint32_t id)
{
    if (!h->queued[id]) {
        h->queued[id] = true;
        h->queue[(h->queue_head + h->queue_len++) % h->queue_cap] = id;
    }
}

static void take_first(struct helper *h)
{
    h->queued[h->queue[h->queue_head]] = false;
    h->queue_head = (h->queue_head + 1) % h->queue_cap;
    h->queue_len--;
}

static void empty_queue(struct helper *h)
{
    while (h->queue_len > 0) {
        take_first(h);
    }
}

void helper_request(struct session *s, struct helper *h, uint32_t id)
{
    struct err e;
    if (h->channel < 0 && h->pid > 0) {
        return; /* about to be reaped: this request is then answered with the others */
    }
    if (h->channel < 0 && helper_start(s, h, &e) != 0) {
        helper_ended(s, h, e.text);
        return;
    }
    int sent = h->queue_len > 0 ? 0 : send_one(s, h, id, &e);
    if (sent < 0) {
        helper_abandon(h, NULL);
    } else if (sent == 0) {
        enqueue(h, id);
        want_write(s, h, true);
    }
}

void helper_cancel(struct session *s, uint32_t node)
{
    struct helper *h = &s->prober;
    struct err e;
    const struct wire_cancel message = {.type = WIRE_CANCEL, .id = node};
    if (h->channel >= 0 && channel_send(h->channel, &message, sizeof message, &e) < 0) {
        helper_abandon(h, NULL);
    }
}

void helper_writable(struct session *s, struct helper *h)
{
    struct err e;
    while (h->channel >= 0 && h->queue_len > 0) {
        uint32_t id = h->queue[h->queue_head];
        bool stale = h->role == CHILD_PROBER && !engine_state(s->engine, id)->probing;
        int sent = stale ? 1 : send_one(s, h, id, &e);
        if (sent == 0) {
            return;
        }
        take_first(h);
        if (sent < 0) {
            helper_abandon(h, NULL);
            return;
        }
    }
    if (h->channel >= 0) {
        want_write(s, h, false);
    }
}

static int take_verdict(struct session *s, union wire_message *m, size_t len, struct err *e)
{
    if (wire_check_verdict(m, len, (uint32_t)s->loaded->graph.count, e) != 0) {
        return -1;
    }
    const struct node_state *state = engine_state(s->engine, m->verdict.id);
    if (!state->probing || state->attempts != m->verdict.attempt) {
        return 0; /* of an attempt that was cancelled meanwhile */
    }
    /* The prober does not quote servers, who may quote what they were sent; but it talks to them. */
    (void)redact(&s->redactor, m->verdict.text, strlen(m->verdict.text));
    const struct engine_event event = {.kind = EVENT_VERDICT, .node = m->verdict.id, .verdict = &m->verdict};
    session_handle(s, &event);
    session_refresh(s);
    return 0;
}

void helper_readable(struct session *s, struct helper *h)
{
    union wire_message m;
    size_t len;
    struct err e;
    while (h->channel >= 0) {
        int got = channel_receive(h->channel, &m, &len, &e);
        if (got == 0) {
            return;
        }
        if (got < 0) {
            helper_abandon(h, NULL);
            return;
        }
        if ((h->role == CHILD_PROBER ? take_verdict(s, &m, len, &e) : steps_answer(s, &m, len, &e)) != 0) {
            helper_abandon(h, e.text);
        }
    }
}

static void answer_probes(struct session *s, const char *why)
{
    for (size_t i = 0; i < s->loaded->graph.count; i++) {
        if (engine_state(s->engine, i)->probing && s->loaded->graph.nodes[i].request != NULL) {
            answer_probe(s, (uint32_t)i, VERDICT_INTERNAL, why);
        }
    }
}

void helper_abandon(struct helper *h, const char *why)
{
    fd_close_cleanup(&h->channel); /* leaves the epoll set by being closed */
    h->channel = -1;
    empty_queue(h);
    (void)snprintf(h->why, sizeof h->why, "%s", why == NULL ? "" : why);
    if (h->pid > 1) {
        (void)kill(h->pid, SIGKILL); /* not reaped yet, so the number is still its own */
    }
}

void helper_ended(struct session *s, struct helper *h, const char *why)
{
    fd_close_cleanup(&h->channel);
    h->channel = -1;
    empty_queue(h);
    h->pid = 0;
    if (h->role == CHILD_PROBER) {
        answer_probes(s, why);
    } else {
        steps_unanswered(s, why);
    }
}

void helpers_close(struct session *s)
{
    struct helper *const helpers[] = {&s->prober, &s->recorder};
    for (size_t i = 0; i < sizeof helpers / sizeof helpers[0]; i++) {
        if (helpers[i]->channel >= 0) {
            helpers[i]->closed = true;
            helper_abandon(helpers[i], NULL);
        }
    }
}
