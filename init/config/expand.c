#include <string.h>

#include "init/base/text.h"
#include "init/config/resolve.h"

/* The result under construction; dry while storage is NULL: the same walk measures first and writes then. */
struct expansion {
    char *storage;
    size_t len;
};

static void append(struct expansion *e, const char *bytes, size_t len)
{
    if (e->storage)
        memcpy(e->storage + e->len, bytes, len);
    e->len += len;
}

/* The name in "${NAME}" at @dollar, in the arena; NULL when the syntax is wrong. */
static const char *reference_name(const char *dollar, struct arena *a)
{
    const char *end = dollar[1] == '{' ? strchr(dollar, '}') : NULL;
    if (!end)
        return NULL;
    const char *name = arena_strndup(a, dollar + 2, (size_t)(end - dollar - 2));
    return text_is_variable_name(name) ? name : NULL;
}

static int expand(const struct config *c, const char *text, struct arena *a, struct expansion *e, const char **name_out)
{
    const char *at = text;
    for (const char *dollar = strchr(at, '$'); dollar; dollar = strchr(at, '$')) {
        append(e, at, (size_t)(dollar - at));
        if (dollar[1] == '$') {
            append(e, "$", 1);
            at = dollar + 2;
            continue;
        }
        const char *name = reference_name(dollar, a);
        const struct setting *s = name ? config_find(c, name) : NULL;
        if (!s || !s->value) {
            *name_out = name ? name : arena_strdup(a, dollar);
            return s ? 1 : -1;
        }
        append(e, s->value, strlen(s->value));
        if (e->len >= CONFIG_EXPAND_MAX) {
            *name_out = arena_strdup(a, dollar);
            return -1;
        }
        at = dollar + strlen(name) + 3;
    }
    append(e, at, strlen(at));
    if (e->len < CONFIG_EXPAND_MAX)
        return 0;
    *name_out = arena_strdup(a, text);
    return -1;
}

int config_expand(const struct config *c, const char *text, struct arena *a, const char **out, const char **name_out)
{
    struct expansion e = {.storage = NULL, .len = 0};
    int rc = expand(c, text, a, &e, name_out);
    if (rc != 0)
        return rc;
    char *result = arena_alloc(a, e.len + 1, 1);
    e = (struct expansion){.storage = result, .len = 0};
    rc = expand(c, text, a, &e, name_out);
    if (rc == 0)
        *out = result;
    return rc;
}
