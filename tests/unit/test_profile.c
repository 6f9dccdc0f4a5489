#include <string.h>

#include "init/config/profile.h"
#include "tests/unit/model.h"
#include "tests/unit/suites.h"

static struct arena arena;
static struct problems list;
static struct config config;
static char storage[8192];

static void set_up(void)
{
    arena_init(&arena);
    memset(&list, 0, sizeof(list));
}

static void tear_down(void)
{
    arena_free_all(&arena);
}

static void resolve(const struct variable *variables, size_t count, char *const *entries)
{
    config_resolve(variables, count, entries, &(struct resolve_options){.strict = false}, &arena, &config, &list);
}

static const char *profile(void)
{
    struct buf out;
    struct jsonw w;
    buf_init(&out, storage, sizeof(storage));
    jsonw_init(&w, &out, false);
    profile_write(&w, NULL, &config);
    ck_assert(!out.overflow);
    return storage;
}

static const char *snapshot(const char *key)
{
    static char text[8192];
    struct buf out;
    struct jsonw w;
    struct snapshot_facts facts = {
        .manifest_sha256 = "aa",
        .muster_version = "1.2",
        .fingerprints = key == NULL ? NULL : profile_fingerprints(&config, (const uint8_t *)key, strlen(key), &arena)};
    buf_init(&out, text, sizeof(text));
    jsonw_init(&w, &out, false);
    profile_snapshot(&w, NULL, &config, &facts);
    ck_assert(!out.overflow);
    return text;
}

/* Spaces after separators are the writer's own affair. */
static void expect_in(const char *document, const char *member)
{
    static char squeezed[8192];
    size_t n = 0;
    for (const char *c = document; *c != '\0' && n + 1 < sizeof(squeezed); c++) {
        if (*c != ' ')
            squeezed[n++] = *c;
    }
    squeezed[n] = '\0';
    ck_assert_msg(strstr(squeezed, member), "%s\nhas not got %s", squeezed, member);
}

START_TEST(the_profile_has_the_nine_fields)
{
    static const char *const members[] = {
        "\"redis_url\":\"redis://u:***@h/1\"",
        "\"redis_session_db\":1",
        "\"redis_task_db\":2",
        "\"youtube_api_key\":null",
        "\"openai_api_key\":\"***\"",
        "\"backend_url\":\"http://localhost:8000\"",
        "\"frontend_url\":\"http://localhost:3000\"",
        "\"websocket_url\":null",
        "\"environment\":\"local\"",
        "\"state\":\"validated\"",
        "\"sources\":{\"redis_url\":\"environment\",\"redis_session_db\":\"default\"",
        "\"websocket_url\":\"unset\"",
        "\"extra\":{}",
        "\"config_digest\":null",
    };
    char **entries = ENTRIES("REDIS_URL=redis://u:p%40ss@h/1", "OPENAI_API_KEY=sk-12345");
    resolve(model, MODEL_COUNT, entries);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        expect_in(profile(), members[i]);
    ck_assert_ptr_null(strstr(storage, "sk-12345"));
    ck_assert_ptr_null(strstr(storage, "p@ss"));
    ck_assert_ptr_null(strstr(storage, "p%40ss"));
}
END_TEST

START_TEST(the_digest_is_written_when_sealed)
{
    char **entries = ENTRIES("REDIS_URL=redis://h");
    resolve(model, MODEL_COUNT, entries);
    config_seal(&config, (const uint8_t *)"key", 3);
    profile();
    ck_assert_ptr_nonnull(strstr(storage, config.digest));
}
END_TEST

static const struct variable own[] = {
    {.name = "WORKERS", .type = VALUE_INT, .required = true},
    {.name = "PORT", .type = VALUE_PORT},
    {.name = "PIN", .type = VALUE_INT, .secret = true, .required = true},
    {.name = "NOTE", .type = VALUE_STRING},
    {.name = "muster_version", .type = VALUE_STRING, .required = true},
};

START_TEST(own_variables_are_extra)
{
    char **entries = ENTRIES("WORKERS=4", "PORT=8080", "PIN=123456", "muster_version=mine");
    resolve(own, 5, entries);
    expect_in(profile(), "\"redis_url\":null");
    expect_in(profile(), "\"environment\":null");
    expect_in(profile(), "\"extra\":{\"WORKERS\":4,\"PORT\":8080,\"PIN\":\"***\",\"NOTE\":null,");
    expect_in(profile(), "\"WORKERS\":\"environment\"");
    expect_in(profile(), "\"redis_url\":\"unset\"");
    ck_assert_ptr_null(strstr(storage, "123456"));
}
END_TEST

START_TEST(a_snapshot_has_required_variables_and_facts)
{
    char **entries = ENTRIES("WORKERS=4", "PORT=8080", "PIN=123456", "muster_version=mine");
    resolve(own, 5, entries);
    const char *text = snapshot("key");
    expect_in(text, "\"WORKERS\":4");
    expect_in(text, "\"PIN\":{\"set\":true,\"fingerprint\":\"hmac:");
    expect_in(text, "\"config_digest\":null,\"manifest_sha256\":\"aa\",\"muster_version\":\"1.2\"}");
    ck_assert_ptr_null(strstr(text, "PORT"));
    ck_assert_ptr_null(strstr(text, "mine"));
    ck_assert_ptr_null(strstr(text, "123456"));
}
END_TEST

START_TEST(a_snapshot_always_has_the_nine_fields)
{
    char **entries = ENTRIES("REDIS_URL=redis://u:p%40ss@h/1", "OPENAI_API_KEY=sk-12345");
    resolve(model, MODEL_COUNT, entries);
    const char *text = snapshot("key");
    for (size_t i = 0; i < PROFILE_FIELD_COUNT; i++)
        ck_assert_ptr_nonnull(strstr(text, profile_fields[i]));
    expect_in(text, "\"redis_url\":\"redis://u:***@h/1\"");
    expect_in(text, "\"youtube_api_key\":null");
    ck_assert_ptr_null(strstr(text, "sk-12345"));
    ck_assert_ptr_null(strstr(text, "p@ss"));
}
END_TEST

/* In force, not merely declared: conditions and environments decide. */
START_TEST(a_snapshot_has_what_is_required_here)
{
    static const struct condition n_is_set = {.kind = CONDITION_SET, .variable = "N"};
    static const struct variable conditional[] = {
        {.name = "ALSO", .type = VALUE_INT, .required_when = &n_is_set},
        {.name = "NOT", .type = VALUE_INT, .required = true, .only_when = &n_is_set},
        {.name = "N", .type = VALUE_INT},
    };
    resolve(conditional, 3, ENTRIES("N=1", "ALSO=2", "NOT=3"));
    expect_in(snapshot("key"), "\"ALSO\":2,\"NOT\":3,");
    resolve(conditional, 3, ENTRIES("ALSO=2", "NOT=3"));
    ck_assert_ptr_null(strstr(snapshot("key"), "ALSO"));
    ck_assert_ptr_null(strstr(snapshot("key"), "NOT"));
    expect_in(profile(), "\"ALSO\":2,\"NOT\":null");
}
END_TEST

START_TEST(the_profile_says_where_values_came_from)
{
    static const struct variable_override override[] = {{.environment = "local", .default_value = "1"}};
    static const struct variable made[] = {
        {.name = "A", .type = VALUE_INT},
        {.name = "B", .type = VALUE_INT, .overrides = override, .override_count = 1},
        {.name = "C", .type = VALUE_STRING},
        {.name = "E", .field = "environment", .type = VALUE_STRING, .default_value = "local"},
    };
    struct env_file file;
    env_file_parse("A=1", 3, ENV_DOCKER, ".env", &arena, &file, &list);
    config_resolve(made, 4, ENTRIES("C_FILE=/dev/null/x"),
                   &(struct resolve_options){.env_files = &file, .env_file_count = 1}, &arena, &config, &list);
    expect_in(profile(), "\"A\":\"env_file\",\"B\":\"override\",\"C\":\"file\"}");
    expect_in(profile(), "\"environment\":\"default\"");
}
END_TEST

static void fingerprint(const char *secret, const char *key, char out[32])
{
    char **entries = ENTRIES("REDIS_URL=redis://h", arena_printf(&arena, "OPENAI_API_KEY=%s", secret));
    resolve(model, MODEL_COUNT, entries);
    const char *at = strstr(snapshot(key), "hmac:");
    ck_assert_ptr_nonnull(at);
    ck_assert_uint_eq(strspn(at + 5, "0123456789abcdef"), 8);
    memcpy(out, at, 13);
    out[13] = '\0';
}

START_TEST(fingerprints_tell_secrets_apart)
{
    char a[32];
    char b[32];
    fingerprint("sk-12345", "key", a);
    fingerprint("sk-12345", "key", b);
    ck_assert_str_eq(a, b);
    fingerprint("sk-12346", "key", b);
    ck_assert_str_ne(a, b);
    fingerprint("sk-12345", "another", b);
    ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(without_a_key_there_is_no_fingerprint)
{
    char **entries = ENTRIES("REDIS_URL=redis://h", "OPENAI_API_KEY=sk-12345");
    resolve(model, MODEL_COUNT, entries);
    const char *text = snapshot(NULL);
    ck_assert_ptr_null(strstr(text, "hmac:"));
    expect_in(text, "\"openai_api_key\":{\"set\":true}");
}
END_TEST

Suite *suite_profile(void)
{
    Suite *s = suite_create("profile");
    TCase *t = tcase_create("profile");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, the_profile_has_the_nine_fields);
    tcase_add_test(t, the_digest_is_written_when_sealed);
    tcase_add_test(t, own_variables_are_extra);
    tcase_add_test(t, a_snapshot_has_required_variables_and_facts);
    tcase_add_test(t, a_snapshot_has_what_is_required_here);
    tcase_add_test(t, the_profile_says_where_values_came_from);
    tcase_add_test(t, a_snapshot_always_has_the_nine_fields);
    tcase_add_test(t, fingerprints_tell_secrets_apart);
    tcase_add_test(t, without_a_key_there_is_no_fingerprint);
    suite_add_tcase(s, t);
    return s;
}
