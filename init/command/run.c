#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "init/command/command.h"
#include "init/core/bringup.h"
#include "init/core/supervise.h"

struct load_options command_load_options(const struct options *o, char *const *environ_)
{
    return (struct load_options){
        .file = o->file,
        .profile = o->profile,
        .skip = o->skip,
        .skip_too = o->skip_too,
        .state_dir = o->state_dir,
        .parallel = o->parallel,
        .rollback = o->has_rollback ? &o->rollback : NULL,
        .environ_ = environ_,
        .env_files = o->env_files,
        .resolve = {.empty_is_unset = o->empty_is_unset, .strict = o->strict, .secrets_dir = o->secrets_dir},
    };
}

int command_run(const struct options *o, char *const *environ_, const struct inherited_signals *inherited)
{
    struct load_options load = command_load_options(o, environ_);
    struct arena words;
    struct wait_request wait;
    if (command_wait_request(o, environ_, &words, &wait)) {
        load.wait = &wait;
    }
    if (o->command == COMMAND_RUN && o->state_dir == NULL && load.wait == NULL && !load_declared(&load)) {
        const struct supervise_request request = {
            .options = &o->main, .argv = o->main_argv, .envp = environ_, .signals = inherited};
        return supervise_run(&request);
    }
    if (getpid() != 1) {
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* orphans of our children come to us all the same */
    }
    const struct bringup_options options = {
        .load = load,
        .state_dir = o->state_dir,
        .main_argv = o->main_argv,
        .main = &o->main,
        .deadline_us = o->timeout_us,
        .only_declared = o->only_declared,
        .no_redact = o->no_redact,
        .no_watch = o->no_watch,
        .lock_wait_us = o->lock_wait_us,
        .inherited = *inherited,
    };
    supervise_parent_death(&o->main);
    return bringup_run(&options);
}
