#include <stdio.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/command/command.h"
#include "init/command/print.h"
#include "init/report/status.h"
#include "init/report/terminal.h"
#include "init/setup/control.h"
#include "init/setup/journal_lines.h"

/* A line for each step that one command line can name. */
#define LINES_MAX 65536

struct marking {
    struct loaded loaded;
    struct statedir dir;
    struct journal journal;
    struct history history;
    struct buf out;
};

static enum step_status status_of(const struct marking *m, const char *id)
{
    const struct past_step *p = history_find(&m->history, id);
    return p != NULL ? p->status : STEP_PENDING;
}

/* What is skipped on the command line of a run, is so for that run; this is for all that follow. */
static int skip(struct marking *m, const char *id, struct err *e)
{
    const struct past_step *p = history_find(&m->history, id);
    const struct step_line line = {
        .step_id = id, .to = STEP_SKIPPED, .skip_reason = "manual", .skip_source = "command"};
    if (p != NULL && p->status == STEP_SKIPPED && p->skip_source != NULL && strcmp(p->skip_source, "command") == 0) {
        buf_printf(&m->out, "%s is skipped already\n", id);
        return 0;
    }
    buf_printf(&m->out, "%s is skipped from now on; muster step retry %s takes that back\n", id, id);
    return journal_step(&m->journal, &line, clock_mono_us(), e);
}

/* It has been completed, could not be taken back, and fails for that. */
static bool is_stuck(const struct marking *m, const char *id)
{
    const struct past_step *p = history_find(&m->history, id);
    bool left = false;
    for (size_t i = 0; p != NULL && i < p->artifact_count; i++) {
        const struct past_artifact *a = &p->artifacts[i];
        left |= a->has_before && a->has_after && !a->taken_back;
    }
    return left && p->status == STEP_FAILED;
}

static int retry(struct marking *m, const char *id, struct err *e)
{
    switch (is_stuck(m, id) ? STEP_COMPLETED : status_of(m, id)) {
    case STEP_COMPLETED:
    case STEP_SKIPPED:
        buf_printf(&m->out, "%s will be done again at the next start\n", id);
        return journal_reopen(&m->journal, id, "retry", "muster step retry", clock_mono_us(), e);
    default:
        buf_printf(&m->out, "%s will be done at the next start anyway\n", id);
        return 0;
    }
}

static int open_state(struct marking *m, const char *wanted, struct err *e)
{
    const struct clock_anchor anchor = clock_anchor_now();
    struct arena *a = &m->loaded.arena;
    struct journal_mark mark;
    char *scratch = arena_alloc(a, STATUS_TEXT_MAX, 1);
    if (statedir_open(wanted, true, &m->dir, e) != 0 || statedir_lock(&m->dir, e) != 0) {
        return -1;
    }
    if (m->dir.fd < 0) {
        return err_set(e, ERR_STATE, 0, "no writable state directory: name one with --state-dir");
    }
    bool marked = status_mark(&m->dir, scratch, STATUS_TEXT_MAX, &mark);
    return journal_open(&m->dir, &anchor, m->loaded.manifest.sha256, marked ? &mark : NULL, &m->journal, &m->history, a,
                        e);
}

/* Another muster is at work: it is asked, and what becomes of it is seen in its status file by whoever wants to. */
static int ask_owner(struct marking *m, const struct options *o, struct err *e)
{
    if (strcmp(o->targets[0], "skip") != 0) {
        return err_wrap(e, "a step cannot be done again while set-up runs");
    }
    for (size_t i = 1; i < o->target_count; i++) {
        struct control_request request = {.verb = CONTROL_SKIP};
        (void)snprintf(request.step_id, sizeof request.step_id, "%s", o->targets[i]);
        if (control_send(&m->dir, &request, e) != 0) {
            return -1;
        }
        buf_printf(&m->out, "the muster that runs was asked to skip %s\n", o->targets[i]);
    }
    return 0;
}

static int mark_all(struct marking *m, const struct options *o, struct err *e)
{
    static const struct {
        const char *word;
        int (*apply)(struct marking *m, const char *id, struct err *e);
    } words[] = {{"skip", skip}, {"retry", retry}};
    const size_t count = sizeof words / sizeof words[0];
    size_t which = 0;
    while (o->target_count > 0 && which < count && strcmp(o->targets[0], words[which].word) != 0) {
        which++;
    }
    if (o->target_count < 2 || which == count) {
        return err_set(e, ERR_USAGE, 0, "write muster step skip ID... or muster step retry ID...");
    }
    for (size_t i = 1; i < o->target_count; i++) {
        if (manifest_find_step(&m->loaded.manifest, o->targets[i], e) == NULL) {
            return -1;
        }
    }
    if (open_state(m, o->state_dir, e) != 0) {
        return e->code == ERR_LOCKED ? ask_owner(m, o, e) : -1;
    }
    for (size_t i = 1; i < o->target_count; i++) {
        if (words[which].apply(m, o->targets[i], e) != 0) {
            return -1;
        }
    }
    return 0;
}

int command_step(const struct options *o, char *const *environ_)
{
    struct marking m = {.dir = {.fd = -1, .lock_fd = -1}, .journal = {.fd = -1}};
    const struct load_options load = command_load_options(o, environ_);
    char storage[LINES_MAX];
    struct err e;
    buf_init(&m.out, storage, sizeof storage);
    int rc = load_manifest(&load, &m.loaded, &e);
    if (rc != 0) {
        terminal_problems(&m.loaded.problems, "manifest");
    } else {
        rc = mark_all(&m, o, &e);
    }
    journal_close(&m.journal);
    statedir_close(&m.dir);
    if (rc != 0) {
        log_line(LOG_ERROR, "%s", e.text);
        return err_exit_code(e.code);
    }
    return o->quiet ? EXIT_OK : print_buf(&m.out);
}
