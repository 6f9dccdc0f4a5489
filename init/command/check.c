#include <stdio.h>
#include <string.h>

#include "init/base/exit_code.h"
#include "init/base/log.h"
#include "init/command/command.h"
#include "init/command/print.h"
#include "init/command/state_file.h"
#include "init/report/status.h"

static const char *text_of(const struct json *object, const char *key)
{
    const char *text = json_string(json_get(object, key));
    return text == NULL ? "" : text;
}

/* One line of why not, or NULL when ready. */
static const char *why_not(const struct state_file *f)
{
    bool complete = strcmp(text_of(f->root, "phase"), run_phase_name(PHASE_COMPLETE)) == 0;
    if (complete) {
        return NULL;
    }
    if (!f->owner_alive) {
        return "muster is not running any more";
    }
    return json_true(json_get(f->root, "ready")) ? NULL : text_of(f->root, "summary");
}

int command_check(const struct options *o)
{
    struct state_file file;
    struct err e;
    char storage[1024];
    struct buf line = BUF_OVER(storage);
    buf_reset(&line);
    int exit_code = EXIT_NOT_READY;
    if (state_file_open(o->state_dir, &file, &e) != 0) {
        buf_printf(&line, "not ready: %s\n", e.text);
    } else {
        const char *why = why_not(&file);
        if (why != NULL) {
            buf_printf(&line, "not ready: %s\n", why);
        } else {
            buf_puts(&line, "ready\n");
            exit_code = EXIT_OK;
        }
    }
    state_file_close(&file);
    if (!o->quiet && print_buf(&line) != EXIT_OK) {
        return EXIT_NOT_READY;
    }
    return exit_code;
}
