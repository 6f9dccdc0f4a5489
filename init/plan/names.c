#include "init/plan/names.h"

#include <string.h>

#include "init/base/text.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const probe_kinds[] = {
    [PROBE_TCP - 1] = "tcp",     [PROBE_UNIX - 1] = "unix",           [PROBE_HTTP - 1] = "http",
    [PROBE_REDIS - 1] = "redis", [PROBE_WEBSOCKET - 1] = "websocket", [PROBE_GRPC - 1] = "grpc",
    [PROBE_DNS - 1] = "dns",     [PROBE_POSTGRES - 1] = "postgres",   [PROBE_MYSQL - 1] = "mysql",
    [PROBE_EXEC - 1] = "exec",   [PROBE_FILE - 1] = "file",           [PROBE_PROCESS - 1] = "process",
};
static const char *const restart_policies[RESTART_POLICY_COUNT] = {"never", "on-failure", "always"};
static const char *const record_types[] = {"any", "A", "AAAA"};
static const char *const redis_roles[] = {"master", "replica"};
static const char *const step_categories[CATEGORY_COUNT] = {
    [CATEGORY_PREREQUISITES] = "prerequisites",
    [CATEGORY_INSTALLATION] = "installation",
    [CATEGORY_CONFIGURATION] = "configuration",
    [CATEGORY_VALIDATION] = "validation",
};
static const char *const artifact_types[ARTIFACT_TYPE_COUNT] = {
    [ARTIFACT_FILE] = "file",
    [ARTIFACT_SERVICE] = "service",
    [ARTIFACT_CONFIGURATION] = "configuration",
    [ARTIFACT_DEPENDENCY] = "dependency",
};
static const char *const test_types[TEST_TYPE_COUNT] = {
    [TEST_SMOKE] = "smoke",
    [TEST_CONTRACT] = "contract",
    [TEST_INTEGRATION] = "integration",
    [TEST_E2E] = "e2e",
};
static const char *const step_actions[DO_KIND_COUNT] = {
    [DO_COMMAND] = "command", [DO_WRITE] = "write", [DO_MKDIR] = "mkdir", [DO_COPY] = "copy",
    [DO_SYMLINK] = "symlink", [DO_CHMOD] = "chmod", [DO_CHOWN] = "chown", [DO_DOWNLOAD] = "download",
};
static const char *const rollback_policies[ROLLBACK_POLICY_COUNT] = {
    [ROLLBACK_STEP] = "step",
    [ROLLBACK_SESSION] = "session",
    [ROLLBACK_NONE] = "none",
};
static const char *const expectations[] = {"up", "down"};
static const char *const resource_limits[] = {"as",      "core",     "cpu",        "data",   "fsize", "locks",
                                              "memlock", "msgqueue", "nice",       "nofile", "nproc", "rss",
                                              "rtprio",  "rttime",   "sigpending", "stack"};
static const char *const ready_words[] = {"notify"};
static const char *const empty_rules[] = {"error", "unset"};
static const char *const deliveries[] = {
    [DELIVER_ENV - 1] = "env",
    [DELIVER_FILE - 1] = "file",
    [DELIVER_NONE - 1] = "none",
};
static const char *const path_rules[] = {"exists", "file", "directory", "readable", "writable", "executable"};

const struct names probe_kind_names = {probe_kinds, COUNT_OF(probe_kinds), "probe type"};
const struct names step_category_names = {step_categories, COUNT_OF(step_categories), "step category"};
const struct names artifact_type_names = {artifact_types, COUNT_OF(artifact_types), "artifact type"};
const struct names test_type_names = {test_types, COUNT_OF(test_types), "test type"};
const struct names restart_names = {restart_policies, COUNT_OF(restart_policies), "restart policy"};
const struct names record_names = {record_types, COUNT_OF(record_types), "record type"};
const struct names role_names = {redis_roles, COUNT_OF(redis_roles), "redis role"};
const struct names expect_names = {expectations, COUNT_OF(expectations), "expectation"};
const struct names rollback_names = {rollback_policies, COUNT_OF(rollback_policies), "rollback policy"};
const struct names limit_names = {resource_limits, COUNT_OF(resource_limits), "limit"};
const struct names ready_word_names = {ready_words, COUNT_OF(ready_words), "way to say that it is ready"};
const struct names empty_rule_names = {empty_rules, COUNT_OF(empty_rules), "rule for empty values"};
const struct names delivery_names = {deliveries, COUNT_OF(deliveries), "way to hand a value over"};
const struct names path_rule_names = {path_rules, COUNT_OF(path_rules), "rule for paths"};

static const char *name_at(const void *ctx, size_t i)
{
    const struct names *n = ctx;

    return n->items[i];
}

int names_find(const struct names *n, const char *word)
{
    for (size_t i = 0; i < n->count; i++) {
        if (strcmp(n->items[i], word) == 0)
            return (int)i;
    }
    return -1;
}

const char *names_nearest(const struct names *n, const char *word)
{
    return text_nearest(word, name_at, n, n->count);
}

const char *probe_kind_name(enum probe_kind k)
{
    return k == PROBE_NONE ? "none" : probe_kinds[k - 1];
}

const char *step_category_name(enum step_category c)
{
    return step_categories[c];
}

const char *step_action_name(enum step_action_kind k)
{
    return step_actions[k];
}

const char *artifact_type_name(enum artifact_type t)
{
    return artifact_types[t];
}

const char *test_type_name(enum test_type t)
{
    return test_types[t];
}
