/*
 * own_process - what the processes that muster runs are started with, and what becomes of their output. Internal to core/.
 */
#ifndef MUSTER_CORE_OWN_PROCESS_H
#define MUSTER_CORE_OWN_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/base/err.h"
#include "init/base/pattern.h"
#include "init/core/privilege.h"
#include "init/setup/logfile.h"

struct session;

/* The longer of the two, with any number. */
#define OWN_ATTEMPT_MAX 32

/* Of one node with a command. */
struct own_process {
    const struct privilege *privilege; /* NULL = ours */
    const char *home;                  /* of its user: "HOME=/home/app"; NULL = as ours */
    const struct pattern *ready_line;  /* NULL = nothing is looked for */
    bool line_seen;                    /* since it was started last */
    struct logfile log;
    /* Of a step: what its command is told about the attempt. */
    char attempt[OWN_ATTEMPT_MAX]; /* "MUSTER_ATTEMPT=2" */
    char resumed[OWN_ATTEMPT_MAX]; /* "MUSTER_RESUMED=1": goes on from what the attempt before left */
    uint32_t uid, gid;             /* of a built-in action's owner; UINT32_MAX = as it is */
};

/*
 * own_processes_prepare - look up users and groups, read limits, compile patterns: before anything is started.
 *
 * What is wrong goes into the problems of what was loaded, by JSON pointer: account (no such user or group), limit, pattern.
 *
 * Allocates: before hand-off only. Returns 0, or -1 with ERR_MANIFEST.
 */
int own_processes_prepare(struct session *s, struct err *e);

/*
 * own_process_environment - @entries with what the manifest adds to node @node's environment, and its user's HOME. A name that
 * is there already gets the value of the manifest.
 *
 * Allocates: before hand-off only. Returns @entries itself when nothing is added.
 */
char **own_process_environment(struct session *s, size_t node, char **entries);

/*
 * own_process_attempt - say in the environment of step @node which attempt begins. Does nothing that others see for a node of
 * another kind.
 */
void own_process_attempt(struct session *s, size_t node);

/*
 * own_process_fresh - node @node's command is about to be started, perhaps not for the first time: forget what an earlier
 * process of it left, its pipes and its words.
 */
void own_process_fresh(struct session *s, size_t node);

/*
 * own_process_line - node @node's process wrote a line: is it the one that says that it is ready?
 */
void own_process_line(struct session *s, size_t node, const char *line, size_t len);

/*
 * own_process_ended - its process ended with @wait_status. If it is started again, what it has left in its process group is
 * ended first: it may hold the port that the next one needs.
 *
 * @pid  reaped just now. Its number is not given to anybody else for as long as its group has members.
 */
void own_process_ended(struct session *s, size_t node, int wait_status, int pid);

#endif
