#include "tests/unit/run_fixture.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define STARTED_US 5000000U

static const struct variable variables[] = {
    {.name = "REDIS_URL", .field = "redis_url", .type = VALUE_REDIS_URL, .required = true},
    {.name = "ENVIRONMENT", .field = "environment", .type = VALUE_STRING, .default_value = "local"},
    {.name = "API_TOKEN", .type = VALUE_SECRET, .required = true, .secret = true},
    {.name = "WEBSOCKET_URL", .field = "websocket_url", .type = VALUE_WS_URL},
};

static char redis_url[] = "REDIS_URL=redis://app:" RUN_PASSWORD "@cache:6379/0";
static char place[] = "ENVIRONMENT=docker";
static char token[] = "API_TOKEN=" RUN_TOKEN;
static char *environment[] = {redis_url, place, token, NULL};

static const char *const redis_name[] = {"redis", NULL};
static const char *const backend_name[] = {"backend", NULL};
static const char *const migrate_name[] = {"migrate", NULL};
static const char *const migrate_command[] = {"migrate", "--url", "${REDIS_URL}", NULL};
static const char *const smoke_command[] = {"smoke", "${API_TOKEN}", NULL};
static const char *const migrate_paths[] = {"/srv/schema.sql", NULL};

static struct service services[] = {
    {.name = "redis", .probe = {.kind = PROBE_REDIS}, .required = true},
    {.name = "backend",
     .depends_on = {redis_name, 1},
     .after = {migrate_name, 1},
     .probe = {.kind = PROBE_HTTP},
     .required = true},
    {.name = "websocket", .depends_on = {backend_name, 1}, .probe = {.kind = PROBE_WEBSOCKET}, .required = true},
};
static struct artifact artifacts[] = {{.type = ARTIFACT_FILE, .path = "/srv/schema.sql"}};
static struct step steps[] = {{.id = "migrate",
                               .name = "Bring the schema up to date",
                               .category = CATEGORY_CONFIGURATION,
                               .services = {redis_name, 1},
                               .command = {migrate_command, 3},
                               .artifacts = artifacts,
                               .artifact_count = 1}};
static struct test tests[] = {{.name = "smoke",
                               .type = TEST_SMOKE,
                               .services = {backend_name, 1},
                               .blocking = true,
                               .command = {smoke_command, 2},
                               .timeout_us = 5000000}};

static const uint16_t needs_redis[] = {RUN_REDIS};
static const uint16_t needs_both[] = {RUN_REDIS, RUN_MIGRATE};
static const uint16_t needs_backend[] = {RUN_BACKEND};
static const uint16_t redis_blocks[] = {RUN_BACKEND, RUN_MIGRATE};
static const uint16_t backend_blocks[] = {RUN_WEBSOCKET, RUN_SMOKE};
static const uint16_t order[] = {RUN_REDIS, RUN_MIGRATE, RUN_BACKEND, RUN_WEBSOCKET, RUN_SMOKE};
static char program[] = "program";
static char *const command[] = {program, NULL};
static struct wire_probe_request request;

static const struct node template[RUN_NODES] = {
    [RUN_REDIS] = {.kind = NODE_SERVICE,
                   .name = "redis",
                   .service = &services[0],
                   .blocks = redis_blocks,
                   .block_count = 2,
                   .required = true,
                   .probed = true,
                   .timeout_us = 30000000,
                   .failure_threshold = 1,
                   .request = &request,
                   .shown_target = "redis://app:***@cache:6379/0"},
    [RUN_BACKEND] = {.kind = NODE_SERVICE,
                     .name = "backend",
                     .service = &services[1],
                     .needs = needs_both,
                     .need_count = 2,
                     .blocks = backend_blocks,
                     .block_count = 2,
                     .required = true,
                     .probed = true,
                     .timeout_us = 30000000,
                     .failure_threshold = 1,
                     .request = &request,
                     .shown_target = "http://localhost:8000/health"},
    [RUN_WEBSOCKET] = {.kind = NODE_SERVICE,
                       .name = "websocket",
                       .service = &services[2],
                       .needs = needs_backend,
                       .need_count = 1,
                       .inactive = true,
                       .inactive_why = "not_configured",
                       .required = true,
                       .shown_target = ""},
    [RUN_MIGRATE] = {.kind = NODE_STEP,
                     .name = "migrate",
                     .step = &steps[0],
                     .needs = needs_redis,
                     .need_count = 1,
                     .blocks = needs_backend,
                     .block_count = 1,
                     .required = true,
                     .runs = true,
                     .timeout_us = 10000000,
                     .argv = command,
                     .artifact_paths = migrate_paths},
    [RUN_SMOKE] = {.kind = NODE_TEST,
                   .name = "smoke",
                   .test = &tests[0],
                   .needs = needs_backend,
                   .need_count = 1,
                   .required = true,
                   .runs = true,
                   .timeout_us = 5000000,
                   .argv = command,
                   .shown_target = ""},
};

void run_begin(struct run *r)
{
    static const uint8_t key[32] = {1, 2, 3};
    memset(r, 0, sizeof(*r));
    arena_init(&r->arena);
    const struct resolve_options options = {.strict = false};
    config_resolve(variables, sizeof(variables) / sizeof(variables[0]), environment, &options, &r->arena, &r->config,
                   &r->problems);
    ck_assert_msg(r->problems.errors == 0, "%s", r->problems.items[0].text);
    r->problems = (struct problems){0};
    config_seal(&r->config, key, sizeof(key));
    redactor_init(&r->redactor, &r->config, &r->arena);
    r->manifest = (struct manifest){.source = "muster.json", .service_count = 3, .step_count = 1, .test_count = 1};
    r->graph = (struct graph){.nodes = arena_alloc(&r->arena, RUN_NODES, sizeof(struct node)),
                              .count = RUN_NODES,
                              .order = order,
                              .service_count = 3,
                              .step_count = 1,
                              .test_count = 1};
    memcpy(r->graph.nodes, template, sizeof(template));
    artifact_list_build(&r->artifacts, &r->graph, &r->arena);
    for (size_t i = 0; i < RUN_NODES; i++) {
        output_init(&r->outputs[i], &r->redactor, false, NULL);
        r->output_of[i] = r->graph.nodes[i].runs ? &r->outputs[i] : NULL;
    }
    const struct engine_options how = {.seed = 1, .keep_calling = true};
    struct engine *engine = engine_new(&r->arena, &r->graph, &how);
    r->now_us = STARTED_US;
    r->view = (struct status_view){.phase = PHASE_CALLING,
                                   .manifest = &r->manifest,
                                   .config = &r->config,
                                   .problems = &r->problems,
                                   .graph = &r->graph,
                                   .engine = engine,
                                   .artifacts = &r->artifacts,
                                   .outputs = r->output_of,
                                   .session = "0123456789abcdef0123456789abcdef",
                                   .state_path = "/run/muster",
                                   /* 2026-01-01T00:00:00Z */
                                   .anchor = {.wall_us = 1767225600ULL * US_PER_S, .mono_us = STARTED_US},
                                   .facts = {.manifest_sha256 = "abc", .muster_version = "0.1.0"}};
    r->view.facts.fingerprints = profile_fingerprints(&r->config, key, sizeof(key), &r->arena);
}

void run_end(struct run *r)
{
    arena_free_all(&r->arena);
}

void run_event(struct run *r, const struct engine_event *event)
{
    struct engine *engine = (struct engine *)(uintptr_t)r->view.engine;
    engine_handle(engine, event, r->now_us);
    for (struct engine_action action; engine_take(engine, &action);) {
        if (action.kind == ACTION_READY) {
            r->ready = true;
            r->view.phase = PHASE_READY;
        } else if (action.kind == ACTION_FAILED) {
            r->failed = true;
            r->view.phase = PHASE_FAILED;
            r->view.exit_code = action.exit_code;
        } else if (action.kind == ACTION_RUN) {
            engine_handle(engine, &(struct engine_event){.kind = EVENT_STARTED, .node = action.node}, r->now_us);
        }
    }
}

void run_start(struct run *r)
{
    run_event(r, &(struct engine_event){.kind = EVENT_START});
}

void run_wait(struct run *r, uint64_t us)
{
    r->now_us += us;
    run_event(r, &(struct engine_event){.kind = EVENT_TIMER});
}

void run_verdict(struct run *r, size_t node, enum verdict_class verdict, const char *text)
{
    struct wire_verdict v = {.type = WIRE_VERDICT, .id = (uint32_t)node, .verdict = verdict, .elapsed_us = 300};
    snprintf(v.text, sizeof(v.text), "%s", text);
    snprintf(v.address, sizeof(v.address), "10.0.0.7");
    if (node == RUN_REDIS) {
        snprintf(v.redis_role, sizeof(v.redis_role), "master");
    } else {
        v.http_status = verdict == VERDICT_OK ? 200 : 0;
    }
    r->now_us += 300;
    run_event(r, &(struct engine_event){.kind = EVENT_VERDICT, .node = node, .verdict = &v});
}

void run_exit(struct run *r, size_t node, int wait_status, int exec_errno)
{
    run_event(r, &(struct engine_event){
                     .kind = EVENT_EXIT, .node = node, .wait_status = wait_status, .exec_errno = exec_errno});
}

void run_recorded(struct run *r, bool ok, const char *text)
{
    struct artifact_record *record = &r->artifacts.items[0];
    record->measured = true;
    record->found = (struct wire_recorded){
        .facts = {.kind = WIRE_FILE_REGULAR, .algorithm = DIGEST_SHA256, .size = 1204, .mode = 0644}};
    if (!ok) {
        record->found = (struct wire_recorded){.error = ENOENT};
    }
    run_event(r, &(struct engine_event){.kind = EVENT_RECORDED, .node = RUN_MIGRATE, .ok = ok, .text = text});
}

void run_to_ready(struct run *r)
{
    run_start(r);
    run_verdict(r, RUN_REDIS, VERDICT_OK, "");
    r->now_us += 210 * US_PER_MS;
    run_exit(r, RUN_MIGRATE, 0, 0);
    run_recorded(r, true, NULL);
    run_verdict(r, RUN_BACKEND, VERDICT_OK, "");
    run_exit(r, RUN_SMOKE, 0, 0);
    ck_assert(r->ready);
}
