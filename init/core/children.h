/*
 * children - every process that muster started: who it is, and where its output goes.
 */
#ifndef MUSTER_CORE_CHILDREN_H
#define MUSTER_CORE_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "init/base/arena.h"
#include "init/setup/output.h"

enum child_role {
    CHILD_FREE,
    CHILD_MAIN,
    CHILD_NODE,      /* a node's own command */
    CHILD_PROBE,     /* an exec probe of a node */
    CHILD_CLEANUP,   /* a clean-up script of a step's artifact */
    CHILD_CANCELLED, /* one that was killed: another one may be out */
    CHILD_PROBER,
    CHILD_RECORDER,
};

struct child {
    enum child_role role;
    size_t node;
    pid_t pid;             /* 0 = has ended; a grandchild may still hold the pipe */
    int output_fd;         /* owned; read end of its output, or -1 */
    struct output *output; /* borrowed; where output_fd goes */
};

struct children {
    struct child *slots;
    size_t capacity;
};

/*
 * children_init - room for @commands commands and exec probes, each possibly outlived by its pipe, and for our own processes.
 */
void children_init(struct children *c, size_t commands, struct arena *a);

/*
 * children_add - a free slot, filled with role, node and pid; NULL when all are taken. output_fd is -1.
 */
struct child *children_add(struct children *c, enum child_role role, size_t node, pid_t pid);

/*
 * children_by_pid, children_find - the slot of a running process, or NULL.
 */
struct child *children_by_pid(struct children *c, pid_t pid);
struct child *children_find(struct children *c, enum child_role role, size_t node);

/*
 * children_forget - a command of that node ended, but something still holds its pipe: close our end, free the slot.
 */
void children_forget(struct children *c, size_t node);

/*
 * child_index - position of the slot: the key for the event loop.
 */
size_t child_index(const struct children *c, const struct child *slot);

/*
 * child_signal - send to the process group that the child leads. Nothing happens when it has ended.
 */
void child_signal(const struct child *slot, int number);

/*
 * child_read - take what is waiting in its pipe, at most a few blocks, and feed it to its output.
 *
 * Returns false when the pipe is at its end (closed here), true when it stays open. Never blocks.
 */
bool child_read(struct child *slot, output_line_fn *fn, void *ctx);

/*
 * child_release - free the slot if process and pipe are both gone.
 */
void child_release(struct child *slot);

#endif
