/*
 * notify - processes that say themselves that they are ready: a datagram socket for sd_notify(3), a pipe for those that write
 * a newline. Internal to core/.
 *
 * The socket has a random name in the abstract namespace: no writable folder is needed, and a main process with fewer rights
 * reaches it. Whoever knows the name can send; only what comes from a process of a service that is waited for is heard.
 */
#ifndef MUSTER_CORE_NOTIFY_H
#define MUSTER_CORE_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/err.h"

/* What a process says of itself, as it is shown. */
#define NOTIFY_MESSAGE_MAX 256

struct session;
struct child;

struct notify {
    int socket;            /* owned; -1 = nobody is going to say anything */
    bool of_main;          /* the main process has to */
    char **messages;       /* per node: NOTIFY_MESSAGE_MAX bytes, or NULL */
    char *main_message;    /* likewise */
    int *pipes;            /* per node: read end, or -1 */
    uint32_t refused_told; /* warnings about strangers */
};

/*
 * notify_open - socket, room for messages, and what environments of children say of it; nothing but the last when nobody has to
 * say anything. After secrets_open().
 *
 * Allocates: before hand-off only. Returns 0, or -1 with ERR_SYS.
 */
int notify_open(struct session *s, struct err *e);

/*
 * notify_node_environment, notify_main_environment - what a node's command, the main process is started with.
 */
char *const *notify_node_environment(const struct session *s, size_t node);
char *const *notify_main_environment(const struct session *s);

/*
 * notify_pipe - a pipe for node @node to write its newline to, watched by the loop.
 *
 * @write_end  filled; owned by the caller.
 *
 * Returns 0, or -1 with ERR_SYS.
 */
int notify_pipe(struct session *s, size_t node, int *write_end, struct err *e);

/*
 * notify_fresh - node @node's command is about to be started: what an earlier process of it said is not what it says.
 */
void notify_fresh(struct session *s, size_t node);

/*
 * notify_readable - the loop's call. @index: 0 = the socket, else the pipe of node @index - 1. Reads a few datagrams at
 * most, never blocks.
 */
void notify_readable(struct session *s, size_t index);

#endif
