/*
 * grpc_talk - is a gRPC server serving? One call of grpc.health.v1.Health/Check over HTTP/2 (RFC 9113), with prior knowledge or,
 * over TLS, by ALPN.
 *
 * A whole HTTP/2 library would be a tenth of the binary; one call on one stream needs little of it: settings and pings are
 * acknowledged, answers are smaller than the windows that there are from the beginning, headers come without a dynamic table.
 */
#ifndef MUSTER_PROBES_GRPC_TALK_H
#define MUSTER_PROBES_GRPC_TALK_H

#include "probes/talk.h"

extern const struct talk_kind grpc_talk;

#endif
