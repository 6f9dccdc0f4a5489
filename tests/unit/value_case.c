#include "tests/unit/value_case.h"

#include <check.h>
#include <string.h>

static struct problems list;

static void told_completely(const struct value_case *wanted, const struct problem *item)
{
    ck_assert_str_eq(item->where, "PLACE");
    ck_assert_uint_gt(strlen(item->text), 0);
    ck_assert_uint_gt(strlen(item->hint), 0);
    ck_assert_str_eq(item->accepted, value_case_text(wanted->variable));
    ck_assert_str_eq(item->source, "");
}

void value_case_run(const struct value_case *wanted)
{
    memset(&list, 0, sizeof(list));
    value_check(wanted->variable, "PLACE", wanted->value, &list);
    const struct problem *item = &list.items[0];
    ck_assert_uint_eq(list.warnings, 0);
    if (!wanted->rule) {
        ck_assert_msg(list.errors == 0, "\"%s\" was refused: %s", wanted->value, item->text);
        return;
    }
    ck_assert_msg(list.errors == 1, "\"%s\" has %zu problems", wanted->value, list.errors);
    ck_assert_str_eq(item->rule, wanted->rule);
    told_completely(wanted, item);
    if (wanted->says)
        ck_assert_msg(strstr(item->text, wanted->says) || strstr(item->hint, wanted->says),
                      "neither \"%s\" nor \"%s\" has \"%s\"", item->text, item->hint, wanted->says);
    if (wanted->found)
        ck_assert_str_eq(item->found, wanted->found);
    if (wanted->accepted)
        ck_assert_str_eq(item->accepted, wanted->accepted);
}

const char *value_case_text(const struct variable *v)
{
    static char text[sizeof(list.items[0].accepted)];
    value_accepted(v, text, sizeof(text));
    return text;
}
