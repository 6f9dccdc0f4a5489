#include "init/config/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"
#include "init/base/url.h"
#include "init/config/crosscheck.h"
#include "init/config/environment.h"
#include "init/config/redact.h"
#include "init/config/similar.h"

static const char *const state_names[] = {
    [CONFIG_CONFIGURATION] = "configuration",
    [CONFIG_VALIDATED] = "validated",
    [CONFIG_ACTIVE] = "active",
};

static const char *const source_names[] = {
    [SOURCE_UNSET] = "unset",
    [SOURCE_ENVIRONMENT] = "environment",
    [SOURCE_FILE] = "file",
    [SOURCE_SECRETS] = "secrets_dir",
    [SOURCE_ENV_FILE] = "env_file",
    [SOURCE_OVERRIDE] = "override",
    [SOURCE_DEFAULT] = "default",
};

/* One call of config_resolve(). */
struct resolver {
    const struct variable *variables;
    size_t count;
    const struct resolve_options *options;
    struct arena *arena;
    struct problems *problems;
    struct environment environment;
    struct similar similar;
};

const char *config_state_name(enum config_state s)
{
    return state_names[s];
}

const char *value_source_name(enum value_source s)
{
    return source_names[s];
}

static void tell_missing(struct resolver *r, const struct variable *v)
{
    struct problem *item = problem_add(r->problems, "required.missing", v->name, "required, but not set");
    if (!item)
        return;
    const char *near = similar_set(&r->similar, v->name);
    if (near)
        problem_hint(item, "%s is set: did you mean %s?", near, v->name);
    else if (v->type == VALUE_SECRET)
        problem_hint(item, "set %s", v->name);
    else if (v->type == VALUE_ENUM && v->choice_count > 0)
        problem_hint(item, "set %s, for example %s", v->name, v->choices[0]);
    else
        problem_hint(item, "set %s, for example %s", v->name, value_type_example(v->type));
}

/* Aliases in their order, then the variable's own name. */
static void look_up(struct resolver *r, struct setting *s)
{
    const struct variable *v = s->variable;
    bool skip_empty = r->options->empty_is_unset || v->empty_is_unset;
    for (size_t i = 0; i <= v->alias_count; i++) {
        const char *name = i < v->alias_count ? v->aliases[i].name : v->name;
        const char *value = environment_value(&r->environment, name);
        if (!value || (skip_empty && value[0] == '\0'))
            continue;
        if (!s->value) {
            s->value = value;
            s->name = name;
            s->source = SOURCE_ENVIRONMENT;
        } else if (strcmp(s->value, value) != 0) {
            problem_hint(problem_add(r->problems, "alias.conflict", v->name,
                                     "%s and %s are names of the same variable, and are set to different values",
                                     s->name, name),
                         "set only %s", s->name);
        }
    }
}

static bool is_url_type(enum value_type t)
{
    return t == VALUE_URI || t == VALUE_HTTP_URL || t == VALUE_WS_URL || t == VALUE_REDIS_URL;
}

static void warn_if_short(struct resolver *r, const struct setting *s, const char *what, size_t len)
{
    if (!s->valid || len == 0 || len >= REDACT_MIN)
        return;
    problem_hint(problem_warn(r->problems, "secret.short", s->name,
                              "%s is too short to be kept out of the output of programs", what),
                 "use one of at least %d characters", REDACT_MIN);
}

/* Longest shown URL: everything in struct url, the user name at most three times as long. */
#define SHOWN_URL_MAX (2 * URL_MAX)

static void show_url(struct resolver *r, struct setting *s)
{
    struct url u = {.port = 0};
    if (url_parse(s->value, strlen(s->value), &u) == URL_OK) {
        char storage[SHOWN_URL_MAX];
        struct buf shown = BUF_OVER(storage);
        buf_reset(&shown);
        url_show(&u, &shown);
        s->tainted = u.has_password || url_user_is_token(&u) || u.query[0] != '\0';
        s->shown = arena_strdup(r->arena, storage);
        warn_if_short(r, s, "the password in the URL", strlen(u.password));
    } else {
        s->tainted = true;
        s->shown = "***";
    }
    explicit_bzero(&u, sizeof(u));
}

static void show(struct resolver *r, struct setting *s)
{
    size_t len = strlen(s->value);
    if (s->variable->secret || s->variable->type == VALUE_SECRET) {
        s->tainted = true;
        s->shown = "***";
        warn_if_short(r, s, "the secret", len);
    } else if (len > 0 && (is_url_type(s->variable->type) || (strstr(s->value, "://") && strchr(s->value, '@')))) {
        show_url(r, s);
    } else {
        char *shown = arena_alloc(r->arena, len + 1, 1);
        text_printable(s->value, len, shown, len + 1);
        s->shown = shown;
    }
}

static void mark_default(struct problem *item)
{
    static const char note[] = " (this is the manifest's default)";
    size_t len = strlen(item->text);
    if (len + sizeof(note) <= sizeof(item->text))
        memcpy(item->text + len, note, sizeof(note));
}

static void resolve_one(struct resolver *r, struct setting *s)
{
    const struct variable *v = s->variable;
    look_up(r, s);
    if (!s->value && v->default_value) {
        s->value = v->default_value;
        s->source = SOURCE_DEFAULT;
    }
    if (!s->value) {
        if (v->required)
            tell_missing(r, v);
        return;
    }
    size_t before = r->problems->count;
    size_t errors = r->problems->errors;
    value_check(v, s->name, s->value, r->problems);
    s->valid = r->problems->errors == errors;
    for (size_t i = before; i < r->problems->count && s->source == SOURCE_DEFAULT; i++)
        mark_default(&r->problems->items[i]);
}

static int compare_settings(const void *a, const void *b)
{
    const struct setting *const *x = a;
    const struct setting *const *y = b;
    return strcmp((*x)->variable->name, (*y)->variable->name);
}

void config_resolve(const struct variable *variables, size_t count, char *const *environ_,
                    const struct resolve_options *options, struct arena *a, struct config *out, struct problems *p)
{
    struct resolver r = {
        .variables = variables, .count = count, .options = options, .arena = a, .problems = p};
    size_t errors_before = p->errors;
    environment_index(&r.environment, environ_, a);
    similar_init(&r.similar, variables, count, &r.environment, a);
    *out = (struct config){.state = CONFIG_CONFIGURATION, .count = count};
    out->settings = arena_alloc(a, count + 1, sizeof(*out->settings));
    out->by_name = arena_alloc(a, count + 1, sizeof(struct setting *));
    for (size_t i = 0; i < count; i++) {
        out->settings[i] = (struct setting){.variable = &variables[i], .name = variables[i].name};
        out->by_name[i] = &out->settings[i];
        resolve_one(&r, &out->settings[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (out->settings[i].value)
            show(&r, &out->settings[i]);
    }
    qsort(out->by_name, count, sizeof(struct setting *), compare_settings);
    crosscheck(out, p);
    if (options->strict)
        problems_promote(p);
    if (p->errors == errors_before)
        out->state = CONFIG_VALIDATED;
}

const struct setting *config_find(const struct config *c, const char *variable_name)
{
    struct variable wanted = {.name = variable_name};
    struct setting key = {.variable = &wanted};
    const struct setting *key_at = &key;
    const struct setting **hit = bsearch(&key_at, c->by_name, c->count, sizeof(struct setting *), compare_settings);
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
