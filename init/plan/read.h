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
extern const struct key_table step_keys;
extern const struct key_table artifact_keys;
extern const struct key_table test_keys;

/* Defaults, also told by the schema and the manual. */
#define DEFAULT_DEADLINE_US (300 * US_PER_S)
#define DEFAULT_PROBE_TIMEOUT_US (3 * US_PER_S)
#define DEFAULT_SERVICE_TIMEOUT_US (60 * US_PER_S)
#define DEFAULT_INTERVAL_US (10 * US_PER_S)
#define DEFAULT_FAILURE_THRESHOLD 3
#define DEFAULT_GIVE_UP_AFTER 3
#define DEFAULT_STOP_GRACE_US (10 * US_PER_S)
#define DEFAULT_STEP_TIMEOUT_US (300 * US_PER_S)
#define DEFAULT_TEST_TIMEOUT_US (30 * US_PER_S)

/* An attempt that takes longer than this is not a probe. */
#define PROBE_TIMEOUT_MAX_US (600 * US_PER_S)

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
 * read_probe - a probe object into a struct probe.
 */
void read_probe(struct reader *r, const struct json *n, void *field);

/*
 * read_manifest - the whole document; variables first, since everything else refers to them.
 */
void read_manifest(struct reader *r, struct manifest *out);

#endif
