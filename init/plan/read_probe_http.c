#include <string.h>

#include "init/base/match.h"
#include "init/base/text.h"
#include "init/plan/read.h"
#include "init/plan/reference.h"

#define HTTP_STATUS_MIN 100
#define HTTP_STATUS_MAX 599
#define METHOD_MAX 31
#define HEADERS_MAX 32
/* Browsers follow twenty; a probe that needs more asks the wrong address. */
#define REDIRECTS_MAX 20

void read_method(struct reader *r, const struct json *n, void *probe)
{
    const char *s = reader_line(r, n);

    if (!s)
        return;
    if (strlen(s) > METHOD_MAX || s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
        problem_hint(reader_fault(r, "value", "not an HTTP method"), "methods are in upper case: GET, HEAD, POST");
    else
        ((struct probe *)probe)->method = s;
}

/* RFC 9110, section 5.6.2: a token. */
static bool is_header_name(const char *s)
{
    static const char more[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; s[i] != '\0'; i++) {
        bool alnum = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z');
        if (!alnum && !strchr(more, s[i]))
            return false;
    }
    return s[0] != '\0';
}

static const char header_rule[] = "letters, digits and -: \"Accept\"";

static const char *header_value(struct reader *r, const struct json *n)
{
    const char *line = reader_line(r, n);

    return line && reference_check(r, line, REFERENCE_TEXT) ? line : NULL;
}

void read_headers(struct reader *r, const struct json *n, void *probe)
{
    static const struct pair_rules rules = {"header", HEADERS_MAX, is_header_name, header_rule, header_value};

    read_pairs(r, n, &rules, &((struct probe *)probe)->headers);
}

/* "200-399" or "200", split in place of a copy. */
static bool parse_status(const char *text, int64_t *min, int64_t *max)
{
    char copy[16];
    struct buf b = BUF_OVER(copy);

    buf_puts(&b, text);
    if (b.overflow)
        return false;
    char *dash = strchr(copy, '-');
    if (dash)
        *dash = '\0';
    if (text_parse_int(copy, min) != 0)
        return false;
    *max = *min;
    return !dash || text_parse_int(dash + 1, max) == 0;
}

void read_status(struct reader *r, const struct json *n, void *probe)
{
    struct probe *p = probe;
    int64_t min = 0;
    int64_t max = 0;
    bool good = false;

    if (json_type(n) == JSON_STRING) {
        good = parse_status(json_string(n), &min, &max);
    } else if (json_integer(n, &min)) {
        good = true;
        max = min;
    }
    if (!good || min < HTTP_STATUS_MIN || max > HTTP_STATUS_MAX || min > max) {
        problem_hint(reader_fault(r, "value", "not a range of HTTP status codes"),
                     "write 200, or \"200-399\"; codes are %d to %d", HTTP_STATUS_MIN, HTTP_STATUS_MAX);
        return;
    }
    p->status_min = (uint16_t)min;
    p->status_max = (uint16_t)max;
}

void read_redirects(struct reader *r, const struct json *n, void *probe)
{
    int64_t count = 0;

    if (read_whole(r, n, 0, REDIRECTS_MAX, "0 takes a redirect for an answer like any other", &count))
        ((struct probe *)probe)->redirects = (uint8_t)count;
}

/* As JSON without blanks, the same for the same match: it is read again where answers are judged. */
static const char *as_text(struct reader *r, const struct json *n)
{
    char text[MATCH_JSON_MAX + 1];
    struct buf b = BUF_OVER(text);
    struct jsonw w;

    jsonw_init(&w, &b, false);
    json_write(&w, NULL, n);
    if (!b.overflow)
        return arena_strdup(r->arena, text);
    reader_fault(r, "limit", "what is expected is longer than %d bytes", MATCH_JSON_MAX);
    return NULL;
}

void read_expect_body(struct reader *r, const struct json *n, void *probe)
{
    if (match_check(n, r->at.text, r->problems))
        ((struct probe *)probe)->expect_body = as_text(r, n);
}

void read_expect_headers(struct reader *r, const struct json *n, void *probe)
{
    size_t errors = r->problems->errors;

    if (!reader_expect(r, n, JSON_OBJECT))
        return;
    if (json_count(n) == 0 || json_count(n) > HEADERS_MAX)
        reader_fault(r, "limit", "%zu headers; 1 to %d are allowed", json_count(n), HEADERS_MAX);
    for (const struct json *child = json_first(n); child; child = json_next(child)) {
        size_t up = json_pointer_push(&r->at, json_key(child));

        match_check(child, r->at.text, r->problems);
        if (!is_header_name(json_key(child)))
            problem_hint(reader_fault(r, "name", "\"%s\" is not a valid header name", json_key(child)), "%s",
                         header_rule);
        json_pointer_pop(&r->at, up);
    }
    if (r->problems->errors == errors)
        ((struct probe *)probe)->expect_headers = as_text(r, n);
}
