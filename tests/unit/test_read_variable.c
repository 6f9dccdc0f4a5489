#include <string.h>

#include "init/plan/manifest.h"
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

/* A manifest with an environment, a mode and a secret besides the variable in question. */
#define WORLD(rest)                                                                                                    \
    "{'variables':{'PLACE':{'type':'enum','field':'environment','values':['local','docker']},"                         \
    "'MODE':{'type':'enum','values':['tls','none']},'ON':{'type':'bool'},'KEY':{'type':'secret'},'A':{" rest "}}}"
#define STRING(rest) WORLD("'type':'string'," rest)
#define WHEN(condition) STRING("'only_when':" condition)
#define OVERRIDE(rest) WORLD("'type':'int','environments':{" rest "}")

static const char *const good[] = {
    VARIABLE("'type':'int','min':-5,'max':5,'default':-5"),
    VARIABLE("'type':'number','min':-0.5,'max':1e3,'default':0.25"),
    VARIABLE("'type':'port','min':1024,'max':65535,'default':8080"),
    VARIABLE("'type':'duration','min':'500ms','max':'7d','default':'5s'"),
    VARIABLE("'type':'size','min':'0B','max':'64KiB','default':'1KB'"),
    VARIABLE("'type':'list','items':'port','separator':' ','min':1,'max':3,'default':'80 443'"),
    VARIABLE("'type':'list','values':['a','b'],'default':'b,a'"),
    VARIABLE("'type':'list','items':'enum','values':['a','b']"),
    VARIABLE("'type':'base64','min':4,'max':4"),
    VARIABLE("'type':'secret','min':16"),
    VARIABLE("'type':'uri','schemes':['amqp','amqps'],'default':'amqp://queue'"),
    VARIABLE("'type':'ws-url','schemes':['wss']"),
    VARIABLE("'type':'string','pattern':'[a-z]+-[0-9]{2}','default':'ab-12','example':'x-00'"),
    VARIABLE("'type':'path','must':['directory','writable'],'default':'/nowhere/at/all'"),
    VARIABLE("'type':'regex','default':'^a+$$'"),
    VARIABLE("'type':'string','file':false,'deliver':'env','deprecated':'use B'"),
    "{'variables':{'A':{'type':'string','deliver':'none'},'B':{'type':'string','default':'${A:-x}'}}}",
    VARIABLE("'type':'string','file':true,'deliver':'file'"),
    VARIABLE("'type':'string','aliases':['OLD',{'name':'OLDER','deprecated':'use A'}]"),
    STRING("'default':'${MODE}-${ON:-off}-${KEY:?needed}$$'"),
    STRING("'default':'${MODE:-${ON:-${KEY:-${PLACE}}}}'"),
    STRING("'required_when':{'variable':'MODE','equals':'tls'}"),
    WHEN("{'variable':'MODE','in':['tls','none']}"),
    WHEN("{'variable':'KEY','set':false}"),
    WHEN("{'environment':'docker'}"),
    WHEN("{'environment':['local','docker']}"),
    WHEN("{'all':[{'any':[{'variable':'ON','equals':true}]},{'not':{'environment':'local'}}]}"),
    OVERRIDE("'docker':{'default':5,'required':true},'local':{'required':false}"),
    "{'prefixes':['APP_','SHOP'],'main_secrets':[]}",
    "{'extends':'builtin:devstack','main_secrets':['OPENAI_API_KEY','REDIS_URL'],'services':{'redis':{'run':['r'],"
    "'secrets':['REDIS_URL']}},'steps':{'s':{'category':'validation','command':['x'],'secrets':[]}},"
    "'tests':{'t':{'type':'smoke','probe':{'type':'exec','command':['x']},'secrets':['YOUTUBE_API_KEY']}}}",
};

START_TEST(everything_that_is_promised_can_be_written)
{
    int rc = load_text(good[_i], &arena, &manifest, &list);

    ck_assert_msg(rc == 0, "%s: %s %s", good[_i], list.items[0].where, list.items[0].text);
    ck_assert_uint_eq(list.warnings, 0);
}
END_TEST

/* One mistake each. */
static const struct {
    const char *text;
    const char *rule;
    const char *where; /* below /variables/A */
    const char *says;  /* in the text or the hint */
} mistakes[] = {
    {VARIABLE("'type':'int','min':'5'"), "type", "/min", "without quotes"},
    {VARIABLE("'type':'int','min':0.5"), "value", "/min", "whole number"},
    {VARIABLE("'type':'number','min':'1'"), "type", "/min", "expected a number"},
    {VARIABLE("'type':'number','min':1,'max':0.5"), "value", "", "\"min\" is greater"},
    {VARIABLE("'type':'port','min':0"), "value", "/min", "1 to 65535"},
    {VARIABLE("'type':'port','max':65536"), "value", "/max", "1 to 65535"},
    {VARIABLE("'type':'redis-url','min':-1"), "value", "/min", "from 0"},
    {VARIABLE("'type':'list','min':-1"), "value", "/min", "items"},
    {VARIABLE("'type':'secret','max':-1"), "value", "/max", "bytes"},
    {VARIABLE("'type':'duration','max':5"), "type", "/max", "\"500ms\""},
    {VARIABLE("'type':'duration','max':'5'"), "value", "/max", "\"500ms\""},
    {VARIABLE("'type':'duration','min':'2m','max':'90s'"), "value", "", "\"min\" is greater"},
    {VARIABLE("'type':'size','min':1024"), "type", "/min", "\"64KiB\""},
    {VARIABLE("'type':'size','min':'1 KB'"), "value", "/min", "\"64KiB\""},
    {VARIABLE("'type':'size','min':'1MiB','max':'1MB'"), "value", "", "\"min\" is greater"},
    {VARIABLE("'type':'enum','values':['a'],'min':1"), "value", "/min", "means nothing for type enum"},
    {VARIABLE("'type':'string','values':['a']"), "value", "/values", "only for enum and list"},
    {VARIABLE("'type':'hostport','schemes':['tcp']"), "value", "/schemes", "uri, http-url, ws-url and redis-url"},
    {VARIABLE("'type':'int','pattern':'1+'"), "value", "/pattern", "means nothing for type int"},
    {VARIABLE("'type':'string','must':['exists']"), "value", "/must", "only for path"},
    {VARIABLE("'type':'string','items':'int'"), "value", "/items", "only for list"},
    {VARIABLE("'type':'string','separator':';'"), "value", "/separator", "only for list"},
    {VARIABLE("'type':'redis-url','allow_userinfo':true"), "value", "/allow_userinfo", "http-url and ws-url"},
    {VARIABLE("'type':'list','items':'enum'"), "required", "", "\"values\""},
    {VARIABLE("'type':'list','items':'secret'"), "enum", "/items", "no type of items"},
    {VARIABLE("'type':'list','items':'json'"), "enum", "/items", "no type of items"},
    {VARIABLE("'type':'list','items':'list'"), "enum", "/items", "no type of items"},
    {VARIABLE("'type':'list','items':'ports'"), "enum", "/items", "did you mean \"port\"?"},
    {VARIABLE("'type':'list','separator':', '"), "value", "/separator", "one character"},
    {VARIABLE("'type':'list','separator':''"), "value", "/separator", "one character"},
    {VARIABLE("'type':'list','separator':'x'"), "value", "/separator", "no letter or digit"},
    {VARIABLE("'type':'list','separator':'7'"), "value", "/separator", "no letter or digit"},
    {VARIABLE("'type':'list','separator':'\\n'"), "value", "/separator", "ASCII"},
    {VARIABLE("'type':'list','default':'a,,b'"), "list.items", "/default", NULL},
    {VARIABLE("'type':'http-url','schemes':['ws']"), "enum", "/schemes/0", "http, https"},
    {VARIABLE("'type':'redis-url','schemes':['redis','redisss']"), "enum", "/schemes/1", "did you mean \"rediss\"?"},
    {VARIABLE("'type':'uri','schemes':['AMQP']"), "value", "/schemes/0", "lower case"},
    {VARIABLE("'type':'uri','schemes':['amqp://']"), "value", "/schemes/0", "before the colon"},
    {VARIABLE("'type':'uri','schemes':[]"), "value", "/schemes", "empty"},
    {VARIABLE("'type':'uri','schemes':'amqp'"), "type", "/schemes", "brackets"},
    {VARIABLE("'type':'uri','schemes':['amqp'],'default':'http://h'"), "uri.scheme", "/default", "amqp"},
    {VARIABLE("'type':'string','pattern':'(a'"), "pattern", "/pattern", "no pattern"},
    {VARIABLE("'type':'string','pattern':''"), "value", "/pattern", "empty"},
    {VARIABLE("'type':'string','pattern':'a+','default':'b'"), "pattern", "/default", "a+"},
    {VARIABLE("'type':'string','pattern':'a+','example':'b'"), "pattern", "/example", "a+"},
    {VARIABLE("'type':'port','example':'http'"), "port", "/example", "for example 8080"},
    {VARIABLE("'type':'path','must':['exist']"), "enum", "/must/0", "did you mean \"exists\"?"},
    {VARIABLE("'type':'path','must':[]"), "value", "/must", "empty"},
    {VARIABLE("'type':'path','must':['file','directory']"), "value", "/must", "file and a directory"},
    {VARIABLE("'type':'path','default':'etc'"), "path.relative", "/default", NULL},
    {VARIABLE("'type':'string','file':'no'"), "type", "/file", NULL},
    {VARIABLE("'type':'string','deliver':'stdin'"), "enum", "/deliver", "env, file, none"},
    {VARIABLE("'type':'string','deliver':'file','file':false"), "value", "/deliver", "A_FILE"},
    {"{'variables':{'A':{'type':'secret','deliver':'file'},'A_FILE':{'type':'path'}}}", "value", "/deliver", "A_FILE"},
    {"{'variables':{'A':{'type':'secret','deliver':'file'},'B':{'type':'int','aliases':['A_FILE']}}}", "value",
     "/deliver", "A_FILE"},
    {VARIABLE("'type':'string','deprecated':true"), "type", "/deprecated", "expected a string"},
    {VARIABLE("'type':'string','aliases':[{'deprecated':'x'}]"), "required", "/aliases/0", "needs \"name\""},
    {VARIABLE("'type':'string','aliases':[{'name':'B','deprecatd':'x'}]"), "key.unknown", "/aliases/0/deprecatd",
     "\"deprecated\""},
    {VARIABLE("'type':'string','aliases':[{'name':'B-C'}]"), "name", "/aliases/0/name", "letters"},
    {VARIABLE("'type':'string','aliases':['B',{'name':'B'}]"), "duplicate", "/aliases/1", "\"B\""},
    {VARIABLE("'type':'string','aliases':[1]"), "type", "/aliases/0", "expected a string"},

    {VARIABLE("'type':'string','default':'a$b'"), "ref.syntax", "/default", "$$ for a dollar sign"},
    {VARIABLE("'type':'string','default':'$(id)'"), "ref.syntax", "/default", "never runs a command"},
    {VARIABLE("'type':'string','default':'${A-x}'"), "ref.syntax", "/default", "${A:-text}"},
    {VARIABLE("'type':'string','default':'${A:=x}'"), "ref.syntax", "/default", "${A:?message}"},
    {VARIABLE("'type':'string','default':'${}'"), "ref.syntax", "/default", "valid variable name"},
    {VARIABLE("'type':'string','default':'${A:-x'"), "ref.syntax", "/default", "without \"}\""},
    {STRING("'default':'${MODE:?say ${KEY}}'"), "ref.syntax", "/default", "message"},
    {STRING("'default':'${MODE:-${MODE:-${MODE:-${MODE:-${MODE}}}}}'"), "ref.syntax", "/default", "four levels"},
    {STRING("'default':'${MOD}'"), "ref.unknown", "/default", "did you mean \"MODE\"?"},
    {STRING("'default':'${MODE:-${OFF}}'"), "ref.unknown", "/default", "\"OFF\""},
    {STRING("'default':'${MODE:-$x}'"), "ref.syntax", "/default", "neither ${NAME} nor $$"},

    {OVERRIDE("'dockr':{'default':1}"), "enum", "/environments/dockr", "did you mean \"docker\"?"},
    {OVERRIDE("'docker':{'default':'one'}"), "int.format", "/environments/docker/default", "one"},
    {OVERRIDE("'docker':{'default':[1]}"), "type", "/environments/docker/default", "an array"},
    {OVERRIDE("'docker':{'default':'${NO}'}"), "ref.unknown", "/environments/docker/default", "\"NO\""},
    {OVERRIDE("'docker':{'defualt':1}"), "key.unknown", "/environments/docker/defualt", "\"default\""},
    {OVERRIDE("'docker':{'required':'yes'}"), "type", "/environments/docker/required", "true or false"},
    {OVERRIDE("'docker':{}"), "required", "/environments/docker", "\"default\" or \"required\""},
    {OVERRIDE("'docker':5"), "type", "/environments/docker", "expected an object"},
    {STRING("'environments':['docker']"), "type", "/environments", "expected an object"},
    {VARIABLE("'type':'int','environments':{'docker':{'default':1}}"), "ref.unknown", "/environments",
     "\"field\": \"environment\""},

    {WHEN("true"), "type", "/only_when", "expected an object"},
    {WHEN("{}"), "required", "/only_when", "needs \"variable\""},
    {WHEN("{'equals':'tls'}"), "required", "/only_when", "needs \"variable\""},
    {WHEN("{'variable':'MODE'}"), "required", "/only_when", "\"equals\", \"in\" or \"set\""},
    {WHEN("{'variable':'MODE','equals':'tls','set':true}"), "value", "/only_when", "one of"},
    {WHEN("{'variable':'MODE','set':true,'environment':'docker'}"), "value", "/only_when", "one thing"},
    {WHEN("{'all':[{'environment':'docker'}],'any':[]}"), "value", "/only_when", "one thing"},
    {WHEN("{'variable':'MOD','equals':'tls'}"), "ref.unknown", "/only_when/variable", "did you mean \"MODE\"?"},
    {WHEN("{'variable':5,'equals':'tls'}"), "type", "/only_when/variable", "expected a string"},
    {WHEN("{'variable':'MODE','equals':'tsl'}"), "enum", "/only_when/equals", "tls"},
    {WHEN("{'variable':'MODE','equals':''}"), "value", "/only_when/equals", "'set': false"},
    {WHEN("{'variable':'MODE','equals':['tls']}"), "type", "/only_when/equals", "an array"},
    {WHEN("{'variable':'MODE','in':['tls','nine']}"), "enum", "/only_when/in/1", "none"},
    {WHEN("{'variable':'MODE','in':'tls'}"), "type", "/only_when/in", "brackets"},
    {WHEN("{'variable':'MODE','in':[]}"), "value", "/only_when/in", "empty"},
    {WHEN("{'variable':'MODE','set':'yes'}"), "type", "/only_when/set", "true or false"},
    {WHEN("{'variable':'ON','equals':'True'}"), "bool", "/only_when/equals", "true"},
    {WHEN("{'variable':'KEY','equals':'hunter22'}"), "secret.compared", "/only_when/equals", "'set': true"},
    {WHEN("{'variable':'KEY','in':['hunter22']}"), "secret.compared", "/only_when/in", "'set': true"},
    {WHEN("{'environment':'cloud'}"), "enum", "/only_when/environment", "local, docker"},
    {WHEN("{'environment':['docker','cloud']}"), "enum", "/only_when/environment/1", "local, docker"},
    {WHEN("{'environment':[]}"), "value", "/only_when/environment", "empty"},
    {WHEN("{'environment':true}"), "type", "/only_when/environment", "expected a string or an array"},
    {VARIABLE("'type':'int','only_when':{'environment':'docker'}"), "ref.unknown", "/only_when/environment",
     "\"field\": \"environment\""},
    {WHEN("{'all':{'environment':'docker'}}"), "type", "/only_when/all", "expected an array"},
    {WHEN("{'any':[]}"), "value", "/only_when/any", "empty"},
    {WHEN("{'any':[{'environment':'docker'},{'not':{'environment':'x'}}]}"), "enum", "/only_when/any/1/not/environment",
     NULL},
    {WHEN("{'not':[{'environment':'docker'}]}"), "type", "/only_when/not", "expected an object"},
    {WHEN("{'not':{'not':{'not':{'not':{'not':{'not':{'not':{'not':{'environment':'docker'}}}}}}}}}"), "limit",
     "/only_when/not/not/not/not/not/not/not/not", "8 deep"},
    {STRING("'required_when':{'environment':'cloud'}"), "enum", "/required_when/environment", NULL},

    {VARIABLE("'type':'string','default':'x${A}'"), "graph.cycle", "/default", ": A -> A"},
    {STRING("'only_when':{'variable':'A','set':true}"), "graph.cycle", "/only_when", ": A -> A"},
    {STRING("'required_when':{'not':{'variable':'A','set':true}}"), "graph.cycle", "/required_when", ": A -> A"},
    {STRING("'environments':{'docker':{'default':'${A}'}}"), "graph.cycle", "/environments/docker/default", ": A -> A"},
    {"{'variables':{'A':{'type':'enum','field':'environment','values':['x','y'],'environments':{'x':{'default':'y'}}}}"
     "}",
     "graph.cycle", "/environments", ": A -> A"},
};

START_TEST(every_mistake_is_told_with_its_place)
{
    char where[256];
    struct buf b = BUF_OVER(where);
    char says[128] = "";
    const struct problem *p = &list.items[0];

    ck_assert_int_eq(load_text(mistakes[_i].text, &arena, &manifest, &list), -1);
    ck_assert_msg(list.errors == 1, "%s: %zu errors, 2nd: %s %s", mistakes[_i].text, list.errors, list.items[1].where,
                  list.items[1].text);
    buf_printf(&b, "/variables/A%s", mistakes[_i].where);
    ck_assert_msg(strcmp(p->rule, mistakes[_i].rule) == 0, "%s: %s: %s", mistakes[_i].text, p->rule, p->text);
    ck_assert_msg(strcmp(p->where, where) == 0, "%s: %s", mistakes[_i].text, p->where);
    if (mistakes[_i].says)
        unquote(mistakes[_i].says, says);
    ck_assert_msg(strstr(p->text, says) || strstr(p->hint, says), "%s: %s (%s)", mistakes[_i].text, p->text, p->hint);
    ck_assert(!strstr(p->text, "hunter22") && !strstr(p->hint, "hunter22") && !strstr(p->found, "hunter22"));
}
END_TEST

static const struct {
    const char *text;
    const char *where;
    const char *path;
} cycles[] = {
    {"{'variables':{'B':{'type':'string','default':'${A:-1}'},'A':{'type':'string','default':'${C:-${B}}'},"
     "'C':{'type':'string'}}}",
     "/variables/B/default", ": B -> A -> B"},
    {"{'variables':{'A':{'type':'string','default':'${B}'},'B':{'type':'enum','field':'environment','values':['x'],"
     "'only_when':{'variable':'C','set':true}},'C':{'type':'int','environments':{'x':{'default':5}}}}}",
     "/variables/B/only_when", ": B -> C -> B"},
    {"{'variables':{'A':{'type':'string','required_when':{'all':[{'variable':'B','set':true},{'variable':'C','set':"
     "true}]}"
     "},'B':{'type':'int'},'C':{'type':'string','default':'x${D}'},'D':{'type':'string','default':'$$${A:?no}'}}}",
     "/variables/A/required_when", ": A -> C -> D -> A"},
};

START_TEST(variables_that_need_each_other_are_told)
{
    ck_assert_int_eq(load_text(cycles[_i].text, &arena, &manifest, &list), -1);
    ck_assert_uint_eq(list.errors, 1);
    ck_assert_str_eq(list.items[0].rule, "graph.cycle");
    ck_assert_str_eq(list.items[0].where, cycles[_i].where);
    ck_assert_msg(strstr(list.items[0].text, cycles[_i].path), "%s", list.items[0].text);
}
END_TEST

START_TEST(a_long_chain_is_no_cycle)
{
    static char text[1200000];
    struct buf b = BUF_OVER(text);

    buf_puts(&b, "{\"variables\":{\"V0\":{\"type\":\"int\"}");
    for (int i = 1; i < MANIFEST_ENTRIES_MAX; i++)
        buf_printf(&b, ",\"V%d\":{\"type\":\"string\",\"default\":\"${V%d}${V%d}\"}", i, i - 1, i / 2);
    buf_puts(&b, "}}");
    ck_assert(!b.overflow);
    memset(&list, 0, sizeof(list));
    ck_assert_msg(manifest_load(text, b.len, "t", NULL, &arena, &manifest, &list) == 0, "%s", list.items[0].text);
}
END_TEST

static const struct variable *variable(const char *name)
{
    for (size_t i = 0; i < manifest.variable_count; i++) {
        if (strcmp(manifest.variables[i].name, name) == 0)
            return &manifest.variables[i];
    }
    ck_abort_msg("%s", name);
}

START_TEST(what_is_written_is_what_is_kept)
{
    ck_assert_int_eq(
        load_text("{'prefixes':['APP_','X'],'main_secrets':['SEC'],'variables':{"
                  "'NUM':{'type':'number','min':-0.5,'max':2},'DUR':{'type':'duration','min':'500ms'},"
                  "'SIZ':{'type':'size','max':'64KiB'},'LST':{'type':'list','items':'port','separator':';'},"
                  "'PTH':{'type':'path','must':['directory','writable'],'file':false},"
                  "'URL':{'type':'uri','schemes':['amqp'],'pattern':'amqp:.*','example':'amqp://q'},"
                  "'SEC':{'type':'secret','deliver':'file','deprecated':'no more',"
                  "'aliases':['OLD',{'name':'OLDER','deprecated':'very'}]}}}",
                  &arena, &manifest, &list),
        0);
    const struct variable *v = variable("NUM");
    ck_assert(v->has_min && v->has_max && v->number_min < 0 && v->number_max > 1);
    ck_assert(variable("DUR")->has_min && variable("DUR")->min == 500000 && !variable("DUR")->has_max);
    ck_assert(variable("SIZ")->has_max && variable("SIZ")->max == 65536);
    v = variable("LST");
    ck_assert(v->item_type == VALUE_PORT && v->separator == ';');
    v = variable("PTH");
    ck_assert(v->path_rules == (PATH_DIRECTORY | PATH_WRITABLE) && v->no_file && v->separator == ',');
    v = variable("URL");
    ck_assert_uint_eq(v->scheme_count, 1);
    ck_assert_str_eq(v->schemes[0], "amqp");
    ck_assert_str_eq(v->pattern, "amqp:.*");
    ck_assert_str_eq(v->example, "amqp://q");
    v = variable("SEC");
    ck_assert(v->delivery == DELIVER_FILE && v->secret && !v->no_file);
    ck_assert_str_eq(v->deprecated, "no more");
    ck_assert_uint_eq(v->alias_count, 2);
    ck_assert(!v->aliases[0].deprecated);
    ck_assert_str_eq(v->aliases[1].name, "OLDER");
    ck_assert_str_eq(v->aliases[1].deprecated, "very");
    ck_assert_uint_eq(manifest.prefixes.count, 2);
    ck_assert_uint_eq(manifest.main_secrets->count, 1);
}
END_TEST

static const struct {
    const char *condition;
    const char *shown;
} conditions[] = {
    {"{'variable':'MODE','equals':'tls'}", "MODE is tls"},
    {"{'variable':'ON','equals':true}", "ON is true, yes, on or 1"},
    {"{'variable':'ON','in':['off','yes']}", "ON is true, yes, on, 1, false, no, off or 0"},
    {"{'variable':'KEY','set':false}", "KEY is not set"},
    {"{'all':[{'environment':'docker'},{'any':[{'variable':'KEY','set':true},{'variable':'MODE','equals':'none'}]}]}",
     "the environment is docker, and (KEY is set, or MODE is none)"},
    {"{'not':{'environment':['local','docker']}}", "the environment is neither local nor docker"},
};

START_TEST(conditions_are_kept)
{
    char text[512];
    char shown[128];
    struct buf b = BUF_OVER(text);
    struct buf out = BUF_OVER(shown);

    buf_printf(&b,
               WORLD("'type':'int','only_when':%s,'environments':{'docker':{'default':5},'local':{'required':true}}"),
               conditions[_i].condition);
    ck_assert_int_eq(load_text(text, &arena, &manifest, &list), 0);
    const struct variable *v = variable("A");
    buf_reset(&out);
    condition_show(v->only_when, &out);
    ck_assert_str_eq(shown, conditions[_i].shown);
    ck_assert_ptr_null(v->required_when);
    ck_assert_uint_eq(v->override_count, 2);
    ck_assert_str_eq(v->overrides[0].environment, "docker");
    ck_assert_str_eq(v->overrides[0].default_value, "5");
    ck_assert(!v->overrides[0].has_required);
    ck_assert(v->overrides[1].has_required && v->overrides[1].required && !v->overrides[1].default_value);
}
END_TEST

/* Beyond the variables. */
static const struct {
    const char *text;
    const char *rule;
    const char *where;
    const char *says;
} elsewhere[] = {
    {"{'prefixes':'APP_'}", "type", "/prefixes", "brackets"},
    {"{'prefixes':['APP-']}", "name", "/prefixes/0", "beginning of a variable name"},
    {"{'prefixes':['OK_','']}", "name", "/prefixes/1", "\"APP_\""},
    {"{'prefixes':['MUSTER_']}", "value", "/prefixes/0", "muster's own"},
    {"{'prefixes':['MU']}", "value", "/prefixes/0", "muster's own"},
    {"{'main_secrets':['X']}", "ref.unknown", "/main_secrets/0", "\"X\""},
    {"{'extends':'builtin:devstack','main_secrets':['OPENAI_API_KY']}", "ref.unknown", "/main_secrets/0",
     "\"OPENAI_API_KEY\""},
    {"{'extends':'builtin:devstack','main_secrets':['REDIS_SESSION_DB']}", "value", "/main_secrets/0", "no secret"},
    {"{'extends':'builtin:devstack','main_secrets':['REDIS_URL','REDIS_URL']}", "duplicate", "/main_secrets/1",
     "twice"},
    {"{'extends':'builtin:devstack','main_secrets':'REDIS_URL'}", "type", "/main_secrets", "brackets"},
    {"{'variables':{'A':{'type':'secret','deliver':'none'}},'main_secrets':['A']}", "value", "/main_secrets/0",
     "handed to nobody"},
    {SERVICE(TCP ",'secrets':[]"), "value", "/services/s/secrets", "without a command"},
    {SERVICE("'run':['x'],'secrets':['Y']"), "ref.unknown", "/services/s/secrets/0", "\"Y\""},
    {STEP(",'secrets':['Y']"), "ref.unknown", "/steps/p/secrets/0", "\"Y\""},
    {TEST_OF_S("'type':'smoke','probe':{'type':'file','path':'/a'},'secrets':[]"), "value", "/tests/t/secrets",
     "without a command"},
    {TEST_OF_S("'type':'smoke','command':['a'],'secrets':[5]"), "type", "/tests/t/secrets/0", "expected a string"},
};

START_TEST(the_rest_of_the_language_is_checked_as_well)
{
    const struct problem *p = &list.items[0];

    ck_assert_int_eq(load_text(elsewhere[_i].text, &arena, &manifest, &list), -1);
    ck_assert_msg(list.errors == 1, "%s", list.items[1].text);
    ck_assert_str_eq(p->rule, elsewhere[_i].rule);
    ck_assert_str_eq(p->where, elsewhere[_i].where);
    ck_assert_msg(strstr(p->text, elsewhere[_i].says) || strstr(p->hint, elsewhere[_i].says), "%s (%s)", p->text,
                  p->hint);
}
END_TEST

/* A mistake in one place is no reason to keep quiet about another. */
START_TEST(what_depends_on_a_wrong_variable_is_not_guessed)
{
    load_text("{'variables':{'M':{'type':'enmu','values':['a']},'A':{'type':'int','min':'x','default':'y',"
              "'only_when':{'variable':'M','equals':'b'}}}}",
              &arena, &manifest, &list);
    ck_assert_uint_eq(list.errors, 2);
    ck_assert_str_eq(list.items[0].where, "/variables/M/type");
    ck_assert_str_eq(list.items[1].where, "/variables/A/min");
}
END_TEST

START_TEST(a_default_that_refers_is_checked_later)
{
    ck_assert_int_eq(load_text(WORLD("'type':'int','default':'${MODE:-x}'"), &arena, &manifest, &list), 0);
    ck_assert_str_eq(variable("A")->default_value, "${MODE:-x}");
    /* Nor is it a secret in the manifest. */
    ck_assert_int_eq(load_text(WORLD("'type':'secret','default':'${KEY}'"), &arena, &manifest, &list), 0);
    ck_assert_uint_eq(list.warnings, 0);
    ck_assert_int_eq(
        load_text(WORLD("'type':'secret','environments':{'local':{'default':'hunter22'}}"), &arena, &manifest, &list),
        0);
    ck_assert_uint_eq(list.warnings, 1);
    ck_assert_str_eq(list.items[0].rule, "secret.default");
    ck_assert_str_eq(list.items[0].where, "/variables/A/environments/local/default");
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_read_variable(void)
{
    Suite *s = suite_create("read_variable");
    TCase *t = tcase_create("read_variable");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, everything_that_is_promised_can_be_written, 0, ROWS(good));
    tcase_add_loop_test(t, every_mistake_is_told_with_its_place, 0, ROWS(mistakes));
    tcase_add_loop_test(t, variables_that_need_each_other_are_told, 0, ROWS(cycles));
    tcase_add_test(t, a_long_chain_is_no_cycle);
    tcase_add_test(t, what_is_written_is_what_is_kept);
    tcase_add_loop_test(t, conditions_are_kept, 0, ROWS(conditions));
    tcase_add_loop_test(t, the_rest_of_the_language_is_checked_as_well, 0, ROWS(elsewhere));
    tcase_add_test(t, what_depends_on_a_wrong_variable_is_not_guessed);
    tcase_add_test(t, a_default_that_refers_is_checked_later);
    suite_add_tcase(s, t);
    return s;
}
