#include "init/report/config_range.h"

#include <inttypes.h>

#define TEN UINT64_C(10)

/* One more alternative. */
static void separate(struct buf *out, bool *any)
{
    if (*any)
        buf_putc(out, '|');
    *any = true;
}

static void put_digits(uint64_t from, uint64_t to, struct buf *out)
{
    if (from == to)
        buf_printf(out, "%" PRIu64, from);
    else
        buf_printf(out, "[%" PRIu64 "-%" PRIu64 "]", from, to);
}

/*
 * The numbers from @lo on that differ in one digit and in everything behind it, as one alternative; at most up to @hi.
 * Returns the last of them.
 */
static uint64_t put_block(uint64_t lo, uint64_t hi, struct buf *out)
{
    uint64_t unit = 1;
    unsigned free_digits = 0;
    while (lo > 0 && lo % (unit * TEN) == 0 && unit * TEN - 1 <= hi - lo) {
        unit *= TEN;
        free_digits++;
    }
    uint64_t prefix = lo / unit / TEN;
    uint64_t digit = lo / unit % TEN;
    uint64_t last = digit;
    while (last < TEN - 1 && (last - digit + 2) * unit - 1 <= hi - lo)
        last++;
    if (prefix > 0)
        buf_printf(out, "%" PRIu64, prefix);
    put_digits(digit, last, out);
    if (free_digits == 1)
        buf_puts(out, "[0-9]");
    else if (free_digits > 1)
        buf_printf(out, "[0-9]{%u}", free_digits);
    return lo + (last - digit + 1) * unit - 1;
}

static void put_numbers(uint64_t lo, uint64_t hi, struct buf *out, bool *any)
{
    for (;;) {
        separate(out, any);
        uint64_t last = put_block(lo, hi, out);
        if (last >= hi)
            return;
        lo = last + 1;
    }
}

/* All numbers from @lo on. */
static void put_open(uint64_t lo, struct buf *out, bool *any)
{
    unsigned digits = 1;
    uint64_t next = TEN;
    if (lo <= 1) {
        separate(out, any);
        buf_puts(out, lo == 0 ? "0|[1-9][0-9]*" : "[1-9][0-9]*");
        return;
    }
    while (next <= lo) {
        next *= TEN;
        digits++;
    }
    put_numbers(lo, next - 1, out, any);
    separate(out, any);
    buf_printf(out, "[1-9][0-9]{%u,}", digits);
}

static uint64_t magnitude(int64_t n)
{
    return n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
}

static void put_negative(const struct config_range *r, struct buf *out, bool *any)
{
    uint64_t nearest = r->has_max && r->max < 0 ? magnitude(r->max) : 1;
    bool inner = false;
    separate(out, any);
    buf_puts(out, "-(?:");
    if (r->has_min)
        put_numbers(nearest, magnitude(r->min), out, &inner);
    else
        put_open(nearest, out, &inner);
    buf_putc(out, ')');
}

void config_range_pattern(const struct config_range *r, struct buf *out)
{
    bool any = false;
    if (!r->has_min || r->min < 0)
        put_negative(r, out, &any);
    if (r->has_max && r->max < 0)
        return;
    uint64_t lo = r->has_min && r->min > 0 ? magnitude(r->min) : 0;
    if (r->has_max)
        put_numbers(lo, magnitude(r->max), out, &any);
    else
        put_open(lo, out, &any);
}
