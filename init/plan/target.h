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
 * @kind     one that goes through the network.
 * @request  filled: kind, host, port, tls, socket_path, user, password, url, what a path means for the kind (database, service);
 *           its texts are in @a. Holds the credentials of the URL.
 * @shown    filled with the URL for people, without credentials and query; may be NULL.
 * @where    JSON pointer of the text, for messages, which never quote it.
 * @p        uri.syntax, uri.scheme, uri.host, uri.port, uri.long, uri.userinfo, value, int.format, int.range.
 *
 * Returns whether the URL can be probed. 
 */
bool target_parse(enum probe_kind kind, const char *url, struct arena *a, struct wire_probe_request *request,
                  struct buf *shown, const char *where, struct problems *p);

/*
 * target_socket - likewise, from the path of a socket.
 */
bool target_socket(const char *path, struct wire_probe_request *request, struct buf *shown, const char *where,
                   struct problems *p);

/*
 * target_server - is this a name server, "address" or "address:port", IPv6 in brackets before a port? If not: value.
 */
bool target_server(const char *text, const char *where, struct problems *p);

/*
 * target_address - an IP address in its usual form, in @a; NULL after value.
 */
const char *target_address(const char *text, struct arena *a, const char *where, struct problems *p);

/*
 * target_proxy - is this the URL of a proxy, http://host:port? If not: uri.*.
 */
bool target_proxy(const char *text, const char *where, struct problems *p);

/*
 * target_download - can this be fetched: http or https? If not: uri.*.
 */
bool target_download(const char *text, const char *where, struct problems *p);

/*
 * target_database - a redis database number in strict decimal, 0 to 255: int.format, int.range.
 */
bool target_database(const char *text, uint8_t *out, const char *where, struct problems *p);

/*
 * target_add_database - append @database to the request unless it is already there.
 */
void target_add_database(struct wire_probe_request *request, uint8_t database);

#endif
