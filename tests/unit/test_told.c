/* What people and programs are told of services: groups, restarts, certificates, and of a great many of them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/base/fdio.h"
#include "init/base/log.h"
#include "init/report/terminal.h"
#include "tests/unit/document.h"
#include "tests/unit/engine_rig.h"
#include "tests/unit/suites.h"

static struct rig r;
static struct service services[RIG_NODES_MAX];
static struct status_view view;
static struct json *root;
static int capture, kept;
static char text[STATUS_TEXT_MAX];

static void setup(void)
{
    rig_init(&r);
    memset(services, 0, sizeof(services));
    view = (struct status_view){.phase = PHASE_CALLING, .graph = &r.graph, .anchor = {.mono_us = SEC(1000)}};
    root = NULL;
    log_init(LOG_NOTICE, false);
    capture = memfd_create("stderr", MFD_CLOEXEC);
    kept = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(capture, STDERR_FILENO), 0);
}

static void teardown(void)
{
    (void)dup2(kept, STDERR_FILENO);
    close(kept);
    close(capture);
    json_free(root);
    rig_free(&r);
}

/* What was written since the last call. */
static const char *told(void)
{
    ssize_t n = pread(capture, text, sizeof(text) - 1, 0);
    ck_assert_int_ge(n, 0);
    text[n] = '\0';
    ck_assert_int_eq(ftruncate(capture, 0), 0);
    ck_assert_int_eq(lseek(capture, 0, SEEK_SET), 0);
    return text;
}

static void start(void)
{
    for (size_t i = 0; i < r.graph.count; i++) {
        services[i].name = r.nodes[i].name;
        r.nodes[i].service = &services[i];
    }
    rig_start(&r);
    view.engine = r.engine;
}

static const char *changed(const struct node *node)
{
    terminal_changed(&view, (size_t)(node - r.nodes), r.now);
    return told();
}

static void contains(const char *all, const char *part)
{
    ck_assert_msg(strstr(all, part) != NULL, "no \"%s\" in:\n%s", part, all);
}

static const struct json *service(const char *name)
{
    struct buf b = BUF_OVER(text);
    struct jsonw w;
    struct problems p = {0};
    buf_reset(&b);
    jsonw_init(&w, &b, true);
    status_write(&w, &view, r.now);
    json_free(root);
    root = json_parse(text, b.len, false, &p);
    ck_assert_ptr_nonnull(root);
    return document_entry(root, "services", "service_name", name);
}

static int number(const struct json *object, const char *key)
{
    return (int)json_number(json_get(object, key));
}

START_TEST(a_group_says_how_many_are_there)
{
    struct node *a = rig_service(&r, "a");
    struct node *b = rig_service(&r, "b");
    struct node *any = rig_group(&r, "any", 2);
    rig_member(&r, any, a);
    rig_member(&r, any, b);
    any->timeout_us = SEC(5);
    start();
    rig_ok(&r, a);
    rig_refused(&r, b);
    ck_assert_str_eq(changed(any), "    0.000 s  any  waiting     1 of 2 healthy, 2 needed; b: refused\n");
    const struct json *members = json_get(service("any"), "members");
    DOCUMENT_HAS(members, "healthy", "needed", "names");
    ck_assert_int_eq(number(members, "healthy"), 1);
    ck_assert_int_eq(number(members, "needed"), 2);
    ck_assert_str_eq(json_string(json_next(json_first(json_get(members, "names")))), "b");
    ck_assert(document_is_null(service("a"), "members"));
    rig_after(&r, SEC(5));
    terminal_failed(&view, r.now);
    const char *all = told();
    contains(all, "\n  service any\n      1 of 2 healthy, 2 needed; b: refused\n");
    contains(all, "\n  service b\n      refused: it did not go well\n");
}
END_TEST

START_TEST(a_healthy_group_says_so_too)
{
    struct node *a = rig_service(&r, "a");
    struct node *any = rig_group(&r, "any", 1);
    rig_member(&r, any, a);
    start();
    r.now += MS(210);
    rig_ok(&r, a);
    ck_assert_str_eq(changed(any), "    0.210 s  any  healthy     after 0.21 s, 1 of 1, 1 needed\n");
}
END_TEST

START_TEST(a_restart_is_told_from_death_to_recovery)
{
    struct node *app = rig_own(&r, "app");
    app->restart = RESTART_ALWAYS;
    app->restart_delay_us = MS(100);
    start();
    rig_started(&r, app);
    rig_ok(&r, app);
    told();
    rig_exit(&r, app, 3 << 8);
    contains(changed(app), "app  unhealthy   its process exited with code 3, restart in 100 ms\n");
    const struct json *s = service("app");
    ck_assert_str_eq(document_string(s, "error_message"), "its process exited with code 3, restart in 100 ms");
    ck_assert_str_eq(document_string(s, "hint"), verdict_hint(VERDICT_DIED, false));
    ck_assert(!document_is_null(s, "failing_since"));
    rig_wake(&r);
    contains(changed(app), "app  waiting     its process was started again: the one before exited with code 3\n");
    rig_started(&r, app);
    r.now += MS(400);
    rig_ok(&r, app);
    contains(changed(app), "app  healthy     again after 0.50 s, answered in 3.0 ms, 1 restart\n");
    s = service("app");
    ck_assert_int_eq(number(s, "restarts"), 1);
    ck_assert(document_is_null(s, "hint"));
    ck_assert(document_is_null(s, "failing_since"));
}
END_TEST

START_TEST(successes_are_counted_aloud)
{
    struct node *redis = rig_service(&r, "redis");
    redis->success_threshold = 3;
    start();
    rig_refused(&r, redis);
    ck_assert_int_eq(number(service("redis"), "failures"), 1);
    rig_wake(&r);
    rig_ok(&r, redis);
    contains(changed(redis), "redis  waiting     it answers: 1 of 3 times in a row\n");
}
END_TEST

START_TEST(a_certificate_is_warned_of_once)
{
    struct node *site = rig_service(&r, "site");
    struct wire_verdict v = {.verdict = VERDICT_OK, .tls_version = 13};
    struct engine_event ev = {.kind = EVENT_VERDICT, .verdict = &v};
    site->interval_us = SEC(10);
    site->failure_threshold = 1;
    start();
    rig_event(&r, ev);
    ck_assert_str_eq(changed(site), "    0.000 s  site  healthy     after 0.0 ms, 1 attempt, answered in 0.0 ms\n");
    const struct json *tls = json_get(json_get(service("site"), "connection_details"), "tls");
    DOCUMENT_HAS(tls, "version", "certificate_days");
    ck_assert(document_is_null(tls, "certificate_days"));
    v.certificate_days = 13;
    rig_wake(&r);
    rig_event(&r, ev);
    ck_assert_str_eq(changed(site), "muster: warning: the certificate of service site ends in 13 days\n");
    tls = json_get(json_get(service("site"), "connection_details"), "tls");
    ck_assert_int_eq(number(tls, "certificate_days"), 13);
    rig_wake(&r);
    rig_refused(&r, site);
    rig_wake(&r);
    rig_event(&r, ev);
    contains(changed(site), "healthy     again after");
    ck_assert_ptr_null(strstr(text, "certificate"));
}
END_TEST

START_TEST(what_readiness_does_not_wait_for_is_told)
{
    struct node *redis = rig_service(&r, "redis");
    struct node *metrics = rig_service(&r, "metrics");
    char line[256];
    metrics->required = false;
    start();
    rig_refused(&r, metrics);
    rig_ok(&r, redis);
    view.phase = PHASE_READY;
    terminal_ready(&view, r.now);
    ck_assert_str_eq(told(), "ready in 0.0 ms\n  without metrics, which is optional: refused: it did not go well\n");
    status_summary(&view, line, sizeof(line));
    ck_assert_str_eq(line, "ready: 1 service healthy; without metrics (refused: it did not go well)");
    rig_wake(&r);
    rig_ok(&r, metrics);
    status_summary(&view, line, sizeof(line));
    ck_assert_str_eq(line, "ready: 1 service healthy");
}
END_TEST

/* ---- a great many ---- */

static void make_many(size_t count)
{
    struct service *all = arena_alloc(&r.arena, count, sizeof *all);
    uint16_t *first = arena_alloc(&r.arena, 1, sizeof *first);
    r.graph.nodes = arena_alloc(&r.arena, count, sizeof *r.graph.nodes);
    uint16_t *order = arena_alloc(&r.arena, count, sizeof *order);
    r.graph.order = order;
    r.graph.count = count;
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint16_t)i;
        char *name = arena_printf(&r.arena, "service-%05zu", i);
        all[i] = (struct service){.name = name, .probe = {.kind = PROBE_TCP}};
        r.graph.nodes[i] = (struct node){.kind = NODE_SERVICE,
                                         .name = name,
                                         .service = &all[i],
                                         .required = true,
                                         .probed = true,
                                         .shown_target = "tcp://127.0.0.1:10000"};
        if (i >= count / 2) {
            r.graph.nodes[i].needs = first;
            r.graph.nodes[i].need_count = 1;
        }
    }
    r.engine = engine_new(&r.arena, &r.graph, &r.options);
    view.engine = r.engine;
    struct engine_action action;
    engine_handle(r.engine, &(struct engine_event){.kind = EVENT_START}, r.now);
    while (engine_take(r.engine, &action)) {
        struct wire_verdict v = {.verdict = VERDICT_REFUSED, .text = "nothing listens on 127.0.0.1:10000 yet"};
        struct engine_event ev = {.kind = EVENT_VERDICT, .node = action.node, .verdict = &v};
        if (action.kind == ACTION_PROBE) {
            engine_handle(r.engine, &ev, r.now);
        }
    }
}

static size_t lines(const char *all)
{
    size_t count = 0;
    for (; *all != '\0'; all++) {
        count += *all == '\n';
    }
    return count;
}

START_TEST(a_heartbeat_is_short_however_many_are_missing)
{
    make_many(10000);
    terminal_waiting(&view, r.now);
    const char *all = told();
    contains(all, "\n               and 4988 more\n");
    contains(all, "then: service-05000, service-05001, ");
    contains(all, "service-05019 and 4980 more\n");
    ck_assert_uint_eq(lines(all), 15);
}
END_TEST

START_TEST(a_failure_is_short_however_many_are_missing)
{
    make_many(10000);
    engine_handle(r.engine, &(struct engine_event){.kind = EVENT_FAIL, .exit_code = 70}, r.now);
    terminal_failed(&view, r.now);
    const char *all = told();
    contains(all, "\n  service service-00049 ");
    ck_assert_ptr_null(strstr(all, "\n  service service-00050 "));
    contains(all, "\n  and 4950 more\n");
    contains(all, "service-05019 and 4980 more\n");
    status_summary(&view, text, 4096);
    contains(text, "10000 of 10000 services not healthy: service-00000 (");
    contains(text, "service-00009 (refused: nothing listens on 127.0.0.1:10000 yet) and 9990 more");
}
END_TEST

/* The file, read by the strict reader. */
static const struct json *published(void)
{
    char base[] = "/tmp/muster-test-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(base));
    struct statedir dir = {.fd = open(base, O_RDONLY | O_DIRECTORY), .lock_fd = -1};
    struct err e;
    struct problems p = {0};
    size_t len;
    ck_assert_int_eq(status_publish(&dir, &view, r.now, text, sizeof(text), &e), 0);
    ck_assert_int_eq(file_read(dir.fd, STATUS_FILE, text, sizeof(text), &len, &e), 0);
    ck_assert_int_eq(unlinkat(dir.fd, STATUS_FILE, 0), 0);
    ck_assert_int_eq(rmdir(base), 0);
    close(dir.fd);
    json_free(root);
    root = json_parse(text, len, false, &p);
    ck_assert_ptr_nonnull(root);
    return root;
}

START_TEST(what_does_not_fit_is_told_in_brief)
{
    make_many(1000);
    ck_assert(!json_true(json_get(published(), "brief")));
    ck_assert_ptr_nonnull(json_get(json_first(json_get(root, "services")), "connection_details"));
    rig_free(&r);
    rig_init(&r);
    make_many(10000);
    ck_assert(json_true(json_get(published(), "brief")));
    ck_assert_uint_eq(json_count(json_get(root, "services")), 10000);
    const struct json *first = json_first(json_get(root, "services"));
    DOCUMENT_HAS(first, "service_name", "status", "required");
    ck_assert_str_eq(document_string(first, "status"), "unhealthy");
    contains(document_string(root, "summary"), "10000 of 10000 services not healthy");
}
END_TEST

Suite *suite_told(void)
{
    Suite *s = suite_create("told");
    TCase *t = tcase_create("told");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_group_says_how_many_are_there);
    tcase_add_test(t, a_healthy_group_says_so_too);
    tcase_add_test(t, a_restart_is_told_from_death_to_recovery);
    tcase_add_test(t, successes_are_counted_aloud);
    tcase_add_test(t, a_certificate_is_warned_of_once);
    tcase_add_test(t, what_readiness_does_not_wait_for_is_told);
    tcase_add_test(t, a_heartbeat_is_short_however_many_are_missing);
    tcase_add_test(t, a_failure_is_short_however_many_are_missing);
    tcase_add_test(t, what_does_not_fit_is_told_in_brief);
    suite_add_tcase(s, t);
    return s;
}
