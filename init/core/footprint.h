/*
 * footprint - what a sleeping init keeps mapped.
 */
#ifndef MUSTER_CORE_FOOTPRINT_H
#define MUSTER_CORE_FOOTPRINT_H

/*
 * footprint_shrink - let go of the pages of code and constants that starting up has touched.
 *
 * They are clean and come back from the page cache when they are needed, which for most is never: the kernel maps 64 KiB
 * around each touched page, and what the waiting loop touches is little. madvise(2) MADV_DONTNEED on our own read-only
 * segments. Never fails visibly.
 */
void footprint_shrink(void);

#endif
