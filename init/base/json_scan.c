#include "init/base/json_scan.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/json_token.h"

/* No member is shorter than "":0 and so many can be open at once at most. */
#define MEMBER_BYTES_MIN 4
/* What a shorter text needs is on the stack: a journal of a hundred thousand lines is read with little use of the allocator. */
#define SHORT_TEXT 1024
/* Compared one by one: a table would be more work. */
#define FEW_MEMBERS 32

static void scan_value(struct json_scanner *s);

/* After an element: what comes next? Goes on after a surplus or a missing comma. Returns false when the container ended. */
static bool next_element(struct json_scanner *s, char end, const char *expected)
{
    token_skip_blanks(s);
    if (s->stopped)
        return false;
    if (token_peek(s) == end) {
        s->at++;
        return false;
    }
    if (token_peek(s) == ',') {
        size_t comma = s->at++;

        token_skip_blanks(s);
        if (token_peek(s) != end)
            return !s->stopped;
        problem_hint(token_complain(s, "json.syntax", comma, "a comma after the last element"), "remove it");
        s->at++;
        return false;
    }
    int c = token_peek(s);
    if (c == '"' || (end == ']' && (c == '{' || c == '['))) {
        token_complain(s, "json.syntax", s->at, "a comma is missing before this");
        return !s->stopped;
    }
    token_lose(s, expected, "");
    return false;
}

static bool enter(struct json_scanner *s)
{
    if (s->depth == JSON_DEPTH_MAX) {
        token_complain(s, "json.depth", s->at, "more than %d levels deep", JSON_DEPTH_MAX);
        s->stopped = true;
        return false;
    }
    s->depth++;
    s->at++;
    token_skip_blanks(s);
    return !s->stopped;
}

static void scan_array(struct json_scanner *s)
{
    size_t index = 0;

    if (!enter(s))
        return;
    if (token_peek(s) == ']') {
        s->at++;
    } else {
        do {
            size_t up = json_pointer_index(&s->pointer, index++);
            scan_value(s);
            json_pointer_pop(&s->pointer, up);
        } while (!s->stopped && next_element(s, ']', "',' or ']'"));
    }
    s->depth--;
}

static bool is_same_name(const struct json_scanner *s, const struct json_member *a, const struct json_member *b)
{
    return a->name_len == b->name_len && memcmp(s->names + a->name, s->names + b->name, a->name_len) == 0;
}

static void copy_name(const struct json_scanner *s, const struct json_member *m, char *out, size_t cap)
{
    size_t len = m->name_len < cap ? m->name_len : cap - 1;

    memcpy(out, s->names + m->name, len);
    out[len] = '\0';
}

static void complain_twice(struct json_scanner *s, const struct json_member *first, const struct json_member *second)
{
    char name[160];
    char place[2][48];

    if (s->problems->errors - s->errors_before >= PROBLEMS_MAX)
        return;
    copy_name(s, second, name, sizeof(name));
    token_place(s, first->at, place[0], sizeof(place[0]));
    token_place(s, second->at, place[1], sizeof(place[1]));
    size_t up = json_pointer_push(&s->pointer, name);
    struct problem *item = problem_add(s->problems, "json.duplicate", s->pointer.text,
                                       "\"%s\" is given twice: at %s and at %s", name, place[0], place[1]);
    problem_hint(item, "remove one of them, or give it another name");
    json_pointer_pop(&s->pointer, up);
}

static uint32_t hash_of(const struct json_scanner *s, const struct json_member *m)
{
    uint32_t h = 2166136261U; /* FNV-1a */

    for (uint32_t i = 0; i < m->name_len; i++)
        h = (h ^ (unsigned char)s->names[m->name + i]) * 16777619U;
    return h;
}

/* The slot of the hash table where a member of that name is, or the free one where it belongs. */
static uint16_t *slot_of(const struct json_scanner *s, const struct json_member *members, const struct json_member *m)
{
    uint32_t at = hash_of(s, m) & (JSON_SLOTS - 1);

    while (s->slots[at] && !is_same_name(s, &members[s->slots[at] - 1], m))
        at = (at + 1) & (JSON_SLOTS - 1);
    return &s->slots[at];
}

static bool make_table(struct json_scanner *s)
{
    if (!s->slots)
        s->slots = calloc(JSON_SLOTS, sizeof(*s->slots));
    if (!s->taken)
        s->taken = malloc(sizeof(*s->taken) * JSON_MEMBERS_MAX);
    return s->slots && s->taken;
}

static void find_among_few(struct json_scanner *s, const struct json_member *members, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        size_t k = i;
        while (k > 0 && !is_same_name(s, &members[k - 1], &members[i]))
            k--;
        if (k > 0)
            complain_twice(s, &members[k - 1], &members[i]);
    }
}

/* Each member is held against the one of its name before it. */
static void find_duplicates(struct json_scanner *s, size_t first)
{
    const struct json_member *members = s->members + first;
    size_t count = s->member_count - first;

    if (count <= FEW_MEMBERS) {
        find_among_few(s, members, count);
        return;
    }
    if (!make_table(s)) {
        token_complain(s, "json.limit", s->at - 1, "out of memory");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint16_t *slot = slot_of(s, members, &members[i]);
        if (*slot)
            complain_twice(s, &members[*slot - 1], &members[i]);
        *slot = (uint16_t)(i + 1);
        s->taken[i] = (uint16_t)(slot - s->slots);
    }
    for (size_t i = 0; i < count; i++)
        s->slots[s->taken[i]] = 0;
}

static void scan_member(struct json_scanner *s, size_t first)
{
    char name[sizeof(s->pointer.text)];
    size_t start = s->names_len;

    if (token_peek(s) != '"') {
        token_lose(s, "a name in double quotes", token_peek(s) == '\'' ? "JSON has no single quotes" : "");
        return;
    }
    if (s->member_count - first == JSON_MEMBERS_MAX) {
        token_complain(s, "json.limit", s->at, "an object of more than %d members", JSON_MEMBERS_MAX);
        s->stopped = true;
        return;
    }
    struct json_member *m = &s->members[s->member_count++];
    *m = (struct json_member){.name = (uint32_t)start, .at = (uint32_t)s->at};
    token_string(s, true);
    m->name_len = (uint32_t)(s->names_len - start);
    token_skip_blanks(s);
    if (s->stopped)
        return;
    if (token_peek(s) != ':') {
        token_lose(s, "':' after the name", "");
        return;
    }
    s->at++;
    copy_name(s, m, name, sizeof(name));
    size_t up = json_pointer_push(&s->pointer, name);
    token_skip_blanks(s);
    scan_value(s);
    json_pointer_pop(&s->pointer, up);
}

static void scan_object(struct json_scanner *s)
{
    size_t first = s->member_count;
    size_t names_before = s->names_len;

    if (!enter(s))
        return;
    if (token_peek(s) == '}') {
        s->at++;
    } else {
        do {
            scan_member(s, first);
        } while (!s->stopped && next_element(s, '}', "',' or '}'"));
    }
    if (!s->stopped)
        find_duplicates(s, first);
    s->member_count = first;
    s->names_len = names_before;
    s->depth--;
}

static void scan_value(struct json_scanner *s)
{
    if (s->stopped)
        return;
    int c = token_peek(s);
    if (c == '{')
        scan_object(s);
    else if (c == '[')
        scan_array(s);
    else if (c == '"')
        token_string(s, false);
    else if (c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9'))
        token_number(s);
    else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        token_word(s);
    else
        token_lose(s, "a value", c == '\'' ? "JSON has no single quotes" : "");
}

static void scan_document(struct json_scanner *s)
{
    if (s->comments && s->len >= 3 && memcmp(s->text, "\xEF\xBB\xBF", 3) == 0)
        memset(s->text, ' ', 3);
    token_skip_blanks(s);
    scan_value(s);
    token_skip_blanks(s);
    if (!s->stopped && s->at < s->len)
        token_lose(s, "nothing after the document", "");
}

int json_scan(char *text, size_t len, bool comments, struct problems *p)
{
    struct json_scanner s = {.text = text, .len = len, .comments = comments, .problems = p, .errors_before = p->errors};
    char few_names[SHORT_TEXT];
    struct json_member few_members[SHORT_TEXT / MEMBER_BYTES_MIN + 1];
    bool is_short = len < SHORT_TEXT;

    s.names = is_short ? few_names : malloc(len + 1);
    s.members = is_short ? few_members : malloc(sizeof(*s.members) * (len / MEMBER_BYTES_MIN + 1));
    if (s.names && s.members)
        scan_document(&s);
    else
        problem_add(p, "json.limit", "1:1", "out of memory");
    if (!is_short) {
        free(s.names);
        free(s.members);
    }
    free(s.slots);
    free(s.taken);
    return p->errors > s.errors_before ? -1 : 0;
}
