/* The part of terminal.h that is about what the user wrote: mistakes, and the accepted configuration. */
#include <string.h>

#include "init/report/paint.h"
#include "init/report/terminal.h"

#define NAME_WIDTH_MAX 28
#define VALUE_WIDTH_MAX 34
#define GAP 2
#define ITEM_COLUMN 2
#define DETAIL_COLUMN 6
#define LABEL_WIDTH 10 /* "accepted", and the gap */

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void tell_detail(const char *label, const char *text)
{
    struct paint p;
    if (text[0] == '\0') {
        return;
    }
    paint_start(&p);
    paint_to(&p, DETAIL_COLUMN, 0);
    paint_word(&p, PAINT_NOTE, label);
    paint_to(&p, DETAIL_COLUMN + LABEL_WIDTH, GAP);
    paint_words(&p, DETAIL_COLUMN + LABEL_WIDTH, text);
    paint_end(&p);
}

static void tell_problem(const struct problem *item)
{
    struct paint p;
    paint_start(&p);
    paint_to(&p, ITEM_COLUMN, 0);
    paint_mark(&p, item->warning ? PAINT_WAIT : PAINT_BAD);
    if (item->warning) {
        paint_word(&p, PAINT_WAIT, "warning: ");
    }
    if (item->where[0] != '\0') {
        paint_text(&p, item->where);
        paint_text(&p, ": ");
    }
    paint_text(&p, item->rule);
    paint_text(&p, ": ");
    paint_words(&p, DETAIL_COLUMN, item->text);
    paint_end(&p);
    tell_detail("found", item->found);
    tell_detail("source", item->source);
    tell_detail("accepted", item->accepted);
    tell_detail("hint", item->hint);
}

static void tell_count(const struct problems *p, const char *what)
{
    struct paint line;
    if (p->errors + p->warnings > p->count) {
        paint_start(&line);
        paint_to(&line, ITEM_COLUMN, 0);
        paint_format(&line, "and %zu more", p->errors + p->warnings - p->count);
        paint_end(&line);
    }
    if (p->errors > 0) {
        paint_start(&line);
        paint_format(&line, "%zu mistake%s in the %s", p->errors, plural(p->errors), what);
        if (p->warnings > 0 && log_shows(LOG_WARNING)) {
            paint_format(&line, ", and %zu warning%s", p->warnings, plural(p->warnings));
        }
        paint_text(&line, "; nothing was started");
        paint_end(&line);
    } else if (log_shows(LOG_WARNING)) {
        paint_start(&line);
        paint_format(&line, "%zu warning%s about the %s", p->warnings, plural(p->warnings), what);
        paint_end(&line);
    }
}

void terminal_problems(const struct problems *p, const char *what)
{
    if (p->errors + p->warnings == 0) {
        return;
    }
    /* What keeps everything from starting comes first, and both in their own order. */
    const int last = log_shows(LOG_WARNING) ? 1 : 0;
    for (int warnings = 0; warnings <= last; warnings++) {
        for (size_t i = 0; i < p->count; i++) {
            if (p->items[i].warning == (warnings == 1)) {
                tell_problem(&p->items[i]);
            }
        }
    }
    tell_count(p, what);
}

static size_t widest(const struct config *c, const char *(*get)(const struct setting *s), size_t limit)
{
    size_t width = 0;
    for (size_t i = 0; i < c->count; i++) {
        size_t len = strlen(get(&c->settings[i]));
        width = len > width && len <= limit ? len : width;
    }
    return width;
}

static const char *name_of(const struct setting *s)
{
    return s->variable->name;
}

static const char *value_of(const struct setting *s)
{
    if (s->shown == NULL) {
        return "-";
    }
    return s->shown[0] != '\0' ? s->shown : "\"\"";
}

static void tell_setting(const struct setting *s, size_t names, size_t values)
{
    struct paint p;
    paint_start(&p);
    paint_to(&p, ITEM_COLUMN, 0);
    paint_text(&p, name_of(s));
    paint_to(&p, ITEM_COLUMN + names + GAP, GAP);
    paint_text(&p, value_of(s));
    paint_to(&p, ITEM_COLUMN + names + GAP + values + GAP, GAP);
    paint_word(&p, PAINT_NOTE, s->origin != NULL ? s->origin : value_source_name(s->source));
    if (s->source == SOURCE_ENVIRONMENT && s->name != NULL && strcmp(s->name, name_of(s)) != 0) {
        paint_text(&p, " as ");
        paint_text(&p, s->name);
    }
    paint_end(&p);
}

void terminal_config(const struct config *c, const struct manifest *m)
{
    if (!log_shows(LOG_NOTICE)) {
        return;
    }
    struct paint p;
    paint_start(&p);
    paint_format(&p, "manifest       %s: %zu service%s, %zu step%s, %zu test%s", m->source, m->service_count,
                 plural(m->service_count), m->step_count, plural(m->step_count), m->test_count, plural(m->test_count));
    paint_end(&p);
    paint_start(&p);
    paint_format(&p, "configuration  %zu variable%s, all valid", c->count, plural(c->count));
    paint_end(&p);
    size_t names = widest(c, name_of, NAME_WIDTH_MAX);
    size_t values = widest(c, value_of, VALUE_WIDTH_MAX);
    for (size_t i = 0; i < c->count; i++) {
        tell_setting(&c->settings[i], names, values);
    }
}
