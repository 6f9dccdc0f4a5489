#include "init/config/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "init/base/text.h"

#define CHOICES_TEXT_MAX 200
#define ACCEPTED_MAX sizeof(((struct problem *)0)->accepted)
#define FOUND_MAX sizeof(((struct problem *)0)->found)
/* Longer ones are shown for people only in the manifest. */
#define PATTERN_SHOWN 120

bool check_may_quote(const struct check *c)
{
    const struct variable *v = c->variable;
    bool secret = c->declared->secret || c->declared->type == VALUE_SECRET || v->type == VALUE_SECRET;
    bool credentials = strstr(c->value, "://") && strchr(c->value, '@');
    bool url = value_type_is_url(v->type) || (v->type == VALUE_LIST && value_type_is_url(v->item_type));
    return !secret && !credentials && !url;
}

const char *check_quote(const struct check *c, char out[CHECK_QUOTE_ROOM])
{
    char quoted[CHECK_QUOTE_MAX + 1];
    out[0] = '\0';
    if (!check_may_quote(c))
        return out;
    size_t len = strlen(c->value);
    size_t kept = text_printable(c->value, len, quoted, sizeof(quoted));
    snprintf(out, CHECK_QUOTE_ROOM, ", found \"%s\"%s", quoted, kept < len ? "..." : "");
    return out;
}

/* Of a URL the scheme, when it is one of those that are known: anything else may be half of a password. */
static void add_found(const struct check *c, struct problem *item)
{
    static const char *const known[] = {"amqp",    "amqps", "file",     "ftp",        "http",  "https",
                                        "mongodb", "mysql", "postgres", "postgresql", "redis", "rediss",
                                        "tcp",     "ws",    "wss",      NULL};
    char text[FOUND_MAX];
    if (check_may_quote(c)) {
        size_t len = strlen(c->value);
        size_t kept = text_printable(c->value, len, text, sizeof(text) - strlen("..."));
        if (kept < len)
            memcpy(text + kept, "...", sizeof("..."));
        problem_found(item, text);
        return;
    }
    const char *colon = strstr(c->value, "://");
    if (!colon || c->declared->secret || c->declared->type == VALUE_SECRET)
        return;
    size_t len = (size_t)(colon - c->value);
    for (size_t i = 0; known[i]; i++) {
        if (strlen(known[i]) != len || strncasecmp(known[i], c->value, len) != 0)
            continue;
        snprintf(text, sizeof(text), "%s://***", known[i]);
        problem_found(item, text);
    }
}

struct problem *check_broken(struct check *c, const char *rule, const char *fmt, ...)
{
    char text[sizeof(((struct problem *)0)->text)];
    char prefix[32] = "";
    char accepted[ACCEPTED_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    c->broken = true;
    if (!c->problems)
        return NULL;
    if (c->item > 0)
        snprintf(prefix, sizeof(prefix), "item %zu: ", c->item);
    struct problem *item = problem_add(c->problems, rule, c->where, "%s%s", prefix, text);
    add_found(c, item);
    value_accepted(c->declared, accepted, sizeof(accepted));
    problem_accepted(item, accepted);
    return item;
}

const char *check_example(const struct check *c, char *out, size_t cap)
{
    const struct variable *v = c->variable;
    const char *example = v->example ? v->example : c->row->example;
    bool fits = v->example || !value_type_is_url(v->type) || v->scheme_count == 0;
    for (size_t i = 0; !fits && i < v->scheme_count; i++)
        fits = strncmp(example, v->schemes[i], strlen(v->schemes[i])) == 0 && example[strlen(v->schemes[i])] == ':';
    if (fits)
        snprintf(out, cap, "%s", example);
    else
        snprintf(out, cap, strstr(v->schemes[0], "unix") ? "%s:/run/app.sock" : "%s://host", v->schemes[0]);
    return out;
}

static const char *word_at(const void *words, size_t i)
{
    return ((const char *const *)words)[i];
}

void check_words(struct check *c, const char *rule, const char *const *words, size_t count)
{
    char storage[CHOICES_TEXT_MAX];
    char quote[CHECK_QUOTE_ROOM];
    struct buf choices = BUF_OVER(storage);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(c->value, words[i]) == 0)
            return;
    }
    buf_reset(&choices);
    for (size_t i = 0; i < count; i++)
        buf_printf(&choices, "%s%s", i == 0 ? "" : ", ", words[i]);
    struct problem *item =
        check_broken(c, rule, "not one of %s%s%s", storage, choices.overflow ? "..." : "", check_quote(c, quote));
    const char *near = check_may_quote(c) ? text_nearest(c->value, word_at, words, count) : NULL;
    if (near)
        problem_hint(item, "did you mean \"%s\"?", near);
    else
        problem_hint(item, "set %s to one of these, exactly as written", c->name);
}

void accepted_length(const struct variable *v, const char *what, struct buf *out)
{
    int64_t last = v->has_max ? v->max : v->min;
    if (v->has_min && v->has_max && v->min != v->max)
        buf_printf(out, " of %" PRId64 " to", v->min);
    else if (v->has_min || v->has_max)
        buf_puts(out, v->has_min && v->has_max ? " of" : v->has_min ? " of at least" : " of at most");
    if (v->has_min || v->has_max)
        buf_printf(out, " %" PRId64 " %s%s", last, what, last == 1 ? "" : "s");
}

void check_length(struct check *c, size_t length, const char *what)
{
    const struct variable *v = c->variable;
    char storage[80];
    char much[32] = "";
    struct buf wanted = BUF_OVER(storage);
    buf_reset(&wanted);
    if ((!v->has_min || (int64_t)length >= v->min) && (!v->has_max || (int64_t)length <= v->max))
        return;
    accepted_length(v, what, &wanted);
    if (check_may_quote(c) || v->type == VALUE_LIST)
        snprintf(much, sizeof(much), ", but of %zu", length);
    problem_hint(check_broken(c, "length", "%snot%s%s", v->type == VALUE_BASE64 ? "decoded, " : "", storage, much),
                 "set %s to %s%s", c->name,
                 v->type == VALUE_LIST     ? "a list"
                 : v->type == VALUE_BASE64 ? "the base64"
                                           : "a value",
                 storage);
}

static void told_if_pattern_is_broken(struct check *c, const struct pattern *p)
{
    char quote[CHECK_QUOTE_ROOM];
    char shown[PATTERN_SHOWN + 1];
    const char *pattern = c->variable->pattern;
    size_t len = strlen(c->value);
    if (len > PATTERN_TEXT_MAX) {
        problem_hint(check_broken(c, "length", "too long to be held against a pattern"), "shorten it to %d bytes",
                     PATTERN_TEXT_MAX);
    } else if (!pattern_matches(p, c->value, len)) {
        size_t kept = text_printable(pattern, strlen(pattern), shown, sizeof(shown));
        problem_hint(check_broken(c, "pattern", "not of the form %s%s%s", shown, kept < strlen(pattern) ? "..." : "",
                                  check_quote(c, quote)),
                     "the whole %s has to match this regular expression", c->item > 0 ? "item" : "value");
    }
}

static void check_pattern(struct check *c)
{
    struct pattern compiled;
    char why[160];
    if (c->pattern)
        told_if_pattern_is_broken(c, c->pattern);
    else if (pattern_compile(c->variable->pattern, &compiled, why, sizeof(why)) == 0)
        told_if_pattern_is_broken(c, &compiled);
    else
        problem_hint(check_broken(c, "pattern", "the pattern in the manifest is wrong: %s", why),
                     "correct the manifest");
}

void check_run(struct check *c)
{
    const struct variable *v = c->variable;
    bool list = v->type == VALUE_LIST;
    if (c->value[0] == '\0' && !c->row->tells_empty) {
        problem_hint(check_broken(c, "value.empty", "set, but empty"),
                     "give %s a value, or do not set it at all (--empty-as-unset takes empty for unset)", c->name);
        return;
    }
    c->row->check(c);
    if (!c->broken && !list && v->type != VALUE_ENUM && v->choice_count > 0)
        check_words(c, "enum", v->choices, v->choice_count);
    if (!c->broken && !list && v->pattern)
        check_pattern(c);
}
