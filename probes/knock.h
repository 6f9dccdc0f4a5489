/*
 * knock - connect to an address by hand before libcurl is asked to do anything.
 *
 * Nearly every attempt of a wait ends with a refused connection. That costs three system calls here, the next one on the same
 * socket two, and many times that when libcurl makes the attempt. A connection that comes about is handed over to libcurl, which
 * goes on as if it had made it.
 *
 * For addresses and socket paths only: names are libcurl's business, which resolves them anew and races IPv6 and IPv4. So are
 * proxies.
 */
#ifndef MUSTER_PROBES_KNOCK_H
#define MUSTER_PROBES_KNOCK_H

#include <stdbool.h>

#include "probes/attempt.h"

/*
 * knock_begin - start to connect, if the target is an address.
 *
 * @result  filled: as knock_result() gives it.
 *
 * Returns true when that is under way, or at its end already: @a->knock_fd is the socket (owned by the attempt), and the texts
 * about whom it talks to are filled. false: it is no address, or there is no socket to be had: libcurl's turn.
 */
bool knock_begin(struct attempt *a, int *result);

/*
 * knock_result - 0 = connected, EINPROGRESS = not yet, else why not (errno).
 */
int knock_result(struct attempt *a);

/*
 * knock_on_itself - it is connected, but to itself: both ends of the socket are the same.
 */
bool knock_on_itself(const struct attempt *a);

/*
 * knock_pause - it was refused (@a->socket_errno): PAUSE before another, if the request has patience (knocking.h).
 *
 * Returns false when it is to be told instead.
 */
bool knock_pause(struct attempt *a);

#endif
