#include <stdio.h>
#include <string.h>

#include "init/config/environment.h"
#include "init/config/resolve.h"
#include "tests/unit/model.h"
#include "tests/unit/suites.h"

#define REDIS "REDIS_URL=redis://cache"

static struct arena arena;
static struct problems list;
static struct config config;

static void set_up(void)
{
    arena_init(&arena);
    memset(&list, 0, sizeof(list));
}

static void tear_down(void)
{
    arena_free_all(&arena);
}

static void resolve_with(const struct variable *variables, size_t count, char *const *entries,
                         struct resolve_options options)
{
    config_resolve(variables, count, entries, &options, &arena, &config, &list);
}

static void resolve(char *const *entries)
{
    resolve_with(model, MODEL_COUNT, entries, (struct resolve_options){.strict = false});
}

static const struct problem *told(const char *rule, const char *where)
{
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.items[i].rule, rule) == 0 && strcmp(list.items[i].where, where) == 0)
            return &list.items[i];
    }
    return NULL;
}

static void expect_setting(const char *name, const char *value, const char *shown, enum value_source source)
{
    const struct setting *s = config_find(&config, name);
    ck_assert_ptr_nonnull(s);
    ck_assert_int_eq(s->source, source);
    ck_assert_pstr_eq(s->value, value);
    ck_assert_pstr_eq(s->shown, shown);
}

START_TEST(defaults_complete_the_model)
{
    resolve(ENTRIES("REDIS_URL=redis://localhost:6379"));
    ck_assert_uint_eq(list.count, 0);
    ck_assert_int_eq(config.state, CONFIG_VALIDATED);
    ck_assert_uint_eq(config.count, MODEL_COUNT);
    expect_setting("REDIS_URL", "redis://localhost:6379", "redis://localhost:6379", SOURCE_ENVIRONMENT);
    expect_setting("REDIS_SESSION_DB", "1", "1", SOURCE_DEFAULT);
    expect_setting("REDIS_TASK_DB", "2", "2", SOURCE_DEFAULT);
    expect_setting("OPENAI_API_KEY", NULL, NULL, SOURCE_UNSET);
    expect_setting("BACKEND_URL", "http://localhost:8000", "http://localhost:8000", SOURCE_DEFAULT);
    expect_setting("FRONTEND_URL", "http://localhost:3000", "http://localhost:3000", SOURCE_DEFAULT);
    expect_setting("WEBSOCKET_URL", NULL, NULL, SOURCE_UNSET);
    expect_setting("ENVIRONMENT", "local", "local", SOURCE_DEFAULT);
    ck_assert_ptr_null(config_find(&config, "MUSTER_ENVIRONMENT"));
    ck_assert_str_eq(config_field(&config, "backend_url")->variable->name, "BACKEND_URL");
    ck_assert_ptr_null(config_field(&config, "nothing"));
}
END_TEST

START_TEST(missing_is_told_with_an_example)
{
    char *const none[] = {NULL};
    resolve(none);
    ck_assert_uint_eq(list.errors, 1);
    const struct problem *item = told("required.missing", "REDIS_URL");
    ck_assert_ptr_nonnull(item);
    ck_assert_str_eq(item->hint, "set REDIS_URL, for example redis://cache:6379/0");
    ck_assert_int_eq(config.state, CONFIG_CONFIGURATION);
}
END_TEST

START_TEST(a_misspelt_name_is_recognised)
{
    resolve(ENTRIES("PATH=/bin", "HOME=/", "REDIS_ULR=redis://secret-host", "REDIS_TASK_DB=3"));
    ck_assert_str_eq(told("required.missing", "REDIS_URL")->hint, "REDIS_ULR is set: did you mean REDIS_URL?");
}
END_TEST

START_TEST(well_known_and_declared_names_are_no_misspellings)
{
    static const struct variable near[] = {
        {.name = "PATHS", .type = VALUE_STRING, .required = true},
        {.name = "HOSTNAMES", .type = VALUE_STRING, .required = true},
        {.name = "DB_SERVICE_HOSTS", .type = VALUE_STRING, .required = true},
        {.name = "APP_KEY", .type = VALUE_STRING, .required = true},
        {.name = "APP_KEYS", .type = VALUE_STRING},
    };
    resolve_with(near, 5, ENTRIES("PATH=/bin", "HOSTNAME=h", "DB_SERVICE_HOST=x", "APP_KEYS=x"),
                 (struct resolve_options){.strict = false});
    ck_assert_uint_eq(list.errors, 4);
    for (size_t i = 0; i < list.count; i++)
        ck_assert_ptr_null(strstr(list.items[i].hint, "did you mean"));
}
END_TEST

START_TEST(all_mistakes_are_told_in_manifest_order)
{
    char **entries = ENTRIES("ENVIRONMENT=Docker", "BACKEND_URL=ftp://x", "OPENAI_API_KEY=", "REDIS_SESSION_DB=16",
                             "REDIS_URL=http://h");
    static const char *const rules[] = {"uri.scheme", "int.range", "secret.empty", "url.scheme", "enum"};
    resolve(entries);
    ck_assert_uint_eq(list.errors, 5);
    ck_assert_uint_eq(list.count, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(list.items[i].rule, rules[i]);
    ck_assert_int_eq(config.state, CONFIG_CONFIGURATION);
}
END_TEST

START_TEST(empty_is_unset_only_when_asked)
{
    resolve(ENTRIES(REDIS, "OPENAI_API_KEY=", "REDIS_TASK_DB="));
    ck_assert_ptr_nonnull(told("secret.empty", "OPENAI_API_KEY"));
    ck_assert_ptr_nonnull(told("int.format", "REDIS_TASK_DB"));
    memset(&list, 0, sizeof(list));
    resolve_with(model, MODEL_COUNT, ENTRIES(REDIS, "OPENAI_API_KEY=", "REDIS_TASK_DB="),
                 (struct resolve_options){.empty_is_unset = true});
    ck_assert_uint_eq(list.errors, 0);
    expect_setting("OPENAI_API_KEY", NULL, NULL, SOURCE_UNSET);
    expect_setting("REDIS_TASK_DB", "2", "2", SOURCE_DEFAULT);
}
END_TEST

START_TEST(empty_is_unset_per_variable)
{
    static const struct variable two[] = {
        {.name = "A", .type = VALUE_STRING, .empty_is_unset = true},
        {.name = "B", .type = VALUE_STRING},
    };
    resolve_with(two, 2, ENTRIES("A=", "B="), (struct resolve_options){.strict = false});
    ck_assert_uint_eq(list.errors, 1);
    ck_assert_ptr_nonnull(told("value.empty", "B"));
}
END_TEST

START_TEST(an_alias_wins)
{
    resolve(ENTRIES(REDIS, "MUSTER_ENVIRONMENT=docker", "BACKEND_URL=http://b", "FRONTEND_URL=http://f"));
    ck_assert_uint_eq(list.count, 0);
    expect_setting("ENVIRONMENT", "docker", "docker", SOURCE_ENVIRONMENT);
    ck_assert_str_eq(config_find(&config, "ENVIRONMENT")->name, "MUSTER_ENVIRONMENT");
}
END_TEST

START_TEST(an_alias_may_agree)
{
    resolve(ENTRIES(REDIS, "ENVIRONMENT=local", "MUSTER_ENVIRONMENT=local"));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(an_alias_must_not_disagree)
{
    resolve(ENTRIES(REDIS, "ENVIRONMENT=cloud", "MUSTER_ENVIRONMENT=docker"));
    const struct problem *item = told("alias.conflict", "ENVIRONMENT");
    ck_assert_ptr_nonnull(item);
    ck_assert_ptr_nonnull(strstr(item->text, "MUSTER_ENVIRONMENT and ENVIRONMENT"));
    ck_assert_ptr_null(strstr(item->text, "cloud"));
    ck_assert_ptr_null(strstr(item->text, "docker"));
    expect_setting("ENVIRONMENT", "docker", "docker", SOURCE_ENVIRONMENT);
}
END_TEST

START_TEST(wrong_values_are_told_under_the_name_they_came_from)
{
    resolve(ENTRIES(REDIS, "MUSTER_ENVIRONMENT=Docker"));
    ck_assert_str_eq(told("enum", "MUSTER_ENVIRONMENT")->hint, "did you mean \"docker\"?");
}
END_TEST

START_TEST(defaults_are_checked)
{
    static const struct variable wrong[] = {
        {.name = "N", .type = VALUE_INT, .default_value = "9", .has_max = true, .max = 5}};
    char *const none[] = {NULL};
    resolve_with(wrong, 1, none, (struct resolve_options){.strict = false});
    ck_assert_ptr_nonnull(told("int.range", "N"));
    ck_assert_ptr_nonnull(strstr(told("int.range", "N")->text, "default"));
}
END_TEST

START_TEST(odd_entries_are_passed_over)
{
    resolve(ENTRIES("REDIS_URL", "=x", "", "REDIS_URL=redis://first", "REDIS_URL=redis://second"));
    ck_assert_uint_eq(list.errors, 0);
    expect_setting("REDIS_URL", "redis://first", "redis://first", SOURCE_ENVIRONMENT);
}
END_TEST

START_TEST(localhost_in_a_container_is_a_warning)
{
    resolve(ENTRIES("REDIS_URL=redis://127.0.0.1", "ENVIRONMENT=docker", "FRONTEND_URL=http://web"));
    ck_assert_uint_eq(list.errors, 0);
    ck_assert_uint_eq(list.warnings, 2);
    ck_assert_ptr_nonnull(told("url.localhost_in_container", "REDIS_URL"));
    const struct problem *item = told("url.localhost_in_container", "BACKEND_URL");
    ck_assert_ptr_nonnull(strstr(item->text, "the default"));
    ck_assert_ptr_nonnull(strstr(item->hint, "http://backend:8000"));
    ck_assert_int_eq(config.state, CONFIG_VALIDATED);
}
END_TEST

START_TEST(localhost_outside_is_no_warning)
{
    resolve(ENTRIES("REDIS_URL=redis://localhost", "ENVIRONMENT=local"));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(strict_makes_warnings_errors)
{
    resolve_with(model, MODEL_COUNT, ENTRIES(REDIS, "ENVIRONMENT=cloud"), (struct resolve_options){.strict = true});
    ck_assert_uint_eq(list.errors, 2);
    ck_assert_uint_eq(list.warnings, 0);
    ck_assert_int_eq(config.state, CONFIG_CONFIGURATION);
}
END_TEST

START_TEST(earlier_mistakes_do_not_count)
{
    problem_add(&list, "json.syntax", "1:1", "of the manifest");
    resolve(ENTRIES(REDIS));
    ck_assert_int_eq(config.state, CONFIG_VALIDATED);
}
END_TEST

START_TEST(shared_databases_are_a_warning)
{
    resolve(ENTRIES(REDIS, "REDIS_SESSION_DB=2"));
    ck_assert_uint_eq(list.warnings, 1);
    ck_assert_ptr_nonnull(told("redis.db_shared", "REDIS_TASK_DB"));
}
END_TEST

START_TEST(another_database_in_the_url_is_a_warning)
{
    resolve(ENTRIES("REDIS_URL=redis://cache/5"));
    ck_assert_uint_eq(list.warnings, 1);
    ck_assert_ptr_nonnull(told("redis.db_in_url", "REDIS_URL"));
    memset(&list, 0, sizeof(list));
    resolve(ENTRIES("REDIS_URL=redis://cache/2"));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(broken_values_give_no_second_complaint)
{
    resolve(ENTRIES("REDIS_URL=redis://cache/99", "REDIS_SESSION_DB=77", "REDIS_TASK_DB=77",
                    "BACKEND_URL=ftp://localhost", "ENVIRONMENT=docker", "FRONTEND_URL=http://web"));
    ck_assert_uint_eq(list.errors, 4);
    ck_assert_uint_eq(list.warnings, 0);
}
END_TEST

START_TEST(short_secrets_are_a_warning)
{
    resolve(ENTRIES("REDIS_URL=redis://u:pw@cache", "OPENAI_API_KEY=abc", "YOUTUBE_API_KEY=abcd"));
    ck_assert_uint_eq(list.warnings, 2);
    ck_assert_ptr_nonnull(told("secret.short", "REDIS_URL"));
    ck_assert_ptr_nonnull(told("secret.short", "OPENAI_API_KEY"));
    memset(&list, 0, sizeof(list));
    resolve(ENTRIES("REDIS_URL=redis://u:pw@cache/99", "OPENAI_API_KEY=ab\n", "YOUTUBE_API_KEY=  "));
    ck_assert_uint_eq(list.errors, 3);
    ck_assert_uint_eq(list.warnings, 0);
}
END_TEST

START_TEST(what_is_shown_is_masked)
{
    static const struct variable texts[] = {
        {.name = "PLAIN", .type = VALUE_STRING},
        {.name = "HIDDEN", .type = VALUE_STRING, .secret = true},
        {.name = "LOOKS", .type = VALUE_STRING},
        {.name = "BROKEN", .type = VALUE_STRING},
    };
    resolve(ENTRIES("REDIS_URL=redis://u:p%40ss@h/1", "OPENAI_API_KEY=sk-1234", "BACKEND_URL=http://u:hunter22@h",
                    "WEBSOCKET_URL=ws://u:hunter22@"));
    expect_setting("REDIS_URL", "redis://u:p%40ss@h/1", "redis://u:***@h/1", SOURCE_ENVIRONMENT);
    expect_setting("OPENAI_API_KEY", "sk-1234", "***", SOURCE_ENVIRONMENT);
    expect_setting("BACKEND_URL", "http://u:hunter22@h", "http://u:***@h", SOURCE_ENVIRONMENT);
    expect_setting("WEBSOCKET_URL", "ws://u:hunter22@", "***", SOURCE_ENVIRONMENT);
    resolve_with(texts, 4,
                 ENTRIES("PLAIN=a\x1b[1mb", "HIDDEN=hunter22", "LOOKS=postgres://u:hunter22@db/x",
                         "BROKEN=postgres://u:hun#ter22@db"),
                 (struct resolve_options){.strict = false});
    expect_setting("PLAIN", "a\x1b[1mb", "a?[1mb", SOURCE_ENVIRONMENT);
    expect_setting("HIDDEN", "hunter22", "***", SOURCE_ENVIRONMENT);
    expect_setting("LOOKS", "postgres://u:hunter22@db/x", "postgres://u:***@db/x", SOURCE_ENVIRONMENT);
    expect_setting("BROKEN", "postgres://u:hun#ter22@db", "***", SOURCE_ENVIRONMENT);
}
END_TEST

static void seal_of(char *const *entries, const char *key, char out[DIGEST_HEX_MAX])
{
    resolve(entries);
    ck_assert_str_eq(config.digest, "");
    config_seal(&config, (const uint8_t *)key, strlen(key));
    ck_assert_uint_eq(strlen(config.digest), 64);
    memcpy(out, config.digest, DIGEST_HEX_MAX);
}

START_TEST(the_seal_covers_every_value)
{
    char a[DIGEST_HEX_MAX];
    char b[DIGEST_HEX_MAX];
    seal_of(ENTRIES(REDIS, "OPENAI_API_KEY=one-secret"), "key", a);
    seal_of(ENTRIES("OPENAI_API_KEY=one-secret", "OTHER=x", REDIS), "key", b);
    ck_assert_str_eq(a, b);
    seal_of(ENTRIES(REDIS, "OPENAI_API_KEY=other-secret"), "key", b);
    ck_assert_str_ne(a, b);
    seal_of(ENTRIES(REDIS, "OPENAI_API_KEY=one-secret"), "another key", b);
    ck_assert_str_ne(a, b);
    seal_of(ENTRIES(REDIS, "OPENAI_API_KEY=one-secret", "BACKEND_URL=http://b"), "key", b);
    ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(without_secrets_the_key_does_not_matter)
{
    char a[DIGEST_HEX_MAX];
    char b[DIGEST_HEX_MAX];
    seal_of(ENTRIES(REDIS), "key", a);
    seal_of(ENTRIES(REDIS), "another key", b);
    ck_assert_str_eq(a, b);
    seal_of(ENTRIES("REDIS_URL=redis://u:password@cache"), "key", a);
    seal_of(ENTRIES("REDIS_URL=redis://u:password@cache"), "another key", b);
    ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(the_seal_is_as_documented)
{
    static const struct variable two[] = {
        {.name = "B", .type = VALUE_STRING},
        {.name = "A", .type = VALUE_STRING},
    };
    uint8_t hash[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    resolve_with(two, 2, ENTRIES("A=1", "B=2"), (struct resolve_options){.strict = false});
    config_seal(&config, (const uint8_t *)"k", 1);
    digest_of("A=1\nB=2\n", 8, hash);
    digest_hex(hash, hex);
    ck_assert_str_eq(config.digest, hex);
}
END_TEST

static void expect_entries(char **got, const char *const *wanted)
{
    size_t i = 0;
    for (; wanted[i]; i++)
        ck_assert_pstr_eq(got[i], wanted[i]);
    ck_assert_ptr_null(got[i]);
}

START_TEST(children_get_every_value)
{
    char **entries = ENTRIES("PATH=/bin", "odd", "MUSTER_ENVIRONMENT=docker", "REDIS_URL=redis://c", "FOO=a\x01",
                             "REDIS_URL=redis://second");
    static const char *const wanted[] = {"PATH=/bin",
                                         "odd",
                                         "MUSTER_ENVIRONMENT=docker",
                                         "REDIS_URL=redis://c",
                                         "FOO=a\x01",
                                         "REDIS_SESSION_DB=1",
                                         "REDIS_TASK_DB=2",
                                         "BACKEND_URL=http://localhost:8000",
                                         "FRONTEND_URL=http://localhost:3000",
                                         "ENVIRONMENT=docker",
                                         NULL};
    resolve(entries);
    char **got = config_environment(&config, entries, &(struct environment_options){.files = NULL}, &arena);
    expect_entries(got, wanted);
    ck_assert_ptr_eq(got[3], entries[3]);
}
END_TEST

START_TEST(an_empty_value_gives_way_to_the_default)
{
    static const struct variable one[] = {
        {.name = "A", .type = VALUE_STRING, .default_value = "d", .empty_is_unset = true},
        {.name = "B", .type = VALUE_STRING, .empty_is_unset = true},
    };
    static const char *const wanted[] = {"A=d", "B=", NULL};
    char **entries = ENTRIES("A=", "B=");
    resolve_with(one, 2, entries, (struct resolve_options){.strict = false});
    expect_entries(config_environment(&config, entries, &(struct environment_options){.files = NULL}, &arena), wanted);
}
END_TEST

START_TEST(many_variables_are_all_found)
{
    enum { MANY = 1000 };
    struct variable *variables = arena_alloc(&arena, MANY, sizeof(*variables));
    char **entries = arena_alloc(&arena, MANY + 1, sizeof(*entries));
    for (size_t i = 0; i < MANY; i++) {
        variables[i] = (struct variable){.type = VALUE_INT, .name = arena_printf(&arena, "NAME_%zu", i)};
        entries[MANY - 1 - i] = arena_printf(&arena, "NAME_%zu=%zu", i, i);
    }
    resolve_with(variables, MANY, entries, (struct resolve_options){.strict = false});
    ck_assert_uint_eq(list.count, 0);
    for (size_t i = 0; i < MANY; i++) {
        char text[24];
        snprintf(text, sizeof(text), "%zu", i);
        expect_setting(variables[i].name, text, text, SOURCE_ENVIRONMENT);
    }
}
END_TEST

START_TEST(names_of_states_and_sources)
{
    ck_assert_str_eq(config_state_name(CONFIG_CONFIGURATION), "configuration");
    ck_assert_str_eq(config_state_name(CONFIG_VALIDATED), "validated");
    ck_assert_str_eq(config_state_name(CONFIG_ACTIVE), "active");
    static const char *const sources[] = {"unset",    "environment", "file",   "secrets_dir",
                                          "env_file", "override",    "default"};
    for (int i = SOURCE_UNSET; i <= SOURCE_DEFAULT; i++)
        ck_assert_str_eq(value_source_name((enum value_source)i), sources[i]);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static void add_tests(TCase *t)
{
    tcase_add_test(t, defaults_complete_the_model);
    tcase_add_test(t, missing_is_told_with_an_example);
    tcase_add_test(t, a_misspelt_name_is_recognised);
    tcase_add_test(t, well_known_and_declared_names_are_no_misspellings);
    tcase_add_test(t, all_mistakes_are_told_in_manifest_order);
    tcase_add_test(t, empty_is_unset_only_when_asked);
    tcase_add_test(t, empty_is_unset_per_variable);
    tcase_add_test(t, an_alias_wins);
    tcase_add_test(t, an_alias_may_agree);
    tcase_add_test(t, an_alias_must_not_disagree);
    tcase_add_test(t, wrong_values_are_told_under_the_name_they_came_from);
    tcase_add_test(t, defaults_are_checked);
    tcase_add_test(t, odd_entries_are_passed_over);
    tcase_add_test(t, localhost_in_a_container_is_a_warning);
    tcase_add_test(t, localhost_outside_is_no_warning);
    tcase_add_test(t, strict_makes_warnings_errors);
    tcase_add_test(t, earlier_mistakes_do_not_count);
    tcase_add_test(t, shared_databases_are_a_warning);
    tcase_add_test(t, another_database_in_the_url_is_a_warning);
    tcase_add_test(t, broken_values_give_no_second_complaint);
    tcase_add_test(t, short_secrets_are_a_warning);
    tcase_add_test(t, what_is_shown_is_masked);
}

Suite *suite_resolve(void)
{
    Suite *s = suite_create("resolve");
    TCase *t = tcase_create("resolve");
    tcase_add_checked_fixture(t, set_up, tear_down);
    add_tests(t);
    tcase_add_test(t, the_seal_covers_every_value);
    tcase_add_test(t, without_secrets_the_key_does_not_matter);
    tcase_add_test(t, the_seal_is_as_documented);
    tcase_add_test(t, children_get_every_value);
    tcase_add_test(t, an_empty_value_gives_way_to_the_default);
    tcase_add_test(t, many_variables_are_all_found);
    tcase_add_test(t, names_of_states_and_sources);
    suite_add_tcase(s, t);
    return s;
}
