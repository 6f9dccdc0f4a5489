#include "probes/knocking.h"

#include "init/base/clock.h"

/* What was used in excess is forgotten beyond this: it was for others, who may be up by now. And what was left unused: on a busy
 * machine one is woken late, and knocks the sooner afterwards. */
#define DEBT_MAX_US (100 * US_PER_MS)
#define CREDIT_MAX_US (20 * US_PER_MS)

/* A leaky bucket: everything since the last refusal counts, waking up for this one, too. */
static void account(struct knocking *k, uint64_t now_us)
{
    uint64_t used = clock_processor_us();
    uint64_t spent = k->used_us == 0 ? 0 : used - k->used_us;
    k->used_us = used;
    k->free_us += spent * KNOCKING_SHARE;
    if (k->free_us > now_us + DEBT_MAX_US)
        k->free_us = now_us + DEBT_MAX_US;
    if (k->free_us + CREDIT_MAX_US < now_us)
        k->free_us = now_us - CREDIT_MAX_US;
}

uint64_t knocking_again(struct knocking *k, const struct wire_probe_request *r, uint32_t tries, uint64_t since_us,
                        uint64_t start_us, uint64_t now_us)
{
    if (r->patience_us == 0 || k->crowded || tries >= WIRE_TRIES_MAX)
        return CLOCK_NEVER;
    account(k, now_us);
    uint64_t latest = start_us + r->pause_us;
    uint64_t next = k->free_us < latest ? k->free_us : latest;
    if (next < now_us + r->knock_us)
        next = now_us + r->knock_us;
    return next < since_us + r->patience_us ? next : CLOCK_NEVER;
}
