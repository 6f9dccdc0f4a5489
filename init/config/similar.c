#include "init/config/similar.h"

#include <stdlib.h>
#include <string.h>

#include "init/base/name_table.h"
#include "init/config/near_name.h"
#include "init/config/well_known.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define FILE_SUFFIX "_FILE"
#define FILE_SUFFIX_LEN (sizeof(FILE_SUFFIX) - 1)

/* What muster itself reads: init/command/options.c and init/core/load.c. */
static const char *const own_names[] = {"MUSTER_FILE", "MUSTER_REMAP", "MUSTER_SKIP", "MUSTER_STATE_DIR"};

/* One name that stands for something. */
struct declared_name {
    struct sketch sketch;
    const char *name;
    const char *meant; /* what to suggest: the variable's own name instead of a deprecated alias */
    size_t variable;   /* index; COUNT for muster's own */
};

struct similar_declared {
    struct declared_name *names;
    size_t count;
    struct name_table table; /* to indexes into names */
    /* Only once there is a stranger to compare with: */
    uint32_t *by_length;            /* indexes into names */
    size_t from[NEAR_NAME_MAX + 2]; /* length to the first of it in by_length */
};

/* A name that is set and that nobody declared. */
struct similar_stranger {
    struct sketch sketch;
    struct sketch stem; /* without _FILE; its len is 0 when it has none */
    const char *name;
    const struct env_file *file; /* where it is set, or NULL for the environment */
    unsigned line;
    bool hinted; /* told of with the variable that was meant */
};

static void add_name(struct similar_declared *d, const char *name, const char *meant, size_t variable)
{
    d->names[d->count] = (struct declared_name){.name = name, .meant = meant, .variable = variable};
    name_table_add(&d->table, (uint32_t)d->count);
    d->count++;
}

static void collect_declared(struct similar *s)
{
    struct similar_declared *d = arena_alloc(s->arena, 1, sizeof(*d));
    size_t most = s->count + COUNT_OF(own_names);
    for (size_t i = 0; i < s->count; i++)
        most += s->variables[i].alias_count;
    d->names = arena_alloc(s->arena, most, sizeof(*d->names));
    name_table_init(&d->table, most, &d->names[0].name, sizeof(*d->names), s->arena);
    for (size_t i = 0; i < s->count; i++) {
        const struct variable *v = &s->variables[i];
        add_name(d, v->name, v->name, i);
        for (size_t k = 0; k < v->alias_count; k++)
            add_name(d, v->aliases[k].name, v->aliases[k].deprecated ? v->name : v->aliases[k].name, i);
    }
    for (size_t i = 0; i < COUNT_OF(own_names); i++)
        add_name(d, own_names[i], own_names[i], s->count);
    s->declared = d;
}

/* Sketched, and by length, so that only neighbours in length are compared. */
static void sort_by_length(struct similar_declared *d, struct arena *a)
{
    size_t next[NEAR_NAME_MAX + 1];
    for (size_t i = 0; i < d->count; i++) {
        d->names[i].sketch = near_name_sketch(d->names[i].name);
        d->from[d->names[i].sketch.len + 1]++;
    }
    for (size_t len = 1; len < COUNT_OF(d->from); len++)
        d->from[len] += d->from[len - 1];
    memcpy(next, d->from, sizeof(next));
    d->by_length = arena_alloc(a, d->count, sizeof(*d->by_length));
    for (size_t i = 0; i < d->count; i++)
        d->by_length[next[d->names[i].sketch.len]++] = (uint32_t)i;
}

static bool ends_with_file(const char *name, size_t len)
{
    return len > FILE_SUFFIX_LEN && memcmp(name + len - FILE_SUFFIX_LEN, FILE_SUFFIX, FILE_SUFFIX_LEN) == 0;
}

static bool takes_file(const struct similar *s, const struct declared_name *n)
{
    return n->variable < s->count && !s->variables[n->variable].no_file;
}

static bool is_declared(const struct similar *s, const char *name, size_t len)
{
    const struct similar_declared *d = s->declared;
    if (name_table_find(&d->table, name, len) != NAME_TABLE_NONE)
        return true;
    if (!ends_with_file(name, len))
        return false;
    uint32_t stem = name_table_find(&d->table, name, len - FILE_SUFFIX_LEN);
    return stem != NAME_TABLE_NONE && takes_file(s, &d->names[stem]);
}

static void add_stranger(struct similar *s, const char *name, size_t len, const struct env_file *file, unsigned line)
{
    if (len == 0 || is_declared(s, name, len))
        return;
    struct similar_stranger *new = &s->strangers[s->stranger_count++];
    *new = (struct similar_stranger){.name = arena_strndup(s->arena, name, len), .file = file, .line = line};
    new->sketch = near_name_sketch(new->name);
    if (ends_with_file(name, len))
        new->stem = near_name_sketch(arena_strndup(s->arena, name, len - FILE_SUFFIX_LEN));
}

static void collect_strangers(struct similar *s)
{
    const struct environment *e = s->environment;
    size_t most = e->count;
    for (size_t i = 0; i < s->options->env_file_count; i++)
        most += s->options->env_files[i].count;
    s->strangers = arena_alloc(s->arena, most + 1, sizeof(*s->strangers));
    for (uint32_t i = 0; i < e->count; i++) {
        const char *equals = strchr(e->entries[i], '=');
        bool unset = !equals || (equals[1] == '\0' && s->options->empty_is_unset);
        if (!unset && !e->repeated[i])
            add_stranger(s, e->entries[i], (size_t)(equals - e->entries[i]), NULL, 0);
    }
    for (size_t i = 0; i < s->options->env_file_count; i++) {
        const struct env_file *f = &s->options->env_files[i];
        for (size_t k = 0; k < f->count; k++) {
            const struct env_entry *entry = &f->entries[k];
            if (entry->value && (*entry->value != '\0' || !s->options->empty_is_unset))
                add_stranger(s, entry->name, strlen(entry->name), f, entry->line);
        }
    }
}

static void collect(struct similar *s)
{
    if (s->declared)
        return;
    collect_declared(s);
    collect_strangers(s);
    if (s->stranger_count > 0)
        sort_by_length(s->declared, s->arena);
}

/* near_name(), as long as there have not been too many. */
static unsigned compare(struct similar *s, const struct sketch *a, const struct sketch *b)
{
    if (!near_name_maybe(a, b) || s->pairs == SIMILAR_PAIRS_MAX)
        return NEAR_NAME_NOT;
    s->pairs++;
    return near_name(a, b);
}

static const char *prefix_of(const struct similar *s, const char *name)
{
    for (size_t i = 0; i < s->options->prefix_count; i++) {
        const char *prefix = s->options->prefixes[i];
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            return prefix;
    }
    return NULL;
}

/* What a stranger looks like, and how much. */
struct likeness {
    const struct similar_stranger *stranger;
    const struct declared_name *meant; /* or NULL */
    const char *prefix;                /* that the stranger has, or NULL */
    bool file;                         /* NAME_FILE is meant */
    bool elsewhere;                    /* not under the same prefix */
    unsigned distance;
};

static bool is_better(const struct likeness *a, const struct likeness *b)
{
    if (!b->meant || a->elsewhere != b->elsewhere)
        return !b->meant || !a->elsewhere;
    if (a->distance != b->distance)
        return a->distance < b->distance;
    return strcmp(a->meant->name, b->meant->name) < 0;
}

/* Compare with one declared name; the better likeness stays in @best. */
static void consider(struct similar *s, const struct declared_name *n, struct likeness *best)
{
    const struct similar_stranger *stranger = best->stranger;
    struct likeness found = *best;
    found.meant = n;
    found.file = false;
    found.distance = compare(s, &stranger->sketch, &n->sketch);
    if (found.distance == NEAR_NAME_NOT && stranger->stem.len > 0 && takes_file(s, n)) {
        found.distance = compare(s, &stranger->stem, &n->sketch);
        found.file = true;
    }
    if (found.distance == NEAR_NAME_NOT)
        return;
    found.elsewhere = best->prefix && strncmp(n->name, best->prefix, strlen(best->prefix)) != 0;
    if (is_better(&found, best))
        *best = found;
}

/* Nothing is set that could be meant: not by the user, that is. */
static bool is_free(const struct setting *s)
{
    bool given = s->source != SOURCE_UNSET && s->source != SOURCE_DEFAULT && s->source != SOURCE_OVERRIDE;
    return !given && !s->inactive && !s->variable->deprecated;
}

static void consider_lengths(struct similar *s, const struct config *c, size_t len, struct likeness *best)
{
    const struct similar_declared *d = s->declared;
    size_t first = len > 2 ? len - 2 : 1;
    size_t last = len + 2 < NEAR_NAME_MAX ? len + 2 : NEAR_NAME_MAX;
    for (size_t i = d->from[first]; i < d->from[last + 1]; i++) {
        const struct declared_name *n = &d->names[d->by_length[i]];
        if (best->prefix || n->variable == s->count || is_free(&c->settings[n->variable]))
            consider(s, n, best);
    }
}

static struct likeness likeness_of(struct similar *s, const struct config *c, const struct similar_stranger *stranger)
{
    struct likeness best = {.stranger = stranger, .prefix = prefix_of(s, stranger->name)};
    if (stranger->sketch.len > 0)
        consider_lengths(s, c, stranger->sketch.len, &best);
    if (stranger->stem.len > 0)
        consider_lengths(s, c, stranger->stem.len, &best);
    return best;
}

void similar_init(struct similar *s, const struct variable *variables, size_t count,
                  const struct environment *environment, const struct resolve_options *options, struct arena *a)
{
    *s = (struct similar){
        .variables = variables, .count = count, .environment = environment, .options = options, .arena = a};
}

/* The better of what was found and @stranger, for a variable that is not set. */
static void consider_stranger(struct similar *s, const struct declared_name *wanted, struct similar_stranger *stranger,
                              struct likeness *best, struct similar_stranger **who)
{
    struct likeness found = {.stranger = stranger, .prefix = prefix_of(s, wanted->name)};
    consider(s, wanted, &found);
    if (!found.meant || (best->meant && found.distance > best->distance))
        return;
    if (best->meant && found.distance == best->distance && strcmp(stranger->name, best->stranger->name) >= 0)
        return;
    if (name_is_well_known(stranger->name, s->environment))
        return;
    *best = found;
    *who = stranger;
}

bool similar_hint(struct similar *s, const struct variable *v, struct problem *item)
{
    struct declared_name wanted = {
        .sketch = near_name_sketch(v->name), .name = v->name, .variable = (size_t)(v - s->variables)};
    struct likeness best = {.meant = NULL};
    struct similar_stranger *who = NULL;
    if (!item)
        return false;
    collect(s);
    for (size_t i = 0; i < s->stranger_count; i++)
        consider_stranger(s, &wanted, &s->strangers[i], &best, &who);
    if (!who)
        return false;
    who->hinted = true;
    problem_hint(item, "%s is set: did you mean %s%s?", who->name, v->name, best.file ? FILE_SUFFIX : "");
    return true;
}

static void add_source(const struct similar *s, const struct similar_stranger *stranger, struct problem *item)
{
    const struct env_file *f = stranger->file;
    problem_source(item, f ? arena_printf(s->arena, "%s:%u", f->path, stranger->line) : "environment");
}

static void tell_unknown(const struct similar *s, const struct likeness *l, struct problems *p)
{
    struct problem *item = problem_add(p, "name.unknown", l->stranger->name,
                                       "set, but not declared: names that begin with %s are the manifest's", l->prefix);
    if (l->meant)
        problem_hint(item, "did you mean %s%s?", l->meant->meant, l->file ? FILE_SUFFIX : "");
    else
        problem_hint(item, "unset it, or declare it in \"variables\"");
    add_source(s, l->stranger, item);
}

static void tell_similar(const struct similar *s, const struct likeness *l, struct problems *p)
{
    const char *suffix = l->file ? FILE_SUFFIX : "";
    bool own = l->meant->variable == s->count;
    struct problem *item =
        own ? problem_warn(p, "name.similar", l->stranger->name, "set, but muster has no such variable")
            : problem_warn(p, "name.similar", l->stranger->name, "set, but not declared; %s is, and is not set",
                           s->variables[l->meant->variable].name);
    problem_hint(item, "did you mean %s%s?", l->meant->meant, suffix);
    add_source(s, l->stranger, item);
}

static int compare_likenesses(const void *a, const void *b)
{
    const struct likeness *x = a;
    const struct likeness *y = b;
    return strcmp(x->stranger->name, y->stranger->name);
}

static bool is_to_be_told(const struct similar *s, const struct likeness *l)
{
    bool told = l->prefix || (l->meant && !l->stranger->hinted);
    return told && !name_is_well_known(l->stranger->name, s->environment);
}

void similar_tell(struct similar *s, const struct config *c, struct problems *p)
{
    size_t count = 0;
    collect(s);
    struct likeness *all = arena_alloc(s->arena, s->stranger_count + 1, sizeof(*all));
    for (size_t i = 0; i < s->stranger_count; i++) {
        all[count] = likeness_of(s, c, &s->strangers[i]);
        count += is_to_be_told(s, &all[count]);
    }
    qsort(all, count, sizeof(*all), compare_likenesses);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            bool again = i > 0 && strcmp(all[i - 1].stranger->name, all[i].stranger->name) == 0;
            if (!again && pass == 0 && all[i].prefix)
                tell_unknown(s, &all[i], p);
            if (!again && pass == 1 && !all[i].prefix)
                tell_similar(s, &all[i], p);
        }
    }
}
