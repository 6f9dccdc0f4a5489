#include <string.h>

#include "init/base/pattern.h"
#include "init/base/text.h"

/* The places in a pattern that a text has led to, all at once: each is there once. */
struct places {
    uint16_t at[PATTERN_STEPS_MAX + 1];
    size_t count;
};

struct match {
    const struct pattern *pattern;
    struct places lists[2];
    uint16_t open[PATTERN_STEPS_MAX + 1];
    uint32_t seen[PATTERN_STEPS_MAX + 1]; /* turn in which a step was come to last */
    uint32_t turn;
    bool in_set[PATTERN_SETS_MAX]; /* whether the character of this turn is in the set */
    bool at_begin, at_end;
};

uint32_t pattern_decode(const char *s, size_t *at)
{
    static const struct {
        unsigned char lead, bits;
        size_t more;
    } forms[] = {{0xf0, 0x07, 3}, {0xe0, 0x0f, 2}, {0xc0, 0x1f, 1}};
    const unsigned char *u = (const unsigned char *)s + *at;
    *at += 1;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (u[0] < forms[i].lead)
            continue;
        uint32_t c = u[0] & forms[i].bits;
        for (size_t k = 1; k <= forms[i].more; k++)
            c = c << 6 | (u[k] & 0x3f);
        *at += forms[i].more;
        return c;
    }
    return u[0];
}

static void push(struct match *m, size_t *open, size_t step)
{
    if (m->seen[step] == m->turn)
        return;
    m->seen[step] = m->turn;
    m->open[(*open)++] = (uint16_t)step;
}

/* Keep where @step leads to without a character: steps that take one, and the end. */
static void follow(struct match *m, struct places *to, size_t step)
{
    const struct pattern *p = m->pattern;
    size_t open = 0;
    push(m, &open, step);
    while (open > 0) {
        size_t at = m->open[--open];
        const struct pattern_step *s = &p->steps[at];
        size_t other = at < p->step_count ? (size_t)((ptrdiff_t)at + s->to) : 0;
        if (at == p->step_count || s->op <= PATTERN_SET)
            to->at[to->count++] = (uint16_t)at;
        else if (s->op == PATTERN_JUMP)
            push(m, &open, other);
        else if (s->op == PATTERN_SPLIT || (s->op == PATTERN_BEGIN ? m->at_begin : m->at_end))
            push(m, &open, at + 1);
        if (at < p->step_count && s->op == PATTERN_SPLIT)
            push(m, &open, other);
    }
}

static void look_up_sets(struct match *m, uint32_t c)
{
    const struct pattern *p = m->pattern;
    for (size_t i = 0; i < p->set_count; i++) {
        const struct pattern_set *set = &p->sets[i];
        bool inside = false;
        for (size_t r = set->first; !inside && r < (size_t)set->first + set->count; r++)
            inside = c >= p->ranges[r].from && c <= p->ranges[r].to;
        m->in_set[i] = inside != set->negated;
    }
}

static void take(struct match *m, const struct places *from, struct places *to, uint32_t c)
{
    const struct pattern *p = m->pattern;
    for (size_t i = 0; i < from->count; i++) {
        size_t at = from->at[i];
        if (at == p->step_count)
            continue;
        const struct pattern_step *s = &p->steps[at];
        bool taken = s->op == PATTERN_ANY || (s->op == PATTERN_SET ? m->in_set[s->c] : s->c == c);
        if (taken)
            follow(m, to, at + 1);
    }
}

bool pattern_matches(const struct pattern *p, const char *text, size_t len)
{
    struct match m;
    struct places *from = &m.lists[0];
    struct places *to = &m.lists[1];
    if (len > PATTERN_TEXT_MAX || text_utf8_span(text, len) != len)
        return false;
    m.pattern = p;
    m.turn = 1;
    m.at_begin = true;
    m.at_end = len == 0;
    memset(m.seen, 0, (p->step_count + 1) * sizeof(m.seen[0]));
    from->count = 0;
    follow(&m, from, 0);
    for (size_t at = 0; at < len && from->count > 0;) {
        uint32_t c = pattern_decode(text, &at);
        m.turn++;
        m.at_begin = false;
        m.at_end = at == len;
        to->count = 0;
        look_up_sets(&m, c);
        take(&m, from, to, c);
        struct places *swap = from;
        from = to;
        to = swap;
    }
    for (size_t i = 0; i < from->count; i++) {
        if (from->at[i] == p->step_count)
            return true;
    }
    return false;
}
