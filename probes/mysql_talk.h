/*
 * mysql_talk - does a MySQL or MariaDB server take clients? Version 10 of its protocol, MariaDB documentation, chapter
 * "Client/Server Protocol".
 *
 * The server speaks first. Its greeting is answered with a whole login without a password, by the user of the request (default
 * "muster"): being refused is enough, because then the server takes clients. Hanging up after the greeting would be simpler, but
 * a server counts that, and after max_connect_errors of it blocks the whole host.
 */
#ifndef MUSTER_PROBES_MYSQL_TALK_H
#define MUSTER_PROBES_MYSQL_TALK_H

#include "probes/talk.h"

extern const struct talk_kind mysql_talk;

#endif
