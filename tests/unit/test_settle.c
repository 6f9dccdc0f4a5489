#include <string.h>

#include "init/config/redact.h"
#include "tests/unit/model.h"
#include "tests/unit/resolve_rig.h"
#include "tests/unit/suites.h"

#define arena rig.arena
#define RESOLVE(table, entries) rig_resolve((table), sizeof(table) / sizeof((table)[0]), (entries))

static char *const nothing[] = {NULL};

static const struct setting *setting(const char *name)
{
    return config_find(&rig.config, name);
}

#define ENVIRONMENT_VARIABLE                                                                                           \
    {                                                                                                                  \
        .name = "ENVIRONMENT", .field = "environment", .type = VALUE_ENUM, .choices = model_places, .choice_count = 3, \
        .default_value = "local"                                                                                       \
    }

/* ---- defaults made of other variables ---- */

/* In the opposite order of that in which they need each other. */
static const struct variable chain[] = {
    {.name = "D", .type = VALUE_STRING, .default_value = "<${C}|${C}>"},
    {.name = "C", .type = VALUE_STRING, .default_value = "c${B}"},
    {.name = "B", .type = VALUE_STRING, .default_value = "b${A}$$"},
    {.name = "A", .type = VALUE_STRING, .default_value = "a"},
};

START_TEST(defaults_are_made_of_each_other)
{
    RESOLVE(chain, nothing);
    ck_assert_uint_eq(rig.list.count, 0);
    rig_expect("D", "<cba$|cba$>", SOURCE_DEFAULT, "default");
    RESOLVE(chain, ENTRIES("A=1", "C=${A}"));
    rig_expect("D", "<${A}|${A}>", SOURCE_DEFAULT, "default");
    rig_expect("B", "b1$", SOURCE_DEFAULT, "default");
}
END_TEST

static const struct variable urls[] = {
    {.name = "NOTE", .type = VALUE_STRING, .default_value = "${URL}"},
    {.name = "URL", .type = VALUE_URI, .default_value = "postgres://app:${PASSWORD}@db/app"},
    {.name = "PASSWORD", .type = VALUE_SECRET, .secret = true},
    {.name = "PLAIN", .type = VALUE_STRING, .default_value = "${OTHER:-text}"},
    {.name = "OTHER", .type = VALUE_STRING},
};

START_TEST(a_default_with_a_secret_in_it_is_secret)
{
    RESOLVE(urls, ENTRIES("PASSWORD=hunter22"));
    ck_assert_uint_eq(rig.list.count, 0);
    rig_expect("NOTE", "postgres://app:hunter22@db/app", SOURCE_DEFAULT, "default");
    ck_assert_str_eq(setting("NOTE")->shown, "***");
    ck_assert_str_eq(setting("URL")->shown, "***");
    ck_assert(setting("NOTE")->tainted && setting("URL")->tainted);
    ck_assert_str_eq(setting("PLAIN")->shown, "text");
    ck_assert(!setting("PLAIN")->tainted);
}
END_TEST

START_TEST(a_default_needs_what_it_is_made_of)
{
    static const struct variable required[] = {
        {.name = "URL", .type = VALUE_URI, .default_value = "http://${HOST}", .required = true},
        {.name = "HOST", .type = VALUE_STRING},
    };
    RESOLVE(urls, nothing);
    ck_assert_uint_eq(rig.list.count, 0);
    rig_expect("URL", NULL, SOURCE_UNSET, "not set");
    RESOLVE(required, nothing);
    ck_assert_uint_eq(rig.list.count, 1);
    ck_assert_str_eq(rig_told("required.missing", "URL")->text,
                     "required, but not set, and its default needs HOST, which is not set either");
    RESOLVE(required, ENTRIES("HOST=h"));
    rig_expect("URL", "http://h", SOURCE_DEFAULT, "default");
}
END_TEST

START_TEST(a_default_may_insist)
{
    static const struct variable insists[] = {
        {.name = "URL", .type = VALUE_STRING, .default_value = "http://${HOST:?where is it}"},
        {.name = "HOST", .type = VALUE_STRING},
    };
    RESOLVE(insists, nothing);
    ck_assert_uint_eq(rig.list.count, 1);
    ck_assert_str_eq(rig_told("value.unset", "URL")->text, "HOST: where is it");
    ck_assert_str_ne(rig_told("value.unset", "URL")->hint, "");
    RESOLVE(insists, ENTRIES("URL=set"));
    ck_assert_uint_eq(rig.list.count, 0);
    RESOLVE(insists, ENTRIES("HOST=h"));
    ck_assert_uint_eq(rig.list.count, 0);
}
END_TEST

/* Each way of being broken is told once, and not again for what is made of it. */
START_TEST(what_is_made_of_something_broken_is_not_told_again)
{
    static const struct variable made[] = {
        {.name = "OF_BOTH", .type = VALUE_PORT, .default_value = "${OF_WRONG}", .required = true},
        {.name = "OF_WRONG", .type = VALUE_PORT, .default_value = "1${WRONG}"},
        {.name = "WRONG", .type = VALUE_PORT},
        {.name = "OF_MISSING", .type = VALUE_PORT, .default_value = "${MISSING:-x}", .required = true},
        {.name = "OF_MISSING_2", .type = VALUE_PORT, .default_value = "${MISSING:?no}", .required = true},
        {.name = "MISSING", .type = VALUE_PORT, .required = true},
        {.name = "OF_UNREADABLE", .type = VALUE_PORT, .default_value = "${UNREADABLE}", .required = true},
        {.name = "UNREADABLE", .type = VALUE_PORT},
    };
    RESOLVE(made, ENTRIES("WRONG=99999", "UNREADABLE_FILE=/nowhere/at/all"));
    ck_assert_uint_eq(rig.list.count, 3);
    ck_assert_ptr_nonnull(rig_told("port", "WRONG"));
    ck_assert_ptr_nonnull(rig_told("required.missing", "MISSING"));
    ck_assert_ptr_nonnull(rig_told("source.file", "UNREADABLE"));
    ck_assert(!setting("OF_BOTH")->valid && !setting("OF_WRONG")->valid);
}
END_TEST

START_TEST(an_expanded_default_is_checked)
{
    static const struct variable port[] = {
        {.name = "PORT", .type = VALUE_PORT, .default_value = "${BASE}0000"},
        {.name = "BASE", .type = VALUE_INT},
    };
    RESOLVE(port, ENTRIES("BASE=9"));
    const struct problem *item = rig_told("port", "PORT");
    ck_assert_ptr_nonnull(strstr(item->text, "(this is the manifest's default)"));
    ck_assert_str_eq(item->source, "default");
    RESOLVE(port, ENTRIES("BASE=1"));
    ck_assert_uint_eq(rig.list.count, 0);
}
END_TEST

START_TEST(an_empty_default_may_be_none)
{
    static const struct variable empty[] = {
        {.name = "A", .type = VALUE_STRING, .default_value = "${B:-}", .empty_is_unset = true},
        {.name = "B", .type = VALUE_STRING},
    };
    RESOLVE(empty, nothing);
    ck_assert_uint_eq(rig.list.count, 0);
    rig_expect("A", NULL, SOURCE_UNSET, "not set");
}
END_TEST

/* The manifest refuses cycles; nothing hangs should one get here. */
START_TEST(cycles_end)
{
    static const struct condition a_is_set = {.kind = CONDITION_SET, .variable = "A"};
    static const struct variable cycle[] = {
        {.name = "A", .type = VALUE_STRING, .default_value = "${B}"},
        {.name = "B", .type = VALUE_STRING, .default_value = "${C}"},
        {.name = "C", .type = VALUE_STRING, .default_value = "c${A:-}", .only_when = &a_is_set},
        {.name = "SELF", .type = VALUE_STRING, .default_value = "${SELF:-x}"},
    };
    RESOLVE(cycle, nothing);
    rig_expect("A", NULL, SOURCE_UNSET, "not set");
    rig_expect("SELF", "x", SOURCE_DEFAULT, "default");
}
END_TEST

START_TEST(a_long_chain_is_followed)
{
    enum { LONG = 1024 };
    struct variable *v = arena_alloc(&arena, LONG, sizeof(*v));
    for (int i = 0; i < LONG; i++)
        v[i] = (struct variable){.name = arena_printf(&arena, "N%d", i),
                                 .type = VALUE_STRING,
                                 .default_value = arena_printf(&arena, "${N%d}", i + 1)};
    v[LONG - 1].default_value = "end";
    rig_resolve(v, LONG, nothing);
    rig_expect("N0", "end", SOURCE_DEFAULT, "default");
}
END_TEST

/* ---- environments ---- */

static const struct variable_override per_place[] = {
    {.environment = "docker", .default_value = "http://api"},
    {.environment = "cloud", .has_required = true, .required = true},
};
static const struct variable_override not_local[] = {{.environment = "local", .has_required = true, .required = false}};
static const struct variable_override wrong[] = {{.environment = "docker", .default_value = "ftp://x"}};

static const struct variable environments[] = {
    {.name = "API", .type = VALUE_HTTP_URL, .overrides = per_place, .override_count = 2},
    {.name = "KEY", .type = VALUE_STRING, .overrides = not_local, .override_count = 1, .required = true},
    {.name = "WEB",
     .type = VALUE_HTTP_URL,
     .overrides = wrong,
     .override_count = 1,
     .default_value = "http://localhost"},
    ENVIRONMENT_VARIABLE,
};

START_TEST(each_environment_has_its_own_rules)
{
    RESOLVE(environments, nothing);
    ck_assert_uint_eq(rig.list.count, 0);
    ck_assert(!setting("KEY")->required && !setting("API")->required);
    RESOLVE(environments, ENTRIES("ENVIRONMENT=docker", "KEY=k"));
    rig_expect("API", "http://api", SOURCE_OVERRIDE, "default for docker");
    ck_assert(setting("KEY")->required);
    const struct problem *item = rig_told("url.scheme", "WEB");
    ck_assert_ptr_nonnull(strstr(item->text, "(this is the manifest's default for docker)"));
    ck_assert_str_eq(item->source, "default for docker");
    RESOLVE(environments, ENTRIES("ENVIRONMENT=cloud"));
    ck_assert_str_eq(rig_told("required.missing", "API")->text, "required in cloud, but not set");
    ck_assert_str_eq(rig_told("required.missing", "KEY")->text, "required, but not set");
    ck_assert(setting("API")->required);
    ck_assert_str_ne(rig_told("required.missing", "API")->accepted, "");
}
END_TEST

START_TEST(the_environment_may_come_from_anywhere)
{
    rig_env_file(".env", ENV_DOTENV, "ENVIRONMENT=docker");
    RESOLVE(environments, ENTRIES("KEY=k", "WEB=http://w"));
    rig_expect("API", "http://api", SOURCE_OVERRIDE, "default for docker");
}
END_TEST

/* ---- conditions ---- */

static const char *const tls[] = {"tls"};
static const char *const modes[] = {"plain", "tls"};
static const struct condition is_tls = {.kind = CONDITION_EQUALS, .variable = "MODE", .values = tls, .value_count = 1};

static const struct variable conditional[] = {
    {.name = "CERT", .type = VALUE_PATH, .required_when = &is_tls},
    {.name = "KEY", .type = VALUE_SECRET, .secret = true, .only_when = &is_tls, .required = true},
    {.name = "CIPHER", .type = VALUE_STRING, .only_when = &is_tls, .default_value = "all"},
    {.name = "MODE", .type = VALUE_ENUM, .choices = modes, .choice_count = 2, .default_value = "plain"},
};

START_TEST(required_when)
{
    RESOLVE(conditional, nothing);
    ck_assert_uint_eq(rig.list.count, 0);
    ck_assert(!setting("CERT")->required && !setting("CERT")->inactive);
    RESOLVE(conditional, ENTRIES("MODE=tls", "KEY=hunter22"));
    ck_assert_uint_eq(rig.list.count, 1);
    ck_assert(setting("CERT")->required);
    ck_assert_str_eq(rig_told("required.missing", "CERT")->text, "required when MODE is tls, but not set");
}
END_TEST

START_TEST(only_when)
{
    RESOLVE(conditional, nothing);
    ck_assert(setting("KEY")->inactive && !setting("KEY")->required);
    ck_assert(setting("CIPHER")->inactive);
    rig_expect("CIPHER", NULL, SOURCE_UNSET, "not set");
    RESOLVE(conditional, ENTRIES("MODE=tls", "CERT=/c"));
    ck_assert_uint_eq(rig.list.count, 1);
    ck_assert_ptr_nonnull(rig_told("required.missing", "KEY"));
    ck_assert(!setting("CIPHER")->inactive);
    rig_expect("CIPHER", "all", SOURCE_DEFAULT, "default");
}
END_TEST

START_TEST(what_is_set_in_vain_is_told_and_kept_secret)
{
    char text[] = "the key is hunter22 indeed";
    struct redactor r;
    RESOLVE(conditional, ENTRIES("KEY=hunter22"));
    ck_assert_uint_eq(rig.list.errors, 0);
    ck_assert_uint_eq(rig.list.warnings, 1);
    ck_assert_str_eq(rig_told("condition.unused", "KEY")->text,
                     "set, but it means something only when MODE is tls: it is not used");
    ck_assert_str_eq(rig_told("condition.unused", "KEY")->source, "environment");
    rig_expect("KEY", NULL, SOURCE_UNSET, "environment");
    ck_assert_ptr_null(setting("KEY")->shown);
    ck_assert_str_eq(setting("KEY")->unused, "hunter22");
    redactor_init(&r, &rig.config, &arena);
    redact(&r, text, strlen(text));
    ck_assert_str_eq(text, "the key is *** indeed");
}
END_TEST

START_TEST(what_is_not_used_is_not_checked)
{
    RESOLVE(conditional, ENTRIES("KEY=", "KEY_FILE=/nowhere"));
    ck_assert_uint_eq(rig.list.errors, 0);
    RESOLVE(conditional, ENTRIES("KEY_FILE=/nowhere"));
    ck_assert_uint_eq(rig.list.errors, 0);
}
END_TEST

START_TEST(an_inactive_variable_is_unset_for_others)
{
    static const struct condition key_is_set = {.kind = CONDITION_SET, .variable = "KEY"};
    static const struct variable others[] = {
        {.name = "A", .type = VALUE_STRING, .required_when = &key_is_set},
        {.name = "B", .type = VALUE_STRING, .default_value = "${KEY:-none}"},
        {.name = "KEY", .type = VALUE_STRING, .only_when = &is_tls},
        {.name = "MODE", .type = VALUE_ENUM, .choices = modes, .choice_count = 2, .default_value = "plain"},
    };
    RESOLVE(others, ENTRIES("KEY=k"));
    ck_assert_uint_eq(rig.list.errors, 0);
    rig_expect("B", "none", SOURCE_DEFAULT, "default");
    RESOLVE(others, ENTRIES("KEY=k", "MODE=tls"));
    ck_assert_ptr_nonnull(rig_told("required.missing", "A"));
    rig_expect("B", "k", SOURCE_DEFAULT, "default");
}
END_TEST

START_TEST(conditions_on_the_environment)
{
    static const char *const docker[] = {"docker"};
    static const struct condition in_docker = {.kind = CONDITION_ENVIRONMENT, .values = docker, .value_count = 1};
    static const struct variable two[] = {
        {.name = "HOST", .type = VALUE_STRING, .required_when = &in_docker},
        ENVIRONMENT_VARIABLE,
    };
    RESOLVE(two, nothing);
    ck_assert_uint_eq(rig.list.count, 0);
    RESOLVE(two, ENTRIES("ENVIRONMENT=docker"));
    ck_assert_ptr_nonnull(rig_told("required.missing", "HOST"));
}
END_TEST

/* ---- what is told, and in which order ---- */

START_TEST(mistakes_come_in_manifest_order_whoever_needs_whom)
{
    static const struct variable three[] = {
        {.name = "A", .type = VALUE_PORT, .default_value = "${C}"},
        {.name = "B", .type = VALUE_PORT},
        {.name = "C", .type = VALUE_PORT},
        {.name = "D", .type = VALUE_PORT, .required = true},
    };
    RESOLVE(three, ENTRIES("A=x", "B=x", "C_FILE=/nowhere"));
    ck_assert_uint_eq(rig.list.count, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(rig.list.items[i].where, three[i].name);
}
END_TEST

START_TEST(what_is_deprecated_is_told_when_it_is_used)
{
    static const struct alias aliases[] = {{.name = "OLDEST", .deprecated = "gone in 3.0"}, {.name = "OTHER"}};
    static const struct variable old[] = {
        {.name = "OLD", .type = VALUE_STRING, .deprecated = "nothing reads it", .default_value = "x"},
        {.name = "NEW", .type = VALUE_STRING, .aliases = aliases, .alias_count = 2},
    };
    RESOLVE(old, nothing);
    ck_assert_uint_eq(rig.list.count, 0);
    RESOLVE(old, ENTRIES("OTHER=x"));
    ck_assert_uint_eq(rig.list.count, 0);
    RESOLVE(old, ENTRIES("OLD=1", "OLDEST=2"));
    ck_assert_uint_eq(rig.list.warnings, 2);
    ck_assert_uint_eq(rig.list.errors, 0);
    ck_assert_str_eq(rig_told("value.deprecated", "OLD")->text, "deprecated: nothing reads it");
    ck_assert_str_eq(rig_told("name.deprecated", "OLDEST")->text, "deprecated: gone in 3.0");
    ck_assert_str_eq(rig_told("name.deprecated", "OLDEST")->hint, "set NEW instead");
    ck_assert_str_eq(rig_told("name.deprecated", "OLDEST")->source, "environment");
}
END_TEST

Suite *suite_settle(void)
{
    Suite *s = suite_create("settle");
    TCase *t = tcase_create("settle");
    tcase_add_checked_fixture(t, rig_up, rig_down);
    tcase_add_test(t, defaults_are_made_of_each_other);
    tcase_add_test(t, a_default_with_a_secret_in_it_is_secret);
    tcase_add_test(t, a_default_needs_what_it_is_made_of);
    tcase_add_test(t, a_default_may_insist);
    tcase_add_test(t, what_is_made_of_something_broken_is_not_told_again);
    tcase_add_test(t, an_expanded_default_is_checked);
    tcase_add_test(t, an_empty_default_may_be_none);
    tcase_add_test(t, cycles_end);
    tcase_add_test(t, a_long_chain_is_followed);
    tcase_add_test(t, each_environment_has_its_own_rules);
    tcase_add_test(t, the_environment_may_come_from_anywhere);
    tcase_add_test(t, required_when);
    tcase_add_test(t, only_when);
    tcase_add_test(t, what_is_set_in_vain_is_told_and_kept_secret);
    tcase_add_test(t, what_is_not_used_is_not_checked);
    tcase_add_test(t, an_inactive_variable_is_unset_for_others);
    tcase_add_test(t, conditions_on_the_environment);
    tcase_add_test(t, mistakes_come_in_manifest_order_whoever_needs_whom);
    tcase_add_test(t, what_is_deprecated_is_told_when_it_is_used);
    suite_add_tcase(s, t);
    return s;
}
