#include <string.h>

#include "init/base/clock.h"
#include "init/base/exit_code.h"
#include "init/command/command.h"
#include "init/config/environment.h"
#include "init/core/bringup.h"
#include "init/core/supervise.h"

#define BLANKS " \t\r\n"
#define WAIT_TIMEOUT_US (60 * US_PER_S)

/* The words of MUSTER_WAIT behind the targets of the command line. */
static void add_words(const char *text, struct arena *a, const char **targets, size_t *count)
{
    for (text += strspn(text, BLANKS); *text != '\0'; text += strspn(text, BLANKS)) {
        size_t len = strcspn(text, BLANKS);
        targets[(*count)++] = arena_strndup(a, text, len);
        text += len;
    }
}

bool command_wait_request(const struct options *o, char *const *environ_, struct arena *a, struct wait_request *out)
{
    const char *words = environment_get(environ_, "MUSTER_WAIT");
    size_t given = o->command == COMMAND_WAIT ? o->target_count : 0;
    size_t most = given + (words == NULL ? 0 : strlen(words) / 2 + 1);
    if (most == 0) {
        return false;
    }
    arena_init(a);
    const char **targets = arena_alloc(a, most, sizeof *targets);
    size_t count = 0;
    for (; count < given; count++) {
        targets[count] = o->targets[count];
    }
    if (words != NULL) {
        add_words(words, a, targets, &count);
    }
    *out = (struct wait_request){
        .targets = targets,
        .count = count,
        .any = o->any,
        .alone = o->command == COMMAND_WAIT,
        .deadline_us = o->has_timeout ? o->timeout_us : WAIT_TIMEOUT_US,
    };
    return count > 0;
}

int command_wait(const struct options *o, char *const *environ_, const struct inherited_signals *inherited)
{
    struct arena words;
    struct wait_request wait;
    (void)command_wait_request(o, environ_, &words, &wait); /* that there is something to wait for was checked */
    bool kept = o->state_dir != NULL;
    const struct bringup_options options = {
        .load = {.wait = &wait, .environ_ = environ_},
        .state_dir = o->state_dir,
        .main_argv = kept ? o->main_argv : NULL,
        .main = &o->main,
        .inherited = *inherited,
    };
    supervise_parent_death(&o->main);
    int exit_code = bringup_run(&options);
    if (exit_code != EXIT_OK || kept || o->main_argv == NULL) {
        return exit_code;
    }
    const struct supervise_request request = {
        .options = &o->main, .argv = o->main_argv, .envp = environ_, .signals = inherited};
    return supervise_run(&request);
}
