/*
 * file_action - the built-in actions of set-up steps that need no network, in a process of their own: PID 1 starts its
 * own binary in the role "@action", as the step's user and in its folder, with its environment.
 *
 * Done again, each ends the same. A path's folder part may have symbolic links, its last name is never followed.
 */
#ifndef MUSTER_SETUP_FILE_ACTION_H
#define MUSTER_SETUP_FILE_ACTION_H

#include "init/base/err.h"
#include "init/base/place.h"
#include "init/wire/instructions.h"

/* Folders in folders that a tree may have; three descriptors each. */
#define FILE_ACTION_DEPTH_MAX 128

/*
 * file_action_main - the whole life of the process: read the instructions, carry them out, say what went wrong.
 *
 * @instructions_fd  see wire/instructions.h.
 * @environ_         what a template's variables are taken from.
 *
 * SIGXFSZ and SIGPIPE are ignored: a full disk and a reader that is gone are errors of a write. Returns the exit code:
 * 0 = it is so now, 1 = it could not be done, 70 = bad instructions.
 */
int file_action_main(int instructions_fd, char *const *environ_);

/*
 * file_action_do - one action. The umask of the process becomes 0.
 *
 * Returns 0, or -1: ERR_SYS; ERR_CONFIG (template); ERR_LIMIT (template too large, tree too deep); ERR_LOCKED (somebody
 * else is writing that file); ERR_PROTO (a download).
 */
int file_action_do(const struct instructions *in, char *const *environ_, struct err *e);

/*
 * file_copy - a regular file, or a folder with all that is below it, into what may be there already. As file_action_do().
 *
 * Files take their places one by one, each atomically; what else is in the folder stays. Symbolic links are copied as such
 * but for the source itself, set-user-ID and set-group-ID of files are not, and devices, pipes and sockets are an error.
 */
int file_copy(const struct instructions *in, struct err *e);

/*
 * file_change - chmod or chown. Recursively, symbolic links are never followed, what is mounted into the tree is left alone,
 * and a folder gets the right to be searched where the mode has the right to read. As file_action_do().
 */
int file_change(const struct instructions *in, struct err *e);

/*
 * file_link - make the place a symbolic link to @target: in place of another link, or of nothing.
 *
 * @look  its owner; the mode does not matter.
 */
int file_link(const struct place *at, const char *target, const struct file_look *look, struct err *e);

/*
 * file_tell_written_over - that a mount point could not be replaced. To standard error.
 */
void file_tell_written_over(const char *path);

#endif
