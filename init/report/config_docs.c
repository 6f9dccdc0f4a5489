#include "init/report/config_docs.h"

#include <string.h>

#include "init/base/text.h"
#include "init/report/config_text.h"

#define SENTENCE_MAX 2048
#define ACCEPTED_MAX 512

/* Text of a cell: nothing in it ends the cell, the line or the text around it. Markdown in a description stays. */
static void put_text(struct buf *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '|')
            buf_puts(out, "\\|");
        else if (*c == '<')
            buf_puts(out, "&lt;");
        else if ((unsigned char)*c < 0x20)
            buf_putc(out, ' ');
        else
            buf_putc(out, *c);
    }
}

/* A span of code: fenced with more backticks than follow each other in it, and a bar is escaped even there. */
static void put_code(struct buf *out, const char *text)
{
    size_t longest = 0;
    size_t run = 0;
    for (const char *c = text; *c != '\0'; c++) {
        run = *c == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    for (size_t i = 0; i <= longest; i++)
        buf_putc(out, '`');
    /* A blank is taken off at both ends again where there is one at both. */
    const char *pad = longest > 0 || text[0] == ' ' ? " " : "";
    buf_puts(out, pad);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '|')
            buf_putc(out, '\\');
        buf_putc(out, (unsigned char)*c < 0x20 ? ' ' : *c);
    }
    buf_puts(out, pad);
    for (size_t i = 0; i <= longest; i++)
        buf_putc(out, '`');
}

static void put_accepted(struct buf *out, const struct variable *v)
{
    char accepted[ACCEPTED_MAX];
    value_accepted(v, accepted, sizeof(accepted));
    put_code(out, value_type_name(v->type));
    buf_puts(out, ": ");
    put_text(out, accepted);
}

/* What is shown of a default; a secret has none worth telling. Returns whether anything was written. */
static bool put_default(struct buf *out, const struct variable *v, const char *text, struct arena *a)
{
    const char *shown;
    switch (config_text_default(v, text, a, &shown)) {
    case DEFAULT_NONE:
        return false;
    case DEFAULT_SECRET:
        buf_puts(out, "set");
        return true;
    default:
        if (shown[0] == '\0')
            buf_puts(out, "empty");
        else
            put_code(out, shown);
        return true;
    }
}

static void put_defaults(struct buf *out, const struct variable *v, struct arena *a)
{
    bool any = put_default(out, v, v->default_value, a);
    for (size_t i = 0; i < v->override_count; i++) {
        const struct variable_override *o = &v->overrides[i];
        if (!o->default_value)
            continue;
        buf_puts(out, any ? "; " : "");
        buf_printf(out, "in %s: ", o->environment);
        any = put_default(out, v, o->default_value, a);
    }
}

static void put_required(struct buf *out, const struct variable *v)
{
    char storage[SENTENCE_MAX];
    struct buf text = BUF_OVER(storage);
    buf_reset(&text);
    config_text_required(v, &text);
    put_text(out, storage);
}

/* One more sentence of a cell. */
static void sentence(struct buf *out, bool *any, const char *before, const char *text)
{
    size_t len = strlen(text);
    buf_puts(out, *any ? " " : "");
    buf_puts(out, before);
    put_text(out, text);
    if (len == 0 || !strchr(".!?", text[len - 1]))
        buf_putc(out, '.');
    *any = true;
}

static void put_names(struct buf *out, bool *any, const struct variable *v)
{
    for (int deprecated = 0; deprecated < 2; deprecated++) {
        size_t told = 0;
        for (size_t i = 0; i < v->alias_count; i++) {
            if ((v->aliases[i].deprecated != NULL) != deprecated)
                continue;
            if (told == 0)
                buf_printf(out, "%s%s", *any ? " " : "", deprecated ? "Deprecated name: " : "Also: ");
            buf_puts(out, told == 0 ? "" : ", ");
            put_code(out, v->aliases[i].name);
            told++;
            *any = true;
        }
        buf_puts(out, told == 0 ? "" : ".");
    }
}

static void put_description(struct buf *out, const struct manifest *m, const struct variable *v, struct arena *a)
{
    bool any = false;
    if (v->description)
        sentence(out, &any, "", v->description);
    if (v->deprecated)
        sentence(out, &any, "Deprecated: ", v->deprecated);
    if (v->only_when) {
        char storage[SENTENCE_MAX];
        struct buf text = BUF_OVER(storage);
        buf_reset(&text);
        condition_show(v->only_when, &text);
        sentence(out, &any, "Only used when ", storage);
    }
    put_names(out, &any, v);
    const char *file = config_text_file_of(m, v, v->name, a);
    if (config_text_hides(v)) {
        buf_printf(out, "%sSecret", any ? " " : "");
        buf_printf(out, file ? "; can be given as `%s`." : ".", file);
    }
}

void config_docs(const struct manifest *m, struct arena *a, struct buf *out)
{
    buf_puts(out, "| Name | Accepted | Default | Required | Description |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < m->variable_count; i++) {
        const struct variable *v = &m->variables[i];
        buf_puts(out, "| ");
        put_code(out, v->name);
        buf_puts(out, " | ");
        put_accepted(out, v);
        buf_puts(out, " | ");
        put_defaults(out, v, a);
        buf_puts(out, " | ");
        put_required(out, v);
        buf_puts(out, " | ");
        put_description(out, m, v, a);
        buf_puts(out, " |\n");
    }
}
