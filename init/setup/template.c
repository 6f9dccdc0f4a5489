#include "init/setup/template.h"

#include <string.h>

#include "init/config/placeholder.h"

struct expansion {
    const struct template_text *t;
    int (*sink)(void *context, const char *bytes, size_t len, struct err *e);
    void *context;
    size_t written;
    struct err *e;
};

static size_t line_of(const struct template_text *t, const char *at)
{
    size_t line = 1;
    for (const char *c = t->text; c < at; c++) {
        line += *c == '\n';
    }
    return line;
}

static const char *value_of(char *const *environ_, const char *name)
{
    size_t len = strlen(name);
    for (char *const *entry = environ_; *entry != NULL; entry++) {
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=') {
            return *entry + len + 1;
        }
    }
    return NULL;
}

static int put(struct expansion *x, const char *bytes, size_t len)
{
    if (len > TEMPLATE_OUTPUT_MAX - x->written) {
        return err_set(x->e, ERR_LIMIT, 0, "%s gives more than %zu MiB", x->t->path, TEMPLATE_OUTPUT_MAX >> 20);
    }
    x->written += len;
    return len == 0 ? 0 : x->sink(x->context, bytes, len, x->e);
}

static int refuse(const struct expansion *x, const char *dollar, enum placeholder_fault fault, const char *name)
{
    static const char *const texts[] = {
        [PLACEHOLDER_NAME] = "no name of a variable is behind \"${\"; a dollar sign is written $$",
        [PLACEHOLDER_OPERATOR] = "there is neither \"}\" nor \":-\" nor \":?\" behind the name",
        [PLACEHOLDER_OPEN] = "a \"${\" has no \"}\"",
        [PLACEHOLDER_DEEP] = "there are too many placeholders in placeholders",
        [PLACEHOLDER_VERBATIM] = "there is a placeholder in a message",
    };
    size_t line = line_of(x->t, dollar);
    if (name[0] == '\0') {
        return err_set(x->e, ERR_CONFIG, 0, "%s:%zu: %s", x->t->path, line, texts[fault]);
    }
    return err_set(x->e, ERR_CONFIG, 0, "%s:%zu: %s: %s", x->t->path, line, name, texts[fault]);
}

static int expand(struct expansion *x, const char *at, const char *limit, unsigned level);

static int expand_one(struct expansion *x, const char *dollar, const char *limit, unsigned level, const char **behind)
{
    struct placeholder p;
    enum placeholder_fault fault = placeholder_parse(dollar, limit, level, &p);
    if (fault != PLACEHOLDER_OK) {
        return refuse(x, dollar, fault, p.name);
    }
    *behind = p.end;
    const char *value = value_of(x->t->environ_, p.name);
    if (value != NULL && (p.kind == PLACEHOLDER_VALUE || value[0] != '\0')) {
        return put(x, value, strlen(value));
    }
    if (p.kind == PLACEHOLDER_ELSE) {
        return expand(x, p.text, p.text + p.text_len, level + 1);
    }
    size_t line = line_of(x->t, dollar);
    if (p.kind == PLACEHOLDER_VALUE) {
        return err_set(x->e, ERR_CONFIG, 0, "%s:%zu: the variable %s is not set", x->t->path, line, p.name);
    }
    return err_set(x->e, ERR_CONFIG, 0, "%s:%zu: %s: %.*s", x->t->path, line, p.name, (int)p.text_len, p.text);
}

static int expand(struct expansion *x, const char *at, const char *limit, unsigned level)
{
    const char *plain = at;
    while ((at = memchr(at, '$', (size_t)(limit - at))) != NULL) {
        char next = limit - at > 1 ? at[1] : '\0';
        if (next != '$' && next != '{') {
            at++;
            continue;
        }
        if (put(x, plain, (size_t)(at - plain)) != 0) {
            return -1;
        }
        if (next == '$') {
            plain = at + 1; /* the second one is part of what comes as it is */
            at += 2;
            continue;
        }
        if (expand_one(x, at, limit, level, &plain) != 0) {
            return -1;
        }
        at = plain;
    }
    return put(x, plain, (size_t)(limit - plain));
}

int template_expand(const struct template_text *t,
                    int (*sink)(void *context, const char *bytes, size_t len, struct err *e), void *context,
                    struct err *e)
{
    struct expansion x = {.t = t, .sink = sink, .context = context, .e = e};
    return expand(&x, t->text, t->text + t->len, 1);
}
