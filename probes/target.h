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

/* Ids below this are served: every service, step and test that a manifest may have (3 x MANIFEST_ENTRIES_MAX). */
#define TARGETS_MAX 49152U

struct targets;

/*
 * targets_new - an empty table.
 *
 * @context      borrowed.
 * @descriptors  how many the attempts may have open together. One beyond that waits for others to end.
 *
 * Returns it (owned), or NULL when out of memory.
 */
struct targets *targets_new(struct attempt_context *context, size_t descriptors);

/*
 * targets_free - forget all attempts. NULL is fine.
 */
void targets_free(struct targets *t);

/*
 * targets_begin - start an attempt, or put it at the end of those that wait for descriptors; one that is under way for the
 * same id is dropped without a verdict.
 *
 * @id       of the request, below TARGETS_MAX.
 * @message  the packed request; wire_unpack_probe() has passed it.
 * @files    descriptors by enum wire_tls_file, -1 = none: taken over, whatever becomes of it.
 *
 * Returns 0, or -1 when out of memory.
 */
int targets_begin(struct targets *t, uint32_t id, const unsigned char *message, size_t len,
                  const int files[WIRE_TLS_FILE_COUNT]);

/*
 * targets_cancel - drop the attempt of @id without a verdict, if there is one.
 */
void targets_cancel(struct targets *t, uint32_t id);

/*
 * targets_next_us - the nearest moment at which targets_advance() has something to do, or CLOCK_NEVER.
 */
uint64_t targets_next_us(const struct targets *t);

/*
 * targets_advance - serve the moments that have come.
 */
void targets_advance(struct targets *t, uint64_t now_us);

/*
 * targets_report - send the verdicts that are due, free what has ended, and start what waited for its descriptors.
 *
 * Returns 1 = all sent, 0 = the channel is full (call again when it is writable), -1 = ERR_SYS or ERR_PROTO of
 * channel_send().
 */
int targets_report(struct targets *t, int channel_fd, struct err *e);

#endif
