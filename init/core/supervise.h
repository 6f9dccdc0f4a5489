/*
 * supervise - a main process and nothing else: no manifest, no probes, no state directory. What the drop-in
 * personalities run.
 */
#ifndef MUSTER_CORE_SUPERVISE_H
#define MUSTER_CORE_SUPERVISE_H

#include <stdbool.h>

#include "init/core/main_options.h"
#include "init/core/signals.h"

struct supervise_request {
    const struct main_options *options; /* borrowed */
    char *const *argv;                  /* NULL = nothing to run: reap orphans until SIGINT or SIGTERM, then exit 0 */
    char *const *environ_;              /* of the main process */
    signal_mask inherited;              /* mask of the main process */
    bool tell_reaped;                   /* a warning for every process that is reaped, but the main one */
    /* Says that the main process could not be started; NULL = in muster's own words. */
    void (*exec_failed)(const char *program, int exec_errno);
};

/*
 * supervise_run - start the main process, look after it, end what it left behind.
 *
 * Becomes a child subreaper when it is not PID 1. Returns the process exit code: that of the main process, remapped as
 * @r->options say; 126 or 127 when it could not be started, after r->exec_failed.
 */
int supervise_run(const struct supervise_request *r);

#endif
