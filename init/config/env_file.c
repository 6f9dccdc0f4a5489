#include "init/config/env_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "init/base/text.h"

static const char *const dialect_names[] = {[ENV_DOCKER] = "docker", [ENV_DOTENV] = "dotenv"};

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* Of a longer path the end tells more than the beginning, and the line behind it has to fit. */
#define PATH_SHOWN_MAX 160

/* One call of env_file_parse(). */
struct parser {
    const char *text;
    size_t len;
    size_t at;     /* what has not been looked at yet */
    unsigned line; /* that `at` is on */
    struct env_file *out;
    size_t room; /* entries that fit */
    char
        *store; /* where the next name or value is copied to: what is read is never longer than what it was read from */
    bool stopped; /* what follows would be told wrong */
    struct problems *problems;
};

const char *env_dialect_name(enum env_dialect d)
{
    return dialect_names[d];
}

int env_dialect_from_name(const char *name, size_t len)
{
    for (int d = 0; d <= ENV_DOTENV; d++) {
        if (strlen(dialect_names[d]) == len && memcmp(dialect_names[d], name, len) == 0)
            return d;
    }
    return -1;
}

static void place(const struct parser *ps, unsigned line, char out[PATH_SHOWN_MAX + 24])
{
    const char *path = ps->out->path;
    size_t len = strlen(path);
    bool cut = len > PATH_SHOWN_MAX;
    snprintf(out, PATH_SHOWN_MAX + 24, "%s%s:%u", cut ? "..." : "", cut ? path + len - PATH_SHOWN_MAX : path, line);
}

static void refuse(struct parser *ps, unsigned line, const char *rule, const char *text, const char *hint)
{
    char where[PATH_SHOWN_MAX + 24];
    place(ps, line, where);
    problem_hint(problem_add(ps->problems, rule, where, "%s", text), "%s", hint);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static size_t skip_blanks(const char *text, size_t at, size_t end)
{
    while (at < end && is_blank(text[at]))
        at++;
    return at;
}

static size_t trim_blanks(const char *text, size_t start, size_t end)
{
    while (end > start && is_blank(text[end - 1]))
        end--;
    return end;
}

/* Where the line of @at ends: at its line feed, or at the end of the text. */
static size_t line_end(const struct parser *ps, size_t at)
{
    const char *end = memchr(ps->text + at, '\n', ps->len - at);
    return end ? (size_t)(end - ps->text) : ps->len;
}

/* No variable can have these bytes in it, wherever in the line they are. */
static bool has_good_bytes(struct parser *ps, unsigned line, size_t start, size_t end)
{
    const char *bytes = ps->text + start;
    size_t len = end - start;
    if (memchr(bytes, '\0', len))
        refuse(ps, line, "env_file.nul", "a zero byte: no variable can hold one",
               "write the file as UTF-8; zero bytes between all letters are UTF-16");
    else if (text_utf8_span(bytes, len) != len)
        refuse(ps, line, "env_file.encoding", "not UTF-8", "write the file as UTF-8");
    else
        return true;
    return false;
}

static const char *keep(struct parser *ps, const char *bytes, size_t len)
{
    char *copy = ps->store;
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    ps->store += len + 1;
    return copy;
}

/* The entry of the name in [start, end), still without a value; NULL when it is no name or there are too many. */
static struct env_entry *add_entry(struct parser *ps, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        if (is_blank(ps->text[i])) {
            bool exported =
                ps->out->dialect == ENV_DOCKER && i - start == 6 && memcmp(ps->text + start, "export", 6) == 0;
            refuse(ps, ps->line, "env_file.syntax", "white space in the name of a variable",
                   exported ? "Docker knows no \"export\": remove it, or read the file as dotenv:"
                            : "write each variable as NAME=value on a line of its own");
            return NULL;
        }
    }
    if (start == end) {
        refuse(ps, ps->line, "env_file.syntax", "no name in front of the equals sign", "write NAME=value");
        return NULL;
    }
    if (ps->out->count == ps->room) {
        refuse(ps, ps->line, "env_file.limit", "more variables than a file may have", "remove what is not needed");
        ps->stopped = true;
        return NULL;
    }
    struct env_entry *entry = &ps->out->entries[ps->out->count++];
    *entry = (struct env_entry){.name = keep(ps, ps->text + start, end - start), .value = NULL, .line = ps->line};
    if (!text_is_variable_name(entry->name)) {
        char where[PATH_SHOWN_MAX + 24];
        place(ps, ps->line, where);
        problem_hint(problem_warn(ps->problems, "env_file.name", where, "no variable of a manifest can have this name"),
                     "names are letters, digits and underscores, and do not begin with a digit");
    }
    return entry;
}

static void read_docker_line(struct parser *ps, size_t start, size_t end)
{
    const char *equals = memchr(ps->text + start, '=', end - start);
    size_t name_end = equals ? (size_t)(equals - ps->text) : end;
    if (!has_good_bytes(ps, ps->line, start, end))
        return;
    struct env_entry *entry = add_entry(ps, start, name_end);
    if (entry && equals)
        entry->value = keep(ps, equals + 1, end - name_end - 1);
}

/* What a backslash and @c stand for between double quotes; 0 when for themselves. */
static char unescape(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case '\\':
    case '"':
    case '$':
        return c;
    default:
        return '\0';
    }
}

/* Past the closing quote of what begins at @at, and its text in the store; @len when it is not closed. */
static size_t read_quoted(const struct parser *ps, size_t at, char *out, size_t *out_len)
{
    const char *text = ps->text;
    char quote = text[at++];
    size_t used = 0;
    for (; at < ps->len && text[at] != quote; at++) {
        char escaped = quote == '"' && text[at] == '\\' && at + 1 < ps->len ? unescape(text[at + 1]) : '\0';
        if (escaped != '\0') {
            out[used++] = escaped;
            at++;
        } else if (text[at] != '\r' || at + 1 == ps->len || text[at + 1] != '\n') {
            out[used++] = text[at];
        }
    }
    *out_len = used;
    return at < ps->len ? at + 1 : ps->len + 1;
}

/* Behind a closing quote there may be blanks, and a comment behind them. */
static bool ends_well(const struct parser *ps, size_t at, size_t end)
{
    size_t next = skip_blanks(ps->text, at, end);
    return next == end || (next > at && ps->text[next] == '#');
}

static void read_quoted_value(struct parser *ps, struct env_entry *entry, size_t start)
{
    size_t len = 0;
    size_t after = read_quoted(ps, start, ps->store, &len);
    if (after > ps->len) {
        refuse(ps, ps->line, "env_file.syntax", "the quote that begins here is not closed",
               "close it; in a value between double quotes, a double quote is written \\\"");
        ps->out->count--;
        ps->stopped = true;
        return;
    }
    unsigned first = ps->line;
    size_t end = line_end(ps, after);
    for (size_t i = start; i < after; i++)
        ps->line += ps->text[i] == '\n';
    ps->at = end;
    if (!has_good_bytes(ps, first, start, end)) {
        ps->out->count--;
    } else if (!ends_well(ps, after, end)) {
        refuse(ps, ps->line, "env_file.syntax", "text behind the closing quote",
               "put the whole value between the quotes, or white space in front of a comment");
        ps->out->count--;
    } else {
        entry->value = ps->store;
        ps->store[len] = '\0';
        ps->store += len + 1;
    }
}

/* Up to white space and a number sign, or the end of the line. */
static void read_plain_value(struct parser *ps, struct env_entry *entry, size_t start, size_t end)
{
    const char *text = ps->text;
    for (size_t i = start; i < end; i++) {
        if (text[i] == '#' && is_blank(text[i - 1])) {
            end = i;
            break;
        }
    }
    size_t value = skip_blanks(text, start, end);
    entry->value = keep(ps, text + value, trim_blanks(text, value, end) - value);
}

static void read_dotenv_line(struct parser *ps, size_t start, size_t end)
{
    static const char word[] = "export";
    const char *text = ps->text;
    size_t after = start + sizeof(word) - 1;
    if (after < end && memcmp(text + start, word, sizeof(word) - 1) == 0 && is_blank(text[after]))
        start = skip_blanks(text, after, end);
    const char *equals = memchr(text + start, '=', end - start);
    if (!equals) {
        refuse(ps, ps->line, "env_file.syntax", "no equals sign", "write NAME=value; NAME= is an empty value");
        return;
    }
    size_t name_end = (size_t)(equals - text);
    size_t value = skip_blanks(text, name_end + 1, end);
    bool quoted = value < end && (text[value] == '"' || text[value] == '\'');
    if (!has_good_bytes(ps, ps->line, start, quoted ? value : end))
        return;
    struct env_entry *entry = add_entry(ps, start, trim_blanks(text, start, name_end));
    if (entry && quoted)
        read_quoted_value(ps, entry, value);
    else if (entry)
        read_plain_value(ps, entry, name_end + 1, end);
}

static void read_line(struct parser *ps)
{
    size_t end = line_end(ps, ps->at);
    size_t last = end > ps->at && ps->text[end - 1] == '\r' ? end - 1 : end;
    size_t start = skip_blanks(ps->text, ps->at, last);
    ps->at = end;
    if (start < last && ps->text[start] != '#') {
        if (ps->out->dialect == ENV_DOCKER)
            read_docker_line(ps, start, last);
        else
            read_dotenv_line(ps, start, last);
    }
    ps->at++;
    ps->line++;
}

static size_t count_lines(const char *text, size_t len)
{
    size_t lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

/* FNV-1a, 32 bits. */
static uint32_t hash_name(const char *name)
{
    uint32_t h = 2166136261U;
    for (; *name != '\0'; name++)
        h = (h ^ (unsigned char)*name) * 16777619U;
    return h;
}

static uint32_t slot_of(const struct env_file *f, const char *name)
{
    uint32_t slot = hash_name(name) & f->mask;
    while (f->slots[slot] != 0 && strcmp(f->entries[f->slots[slot] - 1].name, name) != 0)
        slot = (slot + 1) & f->mask;
    return slot;
}

static void make_index(struct env_file *f, struct arena *a)
{
    uint32_t slots = 16;
    while (slots < 2 * f->count)
        slots *= 2;
    f->mask = slots - 1;
    f->slots = arena_alloc(a, slots, sizeof(*f->slots));
    for (uint32_t i = 0; i < f->count; i++)
        f->slots[slot_of(f, f->entries[i].name)] = i + 1;
}

int env_file_parse(const char *text, size_t len, enum env_dialect dialect, const char *path, struct arena *a,
                   struct env_file *out, struct problems *p)
{
    size_t errors = p->errors;
    *out = (struct env_file){.path = path, .dialect = dialect};
    struct parser ps = {.text = text, .len = len, .line = 1, .out = out, .problems = p};
    if (len > ENV_FILE_MAX) {
        refuse(&ps, 1, "env_file.limit", "larger than a file of variables may be (1 MiB)", "remove what is not needed");
        len = 0;
    }
    if (len >= sizeof(byte_order_mark) - 1 && memcmp(text, byte_order_mark, sizeof(byte_order_mark) - 1) == 0) {
        char where[PATH_SHOWN_MAX + 24];
        ps.at = sizeof(byte_order_mark) - 1;
        place(&ps, 1, where);
        problem_hint(problem_warn(p, "env_file.encoding", where, "begins with a byte order mark; it is passed over"),
                     "save the file as UTF-8 without it: other programs take it for a part of the first name");
    }
    size_t lines = count_lines(text, len);
    ps.len = len;
    ps.room = lines < ENV_FILE_ENTRIES_MAX ? lines : ENV_FILE_ENTRIES_MAX;
    ps.store = arena_alloc(a, len + 1, 1);
    out->entries = arena_alloc(a, ps.room, sizeof(*out->entries));
    while (ps.at < ps.len && !ps.stopped)
        read_line(&ps);
    make_index(out, a);
    return p->errors == errors ? 0 : -1;
}

const struct env_entry *env_file_find(const struct env_file *f, const char *name)
{
    if (!f->slots)
        return NULL;
    uint32_t at = f->slots[slot_of(f, name)];
    return at == 0 ? NULL : &f->entries[at - 1];
}
