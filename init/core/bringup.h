/*
 * bringup - run a set-up session: configuration, roll-call, main process, end.
 */
#ifndef MUSTER_CORE_BRINGUP_H
#define MUSTER_CORE_BRINGUP_H

#include <stdbool.h>
#include <stdint.h>

#include "init/base/err.h"
#include "init/core/load.h"
#include "init/core/main_options.h"
#include "init/core/signals.h"

struct bringup_options {
    struct load_options load;
    const char *state_dir;           /* --state-dir or MUSTER_STATE_DIR, or NULL */
    char *const *main_argv;          /* NULL-terminated; NULL = no main process: end when ready (`up`) */
    const struct main_options *main; /* borrowed */
    uint64_t deadline_us;            /* --timeout; 0 = the manifest's */
    uint64_t lock_wait_us;           /* for another instance to leave the state directory */
    const char *const
        *take_back;     /* NULL-terminated ids: take these steps back, and what was built on them, and do nothing else;
                                           none = all; NULL = a run */
    bool no_watch;      /* once ready, nothing that was healthy is probed again */
    bool only_declared; /* children get the declared variables, and what every program needs */
    bool no_redact;     /* output of children is shown with the secrets in it; files never have them */
    struct inherited_signals inherited; /* handed to children */
};

/*
 * bringup_run - the whole run. Returns the process exit code; every error has been told by then.
 */
int bringup_run(const struct bringup_options *o);

#endif
