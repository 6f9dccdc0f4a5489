/*
 * target - what a probe's URL stands for.
 */
#ifndef MUSTER_PLAN_TARGET_H
#define MUSTER_PLAN_TARGET_H

#include <stdbool.h>

#include "init/base/arena.h"
#include "init/base/buf.h"
#include "init/base/problem.h"
#include "init/plan/manifest.h"
#include "init/wire/messages.h"

/* The database in the URL needs a place too. */
#define TARGET_DATABASES_MAX (WIRE_DATABASES_MAX - 1)

/*
 * target_parse - the address part of a probe request from an expanded URL.
 *
 * @kind     tcp, http, redis or websocket.
 * @request  filled: kind, host, port, tls, socket_path, user, password, url, and the database in a redis URL; its texts are in
 *           @a. Holds the credentials of the URL.
 * @shown    filled with the URL for people, without credentials and query; may be NULL.
 * @where    JSON pointer of the text, for messages, which never quote it.
 * @p        uri.syntax, uri.scheme, uri.host, uri.port, uri.long, int.format, int.range.
 *
 * Returns whether the URL can be probed. 
 */
bool target_parse(enum probe_kind kind, const char *url, struct arena *a, struct wire_probe_request *request,
                  struct buf *shown, const char *where, struct problems *p);

/*
 * target_database - a redis database number in strict decimal, 0 to 255: int.format, int.range.
 */
bool target_database(const char *text, uint8_t *out, const char *where, struct problems *p);

/*
 * target_add_database - append @database to the request unless it is already there.
 */
void target_add_database(struct wire_probe_request *request, uint8_t database);

#endif
