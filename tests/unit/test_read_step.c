#include <string.h>

#include "init/base/clock.h"
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

#define A64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DOING(rest) "{'steps':{'p':{'category':'installation'," rest "}}}"
#define WITH_SECRET(rest)                                                                                              \
    "{'variables':{'K':{'type':'secret'},'U':{'type':'uri'}},'steps':{'p':{'category':'installation'," rest "}}}"
#define SECOND(rest) "{'steps':{'p':{'category':'installation','write':{'path':'/a','content':''}},'q':{" rest "}}}"

static const struct step *load(const char *text)
{
    ck_assert_msg(load_text(text, &arena, &manifest, &list) == 0, "%s: %s %s", text, list.items[0].where,
                  list.items[0].text);
    return &manifest.steps[0];
}

static const struct {
    const char *text;
    struct step_action wanted;
} actions[] = {
    {"'write':{'path':'/a','content':'x\\ny','permissions':'600','owner':'app:app'}",
     {.kind = DO_WRITE, .path = "/a", .content = "x\ny", .permissions = "0600", .owner = "app:app"}},
    {"'write':{'path':'/a','content':''}", {.kind = DO_WRITE, .path = "/a", .content = ""}},
    {"'write':{'path':'/a','template':'/t'}", {.kind = DO_WRITE, .path = "/a", .from = "/t"}},
    {"'mkdir':{'path':'/a','permissions':'1777','owner':'0:0','parents':true}",
     {.kind = DO_MKDIR, .path = "/a", .permissions = "1777", .owner = "0:0", .parents = true}},
    {"'copy':{'from':'/proc/version','path':'/a'}", {.kind = DO_COPY, .path = "/a", .from = "/proc/version"}},
    {"'symlink':{'path':'/a','target':'../b'}", {.kind = DO_SYMLINK, .path = "/a", .target = "../b"}},
    {"'chmod':{'path':'/a','permissions':'0644','recursive':true}",
     {.kind = DO_CHMOD, .path = "/a", .permissions = "0644", .recursive = true}},
    {"'chown':{'path':'/a','owner':'1000'}", {.kind = DO_CHOWN, .path = "/a", .owner = "1000"}},
    {"'download':{'url':'https://h/x','path':'/a','checksum':'" A64 "'}",
     {.kind = DO_DOWNLOAD, .path = "/a", .url = "https://h/x", .checksum = "sha256:" A64}},
};

START_TEST(actions_are_read)
{
    const struct step_action *w = &actions[_i].wanted;
    char text[512];
    struct buf b = BUF_OVER(text);

    buf_printf(&b, DOING("%s"), actions[_i].text);
    const struct step_action *a = &load(text)->action;
    ck_assert_int_eq(a->kind, w->kind);
    ck_assert_pstr_eq(a->path, w->path);
    ck_assert_pstr_eq(a->content, w->content);
    ck_assert_pstr_eq(a->from, w->from);
    ck_assert_pstr_eq(a->target, w->target);
    ck_assert_pstr_eq(a->url, w->url);
    ck_assert_pstr_eq(a->checksum, w->checksum);
    ck_assert_pstr_eq(a->permissions, w->permissions);
    ck_assert_pstr_eq(a->owner, w->owner);
    ck_assert(a->parents == w->parents && a->recursive == w->recursive);
    ck_assert_uint_eq(manifest.steps[0].command.count, 0);
}
END_TEST

/* Whatever is made or changed can be taken back, so it is an artifact. */
START_TEST(what_an_action_makes_is_an_artifact)
{
    char text[512];
    struct buf b = BUF_OVER(text);

    buf_printf(&b, DOING("%s"), actions[_i].text);
    const struct step *s = load(text);
    ck_assert_uint_eq(s->artifact_count, 1);
    const struct artifact *a = &s->artifacts[0];
    ck_assert(a->implied && a->type == ARTIFACT_FILE && !a->shared && a->cleanup.count == 0);
    ck_assert_str_eq(a->path, "/a");
    ck_assert_pstr_eq(a->permissions, s->action.permissions);
    ck_assert_pstr_eq(a->checksum, s->action.checksum);
    bool numeric = s->action.owner && s->action.owner[0] <= '9';
    ck_assert_pstr_eq(a->owner, numeric ? s->action.owner : NULL);
    ck_assert(a->shallow == (s->action.kind == DO_MKDIR));
}
END_TEST

START_TEST(what_is_listed_is_not_implied)
{
    const struct step *s = load(DOING("'mkdir':{'path':'/a','permissions':'0700'},'artifacts':["
                                      "{'type':'service','path':'x'},{'type':'file','path':'/a','shared':true}]"));
    ck_assert_uint_eq(s->artifact_count, 2);
    ck_assert(!s->artifacts[1].implied && s->artifacts[1].shared && s->artifacts[1].shallow);
    ck_assert_ptr_null(s->artifacts[1].permissions);

    s = load(DOING("'mkdir':{'path':'/a'},'artifacts':[{'type':'file','path':'/a','checksum':'" A64 "'}]"));
    ck_assert(s->artifact_count == 1 && !s->artifacts[0].shallow);

    s = load(DOING("'write':{'path':'/a','content':''},'artifacts':[{'type':'file','path':'/b'}]"));
    ck_assert(s->artifact_count == 2 && !s->artifacts[0].implied && s->artifacts[1].implied);
}
END_TEST

START_TEST(a_text_for_the_shell_stays_as_it_is)
{
    static const char wanted[] = "for i in $A ${B}; do echo $((i)); done # ${";
    const struct step *s = load(DOING("'shell':'for i in $A ${B}; do echo $((i)); done # ${',"
                                      "'artifacts':[{'type':'file','path':'/a','cleanup_script':'rm $X ${Y'}]"));
    ck_assert(s->shell && s->command.count == 3 && s->action.kind == DO_COMMAND);
    ck_assert_str_eq(s->command.items[0], "/bin/sh");
    ck_assert_str_eq(s->command.items[1], "-c");
    ck_assert_str_eq(s->command.items[2], wanted);
    ck_assert_ptr_null(s->command.items[3]);
    ck_assert(s->artifacts[0].cleanup_shell && s->artifacts[0].cleanup.count == 3);
    ck_assert_str_eq(s->artifacts[0].cleanup.items[2], "rm $X ${Y");
}
END_TEST

START_TEST(retries_are_a_number_or_more)
{
    ck_assert_uint_eq(load(STEP(",'retry':5"))->retry.max, 5);
    const struct step_retry *r = &load(STEP(",'retry':{'max':3,'backoff':'2s','max_backoff':'9s','jitter':0,"
                                            "'on_exit':[1,255],'timeout':'5m'}"))
                                      ->retry;
    ck_assert(r->max == 3 && r->delay_us == 2 * US_PER_S && r->delay_max_us == 9 * US_PER_S && r->jitter == 0);
    ck_assert(r->timeout_us == 300 * US_PER_S && r->exit_count == 2 && r->exits[0] == 1 && r->exits[1] == 255);
    /* The bound that is not given follows. */
    r = &load(STEP(",'retry':{'max':2,'backoff':'2m'}"))->retry;
    ck_assert(r->delay_us == 120 * US_PER_S && r->delay_max_us == 120 * US_PER_S);
    r = &load(STEP(",'retry':{'max':2,'max_backoff':'10ms'}"))->retry;
    ck_assert(r->delay_us == 10 * US_PER_MS && r->delay_max_us == 10 * US_PER_MS);
}
END_TEST

START_TEST(how_and_when_a_step_is_done)
{
    const struct step *s = load("{'variables':{'E':{'type':'enum','values':['a','b'],'field':'environment'},"
                                "'M':{'type':'string'}},'parallel':3,'rollback':'session','steps':{'p':{"
                                "'category':'installation','command':['x'],'environments':['b'],"
                                "'when':{'variable':'M','set':true},'user':'app','groups':'a,b','umask':'027',"
                                "'environment':{'N':1},'limits':{'nofile':5},'directory':'/d','resume':true,"
                                "'skip_satisfies':false,'rollback':false}}}");
    ck_assert(manifest.parallel == 3 && manifest.rollback == ROLLBACK_SESSION);
    ck_assert_str_eq(s->environments.items[0], "b");
    ck_assert(s->when && s->when->kind == CONDITION_SET);
    ck_assert_str_eq(s->process.user, "app");
    ck_assert_str_eq(s->process.groups, "a,b");
    ck_assert_str_eq(s->process.umask, "027");
    ck_assert_str_eq(s->process.environment.values[0], "1");
    ck_assert_str_eq(s->process.limits.items[0], "nofile=5");
    ck_assert_str_eq(s->process.directory, "/d");
    ck_assert(s->resume && !s->skip_satisfies && !s->rollback);
}
END_TEST

START_TEST(artifacts_say_whose_and_which)
{
    const struct artifact *a =
        load(ARTIFACT("'type':'file','path':'/a','owner':'0:4294967294','permissions':'6755','allow_setid':true,"
                      "'checksum':'" A64 A64 "','shared':true,'created_by_step':'p'"))
            ->artifacts;
    ck_assert_str_eq(a->owner, "0:4294967294");
    ck_assert_str_eq(a->permissions, "6755");
    ck_assert_str_eq(a->checksum, "sha512:" A64 A64);
    ck_assert(a->shared && a->allow_setid && !a->implied);
    ck_assert_str_eq(load(ARTIFACT("'type':'file','path':'/a','checksum':'sha512:" A64 A64 "'"))->artifacts->checksum,
                     "sha512:" A64 A64);
}
END_TEST

START_TEST(what_is_shared_may_be_made_twice)
{
    load("{'steps':{'p':{'category':'installation','command':['x'],'artifacts':[{'type':'file','path':'/a',"
         "'shared':true}]},'q':{'category':'installation','chmod':{'path':'/a','permissions':'0600'},"
         "'artifacts':[{'type':'file','path':'/a','shared':true}]}}}");
    ck_assert_uint_eq(manifest.steps[1].artifact_count, 1);
}
END_TEST

static const struct {
    const char *text;
    const char *rule;
    const char *where;
    const char *says;
} mistakes[] = {
    {DOING("'command':['x'],'shell':'x'"), "value", "/steps/p", "\"command\" and \"shell\""},
    {DOING("'mkdir':{'path':'/a'},'symlink':{'path':'/b','target':'c'}"), "value", "/steps/p",
     "\"mkdir\" and \"symlink\""},
    {DOING("'shell':''"), "value", "/steps/p/shell", "empty"},
    {DOING("'shell':' \\n'"), "value", "/steps/p/shell", "empty"},
    {DOING("'shell':['x']"), "type", "/steps/p/shell", "expected a string"},
    {DOING("'write':'x'"), "type", "/steps/p/write", "expected an object"},
    {DOING("'write':{'content':'x'}"), "required", "/steps/p/write", "\"path\""},
    {DOING("'write':{'path':'/a'}"), "required", "/steps/p/write", "\"content\" or \"template\""},
    {DOING("'write':{'path':'/a','content':'','template':'/t'}"), "value", "/steps/p/write", "not both"},
    {DOING("'write':{'path':'a','content':''}"), "path.relative", "/steps/p/write/path", NULL},
    {DOING("'write':{'path':'/a/../b','content':''}"), "path.dotdot", "/steps/p/write/path", NULL},
    {DOING("'write':{'path':'/sys/a','content':''}"), "path.system", "/steps/p/write/path", NULL},
    {DOING("'write':{'path':'/a','template':'t'}"), "path.relative", "/steps/p/write/template", NULL},
    {DOING("'write':{'path':'/a','content':'$'}"), "ref.syntax", "/steps/p/write/content", "$$"},
    {DOING("'write':{'path':'/a','content':'${X}'}"), "ref.unknown", "/steps/p/write/content", "\"X\""},
    {DOING("'write':{'path':'/a','template':'/t','contents':''}"), "key.unknown", "/steps/p/write/contents",
     "\"content\""},
    {DOING("'write':{'path':'/a','content':'','permissions':'4755'}"), "mode", "/steps/p/write/permissions",
     "allow_setid"},
    {DOING("'write':{'path':'/a','content':'','permissions':420}"), "mode", "/steps/p/write/permissions", "0644"},
    {DOING("'write':{'path':'/a','content':'','owner':'a b'}"), "value", "/steps/p/write/owner", "names or numbers"},
    {WITH_SECRET("'write':{'path':'/a/${K}','content':''}"), "secret.recorded", "/steps/p/write/path", "K is secret"},
    {WITH_SECRET("'copy':{'path':'/a','from':'/b/${K}'}"), "secret.recorded", "/steps/p/copy/from", NULL},
    {WITH_SECRET("'command':['x'],'artifacts':[{'type':'file','path':'/${K}'}]"), "secret.recorded",
     "/steps/p/artifacts/0/path", NULL},
    {DOING("'mkdir':{'path':'/a','recursive':true}"), "key.unknown", "/steps/p/mkdir/recursive", "\"mkdir\" has no"},
    {DOING("'copy':{'path':'/a'}"), "required", "/steps/p/copy", "\"from\""},
    {DOING("'symlink':{'path':'/a'}"), "required", "/steps/p/symlink", "\"target\""},
    {DOING("'symlink':{'path':'/a','target':'b\\u0001'}"), "path.control", "/steps/p/symlink/target", NULL},
    {DOING("'chmod':{'path':'/a'}"), "required", "/steps/p/chmod", "\"permissions\""},
    {DOING("'chown':{'path':'/a'}"), "required", "/steps/p/chown", "\"owner\""},
    {DOING("'download':{'path':'/a','url':'http://h/x'}"), "required", "/steps/p/download", "\"checksum\""},
    {DOING("'download':{'path':'/a','url':'ftp://h/x','checksum':'" A64 "'}"), "uri.scheme", "/steps/p/download/url",
     "https://"},
    {DOING("'download':{'path':'/a','url':'http:///x','checksum':'" A64 "'}"), "uri.host", "/steps/p/download/url",
     NULL},
    {DOING("'download':{'path':'/a','url':'http://h/','checksum':'md5:" A64 "'}"), "hash.format",
     "/steps/p/download/checksum", "sha256"},
    {DOING("'mkdir':{'path':'/a'},'environment':{'A':1}"), "value", "/steps/p/environment", "without a command"},
    {DOING("'mkdir':{'path':'/a'},'directory':'/b'"), "value", "/steps/p/directory", "without a command"},
    {DOING("'mkdir':{'path':'/a'},'umask':'022'"), "value", "/steps/p/umask", "without a command"},
    {DOING("'mkdir':{'path':'/a'},'secrets':[]"), "value", "/steps/p/secrets", "without a command"},
    {DOING("'mkdir':{'path':'/a'},'retry':{'max':2,'on_exit':[1]}"), "value", "/steps/p/retry/on_exit",
     "without a command"},
    {STEP(",'user':'${U}'"), "value", "/steps/p/user", "not replaced"},
    {STEP(",'umask':'999'"), "mode", "/steps/p/umask", "027"},
    {STEP(",'limits':{'files':1}"), "name", "/steps/p/limits/files", "nofile"},
    {STEP(",'retry':0"), "value", "/steps/p/retry", "1 to 1000"},
    {STEP(",'retry':1001"), "value", "/steps/p/retry", "1 to 1000"},
    {STEP(",'retry':'3'"), "type", "/steps/p/retry", "a number or an object"},
    {STEP(",'retry':{'backoff':'1s'}"), "required", "/steps/p/retry", "\"max\""},
    {STEP(",'retry':{'max':2,'backof':'1s'}"), "key.unknown", "/steps/p/retry/backof", "\"backoff\""},
    {STEP(",'retry':{'max':2,'backoff':'9s','max_backoff':'8s'}"), "value", "/steps/p/retry/backoff", "longer"},
    {STEP(",'retry':{'max':2,'jitter':51}"), "value", "/steps/p/retry/jitter", "0 to 50"},
    {STEP(",'retry':{'max':2,'on_exit':[]}"), "value", "/steps/p/retry/on_exit", "empty"},
    {STEP(",'retry':{'max':2,'on_exit':[0]}"), "value", "/steps/p/retry/on_exit/0", "1 to 255"},
    {STEP(",'retry':{'max':2,'on_exit':[1,256]}"), "value", "/steps/p/retry/on_exit/1", "1 to 255"},
    {STEP(",'resume':1"), "type", "/steps/p/resume", NULL},
    {STEP(",'when':{'variable':'X','set':true}"), "ref.unknown", "/steps/p/when/variable", "\"X\""},
    {STEP(",'environments':['docker']"), "ref.unknown", "/steps/p/environments", "\"field\""},
    {ARTIFACT("'type':'file','path':'/a','owner':'app'"), "value", "/steps/p/artifacts/0/owner", "in numbers"},
    {ARTIFACT("'type':'file','path':'/a','owner':'1:'"), "value", "/steps/p/artifacts/0/owner", "in numbers"},
    {ARTIFACT("'type':'file','path':'/a','owner':'4294967295'"), "value", "/steps/p/artifacts/0/owner", NULL},
    {ARTIFACT("'type':'dependency','path':'x','owner':'1'"), "value", "/steps/p/artifacts/0/owner", "no file"},
    {ARTIFACT("'type':'dependency','path':'pkg:a\\nb'"), "path.control", "/steps/p/artifacts/0/path", NULL},
    {ARTIFACT("'type':'file','path':'/a','created_by_step':'q'"), "ref.unknown", "/steps/p/artifacts/0/created_by_step",
     "no step"},
    {SECOND(
         "'category':'installation','command':['x'],'artifacts':[{'type':'file','path':'/b','created_by_step':'p'}]"),
     "artifact.creator", "/steps/q/artifacts/0/created_by_step", "list it with"},
    {SECOND("'category':'installation','symlink':{'path':'/a','target':'x'}"), "duplicate", "/steps/q/symlink/path",
     "shared"},
    {SECOND("'category':'installation','command':['x'],'artifacts':[{'type':'file','path':'/a','shared':true}]"),
     "duplicate", "/steps/q/artifacts/0/path", "\"p\""},
    {"{'services':{'s':{'run':['x']}},'tests':{'t':{'type':'smoke','command':['a'],'required':'yes'}}}", "type",
     "/tests/t/required", NULL},
};

START_TEST(every_mistake_is_told_with_its_place)
{
    ck_assert_msg(load_text(mistakes[_i].text, &arena, &manifest, &list) == -1, "%s", mistakes[_i].text);
    ck_assert_msg(list.errors == 1, "%s: %zu errors: %s %s, %s %s", mistakes[_i].text, list.errors, list.items[0].where,
                  list.items[0].text, list.items[1].where, list.items[1].text);
    const struct problem *p = &list.items[0];
    ck_assert_msg(strcmp(p->rule, mistakes[_i].rule) == 0, "%s: %s: %s", mistakes[_i].text, p->rule, p->text);
    ck_assert_msg(strcmp(p->where, mistakes[_i].where) == 0, "%s: %s", mistakes[_i].text, p->where);
    if (mistakes[_i].says)
        ck_assert_msg(strstr(p->text, mistakes[_i].says) || strstr(p->hint, mistakes[_i].says), "%s: %s (%s)",
                      mistakes[_i].text, p->text, p->hint);
}
END_TEST

START_TEST(a_url_with_a_password_is_not_told)
{
    ck_assert_int_eq(load_text(DOING("'download':{'path':'/a','url':'ftp://u:hunter22@h/x','checksum':'" A64 "'}"),
                               &arena, &manifest, &list),
                     -1);
    for (size_t i = 0; i < list.count; i++)
        ck_assert(!strstr(list.items[i].text, "hunter22") && !strstr(list.items[i].hint, "hunter22"));
}
END_TEST

/* A step with @count artifacts of its own, and what it makes besides. */
static int load_many(int count)
{
    static char text[32768];
    struct buf b = BUF_OVER(text);

    buf_puts(&b, "{\"steps\":{\"p\":{\"category\":\"installation\",\"mkdir\":{\"path\":\"/d\"},\"artifacts\":[");
    for (int i = 0; i < count; i++)
        buf_printf(&b, "%s{\"type\":\"file\",\"path\":\"/f%d\"}", i ? "," : "", i);
    buf_puts(&b, "]}}}");
    ck_assert(!b.overflow);
    memset(&list, 0, sizeof(list));
    return manifest_load(text, b.len, "t", NULL, &arena, &manifest, &list);
}

START_TEST(what_is_made_counts_as_well)
{
    ck_assert_int_eq(load_many(255), 0);
    ck_assert_uint_eq(manifest.steps[0].artifact_count, 256);
    ck_assert_int_eq(load_many(256), -1);
    ck_assert_str_eq(list.items[0].rule, "limit");
    ck_assert_str_eq(list.items[0].where, "/steps/p");
}
END_TEST

/* STP-11: what is another step, and what is the same. */
static const struct {
    const char *text;
    bool same;
} definitions[] = {
    {"{'name':'n','steps':{'p':{'command':['x','y'],'retry':{'jitter':5,'max':2},'category':'installation'}}}", true},
    {"{'steps':{'p':{'name':'other','category':'installation','command':['x','y'],'retry':{'max':2,'jitter':5}}}}",
     true},
    {"{'steps':{'a':{'category':'installation','command':['z']},'p':{'category':'installation','command':['x','y'],"
     "'retry':{'max':2,'jitter':5}}}}",
     true},
    {"{'steps':{'p':{'category':'installation','command':['y','x'],'retry':{'max':2,'jitter':5}}}}", false},
    {"{'steps':{'p':{'category':'installation','command':['x','y'],'retry':{'max':3,'jitter':5}}}}", false},
    {"{'steps':{'p':{'category':'installation','command':['x','y'],'retry':{'max':2,'jitter':5},"
     "'environment':{'name':'n'}}}}",
     false},
    {"{'steps':{'p':{'category':'configuration','command':['x','y'],'retry':{'max':2,'jitter':5}}}}", false},
};

static const char *definition_of_p(const char *text)
{
    load(text);
    for (size_t i = 0; i < manifest.step_count; i++) {
        if (strcmp(manifest.steps[i].id, "p") == 0)
            return arena_strdup(&arena, manifest.steps[i].definition_sha256);
    }
    ck_abort_msg("no p");
}

START_TEST(definitions_are_told_apart)
{
    const char *first = definition_of_p("{'steps':{'p':{'category':'installation','command':['x','y'],"
                                        "'retry':{'max':2,'jitter':5} /* some */}}}");
    const char *other = definition_of_p(definitions[_i].text);

    ck_assert_uint_eq(strlen(first), 64);
    ck_assert_msg((strcmp(first, other) == 0) == definitions[_i].same, "%s", definitions[_i].text);
}
END_TEST

/* The key counts, not only the value: an environment variable that is called "name" is not the step's name. */
START_TEST(a_name_below_counts)
{
    const char *one = definition_of_p(STEP(",'environment':{'name':'a'}"));
    ck_assert_str_ne(one, definition_of_p(STEP(",'environment':{'name':'b'}")));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_read_step(void)
{
    Suite *s = suite_create("read_step");
    TCase *t = tcase_create("read_step");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, actions_are_read, 0, ROWS(actions));
    tcase_add_loop_test(t, what_an_action_makes_is_an_artifact, 0, ROWS(actions));
    tcase_add_test(t, what_is_listed_is_not_implied);
    tcase_add_test(t, a_text_for_the_shell_stays_as_it_is);
    tcase_add_test(t, retries_are_a_number_or_more);
    tcase_add_test(t, how_and_when_a_step_is_done);
    tcase_add_test(t, artifacts_say_whose_and_which);
    tcase_add_test(t, what_is_shared_may_be_made_twice);
    tcase_add_loop_test(t, every_mistake_is_told_with_its_place, 0, ROWS(mistakes));
    tcase_add_test(t, a_url_with_a_password_is_not_told);
    tcase_add_test(t, what_is_made_counts_as_well);
    tcase_add_loop_test(t, definitions_are_told_apart, 0, ROWS(definitions));
    tcase_add_test(t, a_name_below_counts);
    suite_add_tcase(s, t);
    return s;
}
