/*
 * outcome - how a process ended and how long something took, in words.
 */
#ifndef MUSTER_ENGINE_OUTCOME_H
#define MUSTER_ENGINE_OUTCOME_H

#include <stddef.h>
#include <stdint.h>

/* "1193046 min" and a NUL fit with room. */
#define OUTCOME_SPAN_MAX 32

/*
 * outcome_signal_name - "SIGTERM"; NULL for those without a name of their own (real-time signals).
 */
const char *outcome_signal_name(int sig);

/*
 * outcome_describe - "exited with code 1", "was killed by SIGKILL", "cannot start: No such file or directory".
 *
 * @wait_status  as from waitpid(2).
 * @exec_errno   not 0: the command could not be started, and wait_status means nothing.
 * @out          filled, NUL-terminated, cut to fit @cap.
 */
void outcome_describe(int wait_status, int exec_errno, char *out, size_t cap);

/*
 * outcome_span - "250 ms", "30 s", "1.5 s", "5 min", "2 h": as a person would write a duration.
 */
void outcome_span(uint64_t us, char out[OUTCOME_SPAN_MAX]);

#endif
