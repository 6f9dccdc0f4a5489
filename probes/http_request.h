/*
 * http_request - what a probe sends: method, headers and body, and what of it an answer must not make us tell.
 */
#ifndef MUSTER_PROBES_HTTP_REQUEST_H
#define MUSTER_PROBES_HTTP_REQUEST_H

#include <stdbool.h>

#include "probes/attempt.h"

/*
 * http_request_headers - append the request's own headers to a->headers.
 *
 * Returns 0, or -1 when out of memory.
 */
int http_request_headers(struct attempt *a);

/*
 * http_request_set - set method, headers and body, from scratch.
 *
 * @method     "GET", "HEAD", …
 * @headers  send the request's headers: not to another server than the probe's.
 * @body     send its body, if the method has one.
 *
 * Returns 0, or -1 when libcurl is out of memory.
 */
int http_request_set(struct attempt *a, const char *method, bool headers, bool body);

/*
 * http_request_repeats - could a text that quotes the server repeat what was sent in confidence: credentials, query, headers, body?
 *
 * True when a word of @text of four bytes or more is part of them.
 */
bool http_request_repeats(const struct attempt *a, const char *text);

#endif
