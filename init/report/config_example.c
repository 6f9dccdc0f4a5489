#include "init/report/config_example.h"

#include <inttypes.h>
#include <string.h>

#include "init/base/jsonw.h"
#include "init/base/text.h"
#include "init/config/resolve.h"
#include "init/report/config_text.h"

#define CONDITION_TEXT_MAX 1024
#define ACCEPTED_MAX 512
/* A list or a text that has to be longer than this has no example of ours. */
#define MADE_MAX 256
/* Conditions that make each other required one after the other; a longer chain is nobody's manifest. */
#define ROUNDS_MAX 32

/* The file under construction. */
struct example {
    const struct manifest *manifest;
    struct arena *arena;
    struct buf *out;
    struct problems *problems;
    struct problems *scratch; /* what is said while looking for values is nobody's business */
    char **assignments;       /* per variable: "NAME=value" once it has a line of its own, else NULL */
};

bool config_example_plain(const char *value)
{
    size_t len = strlen(value);
    if (len == 0 || strchr(" \t\"'#`", value[0]) || strchr(" \t", value[len - 1]))
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c < 0x20 || c == 0x7f || c == '\\' || c == '"' || c == '\'')
            return false;
        if (c == '#' && (value[i - 1] == ' ' || value[i - 1] == '\t'))
            return false;
    }
    return text_utf8_span(value, len) == len;
}

/* A path is not looked for: here it may not be there, and the answer has to be the same everywhere. */
static bool fits(const struct variable *v, const char *value, struct problems *scratch)
{
    struct variable any_path = *v;
    any_path.path_rules = 0;
    scratch->errors = scratch->warnings = scratch->count = 0;
    value_check(&any_path, v->name, value, scratch);
    return scratch->errors == 0 && config_example_plain(value);
}

/* @item again and again up to @count times, with the separator between them for a list. NULL when it gets too long. */
static const char *repeat(const char *item, int64_t count, const char *separator, struct arena *a)
{
    char storage[MADE_MAX];
    struct buf made = BUF_OVER(storage);
    buf_reset(&made);
    for (int64_t i = 0; i < count && !made.overflow; i++)
        buf_printf(&made, "%s%s", i == 0 ? "" : separator, item);
    return made.overflow || made.len == 0 ? NULL : arena_strdup(a, storage);
}

static const char *make_list(const struct variable *v, struct arena *a)
{
    const char separator[] = {v->separator != '\0' ? v->separator : ',', '\0'};
    const char *item = v->choice_count > 0 ? v->choices[0] : value_type_example(v->item_type);
    return repeat(item, v->has_min && v->min > 1 ? v->min : 1, separator, a);
}

static const char *make_quantity(const struct variable *v, int64_t n, struct arena *a)
{
    char text[32];
    if (v->type == VALUE_DURATION)
        text_quantity(n, text_time_units, TEXT_TIME_UNITS, text, sizeof(text));
    else if (v->type == VALUE_SIZE)
        text_quantity(n, text_size_units, TEXT_SIZE_UNITS, text, sizeof(text));
    else
        return arena_printf(a, "%" PRId64, n);
    return arena_strdup(a, text);
}

/* The type's own example with a scheme that is allowed, and for Redis a database that is. */
static const char *make_url(const struct variable *v, struct arena *a)
{
    const char *example = value_type_example(v->type);
    const char *rest = strstr(example, "://");
    const char *scheme = v->scheme_count > 0 ? v->schemes[0] : arena_strndup(a, example, (size_t)(rest - example));
    if (v->type != VALUE_REDIS_URL)
        return arena_printf(a, "%s%s", scheme, rest);
    if (strstr(scheme, "unix"))
        return arena_printf(a, "%s:///run/redis/redis.sock", scheme);
    return arena_printf(a, "%s%.*s/%" PRId64, scheme, (int)(3 + strcspn(rest + 3, "/")), rest, v->min);
}

static const char *make_number(double n, struct arena *a)
{
    char storage[64];
    struct buf text = BUF_OVER(storage);
    struct jsonw w;
    buf_reset(&text);
    jsonw_init(&w, &text, false);
    jsonw_number(&w, NULL, n);
    return arena_strdup(a, storage);
}

/* One from the variable's own words and bounds, NULL when its type has none. */
static const char *make_value(const struct variable *v, bool upper, struct arena *a)
{
    switch (v->type) {
    case VALUE_ENUM:
        return v->choice_count > 0 ? v->choices[0] : NULL;
    case VALUE_LIST:
        return make_list(v, a);
    case VALUE_STRING:
        return v->has_min ? repeat("x", v->min, "", a) : "x";
    case VALUE_NUMBER:
        return make_number(upper ? v->number_max : v->number_min, a);
    case VALUE_JSON:
        return "{}";
    case VALUE_URI:
    case VALUE_HTTP_URL:
    case VALUE_WS_URL:
    case VALUE_REDIS_URL:
        return make_url(v, a);
    default:
        return make_quantity(v, upper ? v->max : v->min, a);
    }
}

static const char *find_value(const struct variable *v, struct arena *a, struct problems *scratch)
{
    bool masked = false;
    const char *const candidates[] = {
        v->example ? config_text_mask(v, v->example, a, &masked) : NULL,
        value_type_example(v->type),
        make_value(v, !v->has_min, a),
        make_value(v, v->has_min, a),
    };
    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        if (candidates[i] && fits(v, candidates[i], scratch))
            return candidates[i];
    }
    return NULL;
}

const char *config_example_value(const struct variable *v, struct arena *a)
{
    if (config_text_hides(v))
        return NULL;
    return find_value(v, a, arena_alloc(a, 1, sizeof(struct problems)));
}

static void assign(struct example *x, size_t i)
{
    const struct variable *v = &x->manifest->variables[i];
    const char *value = config_text_hides(v) ? NULL : find_value(v, x->arena, x->scratch);
    if (!value && !config_text_hides(v))
        problem_hint(problem_warn(x->problems, "example.missing", v->name, "no value is known that its rules accept"),
                     "add \"example\" to it in the manifest");
    x->assignments[i] = arena_printf(x->arena, "%s=%s", v->name, value ? value : "");
}

/* What has to be set when the file has the lines it has so far gets one too. Returns whether there was anything. */
static bool assign_required(struct example *x)
{
    const struct manifest *m = x->manifest;
    const struct resolve_options options = {.strict = false};
    char **environ_ = arena_alloc(x->arena, m->variable_count + 1, sizeof(*environ_));
    struct config c;
    bool more = false;
    for (size_t i = 0, n = 0; i < m->variable_count; i++) {
        if (x->assignments[i])
            environ_[n++] = x->assignments[i];
    }
    x->scratch->errors = x->scratch->warnings = x->scratch->count = 0;
    config_resolve(m->variables, m->variable_count, environ_, &options, x->arena, &c, x->scratch);
    for (size_t i = 0; i < m->variable_count; i++) {
        if (x->assignments[i] || !c.settings[i].required || c.settings[i].value)
            continue;
        assign(x, i);
        more = true;
    }
    return more;
}

/* A line of a comment; nothing in @text can end it. */
static void comment(struct example *x, const char *before, const char *text)
{
    size_t len = strlen(text);
    char *shown = arena_alloc(x->arena, len + 1, 1);
    text_printable(text, len, shown, len + 1);
    buf_printf(x->out, "# %s%s\n", before, shown);
}

static void comment_condition(struct example *x, const char *before, const struct condition *c)
{
    char storage[CONDITION_TEXT_MAX];
    struct buf text = BUF_OVER(storage);
    buf_reset(&text);
    condition_show(c, &text);
    comment(x, before, storage);
}

static void comment_required(struct example *x, const struct variable *v)
{
    char storage[2 * CONDITION_TEXT_MAX];
    struct buf text = BUF_OVER(storage);
    buf_reset(&text);
    config_text_required(v, &text);
    if (strncmp(storage, "yes", 3) == 0)
        comment(x, "Required", storage + 3);
    else if (strcmp(storage, "no") != 0)
        comment(x, "Required ", storage);
    if (v->only_when)
        comment_condition(x, "Only used when ", v->only_when);
}

static void comment_defaults(struct example *x, const struct variable *v)
{
    const char *shown;
    if (config_text_default(v, v->default_value, x->arena, &shown) != DEFAULT_NONE)
        comment(x, "Default: ", shown);
    for (size_t i = 0; i < v->override_count; i++) {
        if (config_text_default(v, v->overrides[i].default_value, x->arena, &shown) != DEFAULT_NONE)
            comment(x, arena_printf(x->arena, "Default in %s: ", v->overrides[i].environment), shown);
    }
}

static void comment_names(struct example *x, const struct variable *v)
{
    const char *file = config_text_file_of(x->manifest, v, v->name, x->arena);
    if (config_text_hides(v) && file)
        comment(x, arena_printf(x->arena, "Or %s, the path of a file that holds it.", file), "");
    for (size_t i = 0; i < v->alias_count; i++)
        comment(x, v->aliases[i].deprecated ? "Deprecated name: " : "Also: ", v->aliases[i].name);
    if (v->deprecated)
        comment(x, "Deprecated: ", v->deprecated);
}

/* Behind the '=' of a line that is commented out: what somebody may begin with. */
static const char *suggestion(struct example *x, const struct variable *v)
{
    const char *shown;
    if (config_text_default(v, v->default_value, x->arena, &shown) == DEFAULT_PLAIN && config_example_plain(shown))
        return shown;
    const char *value = config_text_hides(v) ? NULL : find_value(v, x->arena, x->scratch);
    return value ? value : "";
}

static void describe(struct example *x, size_t i)
{
    const struct variable *v = &x->manifest->variables[i];
    char accepted[ACCEPTED_MAX];
    buf_putc(x->out, '\n');
    if (v->description)
        comment(x, "", v->description);
    value_accepted(v, accepted, sizeof(accepted));
    comment(x, arena_printf(x->arena, "%s: ", value_type_name(v->type)), accepted);
    comment_required(x, v);
    comment_defaults(x, v);
    comment_names(x, v);
    if (x->assignments[i])
        buf_printf(x->out, "%s\n", x->assignments[i]);
    else
        buf_printf(x->out, "#%s=%s\n", v->name, suggestion(x, v));
}

void config_example(const struct manifest *m, struct arena *a, struct buf *out, struct problems *p)
{
    struct example x = {.manifest = m,
                        .arena = a,
                        .out = out,
                        .problems = p,
                        .scratch = arena_alloc(a, 1, sizeof(struct problems)),
                        .assignments = arena_alloc(a, m->variable_count + 1, sizeof(char *))};
    /* A line can make others required, and those again others. */
    for (int round = 0; round < ROUNDS_MAX && assign_required(&x); round++)
        continue;
    comment(&x, "The environment of ", m->name ? m->name : m->source);
    if (m->description)
        comment(&x, "", m->description);
    comment(&x, "Copy it and fill it in. What is commented out may be left out.", "");
    for (size_t i = 0; i < m->variable_count; i++)
        describe(&x, i);
}
