#include "init/base/pattern.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/base/text.h"

/* Beyond every digit that a number in braces can have. */
#define NUMBER_BEYOND 100000

struct parser {
    const char *text;
    size_t len;
    size_t at;
    int depth;
    struct pattern *out;
    char *why;
    size_t cap;
};

static int parse_alternatives(struct parser *p);

static int fail(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct parser *p, const char *fmt, ...)
{
    char text[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    snprintf(p->why, p->cap, "%s (at byte %zu)", text, p->at + 1);
    return -1;
}

static int peek(const struct parser *p, size_t ahead)
{
    return p->at + ahead < p->len ? (unsigned char)p->text[p->at + ahead] : -1;
}

static bool one_of(int c, const char *set)
{
    return c > 0 && strchr(set, c);
}

/* Room for @n more steps; what was asked for at most is far below what a size_t holds. */
static int room(struct parser *p, size_t n)
{
    if (n <= PATTERN_STEPS_MAX - p->out->step_count)
        return 0;
    return fail(p, "repeated too often: more than %d steps when it is written out", PATTERN_STEPS_MAX);
}

static int append(struct parser *p, enum pattern_op op, uint32_t c)
{
    if (room(p, 1) != 0)
        return -1;
    p->out->steps[p->out->step_count++] = (struct pattern_step){.op = (uint8_t)op, .c = c};
    return 0;
}

/* A split in front of what begins at @start, which moves as a whole: all its jumps are relative and stay within. */
static int insert_split(struct parser *p, size_t start, size_t to)
{
    struct pattern_step *at = &p->out->steps[start];
    if (room(p, 1) != 0)
        return -1;
    memmove(at + 1, at, (p->out->step_count - start) * sizeof(*at));
    *at = (struct pattern_step){.op = PATTERN_SPLIT, .to = (int16_t)to};
    p->out->step_count++;
    return 0;
}

/* "x*" is  split +end; x; jump back. */
static int repeat_any(struct parser *p, size_t start)
{
    size_t len = p->out->step_count - start;
    if (insert_split(p, start, len + 2) != 0 || append(p, PATTERN_JUMP, 0) != 0)
        return -1;
    p->out->steps[start + len + 1].to = (int16_t) - (int)(len + 1);
    return 0;
}

/* "x+" is  x; split back. @len steps go back. */
static int repeat_last(struct parser *p, size_t len)
{
    if (append(p, PATTERN_SPLIT, 0) != 0)
        return -1;
    p->out->steps[p->out->step_count - 1].to = (int16_t) - (int)len;
    return 0;
}

/* "x{2,4}" is  x; x; split +end; x; split +end; x. */
static int repeat_counted(struct parser *p, size_t start, size_t min, size_t max)
{
    struct pattern *out = p->out;
    size_t len = out->step_count - start;
    struct pattern_step *block = &out->steps[start];
    if (max == 0) {
        out->step_count = start;
        return 0;
    }
    if (room(p, (max - 1) * len + (max - min)) != 0)
        return -1;
    if (min == 0) {
        insert_split(p, start, max * len + max);
        block++;
    }
    for (size_t i = 1; i < max; i++) {
        if (i >= min) {
            size_t left = max - i;
            append(p, PATTERN_SPLIT, 0);
            out->steps[out->step_count - 1].to = (int16_t)(left * (len + 1));
        }
        memcpy(&out->steps[out->step_count], block, len * sizeof(*block));
        out->step_count += len;
    }
    return 0;
}

static bool parse_number(struct parser *p, size_t *out)
{
    size_t digits = 0;
    for (*out = 0; peek(p, 0) >= '0' && peek(p, 0) <= '9'; digits++, p->at++) {
        if (*out < NUMBER_BEYOND)
            *out = *out * 10 + (size_t)(peek(p, 0) - '0');
    }
    return digits > 0;
}

static int parse_braces(struct parser *p, size_t start)
{
    size_t min = 0;
    size_t max = 0;
    bool endless = false;
    size_t len = p->out->step_count - start;
    p->at++;
    bool ok = parse_number(p, &min);
    max = min;
    if (ok && peek(p, 0) == ',') {
        p->at++;
        endless = peek(p, 0) == '}';
        ok = endless || parse_number(p, &max);
    }
    if (!ok || peek(p, 0) != '}')
        return fail(p, "a repetition is {2}, {2,} or {2,4}; the character is \\{");
    if (min > PATTERN_REPEAT_MAX || max > PATTERN_REPEAT_MAX)
        return fail(p, "repeated more than %d times", PATTERN_REPEAT_MAX);
    if (!endless && max < min)
        return fail(p, "the second number of a repetition is smaller than the first");
    p->at++;
    if (!endless)
        return repeat_counted(p, start, min, max);
    if (min == 0)
        return repeat_any(p, start);
    return repeat_counted(p, start, min, min) != 0 ? -1 : repeat_last(p, len);
}

static int parse_repetition(struct parser *p, size_t start)
{
    size_t len = p->out->step_count - start;
    int c = peek(p, 0);
    int done = 0;
    if (!one_of(c, "*+?{"))
        return 0;
    if (c == '{') {
        done = parse_braces(p, start);
    } else {
        p->at++;
        done = c == '*' ? repeat_any(p, start) : c == '+' ? repeat_last(p, len) : insert_split(p, start, len + 1);
    }
    if (done == 0 && one_of(peek(p, 0), "*+?{"))
        return fail(p, "two repetitions in a row; the character is \\%c", peek(p, 0));
    return done;
}

static void add_range(struct parser *p, uint32_t from, uint32_t to)
{
    struct pattern *out = p->out;
    if (out->range_count < PATTERN_MAX) /* always: each takes a byte of the pattern at least */
        out->ranges[out->range_count++] = (struct pattern_range){from, to};
}

/* "[:alpha:]", with the brackets of the class. */
static int parse_class(struct parser *p)
{
    static const struct {
        const char *name;
        const char *ranges; /* pairs */
    } classes[] = {
        {"[:alnum:]", "09AZaz"},   {"[:alpha:]", "AZaz"},   {"[:blank:]", "\t\t  "}, {"[:cntrl:]", "\x01\x1f\x7f\x7f"},
        {"[:digit:]", "09"},       {"[:graph:]", "!~"},     {"[:lower:]", "az"},     {"[:print:]", " ~"},
        {"[:punct:]", "!/:@[`{~"}, {"[:space:]", "\t\r  "}, {"[:upper:]", "AZ"},     {"[:xdigit:]", "09AFaf"},
    };
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        size_t n = strlen(classes[i].name);
        if (p->len - p->at < n || memcmp(p->text + p->at, classes[i].name, n) != 0)
            continue;
        for (const char *r = classes[i].ranges; *r != '\0'; r += 2)
            add_range(p, (unsigned char)r[0], (unsigned char)r[1]);
        p->at += n;
        return 0;
    }
    return fail(p, "no class of characters that is known; there are [:alnum:], [:alpha:], [:digit:] and so on");
}

/* One end of a range. */
static int parse_member(struct parser *p, uint32_t *out)
{
    if (peek(p, 0) < 0)
        return fail(p, "a [ without its ]");
    if (peek(p, 0) == '[' && one_of(peek(p, 1), ":.="))
        return fail(p, "[: begins a class, which is no end of a range; [. and [= are not known");
    if (peek(p, 0) == '\\' && peek(p, 1) != '\\')
        return fail(p, "in brackets a backslash stands for itself: write it twice if it is meant, else leave it out");
    if (peek(p, 0) == '\\')
        p->at++;
    *out = pattern_decode(p->text, &p->at);
    return 0;
}

static int parse_range(struct parser *p, bool first)
{
    uint32_t from = 0;
    if (peek(p, 0) == '[' && peek(p, 1) == ':')
        return parse_class(p);
    if (peek(p, 0) == '-' && !first && peek(p, 1) != ']')
        return fail(p, "a - that is meant to be one has to be the first or the last in the brackets");
    if (parse_member(p, &from) != 0)
        return -1;
    uint32_t to = from;
    if (peek(p, 0) == '-' && peek(p, 1) != ']') {
        p->at++;
        if (parse_member(p, &to) != 0)
            return -1;
    }
    if (to < from)
        return fail(p, "a range that ends before it begins");
    add_range(p, from, to);
    return 0;
}

static int parse_set(struct parser *p)
{
    struct pattern *out = p->out;
    struct pattern_set set = {.first = (uint16_t)out->range_count};
    p->at++;
    set.negated = peek(p, 0) == '^';
    p->at += set.negated;
    for (bool first = true; first || peek(p, 0) != ']'; first = false) {
        if (parse_range(p, first) != 0)
            return -1;
    }
    p->at++;
    set.count = (uint16_t)(out->range_count - set.first);
    out->sets[out->set_count] = set;
    return append(p, PATTERN_SET, (uint32_t)out->set_count++);
}

static int parse_group(struct parser *p)
{
    if (p->depth == PATTERN_DEPTH_MAX)
        return fail(p, "more than %d groups in each other", PATTERN_DEPTH_MAX);
    p->depth++;
    p->at++;
    if (peek(p, 0) == '?')
        return fail(p, "\"(?\" is of another dialect; here a group is only (...)");
    if (parse_alternatives(p) != 0)
        return -1;
    if (peek(p, 0) != ')')
        return fail(p, "a ( without its )");
    p->depth--;
    p->at++;
    return 0;
}

/* A backslash: only before what is no letter, no digit and nothing that a C library gives a meaning of its own. */
static int parse_escape(struct parser *p)
{
    static const struct {
        char letter;
        const char *instead;
    } known[] = {{'d', "[0-9]"},         {'D', "[^0-9]"},      {'w', "[[:alnum:]_]"},
                 {'W', "[^[:alnum:]_]"}, {'s', "[[:space:]]"}, {'S', "[^[:space:]]"}};
    int c = peek(p, 1);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (c == known[i].letter)
            return fail(p, "\"\\%c\" is of another dialect; write %s", c, known[i].instead);
    }
    if (c >= '0' && c <= '9')
        return fail(p, "there are no back-references");
    if (c < '!' || c > '~' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || one_of(c, "<>`'"))
        return fail(p, "a backslash stands before a character like . or *, which it takes the meaning from");
    p->at += 2;
    return append(p, PATTERN_CHARACTER, (uint32_t)c);
}

static int parse_piece(struct parser *p)
{
    size_t start = p->out->step_count;
    int c = peek(p, 0);
    int done = 0;
    if (one_of(c, "*+?{"))
        return fail(p, "a repetition of nothing; the character is \\%c", c);
    if (c == ')')
        return fail(p, "a ) without its (; the character is \\)");
    if (c == '^' || c == '$') {
        p->at++;
        return append(p, c == '^' ? PATTERN_BEGIN : PATTERN_END, 0);
    }
    if (c == '(') {
        done = parse_group(p);
    } else if (c == '[') {
        done = parse_set(p);
    } else if (c == '\\') {
        done = parse_escape(p);
    } else if (c == '.') {
        p->at++;
        done = append(p, PATTERN_ANY, 0);
    } else {
        done = append(p, PATTERN_CHARACTER, pattern_decode(p->text, &p->at));
    }
    return done != 0 ? -1 : parse_repetition(p, start);
}

static int parse_branch(struct parser *p)
{
    size_t pieces = 0;
    for (; peek(p, 0) >= 0 && peek(p, 0) != '|' && !(peek(p, 0) == ')' && p->depth > 0); pieces++) {
        if (parse_piece(p) != 0)
            return -1;
    }
    return pieces > 0 ? 0 : fail(p, "nothing before or after a |, or an empty group; for \"or nothing\" write (...)?");
}

/* "x|y" is  split +3; x; jump +2; y. */
static int parse_alternatives(struct parser *p)
{
    size_t start = p->out->step_count;
    if (parse_branch(p) != 0)
        return -1;
    while (peek(p, 0) == '|') {
        size_t len = p->out->step_count - start;
        p->at++;
        if (insert_split(p, start, len + 2) != 0 || append(p, PATTERN_JUMP, 0) != 0)
            return -1;
        size_t jump = p->out->step_count - 1;
        if (parse_branch(p) != 0)
            return -1;
        p->out->steps[jump].to = (int16_t)(p->out->step_count - jump);
    }
    return 0;
}

int pattern_compile(const char *text, struct pattern *out, char *why, size_t cap)
{
    struct parser p = {.text = text, .len = strlen(text), .out = out, .why = why, .cap = cap};
    out->step_count = out->set_count = out->range_count = 0;
    if (p.len == 0 || p.len > PATTERN_MAX) {
        snprintf(why, cap, p.len == 0 ? "it is empty" : "it is longer than %d bytes", PATTERN_MAX);
        return -1;
    }
    if (text_utf8_span(text, p.len) != p.len) {
        snprintf(why, cap, "it is not valid UTF-8");
        return -1;
    }
    return parse_alternatives(&p);
}
