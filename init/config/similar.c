#include "init/config/similar.h"

#include <stdlib.h>
#include <string.h>

#include "init/base/text.h"

/* Names that are set in most containers: never a misspelling of a user's variable. */
static bool is_well_known(const char *name)
{
    static const char *const names[] = {"PATH",   "HOME",    "HOSTNAME", "TERM",    "PWD",      "OLDPWD", "SHLVL",
                                        "USER",   "LOGNAME", "SHELL",    "LANG",    "LANGUAGE", "TZ",     "TMPDIR",
                                        "EDITOR", "PAGER",   "MAIL",     "DISPLAY", "_"};
    static const char *const prefixes[] = {"LC_", "KUBERNETES_", "XDG_"};
    /* What Docker links and Kubernetes add for every service they know. */
    static const char *const infixes[] = {"_SERVICE_HOST", "_SERVICE_PORT", "_PORT_"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof(infixes) / sizeof(infixes[0]); i++) {
        if (strstr(name, infixes[i]))
            return true;
    }
    return false;
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every declared name and alias, sorted. */
static const char **declared_names(const struct similar *s, size_t *count)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += 1 + s->variables[i].alias_count;
    const char **names = arena_alloc(s->arena, n + 1, sizeof(*names));
    n = 0;
    for (size_t i = 0; i < s->count; i++) {
        names[n++] = s->variables[i].name;
        for (size_t k = 0; k < s->variables[i].alias_count; k++)
            names[n++] = s->variables[i].aliases[k].name;
    }
    qsort(names, n, sizeof(*names), compare_strings);
    *count = n;
    return names;
}

static void collect_undeclared(struct similar *s)
{
    const struct environment *e = s->environment;
    size_t declared_count = 0;
    const char **declared = declared_names(s, &declared_count);
    s->undeclared = arena_alloc(s->arena, (size_t)e->count + 1, sizeof(*s->undeclared));
    for (uint32_t i = 0; i < e->count; i++) {
        const char *equals = strchr(e->entries[i], '=');
        if (!equals || equals[1] == '\0')
            continue;
        const char *name = arena_strndup(s->arena, e->entries[i], (size_t)(equals - e->entries[i]));
        if (!text_is_variable_name(name) || is_well_known(name))
            continue;
        if (!bsearch(&name, declared, declared_count, sizeof(*declared), compare_strings))
            s->undeclared[s->undeclared_count++] = name;
    }
}

static const char *undeclared_name(const void *ctx, size_t i)
{
    return ((const struct similar *)ctx)->undeclared[i];
}

void similar_init(struct similar *s, const struct variable *variables, size_t count,
                  const struct environment *environment, struct arena *a)
{
    *s = (struct similar){.variables = variables, .count = count, .environment = environment, .arena = a};
}

const char *similar_set(struct similar *s, const char *name)
{
    if (!s->undeclared)
        collect_undeclared(s);
    return text_nearest(name, undeclared_name, s, s->undeclared_count);
}
