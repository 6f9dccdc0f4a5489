/*
 * http_answer - what a server answers to one request, held against what a probe expects. Lines and bytes in, judgement out; no I/O.
 */
#ifndef MUSTER_PROBES_HTTP_ANSWER_H
#define MUSTER_PROBES_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "init/base/buf.h"
#include "init/base/match.h"
#include "init/wire/messages.h"

/* Headers that are held against something: a bit each. */
#define HTTP_EXPECTED_MAX 32

/* The longest target of a redirect: as long as a URL of a probe. */
#define HTTP_LOCATION_MAX 2047

struct http_answer {
    const struct wire_probe_request *request; /* borrowed */
    struct json *expected;                    /* owned: matches by header name, or NULL */
    uint32_t seen, met;                       /* bits of expected headers */
    size_t why_of;                            /* the one that `why` is about */
    char why[WIRE_TEXT_MAX];                  /* why the last line that was not met was not */
    char location[HTTP_LOCATION_MAX + 1];     /* "" = none */
    char *body;                               /* owned, or NULL */
    size_t body_len;
    size_t body_room;
};

/*
 * http_answer_init - for the first answer.
 *
 * Returns 0, or -1 when the expected headers cannot be used.
 */
int http_answer_init(struct http_answer *h, const struct wire_probe_request *request);

/*
 * http_answer_free - what it holds.
 */
void http_answer_free(struct http_answer *h);

/*
 * http_answer_again - forget the last answer, for the next one.
 */
void http_answer_again(struct http_answer *h);

/*
 * http_answer_line - a line of the headers, with its line end. A status line begins anew: what came before was an
 * interim answer.
 */
void http_answer_line(struct http_answer *h, const char *line, size_t len);

/*
 * http_answer_headers - are the headers as expected? Otherwise @why says what is missing.
 */
bool http_answer_headers(const struct http_answer *h, struct buf *why);

/*
 * http_answer_take - bytes of the body; what is more than MATCH_TEXT_MAX is dropped. Returns whether there is room for more.
 */
bool http_answer_take(struct http_answer *h, const char *bytes, size_t len);

/*
 * http_answer_body - is the body as expected? Otherwise @why says what is missing.
 */
bool http_answer_body(const struct http_answer *h, struct buf *why);

/*
 * http_answer_is_of_tls - servers that speak TLS say so when they are asked without, most of them in a page with status 400.
 */
bool http_answer_is_of_tls(const struct http_answer *h);

/*
 * http_answer_wants_certificate - nginx asks for a client certificate in a page, too.
 */
bool http_answer_wants_certificate(const struct http_answer *h);

#endif
