/*
 * read - the manifest's objects: one table of keys and one function per kind of entry.
 */
#ifndef MUSTER_PLAN_READ_H
#define MUSTER_PLAN_READ_H

#include "init/plan/reader.h"

/* Every key that a manifest may hold; docs/muster.schema.json is checked against these. */
extern const struct key_table manifest_keys;
extern const struct key_table variable_keys;
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
 * read_probe - a probe object into a struct probe.
 */
void read_probe(struct reader *r, const struct json *n, void *field);

/*
 * read_manifest - the whole document; variables first, since everything else refers to them.
 */
void read_manifest(struct reader *r, struct manifest *out);

#endif
