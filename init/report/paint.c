#include "init/report/paint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/text.h"

#define FORMAT_MAX 1024
#define RESET "\033[0m"

static const struct {
    const char *symbol;
    const char *colour; /* ECMA-48 SGR */
} marks[PAINT_MARK_COUNT] = {
    [PAINT_WAIT] = {"…", "\033[33m"}, [PAINT_RUN] = {"▸", "\033[36m"}, [PAINT_GOOD] = {"✓", "\033[32m"},
    [PAINT_BAD] = {"✗", "\033[31m"},  [PAINT_NOTE] = {"·", "\033[2m"},
};

void paint_start(struct paint *p)
{
    buf_init(&p->text, p->storage, sizeof(p->storage));
    p->column = 0;
}

static size_t count_characters(const char *s)
{
    size_t count = 0;
    for (; *s != '\0'; s++) {
        count += ((unsigned char)*s & 0xc0) != 0x80;
    }
    return count;
}

void paint_text(struct paint *p, const char *s)
{
    size_t at = p->text.len;
    /* Text never grows while it is made printable, so this is the room it needs. */
    size_t room = p->text.cap - at;
    p->text.len += text_printable(s, strlen(s), p->text.data + at, room);
    p->column += count_characters(p->text.data + at);
}

void paint_format(struct paint *p, const char *fmt, ...)
{
    char text[FORMAT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    paint_text(p, text);
}

void paint_words(struct paint *p, size_t column, const char *text)
{
    char word[LOG_LINE_MAX];
    for (const char *at = text; *at != '\0';) {
        size_t blanks = strspn(at, " ");
        size_t len = strcspn(at + blanks, " ");
        snprintf(word, sizeof(word), "%.*s", (int)(blanks + len), at);
        at += blanks + len;
        if (log_colour() && p->column > column && p->column + count_characters(word) > PAINT_WIDTH) {
            paint_end(p);
            paint_start(p);
            paint_to(p, column, 0);
            paint_text(p, word + blanks);
        } else {
            paint_text(p, word);
        }
    }
}

void paint_to(struct paint *p, size_t column, size_t gap)
{
    size_t blanks = p->column + gap < column ? column - p->column : gap;
    for (size_t i = 0; i < blanks; i++) {
        buf_putc(&p->text, ' ');
    }
    p->column += blanks;
}

void paint_mark(struct paint *p, enum paint_mark mark)
{
    if (log_colour()) {
        paint_word(p, mark, marks[mark].symbol);
        paint_text(p, " ");
    }
}

void paint_word(struct paint *p, enum paint_mark mark, const char *word)
{
    if (log_colour()) {
        buf_puts(&p->text, marks[mark].colour);
    }
    paint_text(p, word);
    if (log_colour()) {
        buf_puts(&p->text, RESET);
    }
}

void paint_duration(struct paint *p, uint64_t us)
{
    uint64_t seconds = us / US_PER_S;
    if (us < 100 * US_PER_MS) {
        paint_format(p, "%llu.%llu ms", (unsigned long long)(us / 1000), (unsigned long long)(us % 1000 / 100));
    } else if (seconds < 60) {
        paint_format(p, "%llu.%02llu s", (unsigned long long)seconds, (unsigned long long)(us % US_PER_S / 10000));
    } else {
        paint_format(p, "%llu min %llu s", (unsigned long long)(seconds / 60), (unsigned long long)(seconds % 60));
    }
}

void paint_end(struct paint *p)
{
    size_t len = p->text.len;
    while (len > 0 && p->text.data[len - 1] == ' ') {
        len--;
    }
    log_plain(p->text.data, len);
}
