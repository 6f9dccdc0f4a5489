/*
 * processes - who runs below muster, as /proc tells it: for `muster status --processes`.
 */
#ifndef MUSTER_COMMAND_PROCESSES_H
#define MUSTER_COMMAND_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/base/buf.h"
#include "init/base/err.h"
#include "init/setup/statedir.h"

#define PROCESSES_MAX 4096
/* TASK_COMM_LEN, and room for '?' in place of bytes that cannot be shown. */
#define PROCESS_NAME_MAX 64

struct process {
    pid_t pid;
    pid_t parent;
    char state;                  /* as in /proc/PID/stat: R, S, Z, … */
    unsigned depth;              /* below muster */
    uint64_t started_ticks;      /* since boot */
    char name[PROCESS_NAME_MAX]; /* the command's name alone: arguments may hold secrets */
};

struct processes {
    struct process *all; /* owned: processes_free; muster itself first, then depth-first by pid */
    size_t count;
    uint64_t now_ticks; /* since boot, like started_ticks */
    bool cut;           /* there were more than PROCESSES_MAX */
};

/*
 * processes_parse - one line of /proc/PID/stat.
 *
 * Returns false when it is none.
 */
bool processes_parse(const char *text, size_t len, struct process *out);

/*
 * processes_arrange - keep @owner and what descends from it, in the order of struct processes.
 */
void processes_arrange(struct processes *p, pid_t owner);

/*
 * processes_read - all processes of our PID namespace into @out.
 *
 * Returns 0, or -1 with ERR_SYS (no /proc, no memory).
 */
int processes_read(struct processes *out, struct err *e);

/*
 * processes_owner - the process that holds the lock of the state directory, as it is numbered here.
 *
 * @claimed  what the status file says: another number, or somebody else's, when it is read from outside the container.
 *
 * Returns 0 when it cannot be seen from here.
 */
pid_t processes_owner(const struct processes *p, const struct statedir *dir, pid_t claimed);

/*
 * processes_print - one line each: pid, state, age, name; what is wrong with a zombie.
 * processes_print_json - the same for programs.
 */
void processes_print(const struct processes *p, struct buf *out);
void processes_print_json(const struct processes *p, struct buf *out);

void processes_free(struct processes *p);

#endif
