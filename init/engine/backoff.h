/*
 * backoff - when to probe again: after 1/128 of the time waited.
 *
 * A closed port of an address costs nobody but us anything, and that is what nearly all of a wait is: there the prober asks
 * more often by itself, after 1/1024, while its processor time allows (probes/knocking.h).
 */
#ifndef MUSTER_ENGINE_BACKOFF_H
#define MUSTER_ENGINE_BACKOFF_H

#include <stdint.h>

/* What a node that states none of the three gets. */
#define BACKOFF_MIN_US 5000U
#define BACKOFF_MAX_US 250000U
#define BACKOFF_JITTER 10U /* per cent */
#define BACKOFF_DIVISOR 128U

/* Closed ports: how often, and how long the prober goes on before it says so again. */
#define KNOCK_MIN_US 1000U
#define KNOCK_DIVISOR 1024U
#define KNOCK_PATIENCE_US 1000000U

/*
 * backoff_random - next number of a xorshift64* generator; *@state must not be 0.
 */
uint64_t backoff_random(uint64_t *state);

/*
 * backoff_jitter - @delay_us spread by ±@percent (up to 100), so that many probes do not fall into step.
 *
 * @random  any number.
 */
uint64_t backoff_jitter(uint64_t delay_us, unsigned percent, uint64_t random);

/*
 * backoff_delay - microseconds to wait before the next attempt, without jitter: clamp(elapsed / divisor, @min_us, @max_us). By
 * 128, a dependency is noticed at most 0.8 % of the time waited late.
 *
 * @elapsed_us  waited so far.
 * @divisor     BACKOFF_DIVISOR or KNOCK_DIVISOR.
 */
uint64_t backoff_delay(uint64_t elapsed_us, unsigned divisor, uint64_t min_us, uint64_t max_us);

#endif
