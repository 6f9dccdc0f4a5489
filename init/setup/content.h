/*
 * content - the bytes of a regular file, hashed.
 */
#ifndef MUSTER_SETUP_CONTENT_H
#define MUSTER_SETUP_CONTENT_H

#include <stdint.h>

#include "init/base/digest.h"

/* Large enough that reading is not system calls, small enough for the cache of one core and the stack of a thread. */
#define CONTENT_BLOCK 131072

/*
 * content_hash - digest of @size bytes of @fd, from where it stands.
 *
 * @out  filled with digest_size() bytes.
 *
 * Reads no further than one block beyond the size: a file that grows as fast as it is read would never end. Returns 0, or
 * an errno; ESTALE = there were more or fewer bytes.
 */
int content_hash(int fd, uint64_t size, enum digest_algorithm a, uint8_t *out);

#endif
