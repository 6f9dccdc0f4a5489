#include <string.h>

#include "init/plan/merge.h"
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

#define DEV "{'extends':'builtin:devstack','variables':{"

/* What a manifest on top of devstack may do to a variable without being asked whether it means it. */
static const char *const allowed[] = {
    DEV "}}",
    DEV "'REDIS_SESSION_DB':{'max':7}}}",
    DEV "'REDIS_SESSION_DB':{'min':1,'max':15}}}",
    DEV "'REDIS_SESSION_DB':{'default':3}}}",
    DEV "'REDIS_SESSION_DB':{'required':true}}}",
    DEV "'REDIS_URL':{'default':'redis://redis:6379'}}}",
    DEV "'REDIS_URL':{'secret':true}}}",
    DEV "'OPENAI_API_KEY':{'required':true,'empty':'unset'}}}",
    DEV "'YOUTUBE_API_KEY':null}}",
    DEV "'ENVIRONMENT':{'values':['local','docker']}}}",
    DEV "'ENVIRONMENT':{'values':['cloud','docker','local']}}}",
    DEV "'MINE':{'type':'int','min':-5}}}",
    DEV "'REDIS_URL':{'schemes':['rediss'],'pattern':'rediss://.*'}}}",
    DEV "'BACKEND_URL':{'environments':{'docker':{'required':true,'default':'http://backend:8000'}}}}}",
    DEV "'OPENAI_API_KEY':{'required_when':{'environment':'cloud'},'deliver':'file','min':20}}}",
    "{'extends':'builtin:devstack','main_secrets':[],'services':{'redis':{'run':['redis-server'],'secrets':[]}}}",
    "{'extends':'builtin:none','variables':{'REDIS_URL':{'type':'string'}}}",
    "{'variables':{'REDIS_URL':{'type':'string'}}}",
};

START_TEST(adding_and_tightening_is_free)
{
    int rc = load_text(allowed[_i], &arena, &manifest, &list);

    ck_assert_msg(rc == 0, "%s: %s %s", allowed[_i], list.items[0].where, list.items[0].text);
    ck_assert_uint_eq(list.warnings, 0);
}
END_TEST

/* PRF-02. %s stands for the override. */
static const struct {
    const char *before;
    const char *after;
    const char *where;
} loosened[] = {
    {DEV "'REDIS_SESSION_DB':{'max':63", "}}}", "/variables/REDIS_SESSION_DB/max"},
    {DEV "'REDIS_SESSION_DB':{'max':null", "}}}", "/variables/REDIS_SESSION_DB/max"},
    {DEV "'REDIS_TASK_DB':{'min':-1", "}}}", "/variables/REDIS_TASK_DB/min"},
    {DEV "'REDIS_URL':{'required':false", "}}}", "/variables/REDIS_URL/required"},
    {DEV "'REDIS_URL':{'required':null", "}}}", "/variables/REDIS_URL/required"},
    {DEV "'REDIS_URL':{'type':'string'", "}}}", "/variables/REDIS_URL/type"},
    {DEV "'REDIS_URL':{'field':null", "}}}", "/variables/REDIS_URL/field"},
    {DEV "'OPENAI_API_KEY':{'secret':false", "}}}", "/variables/OPENAI_API_KEY/secret"},
    {DEV "'OPENAI_API_KEY':{'type':'string'", "}}}", "/variables/OPENAI_API_KEY/type"},
    {DEV "'ENVIRONMENT':{'values':['local','docker','cloud','moon']", "}}}", "/variables/ENVIRONMENT/values"},
    {DEV "'BACKEND_URL':{'allow_userinfo':true", "}}}", "/variables/BACKEND_URL/allow_userinfo"},
    {DEV "'REDIS_URL':{'environments':{'local':{'required':false}}", "}}}",
     "/variables/REDIS_URL/environments/local/required"},
    {DEV "'REDIS_URL':{'only_when':{'environment':'cloud'}", "}}}", "/variables/REDIS_URL/only_when"},
};

static const struct problem *find(const char *rule, const char *where)
{
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.items[i].rule, rule) == 0 && strcmp(list.items[i].where, where) == 0)
            return &list.items[i];
    }
    return NULL;
}

static int load_with(int i, const char *override)
{
    char text[1024];
    struct buf b = BUF_OVER(text);

    buf_printf(&b, "%s%s%s", loosened[i].before, override, loosened[i].after);
    return load_text(text, &arena, &manifest, &list);
}

START_TEST(loosening_needs_an_override)
{
    ck_assert_int_eq(load_with(_i, ""), -1);
    const struct problem *item = find("override.needed", loosened[_i].where);
    ck_assert_ptr_nonnull(item);
    ck_assert(strstr(item->hint, "\"override\": true"));

    ck_assert_int_eq(load_with(_i, ",'override':false"), -1);
    ck_assert_ptr_nonnull(find("override.needed", loosened[_i].where));
}
END_TEST

START_TEST(an_override_is_noted)
{
    ck_assert_int_eq(load_with(_i, ",'override':true"), 0);
    const struct problem *item = find("override", loosened[_i].where);
    ck_assert_ptr_nonnull(item);
    ck_assert(item->warning);
}
END_TEST

/* Rules that no builtin has yet. What variable A says before and on top of it; where that loosens, below A; how. */
static const struct {
    const char *base;
    const char *user;
    const char *where;
    const char *how;
} rules[] = {
    {"'type':'string','pattern':'a+'", "'pattern':'a+'", NULL, NULL},
    {"'type':'string','pattern':'a+'", "'pattern':'a*'", "/pattern", "another pattern"},
    {"'type':'string','pattern':'a+'", "'pattern':null", "/pattern", "another pattern"},
    {"'type':'string'", "'pattern':'a*'", NULL, NULL},
    {"'type':'uri','schemes':['a','b']", "'schemes':['b']", NULL, NULL},
    {"'type':'uri'", "'schemes':['b']", NULL, NULL},
    {"'type':'uri','schemes':['a','b']", "'schemes':['b','c']", "/schemes", "more schemes"},
    {"'type':'uri','schemes':['a','b']", "'schemes':null", "/schemes", "more schemes"},
    {"'type':'path','must':['file']", "'must':['readable','file']", NULL, NULL},
    {"'type':'path','must':['file','readable']", "'must':['readable']", "/must", "fewer checks"},
    {"'type':'path','must':['file']", "'must':null", "/must", "fewer checks"},
    {"'type':'list','items':'int'", "'items':'int'", NULL, NULL},
    {"'type':'list','items':'int'", "'items':'string'", "/items", "items of another type"},
    {"'type':'list','items':'int'", "'items':null", "/items", "items of another type"},
    {"'type':'duration','min':'1s','max':'1h'", "'min':'1500ms','max':'60m'", NULL, NULL},
    {"'type':'duration','min':'1s'", "'min':'999ms'", "/min", "a wider range"},
    {"'type':'size','max':'1MiB'", "'max':'1025KiB'", "/max", "a wider range"},
    {"'type':'size','max':'1MiB'", "'max':null", "/max", "a wider range"},
    {"'type':'number','max':0.5", "'max':0.25", NULL, NULL},
    {"'type':'number','max':0.5", "'max':0.75", "/max", "a wider range"},
    {"'type':'string'", "'required_when':{'environment':'x'}", NULL, NULL},
    {"'type':'string','required_when':{'environment':'x'}", "'required_when':{'environment':'y'}", "/required_when",
     "another condition"},
    {"'type':'string','required_when':{'environment':'x'}", "'required_when':null", "/required_when",
     "another condition"},
    {"'type':'string'", "'only_when':{'environment':'x'}", "/only_when", "it meant something always"},
    {"'type':'string','only_when':{'environment':'x'}", "'only_when':{'environment':'y'}", "/only_when",
     "another condition"},
    {"'type':'string','only_when':{'environment':'x'}", "'only_when':null", NULL, NULL},
    {"'type':'secret','deliver':'file'", "'deliver':'file'", NULL, NULL},
    {"'type':'secret','deliver':'file'", "'deliver':'env'", "/deliver", "it was handed over as a file"},
    {"'type':'secret','deliver':'none'", "'deliver':'file'", "/deliver", "it was handed to nobody"},
    {"'type':'secret','deliver':'none'", "'deliver':null", "/deliver", "it was handed to nobody"},
    {"'type':'secret','deliver':'env'", "'deliver':'none'", NULL, NULL},
    {"'type':'int','required':true", "'environments':{'x':{'required':true,'default':1}}", NULL, NULL},
    {"'type':'int','required':true", "'environments':{'x':{'default':1}}", NULL, NULL},
    {"'type':'int','required':true", "'environments':{'x':{'required':false}}", "/environments/x/required",
     "it was required there"},
    {"'type':'int','environments':{'x':{'required':true}}", "'environments':{'x':{'required':false}}",
     "/environments/x/required", "it was required there"},
    {"'type':'int','environments':{'x':{'required':true}}", "'environments':{'x':{'required':null}}",
     "/environments/x/required", "it was required there"},
    {"'type':'int','environments':{'x':{'required':true}}", "'environments':{'x':null}", "/environments/x/required",
     "it was required there"},
    {"'type':'int','environments':{'x':{'required':true}}", "'environments':null", "/environments/x/required",
     "it was required there"},
    {"'type':'int','environments':{'x':{'required':true}}", "'environments':[]", "/environments/x/required",
     "it was required there"},
    {"'type':'int','environments':{'x':{'required':true}}", "'environments':{'x':{'default':2},'y':{'required':false}}",
     NULL, NULL},
    {"'type':'int','required':true,'environments':{'x':{'required':false}}", "'environments':{'x':{'required':false}}",
     NULL, NULL},
    {"'type':'int','required':true,'environments':{'x':{'required':false}}", "'environments':{'x':null}", NULL, NULL},
};

static struct json *variable_a(const char *members)
{
    char text[512];
    char copy[512];
    struct buf b = BUF_OVER(text);
    static struct problems none;

    buf_printf(&b, VARIABLE("%s"), members);
    unquote(text, copy);
    struct json *tree = json_parse(copy, strlen(copy), false, &none);
    ck_assert_msg(tree != NULL, "%s", copy);
    return tree;
}

START_TEST(each_rule_has_its_own_way_to_be_loosened)
{
    cleanup_json struct json *base = variable_a(rules[_i].base);
    cleanup_json struct json *user = variable_a(rules[_i].user);
    char where[128];
    struct buf b = BUF_OVER(where);

    memset(&list, 0, sizeof(list));
    merge_check(base, user, &list);
    ck_assert_msg(list.errors == (rules[_i].where != NULL), "%s: %s", rules[_i].user, list.items[0].where);
    if (!rules[_i].where)
        return;
    buf_printf(&b, "/variables/A%s", rules[_i].where);
    ck_assert_str_eq(list.items[0].where, where);
    ck_assert_str_eq(list.items[0].rule, "override.needed");
    ck_assert_msg(strstr(list.items[0].text, rules[_i].how), "%s", list.items[0].text);
}
END_TEST

static const struct {
    const char *text;
    const char *rule;
    const char *hint;
} wrong_bases[] = {
    {"{'extends':'builtin:devstak'}", "builtin.unknown", "\"builtin:devstack\""},
    {"{'extends':'devstack'}", "builtin.unknown", "\"builtin:devstack\""},
    {"{'extends':'./other.json'}", "builtin.unknown", "builtin:none"},
    {"{'extends':''}", "builtin.unknown", ""},
    {"{'extends':1}", "type", ""},
};

START_TEST(only_builtins_can_be_extended)
{
    ck_assert_int_eq(load_text(wrong_bases[_i].text, &arena, &manifest, &list), -1);
    ck_assert_uint_eq(list.errors, 1);
    ck_assert_str_eq(list.items[0].rule, wrong_bases[_i].rule);
    ck_assert_str_eq(list.items[0].where, "/extends");
    ck_assert(strstr(list.items[0].hint, wrong_bases[_i].hint));
}
END_TEST

/* On top of which builtin the rest is checked shows in the reference: devstack has the service "redis", none has nothing. */
static const struct {
    const char *extends;
    size_t errors;
} guessed_bases[] = {
    {"'builtin:devstak'", 2},
    {"'devstack'", 2},
    {"'builtin:non'", 3},
    {"'./other.json'", 3},
    {"''", 3},
    {"7", 3},
    {"null", 3},
};

START_TEST(a_wrong_base_hides_no_other_mistake)
{
    char text[512];
    struct buf b = BUF_OVER(text);

    buf_printf(
        &b, "{'extends':%s,'steps':{'a':{'category':'validation','command':['true'],'services':['redis']}},'nmae':1}",
        guessed_bases[_i].extends);
    ck_assert_int_eq(load_text(text, &arena, &manifest, &list), -1);
    ck_assert_uint_eq(list.errors, guessed_bases[_i].errors);
    ck_assert_str_eq(list.items[0].where, "/extends");
    ck_assert_ptr_nonnull(find("key.unknown", "/nmae"));
    ck_assert((find("ref.unknown", "/steps/a/services/0") != NULL) == (guessed_bases[_i].errors == 3));
}
END_TEST

START_TEST(removing_what_others_refer_to_is_told)
{
    ck_assert_int_eq(load_text("{'extends':'builtin:devstack','services':{'backend':null}}", &arena, &manifest, &list),
                     -1);
    ck_assert_ptr_nonnull(find("ref.unknown", "/services/frontend/depends_on/0"));
    ck_assert_ptr_nonnull(find("ref.unknown", "/services/websocket/depends_on/0"));
}
END_TEST

START_TEST(entries_merge_member_by_member)
{
    ck_assert_int_eq(
        load_text("{'extends':'builtin:devstack','name':'shop','services':{"
                  "'redis':{'timeout':'5s'},'websocket':null,'search':{'probe':{'type':'tcp','url':'tcp://s:9'}}}}",
                  &arena, &manifest, &list),
        0);
    ck_assert_str_eq(manifest.name, "shop");
    ck_assert_uint_eq(manifest.service_count, 4);
    ck_assert_str_eq(manifest.services[0].name, "redis");
    ck_assert_uint_eq(manifest.services[0].timeout_us, 5000000);
    ck_assert_int_eq(manifest.services[0].probe.kind, PROBE_REDIS);
    ck_assert_str_eq(manifest.services[3].name, "search");
    ck_assert_uint_eq(manifest.variable_count, 9);
}
END_TEST

START_TEST(what_steers_the_merge_is_gone_afterwards)
{
    ck_assert_int_eq(load_text("{'$schema':'x','extends':'builtin:devstack','variables':{"
                               "'REDIS_URL':{'required':false,'override':true},'A':{'type':'string','override':true}}}",
                               &arena, &manifest, &list),
                     0);
    ck_assert_ptr_null(strstr(manifest.canonical, "override"));
    ck_assert_ptr_null(strstr(manifest.canonical, "extends"));
    ck_assert_ptr_null(strstr(manifest.canonical, "$schema"));
    ck_assert_ptr_nonnull(strstr(manifest.canonical, "\"required\": false"));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_merge(void)
{
    Suite *s = suite_create("merge");
    TCase *t = tcase_create("merge");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, adding_and_tightening_is_free, 0, ROWS(allowed));
    tcase_add_loop_test(t, loosening_needs_an_override, 0, ROWS(loosened));
    tcase_add_loop_test(t, an_override_is_noted, 0, ROWS(loosened));
    tcase_add_loop_test(t, each_rule_has_its_own_way_to_be_loosened, 0, ROWS(rules));
    tcase_add_loop_test(t, only_builtins_can_be_extended, 0, ROWS(wrong_bases));
    tcase_add_loop_test(t, a_wrong_base_hides_no_other_mistake, 0, ROWS(guessed_bases));
    tcase_add_test(t, removing_what_others_refer_to_is_told);
    tcase_add_test(t, entries_merge_member_by_member);
    tcase_add_test(t, what_steers_the_merge_is_gone_afterwards);
    suite_add_tcase(s, t);
    return s;
}
