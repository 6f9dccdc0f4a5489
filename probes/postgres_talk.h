/*
 * postgres_talk - does a PostgreSQL server take clients? Version 3.0 of its protocol, PostgreSQL documentation, chapter
 * "Frontend/Backend Protocol".
 *
 * A StartupMessage, with a user (default "muster") and a database if there is one. When the server wants a password, it takes
 * clients: that is enough, and as with pg_isready no password is sent. When it wants none, the conversation goes on until the
 * session is ready, because only then a missing database shows.
 */
#ifndef MUSTER_PROBES_POSTGRES_TALK_H
#define MUSTER_PROBES_POSTGRES_TALK_H

#include "probes/talk.h"

extern const struct talk_kind postgres_talk;

#endif
