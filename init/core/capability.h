/*
 * capability - capabilities(7) by name, and the system calls that change them without a thread library in between.
 *
 * A set is a mask: bit n = capability n. What changes a process here is one system call after the other: no memory is
 * allocated, nothing is printed, so a child that shares its parent's memory may call it.
 */
#ifndef MUSTER_CORE_CAPABILITY_H
#define MUSTER_CORE_CAPABILITY_H

#include <stdint.h>

#include "init/base/err.h"

/* Also those that the kernel has and this program has no name for. */
#define CAPABILITY_ALL UINT64_MAX

#define CAPABILITY_BIT(number) (UINT64_C(1) << (number))

struct capability_sets {
    uint64_t effective;
    uint64_t permitted;
    uint64_t inheritable;
};

/*
 * capability_name - "NET_RAW" for 13; NULL for a number without a name. Static text.
 */
const char *capability_name(unsigned number);

/*
 * capability_parse - names separated by commas, in any case, with or without "CAP_"; "all".
 *
 * Returns 0 and fills @mask, or -1 with ERR_USAGE: which one is unknown.
 */
int capability_parse(const char *text, uint64_t *mask, struct err *e);

/*
 * capability_get, capability_set - capget(2), capset(2) of this process. Return 0, or -1 with errno.
 */
int capability_get(struct capability_sets *out);
int capability_set(const struct capability_sets *sets);

/*
 * capability_unbound - take what @mask names and the bounding set still has out of the bounding set, for good.
 *
 * Returns 0, or -1 with errno: EPERM without CAP_SETPCAP, if there is something to take out.
 */
int capability_unbound(uint64_t mask);

/*
 * capability_make_ambient - let @mask, permitted and inheritable already, survive an exec by a user other than root.
 *
 * Returns 0, or -1 with errno.
 */
int capability_make_ambient(uint64_t mask);

#endif
