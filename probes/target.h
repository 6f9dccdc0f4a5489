/*
 * target - the table of attempts under way, by the id that PID 1 gave them; at most one attempt per id.
 */
#ifndef MUSTER_PROBES_TARGET_H
#define MUSTER_PROBES_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "init/base/err.h"
#include "init/wire/messages.h"
#include "probes/attempt.h"

/* Ids below this are served: every service, step and test that a manifest may have (3 x 1024), rounded up. */
#define TARGETS_MAX 4096U

struct targets;

/*
 * targets_new - an empty table. @context is borrowed. Returns it (owned), or NULL when out of memory.
 */
struct targets *targets_new(const struct attempt_context *context);

/*
 * targets_free - forget all attempts. NULL is fine.
 */
void targets_free(struct targets *t);

/*
 * targets_begin - start an attempt; one that is under way for the same id is dropped without a verdict.
 *
 * @id       of the request, below TARGETS_MAX.
 * @message  the packed request; wire_unpack_probe() has passed it.
 *
 * Returns 0, or -1 when out of memory.
 */
int targets_begin(struct targets *t, uint32_t id, const unsigned char *message, size_t len, uint64_t now_us);

/*
 * targets_cancel - drop the attempt of @id without a verdict, if there is one.
 */
void targets_cancel(struct targets *t, uint32_t id);

/*
 * targets_descriptors - what to poll besides libcurl's own sockets.
 *
 * @fds  filled, at most TARGETS_MAX entries. Returns how many.
 */
unsigned targets_descriptors(const struct targets *t, struct curl_waitfd *fds);

/*
 * targets_next_us - the nearest moment at which targets_advance() has something to do, or CLOCK_NEVER.
 */
uint64_t targets_next_us(const struct targets *t);

/*
 * targets_advance - serve sockets in exchanges and deadlines that have passed.
 */
void targets_advance(struct targets *t, uint64_t now_us);

/*
 * targets_report - send the verdicts that are due and free what has ended.
 *
 * Returns 1 = all sent, 0 = the channel is full (call again when it is writable), -1 = ERR_SYS or ERR_PROTO of
 * channel_send().
 */
int targets_report(struct targets *t, int channel_fd, struct err *e);

#endif
