#include "init/config/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_ITEMS_MAX 4096
#define SEPARATOR_NAME 24
/* A text may be so many bytes times steps of its pattern long: the time that one value may take at most. */
#define PATTERN_WORK_MAX ((size_t)PATTERN_TEXT_MAX * PATTERN_STEPS_MAX)

static char separator_of(const struct variable *v)
{
    return v->separator == '\0' ? ',' : v->separator;
}

static const char *separator_name(char separator, char out[SEPARATOR_NAME])
{
    if (separator >= ' ' && separator <= '~')
        snprintf(out, SEPARATOR_NAME, "'%c'", separator);
    else
        snprintf(out, SEPARATOR_NAME,
                 separator == '\n'   ? "line feed"
                 : separator == '\t' ? "tab"
                                     : "control character");
    return out;
}

/* An item as a variable of its own. */
static struct variable item_of(const struct variable *list)
{
    struct variable item = *list;
    item.type = list->item_type;
    if (item.type == VALUE_STRING && list->choice_count > 0)
        item.type = VALUE_ENUM;
    item.example = NULL;
    item.has_min = item.has_max = false;
    return item;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *form_fault(const char *item, char separator)
{
    size_t len = strlen(item);
    if (len == 0)
        return "empty";
    bool blank = is_blank(item[0]) || is_blank(item[len - 1]);
    return blank && !is_blank(separator) ? "white space around it" : NULL;
}

/* Tells the first wrong item. @value is cut into pieces. */
static void check_items(struct check *list, char *value, const struct pattern *pattern)
{
    struct variable variable = item_of(list->variable);
    char separator = separator_of(list->variable);
    char quote[CHECK_QUOTE_ROOM];
    char name[300];
    char between[SEPARATOR_NAME];
    struct check c = *list;
    c.variable = &variable;
    c.row = type_row(variable.type);
    c.pattern = pattern;
    c.name = name;
    for (char *at = value; at && !c.broken;) {
        char *end = strchr(at, separator);
        if (end)
            *end = '\0';
        c.item++;
        c.value = at;
        snprintf(name, sizeof(name), "item %zu of %s", c.item, list->name);
        const char *fault = form_fault(at, separator);
        if (fault)
            problem_hint(check_broken(&c, "list.items", "%s%s", fault, at[0] == '\0' ? "" : check_quote(&c, quote)),
                         "write the items with one %s between two of them and nothing else",
                         separator_name(separator, between));
        else
            check_run(&c);
        at = end ? end + 1 : NULL;
    }
    list->broken = c.broken;
}

static void check_items_of_copy(struct check *c, const struct pattern *pattern)
{
    size_t len = strlen(c->value);
    char *copy = malloc(len + 1);
    if (!copy) {
        problem_hint(check_broken(c, "list.items", "there is no memory to look at it"),
                     "give the container more of it");
        return;
    }
    memcpy(copy, c->value, len + 1);
    check_items(c, copy, pattern);
    explicit_bzero(copy, len);
    free(copy);
}

static void check_items_with_pattern(struct check *c)
{
    struct pattern compiled;
    char why[160];
    if (pattern_compile(c->variable->pattern, &compiled, why, sizeof(why)) != 0)
        problem_hint(check_broken(c, "pattern", "the pattern in the manifest is wrong: %s", why),
                     "correct the manifest");
    else if (strlen(c->value) > PATTERN_WORK_MAX / (compiled.step_count + 1))
        problem_hint(check_broken(c, "length", "too long for its items to be held against a pattern"), "shorten it");
    else
        check_items_of_copy(c, &compiled);
}

void check_list(struct check *c)
{
    size_t count = 1;
    char separator = separator_of(c->variable);
    for (const char *s = c->value; *s != '\0'; s++)
        count += *s == separator;
    if (count > LIST_ITEMS_MAX)
        problem_hint(check_broken(c, "list.items", "more than %d items", LIST_ITEMS_MAX), "shorten it");
    else if (c->variable->pattern)
        check_items_with_pattern(c);
    else
        check_items_of_copy(c, NULL);
    if (!c->broken)
        check_length(c, count, "item");
}

void accept_list(const struct variable *v, struct buf *out)
{
    struct variable item = item_of(v);
    char separator = separator_of(v);
    char name[SEPARATOR_NAME];
    buf_puts(out, "a list");
    accepted_length(v, "item", out);
    buf_printf(out, " with %s%s between them", separator >= ' ' ? "" : "a ", separator_name(separator, name));
    buf_puts(out, ", each ");
    type_row(item.type)->accepted(&item, out);
}
