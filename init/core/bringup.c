#include "init/core/bringup.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "init/base/clock.h"
#include "init/base/log.h"
#include "init/base/version.h"
#include "init/config/environment.h"
#include "init/core/session.h"
#include "init/report/terminal.h"

/* Between two looks whether the state directory is free. */
#define LOCK_PAUSE_NS 50000000L

static void tell_problems(const struct problems *p, const char *what)
{
    if (p->count > 0) {
        terminal_problems(p, what);
    }
}

static int open_journal(struct session *s, struct err *e)
{
    struct journal_mark mark;
    bool marked = status_mark(&s->statedir, s->scratch, STATUS_TEXT_MAX, &mark);
    if (journal_open(&s->statedir, &s->view.anchor, s->loaded->manifest.sha256, marked ? &mark : NULL, &s->journal,
                     &s->history, &s->loaded->arena, e) != 0) {
        return -1;
    }
    if (s->journal.torn > 0) {
        log_line(LOG_WARNING, "the journal ended with %zu bytes of a line, as a kill leaves them: they were cut off",
                 s->journal.torn);
    }
    s->view.journal = &s->journal;
    return 0;
}

/* Nobody hears signals yet, so they are looked for here. */
static bool is_interrupted(void)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        sigaddset(&set, ends[i]);
    }
    return sigtimedwait(&set, NULL, &pause) > 0;
}

static int take_lock(struct session *s, struct err *e)
{
    const uint64_t until_us = clock_mono_us() + s->options->lock_wait_us;
    bool told = false;
    while (statedir_lock(&s->statedir, e) != 0) {
        if (e->code != ERR_LOCKED || clock_mono_us() >= until_us) {
            return -1;
        }
        if (!told) {
            log_line(LOG_NOTICE, "%s; waiting for it to end", e->text);
            told = true;
        }
        if (is_interrupted()) {
            return err_wrap(e, "interrupted while waiting");
        }
    }
    return 0;
}

/* Without a manifest muster is a plain init: it needs no folder and takes no lock. */
static int open_state(struct session *s, struct err *e)
{
    s->statedir = (struct statedir){.fd = -1, .lock_fd = -1};
    s->journal.fd = -1;
    if (!s->loaded->declared && s->options->state_dir == NULL) {
        return 0;
    }
    if (statedir_open(s->options->state_dir, true, &s->statedir, e) != 0 || take_lock(s, e) != 0) {
        return -1;
    }
    if (s->statedir.fd < 0) {
        log_line(LOG_WARNING, "no writable state directory: nothing is kept; name one with --state-dir");
    }
    return open_journal(s, e);
}

static int open_session(struct session *s, struct err *e)
{
    s->view = (struct status_view){
        .phase = PHASE_CONFIGURATION,
        .manifest = &s->loaded->manifest,
        .config = &s->loaded->config,
        .problems = &s->loaded->problems,
        .anchor = clock_anchor_now(),
        .taking_back = s->options->take_back != NULL,
    };
    s->scratch = arena_alloc(&s->loaded->arena, STATUS_TEXT_MAX, 1);
    if (open_state(s, e) != 0) {
        s->scratch = NULL; /* the folder is not ours to write to */
        return -1;
    }
    s->view.session = s->journal.session;
    s->view.state_path = s->statedir.path;
    s->view.facts = (struct snapshot_facts){
        .manifest_sha256 = s->loaded->manifest.sha256,
        .muster_version = muster_version,
    };
    return session_configuration(s, CONFIG_CONFIGURATION, e);
}

static struct output *make_output(struct session *s, bool wanted, struct logfile *file)
{
    struct output *out = NULL;
    if (wanted) {
        out = arena_alloc(&s->loaded->arena, 1, sizeof *out);
        output_init(out, &s->redactor, s->options->no_redact, file);
    }
    return out;
}

/* Only what may have a process: of ten thousand services of others none does. */
static void prepare_children(struct session *s)
{
    struct arena *a = &s->loaded->arena;
    const struct graph *g = &s->loaded->graph;
    size_t commands = 0;
    s->outputs = arena_alloc(a, 2 * g->count, sizeof(struct output *));
    for (size_t i = 0; i < g->count; i++) {
        const struct node *n = &g->nodes[i];
        struct own_process *own = s->own[i];
        s->outputs[i] = make_output(s, own != NULL, own != NULL ? &own->log : NULL);
        s->outputs[g->count + i] = make_output(s, n->probe_argv != NULL && !n->inactive, NULL);
        commands += (s->outputs[i] != NULL) + (s->outputs[g->count + i] != NULL);
    }
    children_init(&s->children, commands, a);
}

/* Everything that later runs without allocating. */
static int prepare(struct session *s, struct err *e)
{
    struct arena *a = &s->loaded->arena;
    const struct graph *g = &s->loaded->graph;
    redactor_init(&s->redactor, &s->loaded->config, a);
    prepare_children(s);
    s->view.facts.fingerprints = profile_fingerprints(&s->loaded->config, s->statedir.key, sizeof s->statedir.key, a);
    s->journaled = arena_alloc(a, g->count, sizeof *s->journaled);
    s->timeout_ms = arena_alloc(a, g->count, sizeof *s->timeout_ms);
    s->attempt_us = arena_alloc(a, g->count, sizeof *s->attempt_us);
    artifact_list_build(&s->artifacts, g, a);
    helpers_init(s);
    if (steps_open(s, e) != 0 || (s->options->take_back != NULL && steps_choose(s, s->options->take_back, e) != 0)) {
        return -1;
    }
    const uint64_t own = s->options->deadline_us;
    const struct engine_options options = {
        .deadline_us = own != 0 ? own : s->loaded->manifest.deadline_us,
        .seed = clock_mono_us(),
        .keep_calling = s->options->main_argv != NULL && !s->options->no_watch,
        .parallel = s->loaded->manifest.parallel,
        .rollback = s->loaded->manifest.rollback,
        .past = s->steps.past,
        .take_back = s->steps.take_back,
    };
    s->engine = engine_new(a, g, &options);
    s->view.graph = g;
    s->view.engine = s->engine;
    s->view.artifacts = &s->artifacts;
    s->view.outputs = s->outputs;
    s->view.history = &s->history;
    return 0;
}

static int configure(struct session *s, struct err *e)
{
    struct load_options with_state = s->options->load;
    const struct load_options *load = &with_state;
    with_state.state_dir = s->statedir.path;
    if (load_config(load, s->loaded, e) != 0) {
        tell_problems(&s->loaded->problems, "configuration");
        return -1;
    }
    config_seal(&s->loaded->config, s->statedir.key, sizeof s->statedir.key);
    if (journal_session(&s->journal, s->loaded->config.digest, e) != 0) {
        return -1;
    }
    s->loaded->config.state = CONFIG_CONFIGURATION; /* validated once that is on disk */
    if (load_graph(load, s->loaded, e) != 0 || own_processes_prepare(s, e) != 0) {
        tell_problems(&s->loaded->problems, "manifest");
        return -1;
    }
    tell_problems(&s->loaded->problems, "configuration");
    if (s->loaded->manifest.variable_count > 0) {
        terminal_config(&s->loaded->config, &s->loaded->manifest);
    }
    return session_configuration(s, CONFIG_VALIDATED, e);
}

static int give_up(struct session *s, const struct err *e)
{
    log_line(LOG_ERROR, "%s", e->text);
    s->exit_code = err_exit_code(e->code);
    s->view.phase = PHASE_FAILED;
    s->view.exit_code = s->exit_code;
    if (s->scratch != NULL) {
        s->dirty = true;
        session_publish(s);
    }
    return s->exit_code;
}

int bringup_run(const struct bringup_options *o)
{
    struct err e;
    struct loaded loaded = {.declared = false};
    (void)prctl(PR_SET_DUMPABLE, 0); /* a program that we start is as it is by itself: exec sets it anew */
    if (load_manifest(&o->load, &loaded, &e) != 0) {
        tell_problems(&loaded.problems, "manifest");
        log_line(LOG_ERROR, "%s", e.text);
        return err_exit_code(e.code);
    }
    /* What it was started with is overwritten once what it says is known. */
    struct bringup_options own = *o;
    own.load.environ_ = environment_copy(o->load.environ_, &loaded.arena);
    /* In the arena, because most of its hundred kilobytes are never touched: on the stack all would have to be zeroed. */
    struct session *s = arena_alloc(&loaded.arena, 1, sizeof *s);
    s->options = &own;
    s->loaded = &loaded;
    if (open_session(s, &e) != 0 || configure(s, &e) != 0) {
        return give_up(s, &e);
    }
    if (prepare(s, &e) != 0) {
        return give_up(s, &e);
    }
    environment_scrub(o->load.environ_, &loaded.config, &s->redactor);
    if (handover_prepare(s, &e) != 0 || loop_open(s, &e) != 0 || secrets_open(s, &e) != 0 || notify_open(s, &e) != 0) {
        return give_up(s, &e);
    }
    steps_listen(s);
    return loop_run(s);
}
