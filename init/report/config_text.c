#include "init/report/config_text.h"

#include <string.h>

#include "init/base/text.h"
#include "init/base/url.h"

#define MASK "***"

bool config_text_hides(const struct variable *v)
{
    return v->secret || v->type == VALUE_SECRET;
}

/* The password in a text that is no URL yet, since a part of it is still ${NAME}. Returns its length, 0 = none. */
static size_t find_password(const char *text, const char **at)
{
    const char *authority = strstr(text, "://");
    if (!authority)
        return 0;
    authority += 3;
    const char *end = strrchr(authority, '@');
    if (!end)
        return 0;
    const char *colon = memchr(authority, ':', (size_t)(end - authority));
    *at = colon ? colon + 1 : authority;
    return (size_t)(end - *at);
}

/* A reference is no secret, whatever it stands for: "redis://:${PASSWORD}@cache" is shown as it is. */
static const char *mask_template(const char *text, struct arena *a, bool *masked)
{
    const char *password = NULL;
    size_t len = find_password(text, &password);
    if (len == 0 || (len > 2 && memcmp(password, "${", 2) == 0 && memchr(password, '}', len) == password + len - 1))
        return text;
    *masked = true;
    return arena_printf(a, "%.*s" MASK "%s", (int)(password - text), text, password + len);
}

static const char *mask_url(const char *text, struct arena *a, bool *masked)
{
    struct url u = {.port = 0};
    const char *shown = MASK;
    *masked = true;
    if (url_parse(text, strlen(text), &u) == URL_OK) {
        *masked = u.has_password || url_user_is_token(&u) || u.query[0] != '\0';
        shown = text;
        if (*masked) {
            char storage[2 * URL_MAX];
            struct buf out = BUF_OVER(storage);
            buf_reset(&out);
            url_show(&u, &out);
            shown = arena_strdup(a, storage);
        }
    }
    explicit_bzero(&u, sizeof(u));
    return shown;
}

const char *config_text_mask(const struct variable *v, const char *text, struct arena *a, bool *masked)
{
    *masked = false;
    if (config_text_hides(v)) {
        *masked = true;
        return MASK;
    }
    if (value_type_is_url(v->type) || (strstr(text, "://") && strchr(text, '@')))
        return mask_url(text, a, masked);
    size_t len = strlen(text);
    char *shown = arena_alloc(a, len + 1, 1);
    text_printable(text, len, shown, len + 1);
    return shown;
}

static bool refers(const char *text)
{
    for (const char *dollar = strchr(text, '$'); dollar; dollar = strchr(dollar + 2, '$')) {
        if (dollar[1] != '$')
            return true;
    }
    return false;
}

/* "$$" is a dollar sign. */
static const char *undouble(const char *text, struct arena *a)
{
    char *out = arena_strdup(a, text);
    size_t used = 0;
    for (const char *c = text; *c != '\0'; c++) {
        out[used++] = *c;
        if (c[0] == '$' && c[1] == '$')
            c++;
    }
    out[used] = '\0';
    return out;
}

enum default_kind config_text_default(const struct variable *v, const char *text, struct arena *a, const char **out)
{
    bool masked = false;
    *out = NULL;
    if (!text)
        return DEFAULT_NONE;
    if (config_text_hides(v)) {
        *out = MASK;
        return DEFAULT_SECRET;
    }
    if (refers(text)) {
        *out = mask_template(text, a, &masked);
        return DEFAULT_REFERS;
    }
    *out = config_text_mask(v, undouble(text, a), a, &masked);
    return masked ? DEFAULT_MASKED : DEFAULT_PLAIN;
}

/* "docker", "docker or cloud": the environments in which it is required, or is not. */
static size_t list_environments(const struct variable *v, bool required, struct buf *out)
{
    size_t count = 0;
    size_t told = 0;
    for (size_t i = 0; i < v->override_count; i++)
        count += v->overrides[i].has_required && v->overrides[i].required == required;
    for (size_t i = 0; i < v->override_count; i++) {
        const struct variable_override *o = &v->overrides[i];
        if (!o->has_required || o->required != required)
            continue;
        buf_printf(out, "%s%s", told == 0 ? "" : told + 1 < count ? ", " : " or ", o->environment);
        told++;
    }
    return count;
}

void config_text_required(const struct variable *v, struct buf *out)
{
    char storage[1024];
    struct buf names = BUF_OVER(storage);
    buf_reset(&names);
    bool excepted = list_environments(v, !v->required, &names) > 0;
    if (v->default_value && !refers(v->default_value)) {
        buf_puts(out, "no");
        return;
    }
    if (v->required) {
        buf_puts(out, "yes");
        if (excepted)
            buf_printf(out, ", but not in %s", storage);
        if (!excepted || !v->required_when)
            return;
        buf_puts(out, " unless ");
    } else if (excepted) {
        buf_printf(out, "in %s", storage);
    }
    if (v->required_when) {
        buf_puts(out, v->required ? "" : excepted ? ", and when " : "when ");
        condition_show(v->required_when, out);
    } else if (!excepted) {
        buf_puts(out, "no");
    }
}

const struct variable *config_text_variable(const struct manifest *m, const char *name)
{
    for (size_t i = 0; i < m->variable_count; i++) {
        if (strcmp(m->variables[i].name, name) == 0)
            return &m->variables[i];
    }
    return NULL;
}

static bool is_alias(const struct manifest *m, const char *name)
{
    for (size_t i = 0; i < m->variable_count; i++) {
        for (size_t k = 0; k < m->variables[i].alias_count; k++) {
            if (strcmp(m->variables[i].aliases[k].name, name) == 0)
                return true;
        }
    }
    return false;
}

const char *config_text_file_of(const struct manifest *m, const struct variable *v, const char *name, struct arena *a)
{
    if (v->no_file)
        return NULL;
    const char *file = arena_printf(a, "%s_FILE", name);
    return config_text_variable(m, file) || is_alias(m, file) ? NULL : file;
}

const struct variable *config_text_environment(const struct manifest *m)
{
    for (size_t i = 0; i < m->variable_count; i++) {
        const char *field = m->variables[i].field;
        if (field && strcmp(field, "environment") == 0)
            return &m->variables[i];
    }
    return NULL;
}
