#include <string.h>

#include "tests/unit/load_text.h"
#include "tests/unit/suites.h"

static struct arena arena;
static struct problems list;
static struct manifest manifest;

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_free_all(&arena);
}

/* One mistake each. */
static const struct {
    const char *text;
    const char *rule;
    const char *where;
    const char *says; /* in the text or the hint */
} mistakes[] = {
    {"[]", "type", "", "expected an object, found an array"},
    {"{'service':{}}", "key.unknown", "/service", "\"services\""},
    {"{'services':[]}", "type", "/services", "expected an object, found an array"},
    {"{'name':5}", "type", "/name", "expected a string, found a number"},
    {"{'name':''}", "value", "/name", "empty"},
    {"{'description':'a\\nb'}", "value", "/description", "one line"},
    {"{'deadline':'5'}", "duration", "/deadline", "5m"},
    {"{'deadline':5}", "duration", "/deadline", "expected a duration, found a number"},
    {"{'phase_barrier':'no'}", "type", "/phase_barrier", "expected true or false, found a string"},
    {"{'main_ready':'probe'}", "enum", "/main_ready", "notify"},
    {"{'main_ready':true}", "type", "/main_ready", "expected a string"},
    {SERVICE("'run':['x'],'ready':'yes'"), "enum", "/services/s/ready", "notify"},
    {SERVICE("'run':['x'],'ready':'notfy'"), "enum", "/services/s/ready", "did you mean \"notify\"?"},
    {SERVICE("'run':['x'],'ready':{}"), "required", "/services/s/ready", "needs \"fd\""},
    {SERVICE("'run':['x'],'ready':{'fd':2}"), "value", "/services/s/ready/fd", "3 to 255"},
    {SERVICE("'run':['x'],'ready':{'fd':256}"), "value", "/services/s/ready/fd", "3 to 255"},
    {SERVICE("'run':['x'],'ready':{'fd':'3'}"), "value", "/services/s/ready/fd", "3 to 255"},
    {SERVICE("'run':['x'],'ready':{'fd':3,'fb':3}"), "key.unknown", "/services/s/ready/fb", "\"fd\""},
    {SERVICE("'probe':{'type':'tcp','url':'tcp://h:1'},'ready':'notify'"), "required", "/services/s", "\"run\""},
    {"{'$schema':1}", "type", "/$schema", NULL},

    {"{'variables':{'9A':{'type':'int'}}}", "name", "/variables/9A", "letters"},
    {"{'variables':{'A':'int'}}", "type", "/variables/A", "expected an object, found a string"},
    {VARIABLE(""), "required", "/variables/A", "needs \"type\""},
    {VARIABLE("'type':'integer'"), "enum", "/variables/A/type", "int"},
    {VARIABLE("'type':'http_url'"), "enum", "/variables/A/type", "did you mean \"http-url\"?"},
    {VARIABLE("'type':'int','requird':true"), "key.unknown", "/variables/A/requird", "\"required\""},
    {VARIABLE("'type':'int','required':'yes'"), "type", "/variables/A/required", NULL},
    {VARIABLE("'type':'int','override':1"), "type", "/variables/A/override", NULL},
    {VARIABLE("'type':'int','default':[1]"), "type", "/variables/A/default", "an array"},
    {VARIABLE("'type':'int','default':'x'"), "int.format", "/variables/A/default", NULL},
    {VARIABLE("'type':'int','default':1.5"), "int.format", "/variables/A/default", "1.5"},
    {VARIABLE("'type':'int','default':16,'max':15"), "int.range", "/variables/A/default", NULL},
    {VARIABLE("'type':'int','min':5,'max':4"), "value", "/variables/A", "\"min\" is greater"},
    {VARIABLE("'type':'int','min':1.5"), "value", "/variables/A/min", "whole number"},
    {VARIABLE("'type':'int','max':'5'"), "type", "/variables/A/max", NULL},
    {VARIABLE("'type':'bool','max':5"), "value", "/variables/A/max", "base64, list and redis-url"},
    {VARIABLE("'type':'string','values':['a']"), "value", "/variables/A/values", "enum"},
    {VARIABLE("'type':'redis-url','allow_userinfo':true"), "value", "/variables/A/allow_userinfo", "http-url"},
    {VARIABLE("'type':'enum'"), "required", "/variables/A", "\"values\""},
    {VARIABLE("'type':'enum','values':[]"), "value", "/variables/A/values", "empty"},
    {VARIABLE("'type':'enum','values':['a',1]"), "type", "/variables/A/values/1", NULL},
    {VARIABLE("'type':'enum','values':['docker'],'default':'Docker'"), "enum", "/variables/A/default", "\"docker\""},
    {VARIABLE("'type':'int','empty':'ignore'"), "enum", "/variables/A/empty", "error, unset"},
    {VARIABLE("'type':'int','field':'redis_sesion_db'"), "enum", "/variables/A/field", "\"redis_session_db\""},
    {VARIABLE("'type':'int','aliases':['x y']"), "name", "/variables/A/aliases/0", NULL},
    {VARIABLE("'type':'int','aliases':['B','A']"), "duplicate", "/variables/A/aliases/1", "a name of A already"},
    {"{'variables':{'A':{'type':'int','aliases':['B']},'B':{'type':'int'}}}", "duplicate", "/variables/A/aliases/0",
     "of B"},
    {"{'variables':{'A':{'type':'uri','field':'redis_url'},'B':{'type':'uri','field':'redis_url'}}}", "duplicate",
     "/variables/B/field", "A has"},

    {"{'services':{'Redis':{" TCP "}}}", "name", "/services/Redis", "lower-case"},
    {SERVICE(""), "required", "/services/s", "\"probe\" or \"run\""},
    {SERVICE(TCP ",'depends_on':'x'"), "type", "/services/s/depends_on", "expected an array, found a string"},
    {SERVICE(TCP ",'depends_on':['x']"), "ref.unknown", "/services/s/depends_on/0", "no service \"x\""},
    {SERVICE(TCP ",'depends_on':[1]"), "type", "/services/s/depends_on/0", NULL},
    {SERVICE(TCP ",'depends_on':[1,'x']"), "type", "/services/s/depends_on/0", NULL},
    {SERVICE(TCP ",'depends_on':['s']"), "ref.self", "/services/s/depends_on/0", "waits for itself"},
    {SERVICE(TCP ",'after':['x']"), "ref.unknown", "/services/s/after/0", "no step \"x\""},
    {SERVICE(TCP ",'needs':['X']"), "ref.unknown", "/services/s/needs/0", "no variable \"X\""},
    {SERVICE("'run':[]"), "value", "/services/s/run", "empty"},
    {SERVICE("'run':['']"), "value", "/services/s/run", "empty"},
    {SERVICE("'run':'redis-server'"), "type", "/services/s/run", "/bin/sh"},
    {SERVICE("'run':['a',1]"), "type", "/services/s/run/1", NULL},
    {SERVICE("'run':['a','${X}']"), "ref.unknown", "/services/s/run/1", "no variable \"X\""},
    {SERVICE("'run':['sh','-c','echo $HOME']"), "ref.syntax", "/services/s/run/2", "$$"},
    {SERVICE("'run':['a','${X']"), "ref.syntax", "/services/s/run/1", NULL},
    {SERVICE("'run':['a','${}']"), "ref.syntax", "/services/s/run/1", NULL},
    {SERVICE("'run':['a','$']"), "ref.syntax", "/services/s/run/1", NULL},
    {SERVICE(TCP ",'failure_threshold':0"), "value", "/services/s/failure_threshold", "from 1 to"},
    {SERVICE(TCP ",'failure_threshold':1.5"), "value", "/services/s/failure_threshold", NULL},
    {SERVICE(TCP ",'timeout':'25h'"), "duration", "/services/s/timeout", "24h"},
    {SERVICE(TCP ",'stop_grace':'0s'"), "duration", "/services/s/stop_grace", "zero"},
    {SERVICE("'probe':'tcp://h:1'"), "type", "/services/s/probe", "expected an object"},

    {PROBE("'url':'tcp://h:1'"), "required", "/services/s/probe", "needs \"type\""},
    {PROBE("'type':'htp','url':'http://h'"), "enum", "/services/s/probe/type", "\"http\""},
    {PROBE("'type':'tcp'"), "required", "/services/s/probe", "needs \"url\""},
    {PROBE("'type':'exec'"), "required", "/services/s/probe", "needs \"command\""},
    {PROBE("'type':'file'"), "required", "/services/s/probe", "needs \"path\""},
    {PROBE("'type':'file','path':'a'"), "path.relative", "/services/s/probe/path", NULL},
    {PROBE("'type':'tcp','url':'tcp://h:1','status':200"), "key.unknown", "/services/s/probe/status", "type tcp"},
    {PROBE("'type':'http','url':'http://h','databases':[1]"), "key.unknown", "/services/s/probe/databases",
     "type http"},
    {PROBE("'type':'tcp','url':'tcp://h'"), "uri.port", "/services/s/probe/url", "tcp://host:port"},
    {PROBE("'type':'tcp','url':'h:1'"), "uri.syntax", "/services/s/probe/url", NULL},
    {PROBE("'type':'http','url':'tcp://h:1'"), "uri.scheme", "/services/s/probe/url", "http://, https://"},
    {PROBE("'type':'http','url':'http://'"), "uri.host", "/services/s/probe/url", NULL},
    {PROBE("'type':'http','url':'http://h:70000'"), "uri.port", "/services/s/probe/url", NULL},
    {PROBE("'type':'http','url':'${FOO}'"), "ref.unknown", "/services/s/probe/url", "FOO"},
    {PROBE("'type':'http','url':'http://h','status':'ok'"), "value", "/services/s/probe/status", "200-399"},
    {PROBE("'type':'http','url':'http://h','status':99"), "value", "/services/s/probe/status", NULL},
    {PROBE("'type':'http','url':'http://h','status':'300-200'"), "value", "/services/s/probe/status", NULL},
    {PROBE("'type':'http','url':'http://h','status':'200-'"), "value", "/services/s/probe/status", NULL},
    {PROBE("'type':'http','url':'http://h','status':'000000000000000200'"), "value", "/services/s/probe/status", NULL},
    {PROBE("'type':'http','url':'http://h','timeout':'11m'"), "duration", "/services/s/probe/timeout", "600s"},
    {PROBE("'type':'http','url':'http://h','timeout':'0s'"), "duration", "/services/s/probe/timeout", "zero"},
    {PROBE("'type':'redis','url':'redis://h','databases':[256]"), "int.range", "/services/s/probe/databases/0", "255"},
    {PROBE("'type':'redis','url':'redis://h','databases':['one']"), "int.format", "/services/s/probe/databases/0",
     NULL},
    {PROBE("'type':'redis','url':'redis://h','databases':[true]"), "type", "/services/s/probe/databases/0", NULL},
    {PROBE("'type':'redis','url':'redis://h','databases':[1,2,3,4,5,6,7,8]"), "limit", "/services/s/probe/databases",
     "7"},
    {PROBE("'type':'redis','url':'redis://h/x'"), "int.format", "/services/s/probe/url", NULL},

    {"{'steps':{'A':{'category':'installation','command':['true']}}}", "name", "/steps/A", "lower-case"},
    {"{'steps':{'a..b':{'category':'installation','command':['true']}}}", "name", "/steps/a..b", NULL},
    {"{'steps':{'a':{'command':['true']}}}", "required", "/steps/a", "\"category\""},
    {"{'steps':{'a':{'category':'installation'}}}", "required", "/steps/a", "\"command\""},
    {"{'parallel':0}", "value", "/parallel", "from 1 to 256"},
    {"{'parallel':257}", "value", "/parallel", "from 1 to 256"},
    {"{'rollback':'all'}", "enum", "/rollback", "step, session, none"},
    {"{'steps':{'a':{'category':'install','command':['true']}}}", "enum", "/steps/a/category",
     "prerequisites, installation"},
    {STEP(",'prerequisites':['q']"), "ref.unknown", "/steps/p/prerequisites/0", NULL},
    {STEP(",'prerequisites':['p']"), "ref.self", "/steps/p/prerequisites/0", NULL},
    {STEP(",'services':['q']"), "ref.unknown", "/steps/p/services/0", NULL},
    {STEP(",'directory':'tmp'"), "path.relative", "/steps/p/directory", NULL},
    {STEP(",'directory':'/${A}'"), "ref.unknown", "/steps/p/directory", NULL},
    {STEP(",'command_line':1"), "key.unknown", "/steps/p/command_line", NULL},

    {ARTIFACT("'path':'/a'"), "required", "/steps/p/artifacts/0", "\"type\""},
    {ARTIFACT("'type':'file'"), "required", "/steps/p/artifacts/0", "\"path\""},
    {ARTIFACT("'type':'files','path':'/a'"), "enum", "/steps/p/artifacts/0/type", "\"file\""},
    {ARTIFACT("'type':'file','path':'etc/x'"), "path.relative", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/a/../b'"), "path.dotdot", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/a/./b'"), "path.dotdot", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/a//b'"), "path.dotdot", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/a/'"), "path.dotdot", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/a/..'"), "path.dotdot", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/'"), "path.root", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/proc/1/x'"), "path.system", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'configuration','path':'/sys/x'"), "path.system", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/dev'"), "path.system", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/a\\u0007'"), "path.control", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/a','permissions':644"), "mode", "/steps/p/artifacts/0/permissions", "\"0644\""},
    {ARTIFACT("'type':'file','path':'/a','permissions':'0888'"), "mode", "/steps/p/artifacts/0/permissions", NULL},
    {ARTIFACT("'type':'file','path':'/a','permissions':'00644'"), "mode", "/steps/p/artifacts/0/permissions", NULL},
    {ARTIFACT("'type':'file','path':'/a','permissions':'4755'"), "mode", "/steps/p/artifacts/0/permissions", "refused"},
    {ARTIFACT("'type':'file','path':'/a','permissions':'3755'"), "mode", "/steps/p/artifacts/0/permissions", "refused"},
    {ARTIFACT("'type':'file','path':'/a','checksum':'sha256:zz'"), "hash.format", "/steps/p/artifacts/0/checksum",
     NULL},
    {ARTIFACT("'type':'file','path':'/a','checksum':'md5:0123456789abcdef0123456789abcdef'"), "hash.format",
     "/steps/p/artifacts/0/checksum", NULL},
    {ARTIFACT("'type':'service','path':'redis','permissions':'0644'"), "value", "/steps/p/artifacts/0/permissions",
     "no file"},
    {ARTIFACT("'type':'file','path':'/a','cleanup_script':1"), "type", "/steps/p/artifacts/0/cleanup_script", NULL},
    {ARTIFACT("'type':'file','path':'/a','cleanup_script':[]"), "value", "/steps/p/artifacts/0/cleanup_script",
     "empty"},
    {ARTIFACT("'type':'file','path':'/a','cleanup_script':['rm','${X}']"), "ref.unknown",
     "/steps/p/artifacts/0/cleanup_script/1", NULL},
    {ARTIFACT("'type':'file','path':'/a','cleanup_script':' '"), "value", "/steps/p/artifacts/0/cleanup_script",
     "empty"},
    {ARTIFACT("'type':'file','path':'/a'},{'type':'file','path':'/a'"), "duplicate", "/steps/p/artifacts/1/path",
     "\"p\""},
    {ARTIFACT("'type':'file','path':'/a','backup_location':'/b'"), "key.unknown",
     "/steps/p/artifacts/0/backup_location", NULL},

    {TEST_OF_S("'type':'unit','command':['a']"), "enum", "/tests/t/type", "smoke, contract, integration, e2e"},
    {TEST_OF_S("'command':['a']"), "required", "/tests/t", "\"type\""},
    {TEST_OF_S("'type':'smoke'"), "required", "/tests/t", "\"command\" or \"probe\""},
    {TEST_OF_S("'type':'smoke','command':['a'],'probe':{'type':'file','path':'/a'}"), "value", "/tests/t", "not both"},
    {TEST_OF_S("'type':'smoke','command':['a'],'services':['x']"), "ref.unknown", "/tests/t/services/0", NULL},
    {TEST_OF_S("'type':'smoke','command':['a'],'services':['s','s']"), "duplicate", "/tests/t/services/1", "twice"},
    {TEST_OF_S("'type':'smoke','command':['a'],'environments':['docker']"), "ref.unknown", "/tests/t/environments",
     "\"field\""},
    {"{'extends':'builtin:devstack','tests':{'t':{'type':'smoke','command':['a'],'environments':['dockr']}}}", "enum",
     "/tests/t/environments/0", "\"docker\""},
    {"{'extends':'builtin:devstack','tests':{'t':{'type':'smoke','command':['a','${OPENAI_API_KEY}']}}}",
     "secret.argument", "/tests/t/command/1", "$$OPENAI_API_KEY"},
    {"{'variables':{'P':{'type':'string','secret':true}},"
     "'services':{'s':{'run':['a','x${P}']}}}",
     "secret.argument", "/services/s/run/1", NULL},

    {"{'services':{'a':{" TCP ",'depends_on':['b']},'b':{" TCP ",'depends_on':['a']}}}", "graph.cycle",
     "/services/a/depends_on", "a -> b -> a"},
    {"{'services':{'z':{" TCP ",'depends_on':['a']},'a':{" TCP ",'depends_on':['b']},'b':{" TCP ",'depends_on':['c']},"
     "'c':{" TCP ",'depends_on':['a']}}}",
     "graph.cycle", "/services/a/depends_on", ": a -> b -> c -> a"},
    {"{'services':{'a':{" TCP
     ",'after':['m']}},'steps':{'m':{'category':'validation','command':['x'],'services':['a']}}}",
     "graph.cycle", "/services/a/after", "service a -> step m -> service a"},
    {"{'services':{'a':{" TCP ",'after':['late']}},'steps':{'late':{'category':'validation','command':['x']},"
     "'early':{'category':'prerequisites','command':['x'],'services':['a']}}}",
     "graph.cycle", "/services/a/after", "service a -> step late -> step early -> service a"},
    {"{'steps':{'a':{'category':'installation','command':['x'],'prerequisites':['b']},"
     "'b':{'category':'validation','command':['x']}}}",
     "step.category_order", "/steps/a/prerequisites/0", "phase_barrier"},
};

START_TEST(every_mistake_is_told_with_its_place)
{
    ck_assert_int_eq(load_text(mistakes[_i].text, &arena, &manifest, &list), -1);
    ck_assert_msg(list.errors == 1, "%s: %zu errors, 2nd: %s %s", mistakes[_i].text, list.errors, list.items[1].where,
                  list.items[1].text);
    const struct problem *p = &list.items[0];
    ck_assert_msg(strcmp(p->rule, mistakes[_i].rule) == 0, "%s: %s: %s", mistakes[_i].text, p->rule, p->text);
    ck_assert_msg(strcmp(p->where, mistakes[_i].where) == 0, "%s: %s", mistakes[_i].text, p->where);
    if (mistakes[_i].says)
        ck_assert_msg(strstr(p->text, mistakes[_i].says) || strstr(p->hint, mistakes[_i].says), "%s: %s (%s)",
                      mistakes[_i].text, p->text, p->hint);
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
    ck_assert_int_eq(
        load_text("{'nam':'x','variables':{'A':{'type':'in'},'B':{'type':'int','default':'b'}},'services':{"
                  "'a':{'depends_on':['bb'],'probe':{'type':'http','url':'${C}'}},'b':{'run':[]}},"
                  "'steps':{'s':{'category':'x','artifacts':[{'type':'file','path':'x'}]}}}",
                  &arena, &manifest, &list),
        -1);
    static const char *const places[] = {
        "/nam",
        "/variables/A/type",
        "/variables/B/default",
        "/services/a/depends_on/0",
        "/services/a/probe/url",
        "/services/b/run",
        "/steps/s/category",
        "/steps/s/artifacts/0/path",
        "/steps/s",
    };
    ck_assert_uint_eq(list.errors, sizeof(places) / sizeof(places[0]));
    for (size_t i = 0; i < list.count; i++)
        ck_assert_str_eq(list.items[i].where, places[i]);
}
END_TEST

START_TEST(a_collection_that_is_an_array_has_no_near_names)
{
    ck_assert_int_eq(load_text("{'variables':['b'],'steps':[{}],'services':{'s':{'run':['x${A}'],'after':['seed']}}}",
                               &arena, &manifest, &list),
                     -1);
    ck_assert_uint_eq(list.errors, 4);
}
END_TEST

#define SERVICE_BEFORE "{'services':{'s':{"
#define ONLY_WHEN "{'variables':{'B':{'type':'int'},'A':{'type':'int','only_when':{"
#define ARTIFACT_BEFORE "{'steps':{'p':{'category':'installation','command':['x'],'artifacts':[{"

/* One byte or element more than is allowed. */
static const struct {
    const char *before;
    const char *repeated;
    const char *after;
    int allowed; /* times */
    const char *rule;
    const char *where;
} limits[] = {
    {"{'description':'", "x", "'}", 1000, "limit", "/description"},
    {"{'steps':{'p':{'category':'installation','command':['x'],'name':'", "x", "'}}}", 200, "limit", "/steps/p/name"},
    {SERVICE_BEFORE "'run':['x'", ",'x'", "]}}}", 255, "limit", "/services/s/run"},
    {SERVICE_BEFORE "'probe':{'type':'redis','url':'unix:/", "x", "'}}}}", 106, "uri.long", "/services/s/probe/url"},
    {ARTIFACT_BEFORE "'type':'file','path':'/", "x", "'}]}}}", 255, "path.long", "/steps/p/artifacts/0/path"},
    {ARTIFACT_BEFORE "'type':'file','path':'/a", "/x", "'}]}}}", 2046, "path.long", "/steps/p/artifacts/0/path"},
    {ARTIFACT_BEFORE "'type':'dependency','path':'a'}", ",{'type':'dependency','path':'a'}", "]}}}", 255, "limit",
     "/steps/p/artifacts"},
    {"{'variables':{'A':{'type':'int','aliases':['B'", ",'B'", "]}}}", 7, "limit", "/variables/A/aliases"},
    {"{'variables':{'A':{'type':'enum','values':['B'", ",'B'", "]}}}", 255, "limit", "/variables/A/values"},
    {"{'variables':{'A':{'type':'uri','schemes':['b'", ",'b'", "]}}}", 15, "limit", "/variables/A/schemes"},
    {"{'variables':{'A':{'type':'uri','schemes':['b", "b", "']}}}", 14, "value", "/variables/A/schemes/0"},
    {"{'variables':{'A':{'type':'path','must':['file'", ",'file'", "]}}}", 5, "limit", "/variables/A/must"},
    {"{'variables':{'A':{'type':'string','pattern':'a", "a", "'}}}", 511, "pattern", "/variables/A/pattern"},
    {"{'prefixes':['A'", ",'A'", "]}", 15, "limit", "/prefixes"},
    {ONLY_WHEN "'variable':'B','in':[1", ",1", "]}}}}", 255, "limit", "/variables/A/only_when/in"},
    {ONLY_WHEN "'any':[{'variable':'B','set':true}", ",{'variable':'B','set':true}", "]}}}}", 63, "limit",
     "/variables/A/only_when/any"},
};

static bool told(const char *rule, const char *where)
{
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.items[i].rule, rule) == 0 && strcmp(list.items[i].where, where) == 0)
            return true;
    }
    return false;
}

static void load_repeated(int i, int times)
{
    static char quoted[1 << 15];
    static char text[1 << 15];
    struct buf b = BUF_OVER(quoted);

    buf_puts(&b, limits[i].before);
    for (int k = 0; k < times; k++)
        buf_puts(&b, limits[i].repeated);
    buf_puts(&b, limits[i].after);
    ck_assert(!b.overflow);
    for (size_t k = 0; k <= b.len; k++)
        text[k] = quoted[k] == '\'' ? '"' : quoted[k];
    memset(&list, 0, sizeof(list));
    manifest_load(text, b.len, "t", NULL, &arena, &manifest, &list);
}

START_TEST(limits_are_where_they_are_said_to_be)
{
    load_repeated(_i, limits[_i].allowed);
    ck_assert_msg(!told(limits[_i].rule, limits[_i].where), "%s: %s", limits[_i].where, list.items[0].text);
    load_repeated(_i, limits[_i].allowed + 1);
    ck_assert_msg(told(limits[_i].rule, limits[_i].where), "%s: %s", limits[_i].where, list.items[0].text);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_mistakes(void)
{
    Suite *s = suite_create("mistakes");
    TCase *t = tcase_create("mistakes");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, every_mistake_is_told_with_its_place, 0, ROWS(mistakes));
    tcase_add_loop_test(t, limits_are_where_they_are_said_to_be, 0, ROWS(limits));
    tcase_add_test(t, all_mistakes_are_told_at_once);
    tcase_add_test(t, a_collection_that_is_an_array_has_no_near_names);
    suite_add_tcase(s, t);
    return s;
}
