#include <string.h>

#include "init/config/resolve.h"
#include "tests/unit/suites.h"

static struct arena arena;
static struct problems list;
static struct config config;

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_free_all(&arena);
}

static const struct alias alias = {.name = "OTHER"};
static const struct variable variables[] = {
    {.name = "A", .type = VALUE_STRING, .aliases = &alias, .alias_count = 1},
    {.name = "B", .type = VALUE_STRING, .default_value = "b"},
    {.name = "DOLLARS", .type = VALUE_STRING},
    {.name = "EMPTY", .type = VALUE_STRING},
    {.name = "UNSET", .type = VALUE_STRING},
};

static void resolve(void)
{
    static char a[] = "A=alpha";
    static char dollars[] = "DOLLARS=${A}$$";
    static char empty[] = "EMPTY=";
    static char home[] = "HOME=/root";
    char *entries[] = {a, dollars, empty, home, NULL};

    memset(&list, 0, sizeof(list));
    config_resolve(variables, sizeof(variables) / sizeof(variables[0]), entries,
                   &(struct resolve_options){.strict = false}, &arena, &config, &list);
}

static const struct {
    const char *text;
    int rc;
    const char *result; /* or what is wrong */
} cases[] = {
    {"", 0, ""},
    {"plain", 0, "plain"},
    {"${A}", 0, "alpha"},
    {"x${A}y${B}z", 0, "xalphaybz"},
    {"$$", 0, "$"},
    {"$${A}", 0, "${A}"},
    {"$$${B}", 0, "$b"},
    {"${DOLLARS}", 0, "${A}$$"}, /* values are not expanded again */
    {"<${EMPTY}>", 0, "<>"},
    {"${A:-x}", 0, "alpha"},
    {"${UNSET:-x}", 0, "x"},
    {"${EMPTY:-x}", 0, "x"}, /* as in shells */
    {"${UNSET:-}", 0, ""},
    {"<${UNSET:-$$5 ${B}}>", 0, "<$5 b>"},
    {"${UNSET:-${EMPTY:-${UNSET:-${B}}}}", 0, "b"},
    {"${UNSET:-${A:-${UNSET}}}", 0, "alpha"},
    {"${A:?needed}", 0, "alpha"},
    {"${A:-$(id)}", 0, "alpha"}, /* not used, not looked at */
    {"x${UNSET}", 1, "UNSET"},
    {"x${EMPTY:-${UNSET}}", 1, "UNSET"},
    {"${UNSET:?set it, or pay $$5}", -2, "UNSET: set it, or pay $5"},
    {"${EMPTY:?say more}", -2, "EMPTY: say more"},
    {"${UNSET:?}", -2, "UNSET"},
    {"${UNSET:-${EMPTY:?neither of both}}", -2, "EMPTY: neither of both"},
    {"x${HOME}", -1, "HOME"},
    {"x${OTHER}", -1, "OTHER"},
    {"x$HOME y", -1, "$HOME y"},
    {"x$", -1, "$"},
    {"x${", -1, "${"},
    {"x${}", -1, "${}"},
    {"x${A", -1, "${A"},
    {"x${A:-y", -1, "${A:-y"},
    {"x${ A}", -1, "${ A}"},
    {"x${A+y} z", -1, "${A+y} z"},
    {"x$(id)", -1, "$(id)"},
    {"${UNSET:-$x}y", -1, "$x"},
    {"${A:-${A:-${A:-${A:-${A}}}}}", -1, "${A:-${A:-${A:-${A:-${A}}}}}"},
};

START_TEST(texts_are_expanded_once)
{
    static const char untouched[] = "untouched";
    const char *out = untouched;
    const char *name = untouched;

    resolve();
    ck_assert_int_eq(config_expand(&config, cases[_i].text, &arena, &out, &name), cases[_i].rc);
    ck_assert_str_eq(cases[_i].rc == 0 ? out : name, cases[_i].result);
    ck_assert_str_eq(cases[_i].rc == 0 ? name : out, untouched);
}
END_TEST

START_TEST(expansion_has_a_maximum)
{
    static const struct variable big[] = {{.name = "BIG", .type = VALUE_STRING}};
    static char entry[70000];
    char *const entries[] = {entry, NULL};
    const char *out = NULL;
    const char *name = NULL;

    memset(entry, 'x', sizeof(entry) - 1);
    memcpy(entry, "BIG=", 4);
    config_resolve(big, 1, entries, &(struct resolve_options){.strict = false}, &arena, &config, &list);
    ck_assert_int_eq(config_expand(&config, "${BIG}", &arena, &out, &name), 0);
    ck_assert_uint_eq(strlen(out), sizeof(entry) - 5);
    ck_assert_int_eq(config_expand(&config, "${BIG}${BIG}", &arena, &out, &name), -1);
    ck_assert_str_eq(name, "${BIG}");
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_expand(void)
{
    Suite *s = suite_create("expand");
    TCase *t = tcase_create("expand");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, texts_are_expanded_once, 0, ROWS(cases));
    tcase_add_test(t, expansion_has_a_maximum);
    suite_add_tcase(s, t);
    return s;
}
