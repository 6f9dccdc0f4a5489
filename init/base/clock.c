#include "init/base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec ts;
    if (clock_gettime(id, &ts) != 0) {
        return 1;
    }
    return (uint64_t)ts.tv_sec * US_PER_S + (uint64_t)ts.tv_nsec / 1000U;
}

uint64_t clock_mono_us(void)
{
    uint64_t us = read_clock(CLOCK_MONOTONIC);
    return us == 0 ? 1 : us;
}

uint64_t clock_processor_us(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static uint64_t wall_us_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

struct clock_anchor clock_anchor_now(void)
{
    return (struct clock_anchor){.wall_us = wall_us_now(), .mono_us = clock_mono_us()};
}

void clock_format(const struct clock_anchor *a, uint64_t mono_us, int decimals, char out[CLOCK_TEXT_MAX])
{
    uint64_t wall = a->wall_us + mono_us - a->mono_us;
    time_t seconds = (time_t)(wall / US_PER_S);
    unsigned fraction = (unsigned)(wall % US_PER_S);
    struct tm tm;
    char date[20] = "1970-01-01T00:00:00";
    if (gmtime_r(&seconds, &tm) != NULL) {
        (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    }
    if (decimals == 3) {
        (void)snprintf(out, CLOCK_TEXT_MAX, "%s.%03uZ", date, fraction / 1000U);
    } else {
        (void)snprintf(out, CLOCK_TEXT_MAX, "%s.%06uZ", date, fraction);
    }
}

int64_t clock_jump_ms(const struct clock_anchor *then, const struct clock_anchor *now)
{
    const int64_t wall = (int64_t)(now->wall_us - then->wall_us);
    const int64_t jump = wall - (int64_t)(now->mono_us - then->mono_us);
    const bool drift = jump > -(int64_t)US_PER_S && jump < (int64_t)US_PER_S;
    return drift ? 0 : jump / (int64_t)US_PER_MS;
}
