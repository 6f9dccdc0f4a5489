#include "init/report/terminal_line.h"

#include <string.h>

#include "init/report/view.h"

/* Columns: "12345.678 s  " then the node's name, its status, the rest. */
#define TIME_WIDTH 13
#define NAME_WIDTH_MAX 24
#define STATUS_WIDTH 10
#define REASON_MAX 512
/* Where more nodes are than this, nobody's name decides about the columns. */
#define NAMES_LOOKED_AT_MAX 256

size_t line_name_width(const struct status_view *v)
{
    size_t width = v->graph->count > NAMES_LOOKED_AT_MAX ? NAME_WIDTH_MAX : 0;
    for (size_t i = 0; i < v->graph->count && width < NAME_WIDTH_MAX; i++) {
        size_t len = strlen(v->graph->nodes[i].name);
        width = len > width ? len : width;
    }
    return width < NAME_WIDTH_MAX ? width : NAME_WIDTH_MAX;
}

size_t line_name_column(void)
{
    return TIME_WIDTH + (log_colour() ? 2 : 0);
}

void line_reason(struct paint *p, const struct status_view *v, size_t i)
{
    char text[REASON_MAX];
    struct buf reason;
    buf_init(&reason, text, sizeof(text));
    view_reason(v, i, &reason);
    paint_text(p, text);
}

uint64_t line_since(uint64_t then_us, uint64_t now_us)
{
    return then_us != 0 && now_us > then_us ? now_us - then_us : 0;
}

void line_time(struct paint *p, const struct status_view *v, uint64_t now_us)
{
    uint64_t elapsed = v->engine != NULL ? line_since(engine_started_us(v->engine), now_us) : 0;
    paint_format(p, "%5llu.%03llu s", (unsigned long long)(elapsed / US_PER_S),
                 (unsigned long long)(elapsed % US_PER_S / US_PER_MS));
    paint_to(p, TIME_WIDTH, 2);
}

void line_begin(struct paint *p, const struct status_view *v, size_t i, enum paint_mark mark, const char *status,
                uint64_t now_us)
{
    size_t names = line_name_width(v);
    paint_start(p);
    line_time(p, v, now_us);
    paint_mark(p, mark);
    paint_text(p, v->graph->nodes[i].name);
    paint_to(p, line_name_column() + names, 0);
    paint_to(p, 0, LINE_GAP);
    paint_word(p, mark, status);
    paint_to(p, line_name_column() + names + LINE_GAP + STATUS_WIDTH, 0);
    paint_to(p, 0, LINE_GAP);
}

void line_begin_detail(struct paint *p)
{
    paint_start(p);
    paint_to(p, line_name_column() + LINE_GAP, 0);
}

void line_needs(struct paint *p, const struct status_view *v, size_t i)
{
    char names[REASON_MAX];
    struct buf b;
    buf_init(&b, names, sizeof(names));
    view_waits_for(v, i, &b);
    paint_text(p, "for ");
    paint_text(p, names);
}

void line_work(const struct status_view *v, size_t i, const struct line_look *look, uint64_t now_us)
{
    const struct node_state *s = view_state(v, i);
    if (!look->bad && !log_shows(LOG_NOTICE)) {
        return;
    }
    struct paint p;
    line_begin(&p, v, i, look->mark, look->word, now_us);
    if (look->timed) {
        paint_text(&p, "in ");
        paint_duration(&p, line_since(s->called_us, s->ended_us));
    } else if (look->mark == PAINT_RUN) {
        const struct step *step = v->graph->nodes[i].step;
        paint_text(&p, step != NULL && step->name != NULL ? step->name : "");
    } else if (look->mark == PAINT_WAIT && view_blocked(v, i)) {
        line_needs(&p, v, i);
    } else {
        line_reason(&p, v, i);
    }
    paint_end(&p);
}
