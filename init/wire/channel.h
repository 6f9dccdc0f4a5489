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
 * channel_send_files - one whole message, and copies of descriptors.
 *
 * @files  borrowed; @count of them, at most WIRE_TLS_FILE_COUNT.
 *
 * As channel_send(); the queue is also full when too many descriptors are under way. unix(7) SCM_RIGHTS.
 */
int channel_send_files(int fd, const void *message, size_t len, const int *files, size_t count, struct err *e);

/*
 * channel_receive - one whole message.
 *
 * @m    filled.
 * @len  filled with its length.
 *
 * Returns 1 = a message, 0 = none waiting, -1 = ERR_PROTO (the peer closed: text says so; or an oversized message) or
 * ERR_SYS. Never blocks. A message with descriptors is ERR_PROTO, and they are closed.
 */
int channel_receive(int fd, union wire_message *m, size_t *len, struct err *e);

/*
 * channel_receive_files - one whole message, and the descriptors that came along. For helpers, not for PID 1.
 *
 * @files  filled with them (owned, close-on-exec), then -1. Fewer than were sent when this process may not have more.
 *
 * As channel_receive(); more than WIRE_TLS_FILE_COUNT is ERR_PROTO, and all are closed.
 */
int channel_receive_files(int fd, union wire_message *m, size_t *len, int files[WIRE_TLS_FILE_COUNT], struct err *e);

#endif
