#include "init/report/config_lint.h"

#include <string.h>

#include "init/base/text.h"
#include "init/config/well_known.h"
#include "init/report/config_text.h"

/* Room for a line number behind it. */
#define PLACE_MAX (sizeof(((struct problem *)0)->where) - 16)
#define OWN_PREFIX "MUSTER_"

/* One entry with the line that it begins on. */
struct entry_line {
    const struct config_lint *lint;
    const struct env_entry *entry;
    const char *value; /* behind the equals sign, as written; NULL when there is none */
    const char *end;   /* of the line, without its CR */
    char quote;        /* dotenv: that the value is in, or 0 */
};

const char *config_lint_place(const char *path, unsigned line, struct arena *a)
{
    size_t len = strlen(path);
    bool cut = len > PLACE_MAX;
    const char *shown = cut ? path + len - PLACE_MAX : path;
    if (line == 0)
        return arena_printf(a, "%s%s", cut ? "..." : "", shown);
    return arena_printf(a, "%s%s:%u", cut ? "..." : "", shown, line);
}

static struct problem *warn(const struct config_lint *l, unsigned line, const char *rule, const char *name,
                            const char *text)
{
    return problem_warn(l->problems, rule, config_lint_place(l->file->path, line, l->arena), "%s%s%s", name ? name : "",
                        name ? ": " : "", text);
}

static const struct variable *of_name(const struct manifest *m, const char *name, size_t len)
{
    for (size_t i = 0; i < m->variable_count; i++) {
        const struct variable *v = &m->variables[i];
        for (size_t k = 0; k <= v->alias_count; k++) {
            const char *own = k < v->alias_count ? v->aliases[k].name : v->name;
            if (strncmp(own, name, len) == 0 && own[len] == '\0')
                return v;
        }
    }
    return NULL;
}

const struct variable *config_lint_variable(const struct manifest *m, const char *name, bool *names_file,
                                            struct arena *a)
{
    static const char suffix[] = "_FILE";
    size_t len = strlen(name);
    const struct variable *v = of_name(m, name, len);
    *names_file = false;
    if (v || len < sizeof(suffix) || strcmp(name + len - (sizeof(suffix) - 1), suffix) != 0)
        return v;
    v = of_name(m, name, len - (sizeof(suffix) - 1));
    *names_file = true;
    return v && !v->no_file && config_text_file_of(m, v, v->name, a) ? v : NULL;
}

static const char *declared_name(const void *ctx, size_t i)
{
    return ((const struct manifest *)ctx)->variables[i].name;
}

/* Under a prefix of the manifest it is unknown for resolve.h as well. */
static bool has_prefix(const struct manifest *m, const char *name)
{
    for (size_t i = 0; i < m->prefixes.count; i++) {
        if (strncmp(name, m->prefixes.items[i], strlen(m->prefixes.items[i])) == 0)
            return true;
    }
    return false;
}

static void check_unknown(const struct config_lint *l, const struct env_entry *e)
{
    const struct manifest *m = l->manifest;
    bool names_file;
    if (has_prefix(m, e->name) || config_lint_variable(m, e->name, &names_file, l->arena) ||
        strncmp(e->name, OWN_PREFIX, sizeof(OWN_PREFIX) - 1) == 0)
        return;
    if (name_is_well_known(e->name, l->environment))
        return;
    struct problem *item = warn(l, e->line, "env_file.unknown", e->name, "no variable of the manifest");
    const char *near = text_nearest(e->name, declared_name, m, m->variable_count);
    if (near)
        problem_hint(item, "did you mean %s?", near);
    else
        problem_hint(item, "remove it, or declare it in \"variables\"");
}

static void check_conflict(const struct config_lint *l, const struct env_entry *e)
{
    bool names_file;
    const struct variable *v = config_lint_variable(l->manifest, e->name, &names_file, l->arena);
    const struct env_entry *value = v && names_file ? env_file_find(l->file, v->name) : NULL;
    if (!value || (value->value && value->value[0] == '\0'))
        return;
    problem_hint(problem_add(l->problems, "source.conflict", config_lint_place(l->file->path, e->line, l->arena),
                             "%s: %s is set as well, in line %u", e->name, v->name, value->line),
                 "set only one of them");
}

static void check_name(const struct config_lint *l, const struct env_entry *e)
{
    const struct env_entry *last = env_file_find(l->file, e->name);
    if (last != e)
        problem_hint(problem_warn(l->problems, "env_file.duplicate",
                                  config_lint_place(l->file->path, e->line, l->arena),
                                  "%s: set again in line %u, which is what counts", e->name, last->line),
                     "remove one of them");
    bool lower = strpbrk(e->name, "abcdefghijklmnopqrstuvwxyz") != NULL;
    if (lower && !of_name(l->manifest, e->name, strlen(e->name)))
        problem_hint(warn(l, e->line, "env_file.lower_case", e->name, "lower-case letters in the name of a variable"),
                     "write it in capitals: PATH and path are two variables");
    check_unknown(l, e);
    check_conflict(l, e);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

/* Of docker's dialect, where the rest of the line is the value. */
static void check_docker_value(const struct entry_line *x)
{
    const struct config_lint *l = x->lint;
    const struct env_entry *e = x->entry;
    size_t len = (size_t)(x->end - x->value);
    if (len == 0)
        return;
    if (is_blank(x->value[0]) || is_blank(x->end[-1]))
        problem_hint(warn(l, e->line, "env_file.blanks", e->name, "white space around the value is a part of it"),
                     "remove it");
    else if (len > 1 && is_quote(x->value[0]) && x->value[0] == x->end[-1])
        problem_hint(warn(l, e->line, "env_file.quotes", e->name, "the quotes are a part of the value"),
                     "remove them, or read the file as dotenv:");
    if (strstr(e->value, " #") || strstr(e->value, "\t#"))
        problem_hint(warn(l, e->line, "env_file.comment", e->name, "what looks like a comment is a part of the value"),
                     "put comments on lines of their own, or read the file as dotenv:");
}

/* Of the other dialect, a value that is not in quotes: what is around it gets lost, and quotes in it stay. */
static void check_plain_value(const struct entry_line *x)
{
    const struct config_lint *l = x->lint;
    const struct env_entry *e = x->entry;
    size_t len = strlen(e->value);
    bool before = x->value < x->end && is_blank(x->value[0]);
    bool behind = x->value < x->end && is_blank(x->end[-1]);
    if (before || (behind && len > 0) || is_blank(x->value[-2]))
        problem_hint(warn(l, e->line, "env_file.blanks", e->name,
                          "white space around the equals sign or the value is no part of it"),
                     "remove it: other programs keep it; put the value in quotes if it is meant");
    if (len > 0 && (is_quote(e->value[0]) || is_quote(e->value[len - 1])))
        problem_hint(warn(l, e->line, "env_file.quotes", e->name, "a quote in it is a part of the value"),
                     "put the whole value between double quotes, or remove the quote");
}

/* Whether "${" or "$(" stands there as if something would come of it: not in single quotes, nor behind a backslash. */
static bool looks_substituted(const struct entry_line *x)
{
    const char *end = x->lint->text + x->lint->len;
    if (x->quote == '\'' || !(strstr(x->entry->value, "${") || strstr(x->entry->value, "$(")))
        return false;
    if (x->quote == '\0')
        return true;
    for (const char *c = strchr(x->value, '"') + 1; c + 1 < end && *c != '"'; c++) {
        if (*c == '\\')
            c++;
        else if (*c == '$' && (c[1] == '{' || c[1] == '('))
            return true;
    }
    return false;
}

static void check_value(const struct entry_line *x)
{
    const struct config_lint *l = x->lint;
    if (l->file->dialect == ENV_DOCKER)
        check_docker_value(x);
    else if (x->quote == '\0')
        check_plain_value(x);
    if (looks_substituted(x))
        problem_hint(warn(l, x->entry->line, "env_file.substitution", x->entry->name,
                          "nothing is put in for a dollar sign in a file: the value has it as it is written"),
                     l->file->dialect == ENV_DOCKER ? "write the value out"
                                                    : "write the value out, or in single quotes if it is meant so");
}

/* The line that begins at @at, up to its LF or the end of the file. */
static const char *end_of_line(const struct config_lint *l, const char *at)
{
    const char *lf = memchr(at, '\n', (size_t)(l->text + l->len - at));
    return lf ? lf : l->text + l->len;
}

static void check_entry(const struct config_lint *l, const struct env_entry *e, const char *line)
{
    const char *end = end_of_line(l, line);
    const char *equals = memchr(line, '=', (size_t)(end - line));
    check_name(l, e);
    if (!equals || !e->value || equals == line)
        return;
    struct entry_line x = {.lint = l, .entry = e, .value = equals + 1, .end = end};
    if (x.end > x.value && x.end[-1] == '\r')
        x.end--;
    const char *first = x.value;
    while (first < x.end && is_blank(*first))
        first++;
    if (l->file->dialect == ENV_DOTENV && first < x.end && (*first == '"' || *first == '\''))
        x.quote = *first;
    check_value(&x);
}

static void check_line_ends(const struct config_lint *l)
{
    size_t count = 0;
    unsigned line = 1;
    unsigned first = 0;
    for (size_t i = 0; i < l->len; i++) {
        if (l->text[i] != '\n')
            continue;
        if (i > 0 && l->text[i - 1] == '\r' && count++ == 0)
            first = line;
        line++;
    }
    if (count > 0)
        problem_hint(warn(l, first, "env_file.line_end", NULL, "lines end with CR and LF"),
                     "save the file with LF alone: other programs take the CR for a part of the value");
}

void config_lint(const struct config_lint *l)
{
    const char *at = l->text;
    unsigned line = 1;
    check_line_ends(l);
    for (size_t i = 0; i < l->file->count; i++) {
        const struct env_entry *e = &l->file->entries[i];
        for (; line < e->line; line++)
            at = end_of_line(l, at) + 1;
        check_entry(l, e, at);
    }
}
