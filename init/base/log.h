/*
 * log - one line, one write(2), to standard error.
 *
 * Lines of muster's own errors follow "muster: level: text". Control bytes in the text are shown as '?'. A closed or
 * full standard error is ignored: logging never fails, never blocks PID 1 on a signal, never raises SIGPIPE fatally
 * (all signals are blocked in PID 1).
 */
#ifndef MUSTER_BASE_LOG_H
#define MUSTER_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_DEBUG };

/* Longer lines are cut: PIPE_BUF (4096) keeps a line whole among other writers of the same pipe, pipe(7). */
#define LOG_LINE_MAX 4096

/*
 * log_init - level to show and whether standard error takes colour. Called once by main.
 */
void log_init(enum log_level show, bool colour);

bool log_colour(void);
bool log_shows(enum log_level level);

/*
 * log_line - "muster: level: text".
 */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * log_plain - a line without the prefix (the report a person reads). @text may contain colour sequences made by us.
 */
void log_plain(const char *text, size_t len);

#endif
