#include <string.h>

#include "init/plan/manifest.h"
#include "init/plan/wait.h"
#include "tests/unit/load_text.h"
#include "tests/unit/suites.h"

static struct arena arena;
static struct problems list;
static struct manifest manifest;

static void setup(void)
{
    arena_init(&arena);
    memset(&list, 0, sizeof(list));
}

static void teardown(void)
{
    arena_free_all(&arena);
}

static int load(const char *const *targets, size_t count, bool any)
{
    const struct wait_request w = {.targets = targets, .count = count, .any = any, .alone = true};

    return manifest_load_waiting(NULL, 0, "targets", "none", &w, &arena, &manifest, &list);
}

static const struct {
    const char *target;
    const char *name;
    const char *shown;
    enum probe_kind kind;
    const char *url;
} good[] = {
    {"tcp://Db.Internal:5432", "db-internal-5432", "tcp://Db.Internal:5432", PROBE_TCP, "tcp://Db.Internal:5432"},
    {"db:5432", "db-5432", "db:5432", PROBE_TCP, "tcp://db:5432"},
    {"127.0.0.1:80", "tcp-127-0-0-1-80", "127.0.0.1:80", PROBE_TCP, "tcp://127.0.0.1:80"},
    {"[::1]:80", "tcp-1-80", "[::1]:80", PROBE_TCP, "tcp://[::1]:80"},
    {"http://u:p@h/a/b?t=s#status=204", "h-a-b", "http://***@h/a/b", PROBE_HTTP, "http://u:p@h/a/b?t=s"},
    {"redis://:pa$$@h/1", "h-1", "redis://***@h/1", PROBE_REDIS, "redis://:pa$$$$@h/1"},
    {"unix:///run/x.sock", "run-x-sock", "unix:///run/x.sock", PROBE_UNIX, "unix:///run/x.sock"},
    {"wss://h/ws", "h-ws", "wss://h/ws", PROBE_WEBSOCKET, "wss://h/ws"},
    {"grpc://h:1/s.V1", "h-1-s-v1", "grpc://h:1/s.V1", PROBE_GRPC, "grpc://h:1/s.V1"},
    {"dns://name", "name", "dns://name", PROBE_DNS, "dns://name"},
    {"postgresql://app@h/db", "h-db", "postgresql://***@h/db", PROBE_POSTGRES, "postgresql://app@h/db"},
    {"mariadb://h", "h", "mariadb://h", PROBE_MYSQL, "mariadb://h"},
};

START_TEST(a_url_is_a_probe)
{
    ck_assert_int_eq(load(&good[_i].target, 1, false), 0);
    const struct service *s = &manifest.services[0];
    ck_assert_str_eq(s->name, good[_i].name);
    ck_assert_int_eq(s->probe.kind, good[_i].kind);
    ck_assert_str_eq(s->probe.url, good[_i].url);
    ck_assert_str_eq(wait_target_show(good[_i].target, &arena), good[_i].shown);
    ck_assert_uint_eq(s->timeout_us, 0);
    ck_assert_uint_eq(manifest.deadline_us, 0);
}
END_TEST

START_TEST(commands_files_and_processes)
{
    const char *const targets[] = {"exec:a  b", "exec:a | b", "exec:date%20+%s", "file:///a%20b", "process:nginx"};

    ck_assert_int_eq(load(targets, 5, false), 0);
    const struct service *s = manifest.services;
    ck_assert_uint_eq(s[0].probe.command.count, 2);
    ck_assert_str_eq(s[0].probe.command.items[1], "b");
    ck_assert_uint_eq(s[1].probe.command.count, 3);
    ck_assert_str_eq(s[1].probe.command.items[2], "a | b");
    ck_assert_str_eq(s[2].probe.command.items[1], "+%s");
    ck_assert_str_eq(s[3].probe.path, "/a b");
    ck_assert_str_eq(s[4].probe.process, "nginx");
}
END_TEST

START_TEST(keys_behind_the_hash)
{
    const char *const targets[] = {
        "https://h#status=204&timeout=1s&redirects=2&expect=down&retry_max=2s&jitter=0&required=false",
        "https://h#headers.X-A=5&headers.X-B=a%26b&tls.ca=/ca.pem&tls.insecure=false&expect_body.json./a=5",
        "redis://h#databases=1,2&role=replica",
        "http://h#expect_body={\"json\":{\"/a\":\"$b\"}}",
    };

    ck_assert_int_eq(load(targets, 4, false), 0);
    const struct service *s = manifest.services;
    ck_assert_uint_eq(s[0].probe.status_max, 204);
    ck_assert_uint_eq(s[0].probe.timeout_us, 1000000);
    ck_assert_uint_eq(s[0].probe.redirects, 2);
    ck_assert(s[0].probe.down);
    ck_assert_uint_eq(s[0].retry_max_us, 2000000);
    ck_assert(!s[0].required);
    ck_assert_str_eq(s[1].name, "h-2");
    ck_assert_uint_eq(s[1].probe.headers.count, 2);
    ck_assert_str_eq(s[1].probe.headers.values[0], "5");
    ck_assert_str_eq(s[1].probe.headers.values[1], "a&b");
    ck_assert_str_eq(s[1].probe.tls.ca, "/ca.pem");
    ck_assert_str_eq(s[1].probe.expect_body, "{\"json\":{\"/a\":5}}");
    ck_assert_uint_eq(s[2].probe.databases.count, 2);
    ck_assert_str_eq(s[3].probe.expect_body, "{\"json\":{\"/a\":\"$b\"}}");
}
END_TEST

START_TEST(one_is_enough)
{
    const char *const targets[] = {"tcp://a:1", "tcp://b:1"};

    ck_assert_int_eq(load(targets, 2, true), 0);
    ck_assert_uint_eq(manifest.service_count, 3);
    ck_assert_str_eq(manifest.services[2].name, "any");
    ck_assert_uint_eq(manifest.services[2].any_of.count, 2);
    ck_assert(!manifest.services[0].required && manifest.services[2].required);
}
END_TEST

static const struct {
    const char *target;
    const char *where;
    const char *rule;
} bad[] = {
    {"htp://h", "htp://h", "target"},
    {"nonsense", "nonsense", "target"},
    {"", "", "target"},
    {"h:port", "h:port", "target"},
    {"tcp://u:hunter2@h", "tcp://***@h", "uri.port"},
    {"http://u:hun/ter2@h", "http://***@h", "uri.port"},
    {"http://h?hunter2#status=1", "http://h", "value"},
    {"http://h#hunter2", "http://h", "target"},
    {"http://h#nothing=hunter2", "http://h", "key.unknown"},
    {"http://h#depends_on=hunter2", "http://h", "key.unknown"},
    {"http://h#expect_body={hunter2", "http://h", "json.syntax"},
    {"postgres://app:hunter2@h", "postgres://***@h", "uri.userinfo"},
    {"exec:", "exec:", "value"},
    {"process:", "process:", "value"},
    {"file:relative", "file:relative", "path.relative"},
};

START_TEST(mistakes_are_told_at_the_target)
{
    ck_assert_int_eq(load(&bad[_i].target, 1, false), -1);
    ck_assert_str_eq(list.items[0].rule, bad[_i].rule);
    ck_assert_str_eq(list.items[0].where, bad[_i].where);
    for (size_t i = 0; i < list.count; i++)
        ck_assert(!strstr(list.items[i].where, "hunter2"));
}
END_TEST

START_TEST(a_manifest_keeps_its_names_and_its_digest)
{
    static const char text[] = "{\"services\":{\"db-1\":{\"run\":[\"x\"]}}}";
    const char *const targets[] = {"tcp://db:1", "redis://:hunter2@h"};
    const struct wait_request w = {.targets = targets, .count = 2};
    struct manifest plain;

    ck_assert_int_eq(manifest_load(text, sizeof(text) - 1, "t", NULL, &arena, &plain, &list), 0);
    ck_assert_int_eq(manifest_load_waiting(text, sizeof(text) - 1, "t", NULL, &w, &arena, &manifest, &list), 0);
    ck_assert_uint_eq(manifest.service_count, 3);
    ck_assert_str_eq(manifest.services[1].name, "db-1-2");
    ck_assert_str_eq(manifest.sha256, plain.sha256);
    ck_assert(!strstr(manifest.canonical, "hunter2"));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_wait(void)
{
    Suite *s = suite_create("wait");
    TCase *t = tcase_create("wait");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_url_is_a_probe, 0, ROWS(good));
    tcase_add_test(t, commands_files_and_processes);
    tcase_add_test(t, keys_behind_the_hash);
    tcase_add_test(t, one_is_enough);
    tcase_add_loop_test(t, mistakes_are_told_at_the_target, 0, ROWS(bad));
    tcase_add_test(t, a_manifest_keeps_its_names_and_its_digest);
    suite_add_tcase(s, t);
    return s;
}
