/*
 * recorder - the role that reads and hashes files, so that a large one never stalls PID 1.
 */
#ifndef MUSTER_SETUP_RECORDER_H
#define MUSTER_SETUP_RECORDER_H

/*
 * recorder_main - answer WIRE_RECORD messages on @channel until it closes. Returns the exit code.
 *
 * One descriptor per file: fstat, hash, fstat again; a file that changed in between answers ESTALE. Symbolic links are not
 * followed in the last component.
 */
int recorder_main(int channel);

#endif
