/*
 * What the nodes of the graph run: commands, exec probes, built-in actions, clean-up scripts.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/core/session.h"
#include "init/core/spawn.h"
#include "init/setup/action_instructions.h"

/* A pipe whose read end PID 1 can watch. */
static int open_pipe(struct session *s, struct child *slot, int *write_end, struct err *e)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set(e, ERR_SYS, errno, "cannot open a pipe");
    }
    *write_end = ends[1];
    slot->output_fd = ends[0];
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return loop_watch(s, ends[0], SOURCE_OUTPUT, child_index(&s->children, slot), e);
}

static int open_ready_pipe(struct session *s, enum child_role role, size_t node, int *write_end, struct err *e)
{
    const struct node *n = &s->loaded->graph.nodes[node];
    bool wanted = role == CHILD_NODE && n->service != NULL && n->service->ready == READY_BY_DESCRIPTOR;
    return wanted ? notify_pipe(s, node, write_end, e) : 0;
}

/* What it is, and what it gets beside argv; the rest is the node's. */
struct child_start {
    enum child_role role;
    const char *path; /* NULL = argv[0] */
    char *const *argv;
    int channel_fd; /* -1 = none */
};

static struct spawn_spec spec_of(const struct session *s, size_t node, const struct child_start *start)
{
    const struct node *n = &s->loaded->graph.nodes[node];
    const bool probe = start->role == CHILD_PROBE;
    return (struct spawn_spec){
        .path = start->path,
        .argv = start->argv,
        .envp = start->role == CHILD_NODE ? notify_node_environment(s, node) : s->secrets.of_nodes[node]->silent,
        .directory = probe ? NULL : n->directory,
        .channel_fd = start->channel_fd,
        .ready_number = n->service != NULL ? n->service->ready_fd : 0,
        .given_fds = s->secrets.of_nodes[node]->fds,
        .given_count = s->secrets.of_nodes[node]->fd_count,
        .signals = s->options->inherited,
        .privilege = probe ? NULL : s->own[node]->privilege,
    };
}

/* Returns 0, or -1 with *exec_errno and e set. */
static int start_child(struct session *s, size_t node, const struct child_start *start, int *exec_errno, struct err *e)
{
    if (start->role == CHILD_NODE) {
        own_process_fresh(s, node);
    }
    struct child *slot = children_add(&s->children, start->role, node, 0);
    cleanup_fd int write_end = -1;
    cleanup_fd int ready_fd = -1;
    *exec_errno = EAGAIN;
    if (slot == NULL) {
        return err_set(e, ERR_LIMIT, 0, "cannot start %s: too many processes", start->argv[0]);
    }
    slot->output = s->outputs[start->role == CHILD_PROBE ? s->loaded->graph.count + node : node];
    if (start->role != CHILD_CLEANUP) { /* its words come after those of the step */
        output_init(slot->output, &s->redactor, s->options->no_redact, slot->output->file);
    }
    if (open_pipe(s, slot, &write_end, e) == 0 && open_ready_pipe(s, start->role, node, &ready_fd, e) == 0) {
        struct spawn_spec spec = spec_of(s, node, start);
        spec.output_fd = write_end;
        spec.ready_fd = ready_fd;
        pid_t pid = spawn(&spec, exec_errno, e);
        if (pid > 0) {
            slot->pid = pid;
            return 0;
        }
    }
    fd_close_cleanup(&slot->output_fd);
    slot->role = CHILD_FREE;
    return -1;
}

/* What muster does itself is done by a process, too: with the step's user and umask, and it may be killed. */
static int start_action(struct session *s, size_t node, int *exec_errno, struct err *e)
{
    const struct step_action *action = s->loaded->graph.nodes[node].action;
    const struct action_owner owner = {.uid = s->own[node]->uid, .gid = s->own[node]->gid};
    char name[] = "muster";
    char role[16];
    *exec_errno = EAGAIN;
    cleanup_fd int instructions = instructions_memfd(action, owner, e);
    if (instructions < 0) {
        return -1;
    }
    (void)snprintf(role, sizeof role, "%s", action_role(action->kind));
    char *argv[] = {name, role, NULL};
    const struct child_start start = {
        .role = CHILD_NODE, .path = helper_path(), .argv = argv, .channel_fd = instructions};
    return start_child(s, node, &start, exec_errno, e);
}

void run_node(struct session *s, size_t node)
{
    const struct node *n = &s->loaded->graph.nodes[node];
    const struct child_start command = {.role = CHILD_NODE, .argv = n->argv, .channel_fd = -1};
    struct engine_event event = {.kind = EVENT_STARTED, .node = node};
    struct err e;
    int exec_errno;
    own_process_attempt(s, node);
    if ((n->action != NULL ? start_action(s, node, &exec_errno, &e)
                           : start_child(s, node, &command, &exec_errno, &e)) != 0) {
        event.kind = EVENT_EXIT;
        event.exec_errno = exec_errno;
        event.text = e.text;
    }
    session_handle(s, &event);
}

int run_probe(struct session *s, size_t node, struct err *e)
{
    const struct child_start start = {
        .role = CHILD_PROBE, .argv = s->loaded->graph.nodes[node].probe_argv, .channel_fd = -1};
    int exec_errno;
    return start_child(s, node, &start, &exec_errno, e);
}

int run_cleanup(struct session *s, size_t node, char *const *argv, struct err *e)
{
    const struct child_start start = {.role = CHILD_CLEANUP, .argv = argv, .channel_fd = -1};
    int exec_errno;
    return start_child(s, node, &start, &exec_errno, e);
}

void run_cleanup_kill(struct session *s, size_t node)
{
    struct child *slot = children_find(&s->children, CHILD_CLEANUP, node);
    if (slot != NULL) {
        child_signal(slot, SIGKILL);
    }
}
