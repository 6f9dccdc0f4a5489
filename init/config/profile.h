/*
 * profile - the data model's ConfigurationProfile as muster writes it: always exactly nine fields, the user's own
 * variables under "extra".
 */
#ifndef MUSTER_CONFIG_PROFILE_H
#define MUSTER_CONFIG_PROFILE_H

#include "init/base/jsonw.h"
#include "init/config/resolve.h"

#define PROFILE_FIELD_COUNT 9
extern const char *const profile_fields[PROFILE_FIELD_COUNT];

/*
 * profile_write - {nine fields, "state", "sources", "extra", "config_digest"}.
 *
 * Integers are written as numbers; masked strings for secrets ("***") and URLs with passwords; null when unset or not
 * declared.
 */
void profile_write(struct jsonw *w, const char *key, const struct config *c);

/* Facts about the run that go into every snapshot. All borrowed. */
struct snapshot_facts {
    const char *manifest_sha256;
    const char *muster_version;
    const char *const *fingerprints; /* profile_fingerprints(), or NULL = none are shown */
};

/*
 * profile_fingerprints - per setting "hmac:8 hex" of its value where that is secret, NULL elsewhere; in the arena.
 *
 * Under the state directory's random key: a plain hash could be guessed.
 */
const char *const *profile_fingerprints(const struct config *c, const uint8_t *key, size_t key_len, struct arena *a);

/*
 * profile_snapshot - TestExecution.environment_snapshot: all nine fields, every user variable that is required here (under its
 * own name), config_digest, manifest_sha256, muster_version.
 *
 * Secrets are {"set":true,"fingerprint":"hmac:8 hex"}; URLs masked; unset is null.
 */
void profile_snapshot(struct jsonw *w, const char *key, const struct config *c, const struct snapshot_facts *facts);

#endif
