#include "probes/http_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first piece of memory for a body. */
#define BODY_MIN 4096

int http_answer_init(struct http_answer *h, const struct wire_probe_request *request)
{
    struct problems problems;
    problems.errors = problems.warnings = problems.count = 0;
    *h = (struct http_answer){.request = request};
    if (request->expect_headers[0] == '\0')
        return 0;
    h->expected = json_parse(request->expect_headers, strlen(request->expect_headers), false, &problems);
    return json_type(h->expected) == JSON_OBJECT && json_count(h->expected) <= HTTP_EXPECTED_MAX ? 0 : -1;
}

void http_answer_free(struct http_answer *h)
{
    json_free(h->expected);
    free(h->body);
    h->expected = NULL;
    h->body = NULL;
}

void http_answer_again(struct http_answer *h)
{
    h->seen = h->met = 0;
    h->location[0] = '\0';
    h->body_len = 0;
}

/* What comes behind "Name:", without blanks around it; NULL when the line is about something else. */
static const char *value_of(const char *name, const char *line, size_t len, size_t *value_len)
{
    size_t at = strlen(name);
    if (len <= at || strncasecmp(line, name, at) != 0 || line[at] != ':')
        return NULL;
    at++;
    while (at < len && strchr(" \t\r\n", line[at]) != NULL)
        at++;
    while (len > at && strchr(" \t\r\n", line[len - 1]) != NULL)
        len--;
    *value_len = len - at;
    return line + at;
}

static void take_location(struct http_answer *h, const char *line, size_t len)
{
    size_t n;
    const char *value = value_of("Location", line, len, &n);
    if (value == NULL || n > HTTP_LOCATION_MAX || memchr(value, '\0', n) != NULL)
        return;
    memcpy(h->location, value, n);
    h->location[n] = '\0';
}

static void hold_against(struct http_answer *h, const struct json *match, size_t i, const char *value, size_t len)
{
    char what[96];
    char text[WIRE_TEXT_MAX];
    struct buf name = BUF_OVER(what);
    struct buf why = BUF_OVER(text);
    buf_printf(&name, "the header %s", json_key(match));
    h->seen |= 1U << i;
    if (match_test_node(match, what, value, len, &why)) {
        h->met |= 1U << i;
        return;
    }
    memcpy(h->why, text, why.len + 1);
    h->why_of = i;
}

void http_answer_line(struct http_answer *h, const char *line, size_t len)
{
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
        http_answer_again(h);
    take_location(h, line, len);
    size_t i = 0;
    for (const struct json *m = json_first(h->expected); m != NULL; m = json_next(m), i++) {
        size_t n;
        const char *value = value_of(json_key(m), line, len, &n);
        if (value != NULL)
            hold_against(h, m, i, value, n);
    }
}

bool http_answer_headers(const struct http_answer *h, struct buf *why)
{
    size_t i = 0;
    for (const struct json *m = json_first(h->expected); m != NULL; m = json_next(m), i++) {
        if (h->met & 1U << i)
            continue;
        if ((h->seen & 1U << i) == 0)
            buf_printf(why, "there is no header %s", json_key(m));
        else if (h->why_of == i)
            buf_puts(why, h->why);
        else
            buf_printf(why, "the header %s is not as expected", json_key(m));
        return false;
    }
    return true;
}

static bool make_room(struct http_answer *h, size_t len)
{
    size_t room = h->body_room == 0 ? BODY_MIN : h->body_room;
    while (room < len)
        room *= 2;
    if (room == h->body_room)
        return true;
    char *body = realloc(h->body, room);
    if (body == NULL)
        return false;
    h->body = body;
    h->body_room = room;
    return true;
}

bool http_answer_take(struct http_answer *h, const char *bytes, size_t len)
{
    if (len > MATCH_TEXT_MAX - h->body_len)
        len = MATCH_TEXT_MAX - h->body_len;
    if (!make_room(h, h->body_len + len))
        return false;
    if (len > 0)
        memcpy(h->body + h->body_len, bytes, len);
    h->body_len += len;
    return h->body_len < MATCH_TEXT_MAX;
}

bool http_answer_body(const struct http_answer *h, struct buf *why)
{
    if (h->request->expect_body[0] == '\0')
        return true;
    bool full = h->body_len == MATCH_TEXT_MAX;
    const char *what = full ? "the body (its first 64 KiB)" : "the body";
    return match_test(h->request->expect_body, what, h->body_len == 0 ? "" : h->body, h->body_len, why);
}

static bool says(const struct http_answer *h, const char *words)
{
    return h->body_len > 0 && memmem(h->body, h->body_len, words, strlen(words)) != NULL;
}

bool http_answer_is_of_tls(const struct http_answer *h)
{
    /* nginx, Apache, and Go's server, in this order. The last: an alert, RFC 8446 section 6. */
    return says(h, "plain HTTP request was sent to HTTPS port") ||
           says(h, "speaking plain HTTP to an SSL-enabled server port") ||
           says(h, "an HTTP request to an HTTPS server") || (h->body_len >= 2 && memcmp(h->body, "\x15\x03", 2) == 0);
}

bool http_answer_wants_certificate(const struct http_answer *h)
{
    return says(h, "No required SSL certificate was sent");
}
