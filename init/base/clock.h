/*
 * clock - time. Monotonic microseconds decide; wall clock is only shown.
 */
#ifndef MUSTER_BASE_CLOCK_H
#define MUSTER_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define US_PER_MS 1000ULL
#define US_PER_S 1000000ULL
#define CLOCK_NEVER UINT64_MAX

/* "2026-01-31T12:34:56.123456Z" and a NUL. */
#define CLOCK_TEXT_MAX 28

/*
 * clock_mono_us - microseconds of CLOCK_MONOTONIC. Never 0, so that 0 can mean "not yet".
 */
uint64_t clock_mono_us(void);

/*
 * clock_processor_us - microseconds of processor time that this process has used.
 */
uint64_t clock_processor_us(void);

/* A wall instant and the monotonic instant taken beside it: turns monotonic stamps into timestamps for display that can
 * never run backwards, whatever is done to the wall clock meanwhile. */
struct clock_anchor {
    uint64_t wall_us;
    uint64_t mono_us;
};

/*
 * clock_anchor_now - take both clocks.
 */
struct clock_anchor clock_anchor_now(void);

/*
 * clock_format - RFC 3339 in UTC of a monotonic stamp.
 *
 * @decimals  3 (ms) or 6 (µs).
 * @out       filled, NUL-terminated.
 */
void clock_format(const struct clock_anchor *a, uint64_t mono_us, int decimals, char out[CLOCK_TEXT_MAX]);

/*
 * clock_jump_ms - how far the wall clock was set between two looks at both clocks; 0 when it was less than a second, as they drift.
 */
int64_t clock_jump_ms(const struct clock_anchor *then, const struct clock_anchor *now);

#endif
