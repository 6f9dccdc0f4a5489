#include <fcntl.h>
#include <string.h>

#include "init/base/clock.h"
#include "init/base/fdio.h"
#include "init/base/json.h"
#include "init/plan/manifest.h"
#include "init/plan/names.h"
#include "init/plan/read.h"
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

static const char *const good[] = {
    "{}",
    "{'deadline':'0s','description':'x','phase_barrier':false}",
    VARIABLE("'type':'redis-url','min':0,'max':63"),
    VARIABLE("'type':'bool','default':true"),
    VARIABLE("'type':'string','default':5"),
    SERVICE("'run':['sleep','1']"),
    SERVICE("'run':['sh','-c','echo $$HOME']"),
    SERVICE(TCP ",'timeout':'0s','interval':'0s'"),
    PROBE("'type':'http','url':'http://h','status':204"),
    PROBE("'type':'redis','url':'unix:/run/redis.sock','databases':['0',1]"),
    PROBE("'type':'websocket','url':'https://h/ws'"),
    ARTIFACT("'type':'dependency','path':'pkg:deb/debian/redis@7'"),
    ARTIFACT("'type':'file','path':'/a','permissions':'1777'"),
    ARTIFACT("'type':'file','path':'/procs/devel/..x'"),
    ("{'steps':{'a':{'category':'installation','command':['x'],'prerequisites':['b']},"
     "'b':{'category':'validation','command':['x']}},'phase_barrier':false}"),
};

START_TEST(good_manifests_are_taken)
{
    int rc = load_text(good[_i], &arena, &manifest, &list);

    ck_assert_msg(rc == 0, "%s: %s %s", good[_i], list.items[0].where, list.items[0].text);
    ck_assert_uint_eq(list.warnings, 0);
}
END_TEST

START_TEST(defaults_are_the_documented_ones)
{
    ck_assert_int_eq(load_text("{'services':{'s':{" TCP "}},'steps':{'p':{'category':'validation','command':['x']}},"
                               "'tests':{'t':{'type':'e2e','command':['x']}}}",
                               &arena, &manifest, &list),
                     0);
    ck_assert_str_eq(manifest.name, "unnamed");
    ck_assert_str_eq(manifest.source, "test.json");
    ck_assert(manifest.phase_barrier);
    ck_assert_uint_eq(manifest.deadline_us, 300 * US_PER_S);
    const struct service *s = &manifest.services[0];
    ck_assert(s->required && s->timeout_us == 60 * US_PER_S && s->interval_us == 10 * US_PER_S);
    ck_assert(s->failure_threshold == 3 && s->stop_grace_us == 10 * US_PER_S);
    ck_assert(s->probe.timeout_us == 3 * US_PER_S && s->probe.status_min == 200 && s->probe.status_max == 399);
    const struct step *p = &manifest.steps[0];
    ck_assert_str_eq(p->name, "p");
    ck_assert(p->timeout_us == 300 * US_PER_S && p->category == CATEGORY_VALIDATION && !p->process.directory);
    ck_assert(manifest.parallel == 8 && manifest.rollback == ROLLBACK_STEP);
    ck_assert(p->rollback && p->skip_satisfies && !p->resume && !p->shell && !p->when && p->action.kind == DO_COMMAND);
    ck_assert(p->retry.max == 1 && p->retry.delay_us == US_PER_S && p->retry.delay_max_us == 60 * US_PER_S);
    ck_assert(p->retry.jitter == 10 && p->retry.timeout_us == 0 && p->retry.exit_count == 0);
    const struct test *t = &manifest.tests[0];
    ck_assert(t->blocking && t->timeout_us == 30 * US_PER_S && t->type == TEST_E2E);
}
END_TEST

START_TEST(values_are_normalised)
{
    ck_assert_int_eq(load_text(ARTIFACT("'type':'file','path':'/a','permissions':'644','checksum':'" //
                                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',"
                                        "'cleanup_script':'rm -f /a'"),
                               &arena, &manifest, &list),
                     0);
    const struct artifact *a = &manifest.steps[0].artifacts[0];
    ck_assert_str_eq(a->permissions, "0644");
    ck_assert_str_eq(a->checksum, "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    ck_assert_uint_eq(a->cleanup.count, 3);
    ck_assert_str_eq(a->cleanup.items[0], "/bin/sh");
    ck_assert_str_eq(a->cleanup.items[2], "rm -f /a");
    ck_assert_ptr_null(a->cleanup.items[3]);
}
END_TEST

/* ConfigurationProfile and ServiceStatus.service_name: the model, and nothing else. */
static const struct {
    const char *name;
    const char *field;
    enum value_type type;
    const char *value; /* default */
} model_variables[] = {
    {"REDIS_URL", "redis_url", VALUE_REDIS_URL, NULL},
    {"REDIS_SESSION_DB", "redis_session_db", VALUE_INT, "1"},
    {"REDIS_TASK_DB", "redis_task_db", VALUE_INT, "2"},
    {"YOUTUBE_API_KEY", "youtube_api_key", VALUE_SECRET, NULL},
    {"OPENAI_API_KEY", "openai_api_key", VALUE_SECRET, NULL},
    {"BACKEND_URL", "backend_url", VALUE_HTTP_URL, "http://localhost:8000"},
    {"FRONTEND_URL", "frontend_url", VALUE_HTTP_URL, "http://localhost:3000"},
    {"WEBSOCKET_URL", "websocket_url", VALUE_WS_URL, NULL},
    {"ENVIRONMENT", "environment", VALUE_ENUM, "local"},
};

START_TEST(devstack_is_the_model)
{
    static const char *const services[] = {"redis", "backend", "frontend", "websocket"};

    ck_assert_int_eq(manifest_load(NULL, 0, "builtin:devstack", "devstack", &arena, &manifest, &list), 0);
    ck_assert_uint_eq(list.count, 0);
    ck_assert_uint_eq(manifest.variable_count, 9);
    for (size_t i = 0; i < 9; i++) {
        const struct variable *v = &manifest.variables[i];
        ck_assert_str_eq(v->name, model_variables[i].name);
        ck_assert_str_eq(v->field, model_variables[i].field);
        ck_assert_int_eq(v->type, model_variables[i].type);
        ck_assert_pstr_eq(v->default_value, model_variables[i].value);
        ck_assert(v->required == (i == 0));
        ck_assert(v->secret == (v->type == VALUE_SECRET));
        if (v->type == VALUE_INT)
            ck_assert(v->has_min && v->min == 0 && v->has_max && v->max == 15);
    }
    ck_assert_uint_eq(manifest.service_count, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(manifest.services[i].name, services[i]);
    ck_assert_uint_eq(manifest.services[0].probe.databases.count, 2);
    ck_assert_uint_eq(manifest.step_count + manifest.test_count, 0);
}
END_TEST

START_TEST(an_unknown_builtin_is_told)
{
    memset(&list, 0, sizeof(list));
    ck_assert_int_eq(manifest_load(NULL, 0, "builtin:x", "x", &arena, &manifest, &list), -1);
    ck_assert_str_eq(list.items[0].rule, "builtin.unknown");
}
END_TEST

/* PRF-01 */
START_TEST(the_effective_manifest_fed_back_is_the_same)
{
    static const char *const texts[] = {
        "{}",
        "{'extends':'builtin:devstack','$schema':'x','name':'n','variables':{'REDIS_SESSION_DB':{'max':63,'override':"
        "true}}}",
        "{'extends':'builtin:devstack','services':{'websocket':null},'deadline':'1m'}",
        ARTIFACT("'type':'file','path':'/\xc3\xa4'"),
    };
    struct manifest again;

    ck_assert_int_eq(load_text(texts[_i], &arena, &manifest, &list), 0);
    ck_assert_uint_eq(strlen(manifest.sha256), 64);
    memset(&list, 0, sizeof(list));
    ck_assert_int_eq(
        manifest_load(manifest.canonical, strlen(manifest.canonical), "again.json", NULL, &arena, &again, &list), 0);
    ck_assert_uint_eq(list.count, 0);
    ck_assert_str_eq(again.sha256, manifest.sha256);
    ck_assert_str_eq(again.canonical, manifest.canonical);
}
END_TEST

START_TEST(another_manifest_has_another_digest)
{
    struct manifest other;

    ck_assert_int_eq(load_text("{'name':'a'}", &arena, &manifest, &list), 0);
    ck_assert_int_eq(load_text("{'name':'b'}", &arena, &other, &list), 0);
    ck_assert_str_ne(manifest.sha256, other.sha256);
    ck_assert_int_eq(load_text("{ 'name' : 'a' /* the same */ }", &arena, &other, &list), 0);
    ck_assert_str_eq(manifest.sha256, other.sha256);
}
END_TEST

START_TEST(out_is_untouched_on_failure)
{
    struct manifest before;

    memset(&manifest, 0x5a, sizeof(manifest));
    before = manifest;
    ck_assert_int_eq(load_text("{'x':1}", &arena, &manifest, &list), -1);
    ck_assert_mem_eq(&before, &manifest, sizeof(manifest));
}
END_TEST

START_TEST(a_secret_default_is_warned_about)
{
    ck_assert_int_eq(load_text(VARIABLE("'type':'secret','default':'hunter22'"), &arena, &manifest, &list), 0);
    ck_assert_uint_eq(list.warnings, 1);
    ck_assert_str_eq(list.items[0].rule, "secret.default");
    ck_assert_ptr_null(strstr(list.items[0].text, "hunter22"));
}
END_TEST

START_TEST(texts_with_secrets_are_not_quoted)
{
    load_text("{'services':{'a':{'probe':{'type':'redis','url':'redis://u:hunter22@h/x'}},"
              "'b':{'probe':{'type':'http','url':'http//u:hunter22@h'}},'c':{'run':['x','hunter22$']}},"
              "'variables':{'A':{'type':'secret','default':' "
              "hunter22'},'B':{'type':'http-url','default':'http://u:hunter22@h'}}}",
              &arena, &manifest, &list);
    ck_assert_uint_eq(list.errors, 5);
    for (size_t i = 0; i < list.count; i++)
        ck_assert(!strstr(list.items[i].text, "hunter22") && !strstr(list.items[i].hint, "hunter22"));
}
END_TEST

/* SVC-03 */
START_TEST(services_asked_for_by_name_must_be_predefined)
{
    memset(&list, 0, sizeof(list));
    ck_assert_int_eq(manifest_load(NULL, 0, "builtin:devstack", "devstack", &arena, &manifest, &list), 0);
    ck_assert_ptr_null(manifest_find_service(&manifest, "mysql", "--service", &list));
    ck_assert_str_eq(list.items[0].rule, "service.not_predefined");
    ck_assert_ptr_null(manifest_find_service(&manifest, "redi", "--service", &list));
    ck_assert(strstr(list.items[1].hint, "\"redis\""));
    ck_assert_ptr_eq(manifest_find_service(&manifest, "redis", "--service", &list), &manifest.services[0]);

    ck_assert_int_eq(
        load_text("{'extends':'builtin:devstack','services':{'mysql':{" TCP "}}}", &arena, &manifest, &list), 0);
    ck_assert_ptr_nonnull(manifest_find_service(&manifest, "mysql", "--service", &list));
    ck_assert_ptr_null(manifest_find_service(&manifest, "mysq1x", "--service", &list));
    ck_assert_str_eq(list.items[0].rule, "ref.unknown");
}
END_TEST

START_TEST(too_many_entries_are_refused)
{
    static char text[600000];
    struct buf b = BUF_OVER(text);

    buf_puts(&b, "{\"variables\":{");
    for (int i = 0; i <= MANIFEST_ENTRIES_MAX; i++)
        buf_printf(&b, "%s\"V%d\":{\"type\":\"int\"}", i ? "," : "", i);
    buf_puts(&b, "}}");
    memset(&list, 0, sizeof(list));
    ck_assert_int_eq(manifest_load(text, b.len, "t", NULL, &arena, &manifest, &list), -1);
    ck_assert_str_eq(list.items[0].rule, "limit");
    ck_assert_str_eq(list.items[0].where, "/variables");
}
END_TEST

START_TEST(a_tangle_is_told_within_bounds)
{
    static char text[100000];
    struct buf b = BUF_OVER(text);

    buf_puts(&b, "{\"services\":{");
    for (int i = 0; i < 60; i++) {
        buf_printf(&b, "%s\"s%d\":{\"run\":[\"x\"],\"depends_on\":[", i ? "," : "", i);
        for (int k = 0; k < 60; k++) {
            if (k != i)
                buf_printf(&b, "%s\"s%d\"", k > (i == 0) ? "," : "", k);
        }
        buf_puts(&b, "]}");
    }
    buf_puts(&b, "}}");
    memset(&list, 0, sizeof(list));
    ck_assert_int_eq(manifest_load(text, b.len, "t", NULL, &arena, &manifest, &list), -1);
    ck_assert_uint_eq(list.count, PROBLEMS_MAX);
    ck_assert_str_eq(list.items[0].rule, "graph.cycle");
}
END_TEST

static bool table_has(const struct key_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->keys[i].name, name) == 0)
            return true;
    }
    return false;
}

START_TEST(words_and_enums_agree)
{
    ck_assert_str_eq(probe_kind_name(PROBE_NONE), "none");
    for (size_t i = 0; i < probe_kind_names.count; i++)
        ck_assert_int_eq(names_find(&probe_kind_names, probe_kind_name((enum probe_kind)(i + 1))), (int)i);
    for (int i = 0; i < CATEGORY_COUNT; i++)
        ck_assert_int_eq(names_find(&step_category_names, step_category_name((enum step_category)i)), i);
    for (int i = 0; i < ARTIFACT_TYPE_COUNT; i++)
        ck_assert_int_eq(names_find(&artifact_type_names, artifact_type_name((enum artifact_type)i)), i);
    for (int i = 0; i < ROLLBACK_POLICY_COUNT; i++)
        ck_assert_str_eq(rollback_names.items[i], ((const char *const[]){"step", "session", "none"})[i]);
    for (int i = 0; i < DO_KIND_COUNT; i++)
        ck_assert(table_has(&step_keys, step_action_name((enum step_action_kind)i)));
    for (int i = 0; i < TEST_TYPE_COUNT; i++)
        ck_assert_int_eq(names_find(&test_type_names, test_type_name((enum test_type)i)), i);
}
END_TEST

/* docs/muster.schema.json says the same as the tables that read manifests. */
static const struct {
    const char *definition; /* below $defs; NULL = the document itself */
    const struct key_table *table;
} described[] = {
    {NULL, &manifest_keys},
    {"variable", &variable_keys},
    {"service", &service_keys},
    {"probe", &probe_keys},
    {"step", &step_keys},
    {"test", &test_keys},
    {"artifact", &artifact_keys},
    {"alias", &alias_keys},
    {"override", &override_keys},
    {"condition", &condition_keys},
    {"probe_tls", &probe_tls_keys},
    {"retry", &retry_keys},
    {"write", &action_keys[DO_WRITE]},
    {"mkdir", &action_keys[DO_MKDIR]},
    {"copy", &action_keys[DO_COPY]},
    {"symlink", &action_keys[DO_SYMLINK]},
    {"chmod", &action_keys[DO_CHMOD]},
    {"chown", &action_keys[DO_CHOWN]},
    {"download", &action_keys[DO_DOWNLOAD]},
};

START_TEST(the_schema_has_the_same_keys)
{
    static char text[1 << 18];
    size_t len = 0;
    struct err e;

    ck_assert_int_eq(file_read(AT_FDCWD, "docs/muster.schema.json", text, sizeof(text), &len, &e), 0);
    memset(&list, 0, sizeof(list));
    cleanup_json struct json *schema = json_parse(text, len, false, &list);
    ck_assert_ptr_nonnull(schema);
    const struct key_table *table = described[_i].table;
    ck_assert_uint_le(table->count, READER_KEYS_MAX);
    const struct json *object = schema;
    if (described[_i].definition)
        object = json_get(json_get(schema, "$defs"), described[_i].definition);
    const struct json *properties = json_get(object, "properties");
    for (size_t i = 0; i < table->count; i++)
        ck_assert_msg(json_get(properties, table->keys[i].name) != NULL, "%s", table->keys[i].name);
    for (const struct json *p = json_first(properties); p; p = json_next(p))
        ck_assert_msg(table_has(table, json_key(p)), "%s", json_key(p));
    ck_assert_uint_eq(json_count(properties), table->count);
    ck_assert(json_type(json_get(object, "additionalProperties")) == JSON_BOOL);
    ck_assert(!json_true(json_get(object, "additionalProperties")));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_manifest(void)
{
    Suite *s = suite_create("manifest");
    TCase *t = tcase_create("manifest");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, good_manifests_are_taken, 0, ROWS(good));
    tcase_add_test(t, defaults_are_the_documented_ones);
    tcase_add_test(t, values_are_normalised);
    tcase_add_test(t, devstack_is_the_model);
    tcase_add_test(t, an_unknown_builtin_is_told);
    tcase_add_loop_test(t, the_effective_manifest_fed_back_is_the_same, 0, 4);
    tcase_add_test(t, another_manifest_has_another_digest);
    tcase_add_test(t, out_is_untouched_on_failure);
    tcase_add_test(t, a_secret_default_is_warned_about);
    tcase_add_test(t, texts_with_secrets_are_not_quoted);
    tcase_add_test(t, services_asked_for_by_name_must_be_predefined);
    tcase_add_test(t, too_many_entries_are_refused);
    tcase_add_test(t, a_tangle_is_told_within_bounds);
    tcase_add_test(t, words_and_enums_agree);
    tcase_add_loop_test(t, the_schema_has_the_same_keys, 0, ROWS(described));
    suite_add_tcase(s, t);
    return s;
}
