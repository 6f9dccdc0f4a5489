#include "init/core/own_process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/base/match.h"
#include "init/core/session.h"

#define WHY_MAX 192

/* ---- before anything is started ---- */

static const char *where(struct session *s, const struct node *n, const char *key)
{
    return arena_printf(&s->loaded->arena, "/%s/%s/%s", n->service != NULL ? "services" : "steps", n->name, key);
}

static const struct process_options *options_of(const struct node *n)
{
    return n->service != NULL ? &n->service->process : n->step != NULL ? &n->step->process : NULL;
}

static void prepare_privilege(struct session *s, const struct node *n, struct own_process *own)
{
    const struct process_options *o = options_of(n);
    struct problems *p = &s->loaded->problems;
    struct arena *a = &s->loaded->arena;
    struct err e;
    if (o == NULL || (o->user == NULL && o->groups == NULL && o->umask == NULL && o->limits.count == 0)) {
        return;
    }
    struct privilege_request request = {.user = o->user, .groups = o->groups, .has_umask = o->umask != NULL};
    request.umask = o->umask != NULL ? (mode_t)strtoul(o->umask, NULL, 8) : 0;
    for (size_t i = 0; i < o->limits.count; i++) {
        if (privilege_parse_limit(o->limits.items[i], &request, &e) != 0) {
            problem_add(p, "limit", where(s, n, "limits"), "%s", e.text);
        }
    }
    struct privilege *privilege = arena_alloc(a, 1, sizeof *privilege);
    if (privilege_prepare(&request, a, privilege, &e) != 0) {
        problem_add(p, "account", where(s, n, o->user != NULL ? "user" : "groups"), "%s", e.text);
    }
    own->privilege = privilege;
    own->home = privilege->home != NULL ? arena_printf(a, "HOME=%s", privilege->home) : NULL;
}

/* "app" changes the user alone, ":app" the group alone, as chown(1) has it. */
static void prepare_owner(struct session *s, const struct node *n, struct own_process *own)
{
    const char *owner = n->action != NULL ? n->action->owner : NULL;
    const struct privilege_request request = {.user = owner};
    struct privilege found;
    struct err e;
    own->uid = own->gid = UINT32_MAX;
    if (owner == NULL) {
        return;
    }
    if (privilege_prepare(&request, &s->loaded->arena, &found, &e) != 0) {
        char key[32];
        (void)snprintf(key, sizeof key, "%s/owner", step_action_name(n->action->kind));
        problem_add(&s->loaded->problems, "account", where(s, n, key), "%s", e.text);
        return;
    }
    own->uid = owner[0] == ':' ? UINT32_MAX : found.uid;
    own->gid = strchr(owner, ':') == NULL ? UINT32_MAX : found.gid;
}

static void prepare_ready_line(struct session *s, const struct node *n, struct own_process *own)
{
    const struct service *service = n->service;
    char why[WHY_MAX];
    if (service == NULL || service->ready != READY_BY_LINE) {
        return;
    }
    struct pattern *pattern = arena_alloc(&s->loaded->arena, 1, sizeof *pattern);
    if (match_compile_search(service->ready_line, pattern, why, sizeof why) != 0) {
        problem_add(&s->loaded->problems, "pattern", where(s, n, "ready/line"), "%s", why);
    }
    own->ready_line = pattern;
}

/* No two are the same: services have no full stop in their names. */
static const char *log_name(const struct node *n, struct arena *a)
{
    static const char *const forms[] = {[NODE_SERVICE] = "", [NODE_STEP] = ".step", [NODE_TEST] = ".test"};
    return arena_printf(a, "%s%s.log", n->name, forms[n->kind]);
}

int own_processes_prepare(struct session *s, struct err *e)
{
    const struct graph *g = &s->loaded->graph;
    struct arena *a = &s->loaded->arena;
    int folder = -1;
    bool any = false;
    s->own = arena_alloc(a, g->count + 1, sizeof(struct own_process *));
    for (size_t i = 0; i < g->count; i++) {
        const struct node *n = &g->nodes[i];
        if (!n->runs || n->inactive) {
            continue;
        }
        folder = any ? folder : logfile_folder(&s->statedir);
        any = true;
        s->own[i] = arena_alloc(a, 1, sizeof *s->own[i]);
        logfile_init(&s->own[i]->log, folder, log_name(n, a),
                     n->service != NULL ? n->service->log_limit : LOGFILE_LIMIT_DEFAULT);
        prepare_privilege(s, n, s->own[i]);
        prepare_ready_line(s, n, s->own[i]);
        prepare_owner(s, n, s->own[i]);
        own_process_attempt(s, i);
    }
    const size_t errors = s->loaded->problems.errors;
    if (errors == 0) {
        return 0;
    }
    return err_set(e, ERR_MANIFEST, 0, "%s: %zu mistake%s; nothing was started", s->loaded->manifest.source, errors,
                   errors == 1 ? "" : "s");
}

/* ---- its environment ---- */

/* Only if it has not been said what it is. */
static void put(char **list, size_t *count, const char *entry)
{
    const size_t name = strcspn(entry, "=") + 1;
    size_t i = 0;
    while (i < *count && strncmp(list[i], entry, name) != 0) {
        i++;
    }
    list[i] = (char *)(uintptr_t)entry; /* execve(2) takes it so, and overwriting what is secret in it */
    *count += i == *count;
}

static size_t length(const char *const *list)
{
    size_t count = 0;
    while (list != NULL && list[count] != NULL) {
        count++;
    }
    return count;
}

char **own_process_environment(struct session *s, size_t node, char **entries)
{
    const struct node *n = &s->loaded->graph.nodes[node];
    const struct own_process *own = s->own[node];
    if (own == NULL || (own->home == NULL && n->environment == NULL && n->step == NULL)) {
        return entries;
    }
    size_t count = length((const char *const *)entries);
    /* HOME, two about the attempt, NULL */
    char **out = arena_alloc(&s->loaded->arena, count + length(n->environment) + 4, sizeof *out);
    memcpy(out, entries, count * sizeof *out);
    if (own->home != NULL) {
        put(out, &count, own->home);
    }
    for (const char *const *added = n->environment; added != NULL && *added != NULL; added++) {
        put(out, &count, *added);
    }
    if (n->step != NULL) {
        put(out, &count, own->attempt);
        put(out, &count, own->resumed);
    }
    return out;
}

/* ---- while it runs ---- */

void own_process_attempt(struct session *s, size_t node)
{
    struct own_process *own = s->own[node];
    const struct step *step = s->loaded->graph.nodes[node].step;
    const uint32_t attempt = s->engine != NULL ? engine_state(s->engine, node)->attempts : 0;
    (void)snprintf(own->attempt, sizeof own->attempt, "MUSTER_ATTEMPT=%u", attempt);
    (void)snprintf(own->resumed, sizeof own->resumed, "MUSTER_RESUMED=%d", step != NULL && step->resume && attempt > 1);
}

void own_process_fresh(struct session *s, size_t node)
{
    children_forget(&s->children, node);
    notify_fresh(s, node);
    s->own[node]->line_seen = false;
}

void own_process_line(struct session *s, size_t node, const char *line, size_t len)
{
    struct own_process *own = s->own[node];
    if (own->ready_line != NULL && !own->line_seen && pattern_matches(own->ready_line, line, len)) {
        own->line_seen = true;
        session_handle(s, &(struct engine_event){.kind = EVENT_NOTIFIED, .node = node, .ok = true});
    }
}

static bool starts_again(const struct session *s, size_t node, int wait_status)
{
    enum engine_phase phase = engine_phase(s->engine);
    enum restart_policy policy = s->loaded->graph.nodes[node].restart;
    return (phase == ENGINE_CALLING || phase == ENGINE_READY) &&
           (policy == RESTART_ALWAYS || (policy == RESTART_ON_FAILURE && wait_status != 0));
}

void own_process_ended(struct session *s, size_t node, int wait_status, int pid)
{
    if (pid > 1 && starts_again(s, node, wait_status)) {
        (void)kill(-pid, SIGKILL);
    }
}
