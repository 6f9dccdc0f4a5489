#include "init/config/condition.h"

#include <string.h>

static bool is_one_of(const struct condition *c, const char *value)
{
    for (size_t i = 0; value && i < c->value_count; i++) {
        if (strcmp(c->values[i], value) == 0)
            return true;
    }
    return false;
}

/* Does any part come out as @wanted? */
static bool any_part(const struct condition *c, bool wanted, const char *environment_name,
                     const char *(*value)(void *ctx, const char *name), void *ctx)
{
    for (size_t i = 0; i < c->part_count; i++) {
        if (condition_holds(&c->parts[i], environment_name, value, ctx) == wanted)
            return true;
    }
    return false;
}

bool condition_holds(const struct condition *c, const char *environment_name,
                     const char *(*value)(void *ctx, const char *name), void *ctx)
{
    switch (c->kind) {
    case CONDITION_EQUALS:
    case CONDITION_IN:
        return is_one_of(c, value(ctx, c->variable));
    case CONDITION_SET:
        return value(ctx, c->variable) != NULL;
    case CONDITION_UNSET:
        return value(ctx, c->variable) == NULL;
    case CONDITION_ENVIRONMENT:
        return environment_name && is_one_of(c, value(ctx, environment_name));
    case CONDITION_ALL:
        return !any_part(c, false, environment_name, value, ctx);
    case CONDITION_ANY:
        return any_part(c, true, environment_name, value, ctx);
    case CONDITION_NOT:
        return !any_part(c, true, environment_name, value, ctx);
    }
    return false;
}

/* "MODE is tls", "MODE is a, b or c", "MODE is neither a nor b" */
static void show_words(const struct condition *c, bool negated, struct buf *out)
{
    const char *last = negated ? " nor " : " or ";

    buf_printf(out, "%s is ", c->variable ? c->variable : "the environment");
    if (negated)
        buf_puts(out, c->value_count > 1 ? "neither " : "not ");
    for (size_t i = 0; i < c->value_count; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : i + 1 < c->value_count ? ", " : last, c->values[i]);
}

static void show(const struct condition *c, bool inside, bool negated, struct buf *out);

static void show_parts(const struct condition *c, bool inside, bool negated, struct buf *out)
{
    bool bracketed = c->part_count > 1 && (inside || negated);

    /* A single part is what it says, and needs no brackets. */
    if (c->part_count == 1) {
        show(&c->parts[0], inside, negated, out);
        return;
    }
    if (negated)
        buf_puts(out, "not ");
    if (bracketed)
        buf_putc(out, '(');
    for (size_t i = 0; i < c->part_count; i++) {
        if (i > 0)
            buf_puts(out, c->kind == CONDITION_ALL ? ", and " : ", or ");
        show(&c->parts[i], true, false, out);
    }
    if (bracketed)
        buf_putc(out, ')');
}

static void show(const struct condition *c, bool inside, bool negated, struct buf *out)
{
    switch (c->kind) {
    case CONDITION_EQUALS:
    case CONDITION_IN:
    case CONDITION_ENVIRONMENT:
        show_words(c, negated, out);
        return;
    case CONDITION_SET:
    case CONDITION_UNSET:
        buf_printf(out, "%s is %sset", c->variable, (c->kind == CONDITION_UNSET) != negated ? "not " : "");
        return;
    case CONDITION_ALL:
    case CONDITION_ANY:
        show_parts(c, inside, negated, out);
        return;
    case CONDITION_NOT:
        show(&c->parts[0], inside, !negated, out);
        return;
    }
}

void condition_show(const struct condition *c, struct buf *out)
{
    show(c, false, false, out);
}

void condition_variables(const struct condition *c, void (*fn)(void *ctx, const char *name), void *ctx)
{
    if (c->kind <= CONDITION_UNSET)
        fn(ctx, c->variable);
    else if (c->kind == CONDITION_ENVIRONMENT)
        fn(ctx, NULL);
    for (size_t i = 0; i < c->part_count; i++)
        condition_variables(&c->parts[i], fn, ctx);
}
