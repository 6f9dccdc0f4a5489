/*
 * protocols - the kinds of probes, one file each.
 */
#ifndef MUSTER_PROBES_PROTOCOLS_H
#define MUSTER_PROBES_PROTOCOLS_H

#include "probes/attempt.h"

extern const struct protocol tcp_protocol;
extern const struct protocol http_protocol;
extern const struct protocol redis_protocol;
extern const struct protocol websocket_protocol;
extern const struct protocol grpc_protocol;
extern const struct protocol dns_protocol;
extern const struct protocol postgres_protocol;
extern const struct protocol mysql_protocol;

#endif
