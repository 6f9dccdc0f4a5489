#include "init/config/crosscheck.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "init/base/text.h"
#include "init/base/url.h"

static bool runs_in_container(const struct setting *s)
{
    return s && s->valid && (strcmp(s->value, "docker") == 0 || strcmp(s->value, "cloud") == 0);
}

/* host:port is like a URL without its scheme. */
static bool is_loopback(const struct setting *s)
{
    char text[URL_MAX];
    struct url u = {.port = 0};
    int len = snprintf(text, sizeof(text), "%s%s", s->variable->type == VALUE_HOSTPORT ? "tcp://" : "", s->value);
    bool loopback =
        len > 0 && (size_t)len < sizeof(text) && url_parse(text, (size_t)len, &u) == URL_OK && url_host_is_loopback(&u);
    explicit_bzero(&u, sizeof(u));
    explicit_bzero(text, sizeof(text));
    return loopback;
}

static bool has_word(const char *name, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = strcasestr(name, word); at; at = strcasestr(at + 1, word)) {
        if ((at == name || at[-1] == '_') && (at[len] == '\0' || at[len] == '_'))
            return true;
    }
    return false;
}

/* Where a program of this container listens is in this container. */
static bool is_own_address(const char *name)
{
    return has_word(name, "LISTEN") || has_word(name, "BIND");
}

static const char *example_for(const struct variable *v)
{
    static const struct {
        const char *field;
        const char *example;
    } fields[] = {
        {"redis_url", "redis://redis:6379"},
        {"backend_url", "http://backend:8000"},
        {"frontend_url", "http://frontend:3000"},
        {"websocket_url", "ws://backend:8000/ws"},
    };
    for (size_t i = 0; v->field && i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(v->field, fields[i].field) == 0)
            return fields[i].example;
    }
    return v->example ? v->example : value_type_example(v->type);
}

static bool leads_somewhere(const struct setting *s)
{
    return s->valid && (value_type_is_url(s->variable->type) || s->variable->type == VALUE_HOSTPORT) &&
           !is_own_address(s->variable->name);
}

static void warn_of_localhost(const struct config *c, struct problems *p)
{
    const struct setting *place = config_field(c, "environment");
    if (!runs_in_container(place))
        return;
    for (size_t i = 0; i < c->count; i++) {
        const struct setting *s = &c->settings[i];
        if (!leads_somewhere(s) || !is_loopback(s))
            continue;
        bool preset = s->source == SOURCE_DEFAULT || s->source == SOURCE_OVERRIDE;
        struct problem *item = problem_warn(p, "url.localhost_in_container", s->name,
                                            "%s%s leads to this container itself, where nothing else answers: %s is %s",
                                            s->shown, preset ? " (the default)" : "", place->name, place->value);
        problem_hint(item, "set %s to the name of the service, for example %s", s->variable->name,
                     example_for(s->variable));
        problem_source(item, s->origin);
        problem_accepted(item, "a host that can be reached from this container");
    }
}

static bool database_of(const struct setting *s, int64_t *out)
{
    return s && s->valid && text_parse_int(s->value, out) == 0;
}

static bool database_in_url(const struct setting *s, int64_t *out)
{
    struct url u = {.port = 0};
    bool given = s && s->valid && url_parse(s->value, strlen(s->value), &u) == URL_OK && u.host[0] != '\0' &&
                 u.path[0] == '/' && text_parse_int(u.path + 1, out) == 0;
    explicit_bzero(&u, sizeof(u));
    return given;
}

static void warn_of_databases(const struct config *c, struct problems *p)
{
    const struct setting *url = config_field(c, "redis_url");
    const struct setting *session = config_field(c, "redis_session_db");
    const struct setting *task = config_field(c, "redis_task_db");
    int64_t in_url = -1;
    int64_t session_db = -1;
    int64_t task_db = -1;
    if (!database_of(session, &session_db) || !database_of(task, &task_db))
        return;
    if (database_in_url(url, &in_url) && in_url != session_db && in_url != task_db) {
        struct problem *item =
            problem_warn(p, "redis.db_in_url", url->name,
                         "database %" PRId64 " in the URL is neither %s (%" PRId64 ") nor %s (%" PRId64
                         "): what takes it from the URL works in another one than the rest",
                         in_url, session->name, session_db, task->name, task_db);
        problem_hint(item, "leave the database out of the URL: %s and %s decide", session->name, task->name);
        problem_source(item, url->origin);
    }
    if (session_db == task_db) {
        struct problem *item = problem_warn(p, "redis.db_shared", task->name,
                                            "%s and %s are both database %" PRId64 ": FLUSHDB for one wipes the other",
                                            session->name, task->name, session_db);
        problem_hint(item, "give each its own database");
        problem_source(item, task->origin);
        problem_found(item, task->shown);
    }
}

void crosscheck(const struct config *c, struct problems *p)
{
    warn_of_localhost(c, p);
    warn_of_databases(c, p);
}
