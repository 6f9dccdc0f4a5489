#include "init/plan/reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/text.h"
#include "init/plan/reference.h"

struct problem *reader_fault(struct reader *r, const char *rule, const char *fmt, ...)
{
    char text[sizeof(((struct problem *)0)->text)];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return problem_add(r->problems, rule, r->at.text, "%s", text);
}

bool reader_is_broken(const struct reader *r, const struct variable *v)
{
    for (const struct broken *b = r->broken; b; b = b->next) {
        if (b->variable == v)
            return true;
    }
    return false;
}

/* What usually lies behind one type in place of another. */
static const char *type_hint(enum json_type expected, enum json_type found)
{
    if (expected == JSON_STRING && (found == JSON_NUMBER || found == JSON_BOOL))
        return "put it in double quotes";
    if ((expected == JSON_NUMBER || expected == JSON_BOOL) && found == JSON_STRING)
        return "write it without quotes";
    if (expected == JSON_ARRAY && found == JSON_STRING)
        return "put it in brackets: [\"…\"]";
    if (expected == JSON_OBJECT && found == JSON_STRING)
        return "write an object: {…}";
    if (expected == JSON_OBJECT && found == JSON_ARRAY)
        return "entries have names here: {\"name\": {…}}";
    return "";
}

bool reader_expect(struct reader *r, const struct json *n, enum json_type t)
{
    enum json_type found = json_type(n);

    if (found == t)
        return true;
    problem_hint(reader_fault(r, "type", "expected %s, found %s", json_type_name(t), json_type_name(found)), "%s",
                 type_hint(t, found));
    return false;
}

static bool is_one_line(const char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    }
    return true;
}

const char *reader_line(struct reader *r, const struct json *n)
{
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return NULL;
    if (*s == '\0') {
        reader_fault(r, "value", "the text is empty");
        return NULL;
    }
    if (!is_one_line(s)) {
        reader_fault(r, "value", "one line of text, without control characters, is expected here");
        return NULL;
    }
    if (strlen(s) > READER_LINE_MAX) {
        reader_fault(r, "limit", "the text is longer than %d bytes", READER_LINE_MAX);
        return NULL;
    }
    return arena_strdup(r->arena, s);
}

const char *reader_text(struct reader *r, const struct json *n)
{
    const char *s = json_string(n);

    if (!reader_expect(r, n, JSON_STRING))
        return NULL;
    if (*s == '\0') {
        reader_fault(r, "value", "the text is empty");
        return NULL;
    }
    return reference_check(r, s, REFERENCE_TEXT) ? arena_strdup(r->arena, s) : NULL;
}

const char *reader_scalar(struct reader *r, const struct json *n)
{
    char digits[64];
    struct buf b = BUF_OVER(digits);
    struct jsonw w;

    switch (json_type(n)) {
    case JSON_STRING:
        return arena_strdup(r->arena, json_string(n));
    case JSON_BOOL:
        return json_true(n) ? "true" : "false";
    case JSON_NUMBER:
        jsonw_init(&w, &b, false);
        json_write(&w, NULL, n);
        return arena_strdup(r->arena, digits);
    default:
        reader_fault(r, "type", "expected a string, a number, true or false, found %s", json_type_name(json_type(n)));
        return NULL;
    }
}

bool reader_array(struct reader *r, const struct json *n, size_t max)
{
    if (!reader_expect(r, n, JSON_ARRAY))
        return false;
    if (json_count(n) <= max)
        return true;
    reader_fault(r, "limit", "%zu elements; at most %zu are allowed", json_count(n), max);
    return false;
}

void reader_needs_command(struct reader *r, const struct json *n, const char *key, bool runs)
{
    if (runs || !json_get(n, key))
        return;
    size_t up = json_pointer_push(&r->at, key);
    reader_fault(r, "value", "\"%s\" means nothing without a command", key);
    json_pointer_pop(&r->at, up);
}

bool reader_list(struct reader *r, const struct json *n, size_t max,
                 const char *(*element)(struct reader *r, const struct json *n), struct strings *out)
{
    size_t index = 0;
    size_t kept = 0;

    if (!reader_array(r, n, max))
        return false;
    const char **items = arena_alloc(r->arena, json_count(n) + 1, sizeof(*items));
    for (const struct json *child = json_first(n); child; child = json_next(child)) {
        size_t up = json_pointer_index(&r->at, index++);
        const char *item = element(r, child);
        json_pointer_pop(&r->at, up);
        if (item)
            items[kept++] = item;
    }
    *out = (struct strings){.items = items, .count = kept};
    return true;
}

int reader_choice(struct reader *r, const char *word, const struct names *words)
{
    char list[160];
    struct buf b = BUF_OVER(list);
    int found = names_find(words, word);

    if (found >= 0)
        return found;
    buf_reset(&b);
    for (size_t i = 0; i < words->count; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", words->items[i]);
    struct problem *item = reader_fault(r, "enum", "\"%s\" is no %s; it is one of %s", word, words->noun, list);
    const char *meant = names_nearest(words, word);
    if (meant)
        problem_hint(item, "did you mean \"%s\"?", meant);
    return -1;
}

int reader_word(struct reader *r, const struct json *n, const struct names *words)
{
    return reader_expect(r, n, JSON_STRING) ? reader_choice(r, json_string(n), words) : -1;
}

static void read_duration(struct reader *r, const struct json *n, const struct key *k, uint64_t *field)
{
    uint64_t us = 0;

    if (json_type(n) != JSON_STRING) {
        problem_hint(reader_fault(r, "duration", "expected a duration, found %s", json_type_name(json_type(n))),
                     "write a number and a unit in quotes: \"250ms\", \"30s\", \"5m\", \"1h\"");
    } else if (text_parse_duration(json_string(n), &us) != 0) {
        problem_hint(reader_fault(r, "duration", "\"%s\" is not a duration", json_string(n)),
                     "write a whole number and a unit: 250ms, 30s, 5m, 1h; at most 24h");
    } else if (us == 0 && !k->zero) {
        reader_fault(r, "duration", "this duration cannot be zero");
    } else if (k->limit && us > k->limit) {
        reader_fault(r, "duration", "at most %" PRIu64 "s are allowed here", k->limit / (uint64_t)US_PER_S);
    } else {
        *field = us;
    }
}

static void read_count(struct reader *r, const struct json *n, const struct key *k, uint32_t *field)
{
    int64_t value = 0;

    if (!reader_expect(r, n, JSON_NUMBER))
        return;
    if (!json_integer(n, &value) || value < 1 || (uint64_t)value > k->limit)
        reader_fault(r, "value", "a whole number from 1 to %" PRIu64 " is expected here", k->limit);
    else
        *field = (uint32_t)value;
}

static const char *command_word(struct reader *r, const struct json *n)
{
    if (!reader_expect(r, n, JSON_STRING))
        return NULL;
    return reference_check(r, json_string(n), REFERENCE_ARGUMENT) ? arena_strdup(r->arena, json_string(n)) : NULL;
}

static void read_command(struct reader *r, const struct json *n, struct strings *field)
{
    if (json_type(n) == JSON_STRING) {
        problem_hint(reader_fault(r, "type", "expected an array of arguments, found a string"),
                     "write [\"program\", \"argument\"]; a shell line is [\"/bin/sh\", \"-c\", \"…\"]");
        return;
    }
    if (!reader_list(r, n, MANIFEST_ARGS_MAX, command_word, field))
        return;
    if (json_count(n) == 0 || (json_string(json_first(n)) && *json_string(json_first(n)) == '\0'))
        problem_hint(reader_fault(r, "value", "the command is empty"), "write [\"program\", \"argument\"]");
}

static void read_key(struct reader *r, const struct json *n, const struct key *k, void *field)
{
    switch (k->kind) {
    case KEY_LINE:
    case KEY_TEXT: {
        const char *text = k->kind == KEY_LINE ? reader_line(r, n) : reader_text(r, n);
        if (text)
            *(const char **)field = text;
        break;
    }
    case KEY_BOOL:
        if (reader_expect(r, n, JSON_BOOL))
            *(bool *)field = json_true(n);
        break;
    case KEY_COUNT:
        read_count(r, n, k, field);
        break;
    case KEY_DURATION:
        read_duration(r, n, k, field);
        break;
    case KEY_WORD: {
        int word = reader_word(r, n, k->words);
        if (word >= 0)
            *(unsigned *)field = (unsigned)word;
        break;
    }
    case KEY_REFS:
        reference_list(r, n, k->collection, field);
        break;
    case KEY_COMMAND:
        read_command(r, n, field);
        break;
    case KEY_OWN:
        k->read(r, n, field);
        break;
    }
}

static const char *key_at(const void *ctx, size_t i)
{
    const struct key_table *table = ctx;

    return table->keys[i].name;
}

/* The index of a key, or the table's count. */
static size_t find_key(const struct key_table *table, const char *name)
{
    size_t i = 0;

    while (i < table->count && strcmp(table->keys[i].name, name) != 0)
        i++;
    return i;
}

static void hint_keys(struct problem *item, const struct key_table *table)
{
    /* What is added around the list has to fit as well. */
    char list[sizeof(item->hint) - 24];
    struct buf b = BUF_OVER(list);
    size_t whole = 0;

    for (size_t i = 0; i < table->count && !b.overflow; i++) {
        whole = b.len;
        buf_printf(&b, "%s%s", i ? ", " : "", table->keys[i].name);
    }
    problem_hint(item, "its keys are %.*s%s", (int)(b.overflow ? whole : b.len), list, b.overflow ? ", …" : "");
}

static void report_unknown_key(struct reader *r, const struct key_table *table, const char *name)
{
    size_t up = json_pointer_push(&r->at, name);
    struct problem *item = reader_fault(r, "key.unknown", "%s has no key \"%s\"", table->noun, name);
    const char *meant = text_nearest(name, key_at, table, table->count);

    if (meant)
        problem_hint(item, "did you mean \"%s\"?", meant);
    else
        hint_keys(item, table);
    json_pointer_pop(&r->at, up);
}

void reader_object(struct reader *r, const struct json *n, const struct key_table *table, void *target)
{
    const struct json *values[READER_KEYS_MAX] = {NULL};

    if (!reader_expect(r, n, JSON_OBJECT))
        return;
    for (const struct json *member = json_first(n); member; member = json_next(member)) {
        size_t i = find_key(table, json_key(member));
        if (i < table->count)
            values[i] = member;
        else
            report_unknown_key(r, table, json_key(member));
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct key *k = &table->keys[i];

        if (values[i]) {
            size_t up = json_pointer_push(&r->at, k->name);
            read_key(r, values[i], k, (char *)target + k->offset);
            json_pointer_pop(&r->at, up);
        } else if (k->required) {
            reader_fault(r, "required", "%s needs \"%s\"", table->noun, k->name);
        }
    }
}

void *reader_collection(struct reader *r, const struct json *n, const struct collection *c, size_t *count)
{
    *count = 0;
    if (!n || !reader_expect(r, n, JSON_OBJECT))
        return NULL;
    size_t found = json_count(n);
    if (found > MANIFEST_ENTRIES_MAX) {
        reader_fault(r, "limit", "%zu %s; at most %d are allowed", found, c->name, MANIFEST_ENTRIES_MAX);
        return NULL;
    }
    char *entries = arena_alloc(r->arena, found + 1, c->size);
    for (const struct json *child = json_first(n); child; child = json_next(child)) {
        const char *name = arena_strdup(r->arena, json_key(child));
        size_t up = json_pointer_push(&r->at, name);

        if (!c->name_is_valid(name))
            problem_hint(reader_fault(r, "name", "\"%s\" is not a valid %s name", name, c->noun), "%s", c->name_rule);
        r->collection = c->name;
        r->entry = name;
        c->read(r, child, name, entries + *count * c->size);
        r->collection = NULL;
        r->entry = NULL;
        json_pointer_pop(&r->at, up);
        (*count)++;
    }
    return entries;
}
