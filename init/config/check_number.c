#include "init/config/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"

#define RANGE_MAX 80
#define EXAMPLE_MAX 80

/* Quantities with a unit. */
struct quantity {
    const struct text_unit *units;
    size_t count;
    const char *noun;
    const char *format_rule;
    const char *range_rule;
    const char *unit_names;
    const char *beyond; /* what does not fit into 63 bits */
};

static const struct quantity duration = {text_time_units,
                                         TEXT_TIME_UNITS,
                                         "duration",
                                         "duration.format",
                                         "duration.range",
                                         "ms, s, m, h or d",
                                         "too long to be counted in microseconds"};
static const struct quantity size = {text_size_units,
                                     TEXT_SIZE_UNITS,
                                     "size",
                                     "size.format",
                                     "size.range",
                                     "B, KB, MB, GB, TB (of 1000) or KiB, MiB, GiB, TiB (of 1024)",
                                     "too large to be counted in bytes"};

static void bound_text(int64_t n, const struct quantity *q, char *out, size_t cap)
{
    if (q)
        text_quantity(n, q->units, q->count, out, cap);
    else
        snprintf(out, cap, "%" PRId64, n);
}

static const char *range_words(const struct variable *v, const char *min, const char *max, char out[RANGE_MAX])
{
    out[0] = '\0';
    if (v->has_min && v->has_max)
        snprintf(out, RANGE_MAX, "from %s to %s", min, max);
    else if (v->has_min)
        snprintf(out, RANGE_MAX, "of at least %s", min);
    else if (v->has_max)
        snprintf(out, RANGE_MAX, "of at most %s", max);
    return out;
}

/* "from 0 to 15", or nothing. */
static const char *range_text(const struct variable *v, const struct quantity *q, char out[RANGE_MAX])
{
    char min[32];
    char max[32];
    bound_text(v->min, q, min, sizeof(min));
    bound_text(v->max, q, max, sizeof(max));
    return range_words(v, min, max, out);
}

/* ", for example 30s", or nothing when no example is known that would be accepted. */
static const char *for_example(const struct check *c, char out[EXAMPLE_MAX])
{
    /* Without a list of problems it is the example itself that is looked at. */
    const char *example = c->problems ? value_example(c->variable) : NULL;
    out[0] = '\0';
    if (example)
        snprintf(out, EXAMPLE_MAX, ", for example %s", example);
    return out;
}

static bool in_range(const struct variable *v, int64_t n)
{
    return (!v->has_min || n >= v->min) && (!v->has_max || n <= v->max);
}

/* Form alone, so that a number beyond 64 bits is out of range and not malformed. */
bool check_is_decimal(const char *s)
{
    s += s[0] == '-';
    return s[0] >= '1' && s[0] <= '9' && s[strspn(s, "0123456789")] == '\0';
}

void check_int(struct check *c)
{
    const struct variable *v = c->variable;
    char quote[CHECK_QUOTE_ROOM];
    char range[RANGE_MAX];
    int64_t n = 0;
    int parsed = text_parse_int(c->value, &n);
    if (parsed == 0 && in_range(v, n))
        return;
    if (range_text(v, NULL, range)[0] == '\0')
        snprintf(range, sizeof(range), "of 64 bits");
    if (parsed != 0 && !check_is_decimal(c->value)) {
        problem_hint(check_broken(c, "int.format", "not a whole number in plain decimal%s", check_quote(c, quote)),
                     "set %s to a whole number %s, only digits: no blanks, no plus sign, no leading zeros", c->name,
                     range);
    } else {
        problem_hint(check_broken(c, "int.range", "not a number %s%s", range, check_quote(c, quote)),
                     "set %s to a number %s", c->name, range);
    }
}

void accept_int(const struct variable *v, struct buf *out)
{
    char range[RANGE_MAX];
    range_text(v, NULL, range);
    buf_printf(out, "a whole number%s%s", range[0] == '\0' ? "" : " ", range);
}

/* RFC 8259, section 6. */
static bool is_json_number(const char *s)
{
    static const char digits[] = "0123456789";
    s += s[0] == '-';
    size_t n = strspn(s, digits);
    if (n == 0 || (n > 1 && s[0] == '0'))
        return false;
    s += n;
    if (s[0] == '.') {
        n = strspn(s + 1, digits);
        if (n == 0)
            return false;
        s += n + 1;
    }
    if (s[0] == 'e' || s[0] == 'E') {
        s += s[1] == '+' || s[1] == '-' ? 2 : 1;
        n = strspn(s, digits);
        if (n == 0)
            return false;
        s += n;
    }
    return s[0] == '\0';
}

/* The fewest digits that are this number again. */
static void number_text(double x, char *out, size_t cap)
{
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(out, cap, "%.*g", precision, x);
        if (strtod(out, NULL) == x)
            return;
    }
}

static const char *number_range(const struct variable *v, char out[RANGE_MAX])
{
    char min[32];
    char max[32];
    number_text(v->number_min, min, sizeof(min));
    number_text(v->number_max, max, sizeof(max));
    return range_words(v, min, max, out);
}

void check_number(struct check *c)
{
    const struct variable *v = c->variable;
    char quote[CHECK_QUOTE_ROOM];
    char range[RANGE_MAX];
    if (!is_json_number(c->value)) {
        problem_hint(check_broken(c, "number.format", "not a decimal number%s", check_quote(c, quote)),
                     "write it like 12, -0.5 or 1e-3: a point, no comma; no blanks, no plus sign, no leading zeros");
        return;
    }
    double x = strtod(c->value, NULL);
    if (isfinite(x) && (!v->has_min || x >= v->number_min) && (!v->has_max || x <= v->number_max))
        return;
    if (number_range(v, range)[0] == '\0')
        snprintf(range, sizeof(range), "of 64 bits, IEEE 754");
    problem_hint(check_broken(c, "number.range", "not a number %s%s", range, check_quote(c, quote)),
                 "set %s to a number %s", c->name, range);
}

void accept_number(const struct variable *v, struct buf *out)
{
    char range[RANGE_MAX];
    number_range(v, range);
    buf_printf(out, "a decimal number%s%s", range[0] == '\0' ? "" : " ", range);
}

static void port_range(const struct variable *v, int64_t *min, int64_t *max)
{
    *min = v->has_min && v->min > 1 ? v->min : 1;
    *max = v->has_max && v->max < UINT16_MAX ? v->max : UINT16_MAX;
}

void check_port(struct check *c)
{
    char quote[CHECK_QUOTE_ROOM];
    char example[EXAMPLE_MAX];
    int64_t min = 0;
    int64_t max = 0;
    int64_t n = 0;
    port_range(c->variable, &min, &max);
    if (text_parse_int(c->value, &n) == 0 && n >= min && n <= max)
        return;
    problem_hint(
        check_broken(c, "port", "not a port number from %" PRId64 " to %" PRId64 "%s", min, max, check_quote(c, quote)),
        "set %s to a port number, only digits%s", c->name, for_example(c, example));
}

void accept_port(const struct variable *v, struct buf *out)
{
    int64_t min = 0;
    int64_t max = 0;
    port_range(v, &min, &max);
    buf_printf(out, "a port number from %" PRId64 " to %" PRId64, min, max);
}

static void quantity_told(struct check *c, const struct quantity *q, enum text_fault fault)
{
    char quote[CHECK_QUOTE_ROOM];
    char range[RANGE_MAX];
    char example[EXAMPLE_MAX];
    check_quote(c, quote);
    range_text(c->variable, q, range);
    for_example(c, example);
    if (fault == TEXT_FORMAT) {
        bool bare = c->value[strspn(c->value, "0123456789")] == '\0';
        problem_hint(
            check_broken(c, q->format_rule, bare ? "the unit is missing%s" : "not a whole number and a unit%s", quote),
            "write one number and right behind it %s%s", q->unit_names, example);
    } else if (fault == TEXT_RANGE) {
        problem_hint(check_broken(c, q->range_rule, "%s%s", q->beyond, quote), "write a smaller one%s", example);
    } else {
        problem_hint(check_broken(c, q->range_rule, "not a %s %s%s", q->noun, range, quote), "set %s to a %s %s",
                     c->name, q->noun, range);
    }
}

static void check_quantity(struct check *c, const struct quantity *q)
{
    int64_t n = 0;
    enum text_fault fault = text_parse_quantity(c->value, q->units, q->count, &n);
    if (fault != TEXT_OK || !in_range(c->variable, n))
        quantity_told(c, q, fault);
}

static void accept_quantity(const struct variable *v, const struct quantity *q, struct buf *out)
{
    char range[RANGE_MAX];
    range_text(v, q, range);
    buf_printf(out, "a %s%s%s: a whole number and %s", q->noun, range[0] == '\0' ? "" : " ", range, q->unit_names);
}

void check_duration(struct check *c)
{
    check_quantity(c, &duration);
}

void accept_duration(const struct variable *v, struct buf *out)
{
    accept_quantity(v, &duration, out);
}

void check_size(struct check *c)
{
    check_quantity(c, &size);
}

void accept_size(const struct variable *v, struct buf *out)
{
    accept_quantity(v, &size, out);
}
