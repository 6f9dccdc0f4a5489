/*
 * knocking - a closed port is knocked on again and again by the prober itself, and PID 1 hears of it once in a while.
 *
 * How often: as the request asks (knock_us), while the prober's processor time stays below 1/KNOCKING_SHARE of a processor;
 * above it less often, down to what the request asks for in any case (pause_us).
 */
#ifndef MUSTER_PROBES_KNOCKING_H
#define MUSTER_PROBES_KNOCKING_H

#include <stdbool.h>
#include <stdint.h>

#include "init/wire/messages.h"

#define KNOCKING_SHARE 45U

/* Starts as zeros. */
struct knocking {
    uint64_t used_us; /* processor time up to the last refusal; 0 = none yet */
    uint64_t free_us; /* clock_mono_us(): by then what was used is a small enough share */
    bool crowded;     /* somebody waits for descriptors: who is refused makes room */
};

/*
 * knocking_again - when to make a refused attempt again.
 *
 * @r          asks for it.
 * @tries      attempts made since @since_us, when the first of them began; the last began at @start_us.
 * @now_us     clock_mono_us(): when it was refused, which on a slow network is later than pause_us.
 *
 * Returns that moment, which is to come, or CLOCK_NEVER: tell PID 1 instead.
 */
uint64_t knocking_again(struct knocking *k, const struct wire_probe_request *r, uint32_t tries, uint64_t since_us,
                        uint64_t start_us, uint64_t now_us);

#endif
