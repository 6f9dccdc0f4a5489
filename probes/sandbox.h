/*
 * sandbox - give up everything that a prober does not need. Bytes from the network are parsed behind this line.
 */
#ifndef MUSTER_PROBES_SANDBOX_H
#define MUSTER_PROBES_SANDBOX_H

#include <stddef.h>

#include "init/base/err.h"

/*
 * sandbox_enter - for the rest of the process's life.
 *
 * As root: no supplementary groups, uid and gid 65534, verified; where a container does not allow that, only the rest.
 * Always: no capabilities, no_new_privs, not dumpable, killed when the parent dies, no core file, no child processes, and
 * a seccomp allow-list that kills the process for anything else. Where the kernel has no seccomp filters (gVisor, old
 * kernels) a notice is logged and the rest holds.
 *
 * @descriptors  filled: how many the process may have from now on.
 *
 * Returns 0, or -1 with ERR_SYS when privileges could not be dropped: do not go on then.
 */
int sandbox_enter(size_t *descriptors, struct err *e);

#endif
