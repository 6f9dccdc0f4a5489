#include "init/base/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/base/text.h"

/* Formatted first and made printable afterwards: a cut must not fall inside a character. */
#define FORMAT_MAX 1024

static void set_printable(char *out, size_t cap, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));

static void set_printable(char *out, size_t cap, const char *fmt, va_list ap)
{
    char raw[FORMAT_MAX];
    if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
        raw[0] = '\0';
    text_printable(raw, strlen(raw), out, cap);
}

/* The last warning makes room for an error. */
static bool drop_warning(struct problems *p)
{
    size_t i = p->count;
    while (i > 0 && !p->items[i - 1].warning)
        i--;
    if (i == 0)
        return false;
    memmove(&p->items[i - 1], &p->items[i], (p->count - i) * sizeof(p->items[0]));
    p->count--;
    return true;
}

static struct problem *append(struct problems *p, bool warning, const char *rule, const char *where)
{
    if (warning)
        p->warnings++;
    else
        p->errors++;
    if (p->count == PROBLEMS_MAX && (warning || !drop_warning(p)))
        return NULL;
    struct problem *item = &p->items[p->count++];
    memset(item, 0, sizeof(*item));
    item->warning = warning;
    text_printable(rule, strlen(rule), item->rule, sizeof(item->rule));
    text_printable(where, strlen(where), item->where, sizeof(item->where));
    return item;
}

struct problem *problem_add(struct problems *p, const char *rule, const char *where, const char *fmt, ...)
{
    struct problem *item = append(p, false, rule, where);
    if (!item)
        return NULL;
    va_list ap;
    va_start(ap, fmt);
    set_printable(item->text, sizeof(item->text), fmt, ap);
    va_end(ap);
    return item;
}

struct problem *problem_warn(struct problems *p, const char *rule, const char *where, const char *fmt, ...)
{
    struct problem *item = append(p, true, rule, where);
    if (!item)
        return NULL;
    va_list ap;
    va_start(ap, fmt);
    set_printable(item->text, sizeof(item->text), fmt, ap);
    va_end(ap);
    return item;
}

void problem_hint(struct problem *item, const char *fmt, ...)
{
    if (!item)
        return;
    va_list ap;
    va_start(ap, fmt);
    set_printable(item->hint, sizeof(item->hint), fmt, ap);
    va_end(ap);
}

void problem_source(struct problem *item, const char *text)
{
    if (item)
        text_printable(text, strlen(text), item->source, sizeof(item->source));
}

void problem_found(struct problem *item, const char *text)
{
    if (item)
        text_printable(text, strlen(text), item->found, sizeof(item->found));
}

void problem_accepted(struct problem *item, const char *text)
{
    if (item)
        text_printable(text, strlen(text), item->accepted, sizeof(item->accepted));
}

void problems_promote(struct problems *p)
{
    for (size_t i = 0; i < p->count; i++)
        p->items[i].warning = false;
    p->errors += p->warnings;
    p->warnings = 0;
}
