/*
 * recorder - the role that reads, hashes, keeps and restores files, so that a large one never stalls PID 1.
 */
#ifndef MUSTER_SETUP_RECORDER_H
#define MUSTER_SETUP_RECORDER_H

/*
 * recorder_main - answer WIRE_RECORD, WIRE_KEEP and WIRE_RESTORE messages on @channel until it closes. Returns the exit code.
 *
 * In parallel (pool.h), each exactly once, in any order. What is under way when the channel closes is finished. A request that is
 * malformed ends it. The folder of before-images comes with WIRE_KEEP and WIRE_RESTORE as their only descriptor; one that did not
 * arrive (too many open files) is an answer with an error.
 */
int recorder_main(int channel);

#endif
