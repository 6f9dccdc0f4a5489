/*
 * local_probe - what PID 1 looks up itself: is a file there, with what in it and how old; does a process run.
 *
 * A look is short, but not bounded by a clock: a file on a network file system whose server is gone keeps whoever asks for it,
 * and PID 1 with it, until the server is back or the kernel gives up. What is probed this way belongs on a local one (or is
 * asked for by a command, which is a process of its own). What is no regular file is not opened; the content of what is comes
 * without waiting for anybody on a local file system.
 */
#ifndef MUSTER_CORE_LOCAL_PROBE_H
#define MUSTER_CORE_LOCAL_PROBE_H

#include <stdint.h>

#include "init/base/buf.h"
#include "init/plan/graph.h"
#include "init/wire/messages.h"

/* Processes that are looked at for one of a name: a container has dozens. */
#define LOCAL_PROBE_PROCESSES_MAX 32768

/*
 * local_probe - look for what node @n's probe (file, process) expects.
 *
 * @now_us  by the wall clock, since 1970: how old a file is.
 * @why     when it is not so: one line; it may quote up to 80 bytes of a file's content.
 *
 * Returns VERDICT_OK, VERDICT_MISSING, VERDICT_CONTENT, VERDICT_STALE; or VERDICT_INTERNAL when what is waited for is
 * that it is gone, and it cannot be told. Allocates only to hold a content against a match.
 */
enum verdict_class local_probe(const struct node *n, uint64_t now_us, struct buf *why);

#endif
