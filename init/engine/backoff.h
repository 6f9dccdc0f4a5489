/*
 * backoff - when to probe again: the 1/128 rule.
 */
#ifndef MUSTER_ENGINE_BACKOFF_H
#define MUSTER_ENGINE_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MIN_US 5000U
#define BACKOFF_MAX_US 250000U
#define BACKOFF_DIVISOR 128U

/*
 * backoff_random - next number of a xorshift64* generator; *@state must not be 0.
 */
uint64_t backoff_random(uint64_t *state);

/*
 * backoff_jitter - @delay_us spread by ±10 %, so that many probes do not fall into step. @random is any number.
 */
uint64_t backoff_jitter(uint64_t delay_us, uint64_t random);

/*
 * backoff_delay - microseconds to wait before the next attempt.
 *
 * @elapsed_us  waited so far.
 * @random      any number: spreads the delay by ±10 %.
 *
 * clamp(elapsed / 128, 5 ms, 250 ms), then jitter. A dependency is noticed at most 0.8 % of the time waited late.
 */
uint64_t backoff_delay(uint64_t elapsed_us, uint64_t random);

#endif
