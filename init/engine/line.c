/*
 * Steps that may begin wait in a line, first come, first served, until one of the places is free. What is between two
 * attempts has no place, and joins the line at its end.
 */
#include "init/engine/job.h"

void line_join(struct engine *en, size_t i)
{
    if (!en->work[i].in_line) {
        en->work[i].in_line = true;
        en->line[(en->line_head + en->line_count) % en->graph->count] = (uint16_t)i;
        en->line_count++;
    }
}

void line_leave(struct engine *en, size_t i)
{
    if (en->work[i].placed) {
        en->work[i].placed = false;
        en->placed--;
    }
}

static size_t first_of(struct engine *en)
{
    size_t i = en->line[en->line_head];
    en->line_head = (en->line_head + 1) % en->graph->count;
    en->line_count--;
    en->work[i].in_line = false;
    return i;
}

/* Whoever was skipped in the meantime has left, and so has one whose services are not healthy any more: it comes back when
 * they are. */
void line_move(struct engine *en)
{
    uint32_t places = en->options.parallel;
    while (engine_running(en) && en->line_count > 0 && (places == 0 || en->placed < places)) {
        size_t i = first_of(en);
        bool again = en->work[i].stage == STAGE_PAUSE;
        if (again && retry_limit(en, i) <= en->now_us) {
            job_conclude(en, i);
        } else if (again || engine_may_take_up(en, i)) {
            en->work[i].placed = true;
            en->placed++;
            job_begin(en, i);
        }
    }
}
