#include <string.h>

#include "init/base/clock.h"
#include "init/plan/graph.h"
#include "tests/unit/load_text.h"
#include "tests/unit/suites.h"

static struct arena arena;
static struct problems list;
static struct manifest manifest;
static struct config config;
static struct graph graph;
static const char *skip_too;

static void setup(void)
{
    arena_init(&arena);
    skip_too = NULL;
}

static void teardown(void)
{
    arena_free_all(&arena);
}

/* @environment: "NAME=value" texts, NULL-terminated. */
static int build(const char *text, const char *const *environment, const char *const *skip)
{
    char **copy = arena_alloc(&arena, 8, sizeof(*copy));
    const struct resolve_options resolve = {.empty_is_unset = false};
    const struct graph_options options = {.skip = skip, .skip_too = skip_too, .state_dir = "/run/muster"};

    for (size_t i = 0; environment[i]; i++)
        copy[i] = arena_strdup(&arena, environment[i]);
    int rc = load_text(text, &arena, &manifest, &list);
    ck_assert_msg(rc == 0, "%s %s", list.items[0].where, list.items[0].text);
    config_resolve(manifest.variables, manifest.variable_count, copy, &resolve, &arena, &config, &list);
    ck_assert_msg(list.errors == 0, "%s %s", list.items[0].where, list.items[0].text);
    memset(&list, 0, sizeof(list));
    return graph_build(&manifest, &config, &options, &arena, &graph, &list);
}

static const struct node *node(enum node_kind kind, const char *name)
{
    int i = graph_find(&graph, kind, name);

    ck_assert_msg(i >= 0, "%s", name);
    return &graph.nodes[i];
}

static bool contains(const uint16_t *items, size_t count, int wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i] == wanted)
            return true;
    }
    return false;
}

static bool needs(enum node_kind kind, const char *name, enum node_kind of_kind, const char *of)
{
    const struct node *n = node(kind, name);
    const struct node *target = node(of_kind, of);
    int self = graph_find(&graph, kind, name);
    int other = graph_find(&graph, of_kind, of);
    bool forward = contains(n->needs, n->need_count, other);

    ck_assert(forward == contains(target->blocks, target->block_count, self));
    return forward;
}

static size_t position(enum node_kind kind, const char *name)
{
    size_t i = 0;

    while (graph.order[i] != graph_find(&graph, kind, name))
        i++;
    return i;
}

#define SLEEP(name) "'" name "':{'run':['sleep','1']"
#define RUN "'command':['true']"

static const char all_kinds[] =
    "{'services':{" SLEEP("web") ",'depends_on':['db']," //
                                 "'after':['schema']}," SLEEP("db") "}},"
                                                                    "'steps':{'check':{'category':'validation'," RUN
                                                                    "},"
                                                                    "'schema':{'category':'installation'," RUN
                                                                    ",'services':['db'],'prerequisites':['tools']},"
                                                                    "'tools':{'category':'installation'," RUN
                                                                    "},'first':{'category':'prerequisites'," RUN "}},"
                                                                    "'tests':{'whole':{'type':'e2e'," RUN
                                                                    "},'quick':{'type':'smoke'," RUN
                                                                    ",'services':['web'],'blocking':false}}}";

START_TEST(edges_are_those_of_the_model)
{
    ck_assert_int_eq(build(all_kinds, (const char *[]){NULL}, NULL), 0);
    ck_assert(needs(NODE_SERVICE, "web", NODE_SERVICE, "db"));
    ck_assert(needs(NODE_SERVICE, "web", NODE_STEP, "schema"));
    ck_assert(needs(NODE_STEP, "schema", NODE_STEP, "tools"));
    ck_assert(needs(NODE_STEP, "schema", NODE_SERVICE, "db"));
    ck_assert(needs(NODE_STEP, "tools", NODE_STEP, "first"));
    ck_assert(needs(NODE_STEP, "schema", NODE_STEP, "first"));
    ck_assert(needs(NODE_STEP, "check", NODE_STEP, "schema"));
    ck_assert(needs(NODE_STEP, "check", NODE_STEP, "first"));
    ck_assert(!needs(NODE_STEP, "first", NODE_STEP, "check"));
    ck_assert(!needs(NODE_SERVICE, "db", NODE_SERVICE, "web"));
    ck_assert(needs(NODE_TEST, "quick", NODE_SERVICE, "web"));
    ck_assert(needs(NODE_TEST, "quick", NODE_STEP, "check"));
    ck_assert(needs(NODE_TEST, "whole", NODE_TEST, "quick"));
    ck_assert(!needs(NODE_TEST, "quick", NODE_TEST, "whole"));
}
END_TEST

START_TEST(the_order_puts_needs_first)
{
    ck_assert_int_eq(build(all_kinds, (const char *[]){NULL}, NULL), 0);
    ck_assert_uint_eq(graph.count, 8);
    ck_assert(graph.service_count == 2 && graph.step_count == 4 && graph.test_count == 2);
    for (size_t i = 0; i < graph.count; i++) {
        const struct node *n = &graph.nodes[graph.order[i]];
        for (size_t k = 0; k < n->need_count; k++)
            ck_assert(contains(graph.order, i, n->needs[k]));
    }
    ck_assert_uint_lt(position(NODE_SERVICE, "db"), position(NODE_STEP, "schema"));
    ck_assert_uint_lt(position(NODE_STEP, "schema"), position(NODE_SERVICE, "web"));
}
END_TEST

START_TEST(without_barriers_only_what_is_declared)
{
    ck_assert_int_eq(build("{'phase_barrier':false,'steps':{'a':{'category':'prerequisites'," RUN
                           "},'b':{'category':'validation'," RUN "}}}",
                           (const char *[]){NULL}, NULL),
                     0);
    ck_assert(!needs(NODE_STEP, "b", NODE_STEP, "a"));
    ck_assert_uint_eq(node(NODE_STEP, "b")->need_count, 0);
}
END_TEST

START_TEST(what_is_needed_twice_counts_once)
{
    ck_assert_int_eq(build("{'steps':{'a':{'category':'prerequisites'," RUN "},'b':{'category':'validation'," RUN
                           ",'prerequisites':['a']}}}",
                           (const char *[]){NULL}, NULL),
                     0);
    ck_assert_uint_eq(node(NODE_STEP, "b")->need_count, 1);
    ck_assert_uint_eq(node(NODE_STEP, "a")->block_count, 1);
}
END_TEST

START_TEST(nodes_know_what_the_engine_asks)
{
    ck_assert_int_eq(build(all_kinds, (const char *[]){NULL}, NULL), 0);
    const struct node *web = node(NODE_SERVICE, "web");
    ck_assert(web->runs && !web->probed && web->required && !web->inactive);
    ck_assert(web->service == &manifest.services[0] && !web->step && !web->test);
    ck_assert(web->timeout_us == 60 * US_PER_S && web->interval_us == 10 * US_PER_S && web->failure_threshold == 3);
    ck_assert_str_eq(web->argv[0], "sleep");
    ck_assert_str_eq(web->argv[1], "1");
    ck_assert_ptr_null(web->argv[2]);
    ck_assert_str_eq(web->shown_target, "");
    const struct node *schema = node(NODE_STEP, "schema");
    ck_assert(schema->runs && schema->required && schema->timeout_us == 300 * US_PER_S && schema->step);
    const struct node *quick = node(NODE_TEST, "quick");
    ck_assert(quick->runs && !quick->required && quick->timeout_us == 30 * US_PER_S && quick->test);
}
END_TEST

START_TEST(devstack_becomes_requests)
{
    ck_assert_int_eq(build("{'extends':'builtin:devstack'}",
                           (const char *[]){"REDIS_URL=rediss://us%65r:p%40ss@[::1]/9", "BACKEND_URL=https://b/x?k=v",
                                            "WEBSOCKET_URL=ws://w:1/ws", NULL},
                           NULL),
                     0);
    const struct node *redis = node(NODE_SERVICE, "redis");
    const struct wire_probe_request *r = redis->request;
    ck_assert(r->type == WIRE_PROBE && r->kind == WIRE_REDIS && r->id == 0 && r->timeout_ms == 3000 && r->tls);
    ck_assert_str_eq(r->host, "::1");
    ck_assert_uint_eq(r->port, 6379);
    ck_assert_str_eq(r->user, "user");
    ck_assert_str_eq(r->password, "p@ss");
    ck_assert_uint_eq(r->database_count, 3);
    ck_assert(r->databases[0] == 9 && r->databases[1] == 1 && r->databases[2] == 2);
    ck_assert_uint_eq(redis->probe_timeout_us, 3 * US_PER_S);
    ck_assert_str_eq(redis->shown_target, "rediss://user:***@[::1]/9");

    const struct node *backend = node(NODE_SERVICE, "backend");
    ck_assert(backend->request->kind == WIRE_HTTP && backend->request->tls && backend->request->id == 1);
    ck_assert_str_eq(backend->request->url, "https://b/x?k=v");
    ck_assert(backend->request->status_min == 200 && backend->request->status_max == 399);
    ck_assert_str_eq(backend->shown_target, "https://b/x?***");

    const struct node *websocket = node(NODE_SERVICE, "websocket");
    ck_assert(websocket->request->kind == WIRE_WEBSOCKET && !websocket->request->tls && !websocket->inactive);
    ck_assert_str_eq(websocket->request->url, "ws://w:1/ws");
}
END_TEST

START_TEST(redis_targets_can_be_sockets_and_databases_repeat_once)
{
    ck_assert_int_eq(
        build("{'variables':{'DB':{'type':'int'}},'services':{"
              "'a':{'probe':{'type':'redis','url':'unix:/run/r.sock'}},"
              "'b':{'probe':{'type':'redis','url':'redis://h:1/2','databases':['${DB}',2,'3',3],'timeout':'250ms'}},"
              "'c':{'probe':{'type':'tcp','url':'tcp://h:7'}}}}",
              (const char *[]){"DB=2", NULL}, NULL),
        0);
    const struct wire_probe_request *a = node(NODE_SERVICE, "a")->request;
    ck_assert_str_eq(a->socket_path, "/run/r.sock");
    ck_assert_str_eq(a->host, "");
    ck_assert_uint_eq(a->database_count, 0);
    const struct wire_probe_request *b = node(NODE_SERVICE, "b")->request;
    ck_assert_uint_eq(b->database_count, 2);
    ck_assert(b->databases[0] == 2 && b->databases[1] == 3 && b->port == 1 && b->timeout_ms == 250);
    const struct wire_probe_request *c = node(NODE_SERVICE, "c")->request;
    ck_assert(c->kind == WIRE_TCP && c->port == 7);
    ck_assert_str_eq(c->host, "h");
    ck_assert_str_eq(node(NODE_SERVICE, "c")->shown_target, "tcp://h:7");
}
END_TEST

START_TEST(other_texts_are_expanded)
{
    ck_assert_int_eq(build("{'variables':{'D':{'type':'string'}},'services':{"
                           "'e':{'probe':{'type':'exec','command':['test','-e','${D}/x','$$D']}},"
                           "'f':{'probe':{'type':'file','path':'${D}/ready'}}},"
                           "'steps':{'s':{'category':'installation','command':['mk','${D}'],"
                           "'artifacts':[{'type':'file','path':'${D}/a'},{'type':'service','path':'svc'}]}}}",
                           (const char *[]){"D=/data", NULL}, NULL),
                     0);
    const struct node *e = node(NODE_SERVICE, "e");
    ck_assert_str_eq(e->probe_argv[2], "/data/x");
    ck_assert_str_eq(e->probe_argv[3], "$D");
    ck_assert_ptr_null(e->probe_argv[4]);
    ck_assert(e->probed && !e->runs && !e->request);
    ck_assert_str_eq(e->shown_target, "test -e ${D}/x $$D");
    ck_assert_str_eq(node(NODE_SERVICE, "f")->probe_path, "/data/ready");
    const struct node *s = node(NODE_STEP, "s");
    ck_assert_str_eq(s->argv[1], "/data");
    ck_assert_str_eq(s->artifact_paths[0], "/data/a");
    ck_assert_str_eq(s->artifact_paths[1], "svc");
}
END_TEST

/* SVC-05, REL-04 */
START_TEST(what_is_not_configured_or_not_meant_is_inactive)
{
    ck_assert_int_eq(
        build("{'extends':'builtin:devstack','tests':{"
              "'ws':{'type':'smoke','services':['websocket'],'probe':{'type':'websocket','url':'${WEBSOCKET_URL}'}},"
              "'cloud':{'type':'e2e','environments':['cloud','docker']," RUN "},"
              "'local':{'type':'e2e','environments':['local']," RUN "}}}",
              (const char *[]){"REDIS_URL=redis://h", NULL}, NULL),
        0);
    const struct node *websocket = node(NODE_SERVICE, "websocket");
    ck_assert(websocket->inactive && !websocket->request);
    ck_assert_str_eq(websocket->inactive_why, "not_configured");
    ck_assert_str_eq(node(NODE_TEST, "ws")->inactive_why, "not_configured");
    ck_assert_str_eq(node(NODE_TEST, "cloud")->inactive_why, "environment");
    ck_assert(!node(NODE_TEST, "local")->inactive && !node(NODE_SERVICE, "redis")->inactive);
}
END_TEST

START_TEST(steps_can_be_skipped_by_name)
{
    static const char text[] = "{'variables':{'D':{'type':'string'}},'steps':{'a':{'category':'installation',"
                               "'command':['x','${D}'],'artifacts':[{'type':'file','path':'${D}/a'}]},"
                               "'b':{'category':'installation'," RUN "}}}";

    ck_assert_int_eq(build(text, (const char *[]){NULL}, (const char *[]){"a", NULL}), 0);
    ck_assert(node(NODE_STEP, "a")->skipped && !node(NODE_STEP, "b")->skipped);
    ck_assert_str_eq(node(NODE_STEP, "a")->artifact_paths[0], "${D}/a");
    ck_assert_int_eq(build(text, (const char *[]){"D=/d", NULL}, (const char *[]){"aa", NULL}), -1);
    ck_assert_str_eq(list.items[0].rule, "ref.unknown");
    ck_assert_str_eq(list.items[0].where, "--skip");
    ck_assert(strstr(list.items[0].hint, "\"a\""));

    skip_too = "a,b";
    ck_assert_int_eq(build(text, (const char *[]){NULL}, (const char *[]){"b", NULL}), 0);
    ck_assert_str_eq(node(NODE_STEP, "a")->skip_source, "variable");
    ck_assert_str_eq(node(NODE_STEP, "b")->skip_source, "option");
    skip_too = "b,aa";
    ck_assert_int_eq(build(text, (const char *[]){"D=/d", NULL}, NULL), -1);
    ck_assert_str_eq(list.items[0].where, "MUSTER_SKIP");
}
END_TEST

START_TEST(steps_know_what_the_engine_asks)
{
    ck_assert_int_eq(
        build("{'steps':{'a':{'category':'installation','command':['x'],'timeout':'7s','retry':{'max':3,'backoff':'2s',"
              "'max_backoff':'9s','jitter':0,'on_exit':[75],'timeout':'1m'},'skip_satisfies':false},"
              "'b':{'category':'installation','command':['x'],'artifacts':[{'type':'dependency','path':'pkg:x'}]},"
              "'c':{'category':'installation','mkdir':{'path':'/c'}},"
              "'d':{'category':'installation','mkdir':{'path':'/d'},'rollback':false},"
              "'e':{'category':'installation','mkdir':{'path':'/e'},'rollback':false,'resume':true},"
              "'f':{'category':'installation','command':['x'],'artifacts':[{'type':'service','path':'f',"
              "'cleanup_script':['rmf']}]}}}",
              (const char *[]){NULL}, NULL),
        0);
    const struct node *a = node(NODE_STEP, "a");
    ck_assert(a->timeout_us == 7 * US_PER_S && a->attempt_max == 3 && a->attempt_pause_us == 2 * US_PER_S);
    ck_assert(a->attempt_pause_max_us == 9 * US_PER_S && a->attempts_timeout_us == 60 * US_PER_S && a->jitter == 0);
    ck_assert(a->retry_exit_count == 1 && a->retry_exits[0] == 75);
    ck_assert(!a->skip_satisfies && !a->prepares && !a->records && !a->rolls_back && !a->action);
    const struct node *b = node(NODE_STEP, "b");
    ck_assert(!b->prepares && b->records && !b->rolls_back && b->skip_satisfies && b->attempt_max == 1);
    const struct node *c = node(NODE_STEP, "c");
    ck_assert(c->prepares && c->records && c->rolls_back && c->runs && !c->argv && c->action->kind == DO_MKDIR);
    const struct node *d = node(NODE_STEP, "d");
    ck_assert(d->prepares && d->records && !d->rolls_back);
    ck_assert(!node(NODE_STEP, "e")->prepares);
    const struct node *f = node(NODE_STEP, "f");
    ck_assert(!f->prepares && f->rolls_back);
    ck_assert_str_eq(f->cleanups[0][0], "rmf");
}
END_TEST

START_TEST(what_a_step_does_is_expanded)
{
    static const char text[] =
        "{'variables':{'D':{'type':'string'},'K':{'type':'secret'}},'steps':{"
        "'w':{'category':'installation','write':{'path':'${D}/w','content':'key=${K} $$'}},"
        "'t':{'category':'installation','write':{'path':'${D}/t','template':'${D}/t.in'}},"
        "'l':{'category':'installation','symlink':{'path':'${D}/l','target':'${D}/x'}},"
        "'g':{'category':'installation','download':{'path':'${D}/g','url':'http://${D}.example/x','checksum':'"
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}},"
        "'s':{'category':'installation','shell':'echo ${D} $K','directory':'${D}','environment':{'E':'${K}'},"
        "'artifacts':[{'type':'file','path':'/s','cleanup_script':['rm','${D}']},"
        "{'type':'file','path':'/r','cleanup_script':'rm $D'}]}}}";

    ck_assert_int_eq(build(text, (const char *[]){"D=/d", "K=hunter22", NULL}, NULL), -1);
    ck_assert_str_eq(list.items[0].rule, "uri.host");
    ck_assert_str_eq(list.items[0].where, "/steps/g/download/url");
    ck_assert_uint_eq(list.errors, 1);
    ck_assert_int_eq(build(text, (const char *[]){"D=d", "K=hunter22", NULL}, (const char *[]){"w,t,l,s", NULL}), -1);
    ck_assert_str_eq(list.items[0].where, "/steps/g/download/path");
    ck_assert_uint_eq(list.errors, 1);
    ck_assert_int_eq(build(text, (const char *[]){"D=/d", "K=hunter22", NULL}, (const char *[]){"g", NULL}), 0);
    const struct node *w = node(NODE_STEP, "w");
    ck_assert_str_eq(w->action->path, "/d/w");
    ck_assert_str_eq(w->action->content, "key=hunter22 $");
    ck_assert_str_eq(w->artifact_paths[0], "/d/w");
    ck_assert_str_eq(manifest.steps[0].action.path, "${D}/w");
    ck_assert_str_eq(node(NODE_STEP, "t")->action->from, "/d/t.in");
    ck_assert_str_eq(node(NODE_STEP, "l")->action->target, "/d/x");
    const struct node *s = node(NODE_STEP, "s");
    ck_assert_str_eq(s->argv[2], "echo ${D} $K");
    ck_assert_ptr_null(s->argv[3]);
    ck_assert_str_eq(s->directory, "/d");
    ck_assert_str_eq(s->environment[0], "E=hunter22");
    ck_assert_str_eq(s->cleanups[0][1], "/d");
    ck_assert_str_eq(s->cleanups[1][2], "rm $D");
    ck_assert_ptr_null(w->cleanups[0]);
}
END_TEST

START_TEST(steps_are_for_environments_and_conditions)
{
    static const char text[] =
        "{'variables':{'P':{'type':'enum','values':['local','cloud'],'field':'environment','default':'local'},"
        "'M':{'type':'string'},'D':{'type':'string'}},'steps':{"
        "'c':{'category':'installation','command':['x','${D}'],'environments':['cloud'],"
        "'artifacts':[{'type':'file','path':'${D}/c'}]},"
        "'l':{'category':'installation','command':['x'],'environments':['local'],'when':{'environment':'local'}},"
        "'m':{'category':'installation','command':['x'],'when':{'variable':'M','equals':'on'}}}}";

    ck_assert_int_eq(build(text, (const char *[]){NULL}, NULL), 0);
    const struct node *c = node(NODE_STEP, "c");
    ck_assert(c->inactive && !c->argv);
    ck_assert_str_eq(c->inactive_why, "environment");
    ck_assert_str_eq(c->artifact_paths[0], "${D}/c");
    ck_assert(!node(NODE_STEP, "l")->inactive);
    ck_assert_str_eq(node(NODE_STEP, "m")->inactive_why, "condition");
    ck_assert_int_eq(build(text, (const char *[]){"P=cloud", "M=on", "D=/d", NULL}, NULL), 0);
    ck_assert(!node(NODE_STEP, "c")->inactive && !node(NODE_STEP, "m")->inactive);
    ck_assert_str_eq(node(NODE_STEP, "l")->inactive_why, "environment");
}
END_TEST

/* REL-04 */
START_TEST(what_is_required_has_to_be_for_here)
{
    static const char text[] = "{'extends':'builtin:devstack','tests':{"
                               "'a':{'type':'e2e','environments':['cloud'],'required':true," RUN "},"
                               "'b':{'type':'e2e','services':['redis','websocket'],'required':true," RUN "}}}";

    ck_assert_int_eq(build(text, (const char *[]){"REDIS_URL=redis://h", NULL}, NULL), -1);
    ck_assert_uint_eq(list.errors, 2);
    ck_assert_str_eq(list.items[0].rule, "test.required");
    ck_assert_str_eq(list.items[0].where, "/tests/a/environments");
    ck_assert(strstr(list.items[0].text, "not for environment local"));
    ck_assert_str_eq(list.items[1].where, "/tests/b/services");
    ck_assert(strstr(list.items[1].text, "\"websocket\""));
    ck_assert_int_eq(
        build(text, (const char *[]){"REDIS_URL=redis://h", "ENVIRONMENT=cloud", "WEBSOCKET_URL=ws://w/", NULL}, NULL),
        0);
}
END_TEST

/* Mistakes that only a value shows. */
static const struct {
    const char *text;
    const char *value;
    const char *rule;
    const char *where;
} mistakes[] = {
    {"{'variables':{'V':{'type':'string'}},'services':{'s':{'probe':{'type':'http','url':'${V}'}}}}", NULL,
     "value.unset", "/services/s/probe/url"},
    {"{'variables':{'V':{'type':'string'}},'services':{'s':{'run':['a','${V}']}}}", NULL, "value.unset",
     "/services/s/run/1"},
    {"{'variables':{'V':{'type':'string'}},'services':{'s':{'probe':{'type':'http','url':'${V}'}}}}", "V=h:1",
     "uri.syntax", "/services/s/probe/url"},
    {"{'variables':{'V':{'type':'string'}},'services':{'s':{'probe':{'type':'http','url':'${V}'}}}}", "V=ftp://h",
     "uri.scheme", "/services/s/probe/url"},
    {"{'variables':{'V':{'type':'string'}},'services':{'s':{'probe':{'type':'redis','url':'redis://"
     "h','databases':['${V}']}}}}",
     "V=300", "int.range", "/services/s/probe/databases/0"},
    {"{'variables':{'V':{'type':'string'}},'services':{'s':{'probe':{'type':'file','path':'${V}'}}}}", "V=x",
     "path.relative", "/services/s/probe/path"},
    {"{'variables':{'V':{'type':'string'}},'steps':{'s':{'category':'installation','command':['x'],"
     "'artifacts':[{'type':'file','path':'/a/${V}'}]}}}",
     "V=../b", "path.dotdot", "/steps/s/artifacts/0/path"},
    {"{'variables':{'V':{'type':'string'}},'steps':{'s':{'category':'installation','command':['x'],"
     "'artifacts':[{'type':'file','path':'${V}/muster/x'}]}}}",
     "V=/run", "path.state", "/steps/s/artifacts/0/path"},
    {"{'variables':{'V':{'type':'string'}},'steps':{'s':{'category':'installation','mkdir':{'path':'${V}'}}}}",
     "V=/run", "path.state", "/steps/s/mkdir/path"},
    {"{'variables':{'V':{'type':'string'}},'steps':{'s':{'category':'installation','mkdir':{'path':'${V}'}}}}", "V=a/b",
     "path.relative", "/steps/s/mkdir/path"},
    {"{'variables':{'V':{'type':'string'}},'steps':{'s':{'category':'installation','write':{'path':'/w',"
     "'template':'${V}'}}}}",
     "V=w.in", "path.relative", "/steps/s/write/template"},
    {"{'variables':{'V':{'type':'string'}},'steps':{'r':{'category':'installation','mkdir':{'path':'/a/b'}},"
     "'s':{'category':'installation','mkdir':{'path':'/a/${V}'}}}}",
     "V=b", "duplicate", "/steps/s/mkdir/path"},
    {"{'variables':{'V':{'type':'uri'}},'steps':{'s':{'category':'installation','download':{'url':'${V}','path':'/w',"
     "'checksum':'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}}}}",
     "V=ftp://u:p@h/", "uri.scheme", "/steps/s/download/url"},
    {"{'variables':{'V':{'type':'string'}},'steps':{'s':{'category':'installation','command':['x'],"
     "'artifacts':[{'type':'file','path':'/w','cleanup_script':['rm','${V}']}]}}}",
     NULL, "value.unset", "/steps/s/artifacts/0/cleanup_script/1"},
};

START_TEST(values_are_checked_at_their_place)
{
    char value[64] = "";
    struct buf b = BUF_OVER(value);

    if (mistakes[_i].value)
        buf_puts(&b, mistakes[_i].value);
    ck_assert_int_eq(build(mistakes[_i].text, (const char *[]){mistakes[_i].value ? value : NULL, NULL}, NULL), -1);
    ck_assert_uint_eq(list.errors, 1);
    ck_assert_str_eq(list.items[0].rule, mistakes[_i].rule);
    ck_assert_str_eq(list.items[0].where, mistakes[_i].where);
    if (mistakes[_i].value)
        ck_assert_ptr_null(strstr(list.items[0].text, mistakes[_i].value + 2));
}
END_TEST

START_TEST(credentials_in_arguments_are_warned_about)
{
    static const char text[] = "{'extends':'builtin:devstack','steps':{'s':{'category':'installation',"
                               "'command':['redis-cli','-u','${REDIS_URL}']}}}";

    ck_assert_int_eq(build(text, (const char *[]){"REDIS_URL=redis://u:hunter22@h", NULL}, NULL), 0);
    ck_assert_uint_eq(list.warnings, 1);
    ck_assert_str_eq(list.items[0].rule, "secret.argument");
    ck_assert_str_eq(list.items[0].where, "/steps/s/command/2");
    ck_assert_ptr_null(strstr(list.items[0].text, "hunter22"));
    ck_assert_int_eq(build(text, (const char *[]){"REDIS_URL=redis://h", NULL}, NULL), 0);
    ck_assert_uint_eq(list.warnings, 0);
}
END_TEST

START_TEST(members_come_first_and_are_not_needed)
{
    static const char text[] = "{'variables':{'A_URL':{'type':'http-url'}},'services':{"
                               "'any':{'any_of':['a','b','c'],'at_least':3},'gone':{'any_of':['a']},"
                               "'a':{'probe':{'type':'http','url':'${A_URL}'},'needs':['A_URL']},"
                               "'b':{" TCP ",'required':true},'c':{" TCP "},'d':{" TCP ",'depends_on':['any']}},"
                               "'tests':{'t':{'type':'smoke','services':['gone'],'command':['x']}}}";

    ck_assert_int_eq(build(text, (const char *[]){NULL}, NULL), 0);
    const struct node *any = node(NODE_SERVICE, "any");
    ck_assert_uint_eq(any->member_count, 3);
    ck_assert_uint_eq(any->need_count, 0);
    ck_assert_uint_eq(any->at_least, 2); /* of those that are configured */
    ck_assert_int_eq(graph_find(&graph, NODE_SERVICE, "d"), graph.order[graph.service_count - 1]);
    ck_assert(!node(NODE_SERVICE, "c")->required && node(NODE_SERVICE, "b")->required);
    ck_assert_uint_eq(node(NODE_SERVICE, "a")->group_count, 2);
    ck_assert_str_eq(node(NODE_SERVICE, "gone")->inactive_why, "not_configured");
    ck_assert_str_eq(node(NODE_TEST, "t")->inactive_why, "not_configured");
}
END_TEST

START_TEST(a_request_says_what_the_probe_says)
{
    static const char text[] =
        "{'variables':{'K':{'type':'secret'}},'services':{"
        "'d':{'probe':{'type':'dns','url':'dns://n','server':'[::1]:53','record':'A','count':2,'address':'FD00:0::1'}},"
        "'h':{'probe':{'type':'http','url':'https://h','method':'POST','body':'b','headers':{'A':'${K}','B':'2'},"
        "'redirects':3,'expect_body':'ok','tls':{'ca':'/ca','server_name':'n','expiry_warning':'2d'}}},"
        "'p':{'probe':{'type':'postgres','url':'postgres://u@h/a%20b'}},"
        "'r':{'run':['x'],'directory':'/d','environment':{'A':'${K}','B':1},'restart':'always'},"
        "'u':{'probe':{'type':'unix','path':'/s','hold':'0s'}}}}";

    ck_assert_int_eq(build(text, (const char *[]){"K=hunter22", NULL}, NULL), 0);
    const struct wire_probe_request *d = node(NODE_SERVICE, "d")->request;
    ck_assert_str_eq(d->server, "[::1]:53");
    ck_assert_str_eq(d->address, "fd00::1");
    ck_assert(d->record == WIRE_RECORD_A && d->address_count == 2);
    const struct wire_probe_request *h = node(NODE_SERVICE, "h")->request;
    ck_assert_str_eq(h->headers, "A: hunter22\nB: 2");
    ck_assert_str_eq(h->expect_body, "\"ok\"");
    ck_assert_str_eq(node(NODE_SERVICE, "h")->tls_files[WIRE_TLS_CA], "/ca");
    ck_assert(h->redirects == 3 && h->expiry_s == 172800);
    ck_assert_str_eq(node(NODE_SERVICE, "p")->request->database, "a b");
    const struct node *r = node(NODE_SERVICE, "r");
    ck_assert_str_eq(r->environment[0], "A=hunter22");
    ck_assert_str_eq(r->environment[1], "B=1");
    ck_assert_str_eq(r->directory, "/d");
    ck_assert(r->restart == RESTART_ALWAYS && r->restart_limit == 5 && r->retry_min_us == 0 && r->jitter == 10);
    ck_assert_str_eq(node(NODE_SERVICE, "u")->request->socket_path, "/s");
    ck_assert_uint_eq(node(NODE_SERVICE, "u")->request->hold_us, 0);
}
END_TEST

START_TEST(nothing_is_a_graph_too)
{
    ck_assert_int_eq(build("{}", (const char *[]){NULL}, NULL), 0);
    ck_assert_uint_eq(graph.count, 0);
    ck_assert_int_eq(graph_find(&graph, NODE_STEP, "x"), -1);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_graph(void)
{
    Suite *s = suite_create("graph");
    TCase *t = tcase_create("graph");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, edges_are_those_of_the_model);
    tcase_add_test(t, the_order_puts_needs_first);
    tcase_add_test(t, without_barriers_only_what_is_declared);
    tcase_add_test(t, what_is_needed_twice_counts_once);
    tcase_add_test(t, nodes_know_what_the_engine_asks);
    tcase_add_test(t, devstack_becomes_requests);
    tcase_add_test(t, redis_targets_can_be_sockets_and_databases_repeat_once);
    tcase_add_test(t, other_texts_are_expanded);
    tcase_add_test(t, what_is_not_configured_or_not_meant_is_inactive);
    tcase_add_test(t, steps_can_be_skipped_by_name);
    tcase_add_test(t, steps_know_what_the_engine_asks);
    tcase_add_test(t, what_a_step_does_is_expanded);
    tcase_add_test(t, steps_are_for_environments_and_conditions);
    tcase_add_test(t, what_is_required_has_to_be_for_here);
    tcase_add_loop_test(t, values_are_checked_at_their_place, 0, ROWS(mistakes));
    tcase_add_test(t, credentials_in_arguments_are_warned_about);
    tcase_add_test(t, members_come_first_and_are_not_needed);
    tcase_add_test(t, a_request_says_what_the_probe_says);
    tcase_add_test(t, nothing_is_a_graph_too);
    suite_add_tcase(s, t);
    return s;
}
