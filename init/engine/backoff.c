#include "init/engine/backoff.h"

/* xorshift64* (Marsaglia; Vigna 2016): spreading probes needs no more than that. */
uint64_t backoff_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}

uint64_t backoff_jitter(uint64_t delay_us, unsigned percent, uint64_t random)
{
    uint64_t spread = delay_us * percent / 100;
    return delay_us - spread + random % (2 * spread + 1);
}

uint64_t backoff_delay(uint64_t elapsed_us, unsigned divisor, uint64_t min_us, uint64_t max_us)
{
    uint64_t delay = elapsed_us / divisor;
    delay = delay < max_us ? delay : max_us;
    return delay > min_us ? delay : min_us;
}
