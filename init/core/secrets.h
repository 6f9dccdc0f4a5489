/*
 * secrets - which child gets which secret and how, and what is left of them in muster itself. Internal to core/.
 *
 * Kept from others: muster is not dumpable while it knows secrets, so there is no core of it and nobody with the same user
 * reads its memory; the environment that it was started with, which is /proc/PID/environ, is overwritten where it has secrets
 * in it as soon as they have been copied; helpers start with an environment of their own.
 *
 * Once the main process runs and nothing that needs a secret can be started, probed or heard any more, they are overwritten:
 * values, environments of children, credentials of probes, what output is searched for, and every other copy in the arena of
 * what is at least SECRETS_ERASED_MIN bytes long. They are kept to the end where that never comes to be: a service that muster
 * runs itself is still there (its output is redacted), a service is probed at its interval, or the main process has to say that
 * it is ready (what it says is redacted).
 */
#ifndef MUSTER_CORE_SECRETS_H
#define MUSTER_CORE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/err.h"
#include "init/plan/manifest.h"

/* Secrets that are delivered as files have descriptors from here on, whichever are free: above those that a service may be
 * told to write its readiness to, and those that are passed by number, sd_listen_fds(3). */
#define SECRETS_FD_MIN (READY_FD_MAX + 1)
/* A shorter one may well be a word that is meant, in a name or a message. */
#define SECRETS_ERASED_MIN 12

struct session;

/* What a child is started with. */
struct child_environment {
    char **entries; /* as our own: with the NOTIFY_SOCKET that we were given */
    char **silent;  /* with none: of those that say nothing to us */
    char **telling; /* with ours; NULL = there is none */
    int *fds;       /* descriptors of ours that stay open in it under the same numbers */
    size_t fd_count;
};

struct secrets {
    int *files;                          /* per setting: a sealed memory file, owned; or -1 */
    struct child_environment *of_main;   /* all in the arena; those without a list of secrets share one */
    struct child_environment **of_nodes; /* per node */
    bool forgotten;
};

/*
 * secrets_open - files for secrets that are delivered so, and an environment for every child. notify_open() completes them.
 *
 * Allocates: before hand-off only. Returns 0, or -1 with ERR_SYS.
 */
int secrets_open(struct session *s, struct err *e);

/*
 * secrets_forget - overwrite them all and close their files, if it is time for that; the loop's call, once a turn.
 */
void secrets_forget(struct session *s);

#endif
