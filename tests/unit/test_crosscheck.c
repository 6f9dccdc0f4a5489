#include <string.h>

#include "init/config/resolve.h"
#include "tests/unit/model.h"
#include "tests/unit/suites.h"

#define REDIS "REDIS_URL=redis://cache"

static struct arena arena;
static struct problems list;
static struct config config;

static const struct variable many[] = {
    {.name = "PLACE",
     .field = "environment",
     .type = VALUE_ENUM,
     .choices = model_places,
     .choice_count = 3,
     .default_value = "docker"},
    {.name = "DB", .type = VALUE_HOSTPORT},
    {.name = "QUEUE", .type = VALUE_URI, .example = "amqp://mq:5672"},
    {.name = "API", .type = VALUE_HTTP_URL, .default_value = "http://127.0.0.1:80/"},
    {.name = "SOCKET", .type = VALUE_WS_URL},
    {.name = "CACHE", .type = VALUE_REDIS_URL, .has_max = true, .max = 15},
    {.name = "LISTEN", .type = VALUE_HOSTPORT},
    {.name = "API_BIND_ADDRESS", .type = VALUE_HTTP_URL},
    {.name = "LISTENER", .type = VALUE_HOSTPORT},
    {.name = "NOTE", .type = VALUE_STRING},
};

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
    const struct resolve_options options = {.strict = false};
    memset(&list, 0, sizeof(list));
    config_resolve(variables, count, entries, &options, &arena, &config, &list);
    ck_assert_uint_eq(list.errors, 0);
}

static void resolve_many(char *const *entries)
{
    resolve(many, sizeof(many) / sizeof(many[0]), entries);
}

static void resolve_model(char *const *entries)
{
    resolve(model, MODEL_COUNT, entries);
}

static void expect(size_t i, const char *rule, const char *where, const char *text, const char *hint)
{
    ck_assert_uint_gt(list.count, i);
    const struct problem *item = &list.items[i];
    ck_assert(item->warning);
    ck_assert_str_eq(item->rule, rule);
    ck_assert_str_eq(item->where, where);
    ck_assert_msg(strstr(item->text, text), "no \"%s\" in \"%s\"", text, item->text);
    ck_assert_msg(strstr(item->hint, hint), "no \"%s\" in \"%s\"", hint, item->hint);
    ck_assert_str_ne(item->source, "");
}

#define LOCALHOST "url.localhost_in_container"

START_TEST(every_address_of_this_container_is_told)
{
    resolve_many(ENTRIES("DB=localhost:5432", "QUEUE=amqp://u:password1@[::1]:5672/x", "SOCKET=ws://db.localhost/ws",
                         "CACHE=redis://127.9.9.9", "LISTENER=[::1]:90", "NOTE=http://localhost/"));
    ck_assert_uint_eq(list.count, 6);
    expect(0, LOCALHOST, "DB", "localhost:5432 leads to this container itself", "for example host:1234");
    expect(1, LOCALHOST, "QUEUE", "amqp://u:***@[::1]:5672/x leads", "amqp://mq:5672");
    ck_assert_ptr_null(strstr(list.items[1].text, "password1"));
    expect(2, LOCALHOST, "API", "(the default)", "set API to");
    ck_assert_str_eq(list.items[2].source, "default");
    expect(3, LOCALHOST, "SOCKET", "PLACE is docker", "name of the service");
    expect(4, LOCALHOST, "CACHE", "leads to", "redis://");
    expect(5, LOCALHOST, "LISTENER", "leads to", "");
}
END_TEST

START_TEST(other_addresses_are_not)
{
    resolve_many(ENTRIES("DB=db:5432", "QUEUE=amqp://localhost.example.com", "SOCKET=ws://10.0.0.1/localhost",
                         "CACHE=unix:/run/localhost", "API=http://128.0.0.1/"));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(where_we_listen_is_here)
{
    resolve_many(ENTRIES("API=http://api", "LISTEN=127.0.0.1:80", "API_BIND_ADDRESS=http://localhost:8000"));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(on_a_machine_of_its_own_localhost_is_right)
{
    resolve_many(ENTRIES("PLACE=local", "DB=localhost:5432"));
    ck_assert_uint_eq(list.count, 0);
    resolve_many(ENTRIES("PLACE=cloud", "DB=localhost:5432", "API=http://api"));
    ck_assert_uint_eq(list.count, 1);
}
END_TEST

START_TEST(nobody_knows_where_without_an_environment)
{
    resolve(many + 1, 2, ENTRIES("DB=localhost:5432"));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(databases_in_common_are_told)
{
    resolve_model(ENTRIES(REDIS, "REDIS_SESSION_DB=3", "REDIS_TASK_DB=3"));
    ck_assert_uint_eq(list.count, 1);
    expect(0, "redis.db_shared", "REDIS_TASK_DB", "REDIS_SESSION_DB and REDIS_TASK_DB are both database 3: FLUSHDB",
           "each its own");
    ck_assert_str_eq(list.items[0].found, "3");
}
END_TEST

START_TEST(a_database_in_the_url_that_nobody_uses_is_told)
{
    resolve_model(ENTRIES(REDIS "/5"));
    ck_assert_uint_eq(list.count, 1);
    expect(0, "redis.db_in_url", "REDIS_URL",
           "database 5 in the URL is neither REDIS_SESSION_DB (1) nor REDIS_TASK_DB (2): what takes it from the URL",
           "leave the database out");
    resolve_model(ENTRIES(REDIS "/2"));
    ck_assert_uint_eq(list.count, 0);
    resolve_model(ENTRIES(REDIS "/"));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

Suite *suite_crosscheck(void)
{
    Suite *s = suite_create("crosscheck");
    TCase *tc = tcase_create("crosscheck");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, every_address_of_this_container_is_told);
    tcase_add_test(tc, other_addresses_are_not);
    tcase_add_test(tc, where_we_listen_is_here);
    tcase_add_test(tc, on_a_machine_of_its_own_localhost_is_right);
    tcase_add_test(tc, nobody_knows_where_without_an_environment);
    tcase_add_test(tc, databases_in_common_are_told);
    tcase_add_test(tc, a_database_in_the_url_that_nobody_uses_is_told);
    suite_add_tcase(s, tc);
    return s;
}
