/*
 * state_file - read the status file that a running muster publishes.
 */
#ifndef MUSTER_COMMAND_STATE_FILE_H
#define MUSTER_COMMAND_STATE_FILE_H

#include <stdbool.h>

#include "init/base/err.h"
#include "init/base/json.h"
#include "init/setup/statedir.h"

struct state_file {
    struct statedir dir;
    char *text; /* owned by the process (one read) */
    size_t len;
    struct json *root; /* owned: state_file_close */
    bool owner_alive;
};

/*
 * state_file_open - find the state directory, read and parse status.json.
 *
 * @wanted  --state-dir, or NULL for the usual places.
 *
 * Returns 0, or -1 with ERR_STATE (no directory, no file: muster has not run) or ERR_MANIFEST (not what muster writes).
 */
int state_file_open(const char *wanted, struct state_file *out, struct err *e);
void state_file_close(struct state_file *f);

#endif
