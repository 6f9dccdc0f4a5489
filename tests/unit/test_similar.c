#include <stdio.h>
#include <string.h>
#include <time.h>

#include "init/config/near_name.h"
#include "init/config/resolve.h"
#include "init/config/well_known.h"
#include "tests/unit/model.h"
#include "tests/unit/suites.h"

#define MANY 1000
/* Far above the few milliseconds that it takes, far below what comparing letter by letter would. */
#define CPU_LIMIT_S 2.0

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

static unsigned between(const char *a, const char *b)
{
    struct sketch x = near_name_sketch(a);
    struct sketch y = near_name_sketch(b);
    unsigned d = near_name(&x, &y);
    ck_assert_uint_eq(d, near_name(&y, &x));
    return d;
}

static const struct {
    const char *a;
    const char *b;
    unsigned distance;
} pairs[] = {
    {"REDIS_URL", "REDIS_URL", 0},
    {"redis_url", "REDIS_URL", 0},
    {"REDIS_ULR", "REDIS_URL", 1},
    {"REDIS_UR", "REDIS_URL", 1},
    {"REDIS_URLS", "REDIS_URL", 1},
    {"REDISURL", "REDIS_URL", 1},
    {"REDIS-URL", "REDIS_URL", 1},
    {"redis.url", "REDIS_URL", 1},
    {"RDS_URL", "REDIS_URL", 2},
    {"ERDIS_ULR", "REDIS_URL", 2},
    {"REDDIS_URI", "REDIS_URL", 2},
    {"REIDS_LRUL", "REDIS_URL", NEAR_NAME_NOT},
    {"REDIS", "REDIS_URL", NEAR_NAME_NOT},
    /* Short names have little to tell them by. */
    {"MODES", "MODE", 1},
    {"MUDES", "MODE", NEAR_NAME_NOT},
    {"DB", "ID", NEAR_NAME_NOT},
    {"db", "DB", 0},
    {"A", "B", NEAR_NAME_NOT},
    /* Numbered. */
    {"SHARD_1", "SHARD_2", NEAR_NAME_NOT},
    {"SHARD_9", "SHARD_10", NEAR_NAME_NOT},
    {"REDIS_URL2", "REDIS_URL", NEAR_NAME_NOT},
    {"S3_BUKCET", "S3_BUCKET", 1},
    /* Other words, not other spellings. */
    {"DB_HOST", "DB_PORT", NEAR_NAME_NOT},
    {"db_host", "DB_PORT", NEAR_NAME_NOT},
    {"POOL_MIN", "POOL_MAX", NEAR_NAME_NOT},
    {"HTTP_PORT", "HTTPS_PORT", NEAR_NAME_NOT},
    {"APP_KEY", "API_KEY", NEAR_NAME_NOT},
    {"POINT_X", "POINT_Y", NEAR_NAME_NOT},
    {"DB_HOSTS", "DB_HOST", 1},
    {"DB_HSOT", "DB_HOST", 1},
    {"DATABASE_URI", "DATABASE_URL", 1},
    {"API_KEYS", "API_KEY", 1},
    {"APP_KYE", "API_KEY", 2},
    /* No names. */
    {"", "A", NEAR_NAME_NOT},
    {"REDIS URL", "REDIS_URL", NEAR_NAME_NOT},
    {"R\xc3\x89"
     "DIS_URL",
     "REDIS_URL", NEAR_NAME_NOT},
};

START_TEST(nearness)
{
    unsigned found = between(pairs[_i].a, pairs[_i].b);
    ck_assert_msg(found == pairs[_i].distance, "%s and %s: %u", pairs[_i].a, pairs[_i].b, found);
}
END_TEST

START_TEST(long_names_are_near_nothing)
{
    char name[NEAR_NAME_MAX + 2];
    memset(name, 'A', sizeof(name));
    name[NEAR_NAME_MAX] = '\0';
    ck_assert_uint_eq(between(name, name), 0);
    name[NEAR_NAME_MAX] = 'A';
    name[NEAR_NAME_MAX + 1] = '\0';
    ck_assert_uint_eq(between(name, name), NEAR_NAME_NOT);
}
END_TEST

/* The sketch may say "maybe" too often, but "no" only when it is so: hold it against every small mistake. */
START_TEST(a_sketch_never_hides_a_near_name)
{
    static const char name[] = "QUEUE_TIMEOUT_7";
    char other[64];
    for (size_t at = 0; at < sizeof(name) - 1; at++) {
        for (const char *c = "AEQUT_XZ07"; *c; c++) {
            snprintf(other, sizeof(other), "%.*s%c%s", (int)at, name, *c, name + at + 1);
            struct sketch x = near_name_sketch(name);
            struct sketch y = near_name_sketch(other);
            ck_assert_msg(near_name_maybe(&x, &y), "%s", other);
            snprintf(other, sizeof(other), "%.*s%c%s", (int)at, name, *c, name + at);
            y = near_name_sketch(other);
            ck_assert_msg(near_name_maybe(&x, &y), "%s", other);
        }
    }
}
END_TEST

static const char *const platform[] = {
    "PATH",
    "HOME",
    "_",
    "PWD",
    "HOSTNAME",
    "LC_ALL",
    "LC_TIME",
    "LANG",
    "TZ",
    "XDG_RUNTIME_DIR",
    "container",
    "CI",
    "http_proxy",
    "HTTPS_PROXY",
    "no_proxy",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHON_VERSION",
    "PIP_NO_CACHE_DIR",
    "GOPATH",
    "GOMAXPROCS",
    "GOLANG_VERSION",
    "CGO_ENABLED",
    "JAVA_HOME",
    "JAVA_TOOL_OPTIONS",
    "NODE_VERSION",
    "NODE_OPTIONS",
    "npm_config_cache",
    "npm_lifecycle_event",
    "YARN_VERSION",
    "GEM_HOME",
    "BUNDLE_PATH",
    "RUBY_VERSION",
    "RUSTUP_HOME",
    "CARGO_HOME",
    "PHP_INI_DIR",
    "GPG_KEY",
    "DOTNET_VERSION",
    "VIRTUAL_ENV",
    "LISTEN_FDS",
    "NOTIFY_SOCKET",
    "INVOCATION_ID",
    "CREDENTIALS_DIRECTORY",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_PORT_443_TCP",
    "REDIS_SERVICE_HOST",
    "REDIS_SERVICE_PORT",
    "REDIS_SERVICE_PORT_CLIENT",
    "REDIS_PORT_6379_TCP",
    "REDIS_PORT_6379_TCP_ADDR",
    "DNS_PORT_53_UDP_PROTO",
    "SIP_PORT_5060_SCTP_PORT",
    "AWS_REGION",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "ECS_CONTAINER_METADATA_URI_V4",
    "K_SERVICE",
    "FLY_APP_NAME",
    "DYNO",
    "YARN_VERSION",
    "ALL_PROXY",
    "XAUTHORITY",
    "WINDOWID",
    "BASH_ENV",
    "SSH_AUTH_SOCK",
    "TINI_VERBOSITY",
    "LINK_PORT",
    "LINK_NAME",
    "LINK_ENV_REDIS_VERSION",
};
static const char *const strangers[] = {
    "REDIS_URL",
    "APP_PORT",
    "APP_NAME",
    "APP_ENV_NAME",
    "PORT_RANGE",
    "APP_PORT_RANGE",
    "APP_PORT_8080",
    "APP_PORT_8080_TCPX",
    "APP_PORT__TCP",
    "SERVICE_HOST",
    "_SERVICE_HOST",
    "_SERVICE_PORT",
    "AUTH_SERVICE_HOSTS",
    "AUTH_SERVICE_PORTAL",
    "PATHS",
    "HOMEPAGE",
    "GOOGLE_API_KEY",
    "GOAL",
    "JAVASCRIPT_URL",
    "GITHUB_TOKEN",
    "CIRCLE",
    "LCD_SIZE",
    "NODE_ENV",
    "TERMINAL",
    "LANGUAGES",
    "AWS_ACCESS_KEY_ID",
    "MUSTER_FILE",
    "PUT_PORT",
    "PUT_NAME",
    "NOTIFY_SOCKETS",
};

START_TEST(what_the_platform_sets_is_known)
{
    char *const entries[] = {"LINK_PORT=tcp://172.17.0.5:6379", "LINK_NAME=/app/link", "PUT_PORT=6379", NULL};
    struct environment e;
    environment_index(&e, entries, &arena);
    for (size_t i = 0; i < sizeof(platform) / sizeof(platform[0]); i++)
        ck_assert_msg(name_is_well_known(platform[i], &e), "%s", platform[i]);
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
        ck_assert_msg(!name_is_well_known(strangers[i], &e), "%s", strangers[i]);
}
END_TEST

static const struct alias aliases[] = {{"CACHE_ADDRESS", NULL}, {"OLD_CACHE", "use CACHE_URL"}};
static const struct variable some[] = {
    {.name = "CACHE_URL", .type = VALUE_STRING, .aliases = aliases, .alias_count = 2},
    {.name = "APP_LIMIT", .type = VALUE_STRING, .default_value = "5"},
    {.name = "APP_TOKEN", .type = VALUE_SECRET},
    {.name = "MP_LIMIT", .type = VALUE_STRING},
    {.name = "NEEDED_NAME", .type = VALUE_STRING, .required = true},
    {.name = "CONFIG_DIR", .type = VALUE_STRING, .no_file = true},
};
#define GIVEN "NEEDED_NAME=x"

static void resolve_with(char *const *entries, struct resolve_options options)
{
    config_resolve(some, sizeof(some) / sizeof(some[0]), entries, &options, &arena, &config, &list);
}

static void resolve(char *const *entries)
{
    resolve_with(entries, (struct resolve_options){.strict = false});
}

static void expect(size_t i, bool warning, const char *rule, const char *where, const char *hint)
{
    ck_assert_uint_gt(list.count, i);
    ck_assert_str_eq(list.items[i].rule, rule);
    ck_assert_str_eq(list.items[i].where, where);
    ck_assert_str_eq(list.items[i].hint, hint);
    ck_assert_int_eq(list.items[i].warning, warning);
    ck_assert_str_eq(list.items[i].found, "");
}

START_TEST(a_set_name_like_one_that_is_not_set_is_told)
{
    resolve(ENTRIES(GIVEN, "CAHCE_URL=redis://secret", "APP_LIMT=7", "PATH=/bin"));
    ck_assert_uint_eq(list.count, 2);
    expect(0, true, "name.similar", "APP_LIMT", "did you mean APP_LIMIT?");
    expect(1, true, "name.similar", "CAHCE_URL", "did you mean CACHE_URL?");
    ck_assert_str_eq(list.items[1].text, "set, but not declared; CACHE_URL is, and is not set");
    ck_assert_str_eq(list.items[1].source, "environment");
    ck_assert_int_eq(config.state, CONFIG_VALIDATED);
}
END_TEST

START_TEST(a_variable_that_is_set_was_not_misspelt)
{
    resolve(ENTRIES(GIVEN, "CAHCE_URL=x", "CACHE_URL=y", "APP_LIMT=7", "APP_LIMIT=8"));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(aliases_are_names_too)
{
    resolve(ENTRIES(GIVEN, "CACHE_ADRESS=x", "OLD_CACHES=y"));
    ck_assert_uint_eq(list.count, 2);
    expect(0, true, "name.similar", "CACHE_ADRESS", "did you mean CACHE_ADDRESS?");
    expect(1, true, "name.similar", "OLD_CACHES", "did you mean CACHE_URL?");
}
END_TEST

START_TEST(names_of_files_are_names_too)
{
    resolve(ENTRIES(GIVEN, "APP_TOKNE_FILE=/run/secrets/x", "CONFIG_DRI_FILE=/x"));
    ck_assert_uint_eq(list.count, 1);
    expect(0, true, "name.similar", "APP_TOKNE_FILE", "did you mean APP_TOKEN_FILE?");
}
END_TEST

START_TEST(a_missing_variable_is_told_of_once)
{
    resolve(ENTRIES("NEEDED_NMAE=secret"));
    ck_assert_uint_eq(list.count, 1);
    expect(0, false, "required.missing", "NEEDED_NAME", "NEEDED_NMAE is set: did you mean NEEDED_NAME?");
    memset(&list, 0, sizeof(list));
    resolve(ENTRIES("NEDED_NAME_FILE=/x"));
    ck_assert_uint_eq(list.count, 1);
    expect(0, false, "required.missing", "NEEDED_NAME", "NEDED_NAME_FILE is set: did you mean NEEDED_NAME_FILE?");
}
END_TEST

START_TEST(strangers_under_a_prefix_are_mistakes)
{
    static const char *const prefixes[] = {"APP_", "SVC_"};
    struct resolve_options options = {.prefixes = prefixes, .prefix_count = 2};
    resolve_with(ENTRIES(GIVEN, "SVC_EXTRA=1", "APP_LIMITS=1", "APP_LIMIT=1", "APP_WORDS=secret",
                         "APP_SERVICE_HOST=10.0.0.1", "APP_PORT=tcp://10.0.0.1:80", "APP_TOKEN_FILE=/dev/null",
                         "APPLE=1", "CAHCE_URL=x"),
                 options);
    size_t i = 0;
    while (i < list.count && strcmp(list.items[i].where, "APP_LIMITS") != 0)
        i++;
    expect(i, false, "name.unknown", "APP_LIMITS", "did you mean APP_LIMIT?");
    expect(i + 1, false, "name.unknown", "APP_WORDS", "unset it, or declare it in \"variables\"");
    ck_assert_str_eq(list.items[i + 1].text, "set, but not declared: names that begin with APP_ are the manifest's");
    expect(i + 2, false, "name.unknown", "SVC_EXTRA", "unset it, or declare it in \"variables\"");
    expect(i + 3, true, "name.similar", "CAHCE_URL", "did you mean CACHE_URL?");
    ck_assert_uint_eq(list.count, i + 4);
}
END_TEST

START_TEST(the_same_prefix_is_preferred)
{
    static const char *const prefixes[] = {"APP_", "MPP_"};
    struct resolve_options options = {.prefixes = prefixes, .prefix_count = 2};
    /* One letter from MP_LIMIT, two from APP_LIMIT. */
    resolve(ENTRIES(GIVEN, "AP_LIMIT=1"));
    expect(0, true, "name.similar", "AP_LIMIT", "did you mean APP_LIMIT?");
    memset(&list, 0, sizeof(list));
    resolve_with(ENTRIES(GIVEN, "APP_LMIITT=1", "MPP_LIMIT=1"), options);
    expect(0, false, "name.unknown", "APP_LMIITT", "did you mean APP_LIMIT?");
    expect(1, false, "name.unknown", "MPP_LIMIT", "did you mean APP_LIMIT?");
}
END_TEST

START_TEST(env_files_count)
{
    struct env_entry entries[] = {{"CAHCE_URL", "x", 1}, {"APP_LIMT", "", 2}, {"APP_TOKNE", NULL, 3}, {"PATH", "/", 4}};
    struct env_file file = {.path = ".env", .entries = entries, .count = 4};
    struct resolve_options options = {.env_files = &file, .env_file_count = 1, .empty_is_unset = true};
    resolve_with(ENTRIES(GIVEN), options);
    ck_assert_uint_eq(list.count, 1);
    expect(0, true, "name.similar", "CAHCE_URL", "did you mean CACHE_URL?");
    ck_assert_str_eq(list.items[0].source, ".env:1");
    memset(&list, 0, sizeof(list));
    /* Twice the same name is one mistake, and the environment is what counts. */
    resolve_with(ENTRIES(GIVEN, "CAHCE_URL=y"), options);
    ck_assert_uint_eq(list.count, 1);
}
END_TEST

START_TEST(musters_own_names_are_known)
{
    resolve(
        ENTRIES(GIVEN, "MUSTER_FILE=/x", "MUSTER_SKIP=a", "MUSTER_STATE_DIR=/s", "MUSTER_REMAP=1", "MUSTER_THING=1"));
    ck_assert_uint_eq(list.count, 0);
    resolve(ENTRIES(GIVEN, "MUSTER_STATEDIR=/x", "MUSTER_SKPI=a"));
    ck_assert_uint_eq(list.count, 2);
    expect(0, true, "name.similar", "MUSTER_SKPI", "did you mean MUSTER_SKIP?");
    ck_assert_str_eq(list.items[0].text, "set, but muster has no such variable");
    expect(1, true, "name.similar", "MUSTER_STATEDIR", "did you mean MUSTER_STATE_DIR?");
}
END_TEST

START_TEST(strict_makes_mistakes_of_them)
{
    resolve_with(ENTRIES(GIVEN, "CAHCE_URL=x"), (struct resolve_options){.strict = true});
    expect(0, false, "name.similar", "CAHCE_URL", "did you mean CACHE_URL?");
    ck_assert_int_eq(config.state, CONFIG_CONFIGURATION);
}
END_TEST

START_TEST(empty_names_are_set_unless_empty_is_unset)
{
    resolve(ENTRIES(GIVEN, "CAHCE_URL="));
    ck_assert_uint_eq(list.count, 1);
    resolve_with(ENTRIES(GIVEN, "CAHCE_URL="), (struct resolve_options){.empty_is_unset = true});
    ck_assert_uint_eq(list.count, 1);
}
END_TEST

/* The worst there is: a thousand names that all look alike, none of them set, and a thousand strangers like them. */
START_TEST(a_thousand_against_a_thousand)
{
    struct variable *many = arena_alloc(&arena, MANY, sizeof(*many));
    char **entries = arena_alloc(&arena, MANY + 1, sizeof(*entries));
    for (int i = 0; i < MANY; i++) {
        char letters[4] = {(char)('A' + i / 100), (char)('A' + i / 10 % 10), (char)('A' + i % 10), '\0'};
        many[i] = (struct variable){.name = arena_printf(&arena, "NAMES_%s_LIMIT", letters), .type = VALUE_STRING};
        many[i].required = _i == 1;
        entries[i] = arena_printf(&arena, "NAMES_%sX_LIMTI=1", letters);
    }
    struct resolve_options options = {.strict = false};
    clock_t before = clock();
    config_resolve(many, MANY, entries, &options, &arena, &config, &list);
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    ck_assert_msg(seconds < CPU_LIMIT_S, "%.3f s", seconds);
    ck_assert_uint_gt(list.count, 0);
    ck_assert_uint_eq(list.errors, _i == 1 ? MANY : 0);
}
END_TEST

Suite *suite_similar(void)
{
    Suite *s = suite_create("similar");
    TCase *tc = tcase_create("similar");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, nearness, 0, (int)(sizeof(pairs) / sizeof(pairs[0])));
    tcase_add_test(tc, long_names_are_near_nothing);
    tcase_add_test(tc, a_sketch_never_hides_a_near_name);
    tcase_add_test(tc, what_the_platform_sets_is_known);
    tcase_add_test(tc, a_set_name_like_one_that_is_not_set_is_told);
    tcase_add_test(tc, a_variable_that_is_set_was_not_misspelt);
    tcase_add_test(tc, aliases_are_names_too);
    tcase_add_test(tc, names_of_files_are_names_too);
    tcase_add_test(tc, a_missing_variable_is_told_of_once);
    tcase_add_test(tc, strangers_under_a_prefix_are_mistakes);
    tcase_add_test(tc, the_same_prefix_is_preferred);
    tcase_add_test(tc, env_files_count);
    tcase_add_test(tc, musters_own_names_are_known);
    tcase_add_test(tc, strict_makes_mistakes_of_them);
    tcase_add_test(tc, empty_names_are_set_unless_empty_is_unset);
    tcase_add_loop_test(tc, a_thousand_against_a_thousand, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}
