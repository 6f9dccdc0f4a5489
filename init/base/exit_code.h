/*
 * exit_code - the exit codes that are part of the interface: sysexits(3), then the shell's own range.
 */
#ifndef MUSTER_BASE_EXIT_CODE_H
#define MUSTER_BASE_EXIT_CODE_H

enum exit_code {
    EXIT_OK = 0,
    EXIT_NOT_READY = 1, /* check */
    EXIT_USAGE_ERROR = 64,
    EXIT_BAD_MANIFEST = 65,
    EXIT_DEPENDENCY = 69,
    EXIT_INTERNAL = 70,
    EXIT_NO_STATE = 73,
    EXIT_ROLLBACK_INCOMPLETE = 74,
    EXIT_LOCKED = 75,
    EXIT_STEP_FAILED = 76,
    EXIT_TEST_FAILED = 77,
    EXIT_BAD_CONFIG = 78,
    EXIT_NOT_EXECUTABLE = 126,
    EXIT_NOT_FOUND = 127,
    EXIT_SIGNAL_BASE = 128,
};

#endif
