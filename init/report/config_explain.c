#include "init/report/config_explain.h"

#include <string.h>

#include "init/base/text.h"
#include "init/report/config_text.h"
#include "init/report/config_uses.h"
#include "init/report/problem_json.h"

#define SENTENCE_MAX 2048
#define ACCEPTED_MAX 512
#define LABEL_WIDTH 12

static const char *const delivery_names[] = {
    [DELIVER_AS_IT_CAME] = "as it came", [DELIVER_ENV] = "env", [DELIVER_FILE] = "file", [DELIVER_NONE] = "none"};

bool config_explain_concerns(const struct problem *item, const struct setting *s)
{
    const struct variable *v = s->variable;
    bool about = strcmp(item->where, v->name) == 0;
    for (size_t i = 0; i < v->alias_count && !about; i++)
        about = strcmp(item->where, v->aliases[i].name) == 0;
    return about;
}

static const char *condition_text(const struct condition *c, struct arena *a)
{
    char storage[SENTENCE_MAX];
    struct buf text = BUF_OVER(storage);
    buf_reset(&text);
    condition_show(c, &text);
    return arena_strdup(a, storage);
}

static const char *required_text(const struct variable *v, struct arena *a)
{
    char storage[SENTENCE_MAX];
    struct buf text = BUF_OVER(storage);
    buf_reset(&text);
    config_text_required(v, &text);
    return arena_strdup(a, storage);
}

static const char *accepted_text(const struct variable *v, struct arena *a)
{
    char accepted[ACCEPTED_MAX];
    value_accepted(v, accepted, sizeof(accepted));
    return arena_strdup(a, accepted);
}

/* NAME=value, NAME_FILE, or what came in. */
static const char *delivery_text(const struct setting *s, struct arena *a)
{
    const char *name = s->variable->name;
    switch (s->variable->delivery) {
    case DELIVER_NONE:
        return "not at all";
    case DELIVER_FILE:
        return arena_printf(a, "as %s_FILE, the path of a descriptor to read it from", name);
    case DELIVER_ENV:
        return arena_printf(a, "as %s", name);
    case DELIVER_AS_IT_CAME:
        break;
    }
    return arena_printf(a, s->source == SOURCE_FILE ? "as %s_FILE, as it came" : "as %s", name);
}

/* A line of @text with a label in front; control characters in it are made harmless. */
static void line(struct buf *out, struct arena *a, const char *label, const char *text)
{
    size_t len = strlen(text);
    char *shown = arena_alloc(a, len + 1, 1);
    text_printable(text, len, shown, len + 1);
    buf_printf(out, "  %-*s %s\n", LABEL_WIDTH, label, shown);
}

static const char *place_text(const struct place *p, struct arena *a)
{
    const char *what = p->what ? p->what : "";
    switch (p->source) {
    case SOURCE_ENVIRONMENT:
    case SOURCE_FILE:
        return arena_printf(a, "%s in the environment", what);
    case SOURCE_SECRETS:
        return p->what ? arena_printf(a, "--secrets-dir %s", what) : "--secrets-dir";
    case SOURCE_ENV_FILE:
        return p->what ? arena_printf(a, "--env-file %s", what) : "--env-file";
    case SOURCE_OVERRIDE:
        return arena_printf(a, "default for %s", what);
    default:
        return "default";
    }
}

static void put_places(const struct config_explain *x, const struct setting *s, struct buf *out)
{
    struct place *places;
    size_t count = config_sources(&x->places, s, x->arena, &places);
    size_t width = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(place_text(&places[i], x->arena));
        width = len > width ? len : width;
    }
    for (size_t i = 0; i < count; i++) {
        const struct place *p = &places[i];
        line(out, x->arena, i == 0 ? "sources" : "",
             arena_printf(x->arena, "%-*s  %s%s%s", (int)width, place_text(p, x->arena), place_state_name(p->state),
                          p->value ? ": " : "", p->value ? p->value : ""));
    }
}

static void put_uses(const struct config_explain *x, const char *label, const char *none,
                     const struct config_uses *uses, struct buf *out)
{
    for (size_t i = 0; i < uses->count; i++) {
        const struct config_use *u = &uses->items[i];
        const char *who = u->name ? arena_printf(x->arena, "%s %s", u->kind, u->name) : "the main process";
        line(out, x->arena, i == 0 ? label : "", u->how ? arena_printf(x->arena, "%s (%s)", who, u->how) : who);
    }
    if (uses->more > 0)
        line(out, x->arena, "", arena_printf(x->arena, "and %zu more", uses->more));
    if (uses->count == 0)
        line(out, x->arena, label, none);
}

static void put_names(const struct config_explain *x, const struct variable *v, struct buf *out)
{
    for (size_t i = 0; i < v->alias_count; i++) {
        const struct alias *alias = &v->aliases[i];
        line(out, x->arena, i == 0 ? "aliases" : "",
             alias->deprecated ? arena_printf(x->arena, "%s, deprecated: %s", alias->name, alias->deprecated)
                               : alias->name);
    }
    if (v->deprecated)
        line(out, x->arena, "deprecated", v->deprecated);
}

static void put_mistakes(const struct config_explain *x, const struct setting *s, struct buf *out)
{
    for (size_t i = 0; i < x->problems->count; i++) {
        const struct problem *item = &x->problems->items[i];
        if (!config_explain_concerns(item, s))
            continue;
        line(out, x->arena, item->warning ? "warning" : "mistake",
             arena_printf(x->arena, "%s: %s", item->rule, item->text));
        if (item->hint[0] != '\0')
            line(out, x->arena, "", item->hint);
    }
}

static void put_rules(const struct config_explain *x, const struct setting *s, struct buf *out)
{
    const struct variable *v = s->variable;
    const char *required = required_text(v, x->arena);
    line(out, x->arena, "type", value_type_name(v->type));
    line(out, x->arena, "accepted", accepted_text(v, x->arena));
    line(out, x->arena, "required",
         strcmp(required, "yes") == 0 || strcmp(required, "no") == 0
             ? required
             : arena_printf(x->arena, "%s: here %s", required, s->required ? "yes" : "no"));
    if (v->only_when)
        line(out, x->arena, "only when",
             arena_printf(x->arena, "%s: here %s", condition_text(v->only_when, x->arena), s->inactive ? "no" : "yes"));
}

static const char *value_text(const struct setting *s)
{
    if (!s->shown)
        return "not set";
    return s->shown[0] != '\0' ? s->shown : "\"\"";
}

void config_explain_text(const struct config_explain *x, const struct setting *s, struct buf *out)
{
    const struct variable *v = s->variable;
    struct config_uses uses;
    buf_printf(out, "%s\n", v->name);
    if (v->description)
        line(out, x->arena, "what", v->description);
    line(out, x->arena, "value", value_text(s));
    line(out, x->arena, "why", config_sources_why(s, x->arena));
    put_mistakes(x, s, out);
    put_rules(x, s, out);
    put_names(x, v, out);
    put_places(x, s, out);
    config_uses(x->places.manifest, v, x->arena, &uses);
    put_uses(x, "used by", "no text of the manifest", &uses, out);
    config_receivers(x->places.manifest, s, x->arena, &uses);
    put_uses(x, "handed to", "nothing", &uses, out);
    if (uses.count > 0)
        line(out, x->arena, "handed over",
             arena_printf(x->arena, "%s%s", delivery_text(s, x->arena), s->value ? "" : ", once it is set"));
}

static void write_places(const struct config_explain *x, const struct setting *s, struct jsonw *w)
{
    struct place *places;
    size_t count = config_sources(&x->places, s, x->arena, &places);
    jsonw_array(w, "sources");
    for (size_t i = 0; i < count; i++) {
        jsonw_object(w, NULL);
        jsonw_string(w, "source", value_source_name(places[i].source));
        jsonw_string(w, "what", places[i].what);
        jsonw_string(w, "state", place_state_name(places[i].state));
        jsonw_string(w, "value", places[i].value);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_uses(const struct config_uses *uses, const char *key, struct jsonw *w)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < uses->count; i++) {
        jsonw_object(w, NULL);
        jsonw_string(w, "kind", uses->items[i].kind);
        jsonw_string(w, "name", uses->items[i].name);
        if (uses->items[i].how)
            jsonw_string(w, "how", uses->items[i].how);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_names(const struct variable *v, struct jsonw *w)
{
    jsonw_array(w, "aliases");
    for (size_t i = 0; i < v->alias_count; i++) {
        jsonw_object(w, NULL);
        jsonw_string(w, "name", v->aliases[i].name);
        jsonw_string(w, "deprecated", v->aliases[i].deprecated);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_string(w, "deprecated", v->deprecated);
}

static void write_mistakes(const struct config_explain *x, const struct setting *s, const char *key, bool warnings,
                           struct jsonw *w)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < x->problems->count; i++) {
        const struct problem *item = &x->problems->items[i];
        if (item->warning == warnings && config_explain_concerns(item, s))
            problem_json_item(w, item);
    }
    jsonw_array_end(w);
}

static void write_rules(const struct config_explain *x, const struct setting *s, struct jsonw *w)
{
    const struct variable *v = s->variable;
    jsonw_string(w, "type", value_type_name(v->type));
    jsonw_string(w, "accepted", accepted_text(v, x->arena));
    jsonw_string(w, "required_text", required_text(v, x->arena));
    jsonw_bool(w, "required", s->required);
    jsonw_string(w, "only_when", v->only_when ? condition_text(v->only_when, x->arena) : NULL);
    jsonw_bool(w, "active", !s->inactive);
}

void config_explain_json(const struct config_explain *x, const struct setting *s, struct jsonw *w)
{
    const struct variable *v = s->variable;
    struct config_uses uses;
    jsonw_object(w, NULL);
    jsonw_string(w, "name", v->name);
    jsonw_string(w, "description", v->description);
    jsonw_string(w, "value", s->shown);
    jsonw_bool(w, "secret", s->tainted || config_text_hides(v));
    jsonw_bool(w, "valid", s->valid);
    jsonw_string(w, "source", value_source_name(s->source));
    jsonw_string(w, "origin", s->source == SOURCE_UNSET ? NULL : s->origin);
    jsonw_string(w, "why", config_sources_why(s, x->arena));
    write_rules(x, s, w);
    write_names(v, w);
    write_places(x, s, w);
    config_uses(x->places.manifest, v, x->arena, &uses);
    write_uses(&uses, "used_by", w);
    config_receivers(x->places.manifest, s, x->arena, &uses);
    write_uses(&uses, "handed_to", w);
    jsonw_string(w, "deliver", delivery_names[v->delivery]);
    write_mistakes(x, s, "errors", false, w);
    write_mistakes(x, s, "warnings", true, w);
    jsonw_object_end(w);
}
