/*
 * file_error - what a failed system call on a file means to people: "the disk is full" rather than ENOSPC.
 */
#ifndef MUSTER_SETUP_FILE_ERROR_H
#define MUSTER_SETUP_FILE_ERROR_H

#include "init/base/err.h"

/*
 * file_error_text - the reason in plain words; strerror() for numbers that say enough by themselves.
 */
const char *file_error_text(int number);

/*
 * file_error - "WHAT: the disk is full", or the reason alone where @what is "".
 *
 * Returns -1 always; @e is ERR_SYS and e->sys is @number.
 */
int file_error(struct err *e, int number, const char *what);

#endif
