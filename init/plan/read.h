/*
 * read - the manifest's objects: one table of keys and one function per kind of entry.
 */
#ifndef MUSTER_PLAN_READ_H
#define MUSTER_PLAN_READ_H

#include "init/plan/reader.h"

/* Every key that a manifest may hold; docs/muster.schema.json is checked against these. */
extern const struct key_table manifest_keys;
extern const struct key_table variable_keys;
extern const struct key_table alias_keys;
extern const struct key_table override_keys;
extern const struct key_table condition_keys;
extern const struct key_table service_keys;
extern const struct key_table probe_keys;
extern const struct key_table probe_tls_keys;
extern const struct key_table step_keys;
extern const struct key_table artifact_keys;
extern const struct key_table retry_keys;
extern const struct key_table action_keys[DO_KIND_COUNT]; /* none for DO_COMMAND */
extern const struct key_table test_keys;

/* Defaults, also told by the schema and the manual. */
#define DEFAULT_DEADLINE_US (300 * US_PER_S)
#define DEFAULT_PROBE_TIMEOUT_US (3 * US_PER_S)
#define DEFAULT_HOLD_US (5 * US_PER_MS)
#define DEFAULT_SERVICE_TIMEOUT_US (60 * US_PER_S)
#define DEFAULT_INTERVAL_US (10 * US_PER_S)
#define DEFAULT_FAILURE_THRESHOLD 3
#define DEFAULT_GIVE_UP_AFTER 3
#define DEFAULT_STOP_GRACE_US (10 * US_PER_S)
#define DEFAULT_RETRY_MAX_US (250 * US_PER_MS)
#define DEFAULT_JITTER 10
#define DEFAULT_RESTART_DELAY_US (100 * US_PER_MS)
#define DEFAULT_RESTART_MAX_US (30 * US_PER_S)
#define DEFAULT_RESTART_LIMIT 5
#define DEFAULT_RESTART_WINDOW_US (60 * US_PER_S)
#define DEFAULT_LOG_LIMIT ((uint64_t)1 << 20)
#define DEFAULT_STEP_TIMEOUT_US (300 * US_PER_S)
#define DEFAULT_STEP_BACKOFF_US US_PER_S
#define DEFAULT_STEP_BACKOFF_MAX_US (60 * US_PER_S)
#define DEFAULT_PARALLEL 8
#define DEFAULT_TEST_TIMEOUT_US (30 * US_PER_S)

/* An attempt that takes longer than this is not a probe. */
#define PROBE_TIMEOUT_MAX_US (600 * US_PER_S)

/* What one step leaves behind; a journal is read with the same bound. */
#define READ_ARTIFACTS_MAX 256

/*
 * read_variable, read_service, read_step, read_test - one entry of its collection.
 */
void read_variable(struct reader *r, const struct json *n, const char *name, void *entry);
void read_service(struct reader *r, const struct json *n, const char *name, void *entry);
void read_step(struct reader *r, const struct json *n, const char *name, void *entry);
void read_test(struct reader *r, const struct json *n, const char *name, void *entry);

/*
 * read_type_rules - what a variable's type makes of its keys: bounds, schemes; "value" for what means nothing for the type.
 */
void read_type_rules(struct reader *r, const struct json *n, struct variable *v);

/*
 * read_relations - what a variable says about others: conditions, environments. Once all variables are read.
 */
void read_relations(struct reader *r, const struct json *n, struct variable *v);

/*
 * read_condition - a condition object (condition.h) in the arena; NULL after a mistake. What a variable is compared with has to be
 * a value that it can have. Once all variables are read.
 */
const struct condition *read_condition(struct reader *r, const struct json *n);

/*
 * read_check_value - hold a text of the manifest against the rules of @v, at the current place; the file system is left alone.
 */
void read_check_value(struct reader *r, const struct variable *v, const char *value);

/*
 * read_check_default - likewise a default: one that refers to variables is checked when they have values (resolve.h).
 * The warning "secret.default".
 */
void read_check_default(struct reader *r, const struct variable *v, const char *value);

/*
 * read_probe - a probe object into a struct probe. Readers for KEY_OWN, like those below.
 */
void read_probe(struct reader *r, const struct json *n, void *field);

/*
 * read_probe_tls - "tls" of a probe into a struct probe_tls.
 */
void read_probe_tls(struct reader *r, const struct json *n, void *field);

/*
 * read_method, read_headers, read_status, read_redirects - what an HTTP request says, and which answers are good: into a
 * struct probe.
 */
void read_method(struct reader *r, const struct json *n, void *probe);
void read_headers(struct reader *r, const struct json *n, void *probe);
void read_status(struct reader *r, const struct json *n, void *probe);
void read_redirects(struct reader *r, const struct json *n, void *probe);

/*
 * read_expect_headers, read_expect_body - what answers are held against (match.h): into a struct probe, as JSON.
 */
void read_expect_headers(struct reader *r, const struct json *n, void *probe);
void read_expect_body(struct reader *r, const struct json *n, void *probe);

/*
 * read_ready, read_when_lost, read_stop_signal, read_log_limit - keys of a service, into a struct service.
 */
void read_ready(struct reader *r, const struct json *n, void *service);
void read_when_lost(struct reader *r, const struct json *n, void *service);
void read_stop_signal(struct reader *r, const struct json *n, void *service);
void read_log_limit(struct reader *r, const struct json *n, void *service);

/*
 * read_jitter - per cent of a pause, into a uint8_t.
 */
void read_jitter(struct reader *r, const struct json *n, void *field);

/*
 * read_check_pauses - two bounds of a pause: the one that is not given follows the other; "value" when both are and the first is
 * longer.
 */
void read_check_pauses(struct reader *r, const struct json *n, const char *min_key, uint64_t *min, const char *max_key,
                       uint64_t *max);

/*
 * read_retry - a number or an object, into a struct step_retry that has its defaults.
 */
void read_retry(struct reader *r, const struct json *n, void *field);

/*
 * read_shell - a text for MANIFEST_SHELL, as it is: what is in it is the shell's, a "$" as well. Returns whether @out is filled.
 */
bool read_shell(struct reader *r, const struct json *n, struct strings *out);

/*
 * read_action - what muster does itself: the object under the key step_action_name(@kind). Returns whether it is good.
 */
bool read_action(struct reader *r, const struct json *n, enum step_action_kind kind, struct step_action *out);

/*
 * read_implied_artifact - what the action of @s makes is an artifact of its, unless it lists that path itself.
 */
void read_implied_artifact(struct reader *r, struct step *s);

/*
 * read_artifacts - an array of artifacts, into a struct step.
 */
void read_artifacts(struct reader *r, const struct json *n, void *step_);

/*
 * read_permissions, read_checksum - "0644", "sha256:…", written out in full: into a text.
 */
void read_permissions(struct reader *r, const struct json *n, void *field);
void read_checksum(struct reader *r, const struct json *n, void *field);

/*
 * read_check_setid - report @permissions of the current object that have set-user-ID and set-group-ID bits. NULL has none.
 */
void read_check_setid(struct reader *r, const char *permissions, const char *hint);

/*
 * read_is_numeric_owner - "uid" or "uid:gid", in numbers?
 */
bool read_is_numeric_owner(const char *owner);

/*
 * read_recorded - like KEY_TEXT, but for what is shown and recorded: no secrets.
 */
void read_recorded(struct reader *r, const struct json *n, void *field);

/*
 * read_environments - where something is done: an array, into a struct strings.
 */
void read_environments(struct reader *r, const struct json *n, void *field);

/* How a process is started: keys of a table whose target has a struct process_options at @at. */
#define READ_PROCESS_KEYS(at)                                                                                          \
    {.name = "user", .kind = KEY_OWN, .offset = (at) + offsetof(struct process_options, user), .read = read_account},  \
        {.name = "groups",                                                                                             \
         .kind = KEY_OWN,                                                                                              \
         .offset = (at) + offsetof(struct process_options, groups),                                                    \
         .read = read_account},                                                                                        \
        {.name = "environment", .kind = KEY_OWN, .offset = (at), .read = read_environment},                            \
        {.name = "directory", .kind = KEY_TEXT, .offset = (at) + offsetof(struct process_options, directory)},         \
        {.name = "umask", .kind = KEY_OWN, .offset = (at), .read = read_umask},                                        \
    {                                                                                                                  \
        .name = "limits", .kind = KEY_OWN, .offset = (at), .read = read_limits                                         \
    }

/*
 * read_environment, read_umask, read_limits, read_account - how a process is started: into struct process_options, and a text.
 */
void read_environment(struct reader *r, const struct json *n, void *process);
void read_umask(struct reader *r, const struct json *n, void *process);
void read_limits(struct reader *r, const struct json *n, void *process);
void read_account(struct reader *r, const struct json *n, void *field);

/*
 * read_check_directory - a working directory has to be absolute, as far as can be told before variables are replaced.
 */
void read_check_directory(struct reader *r, const char *directory);

/* What the names and values of an object of texts have to be. */
struct pair_rules {
    const char *noun; /* "header" */
    size_t max;
    bool (*name_is_valid)(const char *name);
    const char *name_rule; /* what a valid name looks like */
    /* The text of a value, in the arena, or NULL after a mistake. */
    const char *(*value)(struct reader *r, const struct json *n);
};

/*
 * read_pairs - an object of texts: "type", "limit", "name", and what @rules->value reports.
 */
void read_pairs(struct reader *r, const struct json *n, const struct pair_rules *rules, struct pairs *out);

/*
 * read_whole - a whole number from @min to @max: "value". @hint may be "". Returns whether it is one.
 */
bool read_whole(struct reader *r, const struct json *n, int64_t min, int64_t max, const char *hint, int64_t *out);

/*
 * read_groups - once all services are read: what any_of means for its members.
 *
 * @collection  the object that @m->services were read from.
 */
void read_groups(const struct json *collection, struct manifest *m, struct arena *a);

/*
 * read_manifest - the whole document; variables first, since everything else refers to them.
 */
void read_manifest(struct reader *r, struct manifest *out);

#endif
