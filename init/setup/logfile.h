/*
 * logfile - what a child wrote, kept in the state directory: its newest lines, in two files of at most half the limit each,
 * NAME.log and before it NAME.log.1.
 */
#ifndef MUSTER_SETUP_LOGFILE_H
#define MUSTER_SETUP_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/setup/statedir.h"

#define LOGFILE_FOLDER "logs"
/* What a service that says nothing else, a step or a test may leave: some ten thousand lines. */
#define LOGFILE_LIMIT_DEFAULT ((uint64_t)1 << 20)

struct logfile {
    int folder;       /* borrowed; -1 = nothing is kept */
    const char *name; /* borrowed: "web.log" */
    uint64_t limit;   /* bytes of both files; 0 = nothing is kept */
    int fd;           /* owned; -1 = not open */
    uint64_t size;    /* of the newer file */
    bool broken;      /* told already; nothing is kept any more */
};

/*
 * logfile_folder - open the folder of the logs, made if it is missing.
 *
 * Returns its descriptor, owned by the caller; -1 without a state directory, or with a warning in the log: nothing is kept then.
 */
int logfile_folder(const struct statedir *s);

/*
 * logfile_init - nothing written; the file is made with the first line.
 *
 * @folder  borrowed; -1 = nothing is kept.
 * @name    borrowed.
 */
void logfile_init(struct logfile *l, int folder, const char *name, uint64_t limit);

/*
 * logfile_write - append one line, without its newline; one that is longer than half the limit is cut.
 *
 * An error is logged once, then nothing is kept any more. Allocates nothing. Blocks as writing a few bytes to a regular file
 * does: not on a local file system, unless it has to slow all its writers down.
 */
void logfile_write(struct logfile *l, const char *line, size_t len);

/*
 * logfile_close - no more lines for now.
 */
void logfile_close(struct logfile *l);

#endif
