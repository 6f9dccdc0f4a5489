#include <stdio.h>
#include <string.h>

#include "init/config/environment.h"
#include "init/config/redact.h"
#include "init/config/resolve.h"

#define FILE_SUFFIX "_FILE"
/* A variable's name (text.h) with that. */
#define FILE_NAME_MAX 272

/* What programs expect to find whatever they are, and what init systems tell the processes they start. */
static const char *const common[] = {
    "COLORTERM",  "HOME",         "HOSTNAME",       "LANG",      "LANGUAGE",      "LD_LIBRARY_PATH", "LISTEN_FDNAMES",
    "LISTEN_FDS", "LISTEN_PID",   "LISTEN_PIDFDID", "LOGNAME",   "NOTIFY_SOCKET", "NO_COLOR",        "OLDPWD",
    "PATH",       "PWD",          "SHELL",          "SHLVL",     "TERM",          "TMPDIR",          "TZ",
    "USER",       "WATCHDOG_PID", "WATCHDOG_USEC",  "container",
};
static const char common_prefix[] = "LC_";

/* An environment while it is put together. */
struct making {
    const struct config *config;
    const struct environment_options *options;
    struct environment from;
    struct arena *arena;
    char **entries; /* of @from, as they are going to be; NULL = left out */
    bool *declared; /* likewise: belongs to a variable of the configuration */
    char **added;
    size_t added_count;
};

static bool is_secret(const struct setting *s)
{
    return s->tainted || s->variable->secret || s->variable->type == VALUE_SECRET;
}

bool environment_admits(const struct setting *s, const struct environment_options *o)
{
    if (!o->secrets || !is_secret(s))
        return true;
    for (size_t i = 0; o->secrets[i]; i++) {
        if (strcmp(o->secrets[i], s->variable->name) == 0)
            return true;
    }
    return false;
}

/* The entry that names the file of a variable which is called @name, or ENVIRONMENT_NONE. */
static uint32_t find_file(const struct making *m, const struct variable *v, const char *name, char file[FILE_NAME_MAX])
{
    int n = snprintf(file, FILE_NAME_MAX, "%s" FILE_SUFFIX, name);
    uint32_t at = n > 0 && n < FILE_NAME_MAX && !v->no_file ? environment_find(&m->from, file) : ENVIRONMENT_NONE;
    return at != ENVIRONMENT_NONE && config_find(m->config, file) ? ENVIRONMENT_NONE : at;
}

/* @at are entries of a variable: they are kept as they are, or left out. */
static void keep(struct making *m, uint32_t at, bool kept)
{
    if (at == ENVIRONMENT_NONE)
        return;
    m->declared[at] = true;
    if (!kept)
        m->entries[at] = NULL;
}

/* All names that a value may have come under: keep or leave out the values, and the names of files. */
static void keep_names(struct making *m, const struct variable *v, bool values, bool files)
{
    char file[FILE_NAME_MAX];
    for (size_t i = 0; i <= v->alias_count; i++) {
        const char *name = i < v->alias_count ? v->aliases[i].name : v->name;
        keep(m, environment_find(&m->from, name), values);
        keep(m, find_file(m, v, name, file), files);
    }
}

/* @entry is "NAME=value" of @name: it takes the place of what is there under that name, or is added. */
static void put(struct making *m, const char *name, char *entry)
{
    uint32_t at = environment_find(&m->from, name);
    if (at != ENVIRONMENT_NONE) {
        m->entries[at] = entry;
        m->declared[at] = true;
    } else {
        m->added[m->added_count++] = entry;
    }
}

static void put_value(struct making *m, const struct setting *s)
{
    const char *name = s->variable->name;
    const char *now = environment_value(&m->from, name);
    if (!now || strcmp(now, s->value) != 0)
        put(m, name, arena_printf(m->arena, "%s=%s", name, s->value));
}

/* NAME_FILE stays what it is; one that came in under an alias is added under the variable's own name. */
static void put_file_name(struct making *m, const struct setting *s)
{
    char own[FILE_NAME_MAX];
    char alias[FILE_NAME_MAX];
    uint32_t from = find_file(m, s->variable, s->name, alias);
    if (from == ENVIRONMENT_NONE || find_file(m, s->variable, s->variable->name, own) != ENVIRONMENT_NONE)
        return;
    put(m, own, arena_printf(m->arena, "%s=%s", own, m->from.entries[from] + strlen(alias) + 1));
}

static void put_setting(struct making *m, size_t i)
{
    const struct setting *s = &m->config->settings[i];
    const struct variable *v = s->variable;
    const int *files = m->options->files;
    if (!environment_admits(s, m->options) || v->delivery == DELIVER_NONE) {
        keep_names(m, v, false, false);
    } else if (!s->value) {
        keep_names(m, v, true, true);
    } else if (files && files[i] >= 0) {
        keep_names(m, v, false, false);
        char name[FILE_NAME_MAX];
        (void)snprintf(name, sizeof(name), "%s" FILE_SUFFIX, v->name);
        put(m, name, arena_printf(m->arena, "%s=/proc/self/fd/%d", name, files[i]));
    } else if (s->source == SOURCE_FILE && v->delivery == DELIVER_AS_IT_CAME) {
        keep_names(m, v, true, true);
        put_file_name(m, s);
    } else {
        keep_names(m, v, true, s->source != SOURCE_FILE);
        put_value(m, s);
    }
}

static bool is_common(const char *entry)
{
    size_t len = strcspn(entry, "=");
    if (strncmp(entry, common_prefix, strlen(common_prefix)) == 0)
        return true;
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (strlen(common[i]) == len && strncmp(entry, common[i], len) == 0)
            return true;
    }
    return false;
}

char **config_environment(const struct config *c, char *const *environ_, const struct environment_options *o,
                          struct arena *a)
{
    struct making m = {.config = c, .options = o, .arena = a};
    environment_index(&m.from, environ_, a);
    m.entries = arena_alloc(a, (size_t)m.from.count + 1, sizeof(*m.entries));
    m.declared = arena_alloc(a, (size_t)m.from.count + 1, sizeof(*m.declared));
    m.added = arena_alloc(a, c->count + 1, sizeof(*m.added));
    memcpy(m.entries, environ_, m.from.count * sizeof(*m.entries));
    for (size_t i = 0; i < c->count; i++)
        put_setting(&m, i);
    char **out = arena_alloc(a, m.from.count + m.added_count + 1, sizeof(*out));
    size_t used = 0;
    for (uint32_t i = 0; i < m.from.count; i++) {
        bool wanted = !o->only_declared || m.declared[i] || is_common(environ_[i]);
        if (m.entries[i] && !m.from.repeated[i] && wanted)
            out[used++] = m.entries[i];
    }
    memcpy(out + used, m.added, m.added_count * sizeof(*out));
    return out;
}

/* Also where it is not used, or used under another name. */
static bool is_name_of(const struct variable *v, const char *entry, size_t len)
{
    for (size_t i = 0; i <= v->alias_count; i++) {
        const char *name = i < v->alias_count ? v->aliases[i].name : v->name;
        if (strncmp(name, entry, len) == 0 && name[len] == '\0')
            return true;
    }
    return false;
}

static bool names_a_secret(const struct config *c, const char *entry, size_t len)
{
    for (size_t i = 0; i < c->count; i++) {
        if (is_secret(&c->settings[i]) && is_name_of(c->settings[i].variable, entry, len))
            return true;
    }
    return false;
}

void environment_scrub(char *const *environ_, const struct config *c, const struct redactor *r)
{
    for (; *environ_; environ_++) {
        char *value = strchr(*environ_, '=');
        if (!value)
            continue;
        size_t name_len = (size_t)(value++ - *environ_);
        size_t len = strlen(value);
        if (len > 0 && (names_a_secret(c, *environ_, name_len) || redact_finds(r, value, len)))
            explicit_bzero(value, len);
    }
}
