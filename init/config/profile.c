#include "init/config/profile.h"

#include <string.h>

#include "init/base/text.h"

const char *const profile_fields[PROFILE_FIELD_COUNT] = {
    "redis_url",   "redis_session_db", "redis_task_db", "youtube_api_key", "openai_api_key",
    "backend_url", "frontend_url",     "websocket_url", "environment",
};

/* Beyond this JSON readers lose digits: 2^53. */
#define WHOLE_MAX ((int64_t)1 << 53)
/* "hmac:" and eight digits tell two values apart and give nothing to guess from. */
#define FINGERPRINT_DIGITS 8

static void write_value(struct jsonw *w, const char *key, const struct setting *s)
{
    int64_t n = 0;
    if (!s || !s->value) {
        jsonw_null(w, key);
        return;
    }
    bool number = s->variable->type == VALUE_INT || s->variable->type == VALUE_PORT;
    if (number && !s->tainted && text_parse_int(s->value, &n) == 0 && n >= -WHOLE_MAX && n <= WHOLE_MAX)
        jsonw_int(w, key, n);
    else
        jsonw_string(w, key, s->shown);
}

static bool is_profile_field(const char *name)
{
    for (size_t i = 0; name && i < PROFILE_FIELD_COUNT; i++) {
        if (strcmp(name, profile_fields[i]) == 0)
            return true;
    }
    return false;
}

static const char *or_null(const char *text)
{
    return text && text[0] != '\0' ? text : NULL;
}

void profile_write(struct jsonw *w, const char *key, const struct config *c)
{
    jsonw_object(w, key);
    for (size_t i = 0; i < PROFILE_FIELD_COUNT; i++)
        write_value(w, profile_fields[i], config_field(c, profile_fields[i]));
    jsonw_string(w, "state", config_state_name(c->state));
    jsonw_object(w, "sources");
    for (size_t i = 0; i < PROFILE_FIELD_COUNT; i++) {
        const struct setting *s = config_field(c, profile_fields[i]);
        jsonw_string(w, profile_fields[i], value_source_name(s ? s->source : SOURCE_UNSET));
    }
    for (size_t i = 0; i < c->count; i++) {
        if (!is_profile_field(c->settings[i].variable->field))
            jsonw_string(w, c->settings[i].variable->name, value_source_name(c->settings[i].source));
    }
    jsonw_object_end(w);
    jsonw_object(w, "extra");
    for (size_t i = 0; i < c->count; i++) {
        if (!is_profile_field(c->settings[i].variable->field))
            write_value(w, c->settings[i].variable->name, &c->settings[i]);
    }
    jsonw_object_end(w);
    jsonw_string(w, "config_digest", or_null(c->digest));
    jsonw_object_end(w);
}

static bool is_secret(const struct setting *s)
{
    return s->value && (s->variable->secret || s->variable->type == VALUE_SECRET);
}

const char *const *profile_fingerprints(const struct config *c, const uint8_t *key, size_t key_len, struct arena *a)
{
    const char **out = arena_alloc(a, c->count + 1, sizeof(*out));
    for (size_t i = 0; i < c->count; i++) {
        uint8_t hash[DIGEST_BYTES];
        char hex[DIGEST_HEX_MAX];
        if (!is_secret(&c->settings[i]))
            continue;
        digest_hmac(key, key_len, c->settings[i].value, strlen(c->settings[i].value), hash);
        digest_hex(hash, hex);
        out[i] = arena_printf(a, "hmac:%.*s", FINGERPRINT_DIGITS, hex);
    }
    return out;
}

/* A secret is told apart from another one, never shown. */
static void write_snapshot_value(struct jsonw *w, const char *key, const struct config *c, const struct setting *s,
                                 const struct snapshot_facts *facts)
{
    if (!s || !is_secret(s)) {
        write_value(w, key, s);
        return;
    }
    jsonw_object(w, key);
    jsonw_bool(w, "set", true);
    if (facts->fingerprints)
        jsonw_string(w, "fingerprint", facts->fingerprints[s - c->settings]);
    jsonw_object_end(w);
}

static bool is_fixed_key(const char *name)
{
    return is_profile_field(name) || strcmp(name, "config_digest") == 0 || strcmp(name, "manifest_sha256") == 0 ||
           strcmp(name, "muster_version") == 0;
}

void profile_snapshot(struct jsonw *w, const char *key, const struct config *c, const struct snapshot_facts *facts)
{
    jsonw_object(w, key);
    for (size_t i = 0; i < PROFILE_FIELD_COUNT; i++)
        write_snapshot_value(w, profile_fields[i], c, config_field(c, profile_fields[i]), facts);
    for (size_t i = 0; i < c->count; i++) {
        const struct variable *v = c->settings[i].variable;
        if (c->settings[i].required && !is_profile_field(v->field) && !is_fixed_key(v->name))
            write_snapshot_value(w, v->name, c, &c->settings[i], facts);
    }
    jsonw_string(w, "config_digest", or_null(c->digest));
    jsonw_string(w, "manifest_sha256", or_null(facts->manifest_sha256));
    jsonw_string(w, "muster_version", or_null(facts->muster_version));
    jsonw_object_end(w);
}
