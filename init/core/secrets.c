#include "init/core/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/config/environment.h"
#include "init/core/session.h"

/* Linux 6.3; musl does not know it yet. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* ---- files ---- */

static int memory_file(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) {
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }
    return fd;
}

/* Any user may read it, since any may be what a child runs as; but only who has the descriptor gets at it. */
static int deliver(const struct setting *s, int *out, struct err *e)
{
    const char *name = s->variable->name;
    cleanup_fd int fd = memory_file(name);
    if (fd < 0 || fd_write_all(fd, s->value, strlen(s->value)) != 0 || fchmod(fd, 0444) != 0 ||
        fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot make a file for %s", name);
    }
    *out = fcntl(fd, F_DUPFD_CLOEXEC, SECRETS_FD_MIN);
    if (*out < 0) {
        return err_set(e, ERR_SYS, errno, "cannot keep a file open for %s: is the limit of open files below %d?", name,
                       SECRETS_FD_MIN + 1);
    }
    return 0;
}

static int open_files(struct session *s, struct err *e)
{
    const struct config *c = &s->loaded->config;
    s->secrets.files = arena_alloc(&s->loaded->arena, c->count + 1, sizeof *s->secrets.files);
    for (size_t i = 0; i < c->count; i++) {
        s->secrets.files[i] = -1;
    }
    for (size_t i = 0; i < c->count; i++) {
        bool wanted = c->settings[i].value != NULL && c->settings[i].variable->delivery == DELIVER_FILE;
        if (wanted && deliver(&c->settings[i], &s->secrets.files[i], e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- environments ---- */

static struct child_environment *make_environment(struct session *s, const struct strings *list)
{
    static const char *const none[] = {NULL};
    struct arena *a = &s->loaded->arena;
    const struct config *c = &s->loaded->config;
    struct child_environment *out = arena_alloc(a, 1, sizeof *out);
    const struct environment_options options = {
        .only_declared = s->options->only_declared,
        .secrets = list == NULL      ? NULL
                   : list->count > 0 ? list->items
                                     : none,
        .files = s->secrets.files,
    };
    out->entries = config_environment(c, s->options->load.environ_, &options, a);
    out->fds = arena_alloc(a, c->count + 1, sizeof *out->fds);
    for (size_t i = 0; i < c->count; i++) {
        if (s->secrets.files[i] >= 0 && environment_admits(&c->settings[i], &options)) {
            out->fds[out->fd_count++] = s->secrets.files[i];
        }
    }
    return out;
}

static const struct strings *list_of(const struct node *n)
{
    if (n->service != NULL) {
        return n->service->secrets;
    }
    return n->step != NULL ? n->step->secrets : n->test->secrets;
}

int secrets_open(struct session *s, struct err *e)
{
    const struct graph *g = &s->loaded->graph;
    const struct strings *of_main = s->loaded->manifest.main_secrets;
    if (open_files(s, e) != 0) {
        return -1;
    }
    struct child_environment *all = make_environment(s, NULL);
    s->secrets.of_main = of_main != NULL ? make_environment(s, of_main) : all;
    s->secrets.of_nodes = arena_alloc(&s->loaded->arena, g->count + 1, sizeof(struct child_environment *));
    for (size_t i = 0; i < g->count; i++) {
        const struct strings *list = list_of(&g->nodes[i]);
        struct child_environment *own = list != NULL ? make_environment(s, list) : all;
        char **entries = own_process_environment(s, i, own->entries);
        if (entries != own->entries) {
            struct child_environment *copy = arena_alloc(&s->loaded->arena, 1, sizeof *copy);
            *copy = *own;
            copy->entries = entries;
            own = copy;
        }
        s->secrets.of_nodes[i] = own;
    }
    return 0;
}

/* ---- forgetting ---- */

static bool still_needed(const struct session *s)
{
    if (!s->main.started || s->notify.of_main || engine_phase(s->engine) != ENGINE_READY ||
        engine_wake(s->engine) != CLOCK_NEVER) {
        return true;
    }
    for (size_t i = 0; i < s->children.capacity; i++) {
        enum child_role role = s->children.slots[i].role;
        if (role == CHILD_NODE || role == CHILD_PROBE) {
            return true;
        }
    }
    for (size_t i = 0; i < s->loaded->graph.count; i++) {
        if (engine_state(s->engine, i)->probing || s->steps.work[i].task != TASK_NONE) {
            return true;
        }
    }
    return false;
}

/* Only what is in the arena is ours to overwrite: a builtin's default lies in the program. */
static void overwrite(const struct arena *a, const char *text)
{
    if (text != NULL && text >= a->base && text < a->base + a->used) {
        size_t at = (size_t)(text - a->base);
        explicit_bzero(a->base + at, strlen(text));
    }
}

static void forget_environments(struct session *s)
{
    const struct config *c = &s->loaded->config;
    environment_scrub(s->secrets.of_main->entries, c, &s->redactor);
    for (size_t i = 0; i < s->loaded->graph.count; i++) {
        environment_scrub(s->secrets.of_nodes[i]->entries, c, &s->redactor);
    }
    environment_scrub(s->options->load.environ_, c, &s->redactor);
}

static void forget_outputs(struct session *s)
{
    for (size_t i = 0; i < 2 * s->loaded->graph.count; i++) {
        if (s->outputs[i] != NULL && s->outputs[i]->total > 0) {
            explicit_bzero(s->outputs[i]->line, sizeof s->outputs[i]->line);
        }
    }
}

/* Its texts are in the arena, its own to write to. */
static void forget_request(struct wire_probe_request *r)
{
    for (size_t i = 0; i < wire_text_count; i++) {
        char **text = (char **)(void *)((char *)r + wire_texts[i].offset);
        if (*text != NULL) {
            explicit_bzero(*text, strlen(*text));
        }
    }
}

void secrets_forget(struct session *s)
{
    const struct config *c = &s->loaded->config;
    const struct graph *g = &s->loaded->graph;
    if (s->secrets.forgotten || still_needed(s)) {
        return;
    }
    s->secrets.forgotten = true;
    helpers_close(s); /* the prober has what it was asked with in its memory */
    for (size_t i = 0; i < g->count; i++) {
        if (g->nodes[i].request != NULL) {
            forget_request(g->nodes[i].request);
        }
    }
    forget_environments(s);
    forget_outputs(s);
    redact_erase(&s->redactor, s->loaded->arena.base, s->loaded->arena.used, SECRETS_ERASED_MIN);
    for (size_t i = 0; i < c->count; i++) {
        if (c->settings[i].tainted) {
            overwrite(&s->loaded->arena, c->settings[i].value);
            overwrite(&s->loaded->arena, c->settings[i].unused);
        }
        fd_close_cleanup(&s->secrets.files[i]);
        s->secrets.files[i] = -1;
    }
    redactor_wipe(&s->redactor);
}
