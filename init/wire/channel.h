/*
 * channel - one end of a SOCK_SEQPACKET socket pair: message boundaries, and end-of-file when the other side dies.
 */
#ifndef MUSTER_WIRE_CHANNEL_H
#define MUSTER_WIRE_CHANNEL_H

#include <stddef.h>

#include "init/base/err.h"
#include "init/wire/messages.h"

/*
 * channel_pair - both ends, close-on-exec, non-blocking. unix(7) SOCK_SEQPACKET.
 *
 * Returns 0 and fills @ends (owned), or -1 with ERR_SYS.
 */
int channel_pair(int ends[2], struct err *e);

/*
 * channel_send - one whole message.
 *
 * Returns 1 = sent, 0 = the queue is full (try again when writable), -1 = ERR_SYS, or ERR_PROTO when the peer is gone.
 * Never blocks, never raises SIGPIPE.
 */
int channel_send(int fd, const void *message, size_t len, struct err *e);

/*
 * channel_receive - one whole message.
 *
 * @m    filled.
 * @len  filled with its length.
 *
 * Returns 1 = a message, 0 = none waiting, -1 = ERR_PROTO (the peer closed: text says so; or an oversized message) or
 * ERR_SYS. Never blocks.
 */
int channel_receive(int fd, union wire_message *m, size_t *len, struct err *e);

#endif
