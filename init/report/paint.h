/*
 * paint - one line of the terminal report: columns, marks and colours. Text from elsewhere is made printable on its way
 * in, so that nothing can send control sequences to a person's terminal.
 *
 * Symbols and colours only on a terminal (log_colour()); a log file gets plain words.
 */
#ifndef MUSTER_REPORT_PAINT_H
#define MUSTER_REPORT_PAINT_H

#include <stddef.h>
#include <stdint.h>

#include "init/base/buf.h"
#include "init/base/log.h"

/* What a terminal has at least. */
#define PAINT_WIDTH 80

enum paint_mark { PAINT_WAIT, PAINT_RUN, PAINT_GOOD, PAINT_BAD, PAINT_NOTE, PAINT_MARK_COUNT };

struct paint {
    struct buf text; /* over storage; the struct must not be copied */
    size_t column;   /* characters on the line so far */
    char storage[LOG_LINE_MAX];
};

/*
 * paint_start - an empty line.
 */
void paint_start(struct paint *p);

/*
 * paint_text, paint_format - append, made printable. One format call writes at most 1 KiB.
 */
void paint_text(struct paint *p, const char *s);
void paint_format(struct paint *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * paint_words - append @text; on a terminal what does not fit into PAINT_WIDTH goes on in a new line at @column. A log gets
 * one line, which can be searched.
 */
void paint_words(struct paint *p, size_t column, const char *text);

/*
 * paint_to - blanks up to @column, at least @gap.
 */
void paint_to(struct paint *p, size_t column, size_t gap);

/*
 * paint_mark - the symbol of @mark and a blank; nothing without colour, where the word says it.
 */
void paint_mark(struct paint *p, enum paint_mark mark);

/*
 * paint_word - @word in the colour of @mark.
 */
void paint_word(struct paint *p, enum paint_mark mark, const char *word);

/*
 * paint_duration - "0.3 ms", "2.41 s", "3 min 20 s".
 */
void paint_duration(struct paint *p, uint64_t us);

/*
 * paint_end - write the line, without the blanks at its end.
 */
void paint_end(struct paint *p);

#endif
