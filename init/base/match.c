#include "init/base/match.h"

#include <stdio.h>
#include <string.h>

#include "init/base/text.h"

/* How much of a value is quoted, with its quotes. */
#define QUOTE_MAX 80

static const char *const match_keys[] = {"contains", "regex", "json"};
#define MATCH_KEYS (sizeof(match_keys) / sizeof(match_keys[0]))

static const char *key_at(const void *context, size_t i)
{
    (void)context;
    return match_keys[i];
}

static const char *pattern_fault(const char *regex, struct pattern *out, char *why, size_t cap)
{
    char whole[PATTERN_MAX + 1];
    if (strlen(regex) > MATCH_REGEX_MAX) {
        snprintf(why, cap, "it is longer than %d bytes", MATCH_REGEX_MAX);
        return why;
    }
    if (pattern_compile(regex, out, why, cap) != 0)
        return why;
    snprintf(whole, sizeof(whole), ".*(%s).*", regex);
    return pattern_compile(whole, out, why, cap) == 0 ? NULL : why;
}

int match_compile_search(const char *regex, struct pattern *out, char *why, size_t cap)
{
    return pattern_fault(regex, out, why, cap) == NULL ? 0 : -1;
}

/* RFC 6901 section 3: empty, or tokens that begin with a slash, in which "~" is followed by 0 or 1. */
static bool is_pointer(const char *s)
{
    if (s[0] != '\0' && s[0] != '/')
        return false;
    for (; *s != '\0'; s++) {
        if (*s == '~' && s[1] != '0' && s[1] != '1')
            return false;
    }
    return true;
}

static void check_type(const struct json *n, enum json_type t, const char *where, struct problems *p)
{
    problem_add(p, "type", where, "expected %s, found %s", json_type_name(t), json_type_name(json_type(n)));
}

static void check_text(const struct json *n, const char *where, struct problems *p)
{
    if (json_type(n) != JSON_STRING)
        check_type(n, JSON_STRING, where, p);
    else if (json_string(n)[0] == '\0')
        problem_add(p, "value", where, "the text is empty");
}

static void check_regex(const struct json *n, const char *where, struct problems *p)
{
    char why[160];
    struct pattern compiled;
    size_t errors = p->errors;
    check_text(n, where, p);
    if (p->errors == errors && match_compile_search(json_string(n), &compiled, why, sizeof(why)) != 0)
        problem_add(p, "pattern", where, "this is no pattern that can be used: %s", why);
}

static void check_pointers(const struct json *n, const char *where, struct problems *p)
{
    if (json_type(n) != JSON_OBJECT) {
        check_type(n, JSON_OBJECT, where, p);
        return;
    }
    if (json_count(n) == 0)
        problem_add(p, "value", where, "there is no pointer in it");
    if (json_count(n) > MATCH_POINTERS_MAX)
        problem_add(p, "limit", where, "%zu pointers; at most %d are allowed", json_count(n), MATCH_POINTERS_MAX);
    for (const struct json *m = json_first(n); m != NULL; m = json_next(m)) {
        if (!is_pointer(json_key(m)))
            problem_hint(problem_add(p, "value", where, "\"%s\" is no JSON pointer", json_key(m)),
                         "write \"/name\", \"/list/0\", or \"\" for all of it; in names, ~0 stands for ~ and ~1 for /");
    }
}

static void check_member(const struct json *m, const char *where, struct problems *p)
{
    struct json_pointer at = {.len = 0};
    snprintf(at.text, sizeof(at.text), "%s", where);
    at.len = strlen(at.text);
    json_pointer_push(&at, json_key(m));
    if (strcmp(json_key(m), "contains") == 0)
        check_text(m, at.text, p);
    else if (strcmp(json_key(m), "regex") == 0)
        check_regex(m, at.text, p);
    else if (strcmp(json_key(m), "json") == 0)
        check_pointers(m, at.text, p);
    else {
        const char *meant = text_nearest(json_key(m), key_at, NULL, MATCH_KEYS);
        struct problem *item = problem_add(p, "key.unknown", at.text, "a match has no key \"%s\"", json_key(m));
        if (meant != NULL)
            problem_hint(item, "did you mean \"%s\"?", meant);
        else
            problem_hint(item, "its keys are \"contains\", \"regex\" and \"json\"");
    }
}

static void check_size(const struct json *n, const char *where, struct problems *p)
{
    char text[MATCH_JSON_MAX + 1];
    struct buf b = BUF_OVER(text);
    struct jsonw w;
    jsonw_init(&w, &b, false);
    json_write(&w, NULL, n);
    if (b.overflow)
        problem_add(p, "limit", where, "longer than %d bytes, written as JSON", MATCH_JSON_MAX);
}

bool match_check(const struct json *n, const char *where, struct problems *p)
{
    size_t errors = p->errors;
    if (json_type(n) == JSON_OBJECT) {
        if (json_count(n) == 0)
            problem_hint(problem_add(p, "required", where, "nothing is expected here"),
                         "say \"contains\", \"regex\" or \"json\"");
        for (const struct json *m = json_first(n); m != NULL; m = json_next(m))
            check_member(m, where, p);
    } else if (json_type(n) == JSON_STRING) {
        check_text(n, where, p);
    } else {
        problem_hint(
            problem_add(p, "type", where, "expected a string or an object, found %s", json_type_name(json_type(n))),
            "a string has to be in it; an object has \"contains\", \"regex\" or \"json\"");
    }
    check_size(n, where, p);
    return p->errors == errors;
}

/* A value as JSON, cut, and printable. */
static void quote(struct buf *why, const struct json *n)
{
    char full[QUOTE_MAX + 1];
    char shown[QUOTE_MAX + 1];
    struct buf b = BUF_OVER(full);
    struct jsonw w;
    jsonw_init(&w, &b, false);
    json_write(&w, NULL, n);
    text_printable(full, b.len, shown, b.overflow ? sizeof(shown) - 3 : sizeof(shown));
    buf_printf(why, "%s%s", shown, b.overflow ? "..." : "");
}

static bool test_contains(const struct json *n, const char *what, const char *bytes, size_t len, struct buf *why)
{
    if (memmem(bytes, len, json_string(n), strlen(json_string(n))) != NULL)
        return true;
    buf_printf(why, "%s does not contain ", what);
    quote(why, n);
    return false;
}

static bool found_in_line(const struct pattern *p, const char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\r')
        len--;
    return pattern_matches(p, line, text_utf8_span(line, len < PATTERN_TEXT_MAX ? len : PATTERN_TEXT_MAX));
}

static bool test_regex(const struct json *n, const char *what, const char *bytes, size_t len, struct buf *why)
{
    struct pattern compiled;
    char fault[160];
    bool found = false;
    if (match_compile_search(json_string(n), &compiled, fault, sizeof(fault)) != 0) {
        buf_printf(why, "the pattern for %s cannot be used: %s", what, fault);
        return false;
    }
    for (size_t at = 0; !found && at <= len;) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t line = end == NULL ? len - at : (size_t)(end - bytes) - at;
        found = found_in_line(&compiled, bytes + at, line);
        at += line + 1;
    }
    if (!found) {
        buf_printf(why, "no line of %s matches ", what);
        quote(why, n);
    }
    return found;
}

/* RFC 6901 section 4: an index has no leading zero. */
static const struct json *element_at(const struct json *array, const char *token)
{
    int64_t index;
    if (text_parse_int(token, &index) != 0 || index < 0)
        return NULL;
    const struct json *n = json_first(array);
    while (n != NULL && index-- > 0)
        n = json_next(n);
    return n;
}

/* One token of a pointer, without its escapes; returns where the next one begins. */
static const char *take_token(const char *s, char out[MATCH_JSON_MAX + 1])
{
    size_t len = 0;
    for (; *s != '\0' && *s != '/' && len < MATCH_JSON_MAX; s++) {
        bool escaped = *s == '~' && s[1] != '\0';
        out[len++] = (char)(!escaped ? *s : s[1] == '1' ? '/' : '~');
        s += escaped;
    }
    out[len] = '\0';
    return s;
}

static const struct json *look_up(const struct json *n, const char *pointer)
{
    char token[MATCH_JSON_MAX + 1];
    while (n != NULL && *pointer == '/') {
        pointer = take_token(pointer + 1, token);
        if (json_type(n) == JSON_ARRAY)
            n = element_at(n, token);
        else
            n = json_type(n) == JSON_OBJECT ? json_get(n, token) : NULL;
    }
    return n;
}

/* Deep at most JSON_DEPTH_MAX, as everything that was parsed. */
static bool equal(const struct json *a, const struct json *b) // NOLINT(misc-no-recursion)
{
    if (a == NULL || b == NULL || json_type(a) != json_type(b))
        return false;
    if (json_type(a) == JSON_STRING)
        return strcmp(json_string(a), json_string(b)) == 0;
    if (json_type(a) == JSON_NUMBER)
        return json_number(a) == json_number(b);
    if (json_type(a) == JSON_BOOL)
        return json_true(a) == json_true(b);
    if (json_count(a) != json_count(b))
        return false;
    const struct json *m = json_first(b);
    for (const struct json *n = json_first(a); n != NULL; n = json_next(n), m = json_next(m)) {
        if (!equal(n, json_type(a) == JSON_OBJECT ? json_get(b, json_key(n)) : m))
            return false;
    }
    return true;
}

static bool test_pointers(const struct json *pointers, const struct json *root, const char *what, struct buf *why)
{
    for (const struct json *m = json_first(pointers); m != NULL; m = json_next(m)) {
        const struct json *found = look_up(root, json_key(m));
        if (equal(m, found))
            continue;
        char pointer[QUOTE_MAX + 1];
        size_t len = text_printable(json_key(m), strlen(json_key(m)), pointer, sizeof(pointer));
        buf_printf(why, "%s%s%s", pointer, len == 0 ? "" : " of ", what);
        if (found == NULL) {
            buf_puts(why, " is not there");
        } else {
            buf_puts(why, " is ");
            quote(why, found);
        }
        buf_puts(why, ", expected ");
        quote(why, m);
        return false;
    }
    return true;
}

static bool test_json(const struct json *n, const char *what, const char *bytes, size_t len, struct buf *why)
{
    struct problems problems;
    problems.errors = problems.warnings = problems.count = 0;
    struct json *root cleanup_json = json_parse(bytes, len, false, &problems);
    if (root != NULL)
        return test_pointers(n, root, what, why);
    /* Only a line and column: the texts of the problems, and pointers, quote what was sent. */
    bool placed = problems.count > 0 && problems.items[0].where[0] != '/';
    buf_printf(why, "%s is no JSON%s%s", what, placed ? ", see line and column " : "",
               placed ? problems.items[0].where : "");
    return false;
}

bool match_test_node(const struct json *match, const char *what, const char *bytes, size_t len, struct buf *why)
{
    if (len > MATCH_TEXT_MAX)
        len = MATCH_TEXT_MAX;
    if (json_type(match) == JSON_STRING)
        return test_contains(match, what, bytes, len, why);
    const struct json *contains = json_get(match, "contains");
    const struct json *regex = json_get(match, "regex");
    const struct json *json = json_get(match, "json");
    return (contains == NULL || test_contains(contains, what, bytes, len, why)) &&
           (regex == NULL || test_regex(regex, what, bytes, len, why)) &&
           (json == NULL || test_json(json, what, bytes, len, why));
}

bool match_test(const char *match_json, const char *what, const char *bytes, size_t len, struct buf *why)
{
    struct problems problems;
    problems.errors = problems.warnings = problems.count = 0;
    struct json *match cleanup_json = json_parse(match_json, strlen(match_json), false, &problems);
    if (match != NULL)
        return match_test_node(match, what, bytes, len, why);
    buf_printf(why, "what is expected of %s cannot be read", what);
    return false;
}
