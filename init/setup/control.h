/*
 * control - what another muster asks of the one that owns a state directory: a datagram on a socket in that folder, which nobody
 * but its owner can reach (0700).
 */
#ifndef MUSTER_SETUP_CONTROL_H
#define MUSTER_SETUP_CONTROL_H

#include <stdint.h>

#include "init/base/err.h"
#include "init/setup/statedir.h"

#define CONTROL_FILE "control"
/* A step's id (data model) and a NUL. */
#define CONTROL_ID_MAX 65

enum control_verb { CONTROL_SKIP = 1 };

struct control_request {
    uint32_t verb;
    char step_id[CONTROL_ID_MAX];
};

/*
 * control_open - the owner's end; one that a killed owner left is replaced.
 *
 * Returns the descriptor (owned, non-blocking), or -1 with ERR_SYS: a file system may have no sockets, or the path may be too
 * long and /proc not be there.
 */
int control_open(const struct statedir *s, struct err *e);

/*
 * control_receive - the next request.
 *
 * @out  filled, every field checked.
 *
 * Returns 1, or 0: there is none. What is not a request is dropped. Never blocks; allocates nothing.
 */
int control_receive(int fd, struct control_request *out);

/*
 * control_send - ask the owner.
 *
 * Returns 0, or -1 with ERR_STATE: nobody listens. It is for the caller to see in status.json what became of it.
 */
int control_send(const struct statedir *s, const struct control_request *request, struct err *e);

#endif
