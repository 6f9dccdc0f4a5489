#include <string.h>

#include "init/config/condition.h"
#include "tests/unit/suites.h"

#define MANY(array) .values = (array), .value_count = sizeof(array) / sizeof((array)[0])
#define PARTS(array) .parts = (array), .part_count = sizeof(array) / sizeof((array)[0])

static const char *const tls[] = {"tls"};
static const char *const kinds[] = {"tls", "mtls", "none"};
static const char *const docker[] = {"docker"};
static const char *const places[] = {"docker", "cloud"};

static const struct condition equals = {.kind = CONDITION_EQUALS, .variable = "MODE", MANY(tls)};
static const struct condition in = {.kind = CONDITION_IN, .variable = "MODE", MANY(kinds)};
static const struct condition set = {.kind = CONDITION_SET, .variable = "CERT"};
static const struct condition unset = {.kind = CONDITION_UNSET, .variable = "CERT"};
static const struct condition in_docker = {.kind = CONDITION_ENVIRONMENT, MANY(docker)};
static const struct condition in_places = {.kind = CONDITION_ENVIRONMENT, MANY(places)};

static const struct condition pair[] = {
    {.kind = CONDITION_EQUALS, .variable = "MODE", MANY(tls)},
    {.kind = CONDITION_SET, .variable = "CERT"},
};
static const struct condition both = {.kind = CONDITION_ALL, PARTS(pair)};
static const struct condition either = {.kind = CONDITION_ANY, PARTS(pair)};
static const struct condition one = {.kind = CONDITION_ALL, .parts = pair, .part_count = 1};
static const struct condition mixed_parts[] = {
    {.kind = CONDITION_ANY, PARTS(pair)},
    {.kind = CONDITION_ENVIRONMENT, MANY(docker)},
};
static const struct condition mixed = {.kind = CONDITION_ALL, PARTS(mixed_parts)};

#define NOT(c)                                                                                                         \
    {                                                                                                                  \
        .kind = CONDITION_NOT, .parts = &(c), .part_count = 1                                                          \
    }

static const struct condition not_equals = NOT(equals);
static const struct condition not_in = NOT(in);
static const struct condition not_set = NOT(set);
static const struct condition not_unset = NOT(unset);
static const struct condition not_places = NOT(in_places);
static const struct condition not_both = NOT(both);
static const struct condition not_one = NOT(one);
static const struct condition not_not_both = NOT(not_both);

/* The values that are asked for; NULL = unset. */
struct world {
    const char *mode;
    const char *cert;
    const char *place;
};

static const char *value_of(void *ctx, const char *name)
{
    const struct world *w = ctx;

    if (strcmp(name, "MODE") == 0)
        return w->mode;
    if (strcmp(name, "CERT") == 0)
        return w->cert;
    ck_assert_str_eq(name, "PLACE");
    return w->place;
}

static const struct world worlds[] = {
    {NULL, NULL, NULL},    {"tls", NULL, "docker"},  {"tls", "/c", "cloud"},
    {"mtls", "", "local"}, {"TLS", NULL, "dockers"}, {"", "/c", "docker"},
};
#define WORLDS (sizeof(worlds) / sizeof(worlds[0]))

/* Whether it holds in each world in turn, and how it reads. */
static const struct {
    const struct condition *condition;
    const char *holds;
    const char *shown;
} cases[] = {
    {&equals, "011000", "MODE is tls"},
    {&in, "011100", "MODE is tls, mtls or none"},
    {&set, "001101", "CERT is set"},
    {&unset, "110010", "CERT is not set"},
    {&in_docker, "010001", "the environment is docker"},
    {&in_places, "011001", "the environment is docker or cloud"},
    {&both, "001000", "MODE is tls, and CERT is set"},
    {&either, "011101", "MODE is tls, or CERT is set"},
    {&one, "011000", "MODE is tls"},
    {&mixed, "010001", "(MODE is tls, or CERT is set), and the environment is docker"},
    {&not_equals, "100111", "MODE is not tls"},
    {&not_in, "100011", "MODE is neither tls, mtls nor none"},
    {&not_set, "110010", "CERT is not set"},
    {&not_unset, "001101", "CERT is set"},
    {&not_places, "100110", "the environment is neither docker nor cloud"},
    {&not_both, "110111", "not (MODE is tls, and CERT is set)"},
    {&not_one, "100111", "MODE is not tls"},
    {&not_not_both, "001000", "MODE is tls, and CERT is set"},
};

START_TEST(it_holds_where_it_should)
{
    for (size_t i = 0; i < WORLDS; i++) {
        struct world w = worlds[i];
        bool holds = condition_holds(cases[_i].condition, "PLACE", value_of, &w);
        ck_assert_msg(holds == (cases[_i].holds[i] == '1'), "%s, world %zu", cases[_i].shown, i);
    }
}
END_TEST

START_TEST(it_reads_like_a_sentence)
{
    char text[256];
    struct buf b = BUF_OVER(text);

    buf_reset(&b);
    condition_show(cases[_i].condition, &b);
    ck_assert_str_eq(text, cases[_i].shown);
}
END_TEST

START_TEST(what_does_not_fit_is_cut)
{
    char text[8];
    struct buf b = BUF_OVER(text);

    buf_reset(&b);
    condition_show(&mixed, &b);
    ck_assert_uint_lt(strlen(text), sizeof(text));
    ck_assert(b.overflow);
}
END_TEST

START_TEST(without_an_environment_none_holds)
{
    struct world w = worlds[1];

    ck_assert(!condition_holds(&in_docker, NULL, value_of, &w));
    ck_assert(condition_holds(&not_places, NULL, value_of, &w));
}
END_TEST

static void append_name(void *ctx, const char *name)
{
    buf_printf(ctx, "%s ", name ? name : "-");
}

START_TEST(every_variable_in_it_is_named)
{
    char text[64];
    struct buf b = BUF_OVER(text);

    buf_reset(&b);
    condition_variables(&mixed, append_name, &b);
    condition_variables(&not_unset, append_name, &b);
    condition_variables(&in, append_name, &b);
    ck_assert_str_eq(text, "MODE CERT - CERT MODE ");
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_condition(void)
{
    Suite *s = suite_create("condition");
    TCase *t = tcase_create("condition");
    tcase_add_loop_test(t, it_holds_where_it_should, 0, ROWS(cases));
    tcase_add_loop_test(t, it_reads_like_a_sentence, 0, ROWS(cases));
    tcase_add_test(t, what_does_not_fit_is_cut);
    tcase_add_test(t, without_an_environment_none_holds);
    tcase_add_test(t, every_variable_in_it_is_named);
    suite_add_tcase(s, t);
    return s;
}
