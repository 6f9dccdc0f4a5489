/*
 * terminal - what a person sees on standard error while the roll is called. One line per event, so that a log file reads
 * as well as a terminal; colour only on a terminal.
 */
#ifndef MUSTER_REPORT_TERMINAL_H
#define MUSTER_REPORT_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

#include "init/base/problem.h"
#include "init/report/status.h"

/*
 * terminal_problems - every mistake, then every warning, each in the order of the list: place, rule and what is wrong; below
 * it what was found, its source, what is accepted and the hint, as far as they are known. Then one line that counts them.
 *
 * @what  "configuration" or "manifest".
 */
void terminal_problems(const struct problems *p, const char *what);

/*
 * terminal_config - the accepted configuration as a table: name, value (masked), where it came from.
 */
void terminal_config(const struct config *c, const struct manifest *m);

/*
 * terminal_changed - node @i changed: status, why it waits, error with hint, artifacts of a completed step with checksums.
 */
void terminal_changed(const struct status_view *v, size_t i, uint64_t now_us);

/*
 * terminal_step - as terminal_changed(), of a step.
 *
 * terminal_rollback - what became of the taking back of step @i.
 */
void terminal_step(const struct status_view *v, size_t i, uint64_t now_us);
void terminal_rollback(const struct status_view *v, size_t i, uint64_t now_us);

/*
 * terminal_output - a line that node @i's process wrote, with the node's name in front.
 */
void terminal_output(const struct status_view *v, size_t i, const char *line, size_t len);

/*
 * terminal_waiting - the heartbeat: what is still missing, why, since when.
 */
void terminal_waiting(const struct status_view *v, uint64_t now_us);

/*
 * terminal_main_starting - the roll is complete; the main process is started and has to say itself that it is ready.
 */
void terminal_main_starting(const struct status_view *v, uint64_t now_us);

/*
 * terminal_ready - "ready in 2.41 s".
 */
void terminal_ready(const struct status_view *v, uint64_t now_us);

/*
 * terminal_failed - each missing service with its last error and a hint, failed steps and tests with their last output.
 */
void terminal_failed(const struct status_view *v, uint64_t now_us);

#endif
