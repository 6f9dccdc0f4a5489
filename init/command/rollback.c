#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "init/command/command.h"
#include "init/core/bringup.h"

int command_rollback(const struct options *o, char *const *environ_, const struct inherited_signals *inherited)
{
    static const char *const all[] = {NULL};
    if (getpid() != 1) {
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    }
    const struct bringup_options options = {
        .load = command_load_options(o, environ_),
        .state_dir = o->state_dir,
        .main = &o->main,
        .lock_wait_us = o->lock_wait_us,
        .take_back = o->targets != NULL ? o->targets : all,
        .only_declared = o->only_declared,
        .no_redact = o->no_redact,
        .inherited = *inherited,
    };
    return bringup_run(&options);
}
