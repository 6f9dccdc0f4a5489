/*
 * terminal_line - the columns that lines about nodes share. Internal to the terminal's files.
 */
#ifndef MUSTER_REPORT_TERMINAL_LINE_H
#define MUSTER_REPORT_TERMINAL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/report/paint.h"
#include "init/report/status.h"

/* Between two columns. */
#define LINE_GAP 2

/*
 * line_name_column, line_name_width - where names of nodes begin, and how wide they are, both in columns.
 */
size_t line_name_column(void);
size_t line_name_width(const struct status_view *v);

/*
 * line_time - begin with the time since the run began.
 */
void line_time(struct paint *p, const struct status_view *v, uint64_t now_us);

/*
 * line_begin - time, mark, name of node @i and its status; the rest is the caller's.
 */
void line_begin(struct paint *p, const struct status_view *v, size_t i, enum paint_mark mark, const char *status,
                uint64_t now_us);

/*
 * line_begin_detail - a line that belongs to the event above it.
 */
void line_begin_detail(struct paint *p);

/*
 * line_reason - why node @i is where it is (view_reason).
 */
void line_reason(struct paint *p, const struct status_view *v, size_t i);

/*
 * line_needs - "for redis, migrate".
 */
void line_needs(struct paint *p, const struct status_view *v, size_t i);

/*
 * line_since - microseconds from @then_us, which may be 0 = never, to @now_us.
 */
uint64_t line_since(uint64_t then_us, uint64_t now_us);

/* How a step or a test looks in each of its states. */
struct line_look {
    enum paint_mark mark;
    const char *word;
    bool bad;
    bool timed; /* says how long it took */
};

/*
 * line_work - node @i, a step or a test, changed.
 */
void line_work(const struct status_view *v, size_t i, const struct line_look *look, uint64_t now_us);

#endif
