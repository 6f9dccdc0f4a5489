#include "init/report/config_sources.h"

#include <string.h>
#include <unistd.h>

#include "init/config/environment.h"
#include "init/report/config_text.h"

/* Of one variable, under construction. */
struct search {
    const struct config_places *from;
    const struct setting *setting;
    struct arena *arena;
    struct place *places;
    size_t count;
};

static const char *const state_names[] = {
    [PLACE_USED] = "used",   [PLACE_OVERRIDDEN] = "overridden", [PLACE_NOT_SET] = "not set",
    [PLACE_EMPTY] = "empty", [PLACE_IGNORED] = "not used",      [PLACE_NOT_GIVEN] = "not given",
};

const char *place_state_name(enum place_state s)
{
    return state_names[s];
}

/* Aliases in their order, then the variable's own name. */
static const char *name_at(const struct variable *v, size_t i)
{
    return i < v->alias_count ? v->aliases[i].name : v->name;
}

static void add(struct search *x, enum value_source source, enum place_state state, const char *what, const char *value)
{
    x->places[x->count++] = (struct place){.source = source, .state = state, .what = what, .value = value};
}

static bool empty_counts_not(const struct search *x)
{
    return x->from->empty_is_unset || x->setting->variable->empty_is_unset;
}

/* A value that is there: whether it is the one, and how it may be shown. */
static void add_value(struct search *x, enum value_source source, const char *what, const char *value, bool is_it)
{
    const struct setting *s = x->setting;
    bool masked;
    if (value[0] == '\0' && empty_counts_not(x))
        add(x, source, PLACE_EMPTY, what, NULL);
    else if (s->inactive)
        add(x, source, PLACE_IGNORED, what, config_text_mask(s->variable, value, x->arena, &masked));
    else if (is_it && s->source == source)
        add(x, source, PLACE_USED, what, s->shown);
    else
        add(x, source, PLACE_OVERRIDDEN, what, config_text_mask(s->variable, value, x->arena, &masked));
}

static const char *variable_of(const struct search *x, const char *name)
{
    size_t len = strlen(name);
    for (char *const *at = x->from->environ_; *at; at++) {
        if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
            return *at + len + 1;
    }
    return NULL;
}

static void look_in_environment(struct search *x)
{
    const struct variable *v = x->setting->variable;
    for (size_t i = 0; i <= v->alias_count; i++) {
        const char *name = name_at(v, i);
        const char *value = variable_of(x, name);
        if (value)
            add_value(x, SOURCE_ENVIRONMENT, name, value, strcmp(name, x->setting->name) == 0);
        else
            add(x, SOURCE_ENVIRONMENT, PLACE_NOT_SET, name, NULL);
    }
}

/* Somebody may have put the secret itself where the path should be: only what looks like a path is shown. */
static const char *path_shown(const struct variable *v, const char *path)
{
    return config_text_hides(v) && path[0] != '/' && path[0] != '.' ? "***" : path;
}

static enum place_state state_if(const struct search *x, bool used)
{
    if (x->setting->inactive)
        return PLACE_IGNORED;
    return used ? PLACE_USED : PLACE_OVERRIDDEN;
}

static void look_at_files(struct search *x)
{
    const struct setting *s = x->setting;
    const struct variable *v = s->variable;
    for (size_t i = 0; i <= v->alias_count; i++) {
        const char *file = config_text_file_of(x->from->manifest, v, name_at(v, i), x->arena);
        const char *path = file ? variable_of(x, file) : NULL;
        if (!file)
            continue;
        if (!path)
            add(x, SOURCE_FILE, PLACE_NOT_SET, file, NULL);
        else if (path[0] == '\0' && empty_counts_not(x))
            add(x, SOURCE_FILE, PLACE_EMPTY, file, NULL);
        else
            add(x, SOURCE_FILE, state_if(x, s->source == SOURCE_FILE && strcmp(name_at(v, i), s->name) == 0), file,
                path_shown(v, path));
    }
}

static const char *lower_case(struct arena *a, const char *name)
{
    char *out = arena_strdup(a, name);
    for (char *c = out; *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return out;
}

static void look_in_secrets(struct search *x)
{
    const struct setting *s = x->setting;
    const char *dir = x->from->secrets_dir;
    bool any = false;
    if (!dir) {
        add(x, SOURCE_SECRETS, PLACE_NOT_GIVEN, NULL, NULL);
        return;
    }
    for (size_t i = 0; i < 2 * (s->variable->alias_count + 1); i++) {
        const char *name = name_at(s->variable, i / 2);
        const char *file = i % 2 == 0 ? name : lower_case(x->arena, name);
        const char *path = arena_printf(x->arena, "%s/%s", dir, file);
        if ((i % 2 == 1 && strcmp(file, name) == 0) || access(path, F_OK) != 0)
            continue;
        bool used = s->source == SOURCE_SECRETS && !any;
        add(x, SOURCE_SECRETS, state_if(x, used), path, used ? s->shown : NULL);
        any = true;
    }
    if (!any)
        add(x, SOURCE_SECRETS, PLACE_NOT_SET, dir, NULL);
}

static void look_in_env_file(struct search *x, const struct env_file *file)
{
    const struct variable *v = x->setting->variable;
    bool any = false;
    for (size_t i = 0; i <= v->alias_count; i++) {
        const struct env_entry *e = env_file_find(file, name_at(v, i));
        if (!e || !e->value)
            continue;
        const char *where = arena_printf(x->arena, "%s:%u", file->path, e->line);
        add_value(x, SOURCE_ENV_FILE, where, e->value, strcmp(where, x->setting->origin) == 0);
        any = true;
    }
    if (!any)
        add(x, SOURCE_ENV_FILE, PLACE_NOT_SET, file->path, NULL);
}

static void add_default(struct search *x, enum value_source source, const char *what, const char *text, bool here)
{
    const struct setting *s = x->setting;
    const char *shown;
    if (config_text_default(s->variable, text, x->arena, &shown) == DEFAULT_NONE)
        add(x, source, PLACE_NOT_GIVEN, what, NULL);
    else if (!here)
        add(x, source, PLACE_IGNORED, what, shown);
    else if (s->source == source)
        add(x, source, PLACE_USED, what, s->shown);
    else
        add(x, source, s->source == SOURCE_UNSET ? PLACE_IGNORED : PLACE_OVERRIDDEN, what, shown);
}

static void look_in_manifest(struct search *x)
{
    const struct variable *v = x->setting->variable;
    const struct variable *place = config_text_environment(x->from->manifest);
    const struct setting *environment = place ? config_find(x->from->config, place->name) : NULL;
    for (size_t i = 0; i < v->override_count; i++) {
        const struct variable_override *o = &v->overrides[i];
        bool here = environment && environment->value && strcmp(environment->value, o->environment) == 0;
        if (o->default_value)
            add_default(x, SOURCE_OVERRIDE, o->environment, o->default_value, here);
    }
    add_default(x, SOURCE_DEFAULT, NULL, v->default_value, true);
}

size_t config_sources(const struct config_places *from, const struct setting *s, struct arena *a, struct place **out)
{
    struct search x = {.from = from, .setting = s, .arena = a};
    size_t names = s->variable->alias_count + 1;
    /* Names, files, files in the folder in two spellings, lines in each file, defaults. */
    size_t most = 4 * names + 1 + from->env_file_count * names + 1 + s->variable->override_count + 1;
    x.places = arena_alloc(a, most + from->env_file_count, sizeof(*x.places));
    look_in_environment(&x);
    look_at_files(&x);
    look_in_secrets(&x);
    for (size_t i = from->env_file_count; i > 0; i--)
        look_in_env_file(&x, &from->env_files[i - 1]);
    if (from->env_file_count == 0)
        add(&x, SOURCE_ENV_FILE, PLACE_NOT_GIVEN, NULL, NULL);
    look_in_manifest(&x);
    *out = x.places;
    return x.count;
}

/* A default that refers to others says more than what it comes to. */
static const char *why_default(const struct setting *s, struct arena *a)
{
    const struct variable *v = s->variable;
    const char *text = v->default_value;
    const char *shown;
    for (size_t i = 0; i < v->override_count && s->source == SOURCE_OVERRIDE; i++) {
        const struct variable_override *o = &v->overrides[i];
        if (o->default_value && strcmp(s->origin + strlen("default for "), o->environment) == 0)
            text = o->default_value;
    }
    bool made = config_text_default(v, text, a, &shown) == DEFAULT_REFERS;
    return arena_printf(a, "given nowhere: the manifest's %s%s%s", s->origin, made ? ", made from " : "",
                        made ? shown : "");
}

static const char *why_unset(const struct setting *s)
{
    if (s->inactive)
        return "it means something only when its condition holds, which it does not";
    return s->variable->default_value ? "given nowhere, and its default cannot be made"
                                      : "given nowhere, and it has no default";
}

const char *config_sources_why(const struct setting *s, struct arena *a)
{
    switch (s->source) {
    case SOURCE_ENVIRONMENT:
        return arena_printf(a, "%s is set in the environment", s->name);
    case SOURCE_FILE:
        return arena_printf(a, "%s_FILE in the environment names a file: %s", s->name, s->origin);
    case SOURCE_SECRETS:
        return arena_printf(a, "not in the environment, but in --secrets-dir: %s", s->origin);
    case SOURCE_ENV_FILE:
        return arena_printf(a, "not in the environment, but in --env-file: %s", s->origin);
    case SOURCE_OVERRIDE:
    case SOURCE_DEFAULT:
        return why_default(s, a);
    case SOURCE_UNSET:
        break;
    }
    return why_unset(s);
}
