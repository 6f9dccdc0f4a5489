/*
 * What an earlier run left: which steps are done, which have to be done anew, and why.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/base/digest.h"
#include "init/base/log.h"
#include "init/core/session.h"
#include "init/core/steps.h"
#include "init/setup/image_sweep.h"
#include "init/setup/journal_lines.h"

/* ---- which values a step uses ---- */

static void add(struct digest *d, const char *text)
{
    if (text == NULL) {
        digest_update(d, "\1", 1); /* not the same as an empty one */
    } else {
        digest_update(d, text, strlen(text) + 1);
    }
}

static void add_list(struct digest *d, const char *const *list)
{
    for (; list != NULL && *list != NULL; list++) {
        add(d, *list);
    }
    add(d, NULL);
}

/*
 * With the values of its variables in it, which may be secret: told by HMAC with the key of the state directory. And whose it
 * is: two projects with the same state directory may well have the same "make install".
 */
static const char *inputs_of(struct session *s, const struct node *n)
{
    struct digest d;
    uint8_t plain[DIGEST_BYTES];
    uint8_t keyed[DIGEST_BYTES];
    digest_init(&d);
    add(&d, s->steps.project);
    add_list(&d, (const char *const *)n->argv);
    add_list(&d, n->environment);
    add(&d, n->directory);
    for (size_t i = 0; i < n->step->artifact_count; i++) {
        add(&d, n->artifact_paths[i]);
    }
    if (n->action != NULL) {
        const struct step_action *a = n->action;
        const char *const texts[] = {a->path,
                                     a->content != NULL ? a->content : "",
                                     a->from != NULL ? a->from : "",
                                     a->target != NULL ? a->target : "",
                                     a->url != NULL ? a->url : "",
                                     NULL};
        add_list(&d, texts);
    }
    digest_final(&d, plain);
    digest_hmac(s->statedir.key, sizeof s->statedir.key, plain, sizeof plain, keyed);
    explicit_bzero(&d, sizeof d); /* of the last values there is a rest in it */
    char *hex = arena_alloc(&s->loaded->arena, DIGEST_HEX_MAX, 1);
    digest_hex(keyed, hex);
    return hex;
}

/* ---- what of it still holds ---- */

static bool is(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Why a step that is done has to be done anew; NULL = it has not. */
static const char *stale(const struct session *s, size_t node, const struct past_step *p)
{
    const struct node *n = &s->loaded->graph.nodes[node];
    if (p->status == STEP_COMPLETED && p->rollback != ROLLBACK_NOT_ASKED) {
        return "rollback";
    }
    if (p->status == STEP_COMPLETED && (n->inactive || n->skipped)) {
        return NULL; /* its variables have not been looked at */
    }
    if (p->status == STEP_SKIPPED) {
        bool by_hand = is(p->skip_source, "command");
        bool skipped_again = n->skipped || n->inactive;
        return by_hand || skipped_again ? NULL : "unskipped";
    }
    if (p->status != STEP_COMPLETED) {
        return NULL;
    }
    if (!is(p->definition_sha256, n->step->definition_sha256)) {
        return "definition";
    }
    return is(p->inputs, s->steps.inputs[node]) ? NULL : "inputs";
}

static bool has_left_anything(const struct past_step *p)
{
    for (size_t i = 0; i < p->artifact_count; i++) {
        if (p->artifacts[i].has_after) {
            return true;
        }
    }
    return false;
}

/* One that was taken back half-way is opened anew with no attempts, but some of what it did is there still. */
static bool has_kept_anything(const struct past_step *p)
{
    for (size_t i = 0; i < p->artifact_count; i++) {
        if (p->artifacts[i].has_before && !p->artifacts[i].taken_back) {
            return true;
        }
    }
    return false;
}

static int take_step(struct session *s, size_t node, const struct past_step *p, struct err *e)
{
    struct node *n = &s->loaded->graph.nodes[node];
    struct step_past *past = &s->steps.past[node];
    const char *reopened = s->options->take_back == NULL ? stale(s, node, p) : NULL;
    if (reopened != NULL && journal_reopen(&s->journal, n->name, reopened, NULL, s->view.anchor.mono_us, e) != 0) {
        return -1;
    }
    past->status = p->status;
    past->attempts = p->attempts;
    past->verify = p->status == STEP_COMPLETED && has_left_anything(p);
    past->kept = has_kept_anything(p);
    past->why = p->status == STEP_SKIPPED ? "manual" : NULL;
    if (past->status == STEP_COMPLETED) {
        n->skipped = false; /* there is nothing left to skip */
    }
    s->journaled[node] = (uint8_t)past->status;
    return 0;
}

static int open_backups(struct session *s, struct err *e)
{
    s->steps.backups = -1;
    bool made = s->statedir.fd >= 0 && mkdirat(s->statedir.fd, BACKUPS_FOLDER, 0700) == 0;
    if (s->statedir.fd >= 0 && (made ? fsync(s->statedir.fd) != 0 : errno != EEXIST)) {
        return err_set(e, ERR_STATE, errno, "cannot make %s/%s", s->statedir.path, BACKUPS_FOLDER);
    }
    if (s->statedir.fd >= 0) {
        s->steps.backups = openat(s->statedir.fd, BACKUPS_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (s->statedir.fd >= 0 && s->steps.backups < 0) {
        return err_set(e, ERR_STATE, errno, "cannot open %s/%s", s->statedir.path, BACKUPS_FOLDER);
    }
    if (s->steps.backups >= 0) {
        image_sweep(s->steps.backups, &s->history);
    }
    return 0;
}

/* The folder of the manifest; "" for a builtin one, and where there are no steps. */
static const char *project_of(struct session *s)
{
    char path[PATH_MAX];
    if (s->loaded->graph.step_count == 0 || realpath(s->loaded->manifest.source, path) == NULL) {
        return "";
    }
    *strrchr(path, '/') = '\0';
    return arena_strdup(&s->loaded->arena, path);
}

int steps_open(struct session *s, struct err *e)
{
    const struct graph *g = &s->loaded->graph;
    struct arena *a = &s->loaded->arena;
    s->steps.past = arena_alloc(a, g->count, sizeof *s->steps.past);
    s->steps.work = arena_alloc(a, g->count, sizeof *s->steps.work);
    s->steps.began = arena_alloc(a, g->count, sizeof *s->steps.began);
    s->steps.rollback = arena_alloc(a, g->count, sizeof *s->steps.rollback);
    s->steps.inputs = arena_alloc(a, g->count, sizeof *s->steps.inputs);
    s->steps.asked = arena_alloc(a, s->artifacts.count, sizeof *s->steps.asked);
    s->steps.cleanup_deadline_us = CLOCK_NEVER;
    s->steps.project = project_of(s);
    if (g->step_count > 0 && open_backups(s, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < g->count; i++) {
        const struct node *n = &g->nodes[i];
        if (n->kind != NODE_STEP) {
            continue;
        }
        s->steps.inputs[i] = n->inactive ? "" : inputs_of(s, n);
        const struct past_step *p = history_find(&s->history, n->name);
        if (p != NULL && take_step(s, i, p, e) != 0) {
            return -1;
        }
    }
    steps_plan_undo(s);
    return 0;
}

/* ---- what is to be taken back ---- */

/* Categories do not count: only what a step says that it needs. */
static bool is_built_on_chosen(const struct session *s, const struct step *step)
{
    for (size_t i = 0; i < step->prerequisites.count; i++) {
        int node = graph_find(&s->loaded->graph, NODE_STEP, step->prerequisites.items[i]);
        if (node >= 0 && s->steps.take_back[node]) {
            return true;
        }
    }
    return false;
}

/* It has been begun, and not all of it has been taken back. */
static bool has_something(const struct session *s, size_t node)
{
    const struct past_step *p = history_find(&s->history, s->loaded->graph.nodes[node].name);
    return p != NULL && p->status != STEP_PENDING && p->rollback != ROLLBACK_DONE;
}

int steps_choose(struct session *s, const char *const *ids, struct err *e)
{
    const struct graph *g = &s->loaded->graph;
    const bool all = ids[0] == NULL;
    s->steps.take_back = arena_alloc(&s->loaded->arena, g->count, sizeof *s->steps.take_back);
    for (; *ids != NULL; ids++) {
        const struct step *step = manifest_find_step(&s->loaded->manifest, *ids, e);
        if (step == NULL) {
            return -1;
        }
        s->steps.take_back[graph_find(g, NODE_STEP, step->id)] = true;
    }
    for (size_t k = 0; k < g->count; k++) { /* what is needed comes first */
        const size_t i = g->order[k];
        if (g->nodes[i].kind == NODE_STEP) {
            s->steps.take_back[i] = all || s->steps.take_back[i] || is_built_on_chosen(s, g->nodes[i].step);
        }
    }
    size_t chosen = 0;
    for (size_t i = 0; i < g->count; i++) {
        s->steps.take_back[i] = s->steps.take_back[i] && has_something(s, i);
        chosen += s->steps.take_back[i];
    }
    if (chosen == 0) {
        log_line(LOG_NOTICE, "there is nothing to take back");
    }
    return 0;
}
