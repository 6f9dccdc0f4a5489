#include "init/config/redact.h"

#include <stdlib.h>
#include <string.h>

#include "init/config/redact_forms.h"
#include "init/config/unescape.h"

static const char mask[] = "***";
#define MASK_LEN (sizeof(mask) - 1)
_Static_assert(REDACT_MIN > MASK_LEN, "a replacement never grows the text");
_Static_assert(REDACT_MIN == sizeof(uint32_t), "what is hashed");

/* Fewer slots than this cost more in collisions than they save in memory. */
#define SLOTS_MIN 1024U

/* A text on its way through one pass. */
struct pass {
    const struct redactor *r;
    const char *text;
    size_t len;
    size_t last[ESCAPE_KINDS]; /* behind the last character that makes this way of escaping different from none */
    size_t next;               /* the next of those characters, from the place on that was looked at last; len = none */
    bool more;                 /* the text goes on behind its end */
};

/* ---- forms ---- */

static uint32_t slot_of(const struct redactor *r, const char *text)
{
    uint32_t head;
    memcpy(&head, text, sizeof(head));
    return (head * 2654435761U) >> r->shift;
}

/* Sorting has no argument for the hash: forms are sorted by their first bytes, the longest first, and counted into slots. */
static int compare_forms(const void *a, const void *b)
{
    const struct redact_form *x = a;
    const struct redact_form *y = b;
    int heads = memcmp(x->text, y->text, REDACT_MIN);
    if (heads != 0)
        return heads;
    if (x->len != y->len)
        return x->len > y->len ? -1 : 1;
    return memcmp(x->text, y->text, x->len);
}

/* One password in many URLs is one form. Returns how many are left of the sorted forms. */
static size_t drop_repeated(struct redact_form *forms, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_forms(&forms[kept - 1], &forms[i]) == 0) {
            forms[kept - 1].partial_before |= forms[i].partial_before;
            forms[kept - 1].partial_after |= forms[i].partial_after;
        } else {
            forms[kept++] = forms[i];
        }
    }
    return kept;
}

/* Slot by slot, each keeping the order that its forms have. */
static void fill_slots(struct redactor *r, const struct redact_form *from, struct redact_form *to, struct arena *a)
{
    uint32_t slots = SLOTS_MIN;
    r->shift = 22;
    while (slots < 4 * r->count) {
        slots *= 2;
        r->shift--;
    }
    r->slots = arena_alloc(a, (size_t)slots + 2, sizeof(*r->slots));
    for (size_t i = 0; i < r->count; i++)
        r->slots[slot_of(r, from[i].text) + 2]++;
    for (uint32_t s = 2; s < slots + 2; s++)
        r->slots[s] += r->slots[s - 1];
    for (size_t i = 0; i < r->count; i++)
        to[r->slots[slot_of(r, from[i].text) + 1]++] = from[i];
}

void redactor_init(struct redactor *r, const struct config *c, struct arena *a)
{
    *r = (struct redactor){.forms = NULL};
    size_t found = redact_collect(c, NULL, a);
    struct redact_form *unsorted = arena_alloc(a, found + 1, sizeof(*unsorted));
    struct redact_form *forms = arena_alloc(a, found + 1, sizeof(*forms));
    r->memory = arena_alloc(a, 0, 1);
    (void)redact_collect(c, unsorted, a);
    r->memory_len = (size_t)((char *)arena_alloc(a, 0, 1) - r->memory);
    qsort(unsorted, found, sizeof(*unsorted), compare_forms);
    r->count = drop_repeated(unsorted, found);
    fill_slots(r, unsorted, forms, a);
    r->forms = forms;
    for (size_t i = 0; i < r->count; i++) {
        r->again = r->again || memchr(forms[i].text, mask[0], forms[i].len);
        r->blanks = r->blanks || memchr(forms[i].text, ' ', forms[i].len);
    }
}

void redactor_wipe(struct redactor *r)
{
    explicit_bzero(r->memory, r->memory_len);
    r->count = 0;
}

/* ---- looking ---- */

/* What stands at @at; its length is 0 when the text ends before that is known. */
static inline struct unescaped take(const struct pass *p, enum escape e, size_t at)
{
    if (at == p->len)
        return (struct unescaped){.length = 0};
    if (!unescape_mark(p->text[at]))
        return (struct unescaped){.bytes = {p->text[at]}, .count = 1, .length = 1};
    return unescape(e, p->text + at, p->len - at, p->more);
}

/* Length in the text of the form at @at; 0 = it is not there; -1 = it may be, but the text ends. */
static long compare(const struct pass *p, enum escape e, const struct redact_form *f, size_t at)
{
    if (e == ESCAPE_NONE) {
        size_t n = p->len - at < f->len ? p->len - at : f->len;
        return memcmp(p->text + at, f->text, n) != 0 ? 0 : n < f->len ? -1 : (long)n;
    }
    size_t end = at;
    for (size_t done = 0; done < f->len;) {
        struct unescaped u = take(p, e, end);
        if (u.length == 0)
            return -1;
        if (u.count > f->len - done || memcmp(f->text + done, u.bytes, u.count) != 0)
            return 0;
        done += u.count;
        end += u.length;
    }
    return (long)(end - at);
}

/* The first bytes at @at, decoded. Returns false when the text ends before there are so many. */
static bool head(const struct pass *p, enum escape e, size_t at, char out[REDACT_MIN])
{
    if (e == ESCAPE_NONE) {
        if (p->len - at < REDACT_MIN)
            return false;
        memcpy(out, p->text + at, REDACT_MIN);
        return true;
    }
    for (size_t n = 0; n < REDACT_MIN;) {
        struct unescaped u = take(p, e, at);
        if (u.length == 0)
            return false;
        for (unsigned i = 0; i < u.count && n < REDACT_MIN; i++)
            out[n++] = u.bytes[i];
        at += u.length;
    }
    return true;
}

struct hit {
    const struct redact_form *form;
    size_t len;  /* in the text; 0 = none */
    bool unsure; /* what follows decides */
};

static void look(const struct pass *p, enum escape e, size_t at, struct hit *hit)
{
    char first[REDACT_MIN];
    if (!head(p, e, at, first)) {
        hit->unsure = p->more;
        return;
    }
    uint32_t slot = slot_of(p->r, first);
    for (uint32_t i = p->r->slots[slot]; i < p->r->slots[slot + 1]; i++) {
        long n = compare(p, e, &p->r->forms[i], at);
        if (n < 0)
            hit->unsure = hit->unsure || p->more;
        if (n > 0 && (size_t)n > hit->len) {
            hit->len = (size_t)n;
            hit->form = &p->r->forms[i];
        }
    }
}

static struct hit find(const struct pass *p, size_t at)
{
    struct hit hit = {.len = 0};
    for (enum escape e = ESCAPE_NONE; e < ESCAPE_KINDS; e++) {
        if (at < p->last[e])
            look(p, e, at, &hit);
    }
    if (hit.len > 0 && hit.form->partial_after) {
        size_t end = at + hit.len;
        hit.unsure = hit.unsure || (p->more && end == p->len);
        hit.len += end < p->len && redact_is_base64(p->text[end]);
    }
    return hit;
}

/* Most places are out of the question at a glance: nothing is escaped nearby, and no form begins with these bytes. */
static bool may_begin(struct pass *p, size_t at)
{
    while (p->next < at || (p->next < p->len && !unescape_mark(p->text[p->next])))
        p->next++;
    if (at + REDACT_MIN > p->next)
        return true;
    uint32_t slot = slot_of(p->r, p->text + at);
    return p->r->slots[slot] < p->r->slots[slot + 1];
}

static size_t behind_last(const char *text, size_t len, char c)
{
    const char *at = memrchr(text, c, len);
    return at ? (size_t)(at - text) + 1 : 0;
}

static void begin(struct pass *p)
{
    p->last[ESCAPE_NONE] = p->len;
    p->last[ESCAPE_PERCENT] = behind_last(p->text, p->len, '%');
    p->last[ESCAPE_FORM] = p->r->blanks ? behind_last(p->text, p->len, '+') : 0;
    p->last[ESCAPE_BACKSLASH] = behind_last(p->text, p->len, '\\');
    if (p->last[ESCAPE_FORM] > 0 && p->last[ESCAPE_FORM] < p->last[ESCAPE_PERCENT])
        p->last[ESCAPE_FORM] = p->last[ESCAPE_PERCENT];
}

/* Returns the new length, *@held bytes of it untouched. */
static size_t replace_once(const struct redactor *r, char *text, size_t len, bool more, size_t *held)
{
    struct pass p = {.r = r, .text = text, .len = len, .more = more};
    size_t out = 0;
    size_t at = 0;
    begin(&p);
    while (at < len) {
        struct hit hit = may_begin(&p, at) ? find(&p, at) : (struct hit){.len = 0};
        if (hit.unsure)
            break;
        if (hit.len == 0) {
            text[out++] = text[at++];
            continue;
        }
        out -= hit.form->partial_before && out > 0 && redact_is_base64(text[out - 1]);
        memcpy(text + out, mask, MASK_LEN);
        out += MASK_LEN;
        at += hit.len;
    }
    *held = len - at;
    memmove(text + out, text + at, *held);
    return out + *held;
}

static size_t replace(const struct redactor *r, char *text, size_t len, bool more, size_t *held)
{
    size_t none;
    *held = 0;
    if (r->count == 0)
        return len;
    size_t now = replace_once(r, text, len, more, held);
    for (size_t before = len; r->again && now < before;) {
        before = now;
        now = replace_once(r, text, before - *held, false, &none);
        memmove(text + now, text + before - *held, *held);
        now += *held;
    }
    if (now < len)
        text[now] = '\0';
    return now;
}

size_t redact(const struct redactor *r, char *text, size_t len)
{
    size_t held;
    return replace(r, text, len, false, &held);
}

size_t redact_part(const struct redactor *r, char *text, size_t len, size_t *held)
{
    return replace(r, text, len, true, held);
}

bool redact_finds(const struct redactor *r, const char *text, size_t len)
{
    struct pass p = {.r = r, .text = text, .len = len};
    if (r->count == 0)
        return false;
    begin(&p);
    for (size_t at = 0; at < len; at++) {
        if (may_begin(&p, at) && find(&p, at).len > 0)
            return true;
    }
    return false;
}

static void erase_in(const struct redactor *r, char *text, size_t len, size_t min)
{
    struct pass p = {.r = r, .text = text, .len = len};
    begin(&p);
    for (size_t at = 0; at < len; at++) {
        struct hit hit = may_begin(&p, at) ? find(&p, at) : (struct hit){.len = 0};
        if (hit.len >= min && hit.len > 0) {
            explicit_bzero(text + at, hit.len);
            at += hit.len - 1;
        }
    }
}

/* How many zeroes there are, roughly: most of an arena is. */
static size_t zeroes(const char *bytes, size_t len)
{
    static const char none[64];
    size_t n = 0;
    while (len - n >= sizeof(none) && memcmp(bytes + n, none, sizeof(none)) == 0)
        n += sizeof(none);
    while (n < len && bytes[n] == '\0')
        n++;
    return n;
}

/* No form has a zero in it. */
void redact_erase(const struct redactor *r, char *bytes, size_t len, size_t min)
{
    for (size_t at = 0, n; at < len && r->count > 0; at += n) {
        n = zeroes(bytes + at, len - at);
        if (n > 0)
            continue;
        if (bytes + at >= r->memory && bytes + at < r->memory + r->memory_len) {
            n = (size_t)(r->memory + r->memory_len - (bytes + at));
            continue;
        }
        n = strnlen(bytes + at, len - at);
        if (n >= min)
            erase_in(r, bytes + at, n, min);
    }
}
