/*
 * print - text for standard output.
 */
#ifndef MUSTER_COMMAND_PRINT_H
#define MUSTER_COMMAND_PRINT_H

#include "init/base/buf.h"

/*
 * print_buf - write the text. Returns 0, or the exit code for "standard output does not take it" after telling it.
 */
int print_buf(const struct buf *b);

#endif
