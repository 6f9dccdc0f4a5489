#include <string.h>

#include "init/config/placeholder.h"
#include "init/config/resolve.h"

/* A text being expanded, and the result; dry while storage is NULL: the same walk measures first and writes then. */
struct expansion {
    const struct config *config;
    struct arena *arena;
    const char **wrong; /* the caller's name_out */
    char *storage;
    size_t len;
};

static int append(struct expansion *e, const char *bytes, size_t len)
{
    if (e->len + len >= CONFIG_EXPAND_MAX)
        return -1;
    if (e->storage)
        memcpy(e->storage + e->len, bytes, len);
    e->len += len;
    return 0;
}

/* "NAME: message", with every "$$" in it a dollar sign. */
static const char *message_of(const struct placeholder *p, struct arena *a)
{
    size_t name_len = strlen(p->name);
    char *out = arena_alloc(a, name_len + p->text_len + 3, 1);
    size_t len = name_len;

    memcpy(out, p->name, name_len);
    if (p->text_len > 0) {
        out[len++] = ':';
        out[len++] = ' ';
    }
    for (size_t i = 0; i < p->text_len; i++) {
        out[len++] = p->text[i];
        i += p->text[i] == '$';
    }
    return out;
}

static int expand(struct expansion *e, const char *at, const char *limit, unsigned level);

static int expand_one(struct expansion *e, const char *dollar, const char *limit, unsigned level, const char **behind)
{
    struct placeholder p;

    if (placeholder_parse(dollar, limit, level, &p) != PLACEHOLDER_OK) {
        *e->wrong = arena_strndup(e->arena, dollar, (size_t)(limit - dollar));
        return -1;
    }
    const struct setting *s = config_find(e->config, p.name);
    if (!s || (p.kind == PLACEHOLDER_VALUE && !s->value)) {
        *e->wrong = arena_strdup(e->arena, p.name);
        return s ? 1 : -1;
    }
    *behind = p.end;
    if (p.kind == PLACEHOLDER_VALUE || (s->value && s->value[0] != '\0')) {
        *e->wrong = dollar;
        return append(e, s->value, strlen(s->value));
    }
    if (p.kind == PLACEHOLDER_ELSE)
        return expand(e, p.text, p.text + p.text_len, level + 1);
    *e->wrong = message_of(&p, e->arena);
    return -2;
}

static int expand(struct expansion *e, const char *at, const char *limit, unsigned level)
{
    const char *dollar;
    int rc = 0;

    while ((dollar = memchr(at, '$', (size_t)(limit - at))) != NULL && rc == 0) {
        *e->wrong = at;
        rc = append(e, at, (size_t)(dollar - at));
        if (rc == 0 && limit - dollar > 1 && dollar[1] == '$') {
            rc = append(e, "$", 1);
            at = dollar + 2;
        } else if (rc == 0) {
            rc = expand_one(e, dollar, limit, level, &at);
        }
    }
    if (rc != 0)
        return rc;
    *e->wrong = at;
    return append(e, at, (size_t)(limit - at));
}

int config_expand(const struct config *c, const char *text, struct arena *a, const char **out, const char **name_out)
{
    const char *wrong = NULL;
    const char *limit = text + strlen(text);
    struct expansion e = {.config = c, .arena = a, .wrong = &wrong};
    int rc = expand(&e, text, limit, 1);

    if (rc != 0) {
        *name_out = arena_strdup(a, wrong);
        return rc;
    }
    e.storage = arena_alloc(a, e.len + 1, 1);
    e.len = 0;
    rc = expand(&e, text, limit, 1);
    if (rc == 0)
        *out = e.storage;
    return rc;
}
