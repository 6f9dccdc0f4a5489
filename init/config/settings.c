#include <stdlib.h>
#include <string.h>

#include "init/config/resolve.h"

static const char *const state_names[] = {
    [CONFIG_CONFIGURATION] = "configuration",
    [CONFIG_VALIDATED] = "validated",
    [CONFIG_ACTIVE] = "active",
};

static const char *const source_names[] = {
    [SOURCE_UNSET] = "unset",         [SOURCE_ENVIRONMENT] = "environment", [SOURCE_FILE] = "file",
    [SOURCE_SECRETS] = "secrets_dir", [SOURCE_ENV_FILE] = "env_file",       [SOURCE_OVERRIDE] = "override",
    [SOURCE_DEFAULT] = "default",
};

const char *config_state_name(enum config_state s)
{
    return state_names[s];
}

const char *value_source_name(enum value_source s)
{
    return source_names[s];
}

static int compare_name(const void *name, const void *setting)
{
    return strcmp(name, (*(const struct setting *const *)setting)->variable->name);
}

const struct setting *config_find(const struct config *c, const char *variable_name)
{
    const struct setting **hit = bsearch(variable_name, c->by_name, c->count, sizeof(struct setting *), compare_name);
    return hit ? *hit : NULL;
}

const struct setting *config_field(const struct config *c, const char *field)
{
    for (size_t i = 0; i < c->count; i++) {
        const char *own = c->settings[i].variable->field;
        if (own && strcmp(own, field) == 0)
            return &c->settings[i];
    }
    return NULL;
}

void config_seal(struct config *c, const uint8_t *key, size_t key_len)
{
    struct digest d;
    uint8_t hash[DIGEST_BYTES];
    char hex[DIGEST_HEX_MAX];
    digest_init(&d);
    for (size_t i = 0; i < c->count; i++) {
        const struct setting *s = c->by_name[i];
        if (!s->value)
            continue;
        const char *value = s->value;
        if (s->tainted) {
            digest_hmac(key, key_len, value, strlen(value), hash);
            digest_hex(hash, hex);
            value = hex;
        }
        digest_update(&d, s->variable->name, strlen(s->variable->name));
        digest_update(&d, "=", 1);
        digest_update(&d, value, strlen(value));
        digest_update(&d, "\n", 1);
    }
    digest_final(&d, hash);
    digest_hex(hash, c->digest);
}
