#include "init/config/check.h"

static const char *const bool_words[] = {"true", "false", "yes", "no", "on", "off", "1", "0"};
#define BOOL_WORDS (sizeof(bool_words) / sizeof(bool_words[0]))

static void accept_words(const char *const *words, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
}

void check_bool(struct check *c)
{
    check_words(c, "bool", bool_words, BOOL_WORDS);
}

void accept_bool(const struct variable *v, struct buf *out)
{
    (void)v;
    accept_words(bool_words, BOOL_WORDS, out);
}

void check_enum(struct check *c)
{
    check_words(c, "enum", c->variable->choices, c->variable->choice_count);
}

void accept_enum(const struct variable *v, struct buf *out)
{
    accept_words(v->choices, v->choice_count, out);
}
