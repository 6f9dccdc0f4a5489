/*
 * muster - the roll-call of a container. This file only decides who this process is: another init's
 * name, a helper role, or a command.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/command/command.h"
#include "init/command/personality.h"
#include "init/config/environment.h"
#include "init/core/spawn.h"
#include "init/setup/file_action.h"
#include "init/setup/recorder.h"
#include "probes/download.h"
#include "probes/prober.h"

/* Descriptors 0 to 2 must exist, or what we open next would be taken for them. */
static void open_standard_fds(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) {
        (void)close(fd);
    }
}

static void start_log(const struct options *o)
{
    enum log_level level = o->quiet ? LOG_WARNING : o->verbose ? LOG_DEBUG : LOG_NOTICE;
    log_init(level, isatty(STDERR_FILENO) && environment_get(environ, "NO_COLOR") == NULL);
}

static int dispatch(const struct options *o, const struct inherited_signals *inherited)
{
    switch (o->command) {
    case COMMAND_RUN:
    case COMMAND_UP:
        return command_run(o, environ, inherited);
    case COMMAND_WAIT:
        return command_wait(o, environ, inherited);
    case COMMAND_CHECK:
        return command_check(o);
    case COMMAND_STATUS:
        return command_status(o);
    case COMMAND_CONFIG:
        return command_config(o, environ);
    case COMMAND_PLAN:
        return command_plan(o, environ);
    case COMMAND_VERIFY:
        return command_verify(o);
    case COMMAND_ROLLBACK:
        return command_rollback(o, environ, inherited);
    case COMMAND_STEP:
        return command_step(o, environ);
    case COMMAND_HELP:
        return command_help();
    case COMMAND_VERSION:
        return command_version(o);
    }
    return EXIT_INTERNAL;
}

/* What changes files must not go on beside the next run. One whose parent is dead already finds its channel closed. */
static void end_with_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

int main(int argc, char **argv)
{
    struct inherited_signals inherited;
    signals_block_all(&inherited);
    const struct personality *personality = personality_find(argv[0]);
    if (personality != NULL) {
        open_standard_fds();
        return personality_run(personality, argv, environ, &inherited);
    }
    if (argc == 2 && strcmp(argv[1], "@prober") == 0) {
        return prober_main(SPAWN_CHANNEL_FD);
    }
    if (argc == 2 && strcmp(argv[1], "@recorder") == 0) {
        end_with_parent();
        return recorder_main(SPAWN_CHANNEL_FD);
    }
    if (argc == 2 && strcmp(argv[1], "@action") == 0) {
        end_with_parent();
        signals_restore(&inherited); /* as any command of a step: a signal ends it */
        return file_action_main(SPAWN_CHANNEL_FD, environ);
    }
    if (argc == 2 && strcmp(argv[1], "@download") == 0) {
        end_with_parent();
        signals_restore(&inherited);
        return download_main(SPAWN_CHANNEL_FD);
    }
    open_standard_fds();
    struct options options;
    struct err e;
    if (options_parse(argv, environ, &options, &e) != 0) {
        log_line(LOG_ERROR, "%s", e.text);
        return err_exit_code(e.code);
    }
    start_log(&options);
    return dispatch(&options, &inherited);
}
